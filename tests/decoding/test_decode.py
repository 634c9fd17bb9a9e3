"""The model's side of search: batched, cached and reordered decoding must give what the plain forward pass
says.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from explorer.decoding.decode import (
    MAX_TOKENS,
    LogitRows,
    ModelScorer,
    default_max_len,
    greedy_ids,
    translate,
    translate_all,
)
from explorer.errors import InputError
from explorer.results import SearchSettings
from models.ids import DEFAULT_IDS
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

SENTENCES = [src for src, _ in TINY_PAIRS] + ["Cat.", "the man , the dog and the cat", "Zebra 🦓 schläft"]


def plain_log_probs(checkpoint, src_ids, prefix):
    """Log-probabilities of the token after `prefix`, from one uncached pass."""
    model = checkpoint.model
    logits = model.decode(torch.tensor([[DEFAULT_IDS.bos, *prefix]]), model.encode(torch.tensor([src_ids])))[
        0, -1
    ]
    log_probs = logits.double().log_softmax(-1)
    log_probs[DEFAULT_IDS.never_written] = -math.inf
    return log_probs


def plain_greedy(checkpoint, src_ids, max_len):
    prefix = []
    while len(prefix) < max_len and DEFAULT_IDS.eos not in prefix:
        prefix.append(int(plain_log_probs(checkpoint, src_ids, prefix).argmax()))
    return tuple(prefix)


@torch.inference_mode()
def test_the_scorer_follows_the_hypotheses_it_is_told_to(tiny_checkpoint):
    """Rows are repeated, dropped and swapped; each must score as if its prefix had been decoded alone."""
    src_ids = (*tiny_checkpoint.src_tokenizer.encode(SENTENCES[1]).ids, DEFAULT_IDS.eos)
    scorer = ModelScorer(tiny_checkpoint.model, src_ids)
    prefixes = [()]
    scorer.start()
    for parents, token_ids in (([0, 0, 0], [10, 20, 30]), ([2, 0], [40, 50]), ([1, 1, 0], [60, 70, 80])):
        rows = np.asarray(scorer.advance(parents, token_ids))
        prefixes = [(*prefixes[parent], token) for parent, token in zip(parents, token_ids, strict=True)]
        assert rows.shape[0] == len(prefixes)
        for row, prefix in zip(rows, prefixes, strict=True):
            expected = plain_log_probs(tiny_checkpoint, src_ids, prefix)
            torch.testing.assert_close(torch.tensor(row), expected, atol=1e-5, rtol=1e-5)


def test_probabilities_are_those_of_the_whole_vocabulary(tiny_checkpoint):
    """Tokens that a translation never contains are -inf, and their mass is not given to the others."""
    row = torch.tensor(np.asarray(ModelScorer(tiny_checkpoint.model, (9, DEFAULT_IDS.eos)).start())[0])
    assert row[DEFAULT_IDS.never_written].eq(-math.inf).all()
    assert 0.5 < float(row.exp().sum()) < 1


@torch.inference_mode()
def test_greedy_translation_is_the_argmax_of_the_plain_pass(tiny_checkpoint):
    for sentence in SENTENCES:
        translation = translate(tiny_checkpoint, sentence, SearchSettings(max_len=12))
        assert translation.trace.best.token_ids == plain_greedy(tiny_checkpoint, translation.src_ids, 12)


@torch.inference_mode()
def test_beam_search_scores_are_those_of_a_forced_pass(tiny_checkpoint):
    translation = translate(
        tiny_checkpoint, SENTENCES[2], SearchSettings(beam_size=4, max_len=8, length_penalty=0.6)
    )
    assert translation.trace.strategy == "beam 4" and len(translation.trace.hypotheses) >= 4
    for hypothesis in translation.trace.hypotheses:
        expected = [
            float(plain_log_probs(tiny_checkpoint, translation.src_ids, hypothesis.token_ids[:i])[token])
            for i, token in enumerate(hypothesis.token_ids)
        ]
        assert hypothesis.token_log_probs == pytest.approx(expected, abs=1e-5)


def test_a_translation_says_what_was_read_and_written(tiny_checkpoint):
    translation = translate(tiny_checkpoint, "The cat sleeps.", SearchSettings(beam_size=2, max_len=9))
    assert translation.src.words == ("The", "cat", "sleeps", ".")
    assert translation.src_ids == (*translation.src.ids, DEFAULT_IDS.eos)
    best = translation.trace.best
    assert len(translation.tokens) == len(best.token_ids) == len(best.token_log_probs)
    assert translation.text == tiny_checkpoint.tgt_tokenizer.decode(best.token_ids)


@pytest.mark.parametrize("family", ["transformer", "rnn"])
@pytest.mark.parametrize("tokenizer_kind", ["bpe", "word", "char"])
def test_batched_translation_equals_one_at_a_time(family, tokenizer_kind):
    checkpoint = make_tiny_checkpoint(family, tokenizer_kind)
    one_by_one = [translate(checkpoint, sentence).text for sentence in SENTENCES]
    assert translate_all(checkpoint, SENTENCES, batch_size=3) == one_by_one
    assert translate_all(checkpoint, SENTENCES[::-1], batch_size=100) == one_by_one[::-1]
    assert translate_all(checkpoint, []) == []


def _ends_when(checkpoint, bias: float):
    """A copy of `checkpoint` whose model likes ``</s>`` by `bias` more."""
    model = checkpoint.model

    class Biased(type(model)):
        def step(self, token_ids, cache):
            logits, cache = super().step(token_ids, cache)
            logits[:, DEFAULT_IDS.eos] += bias
            return logits, cache

    biased = Biased(model.config, model.special).eval()
    biased.load_state_dict(model.state_dict())
    return biased


def test_rows_leave_the_batch_one_by_one(tiny_checkpoint):
    """With a bias at which some sentences end early and some late, every row still gets its own
    translation.
    """
    model = _ends_when(tiny_checkpoint, {"transformer": 2.5, "rnn": 1.0}[tiny_checkpoint.model.config.family])
    sources = [
        (*tiny_checkpoint.src_tokenizer.encode(sentence).ids, DEFAULT_IDS.eos) for sentence in SENTENCES
    ]
    alone = [greedy_ids(model, [source])[0] for source in sources]
    assert len(set(map(len, alone))) >= 3, "the rows should end at different steps"
    assert greedy_ids(model, sources) == alone
    assert all(DEFAULT_IDS.eos not in ids for ids in alone)
    assert greedy_ids(_ends_when(tiny_checkpoint, 100.0), sources) == [[] for _ in sources]


def test_a_translation_that_never_ends_is_cut_off(tiny_checkpoint):
    model = _ends_when(tiny_checkpoint, -100.0)
    sources = [(5, 6, DEFAULT_IDS.eos), (7, DEFAULT_IDS.eos)]
    assert (
        [len(ids) for ids in greedy_ids(model, sources)]
        == [26, 24]
        == [default_max_len(3, 512), default_max_len(2, 512)]
    )
    assert default_max_len(400, 512) == 512


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u00a0"])
def test_an_empty_source_is_empty_in_a_batch(tiny_checkpoint, text):
    with pytest.raises(InputError, match="source is empty"):
        translate(tiny_checkpoint, text)
    assert translate_all(tiny_checkpoint, [text, "The cat."])[0] == ""
    assert (
        translate_all(tiny_checkpoint, [text, "The cat."])[1] == translate(tiny_checkpoint, "The cat.").text
    )


def test_too_long_a_source_is_refused_with_the_limit(tiny_checkpoint):
    with pytest.raises(
        InputError, match=rf"The source has 2,\d\d\d tokens, and this model reads at most {MAX_TOKENS - 1}"
    ):
        translate(tiny_checkpoint, "cat " * 2_000 + "Zebra")
    with pytest.raises(InputError, match="1,000,000 characters"):
        translate(tiny_checkpoint, "x" * 1_000_000)
    assert translate_all(tiny_checkpoint, ["x" * 1_000_000, "cat " * 2_000]) == ["", ""]


def test_a_lower_limit_of_the_model_counts():
    checkpoint = make_tiny_checkpoint("transformer", "word", positions="learned", max_len=6)
    fits = "the cat sees the dog"  # 5 tokens and </s>
    assert len(translate(checkpoint, fits).trace.best.token_ids) <= 6
    assert translate_all(checkpoint, [fits]) == [translate(checkpoint, fits).text]
    with pytest.raises(InputError, match="6 tokens, and this model reads at most 5"):
        translate(checkpoint, fits + " .")
    with pytest.raises(InputError, match="choose 1 to 6"):
        translate(checkpoint, fits, SearchSettings(max_len=7))


@pytest.mark.parametrize("settings", [{"beam_size": 0}, {"beam_size": 101}, {"max_len": 0}])
def test_impossible_settings_are_named(tiny_checkpoint, settings):
    with pytest.raises(InputError, match="asked for: choose 1 to"):
        translate(tiny_checkpoint, "The cat.", SearchSettings(**settings))


@pytest.mark.parametrize(
    "text",
    [
        "🦓",
        "שלום עולם",
        "</script><img src=x onerror=alert(1)>",
        "<pad> <s> </s> <unk>",
        "a\u0301\u200b",
        "猫が寝る。",
    ],
)
def test_any_text_gets_a_translation(tiny_checkpoint, text):
    translation = translate(tiny_checkpoint, text, SearchSettings(beam_size=2, max_len=6))
    assert translation.src_ids.count(DEFAULT_IDS.eos) == 1 and translation.src_ids[-1] == DEFAULT_IDS.eos
    assert isinstance(translation.text, str)


def test_half_a_surrogate_pair_is_explained(tiny_checkpoint):
    with pytest.raises(InputError, match="surrogate"):
        translate(tiny_checkpoint, "cat \ud83d")


@pytest.mark.parametrize("vocab", [50, 8_000, 60_000])
@pytest.mark.parametrize("spread", [0.01, 1.0, 5.0])
def test_log_probabilities_stay_exact_in_a_large_vocabulary(vocab, spread):
    logits = torch.randn(4, vocab, generator=torch.Generator().manual_seed(0)) * spread + 30
    token_ids, log_probs = LogitRows(logits, DEFAULT_IDS.never_written).best(5)
    expected = logits.double().log_softmax(-1).gather(-1, torch.from_numpy(token_ids))
    np.testing.assert_allclose(log_probs, expected, rtol=0, atol=5e-7)
