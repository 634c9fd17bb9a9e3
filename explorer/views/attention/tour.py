"""The way of a sentence through one attention of the model, stop by stop, with its true matrices."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go

from explorer.results import AttentionInside
from explorer.views.attention.stops.common import context_stop, softmax_stop, words_stop
from explorer.views.attention.stops.recurrent import attentional_stop, scorer_stop, states_stop
from explorer.views.attention.stops.stop import Stop
from explorer.views.attention.stops.transformer import (
    heads_stop,
    input_stop,
    mask_stop,
    output_stop,
    projections_stop,
    scores_stop,
)
from explorer.views.matrix_panels import panels_figure
from explorer.views.theme import Theme


def tour_figure(stop: Stop, theme: Theme, max_width: int = 800) -> go.Figure:
    """The matrices of a stop; show it with width="content", theme=None and `PLOTLY_CONFIG`."""
    return panels_figure(stop.lines, theme, max_width)


def tour_names(inside: AttentionInside) -> tuple[str, ...]:
    """The stops in their order; a recurrent model has a tour of its own."""
    return tuple(_RECURRENT if inside.recurrent else _TRANSFORMER)


def tour_stop(inside: AttentionInside, head: int, name: str) -> Stop:
    """One stop, where it is about one head for this one."""
    return (_RECURRENT if inside.recurrent else _TRANSFORMER)[name](inside, head)


def tour_stops(inside: AttentionInside, head: int) -> tuple[Stop, ...]:
    """All stops, from the words to the output."""
    return tuple(tour_stop(inside, head, name) for name in tour_names(inside))


def head_stops(inside: AttentionInside, head: int) -> tuple[Stop, ...]:
    """What is about this head alone, from queries and keys to what it adds to the output; without a mask that
    hides nothing.
    """
    left_out = {"Words", "States", "Input", "Heads"} | ({"Mask"} if inside.mask.all() else set())
    *before, last = (tour_stop(inside, head, name) for name in tour_names(inside) if name not in left_out)
    if not inside.recurrent:
        last = replace(last, title=f"What H{head} adds to the output", lines=last.lines[1:])
    return (*before, last)


_TRANSFORMER = {
    "Words": words_stop,
    "Input": input_stop,
    "Q, K, V": projections_stop,
    "Scores": scores_stop,
    "Mask": mask_stop,
    "Softmax": softmax_stop,
    "Context": context_stop,
    "Heads": heads_stop,
    "Output": output_stop,
}

_RECURRENT = {
    "Words": words_stop,
    "States": states_stop,
    "Scorer": scorer_stop,
    "Softmax": softmax_stop,
    "Context": context_stop,
    "Attentional state": attentional_stop,
}
