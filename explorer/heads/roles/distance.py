"""How alike heads are: the Jensen-Shannon divergence of their rows, laid out on a plane (Clark et al. 2019,
section 6).
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import AttentionBatch
from explorer.results import AttentionKind, HeadMap, frozen_array

SMOOTHING = 0.001  # of each row is spread over what it may see, as in the authors' program
CHUNK = 1 << 21  # numbers at a time


def divergences(batch: AttentionBatch) -> tuple[np.ndarray, int]:
    """The sum over the rows of real tokens of JS(row of one head, row of another) in nats, [heads, heads]
    float64, and how many rows.

    JS(p, q) = H((p + q) / 2) − (H(p) + H(q)) / 2. Sums add over batches.
    """
    asked = batch.visible & batch.query.real[:, :, None]  # [batch, query_len, key_len]
    n_seen = asked.sum(2, keepdims=True)
    flat = batch.flat[asked]  # [entries, heads]: one for each row and key
    spread = np.broadcast_to(SMOOTHING / np.maximum(n_seen, 1), asked.shape)[asked]
    entries = (1 - SMOOTHING) * flat + spread[:, None].astype(np.float32)
    n_heads = entries.shape[1]
    one, other = np.triu_indices(n_heads, k=1)
    negative_entropy = _log_product(entries).sum(0, dtype=np.float64)
    of_mixture = np.zeros(len(one))
    step = max(1, CHUNK // max(len(one), 1))
    for start in range(0, len(entries), step):
        part = entries[start : start + step]
        of_mixture += _log_product((part[:, one] + part[:, other]) / 2).sum(0, dtype=np.float64)
    sums = np.zeros((n_heads, n_heads))
    sums[one, other] = np.maximum((negative_entropy[one] + negative_entropy[other]) / 2 - of_mixture, 0)
    return sums + sums.T, int(batch.query.real.sum())


def head_map(kind: AttentionKind, n_layers: int, n_heads: int, sums: np.ndarray, n_rows: int) -> HeadMap:
    """The map of sums from `divergences`."""
    distances = sums / max(n_rows, 1)
    layout, explained = classical_scaling(distances)
    return HeadMap(
        kind,
        n_layers,
        n_heads,
        n_rows,
        frozen_array(distances, np.float64),
        frozen_array(layout, np.float64),
        explained,
    )


def classical_scaling(squared: np.ndarray) -> tuple[np.ndarray, float]:
    """Points [n, 2] whose squared distances come as near as possible to `squared` [n, n], and the share of
    the spread that they keep.

    Torgerson 1952. The Jensen-Shannon divergence is the square of a Euclidean distance, so all of it fits
    into enough dimensions. Each axis points to where its largest coordinate is positive, so that the same
    distances always give the same picture.
    """
    n = len(squared)
    centred = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-centred @ squared @ centred / 2)  # ascending
    values = np.maximum(values[::-1], 0)
    layout = np.zeros((n, 2))
    n_axes = min(2, n)
    layout[:, :n_axes] = vectors[:, ::-1][:, :n_axes] * np.sqrt(values[:n_axes])
    largest = layout[np.abs(layout).argmax(0), np.arange(2)]
    layout *= np.where(largest < 0, -1, 1)
    total = values.sum()
    return layout, float(values[:2].sum() / total) if total > 0 else 1.0


def _log_product(x: np.ndarray) -> np.ndarray:
    return x * np.log(x)
