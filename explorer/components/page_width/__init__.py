"""How wide is the page? A part without a picture that reports the room there is, so that figures of fixed
size can use it.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

DEFAULT = 920  # pixels: the content of a window of 1280 with the sidebar open
_mount = st.components.v2.component(
    "attention_explorer.page_width",
    html="<div></div>",
    js=(Path(__file__).parent / "page_width.js").read_text(encoding="utf-8"),
)


def page_width(key: str = "page-width") -> int:
    """The width of the container this is called in, in pixels, rounded down to a multiple of 40; `DEFAULT`
    until the browser has said.

    On the next page the server has forgotten what the browser said and the browser does not say it again: the
    last width holds.
    """
    shown = st.session_state.get(f"{key}-shown", DEFAULT)
    width = _mount(key=key, data={"shown": shown}, height=1, on_width_change=lambda: None).width
    width = int(width) if isinstance(width, (int, float)) and 80 <= width <= 8000 else shown
    st.session_state[f"{key}-shown"] = width
    return width
