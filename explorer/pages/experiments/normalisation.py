"""Which norm, and where? The section "Normalisation"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import ShownRun

MEANING = Meaning(
    "Before each block, the norm leaves a straight way from the last layer to the first, along which the "
    "gradient passes unchanged. After each sum, it stands in that way itself, and each layer scales the "
    "gradient once more. Layer norm takes mean and spread away, RMS norm the root mean square alone; "
    "dynamic tanh measures nothing and only presses large numbers together.",
    r"\text{pre: } x + f(\mathrm{norm}(x)) \qquad \text{post: } \mathrm{norm}(x + f(x)) \qquad "
    r"\mathrm{DyT}(x) = \gamma \tanh(\alpha x) + \beta",
    "x [batch, length, d_model] · γ, β [d_model] · α one number",
    "Ba et al. 2016; Xiong et al. 2020; Zhang & Sennrich 2019; Zhu et al. 2025, eq. 1",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """Training loss, validation loss and gradient norm by step."""
    from explorer.views.experiments.line_panels import Panel, history_lines, panels_figure

    panels = (
        Panel("training loss, nats", "step", history_lines(runs, "loss", "step")),
        Panel("validation loss, nats", "step", history_lines(runs, "valid_loss", "step")),
        Panel("norm of the gradient", "step", history_lines(runs, "gradient_norm", "step")),
    )
    figure = panels_figure(panels, screen.theme(), width)
    screen.figure(figure, "norm-curves")
