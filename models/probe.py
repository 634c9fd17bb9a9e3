"""Probes, through which every attention weight passes: there it is read, silenced and weighed.

While nobody watches, a probe is never called and attention runs through fused kernels. `recording`,
`ablating` and `gating` put a watcher into a context variable, so what one thread (one browser session) does
never touches another thread's pass over the same model, and leaving the `with` block, also by an exception,
always undoes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn

AttentionKind = str  # "encoder_self", "cross", …: the names by which a config says what looks at what
AblationMode = Literal["zero", "uniform"]
Head = tuple[AttentionKind, int, int]  # (kind, layer, head)


@dataclass
class AttentionParts:
    """What one attention computed, in the order of calls (one per forward pass, or one per decoding step).

    scores, weights: [batch, heads, tgt_len, src_len] (scores are before softmax, -inf where masked);
    query: [batch, heads, tgt_len, d_query];  key, value: [batch, heads, src_len, d_key / d_value].
    """

    weights: Tensor
    scores: Tensor
    query: Tensor
    key: Tensor
    value: Tensor


@dataclass
class Recording:
    """The parts recorded for each probe, by (kind, layer)."""

    calls: dict[tuple[AttentionKind, int], list[AttentionParts]] = field(default_factory=dict)

    def weights(self, kind: AttentionKind) -> Tensor:
        """All layers of the *last* pass: [layers, batch, heads, tgt_len, src_len]."""
        layers = sorted(layer for k, layer in self.calls if k == kind)
        if not layers:
            raise KeyError(
                f"no '{kind}' attention was recorded: this model has none, or no forward pass ran inside "
                "the block."
            )
        return torch.stack([self.calls[kind, layer][-1].weights for layer in layers])

    @property
    def kinds(self) -> tuple[AttentionKind, ...]:
        return tuple(dict.fromkeys(kind for kind, _ in self.calls))


@dataclass
class Gates:
    """The factors that were put on the outputs of heads, by (kind, layer) in the order of calls: ones,
    [batch, heads, tgt_len, 1].

    They need gradients, and are all that does: the weights of a loaded model are shared between threads and
    stay as they are.
    """

    calls: dict[tuple[AttentionKind, int], list[Tensor]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Watcher:
    probes: frozenset[int]  # id() of the probes of the one model that is watched
    recording: Recording | None = None
    gates: Gates | None = None
    ablated: frozenset[Head] = frozenset()
    mode: AblationMode = "zero"


_watchers: ContextVar[tuple[_Watcher, ...]] = ContextVar("attention_watchers", default=())


class AttentionProbe(nn.Identity):
    """The place where attention weights can be seen and changed; knows its `kind`, `layer` and number of
    heads.
    """

    def __init__(self, kind: AttentionKind, layer: int, n_heads: int):
        super().__init__()
        self.kind: AttentionKind = kind
        self.layer = layer
        self.n_heads = n_heads

    @property
    def watched(self) -> bool:
        """Whether the calling thread records, ablates or gates the model this probe is part of."""
        watchers = _watchers.get()
        return bool(watchers) and any(id(self) in watcher.probes for watcher in watchers)

    def forward(self, weights: Tensor, scores: Tensor, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """The weights to use, [batch, heads, tgt_len, src_len]: those given, unless a head is ablated.

        All ablations act before any recording, so what is recorded is what the model used; gates are 1 and
        change no number.
        """
        watchers = [watcher for watcher in _watchers.get() if id(self) in watcher.probes]
        for watcher in watchers:
            heads = [
                head for kind, layer, head in watcher.ablated if (kind, layer) == (self.kind, self.layer)
            ]
            if heads:
                weights = _ablate(weights, scores, heads, watcher.mode)
        for watcher in watchers:
            if watcher.recording is not None:
                parts = AttentionParts(*(part.detach() for part in (weights, scores, query, key, value)))
                watcher.recording.calls.setdefault((self.kind, self.layer), []).append(parts)
        for watcher in watchers:
            if watcher.gates is not None:
                gate = torch.ones_like(weights[..., :1], requires_grad=True)
                watcher.gates.calls.setdefault((self.kind, self.layer), []).append(gate)
                weights = (
                    weights * gate
                )  # a head's output is linear in its weights, so this is a factor on the output
        return weights


def _ablate(weights: Tensor, scores: Tensor, heads: list[int], mode: AblationMode) -> Tensor:
    weights = weights.clone()
    if mode == "zero":
        weights[:, heads] = 0.0
    else:  # equal weight on every key that is not masked (Kovaleva et al. 2019)
        visible = (scores[:, heads] > float("-inf")).to(weights.dtype)
        weights[:, heads] = visible / visible.sum(-1, keepdim=True).clamp_min(1.0)
    return weights


def probes(model: nn.Module) -> dict[tuple[AttentionKind, int], AttentionProbe]:
    """The probes of a model by (kind, layer)."""
    return {(m.kind, m.layer): m for m in model.modules() if isinstance(m, AttentionProbe)}


@contextmanager
def _watching(watcher: _Watcher) -> Iterator[None]:
    token = _watchers.set((*_watchers.get(), watcher))
    try:
        yield
    finally:
        _watchers.reset(token)


@contextmanager
def recording(model: nn.Module) -> Iterator[Recording]:
    """Record every attention of `model` that runs in this thread inside the block."""
    result = Recording()
    with _watching(_Watcher(frozenset(map(id, probes(model).values())), recording=result)):
        yield result


@contextmanager
def gating(model: nn.Module) -> Iterator[Gates]:
    """Put a factor ξ = 1 on the output of every head at every query inside the block, in this thread.

    `torch.autograd.grad` of a loss with respect to them is Att_h(x)ᵀ ∂L/∂Att_h(x) (Michel et al. 2019, eq. 2)
    for each query.
    """
    gates = Gates()
    with _watching(_Watcher(frozenset(map(id, probes(model).values())), gates=gates)):
        yield gates


@contextmanager
def ablating(model: nn.Module, heads: Iterable[Head], mode: AblationMode = "zero") -> Iterator[None]:
    """Switch `heads` off in this thread inside the block: their weights become zero, or uniform over the
    visible keys.

    Raises ValueError when a head does not exist.
    """
    heads = frozenset(heads)
    by_place = probes(model)
    for kind, layer, head in heads:
        probe = by_place.get((kind, layer))
        if probe is None or not 0 <= head < probe.n_heads:
            places = (f"{kind} L{layer} (heads 0–{p.n_heads - 1})" for (kind, layer), p in by_place.items())
            has = ", ".join(places) or "no attention"
            raise ValueError(f"There is no head {kind} L{layer} H{head} to switch off; this model has {has}.")
    if mode not in ("zero", "uniform"):
        raise ValueError(f"Ablation mode {mode!r} is unknown: use 'zero' or 'uniform'.")
    with _watching(_Watcher(frozenset(map(id, by_place.values())), ablated=heads, mode=mode)):
        yield
