from __future__ import annotations

import dataclasses

import pytest

from explorer.corpora.folder import write_corpus
from explorer.errors import InputError
from explorer.results import Alignment, Dependencies, SentencePair
from tests.corpora.written import read_corpus


def tree(*words: str) -> Dependencies:
    n = len(words)
    return Dependencies(
        words,
        words,
        ("X",) * n,
        (-1, *range(n - 1)),
        ("root", *["dep"] * (n - 1)),
        (True,) * (n - 1) + (False,),
    )


PAIRS = (
    SentencePair(
        "I sleep",
        "Ich schlafe",
        Alignment(frozenset({(0, 0)}), frozenset({(0, 0), (1, 1)})),
        tree("I", "sleep"),
        tree("Ich", "schlafe"),
        ("a", "b"),
    ),
    SentencePair("Go", "Geh", Alignment(frozenset(), frozenset()), tree("Go"), tree("Geh")),
)
LANGS = ("en", "de")


def test_a_corpus_comes_back_with_all_its_truth(tmp_path):
    paths = write_corpus(tmp_path / "new" / "folder", PAIRS, LANGS)
    assert [path.name for path in paths] == [
        "pairs.en",
        "pairs.de",
        "pairs.links",
        "pairs.en.conllu",
        "pairs.de.conllu",
        "pairs.phenomena",
    ]
    assert read_corpus(tmp_path / "new" / "folder", LANGS) == PAIRS


def test_writing_text_alone_replaces_the_corpus_before(tmp_path):
    write_corpus(tmp_path, PAIRS, LANGS)
    bare = tuple(SentencePair(pair.src, pair.tgt) for pair in PAIRS)
    write_corpus(tmp_path, bare, LANGS)
    assert read_corpus(tmp_path, LANGS) == bare
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs.de", "pairs.en"]


@pytest.mark.parametrize(
    "pairs",
    [(), (PAIRS[0], SentencePair("a", "b")), (dataclasses.replace(PAIRS[0], src_tree=None), PAIRS[1])],
)
def test_pairs_that_would_not_come_back_are_not_written(tmp_path, pairs):
    with pytest.raises(InputError):
        write_corpus(tmp_path, pairs, LANGS)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("langs", [("en", "en"), ("en",), ("../x", "de"), ("", "de")])
def test_languages_must_name_two_files(tmp_path, langs):
    with pytest.raises(InputError, match="cannot name two files"):
        write_corpus(tmp_path, PAIRS, langs)
    assert not list(tmp_path.iterdir())
