"""The section that shows one decoding step from the inside: scores, weights, context, likely next tokens."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.pages.attention.shown import Shown
    from explorer.results import AttentionDetail, AttentionMap, PassRecord


def step_through(shown: Shown, width: int) -> None:
    """One decoding step from the inside."""
    screen.section("Step through decoding", "step_box", _steps, shown, width)


@st.fragment
def _steps(shown: Shown, width: int) -> None:
    record = shown.record
    step = _pick_step(len(record.written.tokens))
    between = record.between
    if between is None:
        likeliest(record, step)
        return
    layer, head = _pick_head(between)
    try:
        place = (between.kind, layer, head)
        steps = passes.details(shown.info, shown.sentence, shown.target.value, place)
    except InputError as error:
        screen.notice(str(error))
        return
    _draw_step(record, steps, step, width - 48)


def _pick_step(n_steps: int) -> int:
    """The step to show, with a button on either side of it."""
    if st.session_state.get("step", 0) >= n_steps:
        st.session_state["step"] = 0
    left, middle, right = st.columns([1, 6, 1], vertical_alignment="bottom")
    left.button(
        "Back",
        key="step_back",
        on_click=_move,
        args=(-1, n_steps),
        disabled=st.session_state.get("step", 0) == 0,
        width="stretch",
    )
    right.button(
        "Next",
        key="step_next",
        on_click=_move,
        args=(1, n_steps),
        disabled=st.session_state.get("step", 0) == n_steps - 1,
        width="stretch",
    )
    with middle:
        return (
            st.select_slider(
                "Step", range(n_steps), format_func=lambda step: f"{step + 1} of {n_steps}", key="step"
            )
            if n_steps > 1
            else 0
        )


def _pick_head(between: AttentionMap) -> tuple[int, int]:
    """(layer, head) of those that there are."""
    if between.n_layers * between.n_heads == 1:
        return 0, 0
    left, right = st.columns(2)
    layer = left.segmented_control(
        "Layer",
        list(range(between.n_layers)),
        default=between.n_layers - 1,
        format_func="L{}".format,
        key=f"step-layer-{between.n_layers}",
        required=True,
    )
    head = right.segmented_control(
        "Head",
        list(range(between.n_heads)),
        default=0,
        format_func="H{}".format,
        key=f"step-head-{between.n_heads}",
        required=True,
    )
    return layer, head


def _draw_step(record: PassRecord, steps: Sequence[AttentionDetail], step: int, width: int) -> None:
    """One step, with the scales of all steps."""
    from explorer.views.attention.steps import step_figure

    scores = [float(value) for detail in steps for value in (detail.scores.min(), detail.scores.max())]
    context_max = max(float(abs(detail.context).max()) for detail in steps)
    figure = step_figure(record, steps[step], screen.theme(), (min(scores), max(scores)), context_max, width)
    screen.figure(figure, "step-figure")


def _move(by: int, n_steps: int) -> None:
    st.session_state["step"] = min(max(st.session_state.get("step", 0) + by, 0), n_steps - 1)


def likeliest(record: PassRecord, step: int) -> None:
    """The five likeliest next tokens as a table, for a model that has nothing else to show."""
    from explorer.views.numbers import short
    from explorer.views.text import visible_text

    st.caption(
        "This model has no attention, so a step has no scores and no context, only the tokens it finds "
        "likely next."
    )
    rows = [
        {
            "next token": visible_text(token),
            "probability": short(math.exp(float(log_prob))),
            "log-probability": short(log_prob),
        }
        for token, log_prob in zip(
            record.prediction.top_tokens[step], record.prediction.top_log_probs[step], strict=True
        )
    ]
    st.dataframe(rows, hide_index=True)
