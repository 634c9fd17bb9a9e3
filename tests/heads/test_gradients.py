"""Gradient importance, against one backward pass for each sentence and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.heads.importance import masking
from explorer.heads.importance.ablation import all_heads
from explorer.heads.importance.gradients import HeadGradients, gate_gradients, gradient_steps, normalise
from explorer.heads.importance.masking import encode_corpus
from explorer.results import SentencePair
from models.ids import DEFAULT_IDS
from models.probe import gating
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

PAIRS = tuple(SentencePair(src, tgt) for src, tgt in TINY_PAIRS)


def drained(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def sentence_gradients(checkpoint, pair):
    """∂(−log p of one target)/∂ξ at every query by (kind, layer), one sentence without padding: [heads,
    query_len].
    """
    src, tgt = checkpoint.src_tokenizer.encode(pair.src).ids, checkpoint.tgt_tokenizer.encode(pair.tgt).ids
    with gating(checkpoint.model) as gates:
        memory = checkpoint.model.encode(torch.tensor([[*src, DEFAULT_IDS.eos]]))
        log_probs = checkpoint.model.decode(torch.tensor([[DEFAULT_IDS.bos, *tgt]]), memory)[0].log_softmax(
            -1
        )
    nats = -sum(log_probs[step, id] for step, id in enumerate([*tgt, DEFAULT_IDS.eos]))
    found = {}
    for place, calls in gates.calls.items():
        slopes = torch.autograd.grad(nats, calls, retain_graph=True)
        found[place] = torch.cat(slopes, dim=2)[0, :, :, 0].double().numpy()
    return found


@pytest.mark.parametrize(
    "family, options",
    [("transformer", {}), ("rnn", {}), ("rnn", {"input_feeding": True})],
    ids=["transformer", "rnn", "fed back"],
)
@pytest.mark.parametrize("batch_size", [1, 3])
def test_batches_equal_one_sentence_at_a_time(family, options, batch_size, monkeypatch):
    monkeypatch.setattr(masking, "BATCH", batch_size)
    checkpoint = make_tiny_checkpoint(family, seed=1, **options)
    heads = all_heads(checkpoint)
    found = drained(gradient_steps(checkpoint, encode_corpus(checkpoint, PAIRS), heads))
    each = [sentence_gradients(checkpoint, pair) for pair in PAIRS]
    for column, (kind, layer, head) in enumerate(heads):
        rows = [gradients[kind, layer][head] for gradients in each]
        np.testing.assert_allclose(found.slopes[:, column], [row.sum() for row in rows], atol=2e-5)
        np.testing.assert_allclose(
            found.token_slopes[:, column], [np.abs(row).sum() for row in rows], atol=2e-5
        )
        assert found.n_tokens[:, column].tolist() == [len(row) for row in rows]
        by_sentence, by_token = (
            sum(abs(row.sum()) for row in rows) / len(rows),
            np.abs(np.concatenate(rows)).mean(),
        )
        assert found.importance()[column] == pytest.approx(by_sentence, abs=2e-5)
        assert found.token_importance()[column] == pytest.approx(by_token, abs=2e-5)


HEADS = (("cross", 0, 0), ("cross", 0, 1), ("cross", 1, 0), ("cross", 1, 1), ("encoder_self", 0, 0))


def test_normalised_within_a_layer_by_hand():
    """3 and 4 have the norm 5; a layer of zeros stays 0; the same layer of another kind is another layer."""
    assert normalise(HEADS, np.array([3.0, 4.0, 0.0, 0.0, 7.0])).tolist() == pytest.approx(
        [0.6, 0.8, 0, 0, 1]
    )
    assert normalise((), np.zeros(0)).shape == (0,)
    several = normalise(HEADS, np.array([[3.0, 4.0, 1.0, 0.0, 7.0], [1.0, 0.0, 0.0, 2.0, 1.0]]))
    assert several.tolist() == [pytest.approx([0.6, 0.8, 1, 0, 1]), pytest.approx([1, 0, 0, 1, 1])]


def test_a_sentence_counts_by_the_size_of_its_own_slope():
    """Slopes +1 and −1 are an importance of 1, not 0: the absolute value is taken of each sentence before the
    mean.
    """
    gradients = HeadGradients(
        HEADS[:2],
        np.array([[1.0, 2.0], [-1.0, 2.0]]),
        np.array([[3.0, 2.0], [1.0, 2.0]]),
        np.array([[2, 4], [2, 4]]),
    )
    assert gradients.importance().tolist() == [1.0, 2.0] and gradients.importance([0]).tolist() == [1.0, 2.0]
    assert gradients.token_importance().tolist() == [1.0, 0.5]
    assert gradients.normalised() == pytest.approx([1 / 5**0.5, 2 / 5**0.5])


def test_shared_weights_stay_without_gradients(tiny_checkpoint):
    corpus = encode_corpus(tiny_checkpoint, PAIRS)
    drained(gradient_steps(tiny_checkpoint, corpus, all_heads(tiny_checkpoint)))
    assert all(
        parameter.grad is None and not parameter.requires_grad
        for parameter in tiny_checkpoint.model.parameters()
    )
    with torch.no_grad():
        assert set(gate_gradients(tiny_checkpoint.model, corpus.collate([0], DEFAULT_IDS))), (
            "also where the caller has gradients off"
        )


def test_a_model_without_attention_has_none():
    checkpoint = make_tiny_checkpoint("rnn", attention="none")
    assert (
        gate_gradients(checkpoint.model, encode_corpus(checkpoint, PAIRS).collate([0, 1], DEFAULT_IDS)) == {}
    )
