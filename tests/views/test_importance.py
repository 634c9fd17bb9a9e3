"""Do the pictures of a measurement show its numbers, all of them to one scale?"""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from explorer.views.heads.importance import MAX_ROWS, importance_figure, shown_effects
from explorer.views.heads.importance_sentences import (
    corpus_sentence,
    correlation_sentence,
    curve_sentence,
    luck_sentence,
    shown_sentence,
)
from explorer.views.heads.importance_table import (
    COLUMNS,
    importance_csv,
    importance_rows,
    pruning_csv,
    table_columns,
)
from explorer.views.heads.pruning_curve import pruning_figure
from explorer.views.theme import THEMES
from tests.heads.importance_samples import KINDS, importance_report
from tests.views.samples import PROVENANCE

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def traces(figure, name):
    return [trace for trace in figure.data if trace.name == name]


@BOTH
def test_each_head_is_a_point_with_its_interval_and_a_bar(theme):
    report = importance_report()
    figure = importance_figure(report, theme, 900)
    points, intervals, bars = (
        traces(figure, name) for name in ("change of loss", "interval", "gradient importance")
    )
    assert len(points) == len(intervals) == len(bars) == 3
    effects = iter(report.heads)
    for point, line, bar in zip(points, intervals, bars, strict=True):
        assert list(bar.y) == list(point.y) == [0, 1, 2, 3]
        for row in range(4):
            effect = next(effects)
            assert point.x[row] == effect.loss.value and bar.x[row] == effect.gradient_normalised
            assert (
                line.x[3 * row : 3 * row + 3] == (effect.loss.low, effect.loss.high, None)
                and line.y[3 * row] == row
            )
            filled = point.marker.color[row] == theme.accent
            assert filled == (effect.loss.low > 0 or effect.loss.high < 0)
            assert (
                f"L{effect.layer} H{effect.head} off" in point.hovertext[row]
                and f"{effect.n_changed} sentences" in point.hovertext[row]
            )


def test_all_kinds_share_one_scale_and_every_point_is_inside():
    report = importance_report()
    layout = importance_figure(report, THEMES["light"], 900).layout
    changes, gradients = (
        (layout["xaxis"].range, layout["xaxis3"].range, layout["xaxis5"].range),
        (layout["xaxis2"].range, layout["xaxis4"].range),
    )
    assert len(set(changes)) == len(set(gradients)) == 1
    low, high = changes[0]
    assert low < min(effect.loss.low for effect in report.heads) and high > max(
        effect.loss.high for effect in report.heads
    )
    assert gradients[0][0] == 0 and gradients[0][1] > max(
        effect.gradient_normalised for effect in report.heads
    )


@pytest.mark.parametrize("shape", [(1, 1, ("cross",)), (3, 6, KINDS), (12, 12, KINDS)])
@BOTH
def test_models_of_other_shapes_fit(shape, theme):
    report = importance_report(*shape)
    for figure in (importance_figure(report, theme, 900), pruning_figure(report, theme, 900)):
        assert figure.layout.width == 900 and figure.layout.height < 1200
        assert figure.layout.paper_bgcolor == theme.background


def test_of_many_heads_those_that_matter_most_are_shown():
    report = importance_report(12, 12)
    shown = shown_effects(report, "encoder_self")
    assert len(shown) == MAX_ROWS and [effect.id for effect in shown] == [
        effect.id for effect in report.heads[144 - MAX_ROWS : 144]
    ]


@BOTH
def test_the_curves_have_every_step_and_lines_of_their_own(theme):
    report = importance_report()
    figure = pruning_figure(report, theme, 900)
    assert len(figure.data) == 6
    for panel, name in enumerate(("loss", "bleu", "chrf")):
        for number, curve in enumerate(report.curves):
            trace = figure.data[2 * panel + number]
            assert list(trace.x) == [step.n_removed for step in curve.steps]
            assert list(trace.y) == [getattr(step.scores, name) for step in curve.steps]
    first, second = figure.data[:2]
    assert (
        first.line.color != second.line.color
        and first.line.dash != second.line.dash
        and first.marker.symbol != second.marker.symbol
    )
    assert "every head is on" in first.hovertext[0] and "encoder self-attention L0 H0" in first.hovertext[1]
    assert figure.layout.yaxis2.range == figure.layout.yaxis3.range == (0, 102)


def test_a_hostile_name_is_not_in_any_picture():
    report = replace(importance_report(), checkpoint="<img src=x onerror=alert(1)>", corpus="</script>")
    for figure in (importance_figure(report, THEMES["light"]), pruning_figure(report, THEMES["light"])):
        assert "onerror" not in figure.to_json() and "script" not in figure.to_json()


def test_sentences():
    report = importance_report()
    assert correlation_sentence(report) == (
        "Spearman's correlation over the 12 heads between change of the loss and gradient importance: −1.00 "
        "(95 % −1.00 to −0.90) with "
        "gradients normalised within each layer as published, −0.50 (95 % −0.70 to −0.20) before that."
    )
    assert correlation_sentence(importance_report(1, 1, ("cross",))).startswith("With one head")
    assert corpus_sentence(report).startswith(
        "200 sentences (grammar-en-de, test split), 2,345 tokens; 1 more were empty or too long and left "
        "out. All heads on: loss 0.1 nats"
    )
    assert (
        luck_sentence(report)
        == "A filled point has an interval without 0: 10 of 12 heads. By luck alone it would be hardly one."
    )
    assert "about 22" in luck_sentence(importance_report(12, 12)) and shown_sentence(report) == ""
    assert shown_sentence(importance_report(12, 12)).startswith(
        f"The figure leaves out the {3 * (144 - MAX_ROWS)} heads"
    )
    assert (
        curve_sentence(report) == "The order is chosen on 100 of the sentences and scored on the 100 others."
    )
    assert "chosen and scored on the same" in curve_sentence(replace(report, n_sentences=1))


def rows_of(text):
    return list(csv.DictReader(line for line in text.split("\n") if line and not line.startswith("#")))


def test_csv_has_every_head_and_every_step():
    report = importance_report()
    found = rows_of(importance_csv(report, PROVENANCE))
    assert [*found[0]] == list(COLUMNS) and len(found) == 12
    for row, expected in zip(found, importance_rows(report), strict=True):
        assert row["kind"] == expected["kind"] and [float(row[name]) for name in COLUMNS[1:]] == [
            expected[name] for name in COLUMNS[1:]
        ]
    steps = rows_of(pruning_csv(report, PROVENANCE))
    assert len(steps) == 26 and steps[1] == {
        "order": "loss",
        "n_removed": "1",
        "removed": "encoder_self:0:0",
        "loss": "0.4333",
        "bleu": "87.08",
        "chrf": "89.5",
    }


def test_every_column_of_the_table_has_a_name_of_its_own_and_says_what_it_is():
    columns = table_columns()
    assert tuple(columns) == COLUMNS and all(
        set(row) == set(columns) for row in importance_rows(importance_report())
    )
    assert len({label for label, *_ in columns.values()}) == len(columns)
    assert [columns[name][0] for name in ("loss", "bleu_low", "chrf_high", "chrf_p")] == [
        "Δloss",
        "ΔBLEU from",
        "ΔchrF to",
        "ΔchrF p",
    ]
    assert all(said.endswith(".") for *_, said in columns.values())
