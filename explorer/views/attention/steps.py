"""What happens at one decoding step? Scores, their softmax, the context vector, the likeliest next tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from explorer.results import SPECIAL_TOKENS, AttentionDetail, PassRecord
from explorer.views.attention.grid import EM
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact, short
from explorer.views.plotly_frame import ON_PAPER, frame, tick_label
from explorer.views.text import text_width, visible_text, visible_token
from explorer.views.theme import MONO, Theme, diverging, ink

N_CANDIDATES = 5
HEIGHTS, TITLE = (150, 170, 30), 34  # pixels: scores, weights, context; the line over each
LEFT, RIGHT = [0, 0.6], [0.76, 1]  # shares of the width: those three, and the next tokens beside them
QUARTERS = [0, 0.25, 0.5, 0.75, 1]
BARE = {"showgrid": False, "zeroline": False}


@dataclass(frozen=True)
class _TokenLabels:
    """The names of the source tokens under their bars; drop: the pixels that they hang down."""

    texts: list[str]
    size: int
    angle: int
    drop: float


@dataclass(frozen=True)
class _Rows:
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


def step_figure(
    record: PassRecord,
    detail: AttentionDetail,
    theme: Theme,
    score_range: tuple[float, float] | None = None,
    context_max: float | None = None,
    max_width: int = 800,
) -> go.Figure:
    """Step `detail.step` of `record`: scores and weights per source token over one axis, the context as a
    strip, the likeliest next tokens.

    score_range and context_max fix those scales, so that two steps or two heads can be compared; weights and
    probabilities run from 0 to 1. The figure is `max_width` wide: show it with width="content", theme=None
    and `PLOTLY_CONFIG`.
    Raises ValueError when record and detail do not belong together.
    """
    _check(record, detail)
    candidates, chosen = next_tokens(record, detail.step)
    labels = _token_labels(record.read.tokens, theme, max_width)
    rows = _Rows(labels.drop)
    largest = context_max or float(np.abs(detail.context).max(initial=0.0)) or 1.0
    x = list(range(len(record.read.tokens)))
    traces = [
        _bars(x, detail.scores, "score", record.read.tokens, theme.categories[1]),
        _bars(x, detail.weights, "weight", record.read.tokens, theme.accent),
        _context(detail.context, theme, largest),
        _candidates(candidates, chosen, theme),
    ]
    for k, trace in enumerate(traces[1:], 2):
        trace.update(xaxis=f"x{k}", yaxis=f"y{k}")
    figure = go.Figure(traces)
    figure.update_layout(
        **frame(theme, max_width, round(rows.total) + 10, {"l": 64, "r": 24, "t": 0, "b": 10}, 15),
        showlegend=False,
        dragmode=False,
        bargap=0.25,
        **_token_axes(labels, rows.domains, score_range or _room(detail.scores), theme),
        **_context_axes(len(detail.context), rows.domains[2], theme),
        **_candidate_axes(candidates, chosen, rows.domains, theme),
    )
    n_steps = len(record.written.tokens)
    _panel_titles(figure, theme, rows.domains, _titles(detail, largest, n_steps))
    return figure


def _check(record: PassRecord, detail: AttentionDetail) -> None:
    """Raise ValueError when the detail is not of this record."""
    n, n_steps = len(record.read.tokens), len(record.written.tokens)
    if len(detail.weights) != n or not 0 <= detail.step < n_steps:
        raise ValueError(
            f"The detail has {len(detail.weights)} source positions and step {detail.step}; the record has "
            f"{n} source tokens and {n_steps} steps. Give a detail of this record."
        )


def _token_labels(tokens: Sequence[str], theme: Theme, max_width: int) -> _TokenLabels:
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
    return _TokenLabels(texts, size, angle, drop)


def _axis(theme: Theme) -> dict:
    """What every axis of this figure has."""
    return {
        "gridcolor": theme.grid,
        "zerolinecolor": theme.muted,
        "fixedrange": True,
        "ticks": "",
        "tickfont": {"size": 14},
    }


def _token_axes(labels: _TokenLabels, domains, score_range: tuple[float, float], theme: Theme) -> dict:
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


def _context_axes(n_dims: int, domain: tuple[float, float], theme: Theme) -> dict:
    """The axes of the context, a strip without numbers."""
    axis, hidden = _axis(theme), {"showticklabels": False}
    return {
        "xaxis3": {**axis, **BARE, "anchor": "y3", "domain": LEFT, **hidden, "range": [-0.5, n_dims - 0.5]},
        "yaxis3": {**axis, "anchor": "x3", "domain": domain, **hidden, **BARE},
    }


def _candidate_axes(candidates, chosen: int, domains, theme: Theme) -> dict:
    """The axes of the next tokens, beside scores and weights: the likeliest at the top."""
    labels = [_candidate_label(token, i == chosen, theme) for i, (token, _) in enumerate(candidates)]
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


def _titles(detail: AttentionDetail, largest: float, n_steps: int) -> tuple[str, str, str, str]:
    """What stands over the four panels; largest: where the scale of the context ends."""
    head = f"L{detail.layer} H{detail.head}"
    return (
        f"<b>1 scores</b>, {head}: {escape_plotly(detail.scorer)}",
        "<b>2 weights</b> = softmax(scores), from 0 to 1",
        f"<b>3 context</b> = Σ weight · value: {len(detail.context)} numbers, {short(-largest)} … "
        f"{short(largest)}",
        f"<b>4 next token</b>, step {detail.step + 1} of {n_steps}",
    )


def next_tokens(record: PassRecord, step: int) -> tuple[list[tuple[str, float]], int]:
    """The likeliest tokens at `step` with their log-probabilities, best first, and the place of the one that
    was taken.

    At most five; the token taken is added at the end if it is not among them (a forced target).
    """
    tops = list(
        zip(
            record.prediction.top_tokens[step], map(float, record.prediction.top_log_probs[step]), strict=True
        )
    )[:N_CANDIDATES]
    token, log_prob = record.written.tokens[step], float(record.log_probs[step])
    same = [i for i, (other, _) in enumerate(tops) if other == token]
    if same:
        return tops, min(same, key=lambda i: abs(tops[i][1] - log_prob))
    return [*tops, (token, log_prob)], len(tops)


def score_limits(details) -> tuple[float, float]:
    """A score range that holds several details, so that their pictures can be compared."""
    return _room(np.concatenate([np.asarray(detail.scores) for detail in details]))


def _bars(x, values, what: str, tokens, color: str) -> go.Bar:
    heights = [float(value) if np.isfinite(value) else None for value in values]
    said = [f"{what} {exact(value)}" if np.isfinite(value) else "masked" for value in values]
    hover = [
        f"<b>{escape_plotly(visible_text(token))}</b><br>{text}"
        for token, text in zip(tokens, said, strict=True)
    ]
    return go.Bar(
        x=x,
        y=heights,
        marker={"color": color, "line": {"width": 0}},
        hovertext=hover,
        hoverinfo="text",
        name=what,
    )


def _context(context: np.ndarray, theme: Theme, largest: float) -> go.Heatmap:
    hover = [[f"context[{i}] = {exact(value)}" for i, value in enumerate(context)]]
    return go.Heatmap(
        z=[context],
        x=list(range(len(context))),
        y=[0],
        zmin=-largest,
        zmax=largest,
        colorscale=[list(stop) for stop in diverging(theme)],
        hovertext=hover,
        hoverinfo="text",
        name="context",
        showscale=False,
    )


def _candidates(candidates, chosen: int, theme: Theme) -> go.Bar:
    probs = [math.exp(log_prob) for _, log_prob in candidates]
    colors = [theme.accent if i == chosen else theme.grid for i in range(len(candidates))]
    hover = []
    for i, ((token, log_prob), prob) in enumerate(zip(candidates, probs, strict=True)):
        taken = ", taken" if i == chosen else ""
        numbers = f"probability {exact(prob)}<br>log-probability {exact(np.float32(log_prob))}"
        hover.append(f"<b>{escape_plotly(visible_text(token))}</b>{taken}<br>{numbers}")
    return go.Bar(
        x=probs,
        y=list(range(len(candidates))),
        orientation="h",
        marker={"color": colors, "line": {"color": theme.muted, "width": 1}},
        text=[escape_plotly(short(prob)) for prob in probs],
        textposition=["inside" if prob > 0.75 else "outside" for prob in probs],
        textfont={"size": 16, "color": theme.text},
        insidetextfont={"size": 16, "color": [ink(color) for color in colors]},
        hovertext=hover,
        hoverinfo="text",
        name="next token",
        cliponaxis=False,
    )


def _candidate_label(token: str, taken: bool, theme: Theme) -> str:
    label = tick_label(token, token in SPECIAL_TOKENS, theme, 10)
    return f"<b>▸ {label}</b>" if taken else label


def _panel_titles(figure: go.Figure, theme: Theme, domains, titles) -> None:
    places = [(0, domains[0][1]), (0, domains[1][1]), (0, domains[2][1]), (0.64, domains[0][1])]
    for (x, y), text in zip(places, titles, strict=True):
        figure.add_annotation(
            text=text, x=x, y=y, yshift=4, font={"size": 16, "color": theme.text}, **ON_PAPER
        )


def _room(scores) -> tuple[float, float]:
    """A range around the finite scores that includes 0."""
    finite = np.asarray(scores, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    low, high = min(0.0, finite.min(initial=0.0)), max(0.0, finite.max(initial=0.0))
    pad = 0.08 * ((high - low) or 1.0)
    return (low - pad if low < 0 else 0.0, high + pad if high > 0 else 0.0 if low < 0 else pad)
