from __future__ import annotations

import random

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest, _compute_p_value

from explorer.errors import InputError
from explorer.evaluation.bootstrap import SEED, draw_counts, interval, paired_change, resampled_differences
from explorer.evaluation.statistics import TextCounts, bleu, chrf, loss

WORDS = "der die alte Mann Frau Katze Hund sieht ruft schläft heute gern nicht .".split()


def systems(n=25, seed=4):
    """References, a fair system and a worse one."""
    rng = random.Random(seed)
    references = [" ".join(rng.choices(WORDS, k=rng.randrange(4, 12))) for _ in range(n)]

    def spoil(text, share):
        return " ".join(rng.choice(WORDS) if rng.random() < share else word for word in text.split())

    return references, [spoil(text, 0.15) for text in references], [spoil(text, 0.3) for text in references]


def rows(hypotheses, references, place):
    counts = TextCounts(references)
    return np.array([counts.rows(i, hypothesis)[place] for i, hypothesis in enumerate(hypotheses)])


@pytest.mark.parametrize("place, metric, score", [(0, BLEU, bleu), (1, CHRF, chrf)])
def test_the_resamples_are_those_of_sacrebleus_paired_bootstrap(monkeypatch, place, metric, score):
    """Its p value, made from our differences by its own rule, is the one it prints."""
    monkeypatch.setenv("SACREBLEU_SEED", str(SEED))
    references, fair, worse = systems()
    test = PairedTest(
        [("fair", fair), ("worse", worse)],
        {"m": metric(references=[references])},
        None,
        test_type="bs",
        n_samples=300,
    )
    baseline, other = next(results for name, results in test()[1].items() if name != "System")
    before, after = rows(fair, references, place), rows(worse, references, place)
    counts = draw_counts(len(references), 300)
    change = paired_change(before, after, score, counts)
    assert change.value == pytest.approx(other.score - baseline.score, abs=1e-9)
    sizes = np.abs(resampled_differences(before, after, score, counts))
    assert _compute_p_value(sizes - sizes.mean(), abs(change.value)) == other.p_value
    assert change.value < -1 and change.high < 0 and change.sure and change.p_value < 0.05


def slow_change(before, after, score, n_resamples, seed):
    """The same by a plain loop over resamples and sentences."""
    n = len(before)
    drawn = np.random.default_rng(seed).choice(n, size=(n_resamples, n), replace=True)
    differences = []
    for sample in drawn.tolist():
        sums = [[0.0] * len(before[0]) for _ in range(2)]
        for sentence in sample:
            for side, table in zip(sums, (before, after), strict=True):
                for k, value in enumerate(table[sentence]):
                    side[k] += float(value)
        differences.append(float(score(np.array(sums[1]))) - float(score(np.array(sums[0]))))
    value = float(score(np.sum(after, 0))) - float(score(np.sum(before, 0)))
    mean = sum(differences) / n_resamples
    p = (1 + sum(abs(difference - mean) >= abs(value) for difference in differences)) / (n_resamples + 1)
    ordered = sorted(differences)

    def quantile(q):  # linear between the two nearest places
        place = q * (n_resamples - 1)
        low = int(place)
        high = min(low + 1, n_resamples - 1)
        return ordered[low] + (place - low) * (ordered[high] - ordered[low])

    return value, quantile(0.025), quantile(0.975), p


@pytest.mark.parametrize("what", ["loss", "bleu", "chrf"])
def test_a_change_equals_a_plain_loop(what):
    references, fair, worse = systems(n=9, seed=8)
    if what == "loss":
        rng = np.random.default_rng(3)
        n_tokens = rng.integers(3, 9, size=9)
        before, after = (np.stack([rng.random(9) * n_tokens, n_tokens], axis=1) for _ in range(2))
        score = loss
    else:
        place, score = (0, bleu) if what == "bleu" else (1, chrf)
        before, after = rows(fair, references, place), rows(worse, references, place)
    found = paired_change(before, after, score, draw_counts(9, 60, seed=7))
    expected = slow_change(before, after, score, 60, seed=7)
    assert (found.value, found.low, found.high, found.p_value) == pytest.approx(expected, abs=1e-9)


def test_equal_systems_are_not_told_apart():
    references, fair, _ = systems()
    table = rows(fair, references, 0)
    change = paired_change(table, table, bleu, draw_counts(len(table), 100))
    assert (change.value, change.low, change.high, change.p_value) == (0, 0, 0, 1) and not change.sure


def test_resamples_keep_the_size_and_follow_the_seed():
    counts = draw_counts(7, 50, seed=1)
    assert counts.shape == (50, 7) and (counts.sum(1) == 7).all()
    assert (counts == draw_counts(7, 50, seed=1)).all() and (counts != draw_counts(7, 50, seed=2)).any()


def test_the_interval_leaves_out_what_is_not_a_number():
    assert interval(np.array([np.nan, 1.0, 2.0, 3.0]), level=1.0) == (1.0, 3.0)
    assert all(np.isnan(interval(np.array([np.nan]))))


@pytest.mark.parametrize("sizes", [(0, 10), (10, 0)])
def test_nothing_to_draw_is_said(sizes):
    with pytest.raises(InputError, match="at least 1"):
        draw_counts(*sizes)
