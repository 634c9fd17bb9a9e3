"""Blanking out against one pass per word, per token and per sentence, on every kind of model."""

import numpy as np
import pytest
import torch

from explorer.attribution import blanking as module
from explorer.attribution.blanking import blank_encoder, blank_prefix, blank_source, own_words, words_seen
from models.ids import DEFAULT_IDS
from tests.attribution.random_models import (
    FED,
    FED_WORDS,
    OUT,
    SRC,
    SRC_WORDS,
    every_model,
    log_probs,
    random_model,
)

both_ways = pytest.mark.parametrize("way", ["unk", "drop"])


def without(ids, word_ids, word, way):
    if way == "drop":
        return [id for id, word_id in zip(ids, word_ids, strict=True) if word_id != word]
    return [DEFAULT_IDS.unk if word_id == word else id for id, word_id in zip(ids, word_ids, strict=True)]


@every_model
@both_ways
def test_a_source_word(name, way):
    model = random_model(name)
    drops = blank_source(model, SRC, SRC_WORDS, FED, OUT, way)
    assert drops.shape == (len(OUT), 4)
    whole = log_probs(model, SRC, FED)
    for word in range(4):
        blanked = log_probs(model, without(SRC, SRC_WORDS, word, way), FED)
        for t, id in enumerate(OUT):
            assert drops[t, word] == pytest.approx((whole[t, id] - blanked[t, id]).item(), abs=1e-9)
    assert np.abs(drops).max() > 1e-3


@every_model
@both_ways
def test_a_word_of_the_translation_so_far(name, way):
    """For each token by itself: what went in before it, without the word, in a pass of its own."""
    model = random_model(name)
    drops = blank_prefix(model, SRC, FED, FED_WORDS, OUT, way)
    assert drops.shape == (len(OUT), 3)
    whole = log_probs(model, SRC, FED)
    for word in range(3):
        for t, id in enumerate(OUT):
            fed = without(FED[: t + 1], FED_WORDS[: t + 1], word, way)
            blanked = log_probs(model, SRC, fed)[-1, id]
            assert drops[t, word] == pytest.approx((whole[t, id] - blanked).item(), abs=1e-9)
    assert np.abs(drops).max() > 1e-3 and drops[0].tolist() == [0, 0, 0]


@every_model
@both_ways
@torch.no_grad()
def test_a_word_beside_the_encoders_states(name, way):
    model = random_model(name)
    moved = blank_encoder(model, SRC, SRC_WORDS, way)
    assert moved.shape == (len(SRC), 4)
    whole = model.encode(torch.tensor([SRC])).states[0]
    for word in range(4):
        blanked = model.encode(torch.tensor([without(SRC, SRC_WORDS, word, way)])).states[0]
        rest = iter(blanked)
        for i, word_id in enumerate(SRC_WORDS):
            if word_id == word:
                assert moved[i, word] == 0
                if way == "unk":
                    next(rest)
            else:
                assert moved[i, word] == pytest.approx((next(rest) - whole[i]).norm().item(), abs=1e-9)
    assert moved.max() > 1e-3


@both_ways
def test_many_small_batches_equal_one(monkeypatch, way):
    model = random_model("transformer-sinusoidal")
    arguments = (
        (model, SRC, SRC_WORDS, FED, OUT, way),
        (model, SRC, FED, FED_WORDS, OUT, way),
        (model, SRC, SRC_WORDS, way),
    )
    functions = (blank_source, blank_prefix, blank_encoder)
    whole = [function(*given) for function, given in zip(functions, arguments, strict=True)]
    monkeypatch.setattr(module, "MAX_TOKENS", 1)
    for one, function, given in zip(whole, functions, arguments, strict=True):
        np.testing.assert_allclose(function(*given), one, atol=1e-12)


@both_ways
def test_a_sentence_of_one_word_can_be_blanked(way):
    model = random_model("transformer-sinusoidal")
    drops = blank_source(model, (5, 9, 3), (0, 0, None), FED, OUT, way)
    empty = log_probs(model, (3,) if way == "drop" else (DEFAULT_IDS.unk, DEFAULT_IDS.unk, 3), FED)
    whole = log_probs(model, (5, 9, 3), FED)
    assert drops[:, 0].tolist() == pytest.approx(
        [(whole[t, id] - empty[t, id]).item() for t, id in enumerate(OUT)], abs=1e-9
    )


def test_a_prediction_that_does_not_look_loses_nothing():
    """A recurrent model without attention, whose decoder ignores its first state: no source word can
    matter.
    """
    model = random_model("rnn-none")
    for linear in model.bridge:
        linear.weight.zero_()
    assert np.abs(blank_source(model, SRC, SRC_WORDS, FED, OUT, "unk")).max() < 1e-12


def test_which_words_count_where():
    assert words_seen(FED_WORDS).tolist() == [
        [False, False, False],
        [True, False, False],
        [True, True, False],
        [True, True, False],
        [True, True, True],
    ]
    assert own_words((0, 1, 1, None)).tolist() == [
        [True, False],
        [False, True],
        [False, True],
        [False, False],
    ]
