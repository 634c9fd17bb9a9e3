"""What positions do: the matrix of each encoding, the effect of shuffling, the reach beyond training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

PositionPlace = Literal["embedding", "query and key", "score"]
TableRows = Literal["position", "distance", "head"]


@dataclass(frozen=True)
class PositionMatrix:
    """One encoding, read off the modules that the models are made of.

    positions: its name in a config;  place: what it is added to, or what it turns;
    table: [n_rows, n_columns] float32, the numbers themselves; its rows are positions from 0, distances from
    `first_row`, or heads; pairs: [n_heads, n, n] float32: for the positions i and j the dot product of their
    vectors (embedding), that of one vector turned by both (query and key), or what is added to the score of
    key j for query i (score); one head where all are alike;
    n_trained: positions that training has seen, 0 where nothing is learned;  source: the run it was read
    from, "" where nothing is learned.
    """

    positions: str
    place: PositionPlace
    table: np.ndarray
    rows: TableRows
    first_row: int
    pairs: np.ndarray
    n_trained: int = 0
    source: str = ""

    def by_distance(
        self, n_positions: int | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(distances j − i, mean, least, most) over all pairs of that distance: [2n − 1], then [n_heads, 2n −
        1] each.

        n_positions: only pairs of the first so many positions.
        """
        n = min(self.pairs.shape[-1], n_positions or self.pairs.shape[-1])
        diagonals = [
            np.diagonal(self.pairs[:, :n, :n].astype(np.float64), offset, 1, 2) for offset in range(1 - n, n)
        ]
        mean, least, most = (
            np.stack([f(line, axis=-1) for line in diagonals], axis=-1) for f in (np.mean, np.min, np.max)
        )
        return np.arange(1 - n, n), mean, least, most


@dataclass(frozen=True)
class WordOrder:
    """One order of the words of a sentence, and what a model makes of it.

    log_prob: of the translation of the *original* order, in nats;  state_gap: the largest difference between
    the encoder's state of a token here and of the same token in the original order.
    """

    words: tuple[str, ...]
    translation: str
    log_prob: float
    state_gap: float


@dataclass(frozen=True)
class Shuffle:
    """A sentence with its words in other orders. original: as it was given;  largest_state: the largest
    number in a state of it.
    """

    model_name: str
    positions: str
    original: WordOrder
    others: tuple[WordOrder, ...]
    largest_state: float


@dataclass(frozen=True)
class ShuffleScores:
    """Held-out sentences, each with its words as they are and in one random order.

    n_same: translations that stay the same;  log_prob, log_prob_shuffled: of the reference, mean nats per
    token;
    state_gap: the largest over all sentences, as in `WordOrder`.
    """

    positions: str
    n_sentences: int
    n_same: int
    bleu: float
    bleu_shuffled: float
    log_prob: float
    log_prob_shuffled: float
    state_gap: float


@dataclass(frozen=True)
class PublishedRun:
    """A row of a published table. bleu: as the report calls its metric, 0 to 1;  seconds: for an epoch."""

    n_layers: int
    n_heads: int
    width: int
    dropout: float
    valid_loss: float
    bleu: float
    seconds: int
