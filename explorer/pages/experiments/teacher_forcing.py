"""Should the decoder read the true words while it learns? The section "Teacher forcing"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import ShownRun
    from explorer.views.experiments.line_panels import Panel

MEANING = Meaning(
    "With teacher forcing the decoder reads the true words before each place, so that all places can be "
    "learned at once and an early error does no harm. Later it has to read its own words: one error puts "
    "it where it has never been in training, and the next error is more likely. Scheduled sampling takes "
    "the true words away little by little; without them from the start the decoder first reads noise and "
    "learns more slowly. A free-running word counts as right only at its own place, so that one word too "
    "many makes what follows wrong.",
    r"\text{forced: } p(y_t \mid y^*_{<t}, x) \qquad \text{free: } p(y_t \mid \hat y_{<t}, x), \quad "
    r"\hat y_t = \arg\max_y\, p(y \mid \hat y_{<t}, x)",
    "y* the reference · ŷ what the model wrote · x the source",
    "Williams & Zipser 1989; scheduled sampling: Bengio et al. 2015",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """Losses and BLEU by epoch; accuracy by position, read the true words or one's own."""
    _chart(by_epoch(runs), "forcing-curves", width)
    places = by_place(runs)
    st.subheader("The error that compounds", anchor=False)
    _chart(places, "forcing-places", width)


def by_epoch(runs: Sequence[ShownRun]) -> tuple[Panel, ...]:
    """Losses and BLEU while the runs learn."""
    from explorer.views.experiments.line_panels import Panel, history_lines

    return (
        Panel("training loss, nats", "epoch", history_lines(runs, "loss")),
        Panel("validation loss, true words read, nats", "epoch", history_lines(runs, "valid_loss")),
        Panel("BLEU of its own translations", "epoch", history_lines(runs, "bleu"), y_range=(0, 100)),
    )


def by_place(runs: Sequence[ShownRun]) -> tuple[Panel, ...]:
    """Accuracy at each place of the translation: true words read, own words read, and what that costs."""
    from explorer.experiments.teacher_forcing import FORCED, FREE
    from explorer.views.experiments.line_panels import Panel, difference_lines, run_lines

    place = "place t in the translation"
    forced, free = run_lines(runs, FORCED), run_lines(runs, FREE)
    cost = difference_lines(runs, FORCED, FREE)
    return (
        Panel("right at place t, true words read, %", place, forced, (0, 100), percent=True),
        Panel("right at place t, own words read, %", place, free, (0, 100), percent=True),
        Panel("cost of its own words, points", place, cost, percent=True),
    )


def _chart(panels: tuple[Panel, ...], key: str, width: int) -> None:
    from explorer.views.experiments.line_panels import panels_figure

    figure = panels_figure(panels, screen.theme(), width)
    screen.figure(figure, key)
