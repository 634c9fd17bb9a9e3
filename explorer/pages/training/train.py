"""How does a model learn where to look? The page "Train"."""

from __future__ import annotations

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning, explain
from explorer.pages.navigation import leave
from explorer.pages.training.compare import compare
from explorer.pages.training.form import new_run
from explorer.pages.training.state import PART, PARTS, take_pending
from explorer.pages.training.sweep import sweep
from explorer.pages.training.watch import watch

TITLE = "How does a model learn where to look?"
LEAD = (
    "Pick data and a model, press Start, and watch the loss fall while attention sharpens. You may close "
    "the tab: the run goes on."
)

MEANING = Meaning(
    "A model learns by guessing the next word of translations that are known, and by moving each weight a "
    "little in the direction in which the loss falls. Nobody tells it where to look: attention is among "
    "the weights, and it sharpens because looking at the right word makes the guess better. What counts "
    "is the loss on sentences that it does not learn from: when that rises while the other falls, the "
    "model is memorising.",
    r"\mathcal{L} = -\frac{1}{T} \sum_{t=1}^{T} \log p(y_t \mid y_{<t}, x), \qquad "
    r"\theta \leftarrow \theta - \eta_s \, \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
    "T target tokens of the batch · η_s the learning rate at step s · m̂ and v̂ running means of the "
    "gradient and of its square",
    "AdamW: Loshchilov & Hutter 2019; warm-up and label smoothing for transformers: Vaswani et al. 2017, "
    "sections 5.3 and 5.4",
)


def run() -> None:
    """Draw the page."""
    leave()
    take_pending()
    width = screen.opening(TITLE, LEAD)
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default="new",
        format_func=PARTS.get,
        key=PART,
        bind="query-params",
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    match part:
        case "watch":
            watch(width)
        case "compare":
            compare(width)
        case "sweep":
            sweep()
        case _:
            new_run()
    explain(MEANING)
