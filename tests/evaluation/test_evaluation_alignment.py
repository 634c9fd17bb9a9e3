from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.evaluation.alignment import count_links, merge_subwords, merged_word_ids, predicted_links
from explorer.results import Alignment, AlignmentCounts


def gold(sure=(), possible=()) -> Alignment:
    return Alignment(frozenset(sure), frozenset(sure) | frozenset(possible))


# -------------------------------------------------------------------------------------------- slow references


def slow_merge(weights, query_word_ids, key_word_ids):
    """By the definition, one word pair at a time; special tokens dropped."""
    n_rows = [w for n, w in enumerate(query_word_ids) if w is not None and w not in query_word_ids[:n]]
    n_columns = [w for n, w in enumerate(key_word_ids) if w is not None and w not in key_word_ids[:n]]
    merged = np.zeros((len(n_rows), len(n_columns)))
    for r, tgt in enumerate(n_rows):
        for c, src in enumerate(n_columns):
            rows = [n for n, w in enumerate(query_word_ids) if w == tgt]
            columns = [n for n, w in enumerate(key_word_ids) if w == src]
            merged[r, c] = sum(sum(weights[row][column] for column in columns) for row in rows) / len(rows)
    return merged


@st.composite
def word_ids(draw, end=True):
    pieces = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    return tuple(n for n, count in enumerate(pieces) for _ in range(count)) + ((None,) if end else ())


@st.composite
def weights_of_words(draw, n_layers=2, n_heads=3):
    """Weights [layers, heads, query_len, key_len] float32, and the word ids of both sides."""
    queries, keys = draw(word_ids()), draw(word_ids())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = rng.dirichlet(np.ones(len(keys)), (n_layers, n_heads, len(queries))).astype(np.float32)
    return weights, queries, keys


# ---------------------------------------------------------------------------------------------------- merging


def test_columns_are_summed_and_rows_are_averaged():
    weights = np.array([[0.5, 0.2, 0.3], [0.1, 0.5, 0.4], [0.2, 0.2, 0.6]])
    assert merge_subwords(weights, (0, 0, 1), (0, 1, 1)) == pytest.approx(np.array([[0.3, 0.7], [0.2, 0.8]]))


def test_special_tokens_are_dropped_without_renormalising_or_kept():
    weights = np.array([[0.6, 0.1, 0.3], [0.2, 0.2, 0.6]])
    assert merge_subwords(weights, (0, None), (0, 0, None)) == pytest.approx(np.array([[0.7]]))
    assert merge_subwords(weights, (0, None), (0, 0, None), "keep") == pytest.approx(
        np.array([[0.7, 0.3], [0.4, 0.6]])
    )
    assert merged_word_ids((None, 0, 0, None, 1, None), "keep") == (None, 0, None, 1, None)
    assert merged_word_ids((None, 0, 0, None, 1, None)) == (0, 1)


@given(weights_of_words())
def test_merging_equals_the_slow_reference_and_keeps_the_mass(example):
    weights, queries, keys = example
    merged = merge_subwords(weights, queries, keys)
    for head in np.ndindex(2, 3):
        assert merged[head] == pytest.approx(slow_merge(weights[head], queries, keys))
    kept = merge_subwords(weights, queries, keys, "keep")
    assert kept.sum(-1) == pytest.approx(np.ones(kept.shape[:-1]), abs=1e-5)


def test_word_ids_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="cannot be merged with 1 query and 3 key tokens"):
        merge_subwords(np.ones((2, 3)), (0,), (0, 1, 2))
    with pytest.raises(InputError, match="use 'drop' or 'keep'"):
        merge_subwords(np.ones((1, 1)), (0,), (0,), "hide")


# ------------------------------------------------------------------------------------------------------ links


@pytest.mark.parametrize(
    ("predicted", "sure", "possible", "aer", "precision", "recall"),
    [
        ({(0, 0), (1, 1)}, {(0, 0), (1, 1)}, (), 0.0, 1.0, 1.0),
        ({(0, 1), (1, 0)}, {(0, 0), (1, 1)}, (), 1.0, 0.0, 0.0),
        (
            {(0, 0), (1, 1)},
            {(0, 0)},
            {(1, 1)},
            0.0,
            1.0,
            1.0,
        ),  # a possible link costs nothing: 1 − (1 + 2) / (2 + 1)
        ({(0, 0), (2, 1)}, {(0, 0), (1, 1)}, {(2, 2)}, 0.5, 0.5, 0.5),  # 1 − (1 + 1) / (2 + 2)
        ({(0, 0), (1, 1), (2, 2)}, {(0, 0)}, {(1, 1)}, 0.25, 2 / 3, 1.0),  # 1 − (1 + 2) / (3 + 1)
        (set(), {(0, 0)}, (), 1.0, None, 0.0),
    ],
)
def test_error_rates_worked_out_by_hand(predicted, sure, possible, aer, precision, recall):
    counts = count_links(predicted, gold(sure, possible))
    assert counts.aer == pytest.approx(aer) and counts.recall == pytest.approx(recall)
    assert (
        counts.precision == pytest.approx(precision) if precision is not None else np.isnan(counts.precision)
    )


def test_each_target_word_links_to_its_greatest_weight():
    weights = [[0.1, 0.9], [0.5, 0.5], [0.0, 0.0], [np.nan, np.nan]]
    assert predicted_links(weights) == {(1, 0), (0, 1)}
    assert count_links(predicted_links(weights), gold({(1, 0)}, {(0, 1)})) == AlignmentCounts(2, 1, 1, 2)


def test_shapes_that_mean_nothing_are_refused():
    with pytest.raises(InputError, match="expected \\[target words, source words\\]"):
        predicted_links(np.zeros(3))
    with pytest.raises(InputError, match="expected \\[target words, source words\\]"):
        predicted_links(np.zeros((3, 0)))
