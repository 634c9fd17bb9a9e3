"""Scores of whole files and paired tests, against sacreBLEU's own."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sacrebleu
from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest as SacrePairedTest

from explorer.errors import InputError
from explorer.evaluation.bleu import SMOOTHINGS
from explorer.evaluation.corpus_scores import corpus_report, paired_test


def corpus(n: int, seed: int):
    """(references, a good system, a worse one) of random words."""
    rng = random.Random(seed)
    references = [" ".join(rng.choices("abcdefgh", k=rng.randint(1, 25))) for _ in range(n)]

    def spoilt(text, share):
        return " ".join(word if rng.random() > share else rng.choice("xyz") for word in text.split())

    return references, [spoilt(r, 0.15) for r in references], [spoilt(r, 0.25) for r in references]


REFERENCES, GOOD, WORSE = corpus(120, 1)
TWO = [(reference, good[::-1]) for reference, good in zip(REFERENCES, GOOD, strict=True)]


@pytest.mark.parametrize("references", [REFERENCES, TWO], ids=["one reference", "two"])
def test_a_report_has_sacrebleus_scores(references):
    columns = [list(column) for column in zip(*TWO, strict=True)] if references is TWO else [REFERENCES]
    report = corpus_report(GOOD, references, with_ter=True)
    score = BLEU().corpus_score(GOOD, columns)
    assert report.score.score == score.score
    assert (list(report.n_matched), list(report.n_total)) == (score.counts, score.totals)
    assert report.others[0].score == sacrebleu.corpus_chrf(GOOD, columns).score
    assert report.others[1].score == sacrebleu.corpus_ter(GOOD, columns).score
    sentence = BLEU(effective_order=True)
    rows = list(zip(*columns, strict=True))
    own = [
        sentence.sentence_score(hypothesis, list(row)).score
        for hypothesis, row in zip(GOOD, rows, strict=True)
    ]
    assert report.mean_of_sentences == pytest.approx(np.mean(own))
    assert [s.bleu for s in report.sentences] == sorted(own)
    for s in report.sentences:
        assert s.bleu == own[s.number] and s.hypothesis == GOOD[s.number] and s.references == rows[s.number]
        assert s.chrf == pytest.approx(sacrebleu.sentence_chrf(s.hypothesis, list(s.references)).score)


@pytest.mark.parametrize("smoothing", list(SMOOTHINGS))
def test_every_smoothing_is_sacrebleus(smoothing):
    report = corpus_report(GOOD[:30], REFERENCES[:30])
    found = next(s for s in report.smoothings if s.smoothing == smoothing)
    metric = BLEU(smooth_method=smoothing)
    assert found.corpus == pytest.approx(metric.corpus_score(GOOD[:30], [REFERENCES[:30]]).score)
    assert found.signature == str(metric.get_signature())
    sentence = BLEU(smooth_method=smoothing, effective_order=True)
    own = [sentence.sentence_score(h, [r]).score for h, r in zip(GOOD[:30], REFERENCES[:30], strict=True)]
    assert found.mean_of_sentences == pytest.approx(np.mean(own))


def test_the_interval_is_that_of_sacrebleus_resamples():
    report = corpus_report(GOOD, REFERENCES)
    draws = np.random.default_rng(12345).choice(len(GOOD), size=(1000, len(GOOD)), replace=True)
    scores = [
        BLEU().corpus_score([GOOD[i] for i in row], [[REFERENCES[i] for i in row]]).score
        for row in draws[:40]
    ]
    assert report.low < report.score.score < report.high
    wide = corpus_report(GOOD, REFERENCES, n_resamples=40)
    assert (wide.low, wide.high) == pytest.approx(tuple(np.quantile(scores, [0.025, 0.975])))


def test_scores_by_length_are_those_of_the_parts():
    report = corpus_report(GOOD, REFERENCES)
    assert sum(bucket.n_sentences for bucket in report.by_length) == len(GOOD)
    for bucket in report.by_length:
        chosen = [
            i for i, r in enumerate(REFERENCES) if bucket.shortest <= len(r.split()) <= (bucket.longest or 99)
        ]
        assert bucket.n_sentences == len(chosen)
        assert bucket.bleu == pytest.approx(
            BLEU().corpus_score([GOOD[i] for i in chosen], [[REFERENCES[i] for i in chosen]]).score
        )


def test_a_paired_test_agrees_with_sacrebleus():
    """The same difference and, for the same draws, the same p value up to the one that we add for the
    observed sample.
    """
    found = paired_test(WORSE, GOOD, REFERENCES)
    assert found.bleu.value == pytest.approx(
        BLEU().corpus_score(GOOD, [REFERENCES]).score - BLEU().corpus_score(WORSE, [REFERENCES]).score
    )
    assert (
        found.bleu.sure
        and found.chrf.sure
        and found.bleu.p_value < 0.01
        and found.second_bleu > found.first_bleu
    )
    _, theirs = SacrePairedTest(
        [("worse", WORSE), ("good", GOOD)],
        {"BLEU": BLEU(references=[REFERENCES])},
        references=None,
        test_type="bs",
        n_samples=1000,
    )()
    assert theirs["BLEU"][1].p_value == pytest.approx(found.bleu.p_value, abs=0.002)
    same = paired_test(GOOD, GOOD, REFERENCES)
    assert (same.bleu.value, same.bleu.p_value) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["a"], ["b", "c"]), "1 translations and 2 references"),
        (([], []), "no translation"),
        ((["a"], [()]), "no reference"),
        ((["a"] * 20_001, ["a"] * 20_001), "at most 20,000"),
    ],
)
def test_files_out_of_step_are_explained(arguments, message):
    with pytest.raises(InputError, match=message):
        corpus_report(*arguments)
    with pytest.raises(InputError, match="1 translations and the second 2|both need"):
        paired_test(["a"], ["b", "c"], ["d"])
    with pytest.raises(InputError, match="no translation"):
        paired_test([], [], [])
