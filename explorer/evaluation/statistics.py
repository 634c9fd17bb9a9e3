"""Counts that add up over sentences, and loss, BLEU and chrF as functions of their sums.

A score of any part of a corpus, or of a resample of it, is a function of the sum of its sentences' rows, so a
thousand scores cost one matrix product. The functions here take sums [..., n_counts] and give [...].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from explorer.evaluation.bleu import References, reference_columns

LOSS_COUNTS = 2  # nats, tokens
BLEU_COUNTS = 10  # hypothesis length, reference length, matches of 1- to 4-grams, n-grams of the hypothesis
CHRF_COUNTS = 18  # for 1- to 6-grams of characters: of the hypothesis, of the reference, matches
MAX_ORDER = 4
BETA = 2  # how much more recall counts than precision in chrF


class TextCounts:
    """The rows of BLEU and chrF of a hypothesis against a sentence's references, counted by sacreBLEU itself
    (Post 2018).

    References are prepared once; a hypothesis that was seen before is not counted again.
    """

    def __init__(self, references: References):
        from sacrebleu.metrics import BLEU, CHRF

        self._metrics: list[Any] = (
            [metric(references=reference_columns(references)) for metric in (BLEU, CHRF)]
            if len(references)
            else []
        )
        self._known: dict[tuple[int, str], tuple[list[int], list[int]]] = {}

    def rows(self, sentence: int, hypothesis: str) -> tuple[list[int], list[int]]:
        """(BLEU_COUNTS integers, CHRF_COUNTS integers) of a hypothesis for the sentence with this number."""
        key = (sentence, hypothesis)
        if key not in self._known:
            # sacreBLEU extracts the same rows for its own tests of significance, though only under a private
            # name
            bleu_row, chrf_row = (
                metric._compute_segment_statistics(
                    metric._preprocess_segment(hypothesis), metric._ref_cache[sentence]
                )
                for metric in self._metrics
            )
            self._known[key] = bleu_row, chrf_row
        return self._known[key]


def loss(sums) -> np.ndarray:
    """Nats per token from sums [..., LOSS_COUNTS]; nan without tokens."""
    sums = np.asarray(sums, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[..., 0] / sums[..., 1]


def bleu(sums) -> np.ndarray:
    """BLEU, 0 to 100, from sums [..., BLEU_COUNTS], with sacreBLEU's exponential smoothing (Papineni et al.
    2002; Post 2018).

    The k-th order without a match counts as 1 / 2^k matches; without any match, or without n-grams of some
    order, the score is 0.
    """
    sums = np.asarray(sums, dtype=np.float64)
    hypothesis_len, reference_len = sums[..., 0], sums[..., 1]
    matches, totals = sums[..., 2 : 2 + MAX_ORDER], sums[..., 2 + MAX_ORDER :]
    missing = matches == 0
    counted = np.where(missing, 0.5 ** missing.cumsum(-1), matches)
    defined = (totals > 0).all(-1) & (matches > 0).any(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.exp(np.log(counted / totals).mean(-1))
        brevity = np.exp(np.minimum(0.0, 1 - reference_len / hypothesis_len))
        return np.where(defined, 100 * brevity * precision, 0.0)


def chrf(sums) -> np.ndarray:
    """chrF2, 0 to 100, from sums [..., CHRF_COUNTS] (Popović 2015): precision and recall averaged over the
    orders that both sides have.
    """
    sums = np.asarray(sums, dtype=np.float64)
    hypothesis, reference, matches = (sums[..., k::3] for k in range(3))  # each [..., 6]
    both = (hypothesis > 0) & (reference > 0)
    n_orders = np.maximum(both.sum(-1), 1)
    precision = np.where(both, matches / np.maximum(hypothesis, 1), 0.0).sum(-1) / n_orders
    recall = np.where(both, matches / np.maximum(reference, 1), 0.0).sum(-1) / n_orders
    weighed = BETA**2 * precision + recall
    return np.where(
        weighed > 0, 100 * (1 + BETA**2) * precision * recall / np.where(weighed > 0, weighed, 1), 0.0
    )


SCORES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"loss": loss, "bleu": bleu, "chrf": chrf}
