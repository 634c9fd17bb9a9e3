"""Why did the largest model never learn? The section "Depth"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import ShownRun

MEANING = Meaning(
    "A model that overfits has a low training loss and a high validation loss. The published model had a "
    "training loss of 2.9 after ten epochs: it did not fit at all. With the norm after each sum and the "
    "full learning rate from the first step, the first steps drive the deep stack to where hardly any "
    "gradient reaches its lower layers, although it did at the start; what is left to learn is how "
    "frequent each word is. Warm-up keeps the first steps small; the norm before each block leaves the "
    "gradient a straight way down. The deepest model is not too large: with the norm first it has the "
    "lowest loss of all.",
    r"\eta_t = \eta \, \min(1, t / t_{\text{warm-up}}), \qquad "
    r"g_\ell = \Big\lVert \frac{\partial L}{\partial \theta_\ell} \Big\rVert, \qquad H = -\sum_w p(w) \log "
    r"p(w)",
    "θ: all weights of one layer · H: the loss that word frequencies alone give",
    "a student report on 30,000 TED en-fr pairs, ten epochs; Xiong et al. 2020, “On Layer Normalization in "
    "the Transformer Architecture”",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """Curves of training, gradients by layer before and after, and the published figures beside ours."""
    from explorer.experiments.depth import DEEPEST, END, FREQUENCIES, PRE_NORM, PUBLISHED, START, WARM_UP
    from explorer.views.experiments.line_panels import Panel, history_lines, layer_panels, panels_figure
    from explorer.views.experiments.tables import published_table

    theme = screen.theme()
    curves = (
        Panel("validation loss, nats", "step", history_lines(runs, "valid_loss", "step")),
        Panel("norm of the gradient", "step", history_lines(runs, "gradient_norm", "step")),
        Panel("learning rate", "step", history_lines(runs, "learning_rate", "step")),
    )
    screen.figure(panels_figure(curves, theme, width), "depth-curves")
    floor = next((shown.run.curves[FREQUENCIES].y[0] for shown in runs), 0.0)
    st.text(f"A model that knows nothing but how frequent each word is has a loss of {floor:.2f} nats.")
    deepest = [shown for shown in runs if shown.run.key in (DEEPEST, WARM_UP, PRE_NORM)]
    layers = layer_panels(
        deepest, {"gradient of each layer, first weights": START, "gradient of each layer, weights kept": END}
    )
    screen.figure(panels_figure(layers, theme, width), "depth-layers")
    st.caption(
        "E: encoder, D: decoder, from the input upwards. Warm-up begins with the same weights, so its line "
        "covers the other at first."
    )
    st.text("The published figures, and ours at an eighth of the width:")
    st.html(published_table(PUBLISHED, runs, floor, theme))
