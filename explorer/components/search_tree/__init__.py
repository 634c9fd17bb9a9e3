"""A search as a tree that grows; `data` comes from `explorer.views.search.tree.tree_data`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_FILES = Path(__file__).parent / "search_tree"
_mount = st.components.v2.component(
    "attention_explorer.search_tree",
    html='<div class="search-tree"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def search_tree(data: dict, key: str, on_pick: Callable[[object], None]) -> None:
    """Draw the tree. `on_pick` is called before the next run with the id of the node that was clicked: what
    the browser says, unchecked.
    """
    _mount(key=key, data=data, on_picked_change=lambda: on_pick(st.session_state[key].picked))
