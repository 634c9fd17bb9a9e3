from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from explorer.corpora import CORPORA, FilesConfig, GrammarConfig, TaskConfig, load_corpus
from explorer.corpora.files import load_files, source_key
from explorer.corpora.folder import write_corpus
from explorer.corpora.words import join_words, split_words
from explorer.errors import InputError
from explorer.results import ParallelCorpus
from tests.corpora.written import read_corpus

SIZES = {"n_train": 60, "n_valid": 10, "n_test": 10}


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "pairs.tsv"
    path.write_text("".join(f"Sentence {n}.\tSatz {n}.\n" for n in range(300)), encoding="utf-8")
    return str(path)


def config(kind: str, text_file: str):
    return {
        "grammar": GrammarConfig(**SIZES),
        "task": TaskConfig(**SIZES),
        "files": FilesConfig(paths=(text_file,), valid_share=0.1, test_share=0.1),
    }[kind]


@pytest.mark.parametrize("kind", CORPORA)
def test_every_corpus_is_reproducible_and_its_splits_are_disjoint(kind, text_file):
    corpus = load_corpus(config(kind, text_file))
    assert isinstance(corpus, ParallelCorpus) and corpus == load_corpus(config(kind, text_file))
    sources = [{pair.src for pair in split} for split in (corpus.train, corpus.valid, corpus.test)]
    assert all(sources) and sum(map(len, sources)) == len(set.union(*sources))
    assert CORPORA[kind][0]().kind == kind
    for pair in corpus.train:
        for side in (pair.src, pair.tgt):
            assert join_words(split_words(side)) == side
        if pair.alignment:
            n_src, n_tgt = len(split_words(pair.src)), len(split_words(pair.tgt))
            assert all(0 <= i < n_src and 0 <= j < n_tgt for i, j in pair.alignment.possible)


@pytest.mark.parametrize("kind", CORPORA)
def test_what_a_corpus_knows_comes_back_from_its_folder(kind, text_file, tmp_path):
    pairs = load_corpus(config(kind, text_file)).train
    write_corpus(tmp_path, pairs, ("one", "two"))
    assert read_corpus(tmp_path, ("one", "two")) == pairs


def test_an_unknown_kind_is_refused():
    for bad in (SimpleNamespace(kind="web"), None):
        with pytest.raises(
            InputError, match="There is no corpus of kind .* choose one of grammar, files, task"
        ):
            load_corpus(bad)


@pytest.mark.parametrize("tgt_lang", ["de", "fr"])
def test_grammar_sentences_are_mixed_into_train_alone(text_file, tgt_lang):
    plain = load_files(FilesConfig(paths=(text_file,), tgt_lang=tgt_lang, valid_share=0.1, test_share=0.1))
    mixed = load_files(
        FilesConfig(paths=(text_file,), tgt_lang=tgt_lang, valid_share=0.1, test_share=0.1, n_grammar=40)
    )
    assert (mixed.valid, mixed.test) == (plain.valid, plain.test)
    assert mixed.train[: len(plain.train)] == plain.train and len(mixed.train) == len(plain.train) + 40
    assert all(pair.alignment and pair.src_tree for pair in mixed.train[len(plain.train) :])


def test_held_out_grammar_sentences_are_not_added(tmp_path):
    grammar = [pair for pair in load_corpus(GrammarConfig(n_train=40, n_valid=0, n_test=0, seed=1)).train]
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{pair.src.upper()}\t{pair.tgt}\n" for pair in grammar), encoding="utf-8")
    corpus = load_files(FilesConfig(paths=(str(path),), valid_share=0.3, test_share=0.3, n_grammar=40))
    held_out = {source_key(pair.src) for pair in corpus.valid + corpus.test}
    assert held_out and not held_out & {source_key(pair.src) for pair in corpus.train}
    assert any(pair.alignment for pair in corpus.train)


def test_importing_text_and_corpora_imports_no_heavy_library():
    """`--help` and the first paint of the page must not wait for them."""
    code = (
        "import sys, explorer.corpora, explorer.tokenization, explorer.evaluation\n"
        "sys.exit(', '.join({'torch', 'tokenizers', 'sacrebleu', 'models', 'plotly', 'streamlit'} & "
        "set(sys.modules)) or 0)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert result.returncode == 0, result.stderr
