"""Is what is drawn of positions what was computed, and do its tables escape what somebody typed?"""

from __future__ import annotations

import re

import numpy as np
import pytest

from explorer.experiments.position_matrices import fixed_matrix
from explorer.results import (
    Curve,
    FinishedRun,
    HistoryRow,
    PositionMatrix,
    PublishedRun,
    ShownRun,
    Shuffle,
    WordOrder,
    frozen_array,
)
from explorer.views.experiments.line_panels import layer_panels, panels_figure
from explorer.views.experiments.positions import distance_panel, encoding_figure
from explorer.views.experiments.tables import published_table
from explorer.views.experiments.word_orders import orders_table, shuffle_scores_table, signed
from explorer.views.theme import THEMES

THEME = THEMES["light"]


def learned(n=9, n_trained=5) -> PositionMatrix:
    table = frozen_array(np.random.default_rng(0).normal(size=(n, 4)))
    return PositionMatrix(
        "learned", "embedding", table, "position", 0, (table @ table.T)[None], n_trained, "a run"
    )


def cells(html: str) -> list[list[str]]:
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", html)][1:]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("width", [700, 1400])
def test_both_pictures_hold_the_numbers_and_are_balanced_at_zero(theme, width):
    matrix = fixed_matrix("alibi", 12)
    figure = encoding_figure(matrix, theme, width, head=2)
    table, pairs = figure.data
    assert (np.asarray(table.z) == matrix.table).all() and (np.asarray(pairs.z) == matrix.pairs[2]).all()
    assert list(table.x) == list(range(-11, 12)) and list(table.y) == [0, 1, 2, 3]
    assert table.zmin == -table.zmax and table.zmax >= np.abs(matrix.table).max()
    assert figure.layout.width == width
    assert (
        figure.layout.xaxis2.domain[1] < 1 and figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]
    )
    assert "head <b>1</b>, distance, key − query <b>-11</b><br>-0.6875" in table.hovertext[1][0]


def test_a_line_stands_after_the_last_position_of_training():
    figure = encoding_figure(learned(), THEME)
    assert {(shape.xref, shape.x0, shape.x1, shape.y0, shape.y1) for shape in figure.layout.shapes} == {
        ("x2", 4.5, 4.5, -0.5, 8.5),
        ("x2", -0.5, 8.5, 4.5, 4.5),
        ("x", -0.5, 3.5, 4.5, 4.5),
    }
    assert not encoding_figure(fixed_matrix("sinusoidal"), THEME).layout.shapes


def test_by_distance_only_what_was_trained_is_drawn_with_its_extremes():
    matrix = learned()
    panel = distance_panel(matrix)
    assert "5 positions of training" in panel.title
    mean, least, most = panel.lines
    assert (least.dotted, most.dotted, mean.dotted) == (True, True, False)
    at = mean.curve.x.index(2.0)
    values = [float(matrix.table[i] @ matrix.table[i + 2]) for i in range(3)]
    assert (mean.curve.y[at], least.curve.y[at], most.curve.y[at]) == pytest.approx(
        (sum(values) / 3, min(values), max(values)), abs=1e-5
    )


def test_where_distance_says_it_all_each_head_has_one_line():
    assert [line.label for line in distance_panel(fixed_matrix("alibi")).lines] == [
        "head 0",
        "head 1",
        "head 2",
        "head 3",
    ]
    assert (
        len(distance_panel(fixed_matrix("sinusoidal")).lines)
        == len(distance_panel(fixed_matrix("rotary")).lines)
        == 1
    )


def test_orders_of_words_are_escaped_and_compared_with_the_first():
    original = WordOrder(("<b>", "a"), "eins <i>", -1.0, 0.0)
    others = (WordOrder(("a", "<b>"), "eins <i>", -1.001, 3e-7), WordOrder(("a", "a"), "zwei", -4.5, 0.5))
    html = orders_table([("none", Shuffle("m", "none", original, others, 2.0))], THEME)
    assert "<b>" not in html and "<i>" not in html
    assert cells(html) == [
        ["none", "&lt;b&gt; a", "eins &lt;i&gt;", "−1.00", "", ""],
        ["", "a &lt;b&gt;", "the same", "−1.00", "0.00", "&lt;0.001"],
        ["", "a a", "zwei", "−4.50", "−3.50", "0.5"],
    ]


def shown(key, own="", **curves) -> ShownRun:
    config = {"model": {"dropout": 0.1, "d_model": 64}, "training": {"seed": 7}}
    history = (
        HistoryRow(5, 0.5, {"valid_loss": 3.0, "valid_accuracy": 0.5}),
        HistoryRow(10, 1.0, {"valid_loss": 4.0, "valid_accuracy": 0.4}),
    )
    run = FinishedRun("e", key, "name", config, 1, "", "", "", "", 1.5, history, curves=curves)
    return ShownRun(f"label {key}", run, 0, own)


def test_the_scores_of_shuffled_words_stand_side_by_side():
    names = {name: name for name in ("same", "bleu", "log_prob", "gap")}
    curves = {
        "same": Curve((0.0,), (0.125,), n=(200,)), "bleu": Curve((0.0, 1.0), (61.23, 9.87)),
        "log_prob": Curve((0.0, 1.0), (-0.5, -3.25)),
        "gap": Curve((0.0,), (1.5,)),
    }  # fmt: skip
    html = shuffle_scores_table([shown("none", **curves), shown("none", "mine", **curves)], names, THEME)
    numbers = ["200", "12.5 %", "61.2", "9.9", "−0.50", "−3.25", "1.5"]
    assert cells(html) == [["label none", *numbers], ["label none (yours, seed 7)", *numbers]]


def test_gradients_of_layers_share_one_scale_of_whole_powers_of_ten():
    curves = {
        "a": Curve((0.0, 1.0), (0.0003, 0.5), labels=("E0", "D0")),
        "b": Curve((0.0, 1.0), (0.2, 4.0), labels=("E0", "D0")),
    }
    first, second = layer_panels([shown("x", **curves)], {"one": "a", "two": "b"})
    assert first.y_range == second.y_range == pytest.approx((1e-4, 10.0))
    assert (first.title, first.lines[0].curve, second.lines[0].curve) == ("one", curves["a"], curves["b"])
    figure = panels_figure((first, second), THEME)
    assert list(figure.layout.yaxis.range) == list(figure.layout.yaxis2.range) == pytest.approx([-4, 1])


def test_published_figures_stand_beside_ours_and_ours_are_those_of_the_kept_weights():
    html = published_table(
        {"a": PublishedRun(2, 8, 512, 0.1, 1.943, 0.3745, 61)}, [shown("a"), shown("b")], 5.3, THEME
    )
    ours = ["64", "3.000", "50.0 %", "1.5"]
    assert cells(html) == [
        ["label a", "0.1", "512", "1.943", "0.3745", "61", *ours],
        ["label b", "0.1", "–", "–", "–", "–", *ours],
    ]
    assert "alone give 5.300" in html


@pytest.mark.parametrize(
    "value, text", [(0.001, "0.00"), (-0.004, "0.00"), (1.234, "+1.23"), (-3.5, "−3.50")]
)
def test_a_difference_has_a_sign_unless_it_is_nothing(value, text):
    assert signed(value) == text
