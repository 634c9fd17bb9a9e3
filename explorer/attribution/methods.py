"""The ways to read a sentence pair, `METHODS` by name: a new one is a function and an entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from explorer.attention.capture import ForcedPass, join_calls, read_pass
from explorer.attribution.blanking import blank_encoder, blank_prefix, blank_source
from explorer.attribution.flow import attention_flow, decoder_flow
from explorer.attribution.gradients import gradient_x_input
from explorer.attribution.norms import head_norms, layer_norms
from explorer.attribution.questions import Question, question_of
from explorer.attribution.rollout import decoder_rollout, mixtures, normalised, rollout
from explorer.checkpoints.folder import Checkpoint
from explorer.results import AttentionKind, Blanking, Side


@dataclass(frozen=True)
class Pair:
    """A sentence pair as a model reads it, with what its probes saw in one forced pass.

    parts: by (kind, layer) the weights [heads, query_len, key_len] and values [heads, key_len, d_value],
    float64.
    """

    taken: ForcedPass
    parts: dict[tuple[AttentionKind, int], tuple[np.ndarray, np.ndarray]]

    @property
    def checkpoint(self) -> Checkpoint:
        return self.taken.checkpoint

    @property
    def src_ids(self) -> tuple[int, ...]:
        return self.checkpoint.model.special.read(self.taken.src.ids)

    @property
    def fed_ids(self) -> tuple[int, ...]:
        return self.checkpoint.model.special.fed(self.taken.target.ids)

    @property
    def out_ids(self) -> tuple[int, ...]:
        return self.checkpoint.model.special.written(self.taken.target.ids)

    @property
    def kinds(self) -> frozenset[AttentionKind]:
        return frozenset(kind for kind, _ in self.parts)

    def layers(self, kind: AttentionKind) -> list[int]:
        return sorted(layer for k, layer in self.parts if k == kind)

    def weights(self, kind: AttentionKind) -> np.ndarray:
        """[layers, heads, query_len, key_len]."""
        return np.stack([self.parts[kind, layer][0] for layer in self.layers(kind)])

    def projections(self, kind: AttentionKind, layer: int) -> np.ndarray:
        """[heads, d_value, d_out]."""
        return self.checkpoint.model.head_projections(kind, layer).detach().double().cpu().numpy()

    def question(self, kind: AttentionKind) -> Question:
        """Whose words are read for what."""
        return question_of(self.checkpoint.can, kind)

    def sides(self, kind: AttentionKind) -> tuple[Side, Side]:
        """The side whose rows are explained, and the side whose words explain them."""
        return self.taken.sides(self.question(kind).query, self.question(kind).key)


def read_pair(checkpoint: Checkpoint, src_text: str, tgt: str | Sequence[int]) -> Pair:
    """One forced pass. tgt: a text, or the ids of a search. Raises InputError when the source is empty or a
    side is too long.
    """
    taken = read_pass(checkpoint, src_text, tgt)
    parts = {}
    for key, calls in taken.seen.calls.items():
        joined = join_calls(calls)
        parts[key] = tuple(part[0].double().cpu().numpy() for part in (joined.weights, joined.value))
    return Pair(taken, parts)


class Candidates(NamedTuple):
    """values: [candidates, query_len, key_len], most often one candidate, else one for each head or layer, by
    its name.

    signed: values may be below zero; unsigned rows are shares and sum to 1.
    """

    names: tuple[str, ...]
    values: np.ndarray
    quantity: str
    signed: bool = False
    note: str = ""


Compute = Callable[[Pair, AttentionKind], Candidates]


@dataclass(frozen=True)
class Method:
    """A way of reading. what: one sentence for the reader;  pick: the best of several, "head" or "layer", is
    taken;

    needs: "attention" of the kind that is read, "self-attention" to follow it down to the words, or a
    "prediction" to explain.
    """

    title: str
    what: str
    source: str
    needs: Literal["attention", "self-attention", "prediction"]
    compute: Compute
    pick: Literal["head", "layer"] | None = None


def _mean_attention(pair: Pair, kind: AttentionKind) -> Candidates:
    return Candidates(("",), pair.weights(kind).mean((0, 1))[None], "attention weight")


def _attention_of_heads(pair: Pair, kind: AttentionKind) -> Candidates:
    weights = pair.weights(kind)
    return Candidates(_head_names(weights), weights.reshape(-1, *weights.shape[2:]), "attention weight")


def _norms_of_layers(pair: Pair, kind: AttentionKind) -> Candidates:
    norms = [
        layer_norms(*pair.parts[kind, layer], pair.projections(kind, layer)) for layer in pair.layers(kind)
    ]
    return Candidates(
        tuple(f"L{layer}" for layer in pair.layers(kind)), normalised(np.stack(norms)), "share of the norms"
    )


def _mean_norms(pair: Pair, kind: AttentionKind) -> Candidates:
    layers = _norms_of_layers(pair, kind)
    return layers._replace(names=("",), values=layers.values.mean(0, keepdims=True))


def _norms_of_heads(pair: Pair, kind: AttentionKind) -> Candidates:
    norms = np.stack(
        [head_norms(*pair.parts[kind, layer], pair.projections(kind, layer)) for layer in pair.layers(kind)]
    )
    return Candidates(
        _head_names(norms), normalised(norms.reshape(-1, *norms.shape[2:])), "share of the norms"
    )


def _down_to_the_words(pair: Pair, kind: AttentionKind) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights of what is written among itself, from there to what was read, and of that among itself."""
    question, can = pair.question(kind), pair.checkpoint.can
    above, below = (can.self_attention(stream) for stream in (question.query, question.key))
    return pair.weights(above), pair.weights(kind), pair.weights(below)


