"""Rows of numbers drawn as strips of coloured cells."""

from __future__ import annotations

from explorer.components import component

COMPONENT = component("strips")


def strips(data: dict, key: str) -> None:
    """Draw the rows that `explorer.views.attention.head_inside` made. Pointing at a cell, or moving to it
    with the arrow keys, shows its number.
    """
    COMPONENT.mount(key=key, data=data)
