"""A table of tokens with numbers beside them."""

from __future__ import annotations

from explorer.components import component

COMPONENT = component("token_table")


def token_table(data: dict, key: str) -> None:
    """Draw the table that `explorer.views.subwords.tables` made."""
    COMPONENT.mount(key=key, data=data)
