"""Counts become scores with 95 % intervals.

Shares (a row is a hit or not) get the Wilson interval over rows (Wilson 1927), which is right also near 0 and
1 and for few rows. Means of weights, and ratios of pooled counts such as 1 − AER, get a normal interval over
sentences: the variance of a ratio by linearisation (Cochran 1977, section 6.3), from sums that add.
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import UNIFORM
from explorer.heads.roles.metrics.registry import HEAD_METRICS
from explorer.results import HeadCounts, HeadScores

Z = 1.959964  # 95 % of a normal distribution lie within ± Z standard deviations


def wilson(hits, n) -> tuple[np.ndarray, np.ndarray]:
    """The interval of hits / n; nan where n is 0. hits may be fractional, where a maximum is shared.

    >>> [round(float(bound), 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    hits, n = np.broadcast_arrays(np.asarray(hits, np.float64), np.asarray(n, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = hits / n
        middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * np.sqrt(np.maximum(share * (1 - share), 0) / n + Z**2 / (4 * n**2))
    return np.clip(middle - half, 0, share), np.clip(
        middle + half, share, 1
    )  # rounding must not put the share outside


def ratio_interval(
    hits, n, hits_squared, hits_times_n, n_squared, n_sentences: int
) -> tuple[np.ndarray, np.ndarray]:
    """The interval of Σh / Σn over sentences; nan where n is 0 or there is one sentence."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(hits / n)
        squares = np.maximum(
            hits_squared - 2 * ratio * hits_times_n + ratio**2 * n_squared, 0
        )  # Σ (h − ratio · n)²
        half = (
            Z * np.sqrt(squares * n_sentences / (n_sentences - 1)) / n
            if n_sentences > 1
            else np.full(ratio.shape, np.nan)
        )
    return ratio - half, ratio + half


def score(counts: HeadCounts, question: str, rules: HeadCounts) -> HeadScores:
    """The answers of all heads to one question. rules: the counts of the same metric on the batches'
    rules.
    """
    index = counts.questions.index(question)
    hits, n = counts.hits[index], counts.n[index]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = hits / n
    if HEAD_METRICS[counts.metric].shares:
        low, high = wilson(hits, n)
    else:
        low, high = ratio_interval(
            hits,
            n,
            *(getattr(counts, s)[index] for s in ("hits_squared", "hits_times_n", "n_squared")),
            counts.n_sentences,
        )
    baseline = np.full(value.shape, rule_scores(rules, question)[UNIFORM])
    return HeadScores(counts.kind, question, value, low, high, n, baseline)


def rule_scores(rules: HeadCounts, question: str) -> np.ndarray:
    """What each rule of a batch scores, [rules]; nan where n is 0."""
    index = rules.questions.index(question)
    with np.errstate(divide="ignore", invalid="ignore"):
        return rules.hits[index, 0] / rules.n[index, 0]
