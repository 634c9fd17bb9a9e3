from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.corpora import load_corpus
from explorer.corpora.files import FilesConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.corpora.grammar.load import split_of
from explorer.corpora.held_out import at_hand, held_out
from explorer.corpora.tasks import TaskConfig
from explorer.errors import InputError

GRAMMAR = GrammarConfig(tgt_lang="fr", n_train=60, n_valid=5, n_test=12, seed=3, max_words=9)
TASK = TaskConfig(n_train=20, n_valid=3, n_test=8, length=4)


@pytest.mark.parametrize("config", [GRAMMAR, TASK], ids=["grammar", "task"])
def test_the_first_sentences_are_those_of_the_whole_corpus(config):
    """Without drawing the train split the grammar must still give the very same test sentences."""
    corpus = load_corpus(config)
    for n in (1, 5, 100):
        name, pairs = held_out(config, n)
        assert pairs == corpus.test[:n] and name == f"{corpus.name}, test split"
        assert not {pair.src for pair in pairs} & {pair.src for pair in corpus.train}
    assert at_hand(config, 5) == held_out(config, 5)


def test_a_model_of_real_text_gets_unseen_grammar_sentences():
    name, pairs = at_hand(FilesConfig(paths=("no/such/file.tsv",), src_lang="en", tgt_lang="de"), 7)
    assert len(pairs) == 7 and name == "grammar-en-de, test split"
    assert all(split_of(pair.src) == "test" for pair in pairs)


@pytest.mark.parametrize(
    "config, n, sentence",
    [
        (GRAMMAR, 0, "0 sentences leave nothing to measure"),
        (replace(GRAMMAR, n_test=0), 4, "has no test split"),
        (FilesConfig(paths=("x.tsv",), src_lang="en", tgt_lang="es"), 4, "no target language 'es'"),
    ],
)
def test_what_is_not_there_is_said(config, n, sentence):
    with pytest.raises(InputError, match=sentence):
        at_hand(config, n)