def _rollout(pair: Pair, kind: AttentionKind) -> Candidates:
    if not pair.question(kind).joins:
        return Candidates(("",), rollout(mixtures(pair.weights(kind)))[-1:], "share of the rollout")
    to_src, to_tgt = decoder_rollout(*_down_to_the_words(pair, kind))
    note = (
        f"On average {100 * to_tgt[-1].sum(-1).mean():.3g} % of the rollout stays in the "
        f"{pair.sides(kind)[0].name} so far; the rest is scaled to 1."
    )
    return Candidates(("",), normalised(to_src[-1:]), "share of the rollout", note=note)


def _flow(pair: Pair, kind: AttentionKind) -> Candidates:
    if not pair.question(kind).joins:
        flow = attention_flow(mixtures(pair.weights(kind)))
    else:
        flow = decoder_flow(*_down_to_the_words(pair, kind))
    return Candidates(("",), flow[None], "share of the flow")


def _gradients(pair: Pair, kind: AttentionKind) -> Candidates:
    to_src, to_tgt = gradient_x_input(pair.checkpoint.model, pair.src_ids, pair.fed_ids, pair.out_ids)
    values = to_src if pair.question(kind).joins else to_tgt
    return Candidates(("",), values[None], "gradient × input, nats", signed=True)


def blank_out(pair: Pair, kind: AttentionKind, blanking: Blanking) -> Candidates:
    """The reference: the effect of blanking out each word, [1, query_len, key_words]."""
    model, word_ids, question = pair.checkpoint.model, pair.sides(kind)[1].word_ids, pair.question(kind)
    if not question.predicted:
        effect = blank_encoder(model, pair.src_ids, word_ids, blanking)
        return Candidates(("",), effect[None], "shift of the state, ‖Δ‖")
    if question.joins:
        effect = blank_source(model, pair.src_ids, word_ids, pair.fed_ids, pair.out_ids, blanking)
    else:
        effect = blank_prefix(model, pair.src_ids, pair.fed_ids, word_ids, pair.out_ids, blanking)
    return Candidates(("",), effect[None], "drop of log-probability, nats", signed=True)


def _head_names(stack: np.ndarray) -> tuple[str, ...]:
    return tuple(f"L{layer} H{head}" for layer in range(stack.shape[0]) for head in range(stack.shape[1]))


METHODS: dict[str, Method] = {
    "attention": Method(
        "Attention, mean of all heads",
        "The weights as they are, averaged over all heads of all layers.",
        "Vaswani et al. 2017",
        "attention",
        _mean_attention,
    ),
    "best_head": Method(
        "Attention, best single head",
        "The weights of the one head that agrees best with blanking.",
        "Vaswani et al. 2017",
        "attention",
        _attention_of_heads,
        pick="head",
    ),
    "norms": Method(
        "Norm-weighted attention, mean of all layers",
        "The length of the vector that each word adds to the row, ‖Σ α f(x)‖, instead of the weight α alone.",
        "Kobayashi et al. 2020",
        "attention",
        _mean_norms,
    ),
    "best_norm_layer": Method(
        "Norm-weighted attention, best layer",
        "The same for the one layer that agrees best with blanking.",
        "Kobayashi et al. 2020",
        "attention",
        _norms_of_layers,
        pick="layer",
    ),
    "best_norm_head": Method(
        "Norm-weighted attention, best single head",
        "The length of what one head adds, ‖α f(x)‖, for the head that agrees best with blanking.",
        "Kobayashi et al. 2020",
        "attention",
        _norms_of_heads,
        pick="head",
    ),
    "rollout": Method(
        "Attention rollout",
        "Every layer is a mixture of the one below, half of it the residual; all layers are multiplied, the "
        "later one on the left.",
        "Abnar & Zuidema 2020",
        "self-attention",
        _rollout,
    ),
    "flow": Method(
        "Attention flow",
        "The layers as a network of pipes: how much fits through from a row down to a word.",
        "Abnar & Zuidema 2020",
        "self-attention",
        _flow,
    ),
    "gradient": Method(
        "Gradient × input",
        "How fast the token's log-probability falls as the embedding of a word shrinks; below zero the word "
        "speaks against the token.",
        "Shrikumar et al. 2016",
        "prediction",
        _gradients,
    ),
}
