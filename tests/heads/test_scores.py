"""Are the intervals those of the textbooks, and do they cover the truth as often as they say?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.heads.roles.scores import Z, ratio_interval, wilson


@pytest.mark.parametrize(
    "hits, n, low, high",
    [
        # Newcombe 1998 (Statistics in Medicine 17, table I), method 3: score without continuity correction
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(hits, n, low, high):
    found = wilson(hits, n)
    assert [round(float(bound), 4) for bound in found] == [low, high]


def test_wilson_solves_its_equation():
    """Both bounds p satisfy (share − p)² = z² p (1 − p) / n."""
    for hits, n in ((3, 7), (45.5, 90), (1, 1000)):
        for p in wilson(hits, n):
            assert (hits / n - p) ** 2 == pytest.approx(Z**2 * p * (1 - p) / n)


def test_wilson_of_nothing_is_unknown():
    assert all(math.isnan(bound) for bound in wilson(0, 0))


def sums(h: np.ndarray, n: np.ndarray):
    return h.sum(), n.sum(), (h * h).sum(), (h * n).sum(), (n * n).sum(), len(h)


def test_the_ratio_interval_is_that_of_a_mean_when_every_sentence_has_one_row():
    values = np.random.default_rng(0).random(50)
    low, high = ratio_interval(*sums(values, np.ones(50)))
    half = Z * values.std(ddof=1) / math.sqrt(50)
    assert (low, high) == (pytest.approx(values.mean() - half), pytest.approx(values.mean() + half))


def test_the_ratio_interval_equals_the_residuals_formula_and_a_bootstrap():
    rng = np.random.default_rng(1)
    n = rng.integers(3, 20, 400)
    h = n * np.clip(0.4 + 0.2 * rng.standard_normal(400), 0, 1)
    low, high = (float(bound) for bound in ratio_interval(*sums(h, n)))
    ratio = h.sum() / n.sum()
    residuals = h - ratio * n
    assert high - ratio == pytest.approx(Z * math.sqrt((residuals**2).sum() * 400 / 399) / n.sum())
    drawn = rng.integers(0, 400, (4000, 400))
    resampled = h[drawn].sum(1) / n[drawn].sum(1)
    assert (low, high) == pytest.approx(np.quantile(resampled, [0.025, 0.975]), abs=0.002)


def test_one_sentence_has_no_interval():
    assert np.isnan(ratio_interval(*sums(np.array([2.0]), np.array([5.0])))).all()


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(2)
    hits = rng.binomial(80, 0.93, 4000)
    low, high = wilson(hits, 80)
    assert ((low <= 0.93) & (0.93 <= high)).mean() == pytest.approx(0.95, abs=0.02)
