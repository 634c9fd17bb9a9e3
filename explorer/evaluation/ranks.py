"""Do two measurements put things into the same order? Ranks with ties averaged, and Spearman's correlation of them."""

from __future__ import annotations

import numpy as np


def ranks(values) -> np.ndarray:
    """The place of each value in ascending order, from 1; equal values share the mean of their places. values, result: [n].

    >>> ranks([0.5, 2.0, 0.5, -1.0]).tolist()
    [2.5, 4.0, 2.5, 1.0]
    """
    values = np.asarray(values, dtype=np.float64)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()  # the last place of each distinct value
    return (last - (counts - 1) / 2)[inverse]


def spearman(a, b) -> float:
    """Spearman's ρ: Pearson's correlation of the ranks, −1 to 1. a, b: [n].

    nan where there is no order to compare: fewer than two values, all of a side equal, or a value that is nan.
    Raises ValueError when the two have different lengths.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"Spearman's correlation needs two lists of the same length, not {a.shape} and {b.shape}.")
    if a.size < 2 or np.isnan(a).any() or np.isnan(b).any():
        return float("nan")
    x, y = (ranks(side) - (a.size + 1) / 2 for side in (a, b))
    spread = np.sqrt((x * x).sum() * (y * y).sum())
    return float((x * y).sum() / spread) if spread > 0 else float("nan")
