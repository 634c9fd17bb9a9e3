"""Padded sentence pairs: `Batch`, the one padder, and how pairs of ids become a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.ids import BOS_ID, EOS_ID, PAD_ID, IdPair


@dataclass(frozen=True)
class Batch:
    """Padded sentence pairs, all int64, with 0 after the end.

    src: [batch, src_len];  tgt_in, tgt_out: [batch, tgt_len], shifted by one.
    """

    src: Tensor
    tgt_in: Tensor
    tgt_out: Tensor

    def to(self, device) -> Batch:
        return Batch(*(t.to(device, non_blocking=True) for t in (self.src, self.tgt_in, self.tgt_out)))

    @property
    def n_tokens(self) -> int:
        """Target tokens that count in the loss."""
        return int((self.tgt_out != PAD_ID).sum())


def pad(rows: Sequence[Sequence[int]], device: torch.device | str = "cpu") -> Tensor:
    """Rows of ids of any lengths as one matrix, ``<pad>`` after the end of each: [n_rows, longest] int64."""
    width = max(map(len, rows))
    return torch.tensor([[*row, *[PAD_ID] * (width - len(row))] for row in rows], device=device)


def collate(pairs: Sequence[IdPair]) -> Batch:
    """Pad to the longest: src [batch, src_len], tgt_in and tgt_out [batch, tgt_len]."""
    return Batch(
        pad([(*src, EOS_ID) for src, _ in pairs]),
        pad([(BOS_ID, *tgt) for _, tgt in pairs]),
        pad([(*tgt, EOS_ID) for _, tgt in pairs]),
    )
