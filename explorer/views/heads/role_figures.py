"""Plots of the evidence about one head: its offsets, its scores beside their baselines, and its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.results import FIGURES, HEAD_ROLES, HeadReport, HeadRow, Measure
from explorer.results.head_roles import POSITIONAL_SHARE
from explorer.views.escaping import escape_plotly
from explorer.views.heads.role_rows import all_evidence
from explorer.views.heads.roles import (
    FIGURE_NAMES,
    IN_NATS,
    evidence_lines,
    evidence_marks,
    measure_text,
    question_label,
    unit,
)
from explorer.views.numbers import exact
from explorer.views.plotly_frame import frame
from explorer.views.theme import Theme, role_color

LINE, LABEL = 30, 7.4  # pixels: a row of a plot, and a character of its label


def offsets_figure(report: HeadReport, row: HeadRow, theme: Theme, width: int = 420) -> go.Figure:
    """How often the greatest weight of a token lies at each offset, and how often further away.

    All figures here are `width` pixels wide: show them with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    bars = _offset_bars(report, row, theme)
    n = row.figures["confidence"].n if "confidence" in row.figures else 0
    figure = go.Figure(
        go.Bar(
            x=list(range(len(bars))),
            y=[100 * bar.share for bar in bars],
            marker={"color": [bar.color for bar in bars]},
            hovertext=[escape_plotly(bar.said) for bar in bars],
            hoverinfo="text",
        )
    )
    _style(figure, theme, width, 300, {"l": 52, "r": 14, "t": 34, "b": 58})
    small = {"size": 14, "color": theme.muted}
    figure.update_xaxes(
        tickmode="array",
        tickvals=list(range(len(bars))),
        ticktext=[bar.label for bar in bars],
        showgrid=False,
        zeroline=False,
        title={"text": f"offset of the greatest weight, in tokens, n {n:,}", "font": small},
    )
    ticks = [0, 25, 50, 75, 90, 100]
    figure.update_yaxes(range=[0, 104], tickvals=ticks, ticktext=list(map(str, ticks)))
    _enough_line(figure, theme)
    _title(figure, "Where it looks most, % of the tokens", theme)
    return figure


class _OffsetBar(NamedTuple):
    """A bar of `offsets_figure`: the share of the tokens, and what the pointer says of it."""

    label: str
    share: float
    color: str
    said: str


def _offset_bars(report: HeadReport, row: HeadRow, theme: Theme) -> list[_OffsetBar]:
    """A bar for each measured offset and, where shares are known, one for all that is further away."""
    own = row.position if row.position is not None and row.position.holds else None
    bars = []
    for offset, value in zip(report.offsets, row.offsets, strict=True):
        label = _signed(offset)
        color = role_color(theme, own.role) if own is not None and offset == own.offset else theme.muted
        bars.append(_OffsetBar(label, value, color, f"offset {label}: {exact(value)} of all tokens"))
    shares = [bar.share for bar in bars]
    if shares and all(map(math.isfinite, shares)):
        other = max(0.0, 1 - sum(shares))
        bars.append(_OffsetBar("other", other, theme.grid, f"further away: {exact(other)} of all tokens"))
    return bars


def _enough_line(figure: go.Figure, theme: Theme) -> None:
    """Draw the share from which on a head is positional."""
    figure.add_hline(y=100 * POSITIONAL_SHARE, line={"color": theme.text, "width": 1, "dash": "dash"})
    figure.add_annotation(
        text="positional from here",
        x=1,
        xref="paper",
        xanchor="right",
        y=100 * POSITIONAL_SHARE,
        yanchor="bottom",
        showarrow=False,
        font={"size": 13, "color": theme.muted},
    )


def evidence_figure(report: HeadReport, row: HeadRow, theme: Theme, width: int = 480) -> go.Figure:
    """Every question that was put to this head: score and interval, baseline, and the best head with random
    weights.

    A filled mark meets the deciding criterion.
    """
    asked = all_evidence(report, row)
    labels = [f"{question_label(e)}  {evidence_marks(e)}" for e in asked]
    colors = [role_color(theme, e.role) for e in asked]
    symbols = [HEAD_ROLES[e.role].symbol + ("" if e.holds else "-open") for e in asked]
    hover = ["<br>".join(map(escape_plotly, evidence_lines(e))) for e in asked]
    y = list(range(len(asked)))
    figure = go.Figure(
        [
            _ticks([e.baseline for e in asked], y, "line-ns-open", theme.text, 16, "baseline"),
            _ticks([e.control_best for e in asked], y, "x-thin-open", theme.muted, 8, "random weights"),
            _bounds([(e.value, e.low, e.high) for e in asked], y, theme),
            go.Scatter(
                x=[_percent(e.value) for e in asked], y=y, mode="markers", hovertext=hover, hoverinfo="text",
                name="score",
                marker={"size": 12, "symbol": symbols, "color": colors,
                        "line": {"width": 2, "color": colors}},
            ),
        ]
    )  # fmt: skip
    _rows(
        figure,
        labels,
        theme,
        width,
        "score, %",
        "┃ baseline   ✕ best head with random weights   filled: meets the criterion",
    )
    _title(figure, "What it was asked", theme)
    return figure


