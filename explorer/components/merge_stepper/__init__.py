"""A stepper through the merges of byte-pair encoding."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer.components import component

COMPONENT = component("merge_stepper", shared=("dom", "player"))


def merge_stepper(data: dict, key: str, on_step: Callable[[object], None]) -> None:
    """Draw the steps that `explorer.views.subwords.merge_stepper` made and request others: `on_step` is
    called before the next run with the step that the browser shows or waits for, unchecked.
    """
    COMPONENT.mount(key=key, data=data, on_step_change=lambda: on_step(st.session_state[key].step))
