"""What do all Plotly figures have in common? Their colours, type and margins, and titles over panels."""

from __future__ import annotations

from collections.abc import Iterable

import plotly.graph_objects as go

from explorer.views.theme import SANS, Theme, hover_style

# An annotation placed by fractions of the plot: from its left edge, and above the height given.
ON_PAPER = {"showarrow": False, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}


def frame(theme: Theme, width: float, height: float, margin: dict[str, int], font_size: int = 14) -> dict:
    """The layout that every figure begins with.

    width, height, margin ("l", "r", "t", "b"): pixels, and Plotly moves none of them to make room for labels.
    """
    return {
        "template": go.layout.Template(),
        "width": width,
        "height": height,
        "margin": {**margin, "autoexpand": False},
        "paper_bgcolor": theme.background,
        "plot_bgcolor": theme.background,
        "font": {"family": SANS, "size": font_size, "color": theme.text},
        "hoverlabel": hover_style(theme),
    }


def axis_suffix(number: int) -> str:
    """What Plotly adds to "x", "y", "xaxis" and "yaxis" for a panel, counted from 0: "", "2", "3", …"""
    return str(number + 1) if number else ""


def dash_style(dashes: Iterable[float]) -> str:
    """Dashes and gaps in pixels as Plotly has them, "solid" where there are none."""
    return ",".join(f"{part}px" for part in dashes) or "solid"
