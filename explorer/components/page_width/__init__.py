"""Report the width of the page, for figures of a fixed size; shows nothing itself."""

from __future__ import annotations

import streamlit as st

from explorer.components import component

DEFAULT = 920  # pixels: the content of a window of 1280 with the sidebar open
COMPONENT = component("page_width", shared=())


def page_width(key: str = "page-width") -> int:
    """The width of the surrounding container in pixels, rounded down to a multiple of 40; `DEFAULT` until the
    browser has reported it. After a change of page the server has forgotten the width and the browser does
    not report it again, so the last one is kept.

    On the next page the server has forgotten what the browser said and the browser does not say it again: the
    last width holds.
    """
    shown = st.session_state.get(f"{key}-shown", DEFAULT)
    width = COMPONENT.mount(key=key, data={"shown": shown}, height=1, on_width_change=lambda: None).width
    width = int(width) if isinstance(width, (int, float)) and 80 <= width <= 8000 else shown
    st.session_state[f"{key}-shown"] = width
    return width
