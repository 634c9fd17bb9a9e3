"""How long a sentence fits into one vector? The section "The bottleneck": scores by length, and a sentence of any length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import shared
from explorer.pages.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import ShownRun

MEANING = Meaning(
    "Without attention the encoder has to put the whole sentence into its last state: the same few hundred numbers for three words and for "
    "forty. What does not fit is lost, and the decoder goes on in fluent German about something else. With attention the decoder looks "
    "back at every word, and a longer sentence only means more places to look at.",
    r"\text{without: } s_0 = h_T, \quad p(y_t \mid y_{<t}, h_T) \qquad \text{with: } c_t = \sum_i \alpha_{ti}\, h_i, \quad "
    r"p(y_t \mid y_{<t}, c_t)",
    "h_i [d] the encoder's state at source word i of T · s_0 the decoder's first state · c_t [d] the context, mixed anew at each step",
    "Sutskever et al. 2014; Cho et al. 2014; Bahdanau et al. 2015, section 5",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """Scores by length, the particle by distance."""
    from explorer.views.line_panels import Panel, panels_figure, run_lines
    from explorer.views.theme import PLOTLY_CONFIG

    theme = shared.theme()
    panels = (
        Panel("BLEU", "words of the sentence", run_lines(runs, "bleu_by_length"), y_range=(0, 100)),
        Panel("exact match, %", "words of the sentence", run_lines(runs, "exact_by_length"), y_range=(0, 100), percent=True),
        Panel(
            "particle right, %", "words between verb and particle", run_lines(runs, "particle_by_distance"), y_range=(0, 100), percent=True
        ),
    )
    st.plotly_chart(panels_figure(panels, theme, width), key="bottleneck-scores", width="content", theme=None, config=PLOTLY_CONFIG)
