"""What code outside `models/` may rely on: `Seq2SeqModel`, `Batch`, `Memory`, `Cache` and the names of axes.

Axes, in every shape comment: batch (or rows: hypotheses in a search), src_len, tgt_len, heads, layers, vocab,
d_model.
A source ends in ``</s>``; `tgt_in` starts with ``<s>``, `tgt_out` ends with ``</s>``. Which ids these are is
for the tokenizers to say, and a model knows it as `Model.special`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from models.batch import Batch
from models.explain import Explanation, Taps
from models.ids import SpecialIds
from models.probe import AttentionKind


@dataclass(frozen=True)
class Memory:
    """An encoded source. states: [batch, src_len, d]; padding: [batch, src_len] bool, True where there is no
    token;
    final: the encoder's last states for a recurrent decoder to start from (a tuple of [layers, batch, d]),
    else None."""

    states: Tensor
    padding: Tensor
    final: tuple[Tensor, ...] | None = None

    def select(self, rows: Tensor) -> Memory:
        """The memory of the given rows of the batch (repeats allowed): [n_rows] int64."""
        final = None if self.final is None else tuple(t.index_select(1, rows) for t in self.final)
        return Memory(self.states.index_select(0, rows), self.padding.index_select(0, rows), final)


class Cache(Protocol):
    """What a decoder keeps between steps. It holds what it needs of the memory, so a search never passes the
    memory again.
    """

    def select(self, rows: Tensor) -> Cache:
        """The cache of the given rows, reordered or repeated: [n_rows] int64."""
        ...


class Model(nn.Module, ABC):
    """A network that reads one stream of tokens; what else it can do, its config says (`Capabilities`)."""

    config: object  # the frozen config dataclass of the family, with `can` and `vocab_sizes`
    special: SpecialIds

    def __init__(self, special: SpecialIds):
        super().__init__()
        self.special = special

    def is_padding(self, ids: Tensor) -> Tensor:
        """Where there is no token, of the shape of `ids`."""
        if self.special.pad is None:
            return torch.zeros_like(ids, dtype=torch.bool)
        return ids == self.special.pad

    @abstractmethod
    def encode(self, src: Tensor) -> Memory:
        """src: [batch, src_len] → Memory."""

    def head_projections(self, kind: AttentionKind, layer: int) -> Tensor:
        """What carries the values of each head into the states of the layer: [heads, d_value, d_out].

        Σ_h weights_h · value_h · projection_h is all that this attention adds before a bias; f(x_j) of
        Kobayashi et al. 2020 is value_j · projection. Raises KeyError when the model has no such attention.
        """
        raise KeyError(f"{type(self).__name__} does not say how its {kind} heads reach its states.")

    def explain(self, kind: AttentionKind, layer: int, taps: Taps) -> Explanation:
        """How an attention of a kind and layer came about in a pass over one sentence, for a model that can
        (`Capabilities.explains`).
        """
        raise KeyError(f"{type(self).__name__} does not show how its {kind} attention comes about.")

    def stack(self) -> dict[str, nn.Module]:
        """The layers that a text goes through one after the other, by a short name; empty for a model without
        such a stack.
        """
        return {}

    @property
    def n_parameters(self) -> int:
        return sum(p.numel() for p in self.parameters())

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


class Seq2SeqModel(Model):
    """A model that also writes: it maps a source and a target prefix to the next-token scores."""

    output: nn.Linear  # decoder states → logits

    @abstractmethod
    def hidden(self, tgt_in: Tensor, memory: Memory) -> Tensor:
        """Teacher forcing, all steps at once, up to the output layer. tgt_in: [batch, tgt_len] → [batch,
        tgt_len, d_out].
        """

    def decode(self, tgt_in: Tensor, memory: Memory) -> Tensor:
        """Teacher forcing, all steps at once. tgt_in: [batch, tgt_len] → logits [batch, tgt_len, vocab]."""
        return self.output(self.hidden(tgt_in, memory))

    @abstractmethod
    def start(self, memory: Memory) -> Cache:
        """The cache before the first token."""

    @abstractmethod
    def step(self, token_ids: Tensor, cache: Cache) -> tuple[Tensor, Cache]:
        """One step of decoding. token_ids: [rows] (``<s>`` first) → logits [rows, vocab] and the cache after
        it.
        """

    def forward(self, batch: Batch) -> Tensor:
        """Logits [batch, tgt_len, vocab] for `batch.tgt_out`."""
        return self.decode(batch.tgt_in, self.encode(batch.src))
