"""What happens inside one attention? One teacher-forced pass in which not only the probes but the modules
around them are read.

The pass runs on a twin of the model: modules of its own over the same weights. So nothing that is attached to
them here is ever seen by another thread that uses the model at the same time.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from explorer.attention.capture import (
    attention_module,
    axes,
    encode_target,
    forced_pass,
    join_calls,
    to_array,
)
from explorer.checkpoints.folder import Checkpoint
from explorer.decoding.decode import encode_source
from explorer.results import AttentionInside, AttentionKind, Projection, Stream
from models.base import Seq2SeqModel
from models.positions import AbsolutePositions
from models.probe import AttentionParts


def inside(
    checkpoint: Checkpoint, src_text: str, tgt: str | Sequence[int], kind: AttentionKind, layer: int
) -> AttentionInside:
    """Every number of one attention, all heads and all rows, while the model writes `tgt` (a text, or the ids
    of a search).

    Raises InputError when the checkpoint has no such attention, the source is empty or a side is too long.
    """
    src, target = encode_source(checkpoint, src_text), encode_target(checkpoint, tgt)
    checkpoint = replace(checkpoint, model=_twin(checkpoint.model))
    owner = attention_module(checkpoint, kind, layer, 0)
    taps = _Taps(checkpoint.model)
    seen, _ = forced_pass(checkpoint.model, src.ids, target.ids)
    parts = join_calls(seen.calls[kind, layer])
    sides = axes(src, target)
    query_tokens, key_tokens, *_ = sides[kind]
    tokens = {"src": sides["encoder_self"][0], "tgt": sides["decoder_self"][1]}  # what goes in
    family = _in_transformer if checkpoint.config.model.family == "transformer" else _in_rnn
    found = family(checkpoint.model, owner, parts, taps, tokens)
    return AttentionInside(
        model_name=checkpoint.name,
        kind=kind,
        layer=layer,
        formula=owner.scorer_formula + (" + position bias" if "position_bias" in found else ""),
        query_tokens=query_tokens,
        key_tokens=key_tokens,
        keys=to_array(parts.key[0]),
        values=to_array(parts.value[0]),
        scores=to_array(parts.scores[0]),
        weights=to_array(parts.weights[0]),
        projections=to_array(checkpoint.model.head_projections(kind, layer)),
        **{"queries": to_array(parts.query[0])} | found,
    )


def _twin(model: Seq2SeqModel) -> Seq2SeqModel:
    """The same network over the very same weights, in modules of its own."""
    weights = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    return copy.deepcopy(model, weights)


class _Taps:
    """What goes into and comes out of every module of a network. Several calls, one per decoding step, are
    joined along the tokens.
    """

    def __init__(self, model: nn.Module):
        self._calls: dict[nn.Module, list[tuple[tuple, object]]] = {}
        for module in model.modules():
            module.register_forward_hook(self._note)

    def _note(self, module: nn.Module, args: tuple, output: object) -> None:
        self._calls.setdefault(module, []).append((args, output))

    def into(self, module: nn.Module) -> Tensor:
        """The first argument, [len, width]."""
        return torch.cat([args[0] for args, _ in self._calls[module]], dim=1)[0]

    def out(self, module: nn.Module) -> Tensor:
        """[len, width], or [heads, query_len, key_len] of a position bias."""
        return torch.cat([output for _, output in self._calls[module]], dim=1)[0]


def _in_transformer(
    model: Seq2SeqModel, owner: nn.Module, parts: AttentionParts, taps: _Taps, tokens: dict
) -> dict[str, object]:
    """The fields of `AttentionInside` that each family has in another place."""
    kind, layer = owner.probe.kind, owner.probe.layer
    block = (model.encoder if kind == "encoder_self" else model.decoder)[layer]
    around = block.around_cross if kind == "cross" else block.around_self
    side, positions = ("src", model.src_positions) if kind == "encoder_self" else ("tgt", model.tgt_positions)
    states = to_array(taps.into(around))
    query_stream = Stream(
        tokens[side],
        *_embedded(positions, taps),
        states,
        to_array(taps.into(owner.query)) if around.pre else states,
    )
    key_stream = query_stream
    if kind == "cross":
        memory = to_array(taps.into(owner.key_value))
        key_stream = Stream(tokens["src"], *_embedded(model.src_positions, taps), memory, memory)
    key, value = owner.key_value.weight.chunk(2)  # each [d_model, d_model]
    key_bias, value_bias = owner.key_value.bias.chunk(2)
    found = {
        "scorer": "scaled dot",
        "positions": model.config.positions,
        "query_stream": query_stream,
        "key_stream": key_stream,
        "query_map": _projection(owner.query.weight, owner.query.bias, owner.n_heads),
        "key_map": _projection(key, key_bias, owner.n_heads),
        "value_map": _projection(value, value_bias, owner.n_heads),
        "scale": owner.d_head**-0.5,
        "rest": to_array(owner.output.bias.expand(len(states), -1)),
        "output": to_array(taps.out(owner)),
    }
    if owner.bias is not None:
        found["position_bias"] = to_array(taps.out(owner.bias))
    if owner.rotary:
        plain_keys, _ = taps.out(owner.key_value).chunk(2, dim=-1)
        found["plain_queries"], found["plain_keys"] = (
            _by_head(x, owner.n_heads) for x in (taps.out(owner.query), plain_keys)
        )
    return found


def _in_rnn(
    model: Seq2SeqModel, owner: nn.Module, parts: AttentionParts, taps: _Taps, tokens: dict
) -> dict[str, object]:
    """The same in a recurrent model, whose one attention has one head: h̃ = tanh(context · W_c + h · W_h +
    b).
    """
    d = model.config.d_hidden
    h = taps.into(model.attentional)[:, d:]  # [tgt_len, d]; the first half is the context
    states, memory = to_array(h), to_array(parts.value[0, 0])
    found = {
        "scorer": model.config.attention,
        "positions": "none",
        "query_stream": Stream(tokens["tgt"], to_array(taps.out(model.tgt_embedding)), None, states, states),
        "key_stream": Stream(tokens["src"], to_array(taps.out(model.src_embedding)), None, memory, memory),
        "scale": 1.0,
        "rest": to_array(h @ model.attentional.weight[:, d:].T + model.attentional.bias),
        "output": to_array(taps.out(model.attentional).tanh()),
    }
    if model.config.attention == "bilinear":
        found["key_map"] = _projection(owner.weight.weight, None, 1)
    if model.config.attention == "mlp":
        found["query_map"] = _projection(owner.query_projection.weight, owner.query_projection.bias, 1)
        found["key_map"] = _projection(owner.key_projection.weight, None, 1)
        found["queries"] = _by_head(taps.out(owner.query_projection), 1)
        found["vector"] = to_array(owner.vector.weight[0])
    return found


def _embedded(positions: AbsolutePositions, taps: _Taps) -> tuple[np.ndarray, np.ndarray | None]:
    """The embeddings of a side and what is added to them, each [len, d_model]."""
    embedding = to_array(taps.into(positions))
    added = positions.positions in ("learned", "sinusoidal")
    return embedding, to_array(positions.table[: len(embedding)]) if added else None


def _projection(weight: Tensor, bias: Tensor | None, n_heads: int) -> Projection:
    """The matrix and bias of a linear layer, [d_out, d_in] and [d_out], as x · weight + bias of each head."""
    return Projection(
        _by_head(weight.T, n_heads), None if bias is None else to_array(bias.unflatten(0, (n_heads, -1)))
    )


def _by_head(x: Tensor, n_heads: int) -> np.ndarray:
    """[len, n_heads · d_head] → [n_heads, len, d_head]."""
    return to_array(x.unflatten(-1, (n_heads, -1)).transpose(0, 1))
