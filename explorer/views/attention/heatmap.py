"""Which words does each word look at? A heatmap, attending tokens down and attended ones across."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.results import MatrixView, Side
from explorer.views.attention.grid import (
    BAR_LEFT,
    BAR_WIDTH,
    BRACKET,
    LABEL_LIMIT,
    Grid,
    axis_titles,
    bar_ticks,
    brackets,
    grid,
)
from explorer.views.attention.matrix_picture import (
    OUTLINE_DASH,
    OUTLINED,
    Mark,
    MatrixPicture,
    Scale,
    Wording,
    marked_verdicts,
)
from explorer.views.attention.verdicts import VERDICTS, verdict_colors
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact, short
from explorer.views.plotly_frame import ON_PAPER, dash_style, frame, tick_label
from explorer.views.text import visible_text
from explorer.views.theme import MONO, Theme


class Marks(NamedTuple):
    """What is drawn over the cells, and what the pointer adds for a cell (row, col)."""

    traces: Sequence[go.Scatter] = ()
    said: Mapping[tuple[int, int], str] = MappingProxyType({})


NO_MARKS = Marks()


def heatmap(picture: MatrixPicture, theme: Theme, max_width: int = 800) -> go.Figure:
    """Weights from 0 or differences around 0, [rows, cols]; attended tokens on x at the top, attending tokens
    on y from the top down.

    Sure gold links have solid outlines, possible ones dashed; hits, spurious and missed links have marks.
    The figure has its own width (at most `max_width`) and height: show it with width="content", theme=None
    and `PLOTLY_CONFIG`.
    """
    links = picture.marks()
    marks = Marks(_mark_traces(links, theme, grid(picture.view, max_width)), _verdicts(links))
    return matrix_figure(picture.view, theme, picture.wording, picture.scale(theme), max_width, marks)


def matrix_figure(
    view: MatrixView,
    theme: Theme,
    wording: Wording,
    scale: Scale,
    max_width: int,
    marks: Marks = NO_MARKS,
) -> go.Figure:
    """A matrix of any kind of number over tokens, coloured by `scale`; marks are those of gold links."""
    g = grid(view, max_width, below=_legend_height(marks.traces, grid(view, max_width).width))
    cells = go.Heatmap(
        z=view.weights,
        x=list(range(g.n_cols)),
        y=list(range(g.n_rows)),
        zmin=scale.low,
        zmax=scale.high,
        colorscale=[list(stop) for stop in scale.colors],
        xgap=g.gap,
        ygap=g.gap,
        hovertext=_hover(view, wording, marks.said),
        hoverinfo="text",
        colorbar=_color_bar(g, theme, wording.bar, bar_ticks(scale.low, scale.high)),
        name="",
    )
    figure = go.Figure([cells, *marks.traces])
    figure.update_layout(
        _paper(g, theme),
        hovermode="closest",
        dragmode=False,
        showlegend=bool(marks.traces),
        legend=_legend(g),
        shapes=_word_marks(view, theme),
        **_token_axes(view, g, theme),
    )
    _name_axes(figure, g, theme, axis_titles(view, g, wording.axes))
    return figure


def _paper(g: Grid, theme: Theme) -> dict:
    """The figure around the matrix; the colour of its grid shows through the one-pixel gaps between cells."""
    margin = {"l": round(g.left), "r": round(g.right), "t": round(g.top), "b": round(g.bottom), "pad": 0}
    paper = frame(theme, round(g.width), round(g.height), margin, 15)
    return paper | {"plot_bgcolor": g.line_color(theme)}


def _legend(g: Grid) -> dict:
    """What the marks of gold links mean, in lines below the matrix."""
    return {
        "orientation": "h",
        "x": (8 - g.left) / g.plot_w,
        "xanchor": "left",
        "y": -12 / g.plot_h,
        "yanchor": "top",
        "font": {"size": 14},
        "itemsizing": "constant",
        "itemclick": False,
        "itemdoubleclick": False,
    }


def _token_axes(view: MatrixView, g: Grid, theme: Theme) -> dict:
    """Attended tokens along the top, attending tokens from the top down; where they are many, every k-th has
    its name.
    """
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": "", "tickmode": "array"}
    return {
        "xaxis": {
            **axis,
            "side": "top",
            "range": [-0.5, g.n_cols - 0.5],
            "tickangle": g.angle,
            "tickvals": list(range(0, g.n_cols, g.col_every)),
            "ticktext": _names(view.cols, theme)[:: g.col_every],
            "tickfont": {"family": MONO, "size": g.col_size},
            "ticklabelstandoff": 5,
        },
        "yaxis": {
            **axis,
            "range": [g.n_rows - 0.5, -0.5],
            "tickvals": list(range(0, g.n_rows, g.row_every)),
            "ticktext": _names(view.rows, theme)[:: g.row_every],
            "tickfont": {"family": MONO, "size": g.row_size},
            "ticklabelstandoff": 6,
        },
    }


def _names(side: Side, theme: Theme) -> list[str]:
    """The tokens of one side as Plotly shows them, special ones dimmed."""
    pairs = zip(side.tokens, side.special, strict=True)
    return [tick_label(token, dim, theme, LABEL_LIMIT) for token, dim in pairs]


def _name_axes(figure: go.Figure, g: Grid, theme: Theme, titles: tuple[str, str]) -> None:
    """Write the title of the columns at the top edge and that of the rows, turned, at the left edge."""
    columns, rows = map(escape_plotly, titles)
    words = ON_PAPER | {"x": 0, "font": {"size": 15, "color": theme.muted}}
    figure.add_annotation(words, text=columns, y=1, yanchor="top", yshift=g.top - 6)
    figure.add_annotation(words, text=rows, xshift=6 - g.left, y=0.5, yanchor="middle", textangle=-90)


def _legend_height(marks: Sequence[go.Scatter], width: float) -> int:
    """Pixels below the matrix: Plotly lays a legend that does not fit into one line out in columns as wide as
    its longest entry.
    """
    names = [trace.name for trace in marks if trace.showlegend is not False]
    if not names:
        return 16
    per_line = max(1, int((width - 16) // (7.2 * max(map(len, names)) + 48)))
    return 28 + 21 * math.ceil(len(names) / per_line)


def _hover(view: MatrixView, wording: Wording, verdicts: Mapping[tuple[int, int], str]) -> list[list[str]]:
    rows = [escape_plotly(visible_text(token)) for token in view.rows.tokens]
    cols = [escape_plotly(visible_text(token)) for token in view.cols.tokens]
    return [
        [
            f"<b>{row}</b> {wording.between} <b>{col}</b><br>{wording.unit} {exact(view.weights[i, j])}"
            + verdicts.get((i, j), "")
            for j, col in enumerate(cols)
        ]
        for i, row in enumerate(rows)
    ]


def _color_bar(g: Grid, theme: Theme, title: str, ticks: list[float]) -> dict:
    return {
        "title": {"text": escape_plotly(title), "side": "right", "font": {"size": 15, "color": theme.muted}},
        "thickness": BAR_WIDTH,
        "lenmode": "pixels",
        "len": g.bar_height,
        "xref": "container",
        "x": 1 - BAR_LEFT / g.width,
        "xanchor": "left",
        "xpad": 0,
        "y": 1,
        "yanchor": "top",
        "ypad": 0,
        "tickvals": ticks,
        "ticktext": [escape_plotly(short(value)) for value in ticks],
        "tickfont": {"size": 14, "color": theme.text},
        "outlinewidth": 1,
        "outlinecolor": theme.grid,
    }


def _word_marks(view: MatrixView, theme: Theme) -> list[dict]:
    """A thin line along the pieces of each word that is cut into several tokens, just outside the matrix."""
    line = {"type": "line", "line": {"color": theme.muted, "width": 1.5}}
    above = {"xref": "x", "yref": "paper", "ysizemode": "pixel", "yanchor": 1, "y0": BRACKET, "y1": BRACKET}
    left = {"yref": "y", "xref": "paper", "xsizemode": "pixel", "xanchor": 0, "x0": -BRACKET, "x1": -BRACKET}
    return [
        *(line | above | {"x0": start, "x1": end} for start, end in brackets(view.cols)),
        *(line | left | {"y0": start, "y1": end} for start, end in brackets(view.rows)),
    ]


def _mark_traces(links: Sequence[Mark], theme: Theme, g: Grid) -> list[go.Scatter]:
    """Outlines of gold links, all casings below all lines, and the marks of what was found or missed."""
    width, casing = g.outline
    colors, casings, lines, marks = verdict_colors(theme), [], [], []
    for verdict in marked_verdicts(links):
        own = [link for link in links if link.verdict == verdict]
        if verdict in OUTLINED:
            dash = dash_style(OUTLINE_DASH if verdict == "possible" else ())
            casings.append(_outlines(own, {"color": theme.background, "width": casing, "dash": "solid"}))
            lines.append(_outlines(own, {"color": colors[verdict], "width": width, "dash": dash}, verdict))
        else:
            marks.append(_centres(own, _mark_look(verdict, theme, g.mark_size(verdict)), verdict))
    return [*casings, *lines, *marks]


def _outlines(links: Sequence[Mark], line: dict, verdict: str = "") -> go.Scatter:
    """The rectangles around the links' cells as one line, None between them; in the legend by its verdict."""
    x: list[float | None] = []
    y: list[float | None] = []
    for link in links:
        left, top, right, bottom = link.outline
        # from the middle of an edge, so that all four corners are joined
        x += [link.left, right, right, left, left, link.left, None]
        y += [top, top, bottom, bottom, top, top, None]
    named = {"name": VERDICTS.get(verdict, ""), "showlegend": bool(verdict)}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", **named)


def _centres(links: Sequence[Mark], look: dict, verdict: str) -> go.Scatter:
    x, y = zip(*(link.centre for link in links), strict=True)
    return go.Scatter(x=x, y=y, mode="markers", marker=look, name=VERDICTS[verdict], hoverinfo="skip")


def _mark_look(verdict: str, theme: Theme, size: float) -> dict:
    """hit: a disc; missed: a ring; spurious: a cross. Each with a rim, so that it shows on any cell."""
    color, hollow = verdict_colors(theme)[verdict], verdict == "missed"
    return {
        "symbol": "x" if verdict == "spurious" else "circle",
        "size": 12 * size,
        "color": theme.background if hollow else color,
        "line": {"color": color if hollow else theme.background, "width": (3 if hollow else 2) * size},
    }


def _verdicts(links: Sequence[Mark]) -> dict[tuple[int, int], str]:
    """What the hover adds for a cell: whether it is part of a gold link and whether the model found it."""
    said: dict[tuple[int, int], str] = {}
    for link in links:
        for i in range(link.top, link.bottom + 1):
            for j in range(link.left, link.right + 1):
                said[i, j] = said.get((i, j), "") + f"<br>{VERDICTS[link.verdict]}"
    return said
