"""Heads that look at a fixed relative position: the share of their maxima at each offset (Voita et al. 2019,
section 5.1).

The maximum of a row is taken over all keys, special tokens too: a head that mostly looks at ``</s>`` is not
positional. Rows of special tokens are left out. Two denominators: only the rows that have this position (the
first token has none before it), or all rows.
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import AttentionBatch, per_sentence
from explorer.results import HeadCounts

OFFSETS = tuple(range(-5, 6))  # tokens


def questions() -> tuple[str, ...]:
    """``offset:o`` counts rows that have this position, ``offset:o:of_all`` all rows."""
    return tuple(f"offset:{offset}{end}" for end in ("", ":of_all") for offset in OFFSETS)


def count(batch: AttentionBatch) -> HeadCounts:
    """The maxima at each of OFFSETS."""
    rows, n_keys = batch.query.real, batch.weights.shape[2]
    n_rows = rows.sum(1)
    possible, of_all = {}, {}
    for offset in OFFSETS:
        row = np.arange(max(0, -offset), min(rows.shape[1], n_keys - offset))
        asked = rows[:, row] & batch.visible[:, row, row + offset]
        sentence, index = asked.nonzero()
        row = row[index]
        sums = per_sentence(batch.maxima.share(sentence, row, row + offset), sentence, batch.n_sentences)
        possible[f"offset:{offset}"] = (sums, asked.sum(1))
        of_all[f"offset:{offset}:of_all"] = (sums, n_rows)
    return batch.count("positional", possible | of_all)
