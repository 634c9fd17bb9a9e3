"""Every number inside one attention, read in a teacher-forced pass from the modules around its probe.

The pass runs on a copy of the model: modules of its own over the same weights. So nothing that is attached to
them here is ever seen by another thread that uses the model at the same time.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from torch import Tensor

from explorer.attention.capture import attention_module, join_calls, read_pass, to_array
from explorer.checkpoints.folder import Checkpoint
from explorer.results import AttentionInside, AttentionKind, Projection, Stream
from models.base import Model
from models.explain import LinearMap, StreamStates, Taps


def inside(
    checkpoint: Checkpoint, src_text: str, tgt: str | Sequence[int], kind: AttentionKind, layer: int
) -> AttentionInside:
    """Every number of one attention, all heads and all rows, while the model writes `tgt` (a text, or the ids
    of a search).

    Raises InputError when the checkpoint has no such attention, the source is empty or a side is too long.
    """
    checkpoint = replace(checkpoint, model=_copy(checkpoint.model))
    attention_module(checkpoint, kind, layer, 0)
    taps = Taps(checkpoint.model)
    taken = read_pass(checkpoint, src_text, tgt)
    parts = join_calls(taken.seen.calls[kind, layer])
    spec = checkpoint.can.attention[kind]
    query, key = taken.sides(spec.query, spec.key)
    went_in = {
        name: side.shift().tokens if side.role == "written" else side.tokens
        for name, side in ((spec.query, query), (spec.key, key))
    }
    how = checkpoint.model.explain(kind, layer, taps)
    by_head = partial(_by_head, n_heads=parts.weights.shape[1])
    query_stream = _stream(went_in[spec.query], how.query)
    return AttentionInside(
        model_name=checkpoint.name,
        kind=kind,
        layer=layer,
        scorer=how.scorer,
        formula=how.formula,
        positions=how.positions,
        query=query,
        key=key,
        query_stream=query_stream,
        key_stream=query_stream if how.key is how.query else _stream(went_in[spec.key], how.key),
        queries=to_array(parts.query[0]) if how.queries is None else by_head(how.queries),
        keys=to_array(parts.key[0]),
        values=to_array(parts.value[0]),
        scale=how.scale,
        scores=to_array(parts.scores[0]),
        weights=to_array(parts.weights[0]),
        projections=to_array(checkpoint.model.head_projections(kind, layer)),
        rest=to_array(how.rest),
        output=to_array(how.output),
        query_map=_projection(how.query_map, by_head),
        key_map=_projection(how.key_map, by_head),
        value_map=_projection(how.value_map, by_head),
        plain_queries=_optional(how.plain_queries, by_head),
        plain_keys=_optional(how.plain_keys, by_head),
        vector=_optional(how.vector, to_array),
        position_bias=_optional(how.position_bias, to_array),
    )


def _copy(model: Model) -> Model:
    """The same network over the very same weights, in modules of its own."""
    weights = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    return copy.deepcopy(model, weights)


def _stream(tokens: tuple[str, ...], states: StreamStates) -> Stream:
    reached = to_array(states.states)
    return Stream(
        tokens,
        to_array(states.embedding),
        _optional(states.position, to_array),
        reached,
        reached if states.inputs is states.states else to_array(states.inputs),
    )


def _projection(linear: LinearMap | None, by_head: Callable[[Tensor], np.ndarray]) -> Projection | None:
    """The matrix and bias of a linear layer as x · weight + bias of each head."""
    if linear is None:
        return None
    weight = by_head(linear.weight.T)
    n_heads = len(weight)
    return Projection(
        weight, None if linear.bias is None else to_array(linear.bias.unflatten(0, (n_heads, -1)))
    )


def _optional(x: Tensor | None, convert: Callable[[Tensor], np.ndarray]) -> np.ndarray | None:
    return None if x is None else convert(x)


def _by_head(x: Tensor, n_heads: int) -> np.ndarray:
    """[len, n_heads · d_head] → [n_heads, len, d_head]."""
    return to_array(x.unflatten(-1, (n_heads, -1)).transpose(0, 1))
