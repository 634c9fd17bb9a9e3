"""What happens inside one attention: every number from the words that go in to the states that come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.results.kinds import AttentionKind
from explorer.results.sides import Side

Scorer = Literal["scaled dot", "dot", "bilinear", "mlp"]


@dataclass(frozen=True)
class Stream:
    """One side of an attention: its queries are made from one stream, its keys and values from another or the
    same. Each [len, width].

    tokens: what goes in (``<s>``, y_1 … on the side of the decoder);
    embedding: as the model uses it (a transformer multiplies it by √d_model);  position: what is added to it,
    None where nothing is; states: what reaches this attention;  inputs: what its matrices read, other than
    `states` where a norm stands before them.
    """

    tokens: tuple[str, ...]
    embedding: np.ndarray
    position: np.ndarray | None
    states: np.ndarray
    inputs: np.ndarray

    @property
    def normed(self) -> bool:
        """Whether a norm stands between the states and the matrices."""
        return self.inputs is not self.states


@dataclass(frozen=True)
class Projection:
    """inputs · weight + bias, cut by head. weight: [heads, d_in, d_head];  bias: [heads, d_head], None where
    there is none.
    """

    weight: np.ndarray
    bias: np.ndarray | None


@dataclass(frozen=True)
class AttentionInside:
    """All heads of one attention in one pass. A row of the decoder belongs to the token predicted, as in
    `AttentionMap`.

    scorer: how a query and a key become a score, which `formula` writes out;
    queries: [heads, query_len, d], keys: [heads, key_len, d], values: [heads, key_len, d_value], as they
    meet;
    scale: what a product is multiplied by;
    scores: [heads, query_len, key_len], -inf where masked;  weights: the same shape, rows sum to 1;
    projections: [heads, d_value, d_out], what carries the context of a head into the output;
    rest: [query_len, d_out], what is added to the sum of the heads (a transformer's bias; in a recurrent
    model W h + b);
    output: [query_len, d_out], that sum, in a recurrent model its tanh;
    query_map, key_map, value_map: what makes queries, keys and values from the streams, None where the states
    are used as they are; plain_queries, plain_keys: those before rotary positions turn them;  vector: [d],
    the v of an MLP scorer;
    position_bias: [heads, query_len, key_len], what relative, T5 or ALiBi positions add to a score.
    """

    model_name: str
    kind: AttentionKind
    layer: int
    scorer: Scorer
    formula: str
    positions: str
    query: Side
    key: Side
    query_stream: Stream
    key_stream: Stream
    queries: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    scale: float
    scores: np.ndarray
    weights: np.ndarray
    projections: np.ndarray
    rest: np.ndarray
    output: np.ndarray
    query_map: Projection | None = None
    key_map: Projection | None = None
    value_map: Projection | None = None
    plain_queries: np.ndarray | None = None
    plain_keys: np.ndarray | None = None
    vector: np.ndarray | None = None
    position_bias: np.ndarray | None = None

    @property
    def n_heads(self) -> int:
        return self.weights.shape[0]

    @property
    def is_self(self) -> bool:
        """Whether a side looks at itself."""
        return self.query.name == self.key.name

    @property
    def recurrent(self) -> bool:
        """Whether this is the attention of a recurrent model."""
        return self.scorer != "scaled dot"

    @property
    def mask(self) -> np.ndarray:
        """[query_len, key_len], True where a key may be seen; the same for all heads."""
        return self.scores[0] > -np.inf

    def units(self, head: int, row: int) -> np.ndarray:
        """What is compared in one row: the keys, or for an MLP scorer tanh(W₁ h + W₂ s). [key_len, d]
        float64.
        """
        keys = self.keys[head].astype(np.float64)
        return np.tanh(self.queries[head, row].astype(np.float64) + keys) if self.scorer == "mlp" else keys

    def terms(self, head: int, row: int) -> np.ndarray:
        """What each unit adds to the product of one row: q × k, or v × tanh(…). [key_len, d] float64."""
        factor = self.queries[head, row] if self.vector is None else self.vector
        return self.units(head, row) * factor.astype(np.float64)

    def products(self, head: int) -> np.ndarray:
        """Scores before scale, position bias and mask. [query_len, key_len] float64."""
        if self.scorer == "mlp":
            return np.stack([self.terms(head, row).sum(-1) for row in range(len(self.query.tokens))])
        return self.queries[head].astype(np.float64) @ self.keys[head].astype(np.float64).T

    def unmasked(self, head: int) -> np.ndarray:
        """Scores before the mask: products × scale + position bias. [query_len, key_len] float64."""
        scores = self.products(head) * self.scale
        return scores if self.position_bias is None else scores + self.position_bias[head]

    def context(self, head: int) -> np.ndarray:
        """weights · values. [query_len, d_value] float64."""
        return self.weights[head].astype(np.float64) @ self.values[head].astype(np.float64)

    def part(self, head: int) -> np.ndarray:
        """What one head adds to the output: context · projection. [query_len, d_out] float64."""
        return self.context(head) @ self.projections[head].astype(np.float64)

    def total(self) -> np.ndarray:
        """The sum of all heads and the rest, which a recurrent model sends through tanh. [query_len, d_out]
        float64.
        """
        return sum((self.part(head) for head in range(self.n_heads)), self.rest.astype(np.float64))
