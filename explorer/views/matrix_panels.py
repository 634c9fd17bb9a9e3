"""How do matrices make a matrix? Several of them in one figure, with the signs of the formula between."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from explorer.results import SPECIAL_TOKENS
from explorer.views.attention.grid import EM
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import short
from explorer.views.plotly_frame import frame, tick_label
from explorer.views.text import text_width, visible_token
from explorer.views.theme import MONO, Theme, difference_color, diverging, ink, sequential, weight_color

LABEL_LIMIT = 12
SIGN = 36  # pixels for an operator between two panels
NAME = 46  # pixels for the two lines over a panel
EXACT = ".9~g"  # enough digits to read the same float32 back


@dataclass(frozen=True)
class Panel:
    """One matrix, [rows, cols]. `rows` and `cols` are the tokens they belong to; empty where they are
    dimensions of a vector.

    before: the sign between this panel and the one at its left;  scale: the value of the strongest colour;
    kind: "signed" from −scale to scale, "weights" from 0 to scale, "mask" with True where a key may be seen;
    hidden: True for cells that a mask has taken out;  blocks: parts of equal width side by side, of which
    `chosen` is outlined.
    """

    name: str
    values: np.ndarray
    rows: tuple[str, ...] = ()
    cols: tuple[str, ...] = ()
    scale: float = 1.0
    kind: Literal["signed", "weights", "mask"] = "signed"
    before: str = ""
    hidden: np.ndarray | None = None
    blocks: int = 1
    chosen: int | None = None


@dataclass(frozen=True)
class _Place:
    """Pixels, from the top left of the figure: where the cells of a panel lie, and how its labels are
    written.

    labels: the room for tokens at the left of the cells, 0 where none are written;  above: that for tokens
    over them.
    """

    left: float
    top: float
    width: float
    height: float
    labels: float
    above: float
    angle: int
    row_size: int
    col_size: int
    zoom: float = 1.0

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    def enlarged(self, zoom: float) -> _Place:
        """The same place on a larger figure."""
        lengths = {
            name: getattr(self, name) * zoom for name in ("left", "top", "width", "height", "labels", "above")
        }
        return replace(
            self, **lengths, row_size=int(self.row_size * zoom), col_size=int(self.col_size * zoom), zoom=zoom
        )


def largest(*arrays: np.ndarray) -> float:
    """A scale that holds all of them: the largest absolute value that is finite, rounded up to three
    digits.
    """
    value = max((float(np.abs(array[np.isfinite(array)]).max(initial=0.0)) for array in arrays), default=0.0)
    if value == 0:
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 2)
    return math.ceil(round(value / unit, 6)) * unit


def panels_figure(lines: tuple[tuple[Panel, ...], ...], theme: Theme, max_width: int = 800) -> go.Figure:
    """Lines of panels below each other, `max_width` wide: show it with width="content", theme=None and
    `PLOTLY_CONFIG`.
    """
    zoom = min(1.4, max(1.0, max_width / 1100))  # on a large screen everything grows
    places, height = _layout(lines, max_width / zoom)
    places, height = [[place.enlarged(zoom) for place in row] for row in places], math.ceil(height * zoom)
    traces, axes, outlines, words = [], {}, [], []
    flat = [pair for line, row in zip(lines, places, strict=True) for pair in zip(line, row, strict=True)]
    for number, (panel, place) in enumerate(flat, 1):
        at = "" if number == 1 else str(number)
        traces += _traces(panel, place, theme, at)
        axes |= _axes(panel, place, theme, at, max_width, height)
        outlines += _blocks(panel, theme, at)
        words += _words(panel, place, theme, max_width, height)
    layout = {
        **frame(theme, max_width, height, {"l": 0, "r": 0, "t": 0, "b": 0}, round(15 * zoom)),
        "plot_bgcolor": theme.grid,
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": False,
        "shapes": outlines,
        "annotations": words,
    }
    return go.Figure(traces, layout | axes)


# ----------------------------------------------------------------------------------------------------- layout


def _layout(lines, max_width: float) -> tuple[list[list[_Place]], float]:
    """Where each panel lies, and the height of the figure. What is no row of a token stands in the middle of
    its line.
    """
    tallest = {1: 26.0, 2: 23.0}.get(len(lines), 18.0)
    heights = [[_height(panel, tallest) for panel in line] for line in lines]
    sizes = [
        [max(9, min(16, int(0.8 * h / len(panel.values)))) for panel, h in zip(*pair, strict=True)]
        for pair in zip(lines, heights, strict=True)
    ]
    named = [
        [bool(panel.rows) and (k == 0 or panel.rows != line[0].rows) for k, panel in enumerate(line)]
        for line in lines
    ]
    lefts = [
        [_label_width(panel, size) if on else 4 for panel, size, on in zip(*triple, strict=True)]
        for triple in zip(lines, sizes, named, strict=True)
    ]
    edge = max(left[0] for left in lefts)  # lines that look alike stand exactly below each other
    places = []
    y = 0.0
    shares = [_share(line, [edge, *left[1:]], max_width) for line, left in zip(lines, lefts, strict=True)]
    for line, high, small, on, left in zip(lines, heights, sizes, named, lefts, strict=True):
        share = min(each for other, each in zip(lines, shares, strict=True) if len(other) == len(line))
        widths = [max(24.0, _width(panel, len(line)) * share) for panel in line]
        over = [_col_labels(panel, width) for panel, width in zip(line, widths, strict=True)]
        top = y + NAME + max(above for _, above, _ in over)
        x = edge - left[0]
        row = []
        for k, panel in enumerate(line):
            x += _sign(panel, k) + left[k]
            down = 0.0 if panel.rows or panel.cols else (max(high) - high[k]) / 2
            angle, above, col_size = over[k]
            row.append(
                _Place(
                    x,
                    top + down,
                    widths[k],
                    high[k],
                    left[k] if on[k] else 0.0,
                    above,
                    angle,
                    small[k],
                    col_size,
                )
            )
            x += widths[k]
        places.append(row)
        y = top + max(high) + 20
    return places, y


def _share(line: tuple[Panel, ...], lefts: list[float], max_width: float) -> float:
    """How much of the width that its panels would like a line can give them."""
    taken = sum(lefts) + sum(_sign(panel, k) for k, panel in enumerate(line)) + 12
    return min(1.0, (max_width - taken) / sum(_width(panel, len(line)) for panel in line))


def _sign(panel: Panel, k: int) -> int:
    return SIGN if panel.before else 8 * (k > 0)


def _label_width(panel: Panel, size: int) -> float:
    return _widest(panel.rows) * EM * size + 12


def _height(panel: Panel, tallest: float) -> float:
    n = len(panel.values)
    if not panel.rows and n > 1:
        return float(
            min(130, max(24, 5 * n))
        )  # the dimensions of a vector, or the rows of a matrix of weights
    return n * max(10.0, min(tallest, 340 / n))


def _width(panel: Panel, n_panels: int) -> float:
    """The width a panel would like to have beside others of its line."""
    n = panel.values.shape[1]
    return (
        n * min(56.0, max(14.0, 700 / n))
        if panel.cols
        else min(max(360.0, 720 / n_panels), max(120.0, 5.0 * n))
    )


def _widest(tokens: tuple[str, ...]) -> int:
    return max((text_width(visible_token(token, LABEL_LIMIT)) for token in tokens), default=0)


def _col_labels(panel: Panel, width: float) -> tuple[int, float, int]:
    """Angle, room above the panel and size of the tokens over the columns."""
    if not panel.cols:
        return 0, 0.0, 12
    cell = width / len(panel.cols)
    size = 15 if cell >= 24 else max(9, min(14, int(cell) - 1))
    label = _widest(panel.cols) * EM * size
    angle = 0 if label <= cell - 4 else -45 if cell >= 24 else -90
    return angle, {0: 1.3 * size, -45: 0.71 * label + size, -90: label}[angle] + 6, size


# ---------------------------------------------------------------------------------------------------- drawing


def _traces(panel: Panel, place: _Place, theme: Theme, at: str) -> list[go.Heatmap | go.Scatter]:
    """The cells, those that a mask has taken out, and the numbers in them where they can be read."""
    n_rows, n_cols = panel.values.shape
    gap = 1 if min(place.width / n_cols, place.height / n_rows) >= 6 else 0
    values = np.asarray(panel.values, dtype=np.float32)
    axes = {"xaxis": f"x{at}", "yaxis": f"y{at}", "name": panel.name}
    common = axes | {
        "x": list(range(n_cols)),
        "y": list(range(n_rows)),
        "xgap": gap,
        "ygap": gap,
        "showscale": False,
        "hoverongaps": False,
    }
    where = f"{'%{y}' if panel.rows else 'row %{y}'}, {'%{x}' if panel.cols else 'dimension %{x}'}<br>"
    if panel.kind == "mask":
        said = np.where(panel.values, "0: may be seen", "−∞: may not be seen")
        hover, scale = f"{where}%{{customdata}}<extra></extra>", [[0, theme.muted], [1, theme.background]]
        cells = [
            go.Heatmap(
                z=values, zmin=0, zmax=1, colorscale=scale, customdata=said, hovertemplate=hover, **common
            )
        ]
    else:
        signed = panel.kind == "signed"
        shown = values if panel.hidden is None else np.where(panel.hidden, np.float32(np.nan), values)
        scale = [list(stop) for stop in (diverging(theme) if signed else sequential(theme))]
        hover = f"{where}{escape_plotly(panel.name)} %{{z:{EXACT}}}<extra></extra>"
        low = -panel.scale if signed else 0.0
        cells = [
            go.Heatmap(z=shown, zmin=low, zmax=panel.scale, colorscale=scale, hovertemplate=hover, **common)
        ]
        if panel.hidden is not None and panel.hidden.any():
            masked = np.where(panel.hidden, np.float32(0), np.float32(np.nan))
            scale, hover = [[0, theme.muted], [1, theme.muted]], f"{where}masked: −∞<extra></extra>"
            cells.append(
                go.Heatmap(z=masked, zmin=0, zmax=1, colorscale=scale, hovertemplate=hover, **common)
            )
    return [*cells, *_numbers(panel, place, theme, axes)]


def _numbers(panel: Panel, place: _Place, theme: Theme, axes: dict) -> list[go.Scatter]:
    """The number of each cell in black or white, whichever is read more easily on its colour; none where
    there is no room for them.
    """
    n_rows, n_cols = panel.values.shape
    cell_w, cell_h = place.width / n_cols, place.height / n_rows
    if not panel.cols or cell_w < 20 or cell_h < 14:
        return []
    written = [_cell(panel, i, j, theme) for i in range(n_rows) for j in range(n_cols)]
    longest = max(len(text) for text, _ in written)
    size = int(min(15 * place.zoom, 0.62 * cell_h, (cell_w - 4) / (0.56 * longest)))
    if size < 10:
        return []
    font = {"size": size, "color": [ink(color) for _, color in written]}
    x, y = (
        [j for _ in range(n_rows) for j in range(n_cols)],
        [i for i in range(n_rows) for _ in range(n_cols)],
    )
    return [
        go.Scatter(
            x=x, y=y, mode="text", text=[text for text, _ in written], textfont=font, hoverinfo="skip", **axes
        )
    ]


def _cell(panel: Panel, i: int, j: int, theme: Theme) -> tuple[str, str]:
    """What is written into a cell, and the colour of the cell."""
    value = panel.values[i, j]
    if panel.kind == "mask":
        return ("0", theme.background) if value else ("−∞", theme.muted)
    if panel.hidden is not None and panel.hidden[i, j]:
        return "−∞", theme.muted
    if panel.kind == "signed":
        return cell_number(value), difference_color(theme, value, panel.scale)
    return cell_weight(value), weight_color(theme, value, panel.scale)


def cell_number(value: float) -> str:
    """Three significant digits, but no more than three decimals: a cell has little room."""
    return short(value) if abs(value) >= 0.1 or value == 0 else f"{value:.3f}".replace("-", "−")


def cell_weight(value: float) -> str:
    """Three decimals, so that the numbers of a row can be compared at a glance; 0 only where the weight
    is 0.
    """
    return "0" if value == 0 else f"{value:.3f}"


def _axes(panel: Panel, place: _Place, theme: Theme, at: str, width: int, height: int) -> dict:
    n_rows, n_cols = panel.values.shape
    axis = {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "tickmode": "array",
        "ticklabelstandoff": 4,
    }
    x = {**axis, "domain": [place.left / width, min(1.0, (place.left + place.width) / width)],
         "anchor": f"y{at}", "side": "top",
         "range": [-0.5, n_cols - 0.5]}  # fmt: skip
    y = {
        **axis,
        "domain": [1 - (place.top + place.height) / height, 1 - place.top / height],
        "anchor": f"x{at}",
        "range": [n_rows - 0.5, -0.5],
    }
    x |= _ticks(panel.cols, bool(panel.cols), place.col_size, theme, place.width) | {"tickangle": place.angle}
    y |= _ticks(panel.rows, place.labels > 0, place.row_size, theme, place.height)
    return {f"xaxis{at}": x, f"yaxis{at}": y}


def _ticks(tokens: tuple[str, ...], shown: bool, size: int, theme: Theme, room: float) -> dict:
    """All tokens as ticks, so that the hover can name them; where they are not shown, in no colour."""
    if not tokens:
        return {"showticklabels": False}
    every = max(1, math.ceil(9.5 * len(tokens) / room)) if shown else 1
    ends = (0, len(tokens) - 1)
    labels = [
        tick_label(token, token in SPECIAL_TOKENS and i in ends, theme, LABEL_LIMIT)
        for i, token in enumerate(tokens)
    ]
    return {
        "tickvals": list(range(0, len(tokens), every)),
        "ticktext": labels[::every],
        "showticklabels": shown,
        "tickfont": {"family": MONO, "size": size},
    }


def _blocks(panel: Panel, theme: Theme, at: str) -> list[dict]:
    """Lines between the parts of a panel, and the outline of the chosen one."""
    n_rows, n_cols = panel.values.shape
    each = n_cols / panel.blocks
    place = {"xref": f"x{at}", "yref": f"y{at}", "y0": -0.5, "y1": n_rows - 0.5}
    shapes = [
        {
            "type": "line",
            "x0": k * each - 0.5,
            "x1": k * each - 0.5,
            "line": {"color": theme.text, "width": 1},
            **place,
        }
        for k in range(1, panel.blocks)
    ]
    if panel.chosen is not None:
        box = {"x0": panel.chosen * each - 0.5, "x1": (panel.chosen + 1) * each - 0.5}
        shapes.append({"type": "rect", **box, "line": {"color": theme.accent, "width": 4}, **place})
    return shapes


def _words(panel: Panel, place: _Place, theme: Theme, width: int, height: int) -> list[dict]:
    """The name of a panel, its shape and scale, and the sign before it."""
    n_rows, n_cols = panel.values.shape
    over, zoom = place.top - place.above, place.zoom
    note = {"showarrow": False, "xref": "paper", "yref": "paper"}
    left = note | {
        "x": place.left / width,
        "xanchor": "left",
        "xshift": -2,
        "yanchor": "bottom",
        "align": "left",
    }
    scale = {"signed": f"±{short(panel.scale)}", "weights": f"0 … {short(panel.scale)}", "mask": "0 or −∞"}[
        panel.kind
    ]
    name = re.sub(r"_(\w)", r"<sub>\1</sub>", escape_plotly(panel.name))
    small = {"size": round(13 * zoom), "color": theme.muted}
    words = [
        {
            "text": f"<b>{name}</b>",
            "y": 1 - (over - 20 * zoom) / height,
            "font": {"size": round(16 * zoom)},
            **left,
        },
        {"text": f"{n_rows} × {n_cols}, {scale}", "y": 1 - (over - 2) / height, "font": small, **left},
    ]
    if panel.before:
        x = (place.left - (place.labels or 4) - SIGN * zoom / 2) / width
        middle = {"x": x, "xanchor": "center", "y": 1 - place.middle / height, "yanchor": "middle"}
        words.append({"text": panel.before, "font": {"size": round(26 * zoom)}, **middle, **note})
    return words
