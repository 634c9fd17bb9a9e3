"""What does an encoding of positions look like? Its table, every pair, the pairs by distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.results import Curve, PositionMatrix
from explorer.views.attention.attribution import limit_of
from explorer.views.escaping import escape_plotly
from explorer.views.experiments.line_panels import Line, Panel
from explorer.views.numbers import exact
from explorer.views.plotly_frame import ON_PAPER, axis_suffix, frame
from explorer.views.theme import Theme, diverging

HEIGHT = 420
LEFT, GAP, TOP, BOTTOM, BAR = 56, 132, 52, 56, 76  # pixels; right of each matrix there is its colour bar
ROW_NAMES = {"position": "position", "distance": "distance, key − query", "head": "head"}
COLUMN_NAMES = {"position": "dimension", "distance": "dimension", "head": "distance, key − query"}
TABLE_TITLES = {
    "sinusoidal": "added to the embedding", "learned": "added to the embedding",
    "rotary": "the vector (1, 0) of every pair, turned",
    "relative": "a vector for each distance", "t5": "added to the score", "alibi": "added to the score",
}  # fmt: skip
PAIR_TITLES = {
    "embedding": "dot product of two positions", "query and key": "one vector turned by both: dot product",
    "score": "added to the score",
}  # fmt: skip


@dataclass(frozen=True)
class _Picture:
    """One of the two matrices: values [y, x] with what its columns `x` and rows `y` are called."""

    values: np.ndarray
    x: np.ndarray
    y: np.ndarray
    title: str
    x_title: str
    y_title: str

    def hover(self) -> list[list[str]]:
        """What the pointer reads off each cell: its row, its column and the exact number."""
        return [
            [
                f"{self.y_title} <b>{b}</b>, {self.x_title} <b>{a}</b><br>{exact(value)}"
                for a, value in zip(self.x, row, strict=True)
            ]
            for b, row in zip(self.y, self.values, strict=True)
        ]


def encoding_figure(matrix: PositionMatrix, theme: Theme, width: int = 900, head: int = 0) -> go.Figure:
    """The table at the left, all pairs of positions at the right; blue is below 0, orange above, each
    balanced at 0.

    A dotted line stands after the last position that training has seen. head: of the pairs, where heads
    differ.
    The figure is `width` pixels wide: show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    each = (width - LEFT - GAP - BAR) / 2
    figure, layout = go.Figure(), {}
    for number, picture in enumerate((_table(matrix), _pairs(matrix, head))):
        place, start = axis_suffix(number), (LEFT + number * (each + GAP)) / width
        figure.add_trace(_cells(picture, place, start + (each + 6) / width, theme))
        layout |= _axes(picture, place, [start, start + each / width])
        title = f"<b>{escape_plotly(picture.title)}</b>"
        figure.add_annotation(x=start, y=1, text=title, font={"size": 15}, yshift=10, **ON_PAPER)
    figure.update_layout(
        **frame(theme, width, HEIGHT, {"l": 0, "r": 0, "t": TOP, "b": BOTTOM}),
        hovermode="closest",
        dragmode=False,
        showlegend=False,
        shapes=_seen_in_training(matrix, theme),
        **layout,
    )
    return figure


def _table(matrix: PositionMatrix) -> _Picture:
    """The numbers that the encoding is made of."""
    n_rows, n_columns = matrix.table.shape
    return _Picture(
        matrix.table,
        np.arange(n_columns) + (matrix.first_row if matrix.rows == "head" else 0),
        np.arange(n_rows) + (matrix.first_row if matrix.rows == "distance" else 0),
        TABLE_TITLES[matrix.positions],
        COLUMN_NAMES[matrix.rows],
        ROW_NAMES[matrix.rows],
    )


def _pairs(matrix: PositionMatrix, head: int) -> _Picture:
    """What every two positions are to each other, in this head."""
    places = np.arange(matrix.pairs.shape[-1])
    title = PAIR_TITLES[matrix.place] + (f", head {head}" if len(matrix.pairs) > 1 else "")
    axes = ("position", "position") if matrix.place == "embedding" else ("key position", "query position")
    return _Picture(matrix.pairs[head], places, places, title, *axes)


