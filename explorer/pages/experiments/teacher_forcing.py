"""Should the decoder read the true words while it learns? The section "Teacher forcing": curves, and the
error that compounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import ShownRun

MEANING = Meaning(
    "With teacher forcing the decoder reads the true words before each place, so that all places can be "
    "learned at once and an early error "
    "does no harm. Later it has to read its own words: one error puts it where it has never been in "
    "training, and the next error is more "
    "likely. Scheduled sampling takes the true words away little by little; without them from the start the "
    "decoder first reads noise and "
    "learns more slowly. A free-running word counts as right only at its own place, so that one word too "
    "many makes what follows wrong.",
    r"\text{forced: } p(y_t \mid y^*_{<t}, x) \qquad \text{free: } p(y_t \mid \hat y_{<t}, x), \quad "
    r"\hat y_t = \arg\max_y\, p(y \mid \hat y_{<t}, x)",
    "y* the reference · ŷ what the model wrote · x the source",
    "Williams & Zipser 1989; scheduled sampling: Bengio et al. 2015",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """Losses and BLEU by epoch; accuracy by position, read the true words or one's own."""
    from explorer.experiments.teacher_forcing import FORCED, FREE
    from explorer.views.experiments.line_panels import (
        Panel,
        difference_lines,
        history_lines,
        panels_figure,
        run_lines,
    )
    from explorer.views.theme import PLOTLY_CONFIG

    theme = screen.theme()
    panels = (
        Panel("training loss, nats", "epoch", history_lines(runs, "loss")),
        Panel("validation loss, true words read, nats", "epoch", history_lines(runs, "valid_loss")),
        Panel("BLEU of its own translations", "epoch", history_lines(runs, "bleu"), y_range=(0, 100)),
    )
    st.plotly_chart(
        panels_figure(panels, theme, width),
        key="forcing-curves",
        width="content",
        theme=None,
        config=PLOTLY_CONFIG,
    )
    places = (
        Panel(
            "right at place t, true words read, %",
            "place t in the translation",
            run_lines(runs, FORCED),
            (0, 100),
            percent=True,
        ),
        Panel(
            "right at place t, own words read, %",
            "place t in the translation",
            run_lines(runs, FREE),
            (0, 100),
            percent=True,
        ),
        Panel(
            "cost of its own words, points",
            "place t in the translation",
            difference_lines(runs, FORCED, FREE),
            percent=True,
        ),
    )
    st.subheader("The error that compounds", anchor=False)
    st.plotly_chart(
        panels_figure(places, theme, width),
        key="forcing-places",
        width="content",
        theme=None,
        config=PLOTLY_CONFIG,
    )
