"""The alignment as lines between two sentences; `data` comes from
`explorer.views.attention.alignment_lines.lines_data`.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FILES = Path(__file__).parent / "alignment_lines"
_mount = st.components.v2.component(
    "attention_explorer.alignment_lines",
    html='<div class="alignment-lines"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def alignment_lines(data: dict, key: str) -> dict | None:
    """Draw the lines; returns {"side": "left" | "right", "index": int} for one run after a token was clicked,
    else None.
    """
    return _mount(key=key, data=data, on_token_change=lambda: None).token
