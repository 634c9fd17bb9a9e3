"""Held-out sentences for a model: its own test split, or the grammar's where its data are missing."""

from __future__ import annotations

from dataclasses import replace

from explorer.corpora import CorpusConfig, load_corpus
from explorer.corpora.files import FilesConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.errors import InputError
from explorer.results import SentencePair

PAGE_MAX_WORDS = 14


def held_out(config: CorpusConfig, n: int) -> tuple[str, tuple[SentencePair, ...]]:
    """(name, the first `n` pairs of the test split that `config` describes). Raises InputError for n < 1 or
    missing data.

    The grammar draws no training sentence for it: what split a sentence belongs to depends on its text alone.
    """
    if n < 1:
        raise InputError(f"{n} sentences leave nothing to measure: ask for at least 1.")
    if isinstance(config, GrammarConfig):
        config = replace(config, n_train=0, n_valid=0, n_test=min(n, config.n_test))
    corpus = load_corpus(config)
    if not corpus.test:
        raise InputError(f"{corpus.name} has no test split: set n_test (or test_share) above 0.")
    return f"{corpus.name}, test split", corpus.test[:n]


def at_hand(config: CorpusConfig, n: int) -> tuple[str, tuple[SentencePair, ...]]:
    """`held_out` without files: for a model of real text, short sentences of the grammar's test split.

    Models of real text are trained on sentences of the grammar too, but on its train split alone. Raises
    InputError when the grammar does not know the languages.
    """
    if not isinstance(config, FilesConfig):
        return held_out(config, n)
    return held_out(
        GrammarConfig(src_lang=config.src_lang, tgt_lang=config.tgt_lang, n_test=n, max_words=PAGE_MAX_WORDS),
        n,
    )
