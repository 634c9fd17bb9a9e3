"""One sentence with heads off, against a model whose weights are changed by hand and against plain passes."""

from __future__ import annotations

import copy
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.attention.capture import replay
from explorer.corpora.words import split_words
from explorer.decoding.decode import translate
from explorer.errors import InputError
from explorer.evaluation.word_diff import word_diff
from explorer.heads.importance.ablation import ablate, all_heads, check_masking
from explorer.results import SearchSettings
from models.ids import DEFAULT_IDS
from models.probe import ablating, probes
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

SRC, TGT = TINY_PAIRS[1]
KINDS = ("encoder_self", "decoder_self", "cross")
HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<pad> <s> </s> <unk>",
    "\u202e\u200b\u0301",
    "שלום 🍕 猫",
    "![x](http://a.b/c) **b**",
]


def without_weights(checkpoint, kind, layer, head):
    """A copy whose output projection (or what reads the context of an RNN) has zeros where it would read this
    head.
    """
    model = copy.deepcopy(checkpoint.model)
    with torch.no_grad():
        if model.config.family == "rnn":
            model.attentional.weight[:, : model.config.d_hidden] = 0
        else:
            stack = model.encoder if kind == "encoder_self" else model.decoder
            owner = stack[layer].cross_attention if kind == "cross" else stack[layer].self_attention
            owner.output.weight[:, head * owner.d_head : (head + 1) * owner.d_head] = 0
    return replace(checkpoint, model=model)


def forced_log_probs(checkpoint, src, tgt_ids):
    """One pass over a pair, nothing recorded."""
    ids = checkpoint.src_tokenizer.encode(src).ids
    with torch.no_grad():
        logits = checkpoint.model.decode(
            torch.tensor([[DEFAULT_IDS.bos, *tgt_ids]]),
            checkpoint.model.encode(torch.tensor([[*ids, DEFAULT_IDS.eos]])),
        )
    return logits[0].double().log_softmax(-1)[range(len(tgt_ids) + 1), [*tgt_ids, DEFAULT_IDS.eos]].numpy()


def plain_ids(translation):
    ids = translation.trace.best.token_ids
    return ids[:-1] if ids[-1] == DEFAULT_IDS.eos else ids


@pytest.mark.parametrize("beam_size", [1, 3])
@pytest.mark.parametrize("n_off", [1, 2])
def test_zero_is_a_model_without_these_weights(tiny_checkpoint, beam_size, n_off):
    """Translation, log-probabilities and the attention of the heads that stay, for every head, also two at
    once.
    """
    heads = all_heads(tiny_checkpoint)
    for i in range(0, len(heads), 1 if beam_size == 1 else 5):
        off = {heads[i], heads[(i + 3) % len(heads)]} if n_off == 2 else {heads[i]}
        cut = tiny_checkpoint
        for head in off:
            cut = without_weights(cut, *head)
        found = ablate(tiny_checkpoint, SRC, off, beam_size=beam_size)
        old, new = (
            translate(tiny_checkpoint, SRC, SearchSettings(beam_size=beam_size)),
            translate(cut, SRC, SearchSettings(beam_size=beam_size)),
        )
        assert (found.old_text, found.new_text) == (old.text, new.text) and set(found.heads) == off
        expected = forced_log_probs(cut, SRC, plain_ids(old)) - forced_log_probs(
            tiny_checkpoint, SRC, plain_ids(old)
        )
        np.testing.assert_allclose(found.deltas, expected, atol=2e-6)
        np.testing.assert_allclose(
            found.new_masked.log_probs, forced_log_probs(cut, SRC, plain_ids(new)), atol=2e-6
        )
        np.testing.assert_allclose(
            found.new.log_probs, forced_log_probs(tiny_checkpoint, SRC, plain_ids(new)), atol=2e-6
        )
        cut_record = replay(cut, SRC, plain_ids(new))
        for kind in found.new_masked.kinds:
            for layer, layer_weights in enumerate(found.new_masked.map(kind).weights):
                for head, weights in enumerate(layer_weights):
                    if (kind, layer, head) in off:
                        assert not weights.any()
                    else:
                        np.testing.assert_allclose(
                            weights, cut_record.map(kind).weights[layer, head], atol=1e-6
                        )


def uniform(attention_map):
    """1 / number of keys that may be seen."""
    n_rows, n_cols = attention_map.weights.shape[2:]
    seen = np.tri(n_rows, n_cols) if attention_map.kind == "decoder_self" else np.ones((n_rows, n_cols))
    return seen / seen.sum(1, keepdims=True)


class Uniform(torch.nn.Module):
    """A probe that gives one head equal weights, made from the scores it sees; with zero scores softmax gives
    the same.
    """

    watched = True

    def __init__(self, probe, head):
        super().__init__()
        self.kind, self.layer, self.n_heads, self.head = probe.kind, probe.layer, probe.n_heads, head

    def forward(self, weights, scores, query, key, value):
        flat = scores.clone()
        flat[:, self.head] = flat[:, self.head].masked_fill(flat[:, self.head] > float("-inf"), 0.0)
        return flat.softmax(-1)


