"""Does every stop show the matrices of the recorded pass, which make each other as the signs say?"""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from explorer.attention.capture import replay
from explorer.attention.inside import inside as compute_inside
from explorer.views.attention.tour import head_stops, tour_figure, tour_names, tour_stop, tour_stops
from explorer.views.matrix_panels import cell_number, cell_weight, panels_figure
from explorer.views.panel_layout import Panel, largest
from explorer.views.plotly_frame import tick_label
from explorer.views.theme import THEMES, contrast, difference_color, weight_color
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint
from tests.views.inside_samples import SCORERS, make_inside
from tests.views.samples import NASTY

THEME = THEMES["light"]
KINDS = ("encoder_self", "decoder_self", "cross")
POSITIONS = ("none", "sinusoidal", "learned", "relative", "rotary", "t5", "alibi")
TRANSFORMERS = [(kind, "scaled dot", positions) for kind in KINDS for positions in POSITIONS]
CASES = [*TRANSFORMERS, *(("cross", scorer, "none") for scorer in SCORERS[1:])]


@pytest.fixture(params=CASES, ids=" ".join)
def inside(request):
    kind, scorer, positions = request.param
    return make_inside(kind, scorer, positions)[0]


def panel(stop, name):
    (found,) = [each for line in stop.lines for each in line if each.name == name]
    return found


def same(found, expected):
    np.testing.assert_allclose(found.values, expected, rtol=1e-6, atol=1e-6)


def test_every_stop_shows_the_numbers_of_the_pass(inside):
    head = inside.n_heads - 1
    stops = dict(zip(tour_names(inside), tour_stops(inside, head), strict=True))
    same(panel(stops["Softmax"], "scores"), inside.scores[head])
    same(panel(stops["Softmax"], "weights A"), inside.weights[head])
    same(panel(stops["Context"], "weights A"), inside.weights[head])
    same(panel(stops["Context"], "context C"), inside.weights[head] @ inside.values[head])
    if inside.recurrent:
        same(panel(stops["States"], "decoder states h"), inside.query_stream.states)
        same(
            panel(stops["States"], "encoder states s: from the left | from the right"),
            inside.key_stream.states,
        )
        same(panel(stops["Context"], "encoder states"), inside.values[0])
        same(panel(stops["Attentional state"], "attentional state h̃"), inside.output)
    else:
        for letter, name, plain, turned in (
            ("Q", "queries", inside.plain_queries, inside.queries),
            ("K", "keys", inside.plain_keys, inside.keys),
            ("V", "values", None, inside.values),
        ):
            same(panel(stops["Q, K, V"], f"{name} {letter}"), (turned if plain is None else plain)[head])
            if plain is not None:
                same(panel(stops["Q, K, V"], f"{letter} turned"), turned[head])
        same(panel(stops["Mask"], "S + M"), inside.scores[head])
        same(
            panel(stops["Heads"], "contexts of H0 … H1"),
            np.concatenate([inside.weights[h] @ inside.values[h] for h in (0, 1)], -1),
        )
        same(panel(stops["Output"], "output"), inside.output)
        same(
            panel(stops["Output"], "what H1 adds"),
            inside.weights[1] @ inside.values[1] @ inside.projections[1],
        )


def test_the_signs_between_the_matrices_are_true(inside):
    """Whatever a line of any stop says, as far as it is a sum of products up to an "=", holds for its
    numbers.
    """
    checked = 0
    for stop in tour_stops(inside, 0):
        for line in stop.lines:
            terms = []
            for each in line:
                values = np.asarray(each.values, dtype=np.float64)
                values = np.where(values, 0.0, -np.inf) if each.kind == "mask" else values
                if each.before == "=":
                    np.testing.assert_allclose(
                        values, np.broadcast_to(sum(terms), values.shape), rtol=1e-5, atol=1e-5
                    )
                    checked += 1
                elif each.before == "×":
                    terms[-1] = terms[-1] @ values
                elif each.before in ("+", ""):
                    terms.append(values)
                else:
                    terms = [values]
    assert checked >= (8 if not inside.recurrent else 2)


