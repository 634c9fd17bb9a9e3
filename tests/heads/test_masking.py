"""A corpus with heads off, against plain passes sentence by sentence; and what must not be computed twice."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.decoding.decode import default_max_len, translate, translate_all
from explorer.errors import InputError
from explorer.evaluation.bleu import corpus_bleu
from explorer.heads.importance import masking
from explorer.heads.importance.ablation import ablate, all_heads
from explorer.heads.importance.masking import EncodedCorpus, encode_corpus, masked_scores_steps
from explorer.results import SentencePair
from models.ids import DEFAULT_IDS
from models.probe import ablating, probes
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint
from tests.decoding.test_decode import SENTENCES

PAIRS = tuple(SentencePair(src, tgt) for src, tgt in TINY_PAIRS) + (
    SentencePair("</script>", "<s> \u202e &"),
    SentencePair("the dog", "der Hund"),
)


def eager_to_end(checkpoint, bias):
    """The same with `bias` on the score of ``</s>``, at every step and in every pass."""
    model = copy.deepcopy(checkpoint.model)
    output = torch.nn.Linear(model.output.in_features, model.output.out_features)
    with torch.no_grad():
        output.weight.copy_(model.output.weight)
        output.bias.zero_()[DEFAULT_IDS.eos] = bias
    model.output = output
    return replace(checkpoint, model=model.eval().requires_grad_(False))


def scored(checkpoint, corpus, maskings, mode="zero"):
    """The result, and the shares yielded on the way."""
    steps, shares = masked_scores_steps(checkpoint, corpus, maskings, mode), []
    while True:
        try:
            shares.append(next(steps))
        except StopIteration as end:
            return end.value, shares


def some_maskings(checkpoint):
    heads = all_heads(checkpoint)
    return [frozenset(), *(frozenset([head]) for head in heads[::4]), frozenset(heads[:3]), frozenset(heads)]


@pytest.mark.parametrize("mode, batch_size", [("zero", 2), ("uniform", 64)])
def test_every_number_is_that_of_plain_passes(tiny_checkpoint, mode, batch_size, monkeypatch):
    """Loss: Σ −log p of two passes' worth of `ablate`; translations: one search each; BLEU and chrF:
    `corpus_bleu` of them.
    """
    monkeypatch.setattr(masking, "BATCH", batch_size)
    corpus = encode_corpus(tiny_checkpoint, PAIRS)
    maskings = some_maskings(tiny_checkpoint)
    found, shares = scored(tiny_checkpoint, corpus, maskings, mode)
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1)
    for heads, result in zip(maskings, found, strict=True):
        assert result.heads == heads
        with ablating(tiny_checkpoint.model, heads, mode):
            translations = [translate(tiny_checkpoint, pair.src).text for pair in PAIRS]
        assert list(result.translations) == translations
        if heads:
            passes = [
                ablate(tiny_checkpoint, pair.src, heads, mode, target=pair.tgt).target_masked
                for pair in PAIRS
            ]
            nats = [-float(record.log_probs.sum()) for record in passes]
            np.testing.assert_allclose(result.loss[:, 0], nats, rtol=1e-5)
            assert result.loss[:, 1].tolist() == [len(record.written.tokens) for record in passes]
            assert result.scores.loss == pytest.approx(
                sum(nats) / sum(len(record.written.tokens) for record in passes), abs=1e-5
            )
        score = corpus_bleu(translations, [pair.tgt for pair in PAIRS])
        assert (result.scores.bleu, result.scores.chrf) == pytest.approx((score.score, score.chrf), abs=1e-9)


def test_only_what_changes_is_searched_again(monkeypatch):
    """A head whose output nobody reads changes nothing: the search runs for the whole model and never
    again.
    """
    checkpoint = make_tiny_checkpoint("transformer", seed=5)
    with torch.no_grad():
        for module in checkpoint.model.modules():
            if hasattr(module, "probe"):
                module.output.weight[:, : module.d_head] = 0  # the first head of every layer
    idle = [frozenset([head]) for head in all_heads(checkpoint) if head[2] == 0]
    searched, encoded = [], []
    greedy_ids, encode = masking.greedy_ids, type(checkpoint.model).encode
    monkeypatch.setattr(
        masking,
        "greedy_ids",
        lambda model, sources, memory: searched.append(len(sources)) or greedy_ids(model, sources, memory),
    )
    monkeypatch.setattr(
        type(checkpoint.model), "encode", lambda model, src: encoded.append(len(src)) or encode(model, src)
    )
    corpus = encode_corpus(checkpoint, PAIRS)
    found, _ = scored(checkpoint, corpus, [frozenset(), *idle])
    assert sum(searched) <= len(PAIRS) and len(encoded) == 1 + sum(
        head[0] == "encoder_self" for heads in idle for head in heads
    )
    assert all(result.translations == found[0].translations for result in found)
    assert list(found[0].translations) == translate_all(checkpoint, [pair.src for pair in PAIRS])


def test_a_reference_that_the_model_would_write_is_not_searched(tiny_checkpoint, monkeypatch):
    checkpoint = eager_to_end(
        tiny_checkpoint, {"transformer": 2.5, "rnn": 1.0}[tiny_checkpoint.model.config.family]
    )
    own = [translate(checkpoint, sentence) for sentence in SENTENCES]
    ids = [tuple(id for id in each.trace.best.token_ids if id != DEFAULT_IDS.eos) for each in own]
    assert any(
        len(each.trace.best.token_ids) == len(row) + 1 > 1 for each, row in zip(own, ids, strict=True)
    ), "some should end early"
    corpus = EncodedCorpus(
        tuple(each.src.ids for each in own), tuple(ids), tuple(each.text for each in own), 0
    )
    monkeypatch.setattr(masking, "greedy_ids", lambda *arguments: pytest.fail("nothing should be searched"))
    (result,), _ = scored(checkpoint, corpus, [frozenset()])
    assert result.translations == corpus.references


def test_a_tie_is_searched(tiny_checkpoint, monkeypatch):
    """What leads by next to nothing in one pass may be behind in the other, so it does not count as
    confirmed.
    """
    monkeypatch.setattr(masking, "CLEAR", float("inf"))
    searched = []
    greedy_ids = masking.greedy_ids
    monkeypatch.setattr(
        masking,
        "greedy_ids",
        lambda model, sources, memory: searched.append(len(sources)) or greedy_ids(model, sources, memory),
    )
    scored(tiny_checkpoint, encode_corpus(tiny_checkpoint, PAIRS), [frozenset()] * 2)
    assert sum(searched) == 2 * len(PAIRS)


@pytest.mark.parametrize("bias", [-100.0, 100.0], ids=["never ends", "ends at once"])
def test_translations_without_an_end_or_without_a_word(tiny_checkpoint, bias, monkeypatch):
    """Cut off at the length at which `translate` gives up, also where the guess was cut off; and a reference
    longer than that.
    """
    checkpoint = eager_to_end(tiny_checkpoint, bias)
    pairs = [*PAIRS, SentencePair("the", " ".join(["der Hund"] * 40))]
    limits = [default_max_len(len(checkpoint.src_tokenizer.encode(pair.src).ids) + 1, 512) for pair in pairs]
    assert len(checkpoint.tgt_tokenizer.encode(pairs[-1].tgt).ids) > limits[-1]
    searched = []
    greedy_ids = masking.greedy_ids
    monkeypatch.setattr(
        masking,
        "greedy_ids",
        lambda model, sources, memory: searched.append(len(sources)) or greedy_ids(model, sources, memory),
    )
    found, _ = scored(checkpoint, encode_corpus(checkpoint, pairs), [frozenset()] * 3)
    assert sum(searched) < 3 * len(pairs), "what was cut off is confirmed too"
    for result in found:
        expected = [translate(checkpoint, pair.src) for pair in pairs]
        assert list(result.translations) == [translation.text for translation in expected]
        assert [len(each.trace.best.token_ids) for each in expected] == (
            [1] * len(pairs) if bias > 0 else limits
        )


def test_what_the_model_cannot_read_is_left_out_and_counted(tiny_checkpoint):
    pairs = [
        PAIRS[0],
        SentencePair("", "x"),
        SentencePair("x", ""),
        SentencePair("cat " * 2000, "x"),
        PAIRS[1],
    ]
    corpus = encode_corpus(tiny_checkpoint, pairs)
    assert len(corpus) == 2 and corpus.n_left_out == 3 and corpus.references == (PAIRS[0].tgt, PAIRS[1].tgt)
    with pytest.raises(InputError, match="None of the 1 sentence pairs can be measured"):
        encode_corpus(tiny_checkpoint, pairs[1:2])


def test_nothing_is_masked_while_the_caller_has_its_turn(tiny_checkpoint):
    steps = masked_scores_steps(
        tiny_checkpoint, encode_corpus(tiny_checkpoint, PAIRS), some_maskings(tiny_checkpoint)
    )
    for _ in steps:
        assert not any(probe.watched for probe in probes(tiny_checkpoint.model).values())
