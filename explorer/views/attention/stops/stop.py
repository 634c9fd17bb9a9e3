"""A stop of the tour: a figure and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.views.panel_layout import Panel


@dataclass(frozen=True)
class Stop:
    """One figure with what is said about it. text: fixed words and numbers; formula: LaTeX; lines: its
    panels, line by line.
    """

    title: str
    text: str
    formula: str
    lines: tuple[tuple[Panel, ...], ...]
