"""A matrix as an HTML table of numbers, each cell in the colour of its weight."""

from __future__ import annotations

from explorer.results import MatrixView
from explorer.views.attention.captions import description
from explorer.views.escaping import escape
from explorer.views.numbers import exact
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import MONO, Colormap, Theme, ink, weight_color

LEAST = 0.0005  # rounds to .001; what is less is a dot, so that the eye finds the rest
CELL = "padding:4px 5px;white-space:nowrap"


def number_table(
    view: MatrixView, theme: Theme, vmax: float = 1.0, colormap: Colormap = "cividis", max_height: int = 560
) -> str:
    """Rows attend, columns are attended to, the last column is the sum of the row; three decimals, the exact
    weight on hover.

    It scrolls inside itself where it is wider than the page or taller than `max_height` pixels. Raises
    ValueError for a difference.
    """
    if view.signed:
        raise ValueError("A table shows weights, not differences: draw a difference as a heatmap.")
    attended, attending = view.cols.title, view.rows.name
    caption = f"rows: {attending} · columns: {attended} · a dot is less than {LEAST:g}"
    stay = f"{CELL};position:sticky;background:{theme.background};z-index:1;font-weight:400"
    head = f'<th style="{stay};top:0;left:0;z-index:2"></th>'
    for label, special in zip(view.cols.tokens, view.cols.special, strict=True):
        head += _header(label, special, theme, f"{stay};top:0")
    head += f'<th style="{stay};top:0;color:{theme.muted}">sum</th>'
    body = ""
    for label, special, row in zip(view.rows.tokens, view.rows.special, view.weights, strict=True):
        cells = "".join(_cell(weight, theme, vmax, colormap) for weight in row)
        total = f'<td style="{CELL};color:{theme.muted}">{_decimal(row.sum())}</td>'
        body += f"<tr>{_header(label, special, theme, f'{stay};left:0')}{cells}{total}</tr>"
    return (
        f'<div style="overflow:auto;max-height:{max_height}px" tabindex="0" role="region" '
        f'aria-label="{escape(description(view))}">'
        '<table style="border-collapse:collapse;text-align:right;font:13px/1.5 '
        f'{escape(MONO)};color:{theme.text}">'
        f'<caption style="text-align:left;color:{theme.muted};font-size:13px">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _header(label: str, special: bool, theme: Theme, style: str) -> str:
    color = theme.muted if special else theme.text
    return (
        f'<th style="{style};color:{color}" '
        f'title="{escape(visible_text(label))}">{escape(visible_token(label))}</th>'
    )


def _cell(weight, theme: Theme, vmax: float, colormap: Colormap) -> str:
    color = weight_color(theme, weight, vmax, colormap)
    return (
        f'<td style="{CELL};background:{color};color:{ink(color)}" '
        f'title="{exact(weight)}">{_decimal(weight)}</td>'
    )


def _decimal(weight) -> str:
    """.041: three decimals, without the 0 that nearly all begin with, so that a sentence fits; 0 stays 0."""
    if weight == 0:
        return "0"
    return f"{weight:.3f}".removeprefix("0") if weight >= LEAST else "·"
