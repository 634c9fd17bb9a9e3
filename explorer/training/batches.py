"""Which sentences are trained on together? Pairs of about the same length, so that little is padded, shuffled
anew every epoch.

An epoch's batches depend on the seed and the number of the epoch alone: a resumed run finds its place again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.training.data import IdPair, group_by_length
from models.base import BOS_ID, EOS_ID, PAD_ID, Batch


def collate(pairs: Sequence[IdPair]) -> Batch:
    """Pad to the longest: src [batch, src_len], tgt_in and tgt_out [batch, tgt_len]."""
    return Batch(
        _pad([(*src, EOS_ID) for src, _ in pairs]),
        _pad([(BOS_ID, *tgt) for _, tgt in pairs]),
        _pad([(*tgt, EOS_ID) for _, tgt in pairs]),
    )


def _pad(rows: list[tuple[int, ...]]) -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + (PAD_ID,) * (width - len(row)) for row in rows], dtype=torch.long)


@dataclass(frozen=True)
class TokenBatches:
    """Batches of about `batch_tokens` target tokens, padding counted."""

    pairs: Sequence[IdPair]
    batch_tokens: int
    seed: int = 0

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch, in an order drawn from (seed, number)."""
        return map(collate, self.groups(number))

    def groups(self, number: int) -> list[list[IdPair]]:
        """The pairs of each batch of an epoch."""
        return group_by_length(self.pairs, self.batch_tokens, self.seed, number)
