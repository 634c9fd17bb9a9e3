"""How does attention come about, stop by stop? The way of a sentence through one attention of the model, with
its true matrices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go

from explorer.results import AttentionInside, Stream
from explorer.views.matrix_panels import Panel, largest, panels_figure
from explorer.views.numbers import percent, short
from explorer.views.theme import Theme

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


@dataclass(frozen=True)
class Stop:
    """One figure with what is said about it. text: fixed words and numbers; formula: LaTeX; lines: its
    panels, line by line.
    """

    title: str
    text: str
    formula: str
    lines: tuple[tuple[Panel, ...], ...]


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


# ---------------------------------------------------------------------------------------------- both families


def _streams(inside: AttentionInside) -> tuple[tuple[str, Stream], ...]:
    """The one or two streams of this attention, each with its name."""
    asks, asked = inside.query.name, inside.key.name
    if inside.query_stream is inside.key_stream:
        return ((asks, inside.query_stream),)
    return ((asks, inside.query_stream), (asked, inside.key_stream))


def _words(inside: AttentionInside, head: int) -> Stop:
    lines = []
    for side, stream in _streams(inside):
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


def _softmax(inside: AttentionInside, head: int) -> Stop:
    hidden = ~inside.mask
    scores, weights = inside.scores[head], inside.weights[head]
    finite = scores[inside.mask]
    text = (
        "Each row by itself: e to the power of every score, divided by the sum over the row. What remains "
        "is a share for each key, all "
        f"rows sum to 1. The largest share here is {percent(weights.max())}."
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


def _context(inside: AttentionInside, head: int) -> Stop:
    context, values = inside.context(head), inside.values[head]
    scale = largest(values, context)
    name = "encoder states" if inside.recurrent else "values V"
    text = (
        f"Each row of the weights mixes the rows of the {name} into one vector, the context. A weight near "
        "1 copies one row; even "
        "weights give an average."
    )
    line = (
        Panel("weights A", inside.weights[head], inside.query.tokens, inside.key.tokens, 1.0, "weights"),
        Panel(name, values, inside.key.tokens, scale=scale, before="×"),
        Panel("context C", context, inside.query.tokens, scale=scale, before="="),
    )
    formula = r"C = A\,V" if not inside.recurrent else r"c_i = \sum_j A_{ij}\, s_j"
    return Stop("The weights mix what they point at", text, formula, (line,))


# ------------------------------------------------------------------------------------------------ transformer


def _input(inside: AttentionInside, head: int) -> Stop:
    lines = []
    for side, stream in _streams(inside):
        scale = largest(stream.states)
        line = (Panel(f"{side}: states", stream.states, stream.tokens, scale=scale),)
        if stream.normed:
            line += (
                Panel(
                    "after the norm", stream.inputs, stream.tokens, scale=largest(stream.inputs), before="→"
                ),
            )
        lines.append(line)
    if not inside.is_self:
        text = (
            f"The decoder comes here after the self-attention of its layer L{inside.layer} and asks; what "
            "is asked are the states that the "
            "encoder has made of the source, the same for every layer of the decoder."
        )
    elif inside.layer == 0:
        text = "This is the first layer, so its states are the sum of before."
    else:
        text = (
            f"After {inside.layer} layer{'s' if inside.layer > 1 else ''} every vector already knows "
            "something of the others."
        )
    if inside.query_stream.normed:
        text += " A norm brings every row to a common size before the matrices read it."
    formula = r"\hat X = \mathrm{norm}(X)" if inside.query_stream.normed else r"\hat X = X"
    return Stop(f"What reaches the attention of layer L{inside.layer}", text, formula, tuple(lines))


def _projections(inside: AttentionInside, head: int) -> Stop:
    query, key = inside.query_stream, inside.key_stream
    inputs = {"queries": query, "keys": key, "values": key}
    x_scale = largest(query.inputs, key.inputs)
    w_scale = largest(*(each.weight[head] for each in (inside.query_map, inside.key_map, inside.value_map)))
    lines = []
    for letter, name, projection, plain, turned in (
        ("Q", "queries", inside.query_map, inside.plain_queries, inside.queries),
        ("K", "keys", inside.key_map, inside.plain_keys, inside.keys),
        ("V", "values", inside.value_map, None, inside.values),
    ):
        stream, weight = inputs[name], projection.weight[head]
        result = turned[head] if plain is None else plain[head]
        line = [
            Panel("input", stream.inputs, stream.tokens, scale=x_scale),
            Panel(f"W_{letter}", weight, scale=w_scale, before="×"),
            Panel(
                f"b_{letter}", projection.bias[head][None], scale=largest(projection.bias[head]), before="+"
            ),
            Panel(f"{name} {letter}", result, stream.tokens, scale=largest(result), before="="),
        ]
        if plain is not None:
            line.append(
                Panel(f"{letter} turned", turned[head], stream.tokens, scale=largest(result), before="→")
            )
        lines.append(tuple(line))
    asks, asked = inside.query.name, inside.key.name
    n, d = inside.n_heads, inside.queries.shape[2]
    text = (
        f"Three matrices make a query, a key and a value of every vector. Head H{head} has {d} of the "
        f"{n * d} columns of each, so every "
        "head asks a question of its own."
    )
    if asks != asked:
        text += f" The queries come from the {asks} so far, keys and values from the {asked}."
    if inside.plain_queries is not None:
        text += (
            " Queries and keys are then turned, pair of dimensions by pair, by an angle that grows with "
            "the position."
        )
    formula = r"Q = \hat X W_Q + b_Q, \qquad K = \hat X W_K + b_K, \qquad V = \hat X W_V + b_V"
    return Stop("A question, an answer and a content for every token", text, formula, tuple(lines))


def _scores(inside: AttentionInside, head: int) -> Stop:
    queries, keys, products, scores = (
        inside.queries[head],
        inside.keys[head],
        inside.products(head),
        inside.unmasked(head),
    )
    axes = (inside.query.tokens, inside.key.tokens)
    d = queries.shape[1]
    compared = largest(queries, keys)
    first = (
        Panel("queries Q", queries, inside.query.tokens, scale=compared),
        Panel("keys Kᵀ", keys.T, (), inside.key.tokens, scale=compared, before="×"),
        Panel("Q Kᵀ", products, *axes, largest(products), before="="),
    )
    second = (
        Panel(f"Q Kᵀ / √{d}", products * inside.scale, *axes, largest(products * inside.scale, scores)),
    )
    text = (
        f"Each query meets each key: their {d} numbers are multiplied one by one and added up. Division by "
        f"√{d} = {short(d**0.5)} keeps "
        "the scores in a range in which softmax is not all or nothing."
    )
    formula = r"S = \frac{Q K^\top}{\sqrt{d}}"
    if inside.query.role == "written":
        text += NAMED
    if inside.position_bias is not None:
        scale = largest(products * inside.scale, scores, inside.position_bias[head])
        second = (
            Panel(f"Q Kᵀ / √{d}", products * inside.scale, *axes, scale),
            Panel("position", inside.position_bias[head], *axes, scale, before="+"),
            Panel("scores S", scores, *axes, scale, before="="),
        )
        text += {
            "relative": " The position adds what the query makes of the distance to the key.",
            "t5": " The position adds the number that this head has learned for the distance, whatever the "
            "words are.",
            "alibi": " The position takes something away for each token of distance, here "
            f"{short(_slope(inside, head))}.",
        }[inside.positions]
        formula += r" + B"
    return Stop("How well does each query fit each key?", text, formula, (first, second))


def _slope(inside: AttentionInside, head: int) -> float:
    """What ALiBi takes away per token of distance."""
    bias = inside.position_bias[head]
    return float(bias[0, 0] - bias[0, 1]) if bias.shape[1] > 1 else 0.0


def _mask(inside: AttentionInside, head: int) -> Stop:
    hidden = ~inside.mask
    scores = inside.unmasked(head)
    axes = (inside.query.tokens, inside.key.tokens)
    scale = largest(scores)
    line = (
        Panel("scores S", scores, *axes, scale),
        Panel("mask M", inside.mask, *axes, kind="mask", before="+"),
        Panel(
            "S + M", inside.scores[head], *axes, scale, before="=", hidden=hidden if hidden.any() else None
        ),
    )
    if inside.key.role == "fed":
        n = int(hidden.sum())
        text = (
            "The decoder reads a whole translation at once while it is trained, so what comes later must be "
            "hidden: minus infinity is "
            f"added, which softmax turns into a weight of 0. Hidden here: {n} of {hidden.size} scores."
        )
        formula = r"M_{ij} = 0 \;\text{ for } j \le i, \qquad M_{ij} = -\infty \;\text{ for } j > i"
    else:
        text = (
            "Every token of the source may be seen, so the mask is 0 everywhere. In a batch of sentences it "
            "would hide the padding after "
            "the shorter ones."
        )
        formula = r"M_{ij} = 0"
    return Stop("What may a token not look at?", text, formula, (line,))


def _joined(inside: AttentionInside) -> np.ndarray:
    """The contexts of all heads side by side, [query_len, n_heads · d_head]."""
    return np.concatenate([inside.context(head) for head in range(inside.n_heads)], axis=-1)


def _heads(inside: AttentionInside, head: int) -> Stop:
    joined = _joined(inside)
    n, d = inside.n_heads, inside.values.shape[2]
    text = (
        f"All {n} heads have done the same with matrices of their own. Their contexts are put side by side: "
        f"{n} × {d} = {n * d} numbers "
        f"for each row, as many as went in. H{head} is outlined."
    )
    panel = Panel(
        f"contexts of H0 … H{n - 1}",
        joined,
        inside.query.tokens,
        scale=largest(joined),
        blocks=n,
        chosen=head,
    )
    formula = r"C = [\,C_0 \;|\; C_1 \;|\; \dots \;|\; C_{h-1}\,]"
    return Stop("All heads, side by side", text, formula, ((panel,),))


def _output(inside: AttentionInside, head: int) -> Stop:
    joined, part = _joined(inside), inside.part(head)
    n, d, d_model = inside.projections.shape
    scale = largest(inside.output, part)
    w_scale = largest(inside.projections)
    whole = (
        Panel("all contexts C", joined, inside.query.tokens, scale=largest(joined), blocks=n, chosen=head),
        Panel("W_O", inside.projections.reshape(n * d, d_model), scale=w_scale, before="×"),
        Panel("b_O", inside.rest[:1], scale=largest(inside.rest), before="+"),
        Panel("output", inside.output, inside.query.tokens, scale=scale, before="="),
    )
    own = (
        Panel(f"context of H{head}", inside.context(head), inside.query.tokens, scale=largest(joined)),
        Panel("its rows of W_O", inside.projections[head], scale=w_scale, before="×"),
        Panel(f"what H{head} adds", part, inside.query.tokens, scale=scale, before="="),
    )
    text = (
        f"One more matrix mixes the heads into the {d_model} numbers that are added to the states. Below, "
        f"what H{head} alone adds: the "
        "output is the sum of such parts, one for each head, and the bias."
    )
    formula = r"\mathrm{output} = C\,W_O + b_O = \sum_h C_h W_O^{(h)} + b_O"
    return Stop("The heads become one vector again", text, formula, (whole, own))


# -------------------------------------------------------------------------------------------------- recurrent


def _states(inside: AttentionInside, head: int) -> Stop:
    h, s = inside.query_stream, inside.key_stream
    scale = largest(h.states, s.states)
    text = (
        "The encoder reads the source in both directions; the state of a token is what it knows coming from "
        "the left, beside what it knows "
        "coming from the right. The decoder's state h is what it knows before it predicts the next token."
        + NAMED
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


def _scorer(inside: AttentionInside, head: int) -> Stop:
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
        "Each state of the decoder meets each state of the encoder: their numbers are multiplied one "
        "by one and added up."
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


def _attentional(inside: AttentionInside, head: int) -> Stop:
    part, total = inside.part(0), inside.total()
    scale = largest(part, inside.rest, total)
    rows = inside.query.tokens
    text = (
        "The context and the decoder's own state are mixed into the attentional state h̃, from which the "
        "next token is predicted. The first "
        "matrix is all that attention adds."
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


_TRANSFORMER = {
    "Words": _words,
    "Input": _input,
    "Q, K, V": _projections,
    "Scores": _scores,
    "Mask": _mask,
    "Softmax": _softmax,
    "Context": _context,
    "Heads": _heads,
    "Output": _output,
}
_RECURRENT = {
    "Words": _words,
    "States": _states,
    "Scorer": _scorer,
    "Softmax": _softmax,
    "Context": _context,
    "Attentional state": _attentional,
}
