"""Attention step by step beside the curves of a training; `data` comes from
`explorer.views.training.over_training.film_data`.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.components import SHAPES

_FILES = Path(__file__).parent / "over_training"
_mount = st.components.v2.component(
    "attention_explorer.over_training",
    html='<div class="over-training"></div>',
    css=_FILES.with_suffix(".css").read_text(encoding="utf-8"),
    js=SHAPES + _FILES.with_suffix(".js").read_text(encoding="utf-8"),
)


def over_training(data: dict, key: str) -> None:
    """Draw the film. All frames are in `data`: sliding, playing and picking a head ask nobody, and outlive a
    rerun.
    """
    _mount(key=key, data=data)