def test_stops_have_a_name_a_title_a_text_and_a_formula(inside):
    stops = tour_stops(inside, 0)
    assert len(stops) == len(tour_names(inside)) == (6 if inside.recurrent else 9)
    assert all(stop.title and stop.text.endswith(".") and stop.formula for stop in stops)
    assert not any(re.search(r"[A-Z_a-z]+=|None|\{", stop.text) for stop in stops)
    left_out = {"Words", "States", "Input", "Heads"} | (set() if inside.kind == "decoder_self" else {"Mask"})
    expected = [
        stop.title for name, stop in zip(tour_names(inside), stops, strict=True) if name not in left_out
    ]
    assert [stop.title for stop in head_stops(inside, 0)][:-1] == expected[:-1]
    assert len(head_stops(inside, 0)[-1].lines) == 2 - (not inside.recurrent)


@pytest.mark.parametrize("positions", POSITIONS)
def test_each_position_encoding_is_shown_where_it_acts(positions):
    """Added to the words, added to the scores, or turning queries and keys: in one place, and the words of
    the first stop say where.
    """
    inside, _ = make_inside("encoder_self", positions=positions)
    shown = {
        name: [each.name for line in tour_stop(inside, 0, name).lines for each in line]
        for name in ("Words", "Scores", "Q, K, V")
    }
    places = {
        "words": "position" in shown["Words"],
        "scores": "position" in shown["Scores"],
        "turned": "Q turned" in shown["Q, K, V"],
    }
    acts = {"sinusoidal": "words", "learned": "words", "rotary": "turned", "none": None}
    expected = acts.get(positions, "scores")
    assert [name for name, there in places.items() if there] == ([expected] if expected else [])
    assert ("Nothing is added" in tour_stop(inside, 0, "Words").text) == (expected != "words")


def test_cross_attention_is_told_no_positions_by_what_acts_inside_self_attention():
    for positions in POSITIONS:
        text = tour_stop(make_inside("cross", positions=positions)[0], 0, "Words").text
        assert ("cross-attention itself is told no positions" in text) == (
            positions in ("relative", "rotary", "t5", "alibi")
        )


def test_the_text_of_a_decoder_says_that_rows_are_renamed_once():
    for kind in KINDS:
        stops = tour_stops(make_inside(kind)[0], 0)
        assert sum("name of the token that it predicts" in stop.text for stop in stops) == (
            kind != "encoder_self"
        )
    assert (
        sum(
            "name of the token that it predicts" in stop.text
            for stop in tour_stops(make_inside(scorer="mlp")[0], 0)
        )
        == 1
    )


def test_alibi_names_what_a_token_of_distance_costs():
    inside, _ = make_inside("encoder_self", positions="alibi")
    bias = np.broadcast_to(-0.25 * np.abs(np.subtract.outer(np.arange(7), np.arange(7))), (2, 7, 7)).astype(
        np.float32
    )
    stops = tour_stops(inside.__class__(**{**inside.__dict__, "position_bias": bias}), 0)
    assert "here 0.25" in stops[3].text


# ---------------------------------------------------------------------------------------------------- figures


def heat(figure, at=0):
    return [trace for trace in figure.data if trace.type == "heatmap"][at]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_a_figure_draws_every_panel_at_its_own_place(inside, theme):
    for stop in tour_stops(inside, 0):
        figure = tour_figure(stop, theme, 872)
        panels = [each for line in stop.lines for each in line]
        assert figure.layout.width == 872
        assert len([trace for trace in figure.data if trace.type == "heatmap"]) == len(panels) + sum(
            each.hidden is not None for each in panels
        )
        boxes = []
        for k, each in enumerate(panels, 1):
            x, y = figure.layout[f"xaxis{k if k > 1 else ''}"], figure.layout[f"yaxis{k if k > 1 else ''}"]
            boxes.append((*x.domain, *y.domain))
            assert 0 <= x.domain[0] < x.domain[1] <= 1 and 0 <= y.domain[0] < y.domain[1] <= 1
            trace = next(t for t in figure.data if t.xaxis == ("x" if k == 1 else f"x{k}"))
            shown = np.asarray(trace.z, dtype=np.float64)
            expected = np.asarray(each.values, dtype=np.float32)
            keep = np.ones_like(shown, bool) if each.hidden is None else ~each.hidden
            np.testing.assert_array_equal(shown[keep], expected[keep])
            if each.kind == "signed":
                assert (trace.zmin, trace.zmax) == (-each.scale, each.scale)
                assert np.abs(expected[np.isfinite(expected)]).max() <= each.scale * (1 + 1e-6)
        for i, (a, b, c, d) in enumerate(boxes):
            assert all(b <= e or f <= a or d <= g or h <= c for e, f, g, h in boxes[i + 1 :]), (
                f"panels of {stop.title} lie over each other"
            )


