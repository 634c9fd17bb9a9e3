"""Do the strips of a row show its numbers, add up to what stands beside them, and keep tokens as text?"""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from explorer.views.attention.head_inside import (
    NARROW,
    context_strips,
    output_strips,
    row_chips,
    score_strips,
    strongest,
    usual,
)
from explorer.views.numbers import short
from explorer.views.theme import THEMES, difference_color
from tests.views.inside_samples import SCORERS, make_inside
from tests.views.samples import NASTY

THEME = THEMES["light"]
CASES = [
    ("encoder_self", "scaled dot", "sinusoidal"),
    ("decoder_self", "scaled dot", "alibi"),
    ("cross", "scaled dot", "relative"),
]
CASES += [("encoder_self", "scaled dot", "rotary"), ("encoder_self", "scaled dot", "relative")]
CASES += [("cross", scorer, "none") for scorer in SCORERS[1:]]


@pytest.fixture(params=CASES, ids=" ".join)
def inside(request):
    kind, scorer, positions = request.param
    return make_inside(kind, scorer, positions)[0]


def close(found, expected):
    np.testing.assert_allclose(np.array(found, dtype=np.float64), expected, rtol=1e-6, atol=1e-6)


def number(cell) -> float:
    return -math.inf if cell["exact"].startswith("masked") else float(cell["exact"])


def column(data, name) -> dict:
    (found,) = [each for each in data["columns"] if each["id"] == name]
    return found


def test_scores_of_every_row(inside):
    """Query, key and product unit by unit; the sum of a strip is the product beside it, and so on to the
    weight.
    """
    head = inside.n_heads - 1
    for row in range(len(inside.query.tokens)):
        data = score_strips(inside, head, row, THEME)
        query = inside.queries[head, row].astype(np.float64)
        close(data["header"][0]["key"], query)
        assert data["header"][0]["token"]["full"] == inside.query_stream.tokens[row]
        for j, cells in enumerate(data["rows"]):
            key = inside.keys[head, j].astype(np.float64)
            close(cells["key"], key)
            if inside.scorer == "mlp":
                close(data["header"][1]["term"], inside.vector)
                close(cells["tanh"], np.tanh(query + key))
                close(cells["term"], inside.vector * np.tanh(query + key))
            else:
                close(cells["term"], query * key)
            score = sum(cells["term"]) * inside.scale
            if not inside.recurrent:
                assert number(cells["product"]) == pytest.approx(sum(cells["term"]), abs=1e-6)
            if inside.position_bias is not None:
                assert number(cells["position"]) == pytest.approx(
                    inside.position_bias[head, row, j], abs=1e-6
                )
                score += number(cells["position"])
            assert number(cells["score"]) == (
                pytest.approx(score, abs=1e-5) if inside.mask[row, j] else -math.inf
            )
            assert number(cells["power"]) == pytest.approx(
                math.exp(number(cells["score"]) - inside.scores[head, row].max()), abs=1e-5
            )
            total = number(data["footer"][0]["power"])
            assert number(cells["weight"]) == pytest.approx(number(cells["power"]) / total, abs=1e-5)
            assert number(cells["weight"]) == pytest.approx(inside.weights[head, row, j], abs=1e-7)
            assert cells["weight"]["share"] == pytest.approx(inside.weights[head, row, j])
        assert number(data["footer"][0]["weight"]) == pytest.approx(1, abs=1e-6)


def test_only_a_position_bias_has_a_column_of_its_own(inside):
    names = [each["id"] for each in score_strips(inside, 0, 0, THEME)["columns"]]
    assert ("position" in names) == (inside.position_bias is not None) and ("tanh" in names) == (
        inside.scorer == "mlp"
    )
    assert ("product" in names) == (not inside.recurrent) and "others" not in names


def test_turned_queries_say_so(inside):
    assert ("turned" in score_strips(inside, 0, 0, THEME)["hint"]) == (inside.positions == "rotary")


def test_masked_keys_say_so():
    inside, _ = make_inside("decoder_self")
    rows = score_strips(inside, 0, 1, THEME)["rows"]
    assert [cells["score"]["text"].strip() == "−∞" for cells in rows] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    assert (
        rows[3]["score"]["exact"] == "masked: −∞"
        and rows[3]["score"]["faint"]
        and number(rows[3]["weight"]) == 0
    )


def test_the_context_is_the_sum_of_what_the_tokens_bring(inside):
    for row in range(len(inside.query.tokens)):
        data = context_strips(inside, 0, row, THEME)
        for j, cells in enumerate(data["rows"]):
            close(cells["content"], inside.values[0, j])
            close(cells["mixed"], inside.weights[0, row, j].astype(np.float64) * inside.values[0, j])
        close(data["footer"][0]["mixed"], np.sum([cells["mixed"] for cells in data["rows"]], axis=0))
        close(data["footer"][0]["mixed"], inside.context(0)[row])
        assert column(data, "content")["scale"] == column(data, "mixed")["scale"]


