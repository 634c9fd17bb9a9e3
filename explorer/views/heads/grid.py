"""What do all heads look at? Every layer and head as a small picture: data for the component `head_grid`."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from explorer.results import AttentionMap, names_of
from explorer.views.attention.grid import read_along
from explorer.views.numbers import short
from explorer.views.theme import Colormap, Theme, line_style, rgb, weight_color

MAX_SIDE = 128  # cells of a small picture; of more, blocks of cells are shown by their largest weight
Head = tuple[int, int]  # (layer, head)


class Selection(NamedTuple):
    """The heads that are framed; overlaid: each in the colour that `overlay_data` gives its lines."""

    heads: Sequence[Head] = ()
    overlaid: bool = False


NO_SELECTION = Selection()


def grid_data(
    attention_map: AttentionMap,
    weights: np.ndarray,
    theme: Theme,
    selection: Selection = NO_SELECTION,
    vmax: float = 1.0,
    colormap: Colormap = "cividis",
) -> dict:
    """JSON-ready data for `explorer.components.head_grid`.

    attention_map: what is shown, for the names of its kind and sides;  weights: [layers, heads, rows, cols],
    as they are read. They are sent as one byte a cell, so a colour may be off by half of
    1/255 of `vmax`; the exact numbers are in the large picture.
    """
    n_layers, n_heads = weights.shape[:2]
    small = pooled(weights)
    block = math.ceil(max(weights.shape[2:]) / MAX_SIDE)
    cells = np.clip(np.rint(small * (255 / vmax)), 0, 255).astype(np.uint8)
    palette = bytes(
        channel for step in range(256) for channel in rgb(weight_color(theme, step / 255, 1.0, colormap))
    )
    return {
        "shape": [n_layers, n_heads, *cells.shape[2:]],
        "cells": base64.b64encode(cells.tobytes()).decode("ascii"),
        "palette": base64.b64encode(palette).decode("ascii"),
        "selected": [
            {"layer": layer, "head": head}
            | (_frame(*line_style(theme, number)) if selection.overlaid else _frame(theme.accent))
            for number, (layer, head) in enumerate(selection.heads)
        ],
        "tile": max(
            64, min(176, 330 // n_layers - 30)
        ),  # pixels: with few layers as large as leaves room for the large picture
        "legend": {"label": "weight", "low": "0", "high": short(vmax)},
        "axes": read_along(attention_map.query, attention_map.key),
        "note": f"Each cell is the largest weight of {block} × {block} tokens." if block > 1 else "",
        "description": f"{names_of(attention_map.kind).name}: {n_layers * n_heads} heads, a small picture "
        "of each",
        "colors": {"accent": theme.accent, "muted": theme.muted},
    }


def _frame(color: str, dashes: tuple[float, ...] = ()) -> dict:
    """The frame of a selected head, as near to its line as a frame can be."""
    return {"color": color, "line": "solid" if not dashes else "dotted" if dashes[0] < 4 else "dashed"}


def pooled(weights: np.ndarray) -> np.ndarray:
    """[layers, heads, rows, cols] with at most `MAX_SIDE` rows and columns: square blocks of cells by their
    largest weight.
    """
    block = math.ceil(max(weights.shape[2:]) / MAX_SIDE)
    if block <= 1:
        return weights
    for axis in (2, 3):
        weights = np.maximum.reduceat(weights, np.arange(0, weights.shape[axis], block), axis=axis)
    return weights
