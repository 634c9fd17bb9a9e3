"""Merges of byte-pair encoding, one at a time; `data` comes from `explorer.views.subwords.merge_stepper`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_FILES = Path(__file__).parent / "merge_stepper"
_mount = st.components.v2.component(
    "attention_explorer.merge_stepper",
    html='<div class="merge-stepper"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=_FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def merge_stepper(data: dict, key: str, on_step: Callable[[object], None]) -> None:
    """Draw the steps that are at hand and ask for others: `on_step` is called before the next run with the
    step that the browser shows or waits for, as it says, unchecked."""
    _mount(key=key, data=data, on_step_change=lambda: on_step(st.session_state[key].step))
