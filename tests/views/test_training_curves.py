"""Is every point of the curves there, can runs be told apart, and do figure and scene show the same?"""

from __future__ import annotations

import io
import math

import pytest
from PIL import Image

from explorer.results import HistoryRow
from explorer.views.scene.png import scene_png
from explorer.views.scene.shapes import Line, Text
from explorer.views.scene.svg import scene_svg
from explorer.views.theme import THEMES, contrast
from explorer.views.ticks import log_ticks, nice_ticks, tick_text
from explorer.views.training.curves import PANELS, CurvePanels, curves_of
from explorer.views.training.curves_figure import curves_figure
from explorer.views.training.curves_scene import curves_scene
from tests.views.samples import ATTACK, PROVENANCE

LIGHT = THEMES["light"]


def history(n: int = 6, every: int = 2, scale: float = 1.0) -> list[HistoryRow]:
    rows = []
    for number in range(1, n + 1):
        values = {
            "loss": scale * 5 / number,
            "accuracy": 1 - 1 / number,
            "learning_rate": 1e-3 * number,
            "tokens_per_second": 4e4,
        }
        if number % every == 0:
            values |= {
                "valid_loss": scale * 4 / number,
                "valid_accuracy": 1 - 1 / number,
                "bleu": 10.0 * number,
                "exact_match": 0.1 * number,
            }
        rows.append(HistoryRow(10 * number, number / 10, values))
    return rows


def test_a_panel_has_the_values_of_the_history_as_they_are():
    training, held_out = curves_of({"a": history()}, PANELS["loss"])
    assert (training.steps, training.values) == ((10, 20, 30, 40, 50, 60), tuple(5 / n for n in range(1, 7)))
    assert (held_out.steps, held_out.values, held_out.held_out) == ((20, 40, 60), (2.0, 1.0, 4 / 6), True)
    assert [curve.held_out for curve in curves_of({"a": history()}, PANELS["bleu"])] == [True]


def test_the_figure_draws_each_line_in_its_panel():
    figure = curves_figure(CurvePanels({"a": history()}, ["loss", "bleu"]), LIGHT, 700)
    drawn = {(trace.name, trace.yaxis): (tuple(trace.x), tuple(trace.y)) for trace in figure.data}
    assert set(drawn) == {("a, training", "y"), ("a, held-out", "y"), ("a, held-out", "y2")}
    assert drawn["a, held-out", "y2"] == ((20, 40, 60), (20.0, 40.0, 60.0))
    assert (
        figure.layout.yaxis2.range == (0, 100)
        and figure.layout.yaxis.range[0] == 0
        and figure.layout.yaxis.range[1] >= 5
    )
    assert "step 20" in figure.data[1].hovertext[0] and "held-out" in figure.data[1].hovertext[0]
    assert [annotation.text for annotation in figure.layout.annotations] == [
        "<b>loss, nats per token</b>",
        "<b>BLEU, held-out</b>",
    ]


def test_the_axis_of_steps_does_not_grow_while_a_run_goes_on():
    ranges = [
        curves_figure(CurvePanels({"a": history(n)}, ["loss"], n_steps=600), LIGHT, 700).layout.xaxis.range
        for n in (1, 3, 6)
    ]
    assert ranges == [(0, 600)] * 3


def test_before_the_first_row_there_are_empty_axes():
    figure = curves_figure(CurvePanels({"a": []}, list(PANELS), n_steps=100), LIGHT, 900)
    assert len(figure.data) == len(PANELS) and all(trace.x == (None,) for trace in figure.data)
    assert len(curves_scene(CurvePanels({"a": []}, list(PANELS), n_steps=100), LIGHT, 900).shapes) > 2 * len(
        PANELS
    )


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_a_gap(broken):
    rows = history()
    rows[2].values["loss"] = broken
    training = curves_figure(CurvePanels({"a": rows}, ["loss"]), LIGHT).data[0]
    assert training.y[2] is None and training.y[1] == 2.5
    lines = [
        s
        for s in curves_scene(CurvePanels({"a": rows}, ["loss"]), LIGHT).shapes
        if isinstance(s, Line) and s.width == 1.2
    ]
    assert [len(line.points) for line in lines] == [2, 3]


