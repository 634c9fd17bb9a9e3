"""Hand-made insides of attentions: random numbers that fit together, with any tokens."""

from __future__ import annotations

import numpy as np

from explorer.results import AttentionInside, PassRecord, Projection, Stream, frozen_array
from tests.views.samples import SRC, TGT, make_record, softmax

SCORERS = ("scaled dot", "dot", "bilinear", "mlp")
FORMULAS = {"scaled dot": "q·k / √d", "dot": "h·s", "bilinear": "hᵀ W s", "mlp": "vᵀ tanh(W₁ h + W₂ s)"}


def make_inside(
    kind="cross",
    scorer="scaled dot",
    positions="sinusoidal",
    src=SRC,
    tgt=TGT,
    heads=2,
    d=4,
    seed=0,
    layer=1,
    normed=True,
) -> tuple[AttentionInside, PassRecord]:
    """An inside and a record of the same sentence. d: the width of a head; a recurrent model has one head as
    wide as its states.
    """
    rng = np.random.default_rng(seed)
    recurrent = scorer != "scaled dot"
    heads = 1 if recurrent else heads
    width = heads * d
    record = make_record(
        src, tgt, kinds=("cross",) if recurrent else ("encoder_self", "decoder_self", "cross")
    )
    attention_map = record.map(kind)
    n_queries, n_keys = len(attention_map.query.tokens), len(attention_map.key.tokens)
    fed = ("<s>", *tuple(tgt)[:-1])
    at_input = "none" if recurrent else positions
    asks = stream(
        rng, tuple(src) if kind == "encoder_self" else fed, width, at_input, normed and not recurrent
    )
    asked = stream(rng, tuple(src), width, at_input, False) if kind == "cross" else asks

    def projection(bias=True):
        return Projection(
            frozen_array(random(rng, heads, width, d) * width**-0.5), random(rng, heads, d) if bias else None
        )

    maps = {
        "scaled dot": (projection(), projection(), projection()),
        "dot": (None, None, None),
        "bilinear": (None, projection(False), None),
        "mlp": (projection(), projection(False), None),
    }[scorer]
    queries, keys, values = (
        made(side, each, heads) for side, each in zip((asks, asked, asked), maps, strict=True)
    )
    plain = {}
    if positions == "rotary" and kind != "cross" and not recurrent:
        plain = {"plain_queries": queries, "plain_keys": keys}
        queries, keys = -queries, -keys  # turned by half a circle
    vector = random(rng, d) if scorer == "mlp" else None
    bias = (
        random(rng, heads, n_queries, n_keys)
        if positions in ("relative", "t5", "alibi") and kind != "cross" and not recurrent
        else None
    )
    scale = d**-0.5 if not recurrent else 1.0
    if vector is not None:
        scores = np.tanh(queries[:, :, None] + keys[:, None]) @ vector
    else:
        scores = queries @ keys.transpose(0, 2, 1) * scale
    scores = scores + (0 if bias is None else bias)
    if kind == "decoder_self":
        scores = np.where(np.triu(np.ones((n_queries, n_keys)), 1) > 0, -np.inf, scores)
    weights = softmax(scores)
    projections, rest = random(rng, heads, d, width), random(rng, 1, width).repeat(n_queries, 0)
    total = sum((weights @ values @ projections), rest)
    made_inside = AttentionInside(
        "tiny",
        kind,
        layer,
        scorer,
        FORMULAS[scorer] + (" + position bias" if bias is not None else ""),
        positions,
        attention_map.query,
        attention_map.key,
        asks,
        asked,
        *map(frozen_array, (queries, keys, values)),
        scale,
        *map(frozen_array, (scores, weights, projections, rest, np.tanh(total) if recurrent else total)),
        *maps,
        **plain,
        vector=vector,
        position_bias=bias,
    )
    return made_inside, record


def random(rng, *shape) -> np.ndarray:
    return frozen_array(rng.normal(size=shape) * 0.7)


def stream(rng, tokens, width: int, positions: str, normed: bool) -> Stream:
    embedding, states = random(rng, len(tokens), width), random(rng, len(tokens), width)
    position = random(rng, len(tokens), width) if positions in ("sinusoidal", "learned") else None
    return Stream(tokens, embedding, position, states, random(rng, len(tokens), width) if normed else states)


def made(side: Stream, projection: Projection | None, heads: int) -> np.ndarray:
    if projection is None:
        return np.stack([side.inputs] * heads)
    bias = 0 if projection.bias is None else projection.bias[:, None]
    return side.inputs @ projection.weight + bias
