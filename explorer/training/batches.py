"""Batches of pairs of about equal length, so that little is padded, reshuffled every epoch.

An epoch's batches depend on the seed and the number of the epoch alone: a resumed run finds its place again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.training.data import group_by_length
from models.ids import IdPair


@dataclass(frozen=True)
class TokenBatches:
    """Batches of about `batch_tokens` target tokens, padding counted."""

    pairs: Sequence[IdPair]
    batch_tokens: int
    seed: int = 0

    def groups(self, number: int) -> list[list[IdPair]]:
        """The pairs of each batch of an epoch, in an order drawn from (seed, number)."""
        return group_by_length(self.pairs, self.batch_tokens, self.seed, number)
