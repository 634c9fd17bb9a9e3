"""How do matrices make a matrix? Several of them in one figure, with the signs of the formula between."""

from __future__ import annotations

import math
import re

import numpy as np
import plotly.graph_objects as go

from explorer.results import SPECIAL_TOKENS
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import short
from explorer.views.panel_layout import LABEL_LIMIT, SIGN, Panel, Place, layout_of
from explorer.views.plotly_frame import frame, tick_label
from explorer.views.theme import MONO, Theme, difference_color, diverging, ink, sequential, weight_color

EXACT = ".9~g"  # enough digits to read the same float32 back


def panels_figure(lines: tuple[tuple[Panel, ...], ...], theme: Theme, max_width: int = 800) -> go.Figure:
    """Lines of panels below each other, `max_width` wide: show it with width="content", theme=None and
    `PLOTLY_CONFIG`.
    """
    zoom = min(1.4, max(1.0, max_width / 1100))  # on a large screen everything grows
    places, height = layout_of(lines, max_width / zoom)
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


def _traces(panel: Panel, place: Place, theme: Theme, at: str) -> list[go.Heatmap | go.Scatter]:
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


def _numbers(panel: Panel, place: Place, theme: Theme, axes: dict) -> list[go.Scatter]:
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


def _axes(panel: Panel, place: Place, theme: Theme, at: str, width: int, height: int) -> dict:
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


def _words(panel: Panel, place: Place, theme: Theme, width: int, height: int) -> list[dict]:
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
