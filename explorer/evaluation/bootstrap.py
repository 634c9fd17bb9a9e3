"""Is a change in score more than luck? The paired bootstrap (Koehn 2004) over sufficient statistics.

Sentences are drawn with replacement, the same for both systems; what is resampled are sums of counts
(`statistics`), not texts.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from explorer.errors import InputError
from explorer.results import ScoreChange

N_RESAMPLES = 1000
SEED = 12345  # the one of sacreBLEU
LEVEL = 0.95


def draw_counts(n_sentences: int, n_resamples: int = N_RESAMPLES, seed: int = SEED) -> np.ndarray:
    """How often each sentence is part of each resample: [n_resamples, n_sentences], rows sum to n_sentences.

    The draws are those of sacreBLEU's paired bootstrap for the same seed and size. Raises InputError when
    there is nothing to draw.
    """
    if n_sentences < 1 or n_resamples < 1:
        raise InputError(
            f"A bootstrap of {n_resamples} resamples of {n_sentences} sentences was asked for: both must be "
            "at least 1."
        )
    drawn = np.random.default_rng(seed).choice(n_sentences, size=(n_resamples, n_sentences), replace=True)
    counts = np.zeros((n_resamples, n_sentences))
    np.add.at(counts, (np.arange(n_resamples)[:, None], drawn), 1)
    return counts


def interval(values: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """The percentile interval of bootstrapped values that are finite; (nan, nan) without any."""
    values = values[np.isfinite(values)]
    if not values.size:
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_change(
    before: np.ndarray,
    after: np.ndarray,
    score: Callable[[np.ndarray], np.ndarray],
    counts: np.ndarray,
    level: float = LEVEL,
) -> ScoreChange:
    """score(after) − score(before) over a corpus, with its percentile interval and p value.

    before, after: the rows of each sentence, [n_sentences, n_counts];  counts: from `draw_counts`.
    p is two-sided: the share of resamples whose difference is as far from the mean difference as the observed
    one is from 0, that is the bootstrap distribution moved to where the null hypothesis has it (Efron &
    Tibshirani 1993, chapter 16), with one added above and below the line. Equal systems have p = 1.
    """
    value = float(score(after.sum(0)) - score(before.sum(0)))
    differences = resampled_differences(before, after, score, counts)
    low, high = interval(differences, level)
    finite = differences[np.isfinite(differences)]
    far = np.abs(finite - finite.mean()) >= abs(value) if finite.size else np.zeros(0)
    return ScoreChange(value, low, high, float((far.sum() + 1) / (finite.size + 1)))


def resampled_differences(
    before: np.ndarray, after: np.ndarray, score: Callable[[np.ndarray], np.ndarray], counts: np.ndarray
) -> np.ndarray:
    """score(after) − score(before) of every resample, [n_resamples]. Float64 holds every sum of counts
    exactly.
    """
    return score(counts @ after.astype(np.float64)) - score(counts @ before.astype(np.float64))
