"""Every head as a small picture to click on."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.components import component

COMPONENT = component("head_grid")


def head_grid(data: dict, key: str, on_pick: Callable[[object], None]) -> None:
    """Draw what `explorer.views.heads.grid.grid_data` made. `on_pick` is called before the next run with the
    selection that the browser sent, [[layer, head], …], unchecked.
    """
    COMPONENT.mount(key=key, data=data, on_heads_change=lambda: on_pick(st.session_state[key].heads))