def test_the_output_is_the_sum_of_the_parts(inside):
    head = inside.n_heads - 1
    for row in range(len(inside.query.tokens)):
        data = output_strips(inside, head, row, THEME)
        for h, cells in enumerate(data["rows"][:-1]):
            close(cells["context"], inside.context(h)[row])
            close(cells["part"], inside.context(h)[row] @ inside.projections[h])
            assert number(cells["length"]) == pytest.approx(np.linalg.norm(cells["part"]), rel=1e-6)
        close(data["rows"][-1]["part"], inside.rest[row])
        total = np.sum([cells["part"] for cells in data["rows"]], axis=0)
        np.testing.assert_allclose(data["footer"][0]["part"], total, atol=1e-5)
        close(data["footer"][-1]["part"], inside.output[row])
        assert [cells["token"].get("strong", False) for cells in data["rows"]].count(True) == (
            not inside.recurrent
        )
        assert short(number(data["rows"][head]["length"])) in data["hint"]


def test_scales_are_the_same_for_all_rows(inside):
    for make in (score_strips, context_strips, output_strips):
        scales = {
            tuple(each.get("scale", 0) for each in make(inside, 0, row, THEME)["columns"])
            for row in range(len(inside.query.tokens))
        }
        if make is output_strips:  # the contexts of the heads in this row have their own
            scales = {tuple(scale[2:]) for scale in scales}
        assert len(scales) == 1


@pytest.mark.parametrize("scorer", SCORERS)
def test_of_many_units_the_strongest_are_shown_and_the_rest_is_stated(scorer):
    inside, _ = make_inside("cross", scorer, d=100, heads=1)
    data = score_strips(inside, 0, 2, THEME)
    terms = inside.terms(0, 2)
    units = column(data, "term")["units"]
    assert len(units) == NARROW == len(data["rows"][0]["term"]) and units == sorted(units)
    weakest_shown = np.abs(terms).sum(0)[units].min()
    assert all(np.abs(terms).sum(0)[unit] <= weakest_shown for unit in set(range(100)) - set(units))
    assert column(data, "others")["note"] == "36 units"
    for j, cells in enumerate(data["rows"]):
        close(cells["term"], terms[j, units])
        assert sum(cells["term"]) + number(cells["others"]) == pytest.approx(
            terms[j].sum(), rel=1e-6, abs=1e-5
        )
    assert "64 of 100" in context_strips(inside, 0, 2, THEME)["hint"]


def test_strongest_units_keep_their_order():
    terms = np.array([[1.0, -5.0, 0.0, 2.0], [1.0, 5.0, 0.1, -2.0]])
    assert strongest(terms, 2).tolist() == [1, 3] and strongest(terms, 4).tolist() == [0, 1, 2, 3]
    assert usual(np.arange(101.0)).most == pytest.approx(99) and usual(np.arange(101.0)).clipped


def test_decimal_points_stand_below_each_other(inside):
    data = score_strips(inside, 0, 1, THEME)
    for each in data["columns"]:
        if each["kind"] in ("number", "bar"):
            texts = [
                cells[each["id"]]["text"] for cells in (*data["rows"], *data["footer"]) if each["id"] in cells
            ]
            points = [text.replace("\u2008", ".") for text in texts if {".", "\u2008"} & set(text)]
            after = {len(text) - text.index(".") for text in points}
            assert len(after) <= 1
            for text, cells in zip(texts, data["rows"], strict=False):
                if number(cells[each["id"]]) != -math.inf:
                    assert text.rstrip("\u2007\u2008") == short(number(cells[each["id"]]))


def test_colours_are_balanced_at_zero():
    for theme in THEMES.values():
        stops = score_strips(make_inside()[0], 0, 0, theme)["stops"]
        assert len(stops) % 2 == 1 and stops[len(stops) // 2] == difference_color(theme, 0.0) == theme.zero
        assert stops[0] == theme.negative[-1] and stops[-1] == theme.positive[-1]


def test_tokens_are_data():
    """JSON for the component: nothing is markup there, and every text that holds a token goes through
    `visible_text`.
    """
    inside, record = make_inside("cross", src=NASTY, tgt=NASTY)
    for row in range(len(NASTY)):
        for data in (
            score_strips(inside, 0, row, THEME),
            context_strips(inside, 0, row, THEME),
            row_chips(record, inside, row, THEME),
        ):
            text = json.dumps(data, allow_nan=False)
            assert "\\u0000" not in text and "\\ud800" not in text and "\\u202e" not in text
            assert "%{" not in str([each.get("say") for each in data.get("columns", [])])
    special = [cells["token"]["special"] for cells in score_strips(inside, 0, 0, THEME)["rows"]]
    assert special == [True] + [False] * (len(NASTY) - 2) + [True]


@pytest.mark.parametrize("kind", ["encoder_self", "decoder_self", "cross"])
def test_rows_are_picked_from_chips(kind):
    inside, record = make_inside(kind)
    data = row_chips(record, inside, 2, THEME)
    assert (
        [chip["label"] for chip in data["chips"]] == list(inside.query.tokens)
        and data["selected"] == 2
        and data["clickable"]
    )
    assert data["legend"] is None and {chip["color"] for chip in data["chips"]} == {THEME.surface}
    if kind == "encoder_self":
        assert data["chips"][2]["about"] == "The query of un."
    else:
        assert data["chips"][2]["about"] == "The query of rufen, which went in when unglaub came out."


@pytest.mark.parametrize(
    "scorer, column_title", list(zip(SCORERS, ("key", "encoder state s", "W s", "W₂ s"), strict=True))
)
def test_each_scorer_names_what_the_query_meets(scorer, column_title):
    data = score_strips(make_inside("cross", scorer)[0], 0, 0, THEME)
    assert column(data, "key")["title"] == column_title
