"""A few rows of text and numbers as an HTML table for `st.html` that escapes all it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from explorer.views.escaping import escape
from explorer.views.text import visible_line
from explorer.views.theme import Theme


class Column(NamedTuple):
    """help: what is said when its name is pointed at;  number: aligned on the right, in figures of one
    width.
    """

    name: str
    help: str = ""
    number: bool = False


class Cell(NamedTuple):
    """title: what is said when it is pointed at, such as the exact number."""

    text: str
    title: str = ""


def plain_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    theme: Theme,
    chosen: int | None = None,
    name: str = "",
) -> str:
    """Rows of cells in step with `columns`; row `chosen` is marked by a star and in bold. name: said
    aloud.
    """
    head = "".join(
        f'<th scope="col" title="{escape(column.help)}" '
        f'style="{_style(column, theme)};font-weight:600;color:{theme.muted}">'
        f"{escape(visible_line(column.name))}</th>"
        for column in columns
    )
    body = "".join(_row(columns, row, theme, number == chosen) for number, row in enumerate(rows))
    return (
        f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="{escape(name)}">'
        "<table "
        f'style="border-collapse:collapse;width:100%;color:{theme.text};font-size:15px;line-height:1.4">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(columns: Sequence[Column], row: Sequence[Cell], theme: Theme, chosen: bool) -> str:
    cells = "".join(
        f'<td title="{escape(visible_line(cell.title))}" style="{_style(column, theme)}">'
        f"{'★ ' if chosen and not number else ''}{escape(visible_line(cell.text))}</td>"
        for number, (column, cell) in enumerate(zip(columns, row, strict=True))
    )
    return f'<tr style="font-weight:{600 if chosen else 400}">{cells}</tr>'


def _style(column: Column, theme: Theme) -> str:
    where = (
        "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
        if column.number
        else "text-align:left"
    )
    return f"padding:4px 12px 4px 0;border-bottom:1px solid {theme.grid};vertical-align:top;{where}"
