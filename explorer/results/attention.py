"""What attention shows: every head of a pass, one matrix as it is read, the inside of one head."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from explorer.results.kinds import AttentionKind, names_of
from explorer.results.sides import Side


def frozen_array(values, dtype=np.float32) -> np.ndarray:
    """A read-only copy of `values`, so that no view can change what another shows."""
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


def equal_fields(a: Any, b: Any) -> bool:
    """Whether two results of one class have the same fields; arrays have no single truth value, so a
    generated ``__eq__`` would raise.
    """
    return type(a) is type(b) and all(
        np.array_equal(getattr(a, field.name), getattr(b, field.name))
        if isinstance(getattr(a, field.name), np.ndarray)
        else getattr(a, field.name) == getattr(b, field.name)
        for field in fields(a)
    )


@dataclass(frozen=True, eq=False)
class AttentionMap:
    """All heads of one kind of attention in one forward pass.

    weights: [layers, heads, query_len, key_len] float32, each row a distribution over the keys.
    causal: whether row i may look at the columns 0 … i only.
    """

    kind: AttentionKind
    weights: np.ndarray
    query: Side
    key: Side
    causal: bool = False

    def __post_init__(self):
        expected = (len(self.query), len(self.key))
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

    @property
    def is_self(self) -> bool:
        """Whether a side looks at itself."""
        return self.query.name == self.key.name

    @property
    def title(self) -> str:
        """What looks at what: "Translation looks at source"."""
        return names_of(self.kind).title_of(self.query.name, self.key.name)

    def __eq__(self, other) -> bool:
        return equal_fields(self, other)


@dataclass(frozen=True, eq=False)
class NextTokens:
    """What a model that writes predicts while it is made to write `side`, which ends with ``</s>``.

    log_probs: [T] natural log of the probability of each token;  top_tokens, top_log_probs: for each of the T
    steps the likeliest next tokens, best first, [T][k].
    """

    side: Side
    log_probs: np.ndarray
    top_tokens: tuple[tuple[str, ...], ...]
    top_log_probs: np.ndarray

    def __eq__(self, other) -> bool:
        return equal_fields(self, other)


@dataclass(frozen=True)
class Label:
    """What a model that classifies predicts of a whole text or image: log_probs [n_labels], natural log."""

    labels: tuple[str, ...]
    log_probs: np.ndarray


@dataclass(frozen=True)
class MaskedTokens:
    """What a model that fills blanks predicts: for each blanked place the likeliest tokens, best first,
    [n_blanks][k].
    """

    places: tuple[int, ...]
    top_tokens: tuple[tuple[str, ...], ...]
    top_log_probs: np.ndarray


Prediction = NextTokens | Label | MaskedTokens | None


@dataclass(frozen=True)
class PassRecord:
    """One pass of a model: the sides it read, all its attention, and what it predicted.

    sides: what the model read, in the order of its streams; what it writes is part of the prediction.
    """

    model_name: str
    sides: tuple[Side, ...]
    attention: tuple[AttentionMap, ...]
    prediction: Prediction = None

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

    @property
    def between(self) -> AttentionMap | None:
        """The map in which what is written looks at what was read, None without one."""
        return next((m for m in self.attention if not m.is_self), None)

    @property
    def read(self) -> Side:
        """The first side that was read, the only one of most models."""
        return self.sides[0]

    @property
    def writes(self) -> bool:
        return isinstance(self.prediction, NextTokens)

    @property
    def written(self) -> Side:
        """What the model was made to write. Raises ValueError for one that writes nothing."""
        return self._next_tokens.side

    @property
    def log_probs(self) -> np.ndarray:
        """[T] natural log of the probability of each token written. Raises ValueError as `written` does."""
        return self._next_tokens.log_probs

    @property
    def _next_tokens(self) -> NextTokens:
        if not isinstance(self.prediction, NextTokens):
            raise ValueError(
                f"{self.model_name} writes no words: ask for what it read, or for its attention."
            )
        return self.prediction


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


@dataclass(frozen=True, eq=False)
class MatrixView:
    """One matrix as it is read and drawn: some heads reduced to one, words merged or not, special tokens
    shown or not.

    weights: [rows, cols] float32; rows attend, columns are attended to.
    hidden_mass: the share, 0 to 1, of the mass of the rows shown that is left out of `weights` and was not
    spread over the rest.
    notes: what was done to the numbers, one sentence each, to be printed beside the picture and in every
    export.
    signed: True for a difference of two matrices (−1 … 1), False for weights (0 … 1).
    """

    name: str
    kind: AttentionKind
    weights: np.ndarray
    rows: Side
    cols: Side
    reading: Reading = "output"
    hidden_mass: float = 0.0
    notes: tuple[str, ...] = ()
    signed: bool = False

    def __post_init__(self):
        if self.weights.shape != (len(self.rows), len(self.cols)):
            shape = f"[{len(self.rows)}, {len(self.cols)}]"
            raise ValueError(f"The weights have shape {self.weights.shape}, expected {shape} as the sides.")

    @property
    def is_self(self) -> bool:
        """Whether a side looks at itself; between two sides there can be gold links."""
        return self.rows.name == self.cols.name

    def __eq__(self, other) -> bool:
        return equal_fields(self, other)


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
