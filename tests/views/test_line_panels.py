"""Do the panels of an experiment draw what was measured, with intervals, and escape all they are given?"""

from __future__ import annotations

import pytest

from explorer.results import Curve, FinishedRun, HistoryRow, SampleTranslation, ShownRun
from explorer.views.experiments.line_panels import (
    Line,
    Panel,
    difference_lines,
    history_lines,
    panels_figure,
    run_lines,
)
from explorer.views.experiments.tables import kept_values, runs_table, samples_table
from explorer.views.theme import THEMES, line_style
from tests.views.samples import ATTACK

CURVE = Curve((4.0, 7.0), (0.25, 0.5), (0.1, 0.4), (0.5, 0.75), (20, 30), ("3–5", "6–8"))
HISTORY = (
    HistoryRow(5, 0.5, {"loss": 4.0}),
    HistoryRow(10, 1.0, {"loss": 3.0, "valid_loss": 2.0, "bleu": 12.34}),
    HistoryRow(20, 2.0, {"loss": 2.0, "valid_loss": 2.5, "bleu": 50.0}),
)
SAMPLES = tuple(
    SampleTranslation(step, n, f"{n} 1", f"1 {n}", f"1 {n}" if step == 20 else ATTACK)
    for step in (10, 20)
    for n in (2, 3)
)
RUN = FinishedRun(
    "e",
    "a",
    "run-a",
    {"training": {"seed": 3}},
    12_345,
    "reached max_steps",
    "",
    "a CPU",
    "2026-11-21",
    2.5,
    HISTORY,
    SAMPLES,
    {"share": CURVE, "other": CURVE},
)
SHIPPED, OWN = ShownRun("Run A", RUN, 1), ShownRun(f"Run {ATTACK}", RUN, 1, own=ATTACK)


@pytest.fixture(params=THEMES.values(), ids=THEMES)
def theme(request):
    return request.param


def test_a_line_has_the_numbers_its_interval_and_its_colour(theme):
    figure = panels_figure(
        (Panel("right, %", "words", run_lines((SHIPPED,), "share"), (0, 100), percent=True),), theme
    )
    (trace,) = figure.data
    assert (
        list(trace.x) == [4, 7] and list(trace.y) == [25, 50] and trace.line.color == line_style(theme, 1)[0]
    )
    assert list(trace.error_y.array) == [25, 25] and list(trace.error_y.arrayminus) == pytest.approx([15, 10])
    assert (
        trace.hovertext[1]
        == "<b>Run A</b><br>words: 6–8<br>right, %: 50.0 %<br>95 % interval 40 to 75 %<br>n = 30"
    )
    assert list(figure.layout.xaxis.ticktext) == ["3–5", "6–8"] and list(figure.layout.yaxis.range) == [
        0,
        100,
    ]


def test_the_history_is_drawn_where_it_has_the_value(theme):
    panels = (
        Panel("loss", "epoch", history_lines((SHIPPED,), "loss")),
        Panel("BLEU", "step", history_lines((SHIPPED,), "bleu", "step")),
    )
    loss, bleu = panels_figure(panels, theme).data
    assert (list(loss.x), list(loss.y)) == ([0.5, 1, 2], [4, 3, 2]) and (list(bleu.x), list(bleu.y)) == (
        [10, 20],
        [12.34, 50],
    )
    assert loss.showlegend and not bleu.showlegend and (loss.xaxis, bleu.xaxis) == ("x", "x2"), (
        "one legend for both"
    )
    assert history_lines((SHIPPED,), "perplexity") == () == run_lines((SHIPPED,), "nothing")


def test_a_difference_is_the_first_less_the_second():
    lower = ShownRun(
        "Run",
        FinishedRun(**vars(RUN) | {"curves": {"share": CURVE, "other": Curve((4.0, 7.0), (0.2, 0.1))}}),
        0,
    )
    (line,) = difference_lines((lower,), "share", "other")
    assert line.curve.y == pytest.approx((0.05, 0.4)) and line.curve.low == () and line.curve.n == (20, 30)
    assert difference_lines((SHIPPED,), "share", "nothing") == ()


def test_the_users_own_run_stands_beside_the_shipped_one_and_is_told_apart(theme):
    shipped, own = panels_figure((Panel("x", "y", run_lines((SHIPPED, OWN), "share")),), theme).data
    assert (
        own.marker.symbol.endswith("-open")
        and not shipped.marker.symbol.endswith("-open")
        and own.line.color != shipped.line.color
    )
    assert own.name.endswith(" (yours, seed 3)") and "<img" not in own.name and "&lt;img" in own.name
    assert all("<img" not in text for text in own.hovertext)
    assert shipped.showlegend and not own.showlegend and own.legendgroup == shipped.legendgroup


def test_titles_are_escaped_and_labels_without_room_are_left_out(theme):
    lengths = tuple(range(0, 100, 5))
    many = Curve(tuple(map(float, lengths)), (1.0,) * 20, labels=tuple(f"{n}–{n + 4}" for n in lengths))
    figure = panels_figure((Panel(ATTACK, ATTACK, (Line("a", many, 0),)),) * 3, theme, 900)
    assert "<img" not in figure.to_json().replace("\\u003c", "<")
    shown = [text for text in figure.layout.xaxis.ticktext if text]
    assert 2 <= len(shown) <= 6 and shown[-1] == "95–99", "the last label is always there"


def test_empty_panels_and_logarithmic_axes_are_drawn(theme):
    figure = panels_figure((Panel("gradient", "step", (), log_y=True), Panel("none", "step", ())), theme)
    assert figure.layout.yaxis.type == "log" and not figure.data


@pytest.mark.parametrize("width", [600, 900, 1500])
def test_the_legend_has_room_below(width, theme):
    lines = tuple(Line(f"a rather long label of run {n}", CURVE, n) for n in range(9))
    figure = panels_figure((Panel("x", "y", lines),), theme, width)
    short = panels_figure((Panel("x", "y", lines[:1]),), theme, width)
    assert figure.layout.height > short.layout.height and figure.layout.margin.b > short.layout.margin.b


def test_the_table_has_the_figures_of_the_weights_that_were_kept(theme):
    table = runs_table((SHIPPED, OWN), theme)
    assert (
        kept_values(RUN) == HISTORY[1].values
        and kept_values(FinishedRun(**vars(RUN) | {"history": ()})) == {}
    )
    for text in ("12,345", ">20<", ">2<", ">12.3<", ">2.5<", "a CPU", "2026-11-21", "(yours, seed 3): "):
        assert text in table
    assert "<img" not in table


def test_samples_are_those_of_one_validation_right_or_wrong(theme):
    early, late = (samples_table((SHIPPED, OWN), step, theme) for step in (10, 20))
    assert early.count("✗") == 4 and "✓" not in early and "<img" not in early
    assert late.count("✓") == 4 and "✗" not in late and late.count("<tr") == 3
    without = ShownRun("Other", FinishedRun(**vars(RUN) | {"samples": ()}), 0)
    assert samples_table((SHIPPED, without), 20, theme).count("–") == 2