def test_on_a_large_screen_everything_grows():
    stop = tour_stop(make_inside("cross")[0], 0, "Softmax")
    small, large = (tour_figure(stop, THEME, width).layout for width in (872, 1540))
    assert large.height == pytest.approx(1.4 * small.height, rel=0.05) and large.font.size > small.font.size
    assert all(b.font.size > a.font.size for a, b in zip(small.annotations, large.annotations, strict=True))
    assert large.yaxis.tickfont.size > small.yaxis.tickfont.size
    assert large.xaxis2.domain[0] - large.xaxis.domain[1] > 0


def test_masked_cells_are_marked_and_named():
    inside, _ = make_inside("decoder_self")
    stop = tour_stop(inside, 0, "Softmax")
    figure = tour_figure(stop, THEME)
    hidden = heat(figure, 1)
    assert "masked: −∞" in hidden.hovertemplate
    assert np.array_equal(np.isfinite(np.asarray(hidden.z)), ~inside.mask)
    assert np.array_equal(np.isfinite(np.asarray(heat(figure).z)), inside.mask)
    mask = heat(tour_figure(tour_stop(inside, 0, "Mask"), THEME), 1)
    assert np.array_equal(np.asarray(mask.z) > 0, inside.mask)
    assert np.asarray(mask.customdata)[0].tolist() == ["0: may be seen"] + ["−∞: may not be seen"] * 5


def test_no_token_becomes_markup_or_part_of_a_template():
    plain = tuple(f"t{i}" for i in range(len(NASTY)))
    for kind in KINDS:
        nasty_stops, plain_stops = (
            tour_stops(make_inside(kind, src=tokens, tgt=tokens)[0], 1) for tokens in (NASTY, plain)
        )
        for stop, other in zip(nasty_stops, plain_stops, strict=True):
            figure = tour_figure(stop, THEME, 900)
            text = json.dumps(json.loads(figure.to_json()), ensure_ascii=False)
            assert "<img" not in text and "</script>" not in text
            assert [trace.hovertemplate for trace in figure.data] == [
                trace.hovertemplate for trace in tour_figure(other, THEME, 900).data
            ]
            assert (stop.text, stop.title, stop.formula) == (other.text, other.title, other.formula)


def test_tokens_label_rows_and_columns_and_special_ones_are_dimmed():
    inside, _ = make_inside("cross")
    stop = tour_stop(inside, 0, "Softmax")
    layout = tour_figure(stop, THEME).layout
    assert list(layout.xaxis.ticktext) == [
        tick_label(token, token == "</s>", THEME, 12) for token in inside.key.tokens
    ]
    assert list(layout.yaxis.ticktext) == [
        tick_label(token, token == "</s>", THEME, 12) for token in inside.query.tokens
    ]
    assert (
        layout.yaxis.showticklabels and not layout.yaxis2.showticklabels
    )  # the same rows again need no labels


