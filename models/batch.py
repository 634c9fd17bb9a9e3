"""Sentence pairs padded into a `Batch`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.ids import IdPair, SpecialIds


@dataclass(frozen=True)
class Batch:
    """Padded sentence pairs, all int64, with ``<pad>`` after the end.

    src: [batch, src_len];  tgt_in, tgt_out: [batch, tgt_len], shifted by one.
    """

    src: Tensor
    tgt_in: Tensor
    tgt_out: Tensor

    def to(self, device) -> Batch:
        return Batch(*(t.to(device, non_blocking=True) for t in (self.src, self.tgt_in, self.tgt_out)))


def pad(rows: Sequence[Sequence[int]], special: SpecialIds, device: torch.device | str = "cpu") -> Tensor:
    """Rows of ids of any lengths as one matrix, ``<pad>`` after the end of each: [n_rows, longest] int64.

    Raises ValueError for rows of several lengths where the vocabulary has no ``<pad>``.
    """
    width = max(map(len, rows))
    if special.pad is None:
        if min(map(len, rows)) < width:
            raise ValueError("This vocabulary has no token to fill up rows with: give rows of one length.")
        return torch.tensor([list(row) for row in rows], device=device)
    return torch.tensor([[*row, *[special.pad] * (width - len(row))] for row in rows], device=device)


def collate(pairs: Sequence[IdPair], special: SpecialIds) -> Batch:
    """Pad to the longest: src [batch, src_len], tgt_in and tgt_out [batch, tgt_len]."""
    return Batch(
        pad([special.read(src) for src, _ in pairs], special),
        pad([special.fed(tgt) for _, tgt in pairs], special),
        pad([special.written(tgt) for _, tgt in pairs], special),
    )
