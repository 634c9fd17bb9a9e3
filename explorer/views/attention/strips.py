"""Rows of numbers as strips of coloured cells: the columns and cells that `strips` draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from explorer.results import SPECIAL_TOKENS
from explorer.views.numbers import exact, exact_number, short
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import Theme, difference_color

FIGURE_SPACE, POINT_SPACE = "\u2007", "\u2008"  # as wide as a digit, as wide as a point
N_STOPS = 129  # steps of the colour map that the browser is sent

WEIGHT = {"id": "weight", "kind": "bar", "title": "weight", "note": "0 … 1"}


class Units(NamedTuple):
    """The numbers of the units that a strip shows; strips of one group mark the same unit together."""

    group: str
    shown: np.ndarray


class Scale(NamedTuple):
    """The number that has the strongest colour; clipped: some lie beyond it."""

    most: float
    clipped: bool = False

    @property
    def note(self) -> str:
        return f"±{short(self.most)}{' and beyond' if self.clipped else ''}"


class StripTable(NamedTuple):
    """Columns of `token_column`, `strip_column` and others, and lines of cells by the id of their column."""

    columns: list[dict]
    rows: list[dict]
    footer: list[dict]
    header: Sequence[dict] = ()


def token_column(title: str) -> dict:
    return {"id": "token", "kind": "token", "title": title, "note": ""}


def strip_column(
    name: str,
    title: str,
    scale: Scale,
    units: Units,
    say: str,
) -> dict:
    """`say` is read out for a cell, see strips.js."""
    look = {"id": name, "kind": "strip", "title": title, "note": scale.note, "scale": scale.most, "share": 1}
    return look | {"units": units.shown.tolist(), "group": units.group, "say": say}


def token_cell(token: str, index: int, n: int, tag: str = "") -> dict:
    special = token in SPECIAL_TOKENS and index in (0, n - 1)
    return {
        "token": {
            "label": visible_token(token, 14),
            "full": visible_text(token),
            "tag": tag,
            "special": special,
        }
    }


def named_cell(name: str) -> dict:
    """A row that stands for no token."""
    return {"token": {"label": name, "full": name, "plain": True}}


def strip_cell(values: np.ndarray) -> list[float]:
    return [exact_number(value) for value in np.asarray(values, dtype=np.float32)]


def number_cell(value: float) -> dict:
    if value == -np.inf:
        return {"text": "−∞", "exact": "masked: −∞", "faint": True}
    return {"text": short(value), "exact": exact(np.float32(value)), "faint": False}


def bar_cell(weight: float) -> dict:
    return {"share": min(1.0, float(weight)), "text": short(weight), "exact": exact(np.float32(weight))}


def _align(cells: list[dict]) -> None:
    """Pad the texts of a column, so that all decimal points stand below each other."""
    decimals = [len(cell["text"].partition(".")[2]) for cell in cells]
    for cell, n in zip(cells, decimals, strict=True):
        missing = FIGURE_SPACE * (max(decimals) - n)
        cell["text"] += missing if n else (POINT_SPACE + missing if missing else "")


def strips_data(table: StripTable, theme: Theme, description: str, hint: str) -> dict:
    """JSON-ready data for `explorer.components.strips`."""
    columns, rows, footer, header = table
    for column in columns:
        if column["kind"] in ("number", "bar"):
            _align([row[column["id"]] for row in (*rows, *footer) if column["id"] in row])
    middle = (N_STOPS - 1) / 2
    return {
        "columns": columns,
        "header": list(header),
        "rows": rows,
        "footer": footer,
        "stops": [difference_color(theme, (k - middle) / middle) for k in range(N_STOPS)],
        "colors": {"ground": theme.grid, "accent": theme.accent, "muted": theme.muted},
        "description": description,
        "hint": hint,
    }
