"""A vector drawing of shapes."""

from __future__ import annotations

from explorer.components import component

COMPONENT = component("drawing")


def drawing(data: dict, key: str) -> None:
    """Draw what `explorer.views.scene.svg.scene_data` made. Pointing at a word, a shape with data-word, dims
    the lines whose data-words do not name it.
    """
    COMPONENT.mount(key=key, data=data)
