"""A sentence as chips; `data` comes from `explorer.views.attention.tokens`."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FILES = Path(__file__).parent / "token_chips"
_mount = st.components.v2.component(
    "attention_explorer.token_chips",
    html='<div class="token-chips"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def token_chips(data: dict, key: str) -> int | None:
    """Draw the chips; returns the index of a token for one run after it was clicked, else None."""
    return _mount(key=key, data=data, on_token_change=lambda: None).token
