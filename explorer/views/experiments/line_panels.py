"""How do several runs compare? Panels side by side with a line for each run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

from explorer.results import Curve, ShownRun
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact, short
from explorer.views.plotly_frame import ON_PAPER, axis_suffix, dash_style, frame
from explorer.views.text import visible_line
from explorer.views.theme import Theme, blend, line_style

HEIGHT = 360
LEFT, GAP, TOP, BOTTOM, LEGEND_LINE = 56, 64, 40, 56, 24  # pixels
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "triangle-down", "cross")
LETTER, LEGEND_MARK = 8, 52  # pixels of a letter in a label at most, of the line before it in the legend
MAX_MARKS = 25  # points of a line that are marked one by one


@dataclass(frozen=True)
class Line:
    """One line. number: of its colour and mark, the same for the same run in every panel;  own: the user's
    run, drawn thin with open marks; dotted: another reading of the same run."""

    label: str
    curve: Curve
    number: int
    own: bool = False
    dotted: bool = False


@dataclass(frozen=True)
class Panel:
    """One pair of axes. y_range: fixed, or None to fit;  log_y: a logarithmic axis;  percent: values are
    shares and shown as per cent.
    """

    title: str
    x_title: str
    lines: tuple[Line, ...]
    y_range: tuple[float, float] | None = None
    log_y: bool = False
    percent: bool = False


def panels_figure(panels: Sequence[Panel], theme: Theme, width: int = 900, height: int = HEIGHT) -> go.Figure:
    """`panels` from left to right, with one legend below all.

    The figure is `width` pixels wide and grows by what the legend needs: show it with width="content",
    theme=None and `PLOTLY_CONFIG`.
    """
    each = (width - LEFT - GAP * (len(panels) - 1) - 8) / len(panels)
    figure, seen, layout = go.Figure(), {}, {}
    for number, panel in enumerate(panels):
        start, place = (LEFT + number * (each + GAP)) / width, axis_suffix(number)
        layout |= {
            f"xaxis{place}": _x_axis(panel, theme, start, start + each / width, place, each),
            f"yaxis{place}": _y_axis(panel, theme, place),
        }
        title = f"<b>{escape_plotly(panel.title)}</b>"
        figure.add_annotation(x=start, y=1, text=title, font={"size": 15}, yshift=10, **ON_PAPER)
        for line in panel.lines:
            in_legend = (
                not line.own and line.label not in seen
            )  # the user's have the colours of those shipped
            figure.add_trace(_trace(line, panel, theme, place, in_legend))
            if in_legend:
                seen[line.label] = True
    below = LEGEND_LINE * _legend_rows([*seen], width - LEFT)
    figure.update_layout(
        **frame(theme, width, height + below, {"l": 0, "r": 0, "t": TOP, "b": BOTTOM + below}),
        hovermode="closest",
        dragmode=False,
        showlegend=True,
        legend={
            "orientation": "h",
            "x": LEFT / width,
            "y": -(BOTTOM - 4) / (height - TOP - BOTTOM),
            "xanchor": "left",
            "yanchor": "top",
        },
        **layout,
    )
    return figure


def _x_axis(panel: Panel, theme: Theme, start: float, end: float, place: str, pixels: float) -> dict:
    curves = [line.curve for line in panel.lines]
    labelled = next((curve for curve in curves if curve.labels), None)
    ticks = {"nticks": 8}
    if labelled:
        shown = _readable(labelled, pixels)
        ticks = {
            "tickvals": list(labelled.x), "tickangle": 0,
            "ticktext": [escape_plotly(label) if i in shown else "" for i,
                         label in enumerate(labelled.labels)],
        }  # fmt: skip
    title = {"text": escape_plotly(panel.x_title), "font": {"size": 14}, "standoff": 8}
    return {
        "fixedrange": True,
        "gridcolor": theme.grid,
        "zeroline": False,
        "title": title,
        "domain": [start, end],
        "anchor": f"y{place}",
        **ticks,
    }


def _readable(curve: Curve, pixels: float) -> set[int]:
    """The places whose labels have room beside each other, from the last one to the left: the ends matter
    most.
    """
    per_x = pixels / max(max(curve.x) - min(curve.x), 1e-9)
    shown, left = set(), math.inf
    for i in reversed(range(len(curve.x))):
        middle, half = curve.x[i] * per_x, LETTER * len(curve.labels[i]) / 2
        if middle + half + LETTER <= left:
            shown.add(i)
            left = middle - half
    return shown


def _y_axis(panel: Panel, theme: Theme, place: str) -> dict:
    axis = {
        "fixedrange": True,
        "gridcolor": theme.grid,
        "zerolinecolor": theme.muted,
        "nticks": 6,
        "anchor": f"x{place}",
    }
    if panel.log_y:
        limits = {"range": [math.log10(limit) for limit in panel.y_range]} if panel.y_range else {}
        return axis | {"type": "log", "dtick": 1, "tickformat": "~g", **limits}
    return axis | ({"range": list(panel.y_range)} if panel.y_range else {"rangemode": "tozero"})


def _trace(line: Line, panel: Panel, theme: Theme, place: str, in_legend: bool) -> go.Scatter:
    color, dashes = line_style(theme, line.number)
    color = blend(color, theme.background, 0.35) if line.own else color
    curve, scale = line.curve, 100 if panel.percent else 1
    symbol = SYMBOLS[line.number % len(SYMBOLS)] + ("-open" if line.own else "")
    dash = "dot" if line.dotted else dash_style(dashes)
    y = [scale * value for value in curve.y]
    error = {}
    if curve.low:
        up = [scale * high - value for high, value in zip(curve.high, y, strict=True)]
        down = [value - scale * low for low, value in zip(curve.low, y, strict=True)]
        error = {
            "error_y": {
                "type": "data",
                "array": up,
                "arrayminus": down,
                "thickness": 1,
                "width": 3,
                "color": color,
            }
        }
    return go.Scatter(
        x=list(curve.x),
        y=y,
        mode="lines+markers" if len(curve.x) <= MAX_MARKS else "lines",
        name=escape_plotly(visible_line(line.label)),
        line={"color": color, "width": 1.5 if line.own else 2, "dash": dash},
        marker={"symbol": symbol, "size": 8, "color": color},
        legendgroup=f"{line.number} {line.dotted}",
        cliponaxis=False,
        showlegend=in_legend,
        xaxis=f"x{place}",
        yaxis=f"y{place}",
        hoverinfo="text",
        hovertext=[_hover(line, panel, i, scale) for i in range(len(curve.x))],
        **error,
    )


def _hover(line: Line, panel: Panel, i: int, scale: float) -> str:
    curve, unit = line.curve, " %" if panel.percent else ""
    where = curve.labels[i] if curve.labels else exact(round(curve.x[i], 6))
    parts = [
        f"<b>{escape_plotly(visible_line(line.label))}</b>",
        f"{escape_plotly(panel.x_title)}: {escape_plotly(where)}",
    ]
    parts.append(f"{escape_plotly(panel.title)}: {exact(round(scale * curve.y[i], 6))}{unit}")
    if curve.low:
        parts.append(f"95 % interval {short(scale * curve.low[i])} to {short(scale * curve.high[i])}{unit}")
    if curve.n:
        parts.append(f"n = {curve.n[i]:,}")
    return "<br>".join(parts)


def _legend_rows(labels: Sequence[str], width: float) -> int:
    """How many lines the legend needs, from the widths of its labels; Plotly breaks the line before an entry
    that has no room.
    """
    rows, left = 1, width
    for label in labels:
        needed = LETTER * len(label) + LEGEND_MARK
        if needed > left and left < width:
            rows, left = rows + 1, width
        left -= needed
    return rows


# ---------------------------------------------------------------------------------------------- runs as lines


def run_lines(
    runs: Sequence[ShownRun], curve: str, dotted: bool = False, suffix: str = ""
) -> tuple[Line, ...]:
    """A line for each run that has the measured `curve`. suffix: of its label."""
    return tuple(
        Line(shown_label(shown) + suffix, shown.run.curves[curve], shown.number, bool(shown.own), dotted)
        for shown in runs
        if curve in shown.run.curves
    )


def difference_lines(runs: Sequence[ShownRun], first: str, second: str) -> tuple[Line, ...]:
    """A line for each run with how much its measured curve `first` is above `second`, at the same places."""
    lines = []
    for shown in runs:
        if first in shown.run.curves and second in shown.run.curves:
            a, b = shown.run.curves[first], shown.run.curves[second]
            curve = Curve(a.x, tuple(x - y for x, y in zip(a.y, b.y, strict=True)), n=a.n, labels=a.labels)
            lines.append(Line(shown_label(shown), curve, shown.number, bool(shown.own)))
    return tuple(lines)


def history_lines(
    runs: Sequence[ShownRun], value: str, over: Literal["step", "epoch"] = "epoch"
) -> tuple[Line, ...]:
    """A line for each run with a value of its history ("loss", "valid_loss", "bleu", …) over steps or
    epochs.
    """
    lines = []
    for shown in runs:
        rows = [row for row in shown.run.history if value in row.values]
        if rows:
            curve = Curve(
                tuple(float(getattr(row, over)) for row in rows), tuple(row.values[value] for row in rows)
            )
            lines.append(Line(shown_label(shown), curve, shown.number, bool(shown.own)))
    return tuple(lines)


def shown_label(shown: ShownRun) -> str:
    """The label of a run; of the user's own with its seed."""
    return f"{shown.label} (yours, seed {shown.run.config['training']['seed']})" if shown.own else shown.label


def layer_panels(runs: Sequence[ShownRun], curves: Mapping[str, str]) -> tuple[Panel, ...]:
    """The gradient of each layer: a panel for each title with the name of its curve, all on one scale of
    whole powers of ten.
    """
    lines = {title: run_lines(runs, name) for title, name in curves.items()}
    values = [value for own in lines.values() for line in own for value in line.curve.y if value > 0] or [1.0]
    limits = (10.0 ** math.floor(math.log10(min(values))), 10.0 ** math.ceil(math.log10(max(values)) + 1e-9))
    return tuple(Panel(title, "layer", own, limits, log_y=True) for title, own in lines.items())
