"""Rows of tokens with numbers beside them; `data` comes from `explorer.views.subwords.tables`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FILES = Path(__file__).parent / "token_table"
_mount = st.components.v2.component(
    "attention_explorer.token_table",
    html='<div class="token-table"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def token_table(data: dict, key: str) -> None:
    """Draw the table."""
    _mount(key=key, data=data)
