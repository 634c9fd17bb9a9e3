"""Where a model looks in a fixed sentence at one step of its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import AttentionSnapshot
    from explorer.training.runs.records import RunRecords

SNAPSHOT, SENTENCE, HEAD = "train_snapshot", "train_sentence", "train_head"  # session keys
MEAN = "mean of all heads"


def attention(name: str, records: RunRecords, width: int) -> None:
    """Where the model looks in a fixed sentence at one step of its training."""
    from explorer.attention.reading import read_map
    from explorer.views.attention.heatmap import heatmap
    from explorer.views.attention.matrix_picture import MatrixPicture

    steps = records.snapshot_steps()
    if not steps:
        st.caption("The first picture of attention comes with the first validation.")
        return
    at = picked_step(name, steps)
    shots = records.attention_at(at)
    if not shots:
        return
    line = st.container(horizontal=True)
    with line:
        shot = pick_shot(shots)
    between = shot.record.between
    if between is None:
        st.caption(
            "This model has no attention to show: it has to remember the whole sentence in one vector."
        )
        return
    names = {MEAN: None} | {
        f"L{layer} H{head}": [(layer, head)]
        for layer in range(between.n_layers)
        for head in range(between.n_heads)
    }
    if len(names) > 2:
        if st.session_state.get(HEAD) not in names:
            st.session_state.pop(HEAD, None)
        with line:
            picked = names[
                st.selectbox(
                    "Head", list(names), key=HEAD, persist_state="session", label_visibility="collapsed"
                )
            ]
    else:
        picked = None
    figure = heatmap(MatrixPicture(read_map(between, heads=picked)), screen.theme(), max(width, 240))
    screen.figure(figure, "train-attention")
    st.caption(
        f"Step {at:,}: where the output looks in the source, for a held-out sentence whose "
        "reference is forced."
    )


def picked_step(name: str, steps: Sequence[int]) -> int:
    """The step to show: the latest, until the reader picks another one."""
    if len(steps) == 1:
        return steps[0]
    wanted, key = (
        st.session_state.setdefault(SNAPSHOT, {}),
        f"{SNAPSHOT}-{name}-{len(steps)}",
    )  # a browser knows a step by its place
    begin = wanted[name] if wanted.get(name) in steps else steps[-1]
    return st.select_slider(
        "Attention at step",
        steps,
        value=begin,
        format_func="{:,}".format,
        key=key,
        on_change=_pick,
        args=(name, key, steps),
    )


def _pick(name: str, key: str, steps: Sequence[int]) -> None:
    picked = st.session_state[key]
    st.session_state[SNAPSHOT][name] = None if picked == steps[-1] else picked  # None: whatever is the latest


def pick_shot(shots: Sequence[AttentionSnapshot]) -> AttentionSnapshot:
    """Which of the fixed sentences."""
    if len(shots) == 1:
        return shots[0]
    if st.session_state.get(SENTENCE) not in range(len(shots)):
        st.session_state.pop(SENTENCE, None)
    number = st.segmented_control(
        "Sentence",
        list(range(len(shots))),
        default=0,
        format_func=lambda number: f"sentence {number + 1}",
        key=SENTENCE,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    return shots[number]
