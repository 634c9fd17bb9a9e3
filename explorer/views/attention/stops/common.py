"""The stops that every attention has: its words, the softmax and the context."""

from __future__ import annotations

import numpy as np

from explorer.results import AttentionInside, Stream
from explorer.views.attention.stops.stop import Stop
from explorer.views.numbers import percent, short
from explorer.views.panel_layout import Panel, largest

NAMED = (
    " From here on a row has the name of the token that it predicts, the one after the token that went in."
)

POSITIONS = {
    "none": "Nothing is added: this model is not told the order of its tokens.",
    "sinusoidal": "A fixed wave for each position is added, so that the same word at two places becomes two "
    "vectors.",
    "learned": "A learned vector for each position is added, so that the same word at two places becomes "
    "two vectors.",
    "relative": "Nothing is added here: order enters at the scores, by a learned vector for each distance "
    "between query and key.",
    "rotary": "Nothing is added here: order enters at the queries and keys, which are turned by an angle "
    "that grows with the position.",
    "t5": "Nothing is added here: order enters at the scores, by a learned number for each head and "
    "distance.",
    "alibi": "Nothing is added here: order enters at the scores, by a penalty for each token of distance.",
}


def streams(inside: AttentionInside) -> tuple[tuple[str, Stream], ...]:
    """The one or two streams of this attention, each with its name."""
    asks, asked = inside.query.name, inside.key.name
    if inside.query_stream is inside.key_stream:
        return ((asks, inside.query_stream),)
    return ((asks, inside.query_stream), (asked, inside.key_stream))


def words_stop(inside: AttentionInside, head: int) -> Stop:
    lines = []
    for side, stream in streams(inside):
        if stream.position is None:
            lines.append(
                (
                    Panel(
                        f"{side}: embedding", stream.embedding, stream.tokens, scale=largest(stream.embedding)
                    ),
                )
            )
            continue
        total = stream.embedding.astype(np.float64) + stream.position
        scale = largest(stream.embedding, stream.position, total)
        lines.append(
            (
                Panel(f"{side}: embedding", stream.embedding, stream.tokens, scale=scale),
                Panel("position", stream.position, stream.tokens, scale=scale, before="+"),
                Panel("sum", total, stream.tokens, scale=scale, before="="),
            )
        )
    if inside.recurrent:
        text = (
            "Each token is a row of a table. A recurrent network reads the rows one after another, so it "
            "needs no mark of the position."
        )
        return Stop(
            "Each token becomes a vector", text, r"x_i = \mathrm{Embedding}[\mathrm{token}_i]", tuple(lines)
        )
    d_model = inside.query_stream.embedding.shape[1]
    text = (
        f"Each token is a row of a table, multiplied by √{d_model} = {short(d_model**0.5)}. "
        f"{POSITIONS[inside.positions]}"
    )
    if not inside.is_self and inside.positions in ("relative", "rotary", "t5", "alibi"):
        text += " That is in self-attention: this cross-attention itself is told no positions."
    formula = r"x_i = \sqrt{d_{\mathrm{model}}}\;\mathrm{Embedding}[\mathrm{token}_i]"
    formula += r" + p_i" if inside.query_stream.position is not None else ""
    return Stop("Each token becomes a vector", text, formula, tuple(lines))


def softmax_stop(inside: AttentionInside, head: int) -> Stop:
    hidden = ~inside.mask
    scores, weights = inside.scores[head], inside.weights[head]
    finite = scores[inside.mask]
    text = (
        "Each row by itself: e to the power of every score, divided by the sum over the row. What remains is "
        f"a share for each key, all rows sum to 1. The largest share here is {percent(weights.max())}."
    )
    line = (
        Panel(
            "scores",
            scores,
            inside.query.tokens,
            inside.key.tokens,
            largest(finite),
            hidden=hidden if hidden.any() else None,
        ),
        Panel("weights A", weights, inside.query.tokens, inside.key.tokens, 1.0, "weights", before="→"),
    )
    formula = r"A_{ij} = \frac{e^{S_{ij}}}{\sum_k e^{S_{ik}}}"
    return Stop("Scores become shares of attention", text, formula, (line,))


def context_stop(inside: AttentionInside, head: int) -> Stop:
    context, values = inside.context(head), inside.values[head]
    scale = largest(values, context)
    name = "encoder states" if inside.recurrent else "values V"
    text = (
        f"Each row of the weights mixes the rows of the {name} into one vector, the context. A weight near 1 "
        "copies one row; even weights give an average."
    )
    line = (
        Panel("weights A", inside.weights[head], inside.query.tokens, inside.key.tokens, 1.0, "weights"),
        Panel(name, values, inside.key.tokens, scale=scale, before="×"),
        Panel("context C", context, inside.query.tokens, scale=scale, before="="),
    )
    formula = r"C = A\,V" if not inside.recurrent else r"c_i = \sum_j A_{ij}\, s_j"
    return Stop("The weights mix what they point at", text, formula, (line,))
