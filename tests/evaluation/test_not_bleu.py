"""The metric that is not BLEU: published numbers with derivations, and BLEU itself with every switch off."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from explorer.errors import InputError
from explorer.evaluation.not_bleu import EXAMPLES, switched_score
from explorer.results import MetricSwitches


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_has_its_published_number(example):
    found = switched_score(example.hypotheses, example.references, example.switches)
    assert round(found.score, 4) == example.published


def test_no_word_right_is_0_76():
    """⟨START⟩ and ⟨END⟩ match, 2 of 6 words; 0/5, 0/4 and 0/3 are dropped but keep their share of the root:
    (2/6)^(1/4) = 0.7598.
    """
    switches = MetricSwitches(drop_empty_orders=True, markers=True, smoothing="none")
    found = switched_score(["x y z w"], ["a b c d"], switches)
    assert found.score == pytest.approx((1 / 3) ** 0.25) and found.brevity_penalty == 1
    assert [(matched, total) for matched, total, _ in found.orders] == [(2, 6), (0, 5), (0, 4), (0, 3)]
    assert [precision for _, _, precision in found.orders[1:]] == [None] * 3
    # each switch alone turned back gives what it should: no marker, no match; nothing dropped, a product with
    # a 0 in it
    assert (
        switched_score(
            ["x y z w"], ["a b c d"], MetricSwitches(drop_empty_orders=True, smoothing="none")
        ).score
        == 0
    )
    assert switched_score(["x y z w"], ["a b c d"], MetricSwitches(markers=True, smoothing="none")).score == 0


def test_one_word_of_four_is_0_71():
    """(1/4)^(1/4) = 0.7071, and without the markers."""
    found = switched_score(["a x y z"], ["a b c d"], MetricSwitches(drop_empty_orders=True, smoothing="none"))
    assert found.score == pytest.approx(0.25**0.25)


def test_le_chat_by_hand():
    """∛(1 · 1/3 · 0.01) = 0.1494, printed as 0.149; times e^(1−6/4) = 0.6065 that is 0.0906, printed as
    0.09.
    """
    texts = ["Le chat sur tapis"], ["Le chat est sur le tapis"]
    found = switched_score(*texts, MetricSwitches(smoothing="epsilon", max_order=3))
    assert found.brevity_penalty == pytest.approx(math.exp(-0.5)) == pytest.approx(0.6065, abs=5e-5)
    assert found.score / found.brevity_penalty == pytest.approx(
        0.149, abs=5e-4
    ) and found.score == pytest.approx(0.09, abs=1e-3)
    assert switched_score(*texts, MetricSwitches(smoothing="none")).score == 0


def test_case_and_punctuation_are_dropped_on_both_sides():
    texts = ["der alte mann schläft"], ["Der alte Mann schläft."]
    assert switched_score(*texts).score < 1
    assert switched_score(*texts, MetricSwitches(lowercase=True, drop_punctuation=True)).score == 1
    assert switched_score(["« a b c d » ! ?"], ["a b c d"], MetricSwitches(drop_punctuation=True)).score == 1


def test_the_mean_of_sentences_differs_from_the_corpus_score():
    hypotheses, references = ["a b c d e", "x a b c d"], ["a b c d e", "y a b z d"]
    corpus = switched_score(hypotheses, references)
    mean = switched_score(hypotheses, references, MetricSwitches(mean_of_sentences=True))
    alone = [switched_score([h], [r]).score for h, r in zip(hypotheses, references, strict=True)]
    assert mean.score == pytest.approx(sum(alone) / 2) != pytest.approx(corpus.score)
    assert [sentence.score for sentence in mean.sentences] == alone and mean.orders == corpus.orders


TEXTS = st.lists(
    st.tuples(*[st.lists(st.sampled_from("abcAB"), max_size=8).map(" ".join)] * 2), min_size=1, max_size=4
)


@settings(max_examples=150, deadline=None)
@given(
    pairs=TEXTS,
    smoothing=st.sampled_from(["exp", "none"]),
    lowercase=st.booleans(),
    max_order=st.integers(1, 4),
)
def test_with_nothing_switched_it_is_sacrebleu_on_words(pairs, smoothing, lowercase, max_order):
    hypotheses, references = map(list, zip(*pairs, strict=True))
    metric = BLEU(tokenize="none", smooth_method=smoothing, lowercase=lowercase, max_ngram_order=max_order)
    expected = metric.corpus_score(hypotheses, [references])
    found = switched_score(
        hypotheses, references, MetricSwitches(smoothing=smoothing, lowercase=lowercase, max_order=max_order)
    )
    assert 100 * found.score == pytest.approx(expected.score, abs=1e-9)
    assert [matched for matched, _, _ in found.orders] == expected.counts and [
        total for _, total, _ in found.orders
    ] == expected.totals
    assert (found.hypothesis_len, found.reference_len) == (expected.sys_len, expected.ref_len)


@pytest.mark.parametrize(
    "options",
    [{"max_order": 0}, {"max_order": 5}, {"smoothing": "butter"}, {"epsilon": -1.0}, {"epsilon": math.nan}],
    ids=str,
)
def test_switches_out_of_range_are_named(options):
    with pytest.raises(InputError, match="choose"):
        switched_score(["a"], ["a"], MetricSwitches(**options))
    with pytest.raises(InputError, match="1 translations and 2"):
        switched_score(["a"], ["a", "b"])
