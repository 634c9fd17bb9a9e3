"""Every head as a small picture to click on; `data` comes from `explorer.views.heads.grid.grid_data`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_FILES = Path(__file__).parent / "head_grid"
_mount = st.components.v2.component(
    "attention_explorer.head_grid",
    html='<div class="head-grid"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def head_grid(data: dict, key: str, on_pick: Callable[[object], None]) -> None:
    """Draw the grid; `on_pick` is called before the next run with what the browser says is selected, [[layer,
    head], …], unchecked.
    """
    _mount(key=key, data=data, on_heads_change=lambda: on_pick(st.session_state[key].heads))
