"""How sure a head is, and on what kind of token its weight lies: means over rows of weights, not maxima.

Rows of special tokens are left out. Confidence is the mean greatest weight without special tokens (Voita et
al. 2019, section 5); entropy is over all keys, in nats.
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import AttentionBatch, per_sentence
from explorer.results import HeadCounts

NEIGHBOURS = {"self": 0, "previous": -1, "next": 1}  # offset of the key, where a side attends to itself
KEYS = ("first", "last", "separator", "punctuation")


def questions(batch: AttentionBatch) -> tuple[str, ...]:
    """Those that make sense for this attention: no token is the neighbour of one on the other side, and where
    it is causal none sees a later one.
    """
    neighbours = [
        name for name, offset in NEIGHBOURS.items() if batch.is_self and not (batch.causal and offset > 0)
    ]
    return ("confidence", "entropy", *neighbours, *KEYS)


def count(batch: AttentionBatch) -> HeadCounts:
    """The sums over rows of each of `questions(batch)`."""
    rows = batch.query.real
    n_rows = rows.sum(1)
    weights = batch.flat
    masks = np.stack([*_ends(batch.key.real), batch.key.special, batch.key.punctuation], axis=1).astype(
        np.float32
    )  # [batch, 4, key_len]
    on_keys = np.matmul(masks[:, None], weights)  # [batch, query_len, 4, heads]
    terms = np.log(np.maximum(weights, np.finfo(np.float32).tiny))  # 0 · log 0 is 0
    terms *= weights
    values = {"confidence": batch.real_maxima.value, "entropy": -terms.sum(2)}
    values |= {name: on_keys[:, :, index] for index, name in enumerate(KEYS)}
    answers = {name: (_over_rows(value, rows), n_rows) for name, value in values.items()}
    for name, offset in NEIGHBOURS.items():
        if name in questions(batch):
            row = np.arange(max(0, -offset), min(rows.shape[1], weights.shape[2] - offset))
            asked = rows[:, row] & batch.visible[:, row, row + offset]
            sentence, index = asked.nonzero()
            on_key = weights[sentence, row[index], row[index] + offset]
            answers[name] = (per_sentence(on_key, sentence, batch.n_sentences), asked.sum(1))
    return batch.count("figures", {name: answers[name] for name in questions(batch)})


def _over_rows(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """values: [batch, query_len, heads] → sums over the rows asked, [batch, heads] float64."""
    return (values * rows[:, :, None]).sum(1, dtype=np.float64)


def _ends(real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the first and where the last real token of each sentence stands, [batch, length] bool."""
    order = real.cumsum(1)
    return real & (order == 1), real & (order == real.sum(1, keepdims=True))
