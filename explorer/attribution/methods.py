"""In which ways can a sentence pair be read? `METHODS`, by name; adding one is a function and an entry
there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from explorer.attention.capture import axes, encode_target, forced_pass, join_calls
from explorer.attribution.blanking import blank_encoder, blank_prefix, blank_source
from explorer.attribution.flow import attention_flow, decoder_flow
from explorer.attribution.gradients import gradient_x_input
from explorer.attribution.norms import head_norms, layer_norms
from explorer.attribution.rollout import decoder_rollout, mixtures, normalised, rollout
from explorer.checkpoints.folder import Checkpoint
from explorer.decoding.decode import encode_source
from explorer.results import AttentionKind, Blanking, Encoding
from models.ids import BOS_ID, EOS_ID


@dataclass(frozen=True)
class Pair:
    """A sentence pair as a model reads it, with what its probes saw in one forced pass.

    parts: by (kind, layer) the weights [heads, query_len, key_len] and values [heads, key_len, d_value],
    float64.
    """

    checkpoint: Checkpoint
    src: Encoding
    target: Encoding
    parts: dict[tuple[AttentionKind, int], tuple[np.ndarray, np.ndarray]]

    @property
    def src_ids(self) -> tuple[int, ...]:
        return (*self.src.ids, EOS_ID)

    @property
    def fed_ids(self) -> tuple[int, ...]:
        return (BOS_ID, *self.target.ids)

    @property
    def out_ids(self) -> tuple[int, ...]:
        return (*self.target.ids, EOS_ID)

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

    def sides(self, kind: AttentionKind) -> tuple:
        """Query tokens, key tokens, the word ids of both."""
        return axes(self.src, self.target)[kind]

    def words(self, kind: AttentionKind) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words that the word ids of queries and of keys point to."""
        src, tgt = self.src.words, self.target.words
        return {"encoder_self": (src, src), "decoder_self": (tgt, tgt), "cross": (tgt, src)}[kind]


def read_pair(checkpoint: Checkpoint, src_text: str, tgt: str | Sequence[int]) -> Pair:
    """One forced pass. tgt: a text, or the ids of a search. Raises InputError when the source is empty or a
    side is too long.
    """
    src, target = encode_source(checkpoint, src_text), encode_target(checkpoint, tgt)
    seen, _ = forced_pass(checkpoint.model, src.ids, target.ids)
    parts = {}
    for key, calls in seen.calls.items():
        joined = join_calls(calls)
        parts[key] = tuple(part[0].double().cpu().numpy() for part in (joined.weights, joined.value))
    return Pair(checkpoint, src, target, parts)


class Candidates(NamedTuple):
    """values: [candidates, query_len, key_len], most often one candidate, else one for each head or layer, by
    its name.

    signed: values may be below zero; unsigned rows are shares and sum to 1;  whole_words: the columns are
    words already.
    """

    names: tuple[str, ...]
    values: np.ndarray
    quantity: str
    signed: bool = False
    whole_words: bool = False
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


def _rollout(pair: Pair, kind: AttentionKind) -> Candidates:
    if kind != "cross":
        return Candidates(("",), rollout(mixtures(pair.weights(kind)))[-1:], "share of the rollout")
    to_src, to_tgt = decoder_rollout(
        pair.weights("decoder_self"), pair.weights("cross"), pair.weights("encoder_self")
    )
    note = (
        f"On average {100 * to_tgt[-1].sum(-1).mean():.3g} % of the rollout stays in the translation so "
        "far; the rest is scaled to 1."
    )
    return Candidates(("",), normalised(to_src[-1:]), "share of the rollout", note=note)


def _flow(pair: Pair, kind: AttentionKind) -> Candidates:
    if kind != "cross":
        flow = attention_flow(mixtures(pair.weights(kind)))
    else:
        flow = decoder_flow(pair.weights("decoder_self"), pair.weights("cross"), pair.weights("encoder_self"))
    return Candidates(("",), flow[None], "share of the flow")


def _gradients(pair: Pair, kind: AttentionKind) -> Candidates:
    to_src, to_tgt = gradient_x_input(pair.checkpoint.model, pair.src_ids, pair.fed_ids, pair.out_ids)
    return Candidates(
        ("",), (to_src if kind == "cross" else to_tgt)[None], "gradient × input, nats", signed=True
    )


def blank_out(pair: Pair, kind: AttentionKind, blanking: Blanking) -> Candidates:
    """The reference: the effect of blanking out each word, [1, query_len, key_words]."""
    model, (_, _, _, key_word_ids) = pair.checkpoint.model, pair.sides(kind)
    if kind == "encoder_self":
        effect, quantity = (
            blank_encoder(model, pair.src_ids, key_word_ids, blanking),
            "shift of the state, ‖Δ‖",
        )
    else:
        quantity = "drop of log-probability, nats"
        if kind == "cross":
            effect = blank_source(model, pair.src_ids, key_word_ids, pair.fed_ids, pair.out_ids, blanking)
        else:
            effect = blank_prefix(model, pair.src_ids, pair.fed_ids, key_word_ids, pair.out_ids, blanking)
    return Candidates(("",), effect[None], quantity, signed=kind != "encoder_self", whole_words=True)


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