def test_the_hover_gives_enough_digits_to_read_the_number_back():
    values = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    figure = panels_figure(((Panel("A", values, ("a", "b", "c"), ("d", "e", "f", "g")),),), THEME)
    assert "%{z:.9~g}" in heat(figure).hovertemplate and "%{y}" in heat(figure).hovertemplate
    assert all(np.float32(f"{value:.9g}") == value for value in values.flat)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_numbers_can_be_read_on_every_colour(theme):
    values = np.linspace(-2, 2, 36).reshape(6, 6)
    tokens = tuple("abcdef")
    hidden = np.triu(np.ones((6, 6), bool), 4)
    for more in ({}, {"kind": "weights"}, {"hidden": hidden}):
        shown = np.abs(values) if more.get("kind") else values
        figure = panels_figure(((Panel("A", shown, tokens, tokens, 2.0, **more),),), theme)
        numbers = figure.data[-1]
        assert len(numbers.text) == 36 and [*numbers.x[:6]] == list(range(6)) and [*numbers.y[:6]] == [0] * 6
        for k, (text, color) in enumerate(zip(numbers.text, numbers.textfont.color, strict=True)):
            value = float(shown.flat[k])
            cell = (
                weight_color(theme, value, 2.0) if more.get("kind") else difference_color(theme, value, 2.0)
            )
            cell = theme.muted if "hidden" in more and hidden.flat[k] else cell
            assert contrast(cell, color) >= 4.5
            assert text == (
                "−∞"
                if "hidden" in more and hidden.flat[k]
                else (cell_weight if more.get("kind") else cell_number)(value)
            )


@pytest.mark.parametrize("n, written", [(4, True), (40, False)])
def test_numbers_are_written_into_cells_only_where_they_can_be_read(n, written):
    tokens = tuple(f"t{i}" for i in range(n))
    figure = panels_figure(((Panel("A", np.full((n, n), -1.234), tokens, tokens, 2.0),),), THEME)
    assert (len(figure.data) == 2) == written
    if written:
        assert list(figure.data[1].text) == ["−1.23"] * n * n and figure.data[1].textfont.size >= 10


def test_numbers_of_cells():
    assert [cell_number(value) for value in (0.0, 1.23456, -0.0831, 12.345)] == [
        "0",
        "1.23",
        "−0.083",
        "12.3",
    ]
    assert [cell_weight(value) for value in (0.0, 1.0, 0.98765, 0.0002)] == ["0", "1.000", "0.988", "0.000"]


def test_a_scale_holds_all_numbers_and_is_short():
    assert largest(np.array([0.1, -3.1415]), np.array([-np.inf, np.nan])) == pytest.approx(3.15)
    assert largest(np.zeros(3)) == 1.0 and largest(np.array([2.0])) == 2.0
    for value in np.random.default_rng(1).lognormal(0, 5, 200):
        scale = largest(np.array([value]))
        assert (
            value <= scale * (1 + 1e-9)
            and scale <= value * 1.011
            and float(f"{scale:.3g}") == pytest.approx(scale)
        )


@pytest.mark.parametrize("n", [1, 2, 30, 120])
def test_short_and_long_sentences_fit(n):
    tokens = tuple(f"word{i}" for i in range(n - 1)) + ("</s>",)
    inside, _ = make_inside("cross", src=tokens, tgt=tokens, d=16)
    for stop in tour_stops(inside, 0):
        figure = tour_figure(stop, THEME, 872)
        assert figure.layout.width == 872 and figure.layout.height < 4200
        assert all(figure.layout[name].domain[1] <= 1 for name in figure.layout if name.startswith("xaxis"))


@pytest.mark.parametrize(
    "family, options",
    [("transformer", {"positions": "relative"}), ("transformer", {"positions": "rotary"}), ("rnn", {})],
)
def test_the_tour_of_a_model_ends_in_the_attention_that_was_recorded(family, options):
    checkpoint = make_tiny_checkpoint(family, **options)
    record = replay(checkpoint, *TINY_PAIRS[1])
    for attention_map in record.attention:
        stop = tour_stop(
            compute_inside(checkpoint, *TINY_PAIRS[1], attention_map.kind, 0),
            attention_map.n_heads - 1,
            "Softmax",
        )
        same(panel(stop, "weights A"), attention_map.weights[0, -1])