def figures_figure(row: HeadRow, theme: Theme, width: int = 480) -> go.Figure:
    """The figures of a head that are shares of its weight, with intervals, and what equal weights would
    get.
    """
    shown = {name: measure for name, measure in row.figures.items() if name not in IN_NATS}
    hover = [escape_plotly(figure_line(name, measure)) for name, measure in shown.items()]
    y, measures = list(range(len(shown))), list(shown.values())
    figure = go.Figure(
        [
            _ticks([m.baseline for m in measures], y, "line-ns-open", theme.text, 16, "equal weights"),
            _bounds([(m.value, m.low, m.high) for m in measures], y, theme),
            go.Scatter(
                x=[_percent(m.value) for m in measures], y=y, mode="markers", hovertext=hover,
                hoverinfo="text", name="mean",
                marker={"size": 10, "color": theme.accent},
            ),
        ]
    )  # fmt: skip
    _rows(
        figure,
        [FIGURE_NAMES[name] for name in shown],
        theme,
        width,
        "share of the weight, %",
        "┃ what equal weights would get",
    )
    _title(figure, "How its weight is spread", theme)
    return figure


def figure_line(name: str, measure: Measure) -> str:
    """A figure as a sentence: "entropy 1.23 nats (1.20–1.26, n 4,610; equal weights 2.31): mean entropy of a
    row, in nats".
    """
    value, bounds = measure_text(name, measure)
    equal = measure_text(name, Measure(measure.baseline, math.nan, math.nan, 0, math.nan))[0]
    return (
        f"{FIGURE_NAMES[name]} {value} {unit(name)} ({bounds}, n {measure.n:,}; equal weights {equal}): "
        f"{FIGURES[name]}"
    )


# ----------------------------------------------------------------------------------------------------- shared


def _percent(value: float) -> float | None:
    """Plotly leaves out what is None; nan would not be JSON."""
    return 100 * value if math.isfinite(value) else None


def _bounds(values: Sequence[tuple[float, float, float]], y: list[int], theme: Theme) -> go.Scatter:
    """95 % intervals from (value, low, high), under the marks."""

    def length(a: float, b: float) -> float:
        return 100 * max(0.0, b - a) if math.isfinite(a) and math.isfinite(b) else 0.0

    bars = {
        "type": "data", "symmetric": False, "array": [length(value, high) for value, _, high in values],
        "arrayminus": [length(low, value) for value, low, _ in values], "color": theme.text, "thickness": 1.5,
        "width": 5,
    }  # fmt: skip
    x = [_percent(value) for value, _, _ in values]
    return go.Scatter(
        x=x, y=y, mode="markers", marker={"size": 1}, error_x=bars, name="95 % interval", hoverinfo="skip"
    )


def _ticks(
    values: Sequence[float], y: list[int], symbol: str, color: str, size: int, name: str
) -> go.Scatter:
    marker = {"symbol": symbol, "size": size, "color": color, "line": {"width": 2.5, "color": color}}
    return go.Scatter(
        x=list(map(_percent, values)), y=y, mode="markers", marker=marker, name=name, hoverinfo="skip"
    )


def _rows(figure: go.Figure, labels: list[str], theme: Theme, width: int, axis: str, legend: str) -> None:
    """One line for each label, from the top down, on a scale from 0 to 100."""
    limit = int(0.5 * width / LABEL)
    shown = [label if len(label) <= limit else label[: limit - 1] + "…" for label in labels]
    left = round(min(0.5 * width, 14 + LABEL * max(map(len, shown), default=0)))
    height = 34 + LINE * max(1, len(labels)) + 74
    _style(figure, theme, width, height, {"l": left, "r": 14, "t": 34, "b": 74})
    figure.update_xaxes(
        range=[-2, 102],
        tickvals=[0, 25, 50, 75, 100],
        zeroline=False,
        side="bottom",
        title={"text": axis, "font": {"size": 14, "color": theme.muted}, "standoff": 4},
    )
    figure.update_yaxes(
        range=[len(labels) - 0.5, -0.5],
        tickmode="array",
        tickvals=list(range(len(labels))),
        zeroline=False,
        ticktext=list(map(escape_plotly, shown)),
    )
    figure.add_annotation(
        text=escape_plotly(legend),
        x=0,
        xanchor="left",
        xref="paper",
        xshift=-left,
        y=0,
        yanchor="top",
        yref="paper",
        yshift=-48,
        showarrow=False,
        font={"size": 13, "color": theme.muted},
    )


def _style(figure: go.Figure, theme: Theme, width: int, height: int, margin: dict[str, int]) -> None:
    """Give the figure its size, its margin and the looks of its axes."""
    figure.update_layout(
        **frame(theme, round(width), round(height), {**margin, "pad": 0}),
        hovermode="closest",
        dragmode=False,
        showlegend=False,
        bargap=0.25,
    )
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(
            fixedrange=True,
            gridcolor=theme.grid,
            linecolor=theme.grid,
            ticks="",
            tickfont={"size": 14, "color": theme.text},
        )


def _title(figure: go.Figure, text: str, theme: Theme) -> None:
    figure.add_annotation(
        text=escape_plotly(text),
        x=0,
        xanchor="left",
        xref="paper",
        xshift=-figure.layout.margin.l,
        y=1,
        yanchor="bottom",
        yref="paper",
        yshift=8,
        showarrow=False,
        font={"size": 15, "color": theme.text},
    )


def _signed(offset: int) -> str:
    return f"{offset:+d}".replace("-", "−") if offset else "0"
