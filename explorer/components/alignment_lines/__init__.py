"""An alignment drawn as lines between two sentences."""

from __future__ import annotations

from explorer.components import component

COMPONENT = component("alignment_lines")


def alignment_lines(data: dict, key: str) -> dict | None:
    """Draw what `explorer.views.attention.alignment_lines` made; returns {"side": "left" | "right", "index":
    int} for one run after a token was clicked, else None.
    """
    return COMPONENT.mount(key=key, data=data, on_token_change=lambda: None).token
