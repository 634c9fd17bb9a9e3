"""The report on every head, against plain passes and loops over the same sentences."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.decoding.decode import translate
from explorer.errors import InputError
from explorer.evaluation.bleu import corpus_bleu
from explorer.evaluation.bootstrap import draw_counts
from explorer.heads.importance.ablation import all_heads
from explorer.heads.importance.measure import importance_steps, measure_importance, pruning_sizes
from explorer.results import SentencePair
from models.probe import ablating, probes
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint
from tests.evaluation.test_ranks import slow_ranks
from tests.heads.test_ablation import forced_log_probs
from tests.heads.test_gradients import sentence_gradients

PAIRS = (*(SentencePair(src, tgt) for src, tgt in TINY_PAIRS), SentencePair("the cat", "die Katze"))
SETTINGS = {"n_resamples": 40, "seed": 9}


def plain_losses(checkpoint, heads, mode, pairs):
    """Nats and tokens of each sentence with heads off, from one plain pass each."""
    rows = []
    for pair in pairs:
        with ablating(checkpoint.model, heads, mode):
            log_probs = forced_log_probs(checkpoint, pair.src, checkpoint.tgt_tokenizer.encode(pair.tgt).ids)
        rows.append((-log_probs.sum(), len(log_probs)))
    return rows


def plain_scores(checkpoint, heads, mode, pairs):
    """(nats and tokens of each sentence, loss, BLEU, chrF, translations) with heads off, one sentence after
    the other.
    """
    rows, translations = plain_losses(checkpoint, heads, mode, pairs), []
    for pair in pairs:
        with ablating(checkpoint.model, heads, mode):
            translations.append(translate(checkpoint, pair.src).text)
    score = corpus_bleu(translations, [pair.tgt for pair in pairs])
    return (
        rows,
        sum(nats for nats, _ in rows) / sum(n for _, n in rows),
        score.score,
        score.chrf,
        translations,
    )


def pooled(rows, chosen):
    return sum(rows[i][0] for i in chosen) / sum(rows[i][1] for i in chosen)


@pytest.fixture(
    scope="module",
    params=[("transformer", "zero"), ("rnn", "uniform")],
    ids=["transformer, zero", "rnn, uniform"],
)
def measured(request):
    family, mode = request.param
    options = {"n_encoder_layers": 1, "n_decoder_layers": 1} if family == "transformer" else {}
    checkpoint = make_tiny_checkpoint(family, seed=4, **options)
    pairs = (*PAIRS, SentencePair("", "nothing"))
    return checkpoint, mode, measure_importance(checkpoint, pairs, "by hand", mode, **SETTINGS)


def test_every_head_is_what_plain_passes_say(measured):
    checkpoint, mode, report = measured
    rows, loss, bleu, chrf, translations = plain_scores(checkpoint, [], mode, PAIRS)
    assert (report.whole.loss, report.whole.bleu, report.whole.chrf) == pytest.approx(
        (loss, bleu, chrf), abs=1e-5
    )
    assert (report.n_sentences, report.n_left_out, report.n_tokens) == (5, 1, sum(n for _, n in rows))
    assert tuple(effect.id for effect in report.heads) == all_heads(checkpoint)
    drawn = np.random.default_rng(9).choice(5, size=(40, 5))
    gradients = [sentence_gradients(checkpoint, pair) for pair in PAIRS]
    for effect in report.heads:
        off, off_loss, off_bleu, off_chrf, off_translations = plain_scores(
            checkpoint, [effect.id], mode, PAIRS
        )
        changes = (off_loss - loss, off_bleu - bleu, off_chrf - chrf)
        assert (effect.loss.value, effect.bleu.value, effect.chrf.value) == pytest.approx(changes, abs=1e-5)
        assert effect.n_changed == sum(a != b for a, b in zip(translations, off_translations, strict=True))
        differences = [pooled(off, sample) - pooled(rows, sample) for sample in drawn.tolist()]
        assert (effect.loss.low, effect.loss.high) == pytest.approx(
            tuple(np.percentile(differences, [2.5, 97.5])), abs=1e-5
        )
        raw = sum(abs(each[effect.kind, effect.layer][effect.head].sum()) for each in gradients) / 5
        layer = [
            sum(abs(each[effect.kind, effect.layer][head].sum()) for each in gradients) / 5
            for head in range(each_heads(checkpoint, effect))
        ]
        assert effect.gradient == pytest.approx(raw, abs=2e-5)
        assert effect.gradient_normalised == pytest.approx(
            raw / sum(value**2 for value in layer) ** 0.5, abs=2e-5
        )


def each_heads(checkpoint, effect):
    return probes(checkpoint.model)[effect.kind, effect.layer].n_heads


def test_the_correlation_is_that_of_the_ranks(measured):
    checkpoint, _, report = measured
    for name, correlation in (
        ("gradient_normalised", report.correlation),
        ("gradient", report.correlation_raw),
    ):
        if len(report.heads) == 1:
            assert np.isnan([correlation.value, correlation.low, correlation.high]).all(), (
                "one head has no order"
            )
            continue
        x, y = (
            slow_ranks(values)
            for values in zip(*((each.loss.value, getattr(each, name)) for each in report.heads), strict=True)
        )
        assert correlation.value == pytest.approx(np.corrcoef(x, y)[0, 1])
        assert -1 <= correlation.low <= correlation.high <= 1


def test_the_interval_of_the_correlation_is_that_of_resampled_sentences():
    """Every resample gives changes of the loss and gradients of its own."""
    checkpoint = make_tiny_checkpoint("transformer", seed=4, n_encoder_layers=1, n_decoder_layers=1)
    report = measure_importance(checkpoint, PAIRS, **SETTINGS)
    counts = draw_counts(5, 40, 9)
    whole = plain_losses(checkpoint, [], "zero", PAIRS)
    off = {effect.id: plain_losses(checkpoint, [effect.id], "zero", PAIRS) for effect in report.heads}
    gradients = [sentence_gradients(checkpoint, pair) for pair in PAIRS]
    values = []
    for row in counts.astype(int).tolist():
        sample = [sentence for sentence, n in enumerate(row) for _ in range(n)]
        changes = [pooled(off[effect.id], sample) - pooled(whole, sample) for effect in report.heads]
        slopes = [sum(abs(gradients[i][e.kind, e.layer][e.head].sum()) for i in sample) for e in report.heads]
        values.append(np.corrcoef(slow_ranks(changes), slow_ranks(slopes))[0, 1])
    found = report.correlation_raw
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(values, [2.5, 97.5])), abs=1e-9)


def test_the_curve_is_chosen_on_one_half_and_scored_on_the_other(measured):
    checkpoint, mode, report = measured
    choosing, scoring = PAIRS[::2], PAIRS[1::2]
    assert (report.n_chosen_on, report.n_scored_on) == (3, 2)
    whole, everything = plain_losses(checkpoint, [], mode, choosing), range(len(choosing))
    changes = [
        pooled(plain_losses(checkpoint, [head], mode, choosing), everything) - pooled(whole, everything)
        for head in all_heads(checkpoint)
    ]
    for curve in report.curves:
        removed = [head for step in curve.steps for head in step.removed]
        assert sorted(removed) == sorted(all_heads(checkpoint))
        assert [step.n_removed for step in curve.steps] == list(range(len(removed) + 1)) and curve.steps[
            0
        ].removed == ()
        if curve.order == "loss":
            assert removed == [
                head
                for _, head in sorted(
                    zip(changes, all_heads(checkpoint), strict=True), key=lambda pair: pair[0]
                )
            ]
        for step in curve.steps:
            _, loss, bleu, chrf, _ = plain_scores(checkpoint, removed[: step.n_removed], mode, scoring)
            assert (step.scores.loss, step.scores.bleu, step.scores.chrf) == pytest.approx(
                (loss, bleu, chrf), abs=1e-5
            )
    assert [curve.order for curve in report.curves] == ["loss", "gradient"]


@pytest.mark.parametrize(
    "n_heads, most, sizes",
    [
        (0, 24, (0,)),
        (1, 24, (0, 1)),
        (3, 24, (0, 1, 2, 3)),
        (10, 5, (0, 2, 4, 6, 8, 10)),
        (7, 3, (0, 2, 5, 7)),
        (144, 24, tuple(range(0, 145, 6))),
    ],
)
def test_a_curve_has_few_steps_and_ends_with_every_head(n_heads, most, sizes):
    assert pruning_sizes(n_heads, most) == sizes


def test_progress_grows_to_one_and_nothing_is_masked_between_the_steps():
    checkpoint = make_tiny_checkpoint("rnn", seed=1)
    shares, told = [], set()
    for share, what in importance_steps(checkpoint, PAIRS[:2], n_resamples=5):
        shares.append(share)
        told.add(what)
        assert not any(probe.watched for probe in probes(checkpoint.model).values())
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1) and len(told) == 3


def test_one_sentence_is_enough():
    report = measure_importance(make_tiny_checkpoint("rnn"), PAIRS[:1], n_resamples=5)
    assert (report.n_sentences, report.n_chosen_on, report.n_scored_on) == (1, 1, 1)
    assert report.heads[0].loss.low == report.heads[0].loss.high == pytest.approx(report.heads[0].loss.value)


def test_what_cannot_be_measured_is_a_sentence():
    with pytest.raises(InputError, match="has no attention, so there is no head to switch off"):
        measure_importance(make_tiny_checkpoint("rnn", attention="none"), PAIRS)
    with pytest.raises(InputError, match="None of the 0 sentence pairs"):
        measure_importance(make_tiny_checkpoint("rnn"), [])
    with pytest.raises(InputError, match="'loud'"):
        measure_importance(make_tiny_checkpoint("rnn"), PAIRS, mode="loud")
