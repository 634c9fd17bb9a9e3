"""How an attention comes about: the inputs and outputs of the modules around it, from one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


class Taps:
    """What goes into and comes out of every module of a network. Several calls, one per decoding step, are
    joined along the tokens.

    The hooks stay: tap a copy of a model that nobody else uses.
    """

    def __init__(self, model: nn.Module):
        self._calls: dict[nn.Module, list[tuple[tuple, Any]]] = {}
        for module in model.modules():
            module.register_forward_hook(self._note)

    def _note(self, module: nn.Module, args: tuple, output: Any) -> None:
        self._calls.setdefault(module, []).append((args, output))

    def into(self, module: nn.Module) -> Tensor:
        """The first argument, [len, width]."""
        return torch.cat([args[0] for args, _ in self._calls[module]], dim=1)[0]

    def kept(self, module: nn.Module, number: int) -> Tensor:
        """Argument `number`, which is the same in every call, [len, width]."""
        return self._calls[module][-1][0][number][0]

    def out(self, module: nn.Module) -> Tensor:
        """[len, width], or [heads, query_len, key_len] of a position bias."""
        return torch.cat([output for _, output in self._calls[module]], dim=1)[0]


@dataclass(frozen=True)
class StreamStates:
    """One side of an attention, each [len, width]: the embedding as the model uses it, the position that is
    added to it (None where nothing is), the states that reach the attention, and what its matrices read,
    which is `states` itself where no norm stands between.
    """

    embedding: Tensor
    position: Tensor | None
    states: Tensor
    inputs: Tensor


@dataclass(frozen=True)
class LinearMap:
    """A linear layer in front of an attention: weight [d_out, d_in], bias [d_out] or None."""

    weight: Tensor
    bias: Tensor | None


@dataclass(frozen=True)
class Explanation:
    """What the modules around one attention know and its probe does not, for one sentence.

    formula: of a score, in words;  scale: what a product is multiplied by;
    rest: [query_len, d_out], what is added to the sum of the heads;  output: [query_len, d_out];
    queries: [query_len, n · d] where they are not those that the probe saw;
    plain_queries, plain_keys: [len, n · d], before rotary positions turn them;
    vector: [d], of an MLP scorer;
    position_bias: [heads, query_len, key_len], what is added to a score for the positions.
    """

    scorer: str
    formula: str
    positions: str
    query: StreamStates
    key: StreamStates
    scale: float
    rest: Tensor
    output: Tensor
    query_map: LinearMap | None = None
    key_map: LinearMap | None = None
    value_map: LinearMap | None = None
    queries: Tensor | None = None
    plain_queries: Tensor | None = None
    plain_keys: Tensor | None = None
    vector: Tensor | None = None
    position_bias: Tensor | None = None
