"""Which words does each word look at? The matrix as a heatmap: one row per attending token, one column per
attended token.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.results import Alignment, LinkErrors, MatrixView, Side
from explorer.views.attention.grid import Grid, axis_titles, bar_ticks, grid, link_block, word_runs
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact, short
from explorer.views.plotly_frame import ON_PAPER, frame, tick_label
from explorer.views.text import visible_text
from explorer.views.theme import MONO, Colormap, Theme, diverging, sequential


class Wording(NamedTuple):
    """What a picture says about its numbers: the title of the scale, then, at the pointer, row, `between`,
    column and `unit`.

    axes: the titles of columns and rows, those of attention when None.
    """

    bar: str
    unit: str
    between: str = "looks at"
    axes: tuple[str, str] | None = None


class Scale(NamedTuple):
    """Colours, each with its place from 0 to 1, for the numbers from `low` to `high`."""

    colors: tuple[tuple[float, str], ...]
    low: float
    high: float


class Marks(NamedTuple):
    """What is drawn over the cells, and what the pointer adds for a cell (row, col)."""

    traces: Sequence[go.Scatter] = ()
    said: Mapping[tuple[int, int], str] = MappingProxyType({})


NO_MARKS = Marks()
WEIGHTS, DIFFERENCES = Wording("attention weight", "weight"), Wording("difference of weights", "difference")


def heatmap(
    view: MatrixView,
    theme: Theme,
    gold: Alignment | None = None,
    errors: LinkErrors | None = None,
    vmax: float = 1.0,
    colormap: Colormap = "cividis",
    max_width: int = 800,
) -> go.Figure:
    """The weights of `view`, [rows, cols], from 0 to `vmax`; attended tokens on x at the top, attending
    tokens on y from the top down.

    gold draws sure links as solid and only possible ones as dashed outlines; errors marks hits, spurious and
    missed links. Both are for cross-attention and left out elsewhere.
    The figure has its own width (at most `max_width`) and height: show it with width="content", theme=None
    and `PLOTLY_CONFIG`.
    """
    if view.signed:
        raise ValueError("This view is a difference: draw it with difference_heatmap.")
    traces = _gold_traces(view, theme, gold, errors, grid(view, max_width)) if not view.is_self else []
    marks = Marks(traces, _verdicts(view, gold, errors))
    return matrix_figure(
        view, theme, WEIGHTS, Scale(sequential(theme, colormap), 0.0, vmax), max_width, marks
    )


def difference_heatmap(view: MatrixView, theme: Theme, vmax: float = 1.0, max_width: int = 800) -> go.Figure:
    """The difference of two matrices (`explorer.attention.reading.difference`), balanced at 0, from −`vmax`
    to `vmax`.
    """
    if not view.signed:
        raise ValueError("This view holds weights: draw it with heatmap.")
    return matrix_figure(view, theme, DIFFERENCES, Scale(diverging(theme), -vmax, vmax), max_width)


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
    return [tick_label(token, dim, theme) for token, dim in zip(side.tokens, side.special, strict=True)]


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
        "thickness": 16,
        "lenmode": "pixels",
        "len": round(min(g.plot_h, 360)),
        "xref": "container",
        "x": 1 - 84 / g.width,
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
    line = {"color": theme.muted, "width": 1.5}
    shapes = []
    for first, last in word_runs(view.cols.continues):
        shapes.append(
            {
                "type": "line",
                "xref": "x",
                "x0": first - 0.35,
                "x1": last + 0.35,
                "yref": "paper",
                "ysizemode": "pixel",
                "yanchor": 1,
                "y0": 4,
                "y1": 4,
                "line": line,
            }
        )
    for first, last in word_runs(view.rows.continues):
        shapes.append(
            {
                "type": "line",
                "yref": "y",
                "y0": first - 0.35,
                "y1": last + 0.35,
                "xref": "paper",
                "xsizemode": "pixel",
                "xanchor": 0,
                "x0": -4,
                "x1": -4,
                "line": line,
            }
        )
    return shapes


def _gold_traces(
    view: MatrixView, theme: Theme, gold: Alignment | None, errors: LinkErrors | None, g: Grid
) -> list[go.Scatter]:
    traces = []
    if gold is not None:
        sure, possible = _outlines(view, gold.sure), _outlines(view, gold.possible - gold.sure)
        for outline in (sure, possible):
            if outline[0]:  # a casing, so that the line shows on any cell
                traces.append(_outline_trace(outline, theme.background, 5 * g.mark, "solid", "", False))
        if sure[0]:
            traces.append(
                _outline_trace(sure, theme.text, max(1.2, 2 * g.mark), "solid", "gold link, sure", True)
            )
        if possible[0]:
            traces.append(
                _outline_trace(
                    possible, theme.text, max(1.2, 2 * g.mark), "4px,3px", "gold link, possible", True
                )
            )
    if errors is not None:
        for links, symbol, color, name in (
            (errors.hits, "circle", theme.hit, "found, right"),
            (errors.spurious, "x", theme.spurious, "found, wrong"),
            (errors.missed, "circle", theme.missed, "missed"),
        ):
            x, y = _centres(view, links)
            if x:
                hollow = name == "missed"
                scale = g.mark if name == "found, right" else g.error_mark
                line = {"color": color if hollow else theme.background, "width": (3 if hollow else 2) * scale}
                marker = {
                    "symbol": symbol,
                    "size": 12 * scale,
                    "color": theme.background if hollow else color,
                    "line": line,
                }
                traces.append(
                    go.Scatter(x=x, y=y, mode="markers", marker=marker, name=name, hoverinfo="skip")
                )
    return traces


def _outline_trace(outline, color: str, width: float, dash: str, name: str, legend: bool) -> go.Scatter:
    x, y = outline
    line = {"color": color, "width": width, "dash": dash}
    return go.Scatter(x=x, y=y, mode="lines", line=line, name=name, showlegend=legend, hoverinfo="skip")


def _outlines(view: MatrixView, links: Iterable[tuple[int, int]]) -> tuple[list, list]:
    """x and y of the rectangles around the links' cells, None between them."""
    x: list[float | None] = []
    y: list[float | None] = []
    inset = 0.42
    for link in sorted(links):
        block = link_block(view, link)
        if block:
            top, bottom, left, right = block
            x0, x1, y0, y1 = left - inset, right + inset, top - inset, bottom + inset
            # from the middle of an edge, so that all four corners are joined
            x += [left, x1, x1, x0, x0, left, None]
            y += [y0, y0, y1, y1, y0, y0, None]
    return x, y


def _centres(view: MatrixView, links: Iterable[tuple[int, int]]) -> tuple[list[float], list[float]]:
    blocks = [block for block in (link_block(view, link) for link in sorted(links)) if block]
    return [(b[2] + b[3]) / 2 for b in blocks], [(b[0] + b[1]) / 2 for b in blocks]


def _verdicts(
    view: MatrixView, gold: Alignment | None, errors: LinkErrors | None
) -> dict[tuple[int, int], str]:
    """What the hover adds for a cell: whether it is part of a gold link and whether the model found it."""
    if view.is_self:
        return {}
    said: dict[tuple[int, int], str] = {}
    sets = []
    if gold is not None:
        sets += [(gold.sure, "gold link, sure"), (gold.possible - gold.sure, "gold link, possible")]
    if errors is not None:
        sets += [(errors.hits, "found, right"), (errors.spurious, "found, wrong"), (errors.missed, "missed")]
    for links, text in sets:
        for link in links:
            block = link_block(view, link)
            if block:
                for i in range(block[0], block[1] + 1):
                    for j in range(block[2], block[3] + 1):
                        said[i, j] = said.get((i, j), "") + f"<br>{text}"
    return said
