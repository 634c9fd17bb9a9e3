"""What happens at one decoding step? Scores, their softmax, the context vector, the likeliest next tokens."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from explorer.results import AttentionDetail, PassRecord
from explorer.views.attention.step_axes import Rows, candidate_axes, context_axes, token_axes, token_labels
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact, short
from explorer.views.plotly_frame import ON_PAPER, frame
from explorer.views.text import visible_text
from explorer.views.theme import Theme, diverging, ink

N_CANDIDATES = 5


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
    labels = token_labels(record.read.tokens, theme, max_width)
    rows = Rows(labels.drop)
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
        **token_axes(labels, rows.domains, score_range or _room(detail.scores), theme),
        **context_axes(len(detail.context), rows.domains[2], theme),
        **candidate_axes(candidates, chosen, rows.domains, theme),
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
