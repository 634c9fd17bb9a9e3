"""The stops of a recurrent network's attention: states, scorer and attentional state."""

from __future__ import annotations

from explorer.results import AttentionInside
from explorer.views.attention.stops.common import NAMED
from explorer.views.attention.stops.stop import Stop
from explorer.views.panel_layout import Panel, largest


def states_stop(inside: AttentionInside, head: int) -> Stop:
    h, s = inside.query_stream, inside.key_stream
    scale = largest(h.states, s.states)
    text = (
        "The encoder reads the source in both directions; the state of a token is what it knows coming from "
        "the left, beside what it knows coming from the right. The decoder's state h is what it knows before "
        "it predicts the next token." + NAMED
    )
    lines = (
        (
            Panel(
                "encoder states s: from the left | from the right", s.states, s.tokens, scale=scale, blocks=2
            ),
        ),
        (Panel("decoder states h", h.states, inside.query.tokens, scale=scale),),
    )
    formula = r"s_j = [\overrightarrow{s}_j ; \overleftarrow{s}_j], \qquad h_i = f(h_{i-1}, y_{i-1})"
    return Stop("Both networks have read", text, formula, lines)


def scorer_stop(inside: AttentionInside, head: int) -> Stop:
    return {"dot": _dot, "bilinear": _bilinear, "mlp": _mlp}[inside.scorer](inside)


SCORER = "How well does each step fit each source token?"


def _states_scale(inside: AttentionInside) -> float:
    """One scale for the states of both networks."""
    return largest(inside.query_stream.states, inside.key_stream.states)


def _score_panel(inside: AttentionInside, title: str = "scores e", before: str = "=") -> Panel:
    """What every scorer ends with: a number for each step and each source token."""
    products = inside.products(0)
    return Panel(title, products, inside.query.tokens, inside.key.tokens, largest(products), before=before)


def _dot(inside: AttentionInside) -> Stop:
    """The dot product of two states."""
    h, s, scale = inside.query_stream.states, inside.key_stream.states, _states_scale(inside)
    text = (
        "Each state of the decoder meets each state of the encoder: their numbers are multiplied one by one "
        "and added up."
    )
    line = (
        Panel("decoder states h", h, inside.query.tokens, scale=scale),
        Panel("encoder states sᵀ", s.T, (), inside.key.tokens, scale=scale, before="×"),
        _score_panel(inside),
    )
    return Stop(SCORER, text, r"e_{ij} = h_i^\top s_j", (line,))


def _bilinear(inside: AttentionInside) -> Stop:
    """A matrix between the two states."""
    h, s, scale = inside.query_stream.states, inside.key_stream.states, _states_scale(inside)
    rows, cols, keys = inside.query.tokens, inside.key.tokens, inside.keys[0]
    w, w_scale, turned = inside.key_map.weight[0], largest(inside.key_map.weight), largest(keys)
    text = (
        "A learned matrix W turns the states of the encoder before those of the decoder meet them, so "
        "the two need not speak the same language."
    )
    lines = (
        (
            Panel("states s", s, cols, scale=scale),
            Panel("Wᵀ", w, scale=w_scale, before="×"),
            Panel("W s", keys, cols, scale=turned, before="="),
        ),
        (
            Panel("states h", h, rows, scale=scale),
            Panel("(W s)ᵀ", keys.T, (), cols, turned, before="×"),
            _score_panel(inside),
        ),
    )
    return Stop(SCORER, text, r"e_{ij} = h_i^\top W s_j", lines)


def _mlp(inside: AttentionInside) -> Stop:
    """A small network that reads both states."""
    h, s, scale = inside.query_stream.states, inside.key_stream.states, _states_scale(inside)
    rows, cols, queries, keys = inside.query.tokens, inside.key.tokens, inside.queries[0], inside.keys[0]
    asks, asked, v = inside.query_map, inside.key_map, inside.vector[None]
    both, w_scale = largest(queries, keys), largest(asks.weight, asked.weight)
    text = (
        f"For each pair of rows the two vectors are added, tanh squeezes each of the {keys.shape[1]} "
        "sums into −1 … 1, and v weighs them: a small network with one hidden layer."
    )
    lines = (
        (
            Panel("states h", h, rows, scale=scale),
            Panel("W₁", asks.weight[0], scale=w_scale, before="×"),
            Panel("b", asks.bias, scale=largest(asks.bias), before="+"),
            Panel("W₁ h + b", queries, rows, scale=both, before="="),
        ),
        (
            Panel("states s", s, cols, scale=scale),
            Panel("W₂", asked.weight[0], scale=w_scale, before="×"),
            Panel("W₂ s", keys, cols, scale=both, before="="),
        ),
        (
            Panel("v", v, scale=largest(v)),
            _score_panel(inside, "scores e = vᵀ tanh(W₁ h + b + W₂ s)", "→"),
        ),
    )
    return Stop(SCORER, text, r"e_{ij} = v^\top \tanh(W_1 h_i + b + W_2 s_j)", lines)


def attentional_stop(inside: AttentionInside, head: int) -> Stop:
    part, total = inside.part(0), inside.total()
    scale = largest(part, inside.rest, total)
    rows = inside.query.tokens
    text = (
        "The context and the decoder's own state are mixed into the attentional state h̃, from which the "
        "next token is predicted. The first matrix is all that attention adds."
    )
    lines = (
        (
            Panel("from the context", part, rows, scale=scale),
            Panel("from the state", inside.rest, rows, scale=scale, before="+"),
        ),
        (
            Panel("sum", total, rows, scale=scale),
            Panel("attentional state h̃", inside.output, rows, scale=1.0, before="→"),
        ),
    )
    formula = r"\tilde h_i = \tanh(W_c\, c_i + W_h\, h_i + b)"
    return Stop("Looking back becomes part of the state", text, formula, lines)
