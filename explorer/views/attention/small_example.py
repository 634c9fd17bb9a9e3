"""What comes out of an attention of three words? Its bars, and the plane of its vectors."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go

from explorer.results import SmallAttention
from explorer.views.attention.worked_example import decimal
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact
from explorer.views.plotly_frame import ON_PAPER, frame
from explorer.views.text import visible_token
from explorer.views.theme import MONO, Theme

BARS = 210  # pixels: the height of the plots of scores and weights


def scoring_figure(attention: SmallAttention, theme: Theme, max_width: int = 520) -> go.Figure:
    """Scores and weights as bars; where there are states of two dimensions, the plane in which the context
    lies among them.

    Weights run from 0 to 1; hollow marks are what a lecture prints. Show it with width="content", theme=None
    and `PLOTLY_CONFIG`.
    """
    words = [visible_token(word) for word in attention.given.words]
    plane = attention.context is not None and len(attention.context) == 2
    side = min(380, max_width - 64)
    height = 40 + BARS + 34 + (44 + side + 46 if plane else 0)
    top = [1 - (40 + BARS) / height, 1 - 40 / height]
    traces = _bar_traces(attention, words, theme)
    layout = {
        **frame(theme, max_width, height, {"l": 56, "r": 8, "t": 0, "b": 0}, 15),
        "dragmode": False,
        "showlegend": False,
        "bargap": 0.3,
        **_bar_axes(words, attention.scores, top, theme),
    }
    titles = [("<b>scores</b>", 0, top[1]), ("<b>weights</b> = softmax(scores)", 0.5, top[1])]
    arrows = []
    if plane:
        bottom = [46 / height, (46 + side) / height]
        states = np.array(attention.given.states)
        traces += _plane(attention, states, words, theme)
        layout |= _plane_axes(_square(attention), [0, side / (max_width - 64)], bottom, theme)
        titles.append(("<b>context</b>, the states mixed by their weights", 0, bottom[1]))
        arrows = _arrows(attention, theme)
    note = ON_PAPER | {"yshift": 8, "font": {"size": 17}}
    layout["annotations"] = [*arrows, *({"text": text, "x": x, "y": y} | note for text, x, y in titles)]
    return go.Figure(traces, layout)


def _bar_traces(attention: SmallAttention, words: list[str], theme: Theme) -> list[go.Bar | go.Scatter]:
    """Scores, weights, and the weights that a lecture prints where it prints any."""
    traces = [
        _bars(words, attention.scores, "score", theme.categories[1], theme),
        _bars(words, attention.weights, "weight", theme.accent, theme),
    ]
    if attention.given.printed_weights:
        traces.append(_printed(words, attention.given.printed_weights, theme))
    return traces


def _axis(theme: Theme) -> dict:
    """What every axis of numbers has here."""
    return {"fixedrange": True, "gridcolor": theme.grid, "zerolinecolor": theme.muted, "ticks": ""}


def _bar_axes(words: list[str], scores: np.ndarray, domain: list[float], theme: Theme) -> dict:
    """Scores at the left on a scale of their own, weights at the right from 0 to 1; a place for each word."""
    axis = _axis(theme)
    names = axis | {
        "tickvals": list(range(len(words))),
        "ticktext": [escape_plotly(word) for word in words],
        "showgrid": False,
        "zeroline": False,
        "tickfont": {"family": MONO, "size": 17},
        "range": [-0.6, len(words) - 0.4],
    }
    weights = {"anchor": "x2", "range": [0, 1.12], "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    return {
        "xaxis": names | {"domain": [0, 0.43], "anchor": "y"},
        "yaxis": axis | {"domain": domain, "range": _range(scores), "nticks": 5},
        "xaxis2": names | {"domain": [0.57, 1], "anchor": "y2"},
        "yaxis2": axis | {"domain": domain} | weights,
    }


def _plane_axes(limits: tuple[float, float], across: list[float], up: list[float], theme: Theme) -> dict:
    """The two dimensions of the plane, in one range; across, up: where it lies in shares of the figure."""

    def dimension(number: int, domain: list[float], anchor: str) -> dict:
        title = {"text": f"dimension {number}"}
        return _axis(theme) | {
            "domain": domain,
            "anchor": anchor,
            "range": list(limits),
            "nticks": 6,
            "title": title,
        }

    return {"xaxis3": dimension(1, across, "y3"), "yaxis3": dimension(2, up, "x3")}


def _arrows(attention: SmallAttention, theme: Theme) -> list[dict]:
    """From the origin to each state, and to the query where there is one."""
    ends = [_arrow(np.array(state), theme.muted) for state in attention.given.states]
    if attention.given.query:
        ends.append(_arrow(np.array(attention.given.query), theme.categories[1]))
    return ends


def _bars(words: list[str], values: np.ndarray, what: str, color: str, theme: Theme) -> go.Bar:
    """One bar a word, with its number over it."""
    hover = [
        f"<b>{escape_plotly(word)}</b><br>{what} {exact(value)}"
        for word, value in zip(words, values, strict=True)
    ]
    at = "2" if what == "weight" else ""
    return go.Bar(
        x=list(range(len(words))),
        y=values,
        name=what,
        marker={"color": color, "line": {"width": 0}},
        hovertext=hover,
        hoverinfo="text",
        text=[decimal(value) for value in values],
        textposition="outside",
        textfont={"size": 16, "color": theme.text},
        cliponaxis=False,
        xaxis=f"x{at}",
        yaxis=f"y{at}",
    )


def _printed(words: list[str], values: Iterable[float], theme: Theme) -> go.Scatter:
    hover = [
        f"<b>{escape_plotly(word)}</b><br>printed in a lecture: {value:g}"
        for word, value in zip(words, values, strict=True)
    ]
    marker = {"symbol": "line-ew-open", "size": 46, "color": theme.spurious, "line": {"width": 4}}
    return go.Scatter(
        x=list(range(len(words))),
        y=list(values),
        mode="markers",
        name="printed",
        marker=marker,
        hovertext=hover,
        hoverinfo="text",
        xaxis="x2",
        yaxis="y2",
    )


def _plane(attention: SmallAttention, states: np.ndarray, words: list[str], theme: Theme) -> list[go.Scatter]:
    """States, query and context as points; arrows from the origin are drawn as annotations."""
    given = attention.given
    outline = [*range(len(states)), 0]
    traces = [
        go.Scatter(x=states[outline, 0], y=states[outline, 1], mode="lines", name="all mixtures",
                   fill="toself", hoverinfo="skip",
                   line={"color": theme.grid, "width": 1}, fillcolor=theme.surface, xaxis="x3", yaxis="y3"),
        _points(states, words, [f"state of {word}: {_pair(state)}" for word,
                                state in zip(words, states, strict=True)], "states",
                {"size": 11, "color": theme.text}, theme.text),
    ]  # fmt: skip
    if given.query:
        query = np.array([given.query])
        traces.append(
            _points(
                query,
                ["h"],
                [f"query h: {_pair(query[0])}"],
                "query",
                {"size": 1, "color": theme.categories[1]},
                theme.categories[1],
            )
        )
    if given.printed_context:
        printed = np.array([given.printed_context])
        marker = {"size": 15, "symbol": "x-open", "color": theme.spurious, "line": {"width": 3}}
        said = [f"printed in a lecture: {_pair(printed[0])}"]
        traces.append(_points(printed, ["printed"], said, "printed context", marker, theme.spurious))
    context = attention.context[None]
    marker = {"size": 17, "symbol": "diamond", "color": theme.accent}
    return [
        *traces,
        _points(context, ["context"], [f"context: {_pair(context[0])}"], "context", marker, theme.accent),
    ]


def _points(
    places: np.ndarray, names: list[str], said: list[str], what: str, marker: dict, color: str
) -> go.Scatter:
    return go.Scatter(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers+text",
        name=what,
        marker=marker,
        text=[escape_plotly(name) for name in names],
        textposition="bottom center" if what == "context" else "top left",
        textfont={"size": 16, "color": color},
        hovertext=[escape_plotly(text) for text in said],
        hoverinfo="text",
        xaxis="x3",
        yaxis="y3",
        cliponaxis=False,
    )


def _arrow(end: np.ndarray, color: str) -> dict:
    return {
        "x": float(end[0]),
        "y": float(end[1]),
        "ax": 0,
        "ay": 0,
        "xref": "x3",
        "yref": "y3",
        "axref": "x3",
        "ayref": "y3",
        "text": "",
        "showarrow": True,
        "arrowhead": 2,
        "arrowwidth": 2,
        "arrowcolor": color,
        "standoff": 6,
    }


def _pair(values: np.ndarray) -> str:
    return f"({', '.join(exact(value) for value in values)})"


def _range(values: np.ndarray) -> list[float]:
    """Room for bars and the numbers over them, 0 in it."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    pad = 0.2 * ((high - low) or 1.0)
    return [low - pad if low < 0 else 0.0, high + pad]


def _square(attention: SmallAttention) -> tuple[float, float]:
    """One range for both dimensions that holds every arrow, so that angles are true."""
    ends = [*attention.given.states, *([attention.given.query] if attention.given.query else [])]
    values = [0.0, *(float(value) for end in ends for value in end)]
    pad = 0.15 * ((max(values) - min(values)) or 1.0)
    return min(values) - pad, max(values) + pad
