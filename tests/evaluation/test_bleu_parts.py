"""The parts of a BLEU multiply to exactly sacreBLEU's number, on random and on real text."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from explorer.errors import InputError
from explorer.evaluation.bleu import SMOOTHINGS, bleu_parts, bleu_steps, other_scores
from explorer.results import BleuSettings

REAL = [
    ("Ich habe noch nie ein schönes Haus gesehen.", ["Ich habe noch nie so ein schönes Haus gesehen."]),
    ("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"]),
    ("It's 1,234.5 dollars, isn't it?", ["It is 1,234.5 dollars, is it not?", "That's $1,234.50, isn't it?"]),
    ("", ["Nothing was said."]),
    ("Ja.", ["Ja!"]),
]
CHOICES = [
    BleuSettings(smoothing=smoothing, effective_order=effective, lowercase=lowercase, max_order=order)
    for smoothing in SMOOTHINGS
    for effective, lowercase, order in (
        (False, False, 4),
        (True, True, 4),
        (False, True, 2),
        (True, False, 6),
    )
]


def check(hypothesis, references, choices):
    parts = bleu_parts(hypothesis, references, choices)
    metric = BLEU(
        lowercase=choices.lowercase,
        smooth_method=choices.smoothing,
        effective_order=choices.effective_order,
        max_ngram_order=choices.max_order,
    )
    score = metric.sentence_score(hypothesis, references)
    assert parts.score == score.score and parts.brevity_penalty == score.bp
    assert parts.product == pytest.approx(score.score, rel=1e-9, abs=1e-9)
    assert tuple(order.precision for order in parts.orders) == tuple(score.precisions)
    assert (
        (parts.hypothesis_len, parts.reference_len)
        == (score.sys_len, score.ref_len)
        == (len(parts.hypothesis_tokens), score.ref_len)
    )
    assert len(parts.reference_tokens[parts.closest]) == parts.reference_len
    plain = BLEU(
        lowercase=choices.lowercase, smooth_method="none", max_ngram_order=choices.max_order
    ).corpus_score([hypothesis], [[reference] for reference in references])
    assert [order.n_matched for order in parts.orders] == plain.counts and [
        order.n_total for order in parts.orders
    ] == plain.totals
    for order in parts.orders:
        for ngram in order.ngrams:
            assert ngram.count == len(ngram.positions) == len(ngram.fates)
            assert all(
                parts.hypothesis_tokens[at : at + order.order] == ngram.tokens for at in ngram.positions
            )
            fates = Counter(ngram.fates)
            assert fates["matched"] == ngram.matched == min(ngram.count, ngram.allowed)
            assert fates["missed"] == (0 if ngram.allowed else ngram.count)
        if order.n_total and any(other.n_matched for other in parts.orders):
            assert order.precision == pytest.approx(100 * order.smoothed / order.smoothed_total)
    assert tuple(bleu_steps(hypothesis, references, choices)) == parts.orders
    assert str(metric.get_signature()) == parts.signature


@pytest.mark.parametrize("choices", CHOICES, ids=str)
@pytest.mark.parametrize(("hypothesis", "references"), REAL)
def test_the_pieces_of_real_text_are_sacrebleus(hypothesis, references, choices):
    check(hypothesis, references, choices)


WORDS = st.lists(st.sampled_from(["a", "b", "c", "A", "d.", "e,"]), max_size=9).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(hypothesis=WORDS, references=st.lists(WORDS, min_size=1, max_size=3), choices=st.sampled_from(CHOICES))
def test_the_pieces_of_random_text_are_sacrebleus(hypothesis, references, choices):
    check(hypothesis, references, choices)


def test_clipping_by_hand():
    """Papineni et al. 2002, section 2.1: "the" × 7 against a reference with two: 2 of 7 match, 5 are
    clipped.
    """
    unigrams = bleu_parts(*REAL[1]).orders[0]
    (the,) = unigrams.ngrams
    assert (the.count, the.allowed, the.matched, unigrams.n_total) == (7, 2, 2, 7)
    assert the.fates == ("matched",) * 2 + ("clipped",) * 5 and the.positions == tuple(range(7))


def test_the_textbook_sentence():
    """4/4, 1/3 ("Le chat"), 0/2, 0/1; exponential smoothing makes the last two 1/(2·2) and 1/(4·1); e^(1−6/4)
    = 0.6065; 23.04.
    """
    hypothesis, references = "Le chat sur tapis", ["Le chat est sur le tapis"]
    parts = bleu_parts(hypothesis, references)
    assert [(order.n_matched, order.n_total) for order in parts.orders] == [(4, 4), (1, 3), (0, 2), (0, 1)]
    assert [order.precision for order in parts.orders] == pytest.approx([100, 100 / 3, 25, 25])
    assert (
        parts.brevity_penalty == pytest.approx(math.exp(-0.5)) and round(parts.brevity_penalty, 4) == 0.6065
    )
    assert round(parts.score, 2) == 23.04
    assert bleu_parts(hypothesis, references, BleuSettings(smoothing="none")).score == 0
    assert [ngram.tokens for ngram in parts.orders[1].ngrams if ngram.matched] == [("Le", "chat")]


def test_chrf_and_ter_stand_beside_it():
    hypotheses, references = [pair[0] for pair in REAL], [pair[1] for pair in REAL]
    chrf, ter = other_scores(hypotheses[:1], references[:1])
    assert (
        chrf.score == sacrebleu.corpus_chrf(hypotheses[:1], [references[0]]).score and chrf.higher_is_better
    )
    assert (
        ter.score == sacrebleu.corpus_ter(hypotheses[:1], [references[0]]).score and not ter.higher_is_better
    )
    assert chrf.signature.startswith("nrefs:1|case:mixed") and "tok:tercom" in ter.signature
    assert [other.name for other in other_scores(hypotheses, references, with_ter=False)] == ["chrF"]


@pytest.mark.parametrize(
    ("references", "options", "message"),
    [
        ([], {}, "no reference"),
        ("a text", {}, "no reference"),
        (["a"], {"smoothing": "butter"}, "no smoothing 'butter'"),
        (["a"], {"tokenize": "spm"}, "no tokeniser 'spm'"),
        (["a"], {"max_order": 0}, "choose 1 to 8"),
        (["a" * 200_000], {}, "100,000 characters"),
    ],
)
def test_what_cannot_be_scored_is_explained(references, options, message):
    with pytest.raises(InputError, match=message):
        bleu_parts("a", references, BleuSettings(**options))
