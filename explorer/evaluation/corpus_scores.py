"""Score a whole file of translations, or test two systems against each other.

Intervals and tests resample sentences (Koehn 2004); rows of counts are sacreBLEU's, so a resample costs one
matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.corpora.words import split_words
from explorer.errors import InputError
from explorer.evaluation.bleu import (
    SMOOTHINGS,
    References,
    check_counts,
    corpus_bleu,
    other_scores,
    reference_columns,
)
from explorer.evaluation.bootstrap import N_RESAMPLES, draw_counts, interval, paired_change
from explorer.evaluation.statistics import MAX_ORDER, TextCounts, bleu, chrf
from explorer.results import CorpusReport, LengthScore, PairedTest, SentenceScore, Smoothing, SmoothingScore

BUCKETS = ((1, 5), (6, 10), (11, 15), (16, 20), (21, 30), (31, None))  # words
MAX_SENTENCES = 20_000  # a thousand resamples of them take 160 MB


def corpus_report(
    hypotheses: Sequence[str],
    references: References,
    *,
    with_ter: bool = False,
    n_resamples: int = N_RESAMPLES,
) -> CorpusReport:
    """Every score of one system's translations. Raises InputError when there are none, too many, or not as
    many as references.
    """
    score = corpus_bleu(hypotheses, references)
    bleu_rows, chrf_rows = _rows(hypotheses, references)
    low, high = interval(bleu(draw_counts(len(hypotheses), n_resamples) @ bleu_rows))
    sentence_bleu = [_compute(row, "exp") for row in bleu_rows]
    several = [
        tuple(r for r in row if r is not None) for row in zip(*reference_columns(references), strict=True)
    ]
    lengths = [len(split_words(row[0])) for row in several]
    sentences = [
        SentenceScore(i, hypotheses[i], several[i], sentence_bleu[i], float(chrf(chrf_rows[i])), lengths[i])
        for i in range(len(hypotheses))
    ]
    pooled = bleu_rows.sum(0).astype(int).tolist()
    return CorpusReport(
        score=score,
        low=low,
        high=high,
        n_resamples=n_resamples,
        n_matched=tuple(pooled[2 : 2 + MAX_ORDER]),
        n_total=tuple(pooled[2 + MAX_ORDER :]),
        mean_of_sentences=float(np.mean(sentence_bleu)),
        smoothings=tuple(_smoothed(bleu_rows, smoothing, score.signature) for smoothing in SMOOTHINGS),
        others=other_scores(hypotheses, references, with_ter=with_ter),
        by_length=_by_length(bleu_rows, lengths),
        sentences=tuple(
            sorted(sentences, key=lambda sentence: (sentence.bleu, sentence.chrf, sentence.number))
        ),
    )


def paired_test(
    first: Sequence[str], second: Sequence[str], references: References, n_resamples: int = N_RESAMPLES
) -> PairedTest:
    """Is the second system better than the first on the same sentences? Raises InputError as `corpus_report`
    does.
    """
    if len(first) != len(second):
        raise InputError(
            f"The first system has {len(first)} translations and the second {len(second)}: both need the "
            "same sentences."
        )
    (first_bleu, first_chrf), (second_bleu, second_chrf) = (
        _rows(hypotheses, references) for hypotheses in (first, second)
    )
    counts = draw_counts(len(first), n_resamples)
    return PairedTest(
        n_sentences=len(first),
        n_resamples=n_resamples,
        first_bleu=float(bleu(first_bleu.sum(0))),
        second_bleu=float(bleu(second_bleu.sum(0))),
        bleu=paired_change(first_bleu, second_bleu, bleu, counts),
        first_chrf=float(chrf(first_chrf.sum(0))),
        second_chrf=float(chrf(second_chrf.sum(0))),
        chrf=paired_change(first_chrf, second_chrf, chrf, counts),
    )


def _rows(hypotheses: Sequence[str], references: References) -> tuple[np.ndarray, np.ndarray]:
    """sacreBLEU's counts of every sentence: for BLEU [n_sentences, 10], for chrF [n_sentences, 18]."""
    check_counts(hypotheses, references)
    if len(hypotheses) > MAX_SENTENCES:
        raise InputError(
            f"{len(hypotheses):,} sentences are too many to resample: give at most {MAX_SENTENCES:,}."
        )
    counts = TextCounts(references)
    rows_of_each = [counts.rows(i, hypothesis) for i, hypothesis in enumerate(hypotheses)]
    bleu_rows, chrf_rows = (np.array(rows, dtype=np.float64) for rows in zip(*rows_of_each, strict=True))
    return bleu_rows, chrf_rows


def _compute(row: np.ndarray, smoothing: Smoothing, effective_order: bool = True) -> float:
    """sacreBLEU's score of one row of counts."""
    from sacrebleu.metrics import BLEU

    hypothesis_len, reference_len, *counts = row.astype(int).tolist()
    return BLEU.compute_bleu(
        counts[:MAX_ORDER],
        counts[MAX_ORDER:],
        hypothesis_len,
        reference_len,
        smooth_method=smoothing,
        effective_order=effective_order,
    ).score


def _smoothed(rows: np.ndarray, smoothing: Smoothing, signature: str) -> SmoothingScore:
    from sacrebleu.metrics import BLEU

    defaults = BLEU.SMOOTH_DEFAULTS[smoothing]
    name = smoothing if defaults is None else f"{smoothing}[{defaults:.2f}]"
    mean = float(np.mean([_compute(row, smoothing) for row in rows]))
    return SmoothingScore(
        smoothing,
        _compute(rows.sum(0), smoothing, False),
        mean,
        signature.replace("smooth:exp", f"smooth:{name}"),
    )


def _by_length(rows: np.ndarray, lengths: Sequence[int]) -> tuple[LengthScore, ...]:
    scores = []
    for shortest, longest in BUCKETS:
        chosen = [
            i
            for i, n in enumerate(lengths)
            if (shortest <= n or shortest == 1) and (longest is None or n <= longest)
        ]
        if chosen:
            scores.append(LengthScore(shortest, longest, len(chosen), float(bleu(rows[chosen].sum(0)))))
    return tuple(scores)
