"""Heads that look at rare tokens: how often a row's maximum falls on the least frequent one (Voita et al.
2019, section 5.3).

Special tokens are left out on both sides. Tokens that are equally rare count all; rows that see fewer than
three tokens are not asked. The paper asks only in sentences whose least frequent token is not among the 500
most frequent: ``:beyond_500``.
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import AttentionBatch, per_sentence
from explorer.results import HeadCounts
from explorer.results.head_roles import BEYOND, COMMON

MIN_KEYS = 3
QUESTIONS = tuple(f"rarest:{n}{condition}" for condition in ("", BEYOND) for n in (1, 2))


def count(batch: AttentionBatch) -> HeadCounts:
    """Maxima on the least frequent token of those a row may see, and on one of the two least frequent."""
    seen = batch.visible & batch.key.real[:, None, :]
    frequency = np.where(
        seen, batch.key.counts[:, None, :].astype(np.float64), np.inf
    )  # [batch, query_len, key_len]
    asked = batch.query.real & (seen.sum(2) >= MIN_KEYS)
    rarest = np.where(seen, batch.key.ranks[:, None, :], -1).max(2)  # [batch, query_len]
    conditions = {"": asked, BEYOND: asked & (rarest >= COMMON)}
    answers = {}
    for condition, rows in conditions.items():
        for n in (1, 2):
            limit = (
                np.partition(frequency, n - 1, axis=2)[:, :, n - 1 : n] if frequency.shape[2] >= n else np.inf
            )
            sentence, row, key = ((frequency <= limit) & seen & rows[:, :, None]).nonzero()
            sums = per_sentence(batch.real_maxima.share(sentence, row, key), sentence, batch.n_sentences)
            answers[f"rarest:{n}{condition}"] = (sums, rows.sum(1))
    return batch.count("rare_token", answers)
