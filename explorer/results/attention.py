"""What attention shows: every head of a pass, one matrix as it is read, the inside of one head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

AttentionKind = Literal["encoder_self", "decoder_self", "cross"]
ATTENTION_KINDS: tuple[AttentionKind, ...] = ("encoder_self", "decoder_self", "cross")


def frozen_array(values, dtype=np.float32) -> np.ndarray:
    """A read-only copy of `values`, so that no view can change what another shows."""
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


@dataclass(frozen=True)
class AttentionMap:
    """All heads of one kind of attention in one forward pass.

    weights: [layers, heads, query_len, key_len] float32, each row a distribution over the keys.
    """

    kind: AttentionKind
    weights: np.ndarray
    query_tokens: tuple[str, ...]
    key_tokens: tuple[str, ...]
    query_word_ids: tuple[int | None, ...]
    key_word_ids: tuple[int | None, ...]

    def __post_init__(self):
        expected = (len(self.query_tokens), len(self.key_tokens))
        if self.weights.ndim != 4 or self.weights.shape[2:] != expected:
            axes = f"[layers, heads, {expected[0]}, {expected[1]}]"
            raise ValueError(
                f"{self.kind} weights have shape {self.weights.shape}, expected {axes} as the tokens: give "
                "both of one pass."
            )

    @property
    def n_layers(self) -> int:
        return self.weights.shape[0]

    @property
    def n_heads(self) -> int:
        return self.weights.shape[1]

    def __eq__(self, other) -> bool:  # arrays have no single truth value, so the generated __eq__ would raise
        return (
            isinstance(other, AttentionMap)
            and (self.kind, self.query_tokens, self.key_tokens)
            == (other.kind, other.query_tokens, other.key_tokens)
            and np.array_equal(self.weights, other.weights)
        )

    __hash__ = None


@dataclass(frozen=True)
class AttentionRecord:
    """One teacher-forced pass of a model over one sentence pair.

    tgt_tokens: the T tokens predicted, the last being ``</s>``;  log_probs: [T] natural log of the
    probability of each.
    top_tokens / top_log_probs: for each of the T steps the likeliest next tokens, best first, [T][k].
    """

    model_name: str
    src_tokens: tuple[str, ...]
    tgt_tokens: tuple[str, ...]
    src_words: tuple[str, ...]
    tgt_words: tuple[str, ...]
    log_probs: np.ndarray
    top_tokens: tuple[tuple[str, ...], ...]
    top_log_probs: np.ndarray
    attention: tuple[AttentionMap, ...]
    unknown_src: tuple[int, ...] = ()  # positions of source tokens outside the vocabulary
    unknown_tgt: tuple[int, ...] = ()  # the same for a target that was forced

    def map(self, kind: AttentionKind) -> AttentionMap:
        """The map of `kind`; raises KeyError with a sentence if this model has none."""
        for attention_map in self.attention:
            if attention_map.kind == kind:
                return attention_map
        has = ", ".join(m.kind for m in self.attention) or "none"
        raise KeyError(
            f"{self.model_name} has no '{kind}' attention (it has: {has}). Pick a checkpoint with attention."
        )

    @property
    def kinds(self) -> tuple[AttentionKind, ...]:
        return tuple(m.kind for m in self.attention)


@dataclass(frozen=True)
class AttentionDetail:
    """What happens inside one cross-attention head at one decoding step: scores → softmax → context.

    scores, weights: [src_len];  query: [d_query];  keys: [src_len, d_key];  values: [src_len, d_value];
    context: [d_value] = weights · values.
    """

    layer: int
    head: int
    step: int
    scorer: str  # the formula in words, e.g. "q·k / √d" or "vᵀ tanh(W q + U k)"
    scores: np.ndarray
    weights: np.ndarray
    query: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    context: np.ndarray


Reading = Literal[
    "output", "input"
]  # a row belongs to the token that comes out of the decoder at that step, or to the one that goes in


@dataclass(frozen=True)
class MatrixView:
    """One matrix as it is read and drawn: some heads reduced to one, words merged or not, special tokens
    shown or not.

    weights: [rows, cols] float32; rows attend, columns are attended to. `*_word_ids` as in `AttentionMap`;
    `*_continues` is True where a token goes on with the word of the token before it; `*_special` where it is
    ``<s>``, ``</s>`` and the like.
    hidden_mass: the share, 0 to 1, of the mass of the rows shown that is left out of `weights` and was not
    spread over the rest.
    notes: what was done to the numbers, one sentence each, to be printed beside the picture and in every
    export.
    signed: True for a difference of two matrices (−1 … 1), False for weights (0 … 1).
    """

    name: str
    kind: AttentionKind
    weights: np.ndarray
    row_labels: tuple[str, ...]
    col_labels: tuple[str, ...]
    row_word_ids: tuple[int | None, ...]
    col_word_ids: tuple[int | None, ...]
    row_continues: tuple[bool, ...]
    col_continues: tuple[bool, ...]
    row_special: tuple[bool, ...]
    col_special: tuple[bool, ...]
    reading: Reading = "output"
    hidden_mass: float = 0.0
    notes: tuple[str, ...] = ()
    signed: bool = False

    def __post_init__(self):
        n_rows, n_cols = self.weights.shape
        for side, n in (("row", n_rows), ("col", n_cols)):
            for part in ("labels", "word_ids", "continues", "special"):
                if len(getattr(self, f"{side}_{part}")) != n:
                    raise ValueError(
                        f"{side}_{part} has {len(getattr(self, f'{side}_{part}'))} entries, expected {n} as "
                        "in weights."
                    )

    def __eq__(self, other) -> bool:
        return (
            isinstance(other, MatrixView)
            and np.array_equal(self.weights, other.weights)
            and all(
                getattr(self, name) == getattr(other, name)
                for name in self.__dataclass_fields__
                if name != "weights"
            )
        )

    __hash__ = None


@dataclass(frozen=True)
class LinkErrors:
    """Predicted word links held against gold: (source word, target word), both from 0.

    hits: predicted and at least possible;  spurious: predicted, not possible;  missed: sure, not predicted.
    """

    hits: frozenset[tuple[int, int]]
    spurious: frozenset[tuple[int, int]]
    missed: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Sanity:
    """Do the weights keep the rules of attention?

    row_deviation: the largest |Σ row − 1|;  above_diagonal: the mass above the causal diagonal, None where
    nothing is masked.
    """

    n_rows: int
    row_deviation: float
    above_diagonal: float | None
