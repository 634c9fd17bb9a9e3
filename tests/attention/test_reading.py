"""Each way of reading a map against a slow loop over its definition."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.attention.reading import (
    MapReading,
    all_heads,
    as_input,
    best_aligned,
    difference,
    first_rows,
    hide_special,
    link_errors,
    merge_words,
    read_heads,
    read_map,
    sanity,
    select_heads,
    sharpest_head,
    threshold,
    top_share,
    word_links,
)
from explorer.errors import InputError
from explorer.evaluation.alignment import count_links
from explorer.results import Alignment, AttentionMap, Encoding
from tests.heads import slow
from tests.heads.slow import Sentence
from tests.views.samples import make_map

SRC = ("The", "un", "believ", "able", "cat", "</s>")
SRC_IDS = (0, 1, 1, 1, 2, None)
TGT = ("Die", "unglaub", "liche", "Katze", "</s>")
TGT_IDS = (0, 1, 1, 2, None)
TGT_IN = ("<s>", "Die", "unglaub", "liche", "Katze")
TGT_IN_IDS = (None, 0, 1, 1, 2)


def random_map(kind="cross", layers=2, heads=3, seed=0) -> AttentionMap:
    sides = {
        "cross": (TGT, SRC, TGT_IDS, SRC_IDS),
        "encoder_self": (SRC, SRC, SRC_IDS, SRC_IDS),
        "decoder_self": (TGT, TGT_IN, TGT_IDS, TGT_IN_IDS),
    }
    shape = layers, heads, len(sides[kind][0]), len(sides[kind][1])
    scores = np.random.default_rng(seed).normal(size=shape) * 2
    if kind == "decoder_self":
        scores = np.where(np.triu(np.ones(scores.shape[2:]), 1) > 0, -np.inf, scores)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    return make_map(kind, weights, *sides[kind])


@pytest.mark.parametrize("reduce", ["mean", "max"])
@pytest.mark.parametrize("heads", [None, [(0, 0)], [(1, 2)], [(0, 1), (1, 0)], [(0, 0), (0, 1), (0, 2)]])
def test_heads_are_reduced_cell_by_cell(reduce, heads):
    attention_map = random_map()
    view = select_heads(attention_map, heads, reduce)
    chosen = heads or [(layer, head) for layer in range(2) for head in range(3)]
    for i in range(len(TGT)):
        for j in range(len(SRC)):
            values = [float(attention_map.weights[layer, head, i, j]) for layer, head in chosen]
            expected = max(values) if reduce == "max" else sum(values) / len(values)
            assert view.weights[i, j] == pytest.approx(expected, abs=1e-7)


def test_one_head_keeps_its_exact_read_only_numbers():
    attention_map = random_map()
    view = select_heads(attention_map, [(1, 1)])
    assert np.array_equal(view.weights, attention_map.weights[1, 1])
    with pytest.raises(ValueError):
        view.weights[0, 0] = 1


@pytest.mark.parametrize(
    "heads, reduce, name",
    [
        ([(1, 2)], "mean", "L1 H2"),
        (None, "mean", "mean of all 6 heads"),
        ([(0, 0), (0, 1), (0, 2)], "max", "max of the 3 heads of L0"),
        ([(0, 0), (1, 1)], "max", "max of 2 heads"),
    ],
)
def test_the_name_says_which_heads(heads, reduce, name):
    assert select_heads(random_map(), heads, reduce).name == name


def test_a_maximum_over_heads_says_rows_exceed_one():
    assert any("maximum" in note for note in select_heads(random_map(), None, "max").notes)
    assert not select_heads(random_map(), [(0, 0)], "max").notes


@pytest.mark.parametrize(
    "heads, reduce",
    [([], "mean"), ([(2, 0)], "mean"), ([(0, 3)], "mean"), ([(-1, 0)], "mean"), (None, "median")],
)
def test_a_choice_without_sense_is_refused(heads, reduce):
    with pytest.raises(InputError, match="[.]$"):
        select_heads(random_map(), heads, reduce)


def test_special_tokens_and_joins_come_from_word_ids():
    view = select_heads(random_map("decoder_self"))
    assert view.rows.special == (False, False, False, False, True)
    assert view.cols.special == (True, False, False, False, False)
    assert view.rows.continues == (False, False, True, False, False)
    assert view.cols.continues == (False, False, False, True, False)


def test_typed_special_tokens_and_spaces_are_text():
    weights = np.full((1, 1, 1, 3), 1 / 3)
    view = select_heads(
        make_map("encoder_self", weights, ("a",), ("<s>", " ", "</s>"), (0,), (0, None, None))
    )
    assert view.cols.special == (False, False, True)


def merged_by_hand(weights, row_ids, col_ids):
    """Sum over the columns of a word, mean over its rows, one cell at a time; tokens of no word stay."""

    def groups(ids):
        found = []
        for i, word in enumerate(ids):
            if word is not None and i and ids[i - 1] == word:
                found[-1].append(i)
            else:
                found.append([i])
        return found

    return [
        [sum(float(weights[i, j]) for i in rows for j in cols) / len(rows) for cols in groups(col_ids)]
        for rows in groups(row_ids)
    ]


@pytest.mark.parametrize(
    "kind, row_ids, col_ids",
    [("cross", TGT_IDS, SRC_IDS), ("encoder_self", SRC_IDS, SRC_IDS), ("decoder_self", TGT_IDS, TGT_IN_IDS)],
)
def test_words_are_summed_over_keys_averaged_over_queries(kind, row_ids, col_ids):
    view = select_heads(random_map(kind))
    merged = merge_words(view)
    assert merged.weights == pytest.approx(np.array(merged_by_hand(view.weights, row_ids, col_ids)), abs=1e-6)
    assert merged.weights.sum(1) == pytest.approx(1, abs=1e-6)
    assert not any(merged.rows.continues) and not any(merged.cols.continues)


def test_merged_rows_and_columns_carry_the_words():
    attention_map = random_map()
    query = replace(attention_map.query, words=("Die", "unglaubliche", "Katze"))
    key = replace(attention_map.key, words=("The", "Unbelievable", "cat"))
    merged = merge_words(select_heads(replace(attention_map, query=query, key=key)))
    assert merged.rows.tokens == ("Die", "unglaubliche", "Katze", "</s>")
    assert merged.cols.tokens == ("The", "Unbelievable", "cat", "</s>")
    assert merge_words(select_heads(random_map())).cols.tokens == ("The", "unbelievable", "cat", "</s>")
    assert merged.rows.special == (False, False, False, True)
    assert merged.cols.word_ids == (0, 1, 2, None)


def test_merging_twice_is_merging_once():
    once = merge_words(select_heads(random_map()))
    assert np.array_equal(merge_words(once).weights, once.weights)


def test_as_input_labels_rows_with_the_token_fed():
    """The step that takes in y_t predicts y_{t+1}: token t of the output labels has, read as input, the row
    below its own.
    """
    output = select_heads(random_map())
    shifted = as_input(output)
    assert shifted.rows.tokens == ("<s>", "Die", "unglaub", "liche", "Katze")
    for t in range(len(TGT) - 1):
        row = shifted.rows.tokens.index(TGT[t])
        assert np.array_equal(shifted.weights[row], output.weights[t + 1])
    assert shifted.rows.word_ids == (None, 0, 1, 1, 2) and shifted.rows.special == (
        True,
        False,
        False,
        False,
        False,
    )
    assert shifted.rows.continues == (False, False, False, True, False)
    assert shifted.reading == "input" and as_input(shifted) is shifted


def test_as_input_aligns_decoder_maps_and_leaves_encoder_maps():
    decoder = as_input(select_heads(random_map("decoder_self")))
    assert decoder.rows.tokens == decoder.cols.tokens
    encoder = select_heads(random_map("encoder_self"))
    assert as_input(encoder) is encoder


@pytest.mark.parametrize("renormalise", [False, True])
def test_hiding_special_tokens_leaves_or_rescales_the_rest(renormalise):
    view = select_heads(random_map("decoder_self"))
    hidden = hide_special(view, renormalise)
    assert hidden.rows.tokens == TGT[:-1] and hidden.cols.tokens == TGT_IN[1:]
    lost = 0.0
    for i in range(4):
        row = [float(w) for w in view.weights[i]]
        lost += row[0]
        rest = sum(row[1:])
        for j in range(4):
            expected = row[j + 1] if not renormalise else row[j + 1] / rest if rest > 0 else 0.0
            assert hidden.weights[i, j] == pytest.approx(expected, abs=1e-6)
    assert lost > 1  # row 0 sees <s> only
    if renormalise:  # only the row that has nothing left stays lost
        assert hidden.hidden_mass == pytest.approx(1 / 4, abs=1e-6)
        assert "1 row attended to special tokens only" in hidden.notes[-1]
    else:
        assert hidden.hidden_mass == pytest.approx(lost / 4, abs=1e-6)
    assert f"{100 * lost / 4:.3g} %" in hidden.notes[-1]


def test_hiding_everything_is_refused():
    with pytest.raises(InputError, match="nothing would be left"):
        hide_special(
            select_heads(make_map("cross", np.ones((1, 1, 1, 1)), ("</s>",), ("</s>",), (None,), (None,)))
        )


@pytest.mark.parametrize("minimum", [0.0, 0.05, 0.3, 1.0])
def test_a_threshold_states_the_share_it_hides(minimum):
    view = select_heads(random_map(), [(0, 1)])
    cut = threshold(view, minimum)
    kept = total = 0.0
    for i in range(len(TGT)):
        for j in range(len(SRC)):
            weight = float(view.weights[i, j])
            total += weight
            kept += weight if weight >= minimum else 0.0
            assert cut.weights[i, j] == (view.weights[i, j] if weight >= minimum else 0)
    assert cut.hidden_mass == pytest.approx(1 - kept / total, abs=1e-9)
    assert f"{100 * (1 - kept / total):.3g} %" in cut.notes[-1] or minimum == 0


def test_hidden_shares_add_up_over_two_steps():
    view = select_heads(random_map(), [(0, 1)])
    twice = threshold(hide_special(view), 0.1)
    rows = view.weights[:-1].astype(float)
    shown = rows[:, :-1][rows[:, :-1] >= 0.1].sum()
    assert twice.hidden_mass == pytest.approx(1 - shown / rows.sum(), abs=1e-6)


@pytest.mark.parametrize("minimum", [-0.1, 1.1, math.nan])
def test_a_threshold_outside_the_scale_is_refused(minimum):
    with pytest.raises(InputError):
        threshold(select_heads(random_map()), minimum)


@pytest.mark.parametrize("kind", ["cross", "decoder_self"])
@pytest.mark.parametrize("share", [0.001, 0.07, 0.1, 1 / 3, 0.5, 0.999, 1.0])
def test_the_strongest_cells_stay_the_rest_is_stated(kind, share):
    view = select_heads(random_map(kind), [(1, 0)])
    cut = top_share(view, share)
    cells = sorted((float(weight) for row in view.weights for weight in row if weight > 0), reverse=True)
    n_kept = math.ceil(round(share * len(cells), 9))
    kept = set(cells[:n_kept])
    for i, row in enumerate(view.weights):
        for j, weight in enumerate(row):
            assert cut.weights[i, j] == (weight if float(weight) in kept else 0)
    hidden = 1 - sum(cells[:n_kept]) / sum(cells)
    assert cut.hidden_mass == pytest.approx(hidden, abs=1e-9)
    assert f"({n_kept} of {len(cells)}): {100 * hidden:.3g} % of the mass" in cut.notes[-1] or share == 1


def test_cells_of_equal_weight_stay_or_go_together():
    weights = np.array([[[[0.4, 0.2, 0.2, 0.2], [0.7, 0.1, 0.1, 0.1]]]])
    view = select_heads(make_map("cross", weights, ("a", "b"), ("c", "d", "e", "f"), (0, 1), (0, 1, 2, 3)))
    assert np.count_nonzero(top_share(view, 0.25).weights) == 2
    assert np.count_nonzero(top_share(view, 0.26).weights) == 5
    assert np.array_equal(top_share(view, 1.0).weights, view.weights)


def test_the_strongest_share_is_taken_after_the_threshold():
    view = read_map(random_map(), MapReading(minimum=0.05, top=0.5), heads=[(0, 1)])
    before = random_map().weights[0, 1].astype(float)
    left = np.sort(before[before >= np.float32(0.05)])[::-1]
    left = left[: math.ceil(len(left) / 2)]
    assert sorted(view.weights[view.weights > 0]) == pytest.approx(sorted(left), abs=1e-7)
    assert view.hidden_mass == pytest.approx(1 - left.sum() / before.sum(), abs=1e-6)


@pytest.mark.parametrize("share", [0, -0.1, 1.01, math.nan])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(InputError, match="[.]$"):
        top_share(select_heads(random_map()), share)


def test_a_share_of_nothing_or_of_a_difference():
    zero = make_map("cross", np.zeros((1, 1, 5, 6), np.float32), TGT, SRC, TGT_IDS, SRC_IDS)
    assert top_share(select_heads(zero), 0.1).hidden_mass == 0
    with pytest.raises(InputError, match="difference"):
        top_share(difference(select_heads(random_map()), select_heads(random_map(seed=3))), 0.1)


def test_the_first_rows_keep_their_numbers_and_labels():
    view = select_heads(random_map())
    some = first_rows(view, 2)
    assert np.array_equal(some.weights, view.weights[:2]) and not some.weights.flags.writeable
    assert (
        some.rows.tokens == TGT[:2]
        and some.rows.word_ids == TGT_IDS[:2]
        and some.cols.tokens == SRC
        and some.name == view.name
    )
    assert first_rows(view, len(TGT)) == view
    with pytest.raises(ValueError, match="6 rows were asked for, and there are 5"):
        first_rows(view, 6)


@pytest.mark.parametrize("kind", ["cross", "decoder_self"])
def test_the_sharpest_head_has_the_largest_row_maxima(kind):
    attention_map = random_map(kind, seed=4)
    means = {
        (layer, head): sum(max(map(float, row)) for row in attention_map.weights[layer, head]) / len(TGT)
        for layer in range(2)
        for head in range(3)
    }
    assert sharpest_head(attention_map) == max(means, key=means.get)


def test_read_map_applies_everything_in_its_order():
    attention_map = random_map()
    view = read_map(
        attention_map,
        MapReading(reading="input", merge=True, hide=True, renormalise=True, minimum=0.2),
        heads=[(0, 0), (1, 1)],
    )
    mean = (attention_map.weights[0, 0].astype(float) + attention_map.weights[1, 1]) / 2
    words = np.array(merged_by_hand(mean, TGT_IN_IDS, SRC_IDS))[1:, :-1]  # without <s> and </s>
    words /= words.sum(1, keepdims=True)
    words[words < 0.2] = 0
    assert view.rows.tokens == ("Die", "unglaubliche", "Katze") and view.cols.tokens == (
        "The",
        "unbelievable",
        "cat",
    )
    assert view.weights == pytest.approx(words, abs=1e-6)
    assert len(view.notes) == 4


def test_every_head_by_itself_is_what_it_is_alone():
    attention_map = random_map(layers=2, heads=3)
    how = MapReading(reading="input", merge=True, hide=True, minimum=0.1, top=0.6)
    grid = read_heads(attention_map, how)
    for layer in range(2):
        for head in range(3):
            assert np.array_equal(
                grid[layer, head], read_map(attention_map, how, heads=[(layer, head)]).weights
            )
    assert np.array_equal(read_heads(attention_map), attention_map.weights)


def test_difference_subtracts_cell_by_cell():
    a, b = select_heads(random_map(seed=1)), select_heads(random_map(seed=2))
    found = difference(a, b)
    assert found.signed and found.weights == pytest.approx(a.weights.astype(float) - b.weights, abs=1e-7)
    assert np.abs(difference(a, a).weights).max() == 0


def test_a_difference_of_other_tokens_is_refused():
    with pytest.raises(InputError, match="merge subwords"):
        difference(select_heads(random_map()), merge_words(select_heads(random_map())))
    with pytest.raises(InputError, match="threshold"):
        threshold(difference(select_heads(random_map()), select_heads(random_map(seed=3))), 0.1)


def test_sanity_finds_wrong_row_sums_and_leaking_masks():
    good = random_map("decoder_self")
    assert sanity(good).n_rows == 6 * len(TGT)
    assert sanity(good).row_deviation < 1e-6 and sanity(good).above_diagonal == 0
    weights = good.weights.copy()
    weights[1, 2, 0] = (0.5, 0.2, 0, 0.1, 0)
    bad = replace(good, weights=weights)
    assert sanity(bad).row_deviation == pytest.approx(0.2, abs=1e-6)
    assert sanity(bad).above_diagonal == pytest.approx(0.3, abs=1e-6)
    assert sanity(bad, [(0, 0)]).row_deviation < 1e-6
    assert (
        sanity(random_map("cross")).above_diagonal is None
        and sanity(random_map("encoder_self")).above_diagonal is None
    )


GOLD = Alignment(frozenset({(0, 0), (2, 2)}), frozenset({(0, 0), (1, 1), (2, 2)}))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("reading", ["output", "input"])
def test_word_links_are_those_that_the_error_rate_counts(seed, reading):
    attention_map = random_map(seed=seed)
    tgt, src = (
        Encoding(tuple(range(n)), tokens[:-1], ids[:-1], ("a", "b", "c"))
        for n, tokens, ids in ((4, TGT, TGT_IDS), (5, SRC, SRC_IDS))
    )
    pair = Sentence("cross", attention_map.weights, tgt, src, (), GOLD)
    rates = {}
    for layer, head in all_heads(attention_map):
        counts = count_links(word_links(attention_map, [(layer, head)], reading=reading), GOLD)
        answers = slow.alignment(pair, attention_map.weights[layer, head])
        assert answers[f"precision:{reading}"] == (counts.n_predicted_possible, counts.n_predicted)
        assert answers[f"recall:{reading}"] == (counts.n_predicted_sure, counts.n_sure)
        rates[layer, head] = counts.aer
    best = best_aligned(attention_map, GOLD, reading)
    assert best.counts.aer == rates[best.layer, best.head] == min(rates.values())


def test_link_errors_sort_every_link_once():
    errors = link_errors({(0, 0), (1, 1), (0, 2)}, GOLD)
    assert errors.hits == {(0, 0), (1, 1)} and errors.spurious == {(0, 2)} and errors.missed == {(2, 2)}