@pytest.mark.parametrize(
    "family, options",
    [("transformer", {}), ("transformer", {"positions": "alibi"}), ("rnn", {"input_feeding": True})],
)
def test_uniform_replaces_the_weights_by_one_over_what_is_visible(family, options):
    checkpoint = make_tiny_checkpoint(family, seed=2, **options)
    for kind, layer, head in all_heads(checkpoint):
        found = ablate(checkpoint, SRC, [(kind, layer, head)], "uniform", target=TGT)
        masked = found.target_masked.map(kind)
        np.testing.assert_allclose(masked.weights[layer, head], uniform(masked), atol=1e-6)
        model = copy.deepcopy(checkpoint.model)
        owner = next(
            m
            for m in model.modules()
            if hasattr(m, "probe") and (m.probe.kind, m.probe.layer) == (kind, layer)
        )
        owner.probe = Uniform(owner.probe, head)
        by_hand = replace(checkpoint, model=model)
        ids = checkpoint.tgt_tokenizer.encode(TGT).ids
        np.testing.assert_allclose(
            found.target_masked.log_probs, forced_log_probs(by_hand, SRC, ids), atol=2e-6
        )
        assert found.new_text == translate(by_hand, SRC).text


def test_deltas_are_two_forced_passes_apart(tiny_checkpoint):
    head = all_heads(tiny_checkpoint)[0]
    found = ablate(tiny_checkpoint, SRC, [head], "uniform", target=TGT)
    ids = tiny_checkpoint.tgt_tokenizer.encode(TGT).ids
    before = forced_log_probs(tiny_checkpoint, SRC, ids)
    with ablating(tiny_checkpoint.model, [head], "uniform"):
        after = forced_log_probs(tiny_checkpoint, SRC, ids)
    np.testing.assert_allclose(found.deltas, after - before, atol=2e-6)
    np.testing.assert_allclose(
        found.new_deltas, found.new_masked.log_probs.astype(float) - found.new.log_probs, atol=1e-12
    )
    assert found.forced and found.target.written.words == tuple(word.text for word in split_words(TGT))
    assert found.old_text == translate(tiny_checkpoint, SRC).text


def test_the_old_translation_is_the_target_unless_another_is_given(tiny_checkpoint):
    own = translate(tiny_checkpoint, SRC)
    head = all_heads(tiny_checkpoint)[-1]
    found = ablate(tiny_checkpoint, SRC, [head])
    assert not found.forced and found.target.written.tokens == (*own.tokens[: len(plain_ids(own))], "</s>")
    assert found.target.attention == replay(tiny_checkpoint, SRC, plain_ids(own)).attention
    assert not ablate(tiny_checkpoint, SRC, [head], target=own.trace.best.token_ids).forced
    assert ablate(tiny_checkpoint, SRC, [head], target=(5, 6, 7)).forced


def test_the_edits_are_those_from_the_old_words_to_the_new():
    checkpoint = make_tiny_checkpoint("rnn", seed=3)
    found = ablate(checkpoint, SRC, all_heads(checkpoint))
    old, new = ([word.text for word in split_words(text)] for text in (found.old_text, found.new_text))
    assert found.edits == word_diff(old, new) and found.changed == (found.old_text != found.new_text)
    assert found.changed, "without its attention this model writes something else, so the test sees edits"


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_can_be_looked_at(tiny_checkpoint, text):
    found = ablate(tiny_checkpoint, text, all_heads(tiny_checkpoint)[:1], target=text)
    assert len(found.deltas) == len(found.target.written.tokens) and np.isfinite(found.deltas).all()


def test_heads_are_named_in_one_order_and_once(tiny_checkpoint):
    heads = all_heads(tiny_checkpoint)
    assert [kind for kind in KINDS if any(kind == head[0] for head in heads)] == list(
        dict.fromkeys(kind for kind, _, _ in heads)
    )
    assert len(heads) == sum(probe.n_heads for probe in probes(tiny_checkpoint.model).values())
    assert check_masking(tiny_checkpoint, [*reversed(heads), heads[0]], "zero") == heads


@pytest.mark.parametrize(
    "heads, mode, sentence",
    [
        (
            [("cross", 0, 9)],
            "zero",
            r"There is no head cross L0 H9 to switch off: tiny-transformer has encoder_self L0 to L1, H0 to "
            r"H1; ",
        ),
        ([("cross", 0, 0), ("encoder_self", 7, 0)], "zero", "There is no head encoder_self L7 H0"),
        ([("sideways", 0, 0)], "zero", "There is no head sideways L0 H0"),
        ([], "zero", "No head is picked"),
        ([("cross", 0, 0)], "loud", "A head cannot be masked by 'loud': use 'zero' or 'uniform'"),
    ],
)
def test_a_mistake_is_a_sentence(heads, mode, sentence):
    with pytest.raises(InputError, match=sentence):
        ablate(make_tiny_checkpoint(), SRC, heads, mode)


def test_a_model_without_attention_has_no_head():
    checkpoint = make_tiny_checkpoint("rnn", attention="none")
    assert all_heads(checkpoint) == ()
    with pytest.raises(InputError, match="tiny-rnn has no attention, so there is no head to switch off"):
        ablate(checkpoint, SRC, [("cross", 0, 0)])


def test_nothing_stays_switched_off(tiny_checkpoint):
    before = translate(tiny_checkpoint, SRC)
    with pytest.raises(InputError):
        ablate(tiny_checkpoint, SRC, all_heads(tiny_checkpoint), target="lang " * 2000)
    ablate(tiny_checkpoint, SRC, all_heads(tiny_checkpoint))
    assert translate(tiny_checkpoint, SRC) == before and not any(
        probe.watched for probe in probes(tiny_checkpoint.model).values()
    )


def test_other_threads_translate_as_ever():
    checkpoint = make_tiny_checkpoint("rnn", seed=3)
    whole, found, stop = translate(checkpoint, SRC).text, set(), threading.Event()

    def others():
        while not stop.is_set():
            found.add(translate(checkpoint, SRC).text)

    thread = threading.Thread(target=others)
    thread.start()
    masked = {ablate(checkpoint, SRC, all_heads(checkpoint)).new_text for _ in range(15)}
    stop.set()
    thread.join(30)
    assert found == {whole} and len(masked) == 1 and whole not in masked
