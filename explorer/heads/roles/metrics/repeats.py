"""Heads that find the same token again, or what came after it: duplicate-token and induction heads.

A row is asked where its token occurs elsewhere among the keys it may see (duplicate), or where it occurred
before (induction). The score is the weight on those places, or on the places after the earlier ones, the row
itself left out. On random tokens that are repeated this is the prefix matching of Olsson et al. 2022 (erratum
of 20 September 2022: the tokens *after* the earlier occurrences).
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import AttentionBatch, per_sentence
from explorer.results import HeadCounts

QUESTIONS = ("duplicate", "induction")


def count(batch: AttentionBatch) -> HeadCounts:
    """For attention of a side to itself."""
    ids, real = batch.query.ids, batch.query.real
    length = ids.shape[1]
    same = (
        (ids[:, :, None] == ids[:, None, :])
        & real[:, :, None]
        & real[:, None, :]
        & ~np.eye(length, dtype=bool)
    )
    after_earlier = np.zeros_like(same)
    after_earlier[:, :, 1:] = (same & np.tri(length, k=-1, dtype=bool))[:, :, :-1]
    after_earlier &= real[:, None, :] & ~np.eye(length, dtype=bool)
    answers = {}
    for name, places in zip(QUESTIONS, (same & batch.visible, after_earlier & batch.visible), strict=True):
        sentence, row, key = places.nonzero()
        sums = per_sentence(batch.flat[sentence, row, key], sentence, batch.n_sentences)
        answers[name] = (sums, places.any(2).sum(1))
    return batch.count("repeats", answers)
