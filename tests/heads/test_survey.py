"""Are the sums over a corpus those of its sentences taken one by one, with what the models really
attend to?
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.attention.capture import forced_pass, join_calls
from explorer.decoding.decode import longest, translate
from explorer.errors import InputError
from explorer.evaluate import evaluate
from explorer.heads.roles.corpus import Known, frequencies_of, grammar_corpus, prepare
from explorer.heads.roles.metrics.registry import HEAD_METRICS
from explorer.heads.roles.scores import rule_scores
from explorer.heads.roles.study import study
from explorer.heads.roles.sums import Survey
from explorer.heads.roles.survey import (
    Inquiry,
    attention_kinds,
    batches,
    survey,
    survey_repeats,
    with_own_translations,
    with_random_weights,
)
from explorer.results import Provenance, SentencePair
from tests.conftest import make_tiny_checkpoint
from tests.heads import slow
from tests.heads.slow import Counter, Sentence

SUMS = ("hits", "n", "hits_squared", "hits_times_n", "n_squared")
MODELS = {
    "bpe": {"tokenizer_kind": "bpe", "n_encoder_layers": 3, "n_decoder_layers": 1},
    "char": {"tokenizer_kind": "char", "positions": "rotary"},
    "rnn": {"family": "rnn"},
    "fed back": {"family": "rnn", "tokenizer_kind": "word", "input_feeding": True},
}


@pytest.fixture(scope="module")
def corpus():
    """Six short sentences of each split; plain loops take their time."""
    whole = grammar_corpus("de", 40)
    chosen, reported = (
        tuple(sorted(part, key=lambda k: len(k.pair.src))[:6]) for part in (whole.chosen, whole.reported)
    )
    return replace(whole, chosen=chosen, reported=reported)


@pytest.fixture(scope="module", params=MODELS)
def asked(request, corpus):
    """(checkpoint, sentences, frequencies, relations)."""
    checkpoint = make_tiny_checkpoint(**MODELS[request.param])
    sentences, _ = prepare(
        corpus.reported, checkpoint.src_tokenizer, checkpoint.tgt_tokenizer, longest(checkpoint.model)
    )
    tokenizers = (checkpoint.src_tokenizer, checkpoint.tgt_tokenizer)
    frequencies = tuple(
        frequencies_of((texts[side] for texts in corpus.counted), tokenizers[side]) for side in (0, 1)
    )
    relations = tuple(sorted({relation for s in sentences for *_, relation in (*s.src_arcs, *s.tgt_arcs)}))
    return checkpoint, sentences, frequencies, relations


def alone(checkpoint, prepared, kind) -> Sentence:
    """One sentence in a pass of its own, without batch and padding, in the form of the slow reference."""
    seen, _, _ = forced_pass(checkpoint.model, prepared.src.ids, prepared.tgt.ids)
    layers = sorted(layer for k, layer in seen.calls if k == kind)
    weights = np.stack([join_calls(seen.calls[kind, layer]).weights[0].numpy() for layer in layers])
    if kind == "cross":
        return Sentence(kind, weights, prepared.tgt, prepared.src, (), prepared.links)
    source = kind == "encoder_self"
    side = prepared.src if source else prepared.tgt
    return Sentence(kind, weights, side, side, prepared.src_arcs if source else prepared.tgt_arcs)


def test_the_sums_are_those_of_plain_loops_over_one_sentence_at_a_time(asked):
    checkpoint, sentences, frequencies, relations = asked
    found = survey(checkpoint, sentences, Inquiry(frequencies, relations))
    assert found.n_sentences == 6 and found.n_src_tokens == sum(len(s.src.ids) for s in sentences)
    for kind in attention_kinds(checkpoint):
        one_by_one = [alone(checkpoint, s, kind) for s in sentences]
        counts = frequencies[0 if kind != "decoder_self" else 1].counts.tolist()
        for name, fast in found.counts[kind].items():
            extra = {"syntactic": (relations,), "rare_token": (counts,)}.get(name, ())
            for layer, head in np.ndindex(fast.hits.shape[1:]):
                counter = Counter()
                for s in one_by_one:
                    counter.add(getattr(slow, name)(s, s.weights[layer, head], *extra))
                for index, question in enumerate(fast.questions):
                    sums = [getattr(fast, field)[index, layer, head] for field in SUMS]
                    np.testing.assert_allclose(
                        sums, counter.sums[question], rtol=1e-4, atol=1e-4, err_msg=f"{kind} {question}"
                    )
        expected = {
            name
            for name, metric in HEAD_METRICS.items()
            if metric.of in ("any", "between" if kind == "cross" else "self")
        }
        assert set(found.counts[kind]) == set(found.rules[kind]) == expected


@pytest.mark.parametrize("batch_tokens", [1, 60, 10_000])
def test_the_size_of_a_batch_changes_nothing(asked, batch_tokens):
    checkpoint, sentences, frequencies, relations = asked
    found, other = (
        survey(checkpoint, sentences, Inquiry(frequencies, relations, 5), n) for n in (400, batch_tokens)
    )
    for kind, metrics in found.counts.items():
        for kept, others in ((metrics, other.counts[kind]), (found.rules[kind], other.rules[kind])):
            for name, counts in kept.items():
                for field in SUMS:
                    np.testing.assert_allclose(
                        getattr(others[name], field), getattr(counts, field), rtol=1e-4, atol=1e-4
                    )
        sums, n_rows = found.divergences[kind]
        assert other.divergences[kind][1] == n_rows
        np.testing.assert_allclose(other.divergences[kind][0], sums, atol=1e-4 * n_rows)


def test_batches_hold_every_sentence_once_and_no_more_tokens_than_asked(asked):
    _, sentences, *_ = asked
    groups = list(batches(sentences, 100))
    assert sorted(id(s) for group in groups for s in group) == sorted(map(id, sentences))
    for group in groups:
        assert (
            len(group) == 1 or len(group) * max(max(len(s.src.ids), len(s.tgt.ids)) + 1 for s in group) <= 100
        )


def test_alignment_is_the_error_rate_of_the_evaluation(asked, corpus):
    checkpoint, sentences, frequencies, relations = asked
    found = survey(checkpoint, sentences, Inquiry(frequencies, relations)).counts["cross"]["alignment"]
    expected = evaluate(checkpoint, [known.pair for known in corpus.reported])
    for reading in ("output", "input"):
        index = found.questions.index(f"aligned:{reading}")
        for head in expected.alignment[reading]:
            share = found.hits[index, head.layer, head.head] / found.n[index, head.layer, head.head]
            assert 1 - share == pytest.approx(head.counts.aer, abs=1e-9)


def test_a_survey_leaves_the_model_as_it_was(asked):
    checkpoint, sentences, frequencies, relations = asked
    before = {name: tensor.clone() for name, tensor in checkpoint.model.state_dict().items()}
    survey(checkpoint, sentences, Inquiry(frequencies, relations))
    assert all(torch.equal(tensor, before[name]) for name, tensor in checkpoint.model.state_dict().items())


# ---------------------------------------------------------------------------------------------------- control


def test_random_weights_are_those_of_the_seed_and_nothing_elses():
    checkpoint = make_tiny_checkpoint()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, again, other = (with_random_weights(checkpoint, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    weights = [next(iter(c.model.parameters())) for c in (checkpoint, one, again, other)]
    assert (
        torch.equal(weights[1], weights[2])
        and not torch.equal(weights[1], weights[3])
        and not torch.equal(weights[0], weights[1])
    )
    assert not one.model.training


def test_a_model_without_attention_has_no_heads():
    checkpoint = make_tiny_checkpoint("rnn", attention="none")
    with pytest.raises(
        InputError, match="has no attention, so it has no heads: pick a checkpoint with attention"
    ):
        attention_kinds(checkpoint)


# ---------------------------------------------------------------------------------------------------- repeats


def test_random_tokens_are_repeated_as_published(corpus):
    checkpoint = make_tiny_checkpoint(tokenizer_kind="char")
    frequencies = tuple(
        frequencies_of((texts[side] for texts in corpus.counted), tokenizer)
        for side, tokenizer in enumerate((checkpoint.src_tokenizer, checkpoint.tgt_tokenizer))
    )
    found, again = Survey(), Survey()
    assert (
        survey_repeats(checkpoint, frequencies, 3, found)
        == survey_repeats(checkpoint, frequencies, 3, again)
        == ()
    )
    n_types = min(
        25, int((frequencies[0].counts > 0).sum()) - 2 * int(0.1 * (frequencies[0].counts > 0).sum())
    )
    counts = found.repeats["encoder_self"]
    assert counts.n[counts.questions.index("duplicate")].tolist() == [[10 * 4 * n_types] * 2] * 2
    assert counts.n[counts.questions.index("induction")].tolist() == [[10 * 3 * n_types] * 2] * 2
    assert counts == again.repeats["encoder_self"] and set(found.repeats) == {"encoder_self", "decoder_self"}
    chance = rule_scores(found.repeats_rules["encoder_self"], "induction")[-1]
    length = 4 * n_types + 1
    assert chance == pytest.approx(
        (1 + 2 + 3) / 3 / length
    )  # one, two or three places after earlier occurrences


def test_a_vocabulary_without_enough_tokens_is_said_to_have_too_few(corpus):
    checkpoint = make_tiny_checkpoint()
    empty = frequencies_of([], checkpoint.src_tokenizer)
    found = Survey()
    (entry,) = survey_repeats(checkpoint, (empty, empty), 0, found)
    assert "too few tokens" in entry.reason and not found.repeats


# ------------------------------------------------------------------------------------------------- the report


def test_own_translations_take_the_place_of_targets(corpus):
    checkpoint = make_tiny_checkpoint(tokenizer_kind="word")
    found = with_own_translations(checkpoint, corpus)
    assert found.target == "own translation"
    for known, before in zip(found.reported, corpus.reported, strict=True):
        assert known.pair.tgt == translate(checkpoint, before.pair.src).text
        assert (
            known.pair.alignment is None
            and known.pair.tgt_tree is None
            and known.pair.src_tree == before.pair.src_tree
        )


def test_a_report_comes_out_again_the_same(corpus):
    checkpoint = make_tiny_checkpoint(seed=1)  # other random weights than those of the control
    origin = Provenance("tiny", "", {}, {}, "2025-01-01")
    one, again = (study(checkpoint, corpus, origin) for _ in range(2))
    assert str(one) == str(again)
    assert [(row.kind, row.name) for row in one.rows][:4] == [
        ("encoder_self", n) for n in ("L0 H0", "L0 H1", "L1 H0", "L1 H1")
    ]
    assert len(one.rows) == len(one.control) == 12 and {m.kind for m in one.maps} == {
        "encoder_self",
        "decoder_self",
        "cross",
    }
    assert not any(row.figures for row in one.control)
    for trained, random in zip(one.maps, one.control_maps, strict=True):  # the same sentences, other weights
        assert (random.kind, random.n_rows) == (trained.kind, trained.n_rows) and random != trained
    assert str(study(checkpoint, corpus, origin, control_seed=7)) != str(one)


def test_what_is_not_known_is_said(corpus):
    checkpoint = make_tiny_checkpoint()
    bare = [Known(SentencePair(k.pair.src, k.pair.tgt)) for k in corpus.reported]
    half = replace(corpus, chosen=tuple(bare), reported=tuple(bare[:4]))
    report = study(checkpoint, half, Provenance("tiny", "", {}, {}, ""))
    reasons = {(entry.what, entry.reason): (entry.count, entry.total) for entry in report.left_out}
    assert reasons[
        "sentences for syntactic roles (encoder_self)", "no dependency of the source side is known"
    ] == (10, 10)
    assert reasons["sentence pairs for alignment (cross)", "no gold links are known"] == (10, 10)
    assert not any(e.role in ("syntactic", "alignment") for row in report.rows for e in row.evidence)


def test_a_corpus_of_which_nothing_can_be_used(corpus):
    checkpoint = make_tiny_checkpoint(max_len=3)
    with pytest.raises(
        InputError, match="No sentence of the valid split of grammar-en-de can be used .*more than 2 tokens"
    ):
        study(checkpoint, corpus, Provenance("tiny", "", {}, {}, ""))
