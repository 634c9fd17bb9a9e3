"""A picture of shapes as vectors in the page; `data` comes from `explorer.views.scene.scene_data`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.components import SHAPES

_FILES = Path(__file__).parent / "drawing"
_mount = st.components.v2.component(
    "attention_explorer.drawing",
    html='<div class="drawing"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=SHAPES + _FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def drawing(data: dict, key: str) -> None:
    """Draw the scene. Pointing at a word, a shape with data-word, dims the lines whose data-words do not name
    it.
    """
    _mount(key=key, data=data)
