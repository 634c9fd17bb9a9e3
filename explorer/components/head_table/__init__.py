"""Every head as a row that can be sorted and picked; `data` comes from
`explorer.views.heads.role_table.table_data`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_FILES = Path(__file__).parent / "head_table"
_mount = st.components.v2.component(
    "attention_explorer.head_table",
    html='<div class="head-table"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def head_table(
    data: dict, key: str, on_pick: Callable[[object], None], on_open: Callable[[object], None]
) -> None:
    """Draw the table. `on_pick` is called before the next run with the row that was clicked, `on_open` with
    the name that was: what the browser says, [kind, layer, head], unchecked."""
    _mount(
        key=key,
        data=data,
        on_picked_change=lambda: on_pick(st.session_state[key].picked),
        on_opened_change=lambda: on_open(st.session_state[key].opened),
    )
