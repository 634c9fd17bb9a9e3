"""Rows of numbers as strips of coloured cells; `data` comes from `explorer.views.attention.head_inside`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FILES = Path(__file__).parent / "strips"
_mount = st.components.v2.component(
    "attention_explorer.strips",
    html='<div class="strips"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def strips(data: dict, key: str) -> None:
    """Draw the rows; pointing at a cell or stepping with the arrow keys reads its number out."""
    _mount(key=key, data=data)
