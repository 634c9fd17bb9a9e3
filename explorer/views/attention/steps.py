"""What happens at one decoding step? Scores, their softmax, the context vector, the likeliest next tokens."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from explorer.results import SPECIAL_TOKENS, AttentionDetail, PassRecord
from explorer.views.attention.grid import EM
from explorer.views.theme import (
    MONO,
    SANS,
    Theme,
    diverging,
    escape_plotly,
    exact,
    hover_style,
    ink,
    short,
    text_width,
    tick_label,
    visible_text,
    visible_token,
)

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
    n = len(record.read.tokens)
    if len(detail.weights) != n or not 0 <= detail.step < len(record.written.tokens):
        raise ValueError(
            f"The detail has {len(detail.weights)} source positions and step {detail.step}; the record has "
            f"{n} source tokens "
            f"and {len(record.written.tokens)} steps. Give a detail of this record."
        )
    candidates, chosen = next_tokens(record, detail.step)
    labels = [
        tick_label(token, token in SPECIAL_TOKENS and i == n - 1, theme, 14)
        for i, token in enumerate(record.read.tokens)
    ]
    widest = max(text_width(visible_token(token, 14)) for token in record.read.tokens)
    cell = 0.52 * (max_width - 140) / n
    size = 15 if cell >= 22 else max(9, min(14, int(cell) - 1))
    angle = 0 if widest * EM * size <= cell - 4 else -45 if cell >= 22 else -90
    drop = {0: 1.4 * size, -45: 0.71 * widest * EM * size + size, -90: widest * EM * size}[angle] + 8

    largest = context_max or float(np.abs(detail.context).max(initial=0.0)) or 1.0
    x = list(range(n))
    traces = [
        _bars(x, detail.scores, "score", record.read.tokens, theme.categories[1]),
        _bars(x, detail.weights, "weight", record.read.tokens, theme.accent),
        _context(detail.context, theme, largest),
        _candidates(candidates, chosen, theme),
    ]
    for k, trace in enumerate(traces[1:], 2):
        trace.update(xaxis=f"x{k}", yaxis=f"y{k}")
    figure = go.Figure(traces)

    # Rows in pixels: a title over each panel, room for slanted token labels under the weights.
    heights, title = (150, 170, 30), 34
    total = title + heights[0] + title + heights[1] + drop + title + heights[2] + 8
    tops = (title, title + heights[0] + title, title + heights[0] + title + heights[1] + drop + title)
    domains = [
        (1 - (top + height) / total, 1 - top / total) for top, height in zip(tops, heights, strict=True)
    ]
    axis = {
        "gridcolor": theme.grid,
        "zerolinecolor": theme.muted,
        "fixedrange": True,
        "ticks": "",
        "tickfont": {"size": 14},
    }
    left, right = [0, 0.6], [0.76, 1]
    bare = {"showgrid": False, "zeroline": False}
    tokens = {
        **axis,
        "domain": left,
        "range": [-0.5, n - 0.5],
        "tickmode": "array",
        "tickvals": x,
        "showgrid": False,
        "zeroline": False,
    }
    figure.update_layout(
        template=go.layout.Template(),
        width=max_width,
        height=round(total) + 10,
        margin={"l": 64, "r": 24, "t": 0, "b": 10, "autoexpand": False},
        paper_bgcolor=theme.background,
        plot_bgcolor=theme.background,
        font={"family": SANS, "size": 15, "color": theme.text},
        hoverlabel=hover_style(theme),
        showlegend=False,
        dragmode=False,
        bargap=0.25,
        xaxis={**tokens, "anchor": "y", "showticklabels": False},
        yaxis={**axis, "domain": domains[0], "range": list(score_range or _room(detail.scores)), "nticks": 5},
        xaxis2={
            **tokens,
            "anchor": "y2",
            "ticktext": labels,
            "tickangle": angle,
            "tickfont": {"family": MONO, "size": size},
        },
        yaxis2={
            **axis,
            "anchor": "x2",
            "domain": domains[1],
            "range": [0, 1],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
        },
        xaxis3={
            **axis,
            **bare,
            "anchor": "y3",
            "domain": left,
            "showticklabels": False,
            "range": [-0.5, len(detail.context) - 0.5],
        },
        yaxis3={
            **axis,
            "anchor": "x3",
            "domain": domains[2],
            "showticklabels": False,
            "showgrid": False,
            "zeroline": False,
        },
        xaxis4={
            **axis,
            "anchor": "y4",
            "domain": right,
            "range": [0, 1],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "side": "bottom",
        },
        yaxis4={
            **axis,
            **bare,
            "anchor": "x4",
            "domain": (domains[1][0], domains[0][1]),
            "range": [len(candidates) - 0.5, -0.5],
            "tickmode": "array",
            "tickvals": list(range(len(candidates))),
            "tickfont": {"family": MONO, "size": 16},
            "ticklabelstandoff": 6,
            "ticktext": [
                _candidate_label(token, i == chosen, theme) for i, (token, _) in enumerate(candidates)
            ],
        },
    )
    head = f"L{detail.layer} H{detail.head}"
    _panel_titles(
        figure,
        theme,
        domains,
        (
            f"<b>1 scores</b>, {head}: {escape_plotly(detail.scorer)}",
            "<b>2 weights</b> = softmax(scores), from 0 to 1",
            f"<b>3 context</b> = Σ weight · value: {len(detail.context)} numbers, {short(-largest)} … "
            f"{short(largest)}",
            f"<b>4 next token</b>, step {detail.step + 1} of {len(record.written.tokens)}",
        ),
    )
    return figure


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
            text=text,
            x=x,
            xanchor="left",
            y=y,
            yanchor="bottom",
            yshift=4,
            xref="paper",
            yref="paper",
            showarrow=False,
            font={"size": 16, "color": theme.text},
        )


def _room(scores) -> tuple[float, float]:
    """A range around the finite scores that includes 0."""
    finite = np.asarray(scores, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    low, high = min(0.0, finite.min(initial=0.0)), max(0.0, finite.max(initial=0.0))
    pad = 0.08 * ((high - low) or 1.0)
    return (low - pad if low < 0 else 0.0, high + pad if high > 0 else 0.0 if low < 0 else pad)
