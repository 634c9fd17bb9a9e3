"""Ranks with ties averaged, and Spearman's rank correlation."""

from __future__ import annotations

import numpy as np

from explorer.errors import InputError


def ranks(values, where=None) -> np.ndarray:
    """The place of each value in ascending order along the last axis, from 1; equal values share the mean of
    their places.

    values, result: [..., n];  where: the same shape, False for an entry that does not count and gets nan.
    Raises InputError when an entry that counts is not a number, or there is no axis.

    >>> ranks([0.5, 2.0, 0.5, -1.0]).tolist()
    [2.5, 4.0, 2.5, 1.0]
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim == 0:
        raise InputError("A single number has no ranks: give at least one list.")
    counts = np.ones(values.shape, dtype=bool) if where is None else np.broadcast_to(where, values.shape)
    if np.isnan(values[counts]).any():
        raise InputError("A value to rank is not a number: leave it out.")
    ranked = np.full(values.shape, np.nan)
    for place in np.ndindex(values.shape[:-1]):
        row = counts[place]
        _, inverse, sizes = np.unique(values[place][row], return_inverse=True, return_counts=True)
        last = sizes.cumsum()  # the last place of each distinct value
        ranked[place][row] = (last - (sizes - 1) / 2)[inverse]
    return ranked


def spearman(a, b, where=None) -> np.ndarray:
    """Spearman's ρ: Pearson's correlation of the ranks along the last axis, −1 to 1. a, b, where: [..., n] →
    [...].

    nan where there is no order to compare: fewer than two entries that count, or all of a side equal. Raises
    InputError as `ranks` does.
    """
    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    x, y = ranks(a, where), ranks(b, where)
    counts = ~np.isnan(x)
    middle = (counts.sum(-1, keepdims=True) + 1) / 2
    x, y = (np.where(counts, side - middle, 0.0) for side in (x, y))
    spread = np.sqrt((x * x).sum(-1) * (y * y).sum(-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, (x * y).sum(-1) / spread, np.nan)
