"""How soon does a network learn to shift a sequence? The section "Shift task"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import ShownRun

STEP = "shift_step"  # session key

MEANING = Meaning(
    "Every number has to be copied from one place to its right, so all depends on finding that place. "
    "Without attention the decoder would have to keep twenty numbers in one vector; with it, the weights "
    "become a diagonal that is shifted by one. The loss stays flat until attention has found the place, "
    "and then falls fast: the number at that place is all there is to know.",
    r"y_t = x_{t+1} \;\text{ for } t < 20, \qquad y_{20} = 0",
    "x [20], numbers from 0 to 99 · y [20]",
    "A common first exercise on sequence-to-sequence models; this project's copy of it has 6,400 sequences "
    "to train on",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """Loss and exact match by epoch, then samples."""
    from explorer.views.experiments.line_panels import Panel, history_lines, panels_figure

    theme = screen.theme()
    panels = (
        Panel("training loss, nats", "epoch", history_lines(runs, "loss")),
        Panel("validation loss, nats", "epoch", history_lines(runs, "valid_loss")),
        Panel(
            "held-out sequences all right, %",
            "epoch",
            history_lines(runs, "exact_match"),
            y_range=(0, 100),
            percent=True,
        ),
    )
    screen.figure(panels_figure(panels, theme, width), "shift-curves")
    samples(tuple(runs))


@st.fragment
def samples(runs: Sequence[ShownRun]) -> None:
    """Five held-out sequences at any validation."""
    from explorer.views.experiments.tables import samples_table

    epochs = {
        sample.step: round(row.epoch, 2)
        for shown in runs
        for row in shown.run.history
        for sample in shown.run.samples
        if sample.step == row.step
    }
    if not epochs:
        return
    steps = sorted(epochs)
    st.subheader("Five sequences that it has not seen", anchor=False)
    step = st.select_slider(
        "After epoch",
        steps,
        value=steps[-1],
        format_func=lambda step: f"{epochs[step]:g}",
        key=STEP,
        persist_state="session",
    )
    st.html(samples_table(runs, step, screen.theme()))
