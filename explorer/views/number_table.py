"""What are the numbers of a picture? A matrix as an HTML table for `st.html`, each cell in the colour of its weight."""

from __future__ import annotations

from explorer.results import MatrixView
from explorer.views.captions import description
from explorer.views.grid import AXIS_TITLES
from explorer.views.theme import MONO, Colormap, Theme, escape, exact, ink, visible_text, visible_token, weight_color

DECIMALS = 3


def number_table(view: MatrixView, theme: Theme, vmax: float = 1.0, colormap: Colormap = "cividis", max_height: int = 560) -> str:
    """Rows attend, columns are attended to, the last column is the sum of the row; the exact weight is shown on hover.

    It scrolls inside itself where it is wider than the page or taller than `max_height` pixels. Raises ValueError for a difference.
    """
    if view.signed:
        raise ValueError("A table shows weights, not differences: draw a difference with difference_heatmap.")
    cell = "padding:4px 8px;white-space:nowrap"
    stay = f"position:sticky;background:{theme.background};z-index:1"
    head = "".join(
        _header(label, special, theme, f"{cell};{stay};top:0;text-align:left")
        for label, special in zip(view.col_labels, view.col_special, strict=True)
    )
    attended, attending = AXIS_TITLES[view.kind]
    corner = f'<th style="{cell};{stay};top:0;left:0;z-index:2;color:{theme.muted};font-weight:400">{escape(attending.split(":")[0])} ↓ '
    corner += f"{escape(attended.split(':')[0])} →</th>"
    total = f'<th style="{cell};{stay};top:0;color:{theme.muted};font-weight:400">sum</th>'
    body = "".join(
        f"<tr>{_header(label, special, theme, f'{cell};{stay};left:0;text-align:right')}"
        + "".join(_cell(weight, theme, vmax, colormap, cell) for weight in row)
        + f'<td style="{cell};color:{theme.muted}">{_decimal(row.sum())}</td></tr>'
        for label, special, row in zip(view.row_labels, view.row_special, view.weights, strict=True)
    )
    return (
        f'<div style="overflow:auto;max-height:{max_height}px" tabindex="0" role="region" aria-label="{escape(description(view))}">'
        f'<table style="border-collapse:collapse;font:14px/1.4 {escape(MONO)};color:{theme.text}">'
        f"<thead><tr>{corner}{head}{total}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _header(label: str, special: bool, theme: Theme, style: str) -> str:
    color = theme.muted if special else theme.text
    return f'<th style="{style};color:{color};font-weight:400" title="{escape(visible_text(label))}">{escape(visible_token(label))}</th>'


def _cell(weight, theme: Theme, vmax: float, colormap: Colormap, style: str) -> str:
    color = weight_color(theme, weight, vmax, colormap)
    dim = ";opacity:0.6" if weight < 0.5 * 10**-DECIMALS else ""
    return f'<td style="{style};background:{color};color:{ink(color)}{dim}" title="{exact(weight)}">{_decimal(weight)}</td>'


def _decimal(weight) -> str:
    """So many decimals that all stand below each other: 0.041, and what is smaller than half of the last one as <0.001."""
    return f"{weight:.{DECIMALS}f}" if weight == 0 or weight >= 0.5 * 10**-DECIMALS else f"<{10**-DECIMALS:.{DECIMALS}f}"
