"""Do picture and table of a reading show its numbers, on stated scales, with words that are never markup?"""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from explorer.results import Attribution, Comparison, Faithfulness, FaithfulnessRow, frozen_array
from explorer.views.attention.attribution import (
    correlation,
    correlation_text,
    effect_heatmap,
    faithfulness_table,
    limit,
    picture_text,
    reading_heatmap,
)
from explorer.views.numbers import exact
from explorer.views.text import visible_text
from explorer.views.theme import THEMES
from tests.views.samples import ATTACK, NASTY, make_view
from tests.views.test_theme import plotly_decode

LIGHT = THEMES["light"]
BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def view_of(values, words=("a", "b", "c"), signed=False):
    values = np.asarray(values, dtype=np.float32)
    rows = [f"r{i}" for i in range(len(values))]
    return replace(make_view(values, rows, words[: values.shape[1]]), signed=signed)


def reading_of(method, rho, values=((0.1, 0.6, 0.2), (0.3, 0.3, 0.4)), signed=False, chosen="", title=None):
    rho = frozen_array(rho, np.float64)
    same_top = np.where(np.isnan(rho), np.nan, [1.0, *[0.0] * (len(rho) - 1)])
    return Attribution(
        method,
        title or method.title(),
        "What it is.",
        "Somebody 2020",
        "a share",
        view_of(values, signed=signed),
        rho,
        same_top,
        chosen,
        4,
    )


def comparison_of(*readings):
    effect = view_of([[3.2, -0.5, 0.0], [0.0, 0.1, 7.9]], signed=True)
    return Comparison("a model", "cross", "unk", effect, "drop of log-probability, nats", 2, 3, readings, ())


def cells(figure):
    (trace,) = [trace for trace in figure.data if trace.type == "heatmap"]
    return trace


@BOTH
def test_the_picture_holds_the_numbers_and_says_what_they_are(theme):
    reading = reading_of("attention", [0.5, 0.7])
    trace = cells(reading_heatmap(reading, theme))
    np.testing.assert_array_equal(np.asarray(trace.z), reading.view.weights)
    assert (trace.zmin, trace.zmax) == (0, 0.6) and trace.colorbar.title.text == "a share"
    assert list(trace.colorbar.ticktext) == ["0", "0.12", "0.24", "0.36", "0.48", "0.6"]
    assert trace.hovertext[0][1] == f"<b>r0</b> draws on <b>b</b><br>a share {exact(np.float32(0.6))}"
    assert trace.colorscale[0][1] == theme.zero


@BOTH
def test_a_number_with_a_sign_has_a_scale_balanced_at_zero(theme):
    comparison = comparison_of(reading_of("attention", [0.5, 0.7]))
    figure = effect_heatmap(comparison, theme)
    trace = cells(figure)
    assert (trace.zmin, trace.zmax) == (-8, 8)
    assert list(trace.colorbar.ticktext) == ["−8", "−4", "0", "4", "8"]
    assert trace.hovertext[1][2].startswith("<b>r1</b> without <b>c</b><br>drop of log-probability, nats 7.9")
    assert {note.text for note in figure.layout.annotations} == {"source word", "target"}
    tiny = reading_of("gradient", [0.5, 0.7], [[0.00021, -0.0001, 0], [0, 0, 0]], signed=True)
    assert list(cells(reading_heatmap(tiny, theme)).colorbar.ticktext) == [
        "−0.0003",
        "−0.00015",
        "0",
        "0.00015",
        "0.0003",
    ]


@pytest.mark.parametrize(
    "largest, expected",
    [
        (1, 1),
        (0.97, 1),
        (0.6, 0.6),
        (0.61, 0.8),
        (0.023, 0.03),
        (11, 15),
        (7.2, 8),
        (100, 100),
        (0, 1),
        (0.0012, 0.0015),
    ],
)
def test_a_scale_ends_at_a_round_number_above_the_largest(largest, expected):
    assert limit(view_of([[largest, -largest / 2]])) == pytest.approx(expected)
    assert limit(view_of([[-largest, 0]], signed=True)) == pytest.approx(expected)


def test_no_word_becomes_markup():
    words = (ATTACK, *NASTY)
    view = make_view(np.full((1, len(words)), 0.5), [ATTACK], words)
    reading = replace(reading_of("attention", [0.5]), view=view)
    figure = reading_heatmap(reading, LIGHT)
    for text in (*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext):
        assert "<img" not in text and "<script" not in text
    hover = cells(figure).hovertext[0][0]
    assert "<img" not in hover and visible_text(ATTACK) in plotly_decode(hover)


