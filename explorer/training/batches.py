"""Which sentences are trained on together? Pairs of about the same length, so that little is padded, shuffled anew every epoch.

An epoch's batches depend on the seed and the number of the epoch alone: a resumed run finds its place again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.results import SentencePair
from explorer.tokenization import Tokenizer
from models.base import BOS_ID, EOS_ID, PAD_ID, Batch

IdPair = tuple[tuple[int, ...], tuple[int, ...]]  # source and target ids without special tokens


def encode_pairs(pairs: Sequence[SentencePair], src_tokenizer: Tokenizer, tgt_tokenizer: Tokenizer, max_len: int) -> list[IdPair]:
    """The pairs as ids; pairs with an empty side or more than `max_len` − 1 tokens on a side are left out (``</s>`` takes one place)."""
    encoded = ((src_tokenizer.encode(pair.src).ids, tgt_tokenizer.encode(pair.tgt).ids) for pair in pairs)
    return [(src, tgt) for src, tgt in encoded if 0 < len(src) < max_len and 0 < len(tgt) < max_len]


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
        rng = random.Random(f"{self.seed}/{number}")
        # a little noise on the length makes new neighbours in every epoch, at almost no padding
        by_length = sorted(self.pairs, key=lambda pair: (len(pair[1]) + 2 * rng.random(), len(pair[0])))
        groups: list[list[IdPair]] = [[]]
        longest = 0
        for pair in by_length:
            longest = max(longest, len(pair[0]) + 1, len(pair[1]) + 1)
            if groups[-1] and longest * (len(groups[-1]) + 1) > self.batch_tokens:
                groups.append([])
                longest = max(len(pair[0]), len(pair[1])) + 1
            groups[-1].append(pair)
        rng.shuffle(groups)
        return groups
