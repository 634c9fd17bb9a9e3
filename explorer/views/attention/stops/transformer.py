"""The stops of a transformer's attention, from what reaches it to what it adds."""

from __future__ import annotations

import numpy as np

from explorer.results import AttentionInside
from explorer.views.attention.stops.common import NAMED, streams
from explorer.views.attention.stops.stop import Stop
from explorer.views.numbers import short
from explorer.views.panel_layout import Panel, largest


def input_stop(inside: AttentionInside, head: int) -> Stop:
    lines = []
    for side, stream in streams(inside):
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
            f"The decoder comes here after the self-attention of its layer L{inside.layer} and asks; what is "
            "asked are the states that the encoder has made of the source, the same for every layer of the "
            "decoder."
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


def projections_stop(inside: AttentionInside, head: int) -> Stop:
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
        f"{n * d} columns of each, so every head asks a question of its own."
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


def scores_stop(inside: AttentionInside, head: int) -> Stop:
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
        f"√{d} = {short(d**0.5)} keeps the scores in a range in which softmax is not all or nothing."
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


def mask_stop(inside: AttentionInside, head: int) -> Stop:
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
            f"hidden: minus infinity is added, which softmax turns into a weight of 0. Hidden here: {n} of "
            f"{hidden.size} scores."
        )
        formula = r"M_{ij} = 0 \;\text{ for } j \le i, \qquad M_{ij} = -\infty \;\text{ for } j > i"
    else:
        text = (
            "Every token of the source may be seen, so the mask is 0 everywhere. In a batch of sentences it "
            "would hide the padding after the shorter ones."
        )
        formula = r"M_{ij} = 0"
    return Stop("What may a token not look at?", text, formula, (line,))


def _joined(inside: AttentionInside) -> np.ndarray:
    """The contexts of all heads side by side, [query_len, n_heads · d_head]."""
    return np.concatenate([inside.context(head) for head in range(inside.n_heads)], axis=-1)


def heads_stop(inside: AttentionInside, head: int) -> Stop:
    joined = _joined(inside)
    n, d = inside.n_heads, inside.values.shape[2]
    text = (
        f"All {n} heads have done the same with matrices of their own. Their contexts are put side by side: "
        f"{n} × {d} = {n * d} numbers for each row, as many as went in. H{head} is outlined."
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


def output_stop(inside: AttentionInside, head: int) -> Stop:
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
        f"what H{head} alone adds: the output is the sum of such parts, one for each head, and the bias."
    )
    formula = r"\mathrm{output} = C\,W_O + b_O = \sum_h C_h W_O^{(h)} + b_O"
    return Stop("The heads become one vector again", text, formula, (whole, own))
