from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.evaluation.alignment import (
    Example,
    best_head,
    count_links,
    error_rates,
    head_counts,
    merge_subwords,
    merged_word_ids,
    predicted_links,
    read_as_input,
)
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


def slow_aer(pairs) -> float:
    """Och & Ney 2003, pooled, with sets and loops; pairs of (links, gold)."""
    n_a = n_s = n_as = n_ap = 0
    for links, truth in pairs:
        for link in links:
            n_a += 1
            n_as += link in truth.sure
            n_ap += link in truth.possible
        n_s += len(truth.sure)
    return 1 - (n_as + n_ap) / (n_a + n_s)


@st.composite
def word_ids(draw, end=True):
    pieces = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    return tuple(n for n, count in enumerate(pieces) for _ in range(count)) + ((None,) if end else ())


@st.composite
def examples(draw, n_layers=2, n_heads=3):
    queries, keys = draw(word_ids()), draw(word_ids())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = rng.dirichlet(np.ones(len(keys)), (n_layers, n_heads, len(queries))).astype(np.float32)
    every = [
        (i, j)
        for i in range(max(w for w in keys if w is not None) + 1)
        for j in range(max(w for w in queries if w is not None) + 1)
    ]
    possible = [link for link in every if rng.random() < 0.4]
    return Example(weights, queries, keys, gold([link for link in possible if rng.random() < 0.6], possible))


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


@given(examples())
def test_merging_equals_the_slow_reference_and_keeps_the_mass(example):
    merged = merge_subwords(example.weights, example.query_word_ids, example.key_word_ids)
    for layer in range(2):
        for head in range(3):
            assert merged[layer, head] == pytest.approx(
                slow_merge(example.weights[layer, head], example.query_word_ids, example.key_word_ids)
            )
    kept = merge_subwords(example.weights, example.query_word_ids, example.key_word_ids, "keep")
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


def test_the_two_readings_differ_by_one_row():
    """A head that looks at the word just read: row t, which predicts y_t, looks at the source of y_{t-1}."""
    weights = np.array(
        [[0.9, 0.1, 0.0], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]]
    )  # the last row predicts </s>
    diagonal = gold({(0, 0), (1, 1), (2, 2)})
    assert count_links(predicted_links(weights, "input"), diagonal).aer == 0
    assert count_links(predicted_links(weights[:-1]), diagonal).aer == pytest.approx(2 / 3)
    shifted, ids = read_as_input(weights, (0, 1, 2, None))
    assert ids == (0, 1, 2) and np.array_equal(shifted, weights[1:])
    example = Example(
        np.pad(weights, ((0, 0), (0, 1)))[None, None], (0, 1, 2, None), (0, 1, 2, None), diagonal
    )
    assert best_head([example], "input").aer[0, 0] == 0
    assert best_head([example], "output").aer[0, 0] == pytest.approx(2 / 3)


def test_shapes_and_readings_that_mean_nothing_are_refused():
    with pytest.raises(InputError, match="expected \\[target words, source words\\]"):
        predicted_links(np.zeros(3))
    with pytest.raises(InputError, match="expected \\[target words, source words\\]"):
        predicted_links(np.zeros((3, 0)))
    with pytest.raises(InputError, match="use 'output' or 'input'"):
        predicted_links(np.ones((1, 1)), "both")


# -------------------------------------------------------------------------------------------------- all heads


@given(st.lists(examples(), min_size=1, max_size=4), st.sampled_from(["output", "input"]))
def test_pooled_error_rates_match_the_slow_reference(several, reading):
    if not any(example.gold.sure for example in several):
        several = [example._replace(gold=gold({(0, 0)})) for example in several]
    result = best_head(several, reading)
    for layer in range(2):
        for head in range(3):
            pairs = []
            for weights, queries, keys, truth in several:
                matrix = weights[layer, head].astype(float)
                if reading == "input":
                    matrix, queries = matrix[1:], queries[:-1]
                pairs.append(
                    (
                        {
                            (max(range(len(row)), key=lambda c: row[c]), r)
                            for r, row in enumerate(slow_merge(matrix, queries, keys).tolist())
                        },
                        truth,
                    )
                )
            assert result.aer[layer, head] == pytest.approx(slow_aer(pairs))
    assert (
        result.best.aer
        == pytest.approx(result.aer.min())
        == pytest.approx(result.aer[result.layer, result.head])
    )


def test_counts_add_up_to_the_counts_of_both():
    weights = np.eye(3)[None, None]
    a = Example(weights, (0, 1, None), (0, 1, None), gold({(0, 0)}, {(1, 1)}))
    b = Example(weights, (0, 1, None), (0, 1, None), gold({(1, 0), (0, 1)}))
    assert head_counts(a).tolist() == [[[2, 1, 1, 2]]] and head_counts(b).tolist() == [[[2, 2, 0, 0]]]
    assert best_head([a, b]).best == AlignmentCounts(2, 1, 1, 2) + AlignmentCounts(2, 2, 0, 0)
    assert error_rates(head_counts(a) + head_counts(b)).item() == pytest.approx(1 - 3 / 7)


def test_a_word_attending_to_the_end_has_no_link():
    weights = np.array([[0.3, 0.1, 0.6], [0.1, 0.8, 0.1], [0.0, 0.0, 1.0]])[None, None]
    example = Example(weights, (0, 1, None), (0, 1, None), gold({(0, 0), (1, 1)}))
    assert head_counts(example, special="drop").tolist() == [[[2, 2, 2, 2]]]
    assert head_counts(example, special="keep").tolist() == [[[1, 2, 1, 1]]]


def test_a_head_that_is_switched_off_predicts_nothing():
    example = Example(np.zeros((1, 1, 2, 2)), (0, None), (0, None), gold({(0, 0)}))
    assert head_counts(example).tolist() == [[[0, 1, 0, 0]]] and best_head([example]).aer[0, 0] == 1


def test_a_truncated_words_gold_link_counts_as_missed():
    example = Example(np.ones((1, 1, 2, 2)), (0, None), (0, None), gold({(0, 0), (7, 9)}))
    assert head_counts(example).tolist() == [[[1, 2, 1, 1]]]


def test_nothing_to_score_is_refused():
    with pytest.raises(InputError, match="no sentence pair to score"):
        best_head([])
    with pytest.raises(InputError, match="without a word on one side"):
        head_counts(Example(np.ones((1, 1, 1, 2)), (None,), (0, None), gold()))
    with pytest.raises(InputError, match="neither a gold nor a predicted link"):
        best_head([Example(np.zeros((1, 1, 2, 2)), (0, None), (0, None), gold())])
