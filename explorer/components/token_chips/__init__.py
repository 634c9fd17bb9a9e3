"""A sentence drawn as a row of token chips."""

from __future__ import annotations

from explorer.components import component

COMPONENT = component("token_chips")


def token_chips(data: dict, key: str) -> int | None:
    """Draw the chips that `explorer.views.attention.tokens` made; returns the index of a token for one run
    after it was clicked, else None.
    """
    return COMPONENT.mount(key=key, data=data, on_token_change=lambda: None).token