def test_a_log_scale_has_powers_of_ten_around_every_value():
    figure = curves_figure(CurvePanels({"a": history(scale=0.01)}, ["loss"], True), LIGHT)
    assert figure.layout.yaxis.type == "log" and figure.layout.yaxis.range == (-3, -1)
    assert figure.layout.yaxis.tickvals == (0.001, 0.01, 0.1) == tuple(log_ticks(0.001, 0.1))
    lines = [
        s
        for s in curves_scene(CurvePanels({"a": history(scale=0.01)}, ["loss"], True), LIGHT).shapes
        if isinstance(s, Line) and s.width == 2.5
    ]
    (_, first), (_, last) = lines[0].points[0], lines[0].points[-1]
    assert (last - first) / 140 == pytest.approx(math.log10(0.02 / (0.04 / 6)) / 2), (
        "140 pixels for two powers of ten"
    )


def test_runs_over_each_other_differ_in_colour_and_have_a_legend():
    runs = {f"run {n}": history(scale=n) for n in range(1, 4)}
    figure = curves_figure(CurvePanels(runs, ["loss", "bleu"]), THEMES["dark"], 800)
    colors = {trace.name.partition(",")[0]: trace.line.color for trace in figure.data}
    assert len(set(colors.values())) == 3 and all(
        contrast(color, THEMES["dark"].background) >= 3 for color in colors.values()
    )
    assert [a.text for a in figure.layout.annotations][-3:] == list(runs) and len(figure.layout.shapes) == 3
    one = curves_figure(CurvePanels({"run 1": history()}, ["loss", "bleu"]), THEMES["dark"], 800)
    assert figure.layout.height > one.layout.height and not one.layout.shapes


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_the_scene_shows_the_same_points_and_can_be_saved(theme):
    runs = {"a": history(), ATTACK: history(scale=2.0)}
    scene = curves_scene(CurvePanels(runs, ["loss", "accuracy", "bleu", "exact_match"]), theme, 900)
    figure = curves_figure(CurvePanels(runs, ["loss", "accuracy", "bleu", "exact_match"]), theme, 900)
    thick = [shape for shape in scene.shapes if isinstance(shape, Line) and shape.width == 2.5]
    assert len(thick) == sum(trace.name.endswith("held-out") for trace in figure.data) == 8
    assert (scene.width, scene.height) == (900, figure.layout.height)
    x, y = thick[0].points[0]  # step 20 of 60, loss 2 on an axis from 0 to 10.4
    left, right = (edge * 900 for edge in figure.layout.xaxis.domain)
    low, high = (edge * scene.height for edge in figure.layout.yaxis.domain)
    assert x == pytest.approx(left + (right - left) * 20 / 60)
    assert scene.height - y == pytest.approx(low + (high - low) * 2 / figure.layout.yaxis.range[1])
    assert all(0 <= px <= 900 and 0 <= py <= scene.height for line in thick for px, py in line.points)
    svg = scene_svg(scene, PROVENANCE)
    assert "<img" not in svg and ATTACK not in svg
    image = Image.open(io.BytesIO(scene_png(scene, PROVENANCE)))
    assert image.size == (1800, 2 * scene.height) and "grammar-en-de" in image.text["Provenance"]


def test_names_that_somebody_typed_stay_text():
    figure = curves_figure(CurvePanels({ATTACK: history(), "b": history()}, ["loss"]), LIGHT)
    said = [figure.data[0].hovertext[0], *(a.text for a in figure.layout.annotations)]
    assert not any("<img" in text for text in said)
    texts = [
        s.text
        for s in curves_scene(CurvePanels({ATTACK: history(), "b": history()}, ["loss"]), LIGHT).shapes
        if isinstance(s, Text)
    ]
    assert ATTACK in texts, "a scene escapes when it is written"


def test_a_long_run_is_thinned_but_keeps_its_ends_and_every_validation():
    rows = [
        HistoryRow(step, 0.0, {"loss": 1 / step} | ({"valid_loss": 1 / step} if step % 10 == 0 else {}))
        for step in range(1, 20_001)
    ]
    training, held_out = curves_of({"a": rows}, PANELS["loss"])
    assert (
        len(training.steps) <= 1502
        and (training.steps[0], training.steps[-1]) == (1, 20_000)
        and len(held_out.steps) == 2000
    )


@pytest.mark.parametrize(
    "low, high, expected",
    [
        (0, 600, [0, 200, 400, 600]),
        (0, 900, [0, 200, 400, 600, 800]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 0.003, [0, 0.001, 0.002, 0.003]),
        (0, 100, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert nice_ticks(low, high) == expected


@pytest.mark.parametrize(
    "value, text",
    [(0, "0"), (0.001, "0.001"), (0.5, "0.5"), (1, "1"), (200, "200"), (40_000, "40k"), (0.00002, "2e-05")],
)
def test_a_tick_is_short(value, text):
    assert tick_text(value) == text
