"""A replayed record must be what step-by-step decoding attends to, labelled with the right tokens and
words.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.attention.capture import details, encoding_of_ids, replay
from explorer.decoding.decode import ModelScorer, translate
from explorer.errors import InputError
from explorer.results import SearchSettings
from models.ids import DEFAULT_IDS
from models.probe import recording
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

SRC, TGT = TINY_PAIRS[1]
VARIANTS = [
    ("transformer", {}),
    ("transformer", {"positions": "relative", "norm_position": "post"}),
    ("transformer", {"positions": "rotary"}),
    ("transformer", {"positions": "alibi"}),
    ("rnn", {"attention": "dot"}),
    ("rnn", {"attention": "bilinear", "cell": "gru", "n_layers": 2}),
    ("rnn", {"attention": "mlp"}),
    ("rnn", {"attention": "mlp", "input_feeding": True}),
]


@pytest.fixture(params=VARIANTS, ids=lambda variant: f"{variant[0]} {variant[1]}")
def checkpoint(request):
    family, options = request.param
    return make_tiny_checkpoint(family, **options)


def step_by_step(checkpoint, src_ids, tgt_ids):
    """Weights by kind, [layers, heads, tgt_len, key_len], and log-probs, by decoding one token after another
    with the cache.
    """
    model = checkpoint.model
    rows = {}
    log_probs = []
    with torch.inference_mode():
        memory = model.encode(torch.tensor([src_ids]))
        cache = model.start(memory)
        fed = [DEFAULT_IDS.bos, *tgt_ids[:-1]]
        for token_in, token_out in zip(fed, tgt_ids, strict=True):
            with recording(model) as seen:
                logits, cache = model.step(torch.tensor([token_in]), cache)
            log_probs.append(float(logits[0].double().log_softmax(-1)[token_out]))
            for kind in seen.kinds:
                rows.setdefault(kind, []).append(
                    seen.weights(kind)[:, 0, :, 0].numpy()
                )  # [layers, heads, key_len]
    weights = {}
    for kind, steps in rows.items():
        width = max(step.shape[-1] for step in steps)
        weights[kind] = np.stack(
            [np.pad(step, ((0, 0), (0, 0), (0, width - step.shape[-1]))) for step in steps], axis=2
        )
    return weights, log_probs


def test_replay_equals_step_by_step(checkpoint):
    record = replay(checkpoint, SRC, TGT)
    src_ids = (*checkpoint.src_tokenizer.encode(SRC).ids, DEFAULT_IDS.eos)
    tgt_ids = (*checkpoint.tgt_tokenizer.encode(TGT).ids, DEFAULT_IDS.eos)
    weights, log_probs = step_by_step(checkpoint, src_ids, tgt_ids)
    assert record.log_probs == pytest.approx(log_probs, abs=1e-5)
    assert set(weights) == set(record.kinds) - {"encoder_self"}
    for kind, expected in weights.items():
        np.testing.assert_allclose(record.map(kind).weights, expected, atol=1e-6)


def test_rows_are_distributions_and_the_future_is_hidden(checkpoint):
    record = replay(checkpoint, SRC, TGT)
    for attention_map in record.attention:
        assert attention_map.weights.dtype == np.float32 and not attention_map.weights.flags.writeable
        np.testing.assert_allclose(attention_map.weights.sum(-1), 1.0, atol=1e-6)
    if "decoder_self" in record.kinds:
        assert np.triu(record.map("decoder_self").weights, k=1).max() == 0


def test_tokens_and_words_are_labelled_as_results_promise(checkpoint):
    record = replay(checkpoint, SRC, TGT)
    assert record.read.tokens[-1] == record.written.tokens[-1] == "</s>"
    assert record.read.words == ("We", "call", "the", "old", "man", "tomorrow", ".")
    assert record.written.words == ("Wir", "rufen", "den", "alten", "Mann", "morgen", "an", ".")
    cross = record.map("cross")
    assert cross.query.tokens == record.written.tokens and cross.key.tokens == record.read.tokens
    assert cross.query.word_ids[-1] is None and cross.key.word_ids[-1] is None
    assert sorted(set(cross.query.word_ids[:-1])) == list(range(8)) and sorted(
        set(cross.key.word_ids[:-1])
    ) == list(range(7))
    src_side = (cross.key.tokens, cross.key.word_ids, record.read.words)
    tgt_side = (cross.query.tokens, cross.query.word_ids, record.written.words)
    for tokens, ids, words in (src_side, tgt_side):
        for number, word in enumerate(words):
            assert (
                "".join(token for token, id in zip(tokens, ids, strict=True) if id == number).strip() == word
            )
    if record.kinds == ("encoder_self", "decoder_self", "cross"):
        own = record.map("decoder_self")
        assert own.query.tokens == record.written.tokens
        assert own.key.tokens == ("<s>", *record.written.tokens[:-1]) and own.key.word_ids == (
            None,
            *cross.query.word_ids[:-1],
        )
        assert (
            record.map("encoder_self").query.tokens
            == record.read.tokens
            == record.map("encoder_self").key.tokens
        )
    else:
        assert record.kinds == ("cross",) and cross.weights.shape[:2] == (1, 1)


def test_probing_changes_nothing(checkpoint):
    """The log-probabilities of a search that nobody watched are those of the recorded pass."""
    before = translate(checkpoint, SRC, SearchSettings(max_len=10))
    record = replay(checkpoint, SRC, before.trace.best.token_ids)
    after = translate(checkpoint, SRC, SearchSettings(max_len=10))
    assert after == before
    n = len(before.trace.best.token_ids)
    assert record.log_probs[:n] == pytest.approx(before.trace.best.token_log_probs, abs=1e-5)


def test_the_five_likeliest_tokens_of_each_step(tiny_checkpoint):
    record = replay(tiny_checkpoint, SRC, TGT)
    src_ids = (*tiny_checkpoint.src_tokenizer.encode(SRC).ids, DEFAULT_IDS.eos)
    model = tiny_checkpoint.model
    with torch.inference_mode():
        memory = model.encode(torch.tensor([src_ids]))
        logits = model.decode(
            torch.tensor([[DEFAULT_IDS.bos, *tiny_checkpoint.tgt_tokenizer.encode(TGT).ids]]), memory
        )[0]
    order = (-logits).argsort(dim=-1, stable=True)[:, :5].tolist()
    log_probs = logits.double().log_softmax(-1)
    assert record.prediction.top_log_probs.shape == (len(record.written.tokens), 5)
    for t, row in enumerate(order):
        assert record.prediction.top_log_probs[t] == pytest.approx(log_probs[t, row].tolist(), abs=1e-5)
        assert record.prediction.top_tokens[t] == tuple(tiny_checkpoint.tgt_tokenizer.token(id) for id in row)


def test_a_model_without_attention_has_a_record_without_maps():
    checkpoint = make_tiny_checkpoint("rnn", attention="none")
    record = replay(checkpoint, SRC, TGT)
    assert record.attention == () and record.kinds == ()
    assert len(record.log_probs) == len(record.written.tokens)
    with pytest.raises(KeyError, match="tiny-rnn has no 'cross' attention"):
        record.map("cross")
    with pytest.raises(
        InputError, match="tiny-rnn has no 'cross' attention.*Pick a checkpoint with attention"
    ):
        details(checkpoint, SRC, TGT, ("cross", 0, 0))


# ---------------------------------------------------------------------------------------------------- targets


def test_ids_with_or_without_an_ending_are_equal(tiny_checkpoint):
    ids = tiny_checkpoint.tgt_tokenizer.encode(TGT).ids
    one, two, text = (replay(tiny_checkpoint, SRC, tgt) for tgt in (ids, (*ids, DEFAULT_IDS.eos), TGT))
    assert (
        one.written.tokens == two.written.tokens == text.written.tokens
        and one.written.words == text.written.words
    )
    assert np.array_equal(one.log_probs, two.log_probs) and np.array_equal(one.log_probs, text.log_probs)


@pytest.mark.parametrize("empty", ["", "  ", (), (DEFAULT_IDS.eos,)])
def test_an_empty_target_is_its_ending(tiny_checkpoint, empty):
    record = replay(tiny_checkpoint, SRC, empty)
    assert record.written.tokens == ("</s>",) and record.written.words == ()
    first = ModelScorer(
        tiny_checkpoint.model, (*tiny_checkpoint.src_tokenizer.encode(SRC).ids, DEFAULT_IDS.eos)
    ).start()
    first = np.asarray(first)
    assert record.log_probs == pytest.approx(first[0, DEFAULT_IDS.eos], abs=1e-5)


def test_unknown_words_are_pointed_out():
    checkpoint = make_tiny_checkpoint("transformer", "word")
    record = replay(checkpoint, "The zebra sleeps .", "Der Zebra schläft 🦓")
    assert record.read.unknown == (1,) and record.written.unknown == (1, 3)
    assert record.read.tokens[1].strip() == "zebra" and record.written.tokens[3].strip() == "🦓"
    assert replay(checkpoint, *TINY_PAIRS[0]).read.unknown == ()


def test_what_looks_like_a_special_token_is_text(tiny_checkpoint):
    record = replay(tiny_checkpoint, "<s> </s> <pad>", "</s>")
    assert record.written.words == ("<", "/", "s", ">")
    assert record.map("cross").query.word_ids[0] == 0 and record.map("cross").query.word_ids[-1] is None


def test_sides_that_are_too_long_or_empty_are_refused(tiny_checkpoint):
    with pytest.raises(InputError, match="The target has .* at most 511"):
        replay(tiny_checkpoint, SRC, "Zebra " * 600)
    with pytest.raises(InputError, match="The target has 512 tokens.* at most 511"):
        replay(tiny_checkpoint, SRC, (9,) * 512)
    with pytest.raises(InputError, match="source is empty"):
        replay(tiny_checkpoint, " ", TGT)


@pytest.mark.parametrize("tokenizer_kind", ["bpe", "word", "char"])
@pytest.mark.parametrize("text", [TGT, "Sieht die Katze den Hund?", "猫が 寝る 🦓 schläft  x\u0301"])
def test_ids_of_a_text_have_its_words(tokenizer_kind, text):
    tokenizer = make_tiny_checkpoint("rnn", tokenizer_kind).tgt_tokenizer
    encoding = tokenizer.encode(text)
    if 1 not in encoding.ids:  # an unknown word comes back as <unk>, another text
        assert encoding_of_ids(tokenizer, encoding.ids) == encoding


def test_ids_the_tokenizer_would_not_choose_have_words():
    """A model may spell in bytes what `encode` would have merged; the two bytes of ä are one character of one
    word.
    """
    tokenizer = make_tiny_checkpoint("rnn").tgt_tokenizer
    id_of_byte = {token: id for id, token in enumerate(tokenizer._bytes, 4) if len(token) == 1}
    ids = tuple(id_of_byte[bytes([byte])] for byte in " Der Mann  schläft.".encode())
    assert tokenizer.decode(ids) == "Der Mann  schläft." and tokenizer.encode("Der Mann  schläft.").ids != ids
    encoding = encoding_of_ids(tokenizer, ids)
    assert encoding.ids == ids and len(encoding.tokens) == len(ids)
    assert encoding.words == ("Der", "Mann", "schläft", ".")
    assert encoding.word_ids == (0,) * 4 + (1,) * 5 + (None,) + (2,) * 9 + (3,)


# ----------------------------------------------------------------------------------------------------- detail


def test_detail_adds_up(checkpoint):
    """weights = softmax(scores), context = Σ weights · values, and the weights are those of the record."""
    record = replay(checkpoint, SRC, TGT)
    for attention_map in record.attention:
        kind, (layer, head) = attention_map.kind, (attention_map.n_layers - 1, attention_map.n_heads - 1)
        for step in (0, 3, len(attention_map.query.tokens) - 1):
            inside = details(checkpoint, SRC, TGT, (kind, layer, head))[step]
            n_keys = len(attention_map.key.tokens)
            np.testing.assert_allclose(inside.weights, attention_map.weights[layer, head, step], atol=1e-6)
            scores = inside.scores.astype(np.float64)
            softmax = np.exp(scores - scores.max())
            np.testing.assert_allclose(inside.weights, softmax / softmax.sum(), atol=1e-6)
            np.testing.assert_allclose(inside.context, inside.weights @ inside.values, atol=1e-5)
            assert inside.scores.shape == inside.weights.shape == (n_keys,)
            assert inside.keys.shape[0] == inside.values.shape[0] == n_keys and inside.query.ndim == 1
            assert (inside.layer, inside.head, inside.step) == (layer, head, step)
            assert not any(
                array.flags.writeable
                for array in (inside.scores, inside.weights, inside.query, inside.keys, inside.values)
            )


@pytest.mark.parametrize(
    "family, options, kind, formula",
    [
        ("transformer", {}, "cross", "q·k / √d"),
        ("transformer", {"positions": "alibi"}, "decoder_self", "q·k / √d + position bias"),
        ("transformer", {"positions": "alibi"}, "cross", "q·k / √d"),
        ("rnn", {"attention": "dot"}, "cross", "h·s"),
        ("rnn", {"attention": "bilinear"}, "cross", "hᵀ W s"),
        ("rnn", {"attention": "mlp"}, "cross", "vᵀ tanh(W₁ h + W₂ s)"),
    ],
)
def test_detail_names_the_scorer(family, options, kind, formula):
    steps = details(make_tiny_checkpoint(family, **options), SRC, TGT, (kind, 0, 0))
    assert {step.scorer for step in steps} == {formula}


def test_scores_of_a_transformer_are_query_times_key():
    inside = details(make_tiny_checkpoint("transformer"), SRC, TGT, ("cross", 1, 1))[2]
    np.testing.assert_allclose(
        inside.scores, inside.keys @ inside.query / np.sqrt(len(inside.query)), atol=1e-5
    )


@pytest.mark.parametrize(
    "layer, head, sentence",
    [(2, 0, "layers 0–1"), (0, 2, "heads 0–1"), (0, -1, "heads 0–1")],
)
def test_a_place_that_does_not_exist_is_named(layer, head, sentence):
    with pytest.raises(InputError, match=sentence):
        details(make_tiny_checkpoint("transformer"), SRC, TGT, ("cross", layer, head))
