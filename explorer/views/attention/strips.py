"""Rows of numbers as strips of coloured cells: the columns and cells that `strips` draws."""

from __future__ import annotations

import numpy as np

from explorer.results import SPECIAL_TOKENS
from explorer.views.numbers import exact, exact_number, short
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import Theme, difference_color

FIGURE_SPACE, POINT_SPACE = "\u2007", "\u2008"  # as wide as a digit, as wide as a point
N_STOPS = 129  # steps of the colour map that the browser is sent

WEIGHT = {"id": "weight", "kind": "bar", "title": "weight", "note": "0 … 1"}


def token_column(title: str) -> dict:
    return {"id": "token", "kind": "token", "title": title, "note": ""}


def strip_column(
    name: str,
    title: str,
    scale: float,
    units: np.ndarray,
    group: str,
    say: str,
    share: int = 1,
    clipped: bool = False,
) -> dict:
    """`say` is read out for a cell, see strips.js; strips of one `group` mark the same unit together;
    clipped: some lie beyond `scale`.
    """
    note = f"±{short(scale)}{' and beyond' if clipped else ''}"
    look = {"id": name, "kind": "strip", "title": title, "note": note, "scale": scale, "share": share}
    return look | {"units": units.tolist(), "group": group, "say": say}


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


def strips_data(theme: Theme, columns, header, rows, footer, description: str, hint: str) -> dict:
    for column in columns:
        if column["kind"] in ("number", "bar"):
            _align([row[column["id"]] for row in (*rows, *footer) if column["id"] in row])
    middle = (N_STOPS - 1) / 2
    return {
        "columns": columns,
        "header": header,
        "rows": rows,
        "footer": footer,
        "stops": [difference_color(theme, (k - middle) / middle) for k in range(N_STOPS)],
        "colors": {"ground": theme.grid, "accent": theme.accent, "muted": theme.muted},
        "description": description,
        "hint": hint,
    }
