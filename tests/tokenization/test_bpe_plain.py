"""The textbook's byte-pair encoding does what it says, and the fast one learns the same merges."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.tokenization.bpe import BPEConfig, WordCounts, count_words, learn, model_of, plain, segment

TABLES = st.dictionaries(st.text("abc", min_size=1, max_size=9), st.integers(1, 4), min_size=1, max_size=8)


def config_of(n_merges: int, mark: str = "") -> BPEConfig:
    """The settings under which the fast one does what `plain` does."""
    return BPEConfig(n_merges, 1, end_of_word=mark, ties="first seen")


def corpus_of(words: WordCounts, mark: str = "") -> dict[plain.Word, int]:
    return {
        (*word, mark) if mark else tuple(word): count
        for word, count in zip(words.words, words.counts, strict=True)
    }


def test_the_worked_example_in_the_docstring():
    failed, tried = doctest.testmod(plain)
    assert not failed and tried == 5


def test_repeated_symbols_merge_from_the_left():
    assert plain.merged(tuple("aaa"), ("a", "a")) == ("aa", "a")
    assert plain.merged(tuple("baaaa"), ("a", "a")) == ("b", "aa", "aa")


def test_learning_ends_when_every_word_is_one_symbol():
    assert plain.learn({("a", "b"): 1}, 10) == [("a", "b")]
    assert plain.learn({}, 10) == []


@settings(deadline=None, max_examples=150)
@given(table=TABLES, mark=st.sampled_from(["", "</w>"]))
def test_fast_learning_matches_on_any_small_corpus(table, mark):
    words = WordCounts(tuple(table), tuple(table.values()))
    fast = learn(words, config_of(30, mark))
    assert list(fast.merges) == plain.learn(corpus_of(words, mark), 30)


@pytest.mark.parametrize("mark", ["", "</w>"])
def test_fast_learning_matches_on_sentences(mark):
    """A rule never makes one that was learned before it applicable unless two merges make one token, which
    these sentences do not show."""
    pairs = load_grammar(GrammarConfig(n_train=300, n_valid=0, n_test=0, seed=8)).train
    config = config_of(250, mark)
    words = count_words("\n".join(pair.tgt for pair in pairs), config)
    fast = learn(words, config)
    merges = plain.learn(corpus_of(words, mark), 250)
    assert list(fast.merges) == merges
    assert len({left + right for left, right in merges}) == 250
    model = model_of(fast)
    for word in words.words:
        assert segment(model, word).tokens == plain.segment((*word, *([mark] if mark else [])), merges)
