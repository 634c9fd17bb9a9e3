"""A search drawn as a growing tree."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.components import component

COMPONENT = component("search_tree", shared=("dom", "player"))


def search_tree(data: dict, key: str, on_pick: Callable[[object], None]) -> None:
    """Draw what `explorer.views.search.tree.tree_data` made. `on_pick` is called before the next run with the
    id of the node that was clicked, unchecked.
    """
    COMPONENT.mount(key=key, data=data, on_picked_change=lambda: on_pick(st.session_state[key].picked))
