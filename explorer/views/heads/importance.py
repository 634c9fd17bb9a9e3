"""Which heads does a model need? What each costs when it is off, with its gradient beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.results import HeadEffect, ImportanceReport, ScoreChange, in_order, names_of
from explorer.views.escaping import escape_plotly
from explorer.views.heads.ablation import change
from explorer.views.numbers import exact, short
from explorer.views.plotly_frame import ON_PAPER, axis_suffix, frame
from explorer.views.theme import MONO, Theme

ROW = 22  # pixels for a head
MAX_ROWS = 48  # heads of one kind; of more, those that change the loss most


class _Column(NamedTuple):
    """One kind of attention in pixels from the left: names of heads, changes of the loss, gradients."""

    left: float
    start: float
    split: float
    end: float


def importance_figure(report: ImportanceReport, theme: Theme, width: int = 900) -> go.Figure:
    """A column for each kind of attention: change of the loss with its 95 % interval, and beside it the
    gradient importance as bars.

    A filled point has an interval without 0. All columns share one scale for each of the two.
    The figure is `width` pixels wide: show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    kinds = in_order(effect.kind for effect in report.heads)
    columns = [shown_effects(report, kind) for kind in kinds]
    top, bottom = 66, 28
    n_rows = max(map(len, columns))
    changes, gradients = _change_range(report.heads), _gradient_range(report.heads)
    figure, layout = go.Figure(), {}
    for number, (kind, effects) in enumerate(zip(kinds, columns, strict=True)):
        column = _column(number, len(kinds), width)
        first, second = axis_suffix(2 * number), axis_suffix(2 * number + 1)
        y = list(range(len(effects)))
        for trace in (*_forest(effects, y, theme), _bars(effects, y, theme)):
            side = second if trace.type == "bar" else first
            trace.update(xaxis=f"x{side}", yaxis=f"y{side}")
            figure.add_trace(trace)
        across = ([column.start / width, (column.split - 12) / width],
                  [(column.split + 12) / width, column.end / width])  # fmt: skip
        rows = _head_axis(y, n_rows, theme)
        layout |= {
            f"xaxis{first}": _number_axis(across[0], changes, first, theme),
            f"yaxis{first}": {
                **rows,
                "anchor": f"x{first}",
                "ticktext": [f"L{effect.layer} H{effect.head}" for effect in effects],
            },
            f"xaxis{second}": _number_axis(across[1], gradients, second, theme) | {"nticks": 3},
            f"yaxis{second}": {**rows, "anchor": f"x{second}", "showticklabels": False},
        }
        _column_titles(figure, names_of(kind).name, column, width, theme)
    figure.update_layout(
        **frame(theme, width, top + n_rows * ROW + bottom, {"l": 0, "r": 0, "t": top, "b": bottom}),
        hovermode="closest",
        dragmode=False,
        showlegend=False,
        bargap=0.5,
        **layout,
    )
    return figure


def _column(number: int, n_columns: int, width: int) -> _Column:
    """Where column `number` lies: all are equally wide, and changes of the loss have 60 % of a plot."""
    labels, gap = 64, 14
    each = (width - 8 - gap * (n_columns - 1)) / n_columns
    start, plot = 4 + number * (each + gap) + labels, each - labels
    return _Column(start - labels, start, start + 0.6 * plot, start + plot)


def _change_range(heads: Sequence[HeadEffect]) -> list[float]:
    """A range that holds 0 and every interval of a change of the loss, with a margin."""
    low = min(0.0, min(effect.loss.low for effect in heads))
    high = max(0.0, max(effect.loss.high for effect in heads))
    pad = 0.06 * ((high - low) or 1.0)
    return [low - pad, high + pad]


def _gradient_range(heads: Sequence[HeadEffect]) -> list[float]:
    """A range from 0 that holds every gradient importance."""
    return [0.0, 1.02 * max(1e-9, max(effect.gradient_normalised for effect in heads))]


