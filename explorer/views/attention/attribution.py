"""How much each word counts by each reading: one reading's picture, and a table that compares them all."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from explorer.results import Attribution, Comparison, Faithfulness, FaithfulnessRow, MatrixView
from explorer.views.attention.heatmap import matrix_figure
from explorer.views.attention.matrix_picture import Scale, Wording
from explorer.views.escaping import escape
from explorer.views.numbers import exact, short
from explorer.views.text import visible_text
from explorer.views.theme import SANS, Theme, diverging, sequential

YARDSTICK = "other_blanking"  # no reading, but the reference done the other way
NICE = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
BAR = 72  # pixels to either side of 0 for a correlation of 1


def limit(view: MatrixView) -> float:
    """The number that has the strongest colour: the largest of the picture, rounded up to one whose fifths
    and halves are short.
    """
    return limit_of(float(abs(view.weights).max(initial=0.0)))


def limit_of(largest: float) -> float:
    """`largest` rounded up to a number whose fifths and halves are short; 1 for 0."""
    if largest == 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return round(power * next(nice for nice in NICE if nice >= largest / power - 1e-6), 12)


def reading_heatmap(reading: Attribution, theme: Theme, max_width: int = 800) -> go.Figure:
    """How much each word counts for each row by one reading; from 0 to the largest number, or balanced at 0
    where it has a sign.

    The figure has its own width (at most `max_width`) and height: show it with width="content", theme=None
    and `PLOTLY_CONFIG`.
    """
    return _heatmap(reading.view, reading.quantity, "draws on", theme, max_width)


def effect_heatmap(comparison: Comparison, theme: Theme, max_width: int = 800) -> go.Figure:
    """What each row loses without each word; shown as `reading_heatmap` is."""
    return _heatmap(comparison.effect, comparison.quantity, "without", theme, max_width)


def _heatmap(view: MatrixView, quantity: str, between: str, theme: Theme, max_width: int) -> go.Figure:
    fed = view.cols.role == "fed"
    columns = view.cols.title if fed else f"{view.cols.name} word"
    wording = Wording(
        quantity, quantity, between, (columns, f"{view.rows.name}: next word" if fed else view.rows.name)
    )
    most = limit(view)
    scale = Scale(diverging(theme), -most, most) if view.signed else Scale(sequential(theme), 0.0, most)
    figure = matrix_figure(view, theme, wording, scale, max_width)
    bar = figure.data[0].colorbar
    # gradients may be far below a thousandth, which `short` would not tell apart
    bar.ticktext = [
        np.format_float_positional(round(value, 12), trim="-").replace("-", "−") for value in bar.tickvals
    ]
    return figure


def correlation(reading: Attribution) -> str:
    """The figure of one reading, large."""
    return f"ρ = {_decimal(reading.faithfulness)}" if reading.n_ranked else "no ρ"


def correlation_text(reading: Attribution, n_rows: int) -> str:
    """What the figure is of, and how often the reading has the same top word as blanking."""
    if not reading.n_ranked:
        return "There is no order to compare: fewer than two words, or all of them alike."
    tokens = f"{reading.n_ranked} token{'' if reading.n_ranked == 1 else 's'}"
    line = (
        f"Spearman’s rank correlation with blanking, mean over {tokens}; the same top word for "
        f"{reading.n_same_top} of them."
    )
    undefined = n_rows - reading.n_ranked
    return (
        f"{line} {undefined} more {'have' if undefined > 1 else 'has'} no order to compare."
        if undefined
        else line
    )


def picture_text(view: MatrixView, quantity: str, rows: int = 60) -> str:
    """The picture in words: the greatest number of each row, for its alternative text."""
    n_rows, n_cols = view.weights.shape
    lines = [f"{view.name}, {quantity}: {n_rows} rows, {n_cols} columns."]
    for label, row in list(zip(view.rows.tokens, view.weights, strict=True))[:rows]:
        j = int(row.argmax())
        lines.append(
            f"{visible_text(label)}: most for {visible_text(view.cols.tokens[j])} ({short(row[j])})."
        )
    return " ".join(lines)


# -------------------------------------------------------------------------------------------------- the table


def faithfulness_table(
    comparison: Comparison, corpus: Faithfulness | None, theme: Theme, chosen: str = ""
) -> str:
    """HTML for `st.html`: every reading with its correlation on this sentence and over many, the most
    faithful first.

    corpus: what was measured over many sentences, if it was;  chosen: the method whose line stands out.
    """
    rows_of = {row.method: row for row in corpus.rows} if corpus is not None else {}
    readings = sorted(comparison.readings, key=lambda reading: -_order(reading.faithfulness))
    cell = "padding:6px 10px;white-space:nowrap;text-align:right"
    head = (
        f"{cell};color:{theme.muted};font-weight:400;vertical-align:bottom;border-bottom:1px solid "
        f"{theme.grid}"
    )
    wide = f'<th colspan="2" style="{head};text-align:left;border-bottom:none;color:{theme.text}">'
    first = f'<th style="{head};border-bottom:none"></th>{wide}this sentence</th>'
    second = (
        f'<th style="{head};text-align:left">reading</th><th style="{head};text-align:left">Spearman’s '
        "ρ with blanking</th>"
    )
    second += f'<th style="{head}">same top word</th>'
    if corpus is not None:
        first += f"{wide}{corpus.n_sentences:,} held-out sentences</th>"
        second += f'<th style="{head}">ρ, 95 % interval</th><th style="{head}">same top word</th>'
    lines = [
        _line(each, rows_of.get(each.method), corpus is not None, each.method == chosen, theme, cell)
        for each in readings
    ]
    body = "".join(lines)
    return (
        '<div style="overflow-x:auto"><table aria-label="Readings by faithfulness" '
        'style="border-collapse:collapse;width:100%;'
        f'font:16px/1.4 {escape(SANS)};font-variant-numeric:tabular-nums;color:{theme.text}">'
        f"<thead><tr>{first}</tr><tr>{second}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(
    reading: Attribution,
    row: FaithfulnessRow | None,
    with_corpus: bool,
    chosen: bool,
    theme: Theme,
    cell: str,
) -> str:
    look = f"background:{theme.surface};font-weight:600" if chosen else ""
    yardstick = f";color:{theme.muted};font-style:italic" if reading.method == YARDSTICK else ""
    picked = (
        f' <span style="color:{theme.muted};font-weight:400">{escape(reading.chosen)}</span>'
        if reading.chosen
        else ""
    )
    cells = [
        "<td "
        f'style="{cell};text-align:left;white-space:normal{yardstick}">{escape(reading.title)}{picked}</td>',
        f'<td style="{cell};text-align:left" '
        f'title="{exact(reading.faithfulness)}">{_bar(reading.faithfulness, theme)}</td>',
        f'<td style="{cell}">{reading.n_same_top} of {reading.n_ranked}</td>',
    ]
    if with_corpus and row is None:
        cells.append(f'<td colspan="2" style="{cell};color:{theme.muted}">not measured</td>')
    elif with_corpus:
        interval = (
            f'<span style="color:{theme.muted};font-weight:400">{_decimal(row.low)} … '
            f"{_decimal(row.high)}</span>"
        )
        share = f"{100 * row.same_top:.1f} %" if math.isfinite(row.same_top) else "–"
        about = escape(
            f"{row.n_sentences:,} sentences, {row.n_ranked:,} of {row.n_tokens:,} "
            f"tokens{f', {row.chosen}' if row.chosen else ''}"
        )
        cells.append(
            f'<td style="{cell}" title="{exact(row.mean)}, {about}">{_decimal(row.mean)}&ensp;{interval}</td>'
        )
        cells.append(f'<td style="{cell}" title="{about}">{share}</td>')
    return f'<tr style="{look}">{"".join(cells)}</tr>'


def _bar(rho: float, theme: Theme) -> str:
    """A bar from 0, left or right, on a scale from −1 to 1, and the number."""
    length = 0 if math.isnan(rho) else round(BAR * abs(rho))
    color = theme.positive[2] if rho > 0 else theme.negative[2]
    start = BAR if rho > 0 else BAR - length
    return (
        '<span aria-hidden="true" '
        f'style="display:inline-block;position:relative;width:{2 * BAR + 1}px;height:14px;'
        "vertical-align:-2px;"
        f'background:{theme.surface}"><span '
        f'style="position:absolute;left:{start}px;width:{length}px;top:0;bottom:0;background:{color}">'
        "</span><span "
        f'style="position:absolute;left:{BAR}px;width:1px;top:-3px;bottom:-3px;background:{theme.muted}"></span></span>'
        f'<span style="display:inline-block;width:4.2em;text-align:right">{_decimal(rho)}</span>'
    )


def _decimal(value: float) -> str:
    """Two decimals, so that the points stand below each other; – where there is no number."""
    return "–" if math.isnan(value) else f"{value:.2f}".replace("-", "−")


def _order(value: float) -> float:
    return -math.inf if math.isnan(value) else value
