"""The rows and axes of a decoding step's figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.results import SPECIAL_TOKENS
from explorer.views.attention.grid import EM
from explorer.views.plotly_frame import tick_label
from explorer.views.text import text_width, visible_token
from explorer.views.theme import MONO, Theme

HEIGHTS, TITLE = (150, 170, 30), 34  # pixels: scores, weights, context; the line over each
LEFT, RIGHT = [0, 0.6], [0.76, 1]  # shares of the width: those three, and the next tokens beside them
QUARTERS = [0, 0.25, 0.5, 0.75, 1]
BARE = {"showgrid": False, "zeroline": False}


@dataclass(frozen=True)
class TokenLabels:
    """The names of the source tokens under their bars; drop: the pixels that they hang down."""

    texts: list[str]
    size: int
    angle: int
    drop: float


@dataclass(frozen=True)
class Rows:
    """Scores, weights and context below each other in pixels: a title over each, and the names of the tokens
    under the weights.
    """

    drop: float

    @property
    def tops(self) -> tuple[float, float, float]:
        """Where each panel begins, from the top of the figure."""
        scores, weights, _ = HEIGHTS
        return (
            TITLE,
            TITLE + scores + TITLE,
            TITLE + scores + TITLE + weights + self.drop + TITLE,
        )

    @property
    def total(self) -> float:
        """The height of all three."""
        scores, weights, context = HEIGHTS
        return TITLE + scores + TITLE + weights + self.drop + TITLE + context + 8

    @property
    def domains(self) -> list[tuple[float, float]]:
        """The panels as Plotly has them: bottom and top in shares of the height, from below."""
        return [
            (1 - (top + height) / self.total, 1 - top / self.total)
            for top, height in zip(self.tops, HEIGHTS, strict=True)
        ]


def token_labels(tokens: Sequence[str], theme: Theme, max_width: int) -> TokenLabels:
    """The names lie flat where the widest fits under its bar, slant where bars are wide enough, else stand
    upright.
    """
    n = len(tokens)
    texts = [
        tick_label(token, token in SPECIAL_TOKENS and i == n - 1, theme, 14) for i, token in enumerate(tokens)
    ]
    widest = max(text_width(visible_token(token, 14)) for token in tokens)
    cell = 0.52 * (max_width - 140) / n
    size = 15 if cell >= 22 else max(9, min(14, int(cell) - 1))
    angle = 0 if widest * EM * size <= cell - 4 else -45 if cell >= 22 else -90
    drop = {0: 1.4 * size, -45: 0.71 * widest * EM * size + size, -90: widest * EM * size}[angle] + 8
    return TokenLabels(texts, size, angle, drop)


def _axis(theme: Theme) -> dict:
    """What every axis of this figure has."""
    return {
        "gridcolor": theme.grid,
        "zerolinecolor": theme.muted,
        "fixedrange": True,
        "ticks": "",
        "tickfont": {"size": 14},
    }


def token_axes(labels: TokenLabels, domains, score_range: tuple[float, float], theme: Theme) -> dict:
    """The axes of scores and weights, one place for each source token; only the weights name the tokens."""
    n = len(labels.texts)
    axis = _axis(theme)
    tokens = {
        **axis,
        "domain": LEFT,
        "range": [-0.5, n - 0.5],
        "tickmode": "array",
        "tickvals": list(range(n)),
        **BARE,
    }
    return {
        "xaxis": {**tokens, "anchor": "y", "showticklabels": False},
        "yaxis": {**axis, "domain": domains[0], "range": list(score_range), "nticks": 5},
        "xaxis2": {
            **tokens,
            "anchor": "y2",
            "ticktext": labels.texts,
            "tickangle": labels.angle,
            "tickfont": {"family": MONO, "size": labels.size},
        },
        "yaxis2": {**axis, "anchor": "x2", "domain": domains[1], "range": [0, 1], "tickvals": QUARTERS},
    }


def context_axes(n_dims: int, domain: tuple[float, float], theme: Theme) -> dict:
    """The axes of the context, a strip without numbers."""
    axis, hidden = _axis(theme), {"showticklabels": False}
    return {
        "xaxis3": {**axis, **BARE, "anchor": "y3", "domain": LEFT, **hidden, "range": [-0.5, n_dims - 0.5]},
        "yaxis3": {**axis, "anchor": "x3", "domain": domain, **hidden, **BARE},
    }


def candidate_axes(candidates, chosen: int, domains, theme: Theme) -> dict:
    """The axes of the next tokens, beside scores and weights: the likeliest at the top."""
    labels = [candidate_label(token, i == chosen, theme) for i, (token, _) in enumerate(candidates)]
    axis = _axis(theme)
    return {
        "xaxis4": {
            **axis,
            "anchor": "y4",
            "domain": RIGHT,
            "range": [0, 1],
            "tickvals": QUARTERS,
            "side": "bottom",
        },
        "yaxis4": {
            **axis,
            **BARE,
            "anchor": "x4",
            "domain": (domains[1][0], domains[0][1]),
            "range": [len(candidates) - 0.5, -0.5],
            "tickmode": "array",
            "tickvals": list(range(len(candidates))),
            "tickfont": {"family": MONO, "size": 16},
            "ticklabelstandoff": 6,
            "ticktext": labels,
        },
    }


def candidate_label(token: str, taken: bool, theme: Theme) -> str:
    label = tick_label(token, token in SPECIAL_TOKENS, theme, 10)
    return f"<b>▸ {label}</b>" if taken else label