def _number_axis(domain: list[float], limits: list[float], place: str, theme: Theme) -> dict:
    """The axis along the foot of a plot, with a line at 0."""
    return {
        "fixedrange": True,
        "ticks": "",
        "tickfont": {"size": 12, "color": theme.text},
        "gridcolor": theme.grid,
        "nticks": 4,
        "zeroline": True,
        "zerolinecolor": theme.muted,
        "zerolinewidth": 1.5,
        "side": "bottom",
        "domain": domain,
        "range": limits,
        "anchor": f"y{place}",
    }


def _head_axis(y: list[int], n_rows: int, theme: Theme) -> dict:
    """A row for each head from the top down, equally high in every column."""
    return {
        "fixedrange": True,
        "ticks": "",
        "range": [n_rows - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "tickmode": "array",
        "tickvals": y,
        "tickfont": {"family": MONO, "size": 13, "color": theme.text},
    }


def _column_titles(figure: go.Figure, name: str, column: _Column, width: int, theme: Theme) -> None:
    """Write the kind of attention over a column, and over each of its two plots what it shows."""
    words, small = ON_PAPER | {"y": 1}, {"size": 13, "color": theme.muted}
    figure.add_annotation(x=column.left / width, yshift=34, text=f"<b>{name}</b>", **words, font={"size": 15})
    for x, text in ((column.start, "change of loss"), (column.split + 12, "gradient")):
        figure.add_annotation(x=x / width, yshift=10, text=text, **words, font=small)


def shown_effects(report: ImportanceReport, kind: str) -> list[HeadEffect]:
    """The heads of one kind in their order; of more than `MAX_ROWS` those that change the loss most."""
    effects = [effect for effect in report.heads if effect.kind == kind]
    kept = sorted(effects, key=lambda effect: -abs(effect.loss.value))[:MAX_ROWS]
    return [effect for effect in effects if effect in kept]


def _forest(effects: Sequence[HeadEffect], y: list[int], theme: Theme) -> tuple[go.Scatter, go.Scatter]:
    """The intervals as one broken line, and the points."""
    line_x: list[float | None] = []
    line_y: list[float | None] = []
    for row, effect in zip(y, effects, strict=True):
        line_x += [effect.loss.low, effect.loss.high, None]
        line_y += [row, row, None]
    fills = [theme.accent if effect.loss.sure else theme.background for effect in effects]
    marker = {"size": 10, "color": fills, "line": {"color": theme.accent, "width": 2}}
    intervals = go.Scatter(
        x=line_x,
        y=line_y,
        mode="lines",
        line={"color": theme.accent, "width": 2},
        hoverinfo="skip",
        name="interval",
    )
    points = go.Scatter(
        x=[effect.loss.value for effect in effects],
        y=y,
        mode="markers",
        marker=marker,
        hoverinfo="text",
        name="change of loss",
        hovertext=[_hover(effect) for effect in effects],
    )
    return intervals, points


def _bars(effects: Sequence[HeadEffect], y: list[int], theme: Theme) -> go.Bar:
    return go.Bar(
        x=[effect.gradient_normalised for effect in effects],
        y=y,
        orientation="h",
        marker={"color": theme.categories[1]},
        hoverinfo="text",
        hovertext=[_hover(effect) for effect in effects],
        name="gradient importance",
    )


def _hover(effect: HeadEffect) -> str:
    lines = [f"<b>{names_of(effect.kind).name} L{effect.layer} H{effect.head} off</b>"]
    for name, score in (("loss", effect.loss), ("BLEU", effect.bleu), ("chrF", effect.chrf)):
        lines.append(
            f"Δ{name} {escape_plotly(change_with_interval(score))}, p {escape_plotly(short(score.p_value))}"
        )
    lines.append(f"{effect.n_changed} sentences translated otherwise")
    lines.append(
        f"gradient {exact(effect.gradient)} nats, {exact(effect.gradient_normalised)} within its layer"
    )
    return "<br>".join(lines)


def change_with_interval(score: ScoreChange) -> str:
    """+0.12 [0.1, 0.15]."""
    return f"{change(score.value)} [{short(score.low)}, {short(score.high)}]"
