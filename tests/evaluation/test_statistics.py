from __future__ import annotations

import random

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF

from explorer.evaluation.statistics import BLEU_COUNTS, CHRF_COUNTS, TextCounts, bleu, chrf, loss

WORDS = (
    "der die das alte alten Mann Frau Katze sieht ruft schläft an auf nicht gern heute . , ? ! zu-Hause "
    "l'eau 3,5 Straße"
).split()


def sentences(rng, n, longest):
    return [" ".join(rng.choices(WORDS, k=rng.randrange(longest + 1))) for _ in range(n)]


def rows(hypotheses, references):
    counts = TextCounts(references)
    found = [counts.rows(i, hypothesis) for i, hypothesis in enumerate(hypotheses)]
    return np.array([row[0] for row in found]), np.array([row[1] for row in found])


@pytest.mark.parametrize("seed", range(40))
def test_the_scores_of_sums_are_those_of_sacrebleu(seed):
    """From corpora of one or two short lines, where orders have no match or no n-gram at all, to longer
    ones.
    """
    rng = random.Random(seed)
    n, longest = rng.choice([(1, 3), (1, 8), (2, 6), (5, 12), (30, 12)])
    hypotheses, references = (
        sentences(rng, n, longest),
        [text or "leer" for text in sentences(rng, n, longest)],
    )
    hypotheses = [
        reference if rng.random() < 0.3 else hypothesis
        for hypothesis, reference in zip(hypotheses, references, strict=True)
    ]
    bleu_rows, chrf_rows = rows(hypotheses, references)
    assert bleu_rows.shape == (n, BLEU_COUNTS) and chrf_rows.shape == (n, CHRF_COUNTS)
    assert float(bleu(bleu_rows.sum(0))) == pytest.approx(
        BLEU().corpus_score(hypotheses, [references]).score, abs=1e-9
    )
    assert float(chrf(chrf_rows.sum(0))) == pytest.approx(
        CHRF().corpus_score(hypotheses, [references]).score, abs=1e-9
    )


def test_sums_can_be_scored_many_at_once():
    rng = random.Random(1)
    bleu_rows, chrf_rows = rows(sentences(rng, 12, 9), [text or "x" for text in sentences(rng, 12, 9)])
    picks = np.random.default_rng(0).integers(0, 3, size=(2, 7, 12))
    for function, table in ((bleu, bleu_rows), (chrf, chrf_rows)):
        several = function(picks @ table)
        assert several.shape == (2, 7)
        assert several[1, 4] == pytest.approx(float(function(picks[1, 4] @ table)), abs=1e-12)


def test_loss_is_nats_per_token():
    assert loss([[6.0, 4], [0.0, 3]]).tolist() == [1.5, 0.0]
    assert np.isnan(loss([0, 0]))


def test_a_hypothesis_that_was_seen_is_counted_once(monkeypatch):
    counts = TextCounts(["a b c", "d e f"])
    first = counts.rows(1, "d e")
    monkeypatch.setattr(counts, "_metrics", None)
    assert counts.rows(1, "d e") is first
    with pytest.raises(TypeError):
        counts.rows(0, "d e")  # the same text against another reference is another thing
