"""A table of heads whose rows can be sorted and picked."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.components import component

COMPONENT = component("head_table")


def head_table(
    data: dict, key: str, on_pick: Callable[[object], None], on_open: Callable[[object], None]
) -> None:
    """Draw what `explorer.views.heads.role_table.table_data` made. Before the next run, `on_pick` is called
    with the row that was clicked and `on_open` with the name that was, as the browser sent them: [kind,
    layer, head], unchecked.
    """
    COMPONENT.mount(
        key=key,
        data=data,
        on_picked_change=lambda: on_pick(st.session_state[key].picked),
        on_opened_change=lambda: on_open(st.session_state[key].opened),
    )
