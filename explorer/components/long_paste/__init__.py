"""Catch a long text as it is pasted, before a text box has to lay it out; shows nothing itself."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.components import component

COMPONENT = component("long_paste", shared=())


def long_paste(label: str, limit: int, key: str, on_paste: Callable[[object], None]) -> None:
    """Watch the text area with this label: a paste of more than `limit` characters goes to `on_paste` before
    the next run, with the text around it, and the box stays as it is. A browser takes a minute to show 5 MB
    in a box, and sends them with every click.
    """
    COMPONENT.mount(
        key=key,
        data={"label": label, "limit": limit},
        height=1,
        on_text_change=lambda: on_paste(st.session_state[key].text),
    )
