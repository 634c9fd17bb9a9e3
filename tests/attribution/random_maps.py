"""Random attention for the tests of what is done with it."""

from __future__ import annotations

import numpy as np


def random_attention(*shape: int, causal: bool = False, seed: int = 0) -> np.ndarray:
    """Rows of softmax over random scores: [..., query_len, key_len]; causal: row i sees the keys 0 … i."""
    scores = np.random.default_rng(seed).normal(scale=2.0, size=shape)
    if causal:
        scores = np.where(np.tril(np.ones(shape[-2:], dtype=bool)), scores, -np.inf)
    weights = np.exp(scores)
    return weights / weights.sum(-1, keepdims=True)


def uniform_attention(*shape: int) -> np.ndarray:
    return np.full(shape, 1 / shape[-1])
