"""What all Plotly figures share: colours, type, margins, labels, and the settings of the page around them."""

from __future__ import annotations

from collections.abc import Iterable

import plotly.graph_objects as go

from explorer.views.escaping import escape_plotly
from explorer.views.text import visible_token
from explorer.views.theme import SANS, Theme

# for st.plotly_chart(config=…): no logo, no upload to a cloud, a camera that takes a sharp PNG
PLOTLY_CONFIG = {
    "displaylogo": False,
    "showSendToCloud": False,
    "typesetMath": False,
    "scrollZoom": False,
    "doubleClick": "reset",
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2, "filename": "attention"},
}

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


def tick_label(token: str, special: bool, theme: Theme, limit: int = 18) -> str:
    """A token as a Plotly tick: visible, escaped, dimmed when special."""
    text = escape_plotly(visible_token(token, limit))
    return f'<span style="color:{theme.muted}">{text}</span>' if special else text


def hover_style(theme: Theme) -> dict:
    """The label that Plotly shows at the pointer."""
    font = {"family": SANS, "size": 16, "color": theme.text}
    return {"bgcolor": theme.surface, "bordercolor": theme.muted, "font": font, "align": "left"}