def _cells(picture: _Picture, place: str, bar_x: float, theme: Theme) -> go.Heatmap:
    """The matrix with its colour bar, whose left edge is at `bar_x` of the width."""
    most = limit_of(float(np.abs(picture.values).max(initial=0.0)))
    return go.Heatmap(
        z=picture.values,
        x=picture.x,
        y=picture.y,
        zmin=-most,
        zmax=most,
        colorscale=[list(stop) for stop in diverging(theme)],
        colorbar={
            "thickness": 12,
            "x": bar_x,
            "xanchor": "left",
            "len": 1,
            "nticks": 5,
            "tickfont": {"size": 13},
            "outlinewidth": 0,
        },
        hoverinfo="text",
        name="",
        xaxis=f"x{place}",
        yaxis=f"y{place}",
        hovertext=picture.hover(),
    )


def _axes(picture: _Picture, place: str, domain: list[float]) -> dict:
    """The axes of one matrix, rows from the top down; up to eight rows are all numbered."""
    x, y = picture.x, picture.y
    axis = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"size": 13},
    }
    return {
        f"xaxis{place}": {
            **axis,
            "domain": domain,
            "anchor": f"y{place}",
            "nticks": 7,
            "title": {"text": picture.x_title, "font": {"size": 14}, "standoff": 6},
            "range": [x[0] - 0.5, x[-1] + 0.5],
        },
        f"yaxis{place}": {
            **axis,
            "anchor": f"x{place}",
            "range": [y[-1] + 0.5, y[0] - 0.5],
            "nticks": 7,
            "title": {"text": picture.y_title, "font": {"size": 14}, "standoff": 4},
            **({"tickvals": y.tolist()} if len(y) <= 8 else {}),
        },
    }


def _seen_in_training(matrix: PositionMatrix, theme: Theme) -> list[dict]:
    """Lines after the last position that training has seen, in both pictures where their axes are
    positions.
    """
    if not 0 < matrix.n_trained < matrix.pairs.shape[-1]:
        return []
    edge, n = matrix.n_trained - 0.5, matrix.pairs.shape[-1] - 0.5
    line = {"color": theme.text, "width": 1.5, "dash": "dot"}
    lines = [("x2", "y2", edge, edge, -0.5, n), ("x2", "y2", -0.5, n, edge, edge)]
    if matrix.rows == "position":
        lines.append(("x", "y", -0.5, matrix.table.shape[1] - 0.5, edge, edge))
    names = ("xref", "yref", "x0", "x1", "y0", "y1")
    return [{"type": "line", "line": line, **dict(zip(names, one, strict=True))} for one in lines]


def distance_panel(matrix: PositionMatrix) -> Panel:
    """What two positions are to each other by their distance: the mean of each head; where pairs of one
    distance differ, also the extremes.

    Only positions that training has seen, where anything is learned.
    """
    distances, mean, least, most = matrix.by_distance(matrix.n_trained or None)
    x = tuple(map(float, distances))

    def curve(values: np.ndarray) -> Curve:
        return Curve(x, tuple(map(float, values)))

    several = len(mean) > 1
    lines = [
        Line(f"head {head}" if several else "mean", curve(mean[head]), head) for head in range(len(mean))
    ]
    if float((most - least).max()) > 1e-3 * max(1.0, float(np.abs(mean).max())):
        extremes = [
            (head, f"head {head}, least and most" if several else "least and most")
            for head in range(len(mean))
        ]
        lines += [
            Line(name, curve(values[head]), head, dotted=True)
            for head, name in extremes
            for values in (least, most)
        ]
    seen = f", the {matrix.n_trained} positions of training" if matrix.n_trained else ""
    return Panel(f"{PAIR_TITLES[matrix.place]}{seen}", "distance, key − query", tuple(lines))
