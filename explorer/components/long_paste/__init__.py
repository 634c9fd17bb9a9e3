"""How does a book get into a page? A part without a picture that takes a long text as it is pasted, before a
box lays it out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_mount = st.components.v2.component(
    "attention_explorer.long_paste",
    html="<div></div>",
    js=(Path(__file__).parent / "long_paste.js").read_text(encoding="utf-8"),
)


def long_paste(label: str, limit: int, key: str, on_paste: Callable[[object], None]) -> None:
    """Watch the text area with this label: what is pasted into it and has more than `limit` characters goes
    to `on_paste` before the next run, with what stands around it, and the box stays as it is. A browser needs
    a minute to show 5 MB in a box, and sends it at every click."""
    _mount(
        key=key,
        data={"label": label, "limit": limit},
        height=1,
        on_text_change=lambda: on_paste(st.session_state[key].text),
    )