def test_the_figure_and_what_is_said_about_it():
    assert correlation(reading_of("x", [0.5, 0.7])) == "ρ = 0.60"
    assert correlation(reading_of("x", [-0.5, np.nan])) == "ρ = −0.50"
    nothing = reading_of("x", [np.nan, np.nan])
    assert correlation(nothing) == "no ρ" and "no order to compare" in correlation_text(nothing, 2)
    text = correlation_text(reading_of("x", [0.5, np.nan]), 2)
    assert text == (
        "Spearman’s rank correlation with blanking, mean over 1 token; the same top word for 1 of them. 1 "
        "more has no order to compare."
    )
    assert "no order" not in correlation_text(reading_of("x", [0.5, 0.7]), 2)
    assert picture_text(reading_of("x", [0.5, 0.7]).view, "a share").endswith(
        "r0: most for b (0.6). r1: most for c (0.4)."
    )


class Table(HTMLParser):
    """The text of each cell, row by row."""

    def __init__(self, html: str):
        super().__init__()
        self.rows: list[list[str]] = []
        self.open = False
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.open = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.open = False

    def handle_data(self, data):
        if self.open:
            self.rows[-1][-1] += data


READINGS = (
    reading_of("attention", [0.2, 0.4]),
    reading_of("best_head", [0.9, 0.7], chosen="L1 H0"),
    reading_of("flow", [np.nan, np.nan]),
    reading_of("gradient", [-0.25, np.nan], signed=True),
)
CORPUS = Faithfulness(
    "cross",
    "unk",
    "sentences",
    200,
    200,
    (
        FaithfulnessRow("attention", "Attention", "", 0.395, 0.35, 0.443, 0.8571, 199, 1180, 1200),
        FaithfulnessRow("gradient", "Gradient", "", -0.006, -0.1, 0.1, 0.5, 200, 1180, 1200),
        FaithfulnessRow(
            "best_head", "Best", "L0 H1", float("nan"), float("nan"), float("nan"), float("nan"), 0, 0, 1200
        ),
    ),
    (),
    (),
)


@BOTH
def test_the_table_is_sorted_by_faithfulness_and_holds_its_figures(theme):
    rows = Table(faithfulness_table(comparison_of(*READINGS), None, theme)).rows
    assert rows[0] == ["", "this sentence"]
    assert rows[1] == ["reading", "Spearman’s ρ with blanking", "same top word"]
    assert rows[2:] == [
        ["Best_Head L1 H0", "0.80", "1 of 2"],
        ["Attention", "0.30", "1 of 2"],
        ["Gradient", "−0.25", "1 of 1"],
        ["Flow", "–", "0 of 0"],
    ]


def test_what_was_measured_over_many_sentences_stands_beside_it():
    html = faithfulness_table(comparison_of(*READINGS), CORPUS, LIGHT, "attention")
    rows = Table(html).rows
    assert rows[0] == ["", "this sentence", "200 held-out sentences"]
    assert rows[1][3:] == ["ρ, 95 % interval", "same top word"]
    assert rows[2][3:] == ["–\u2002– … –", "–"]
    assert rows[3][3:] == ["0.40\u20020.35 … 0.44", "85.7 %"]
    assert rows[4][3:] == ["−0.01\u2002−0.10 … 0.10", "50.0 %"]
    assert rows[5][3:] == ["not measured"]
    assert 'title="0.395, 199 sentences, 1,180 of 1,200 tokens"' in html
    assert html.count("font-weight:600") == 1


def test_a_bar_is_as_long_as_its_number_on_the_side_of_its_sign():
    html = faithfulness_table(comparison_of(*READINGS), None, LIGHT)
    found = re.findall(r"left:(\d+)px;width:(\d+)px;top:0;bottom:0;background:(#\w+)", html)
    assert found == [
        ("72", "58", LIGHT.positive[2]),
        ("72", "22", LIGHT.positive[2]),
        ("54", "18", LIGHT.negative[2]),
        ("72", "0", LIGHT.negative[2]),
    ]


def test_a_title_is_text():
    html = faithfulness_table(
        comparison_of(reading_of("x", [0.5, 0.5], title=ATTACK, chosen=ATTACK)), None, LIGHT
    )
    assert Table(html).rows[2][0] == f"{ATTACK} {ATTACK}"
    assert not Table(html).tags & {"script", "img"}
