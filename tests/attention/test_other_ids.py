"""A model whose special tokens have other ids than ours translates, attends and is read just the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.attention.capture import replay
from explorer.attribution.compare import compare
from explorer.checkpoints import folder
from explorer.checkpoints.folder import Checkpoint, load_checkpoint, model_ids, save_checkpoint
from explorer.decoding.decode import longest, translate, translate_all
from explorer.errors import InputError
from explorer.heads.importance.masking import encode_corpus, masked_scores_steps
from explorer.heads.roles.corpus import frequencies_of, grammar_corpus, prepare
from explorer.heads.roles.metrics.registry import count_all
from explorer.heads.roles.survey import attention_batches
from explorer.results import SearchSettings, SentencePair
from explorer.training.trainer import free_running_losses
from models import build_model
from models.batch import collate, pad
from models.ids import DEFAULT_IDS, SpecialIds
from models.losses import token_losses
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

OTHERS = SpecialIds(pad=9, unk=12, bos=5, eos=0)
TEXTS = ("The old man sleeps.", "Does the unknown cat see the dog?", "The dog sees the cat.")


class Renumbered:
    """A tokenizer in which token `i` has the id `new_ids[i]`."""

    def __init__(self, tokenizer, new_ids: list[int]):
        self.tokenizer, self.new_ids = tokenizer, new_ids
        self.old_ids = [new_ids.index(id) for id in range(len(new_ids))]
        self.vocab_size = tokenizer.vocab_size
        self.pad_id, self.unk_id, self.bos_id, self.eos_id = new_ids[:4]
        self.special_ids = frozenset(new_ids[:4])

    def is_special(self, id):
        return id in self.special_ids

    def encode(self, text):
        encoding = self.tokenizer.encode(text)
        return replace(encoding, ids=tuple(self.new_ids[id] for id in encoding.ids))

    def decode(self, ids):
        return self.tokenizer.decode(self.old_ids[id] for id in ids)

    def token(self, id):
        return self.tokenizer.token(self.old_ids[id])


def new_ids(n: int, seed: int) -> list[int]:
    """For each id of ours another: those of `OTHERS` for the special tokens, the rest in some order."""
    special = [OTHERS.pad, OTHERS.unk, OTHERS.bos, OTHERS.eos]
    rest = [id for id in np.random.default_rng(seed).permutation(n).tolist() if id not in special]
    return [*special, *rest]


def renumbered(checkpoint: Checkpoint) -> Checkpoint:
    """The same model over the same vocabularies, every token under another id."""
    tokenizers = {
        stream: Renumbered(tokenizer, new_ids(tokenizer.vocab_size, seed))
        for seed, (stream, tokenizer) in enumerate(checkpoint.tokenizers.items())
    }
    model = build_model(checkpoint.config.model, model_ids(*tokenizers.values()))
    weights = dict(checkpoint.model.state_dict())
    for name, stream in (
        ("src_embedding.weight", "source"), ("tgt_embedding.weight", "target"), ("output.weight", "target"),
    ):  # fmt: skip
        weights[name] = weights[name][tokenizers[stream].old_ids]
    model.load_state_dict(weights)
    return replace(checkpoint, model=model.eval().requires_grad_(False), tokenizers=tokenizers)


@pytest.fixture(
    scope="module",
    params=[("transformer", "word"), ("transformer", "bpe"), ("rnn", "word"), ("rnn", "char")],
    ids=" ".join,
)
def both(request):
    """A model of ours, and the same with other ids."""
    ours = make_tiny_checkpoint(*request.param)
    return ours, renumbered(ours)


def test_special_ids_come_from_the_tokenizer(both):
    ours, other = both
    assert model_ids(*ours.tokenizers.values()) == ours.model.special == DEFAULT_IDS
    assert other.model.special == OTHERS
    with pytest.raises(InputError, match="different special tokens"):
        model_ids(ours.src_tokenizer, other.tgt_tokenizer)


def test_a_loaded_model_has_its_tokenizers_ids(both, tmp_path, monkeypatch):
    """Loading asks the tokenizers; here both files are read as tokenizers with other ids."""
    ours, other = both
    path = save_checkpoint(tmp_path / "model", ours)
    in_order = iter(other.tokenizers.values())
    monkeypatch.setattr(folder, "tokenizer_from_json", lambda values: next(in_order))
    assert load_checkpoint(path).model.special == OTHERS


def test_translations_are_the_same(both):
    ours, other = both
    assert translate_all(ours, TEXTS) == translate_all(other, TEXTS)
    for text in TEXTS:
        a, b = (translate(checkpoint, text, SearchSettings(beam_size=4)) for checkpoint in both)
        assert (a.text, a.tokens) == (b.text, b.tokens)
        assert b.src_ids[-1] == OTHERS.eos and OTHERS.bos not in b.trace.best.token_ids
        assert [len(step.candidates) for step in a.trace.steps] == [len(s.candidates) for s in b.trace.steps]
        np.testing.assert_allclose(a.trace.scores, b.trace.scores, atol=1e-9)


def test_attention_and_its_sides_are_the_same(both):
    for text in TEXTS:
        a, b = (replay(checkpoint, text, "Die alte Katze.") for checkpoint in both)
        assert a.sides == b.sides and a.written == b.written and a.kinds == b.kinds
        for one, another in zip(a.attention, b.attention, strict=True):
            assert (one.query, one.key) == (another.query, another.key)
            np.testing.assert_allclose(one.weights, another.weights, atol=1e-6)
        np.testing.assert_allclose(a.log_probs, b.log_probs, atol=1e-6)
        ids = both[1].tgt_tokenizer.encode("Die alte Katze.").ids
        for given in (ids, (*ids, OTHERS.eos)):
            assert replay(both[1], text, given).written.tokens[1:] == a.written.tokens[1:]


def test_what_heads_do_is_counted_the_same(both):
    ours = both[0]
    corpus = grammar_corpus("de", 6)
    counts = []
    for checkpoint in both:
        tokenizers = (checkpoint.src_tokenizer, checkpoint.tgt_tokenizer)
        sentences, _ = prepare(corpus.reported, *tokenizers, longest(checkpoint.model))
        frequencies = tuple(
            frequencies_of((texts[side] for texts in corpus.counted), tokenizers[side]) for side in (0, 1)
        )
        relations = tuple(sorted({r for s in sentences for *_, r in (*s.src_arcs, *s.tgt_arcs)}))
        batches = attention_batches(checkpoint.model, sentences, frequencies, relations)
        counts.append({batch.kind: count_all(batch) for batch in batches})
    assert set(counts[0]) == set(counts[1]) == set(ours.can.attention)
    for kind, metrics in counts[0].items():
        for name, metric in metrics.items():
            for sums in ("hits", "n", "hits_squared"):
                a, b = (getattr(found, sums) for found in (metric, counts[1][kind][name]))
                np.testing.assert_allclose(a, b, atol=1e-4, err_msg=f"{kind} {name}")


def test_losses_and_masked_scores_are_the_same(both):
    pairs = [SentencePair(*pair) for pair in TINY_PAIRS]
    losses, scores = [], []
    for checkpoint in both:
        model, corpus = checkpoint.model, encode_corpus(checkpoint, pairs)
        batch = collate(list(zip(corpus.sources, corpus.targets, strict=True)), model.special)
        true = torch.ones(batch.tgt_in.shape[::-1], dtype=torch.bool)
        losses.append([token_losses(model, batch)[0], free_running_losses(model, batch, true, 0.0)[0]])
        heads = frozenset({("cross", 0, 0)})
        steps = masked_scores_steps(checkpoint, corpus, [frozenset(), heads])
        while True:
            try:
                next(steps)
            except StopIteration as end:
                scores.append(end.value)
                break
    torch.testing.assert_close(losses[0], losses[1])
    for a, b in zip(*scores, strict=True):
        assert a.translations == b.translations
        np.testing.assert_allclose(a.loss, b.loss, rtol=1e-5)


@pytest.mark.parametrize("blanking", ["unk", "drop"])
def test_blanking_a_word_has_the_same_effect(both, blanking):
    a, b = (compare(checkpoint, TEXTS[0], "Der Mann.", blanking=blanking) for checkpoint in both)
    np.testing.assert_allclose(a.effect.weights, b.effect.weights, atol=1e-5)


def test_one_id_may_begin_and_end_a_text():
    """As in GPT-2, which has one special token and pads nothing."""
    special = SpecialIds(pad=None, unk=None, bos=7, eos=7)
    assert special.never_written == [] and special.fed((1, 2)) == (7, 1, 2)
    assert special.without_end(special.written((1, 2))) == (1, 2)
    assert pad([(1, 7), (2, 7)], special).tolist() == [[1, 7], [2, 7]]
    with pytest.raises(ValueError, match="one length"):
        pad([(1, 7), (7,)], special)
    checkpoint = make_tiny_checkpoint("transformer")
    model = build_model(checkpoint.config.model, special).eval()
    assert not model.encode(torch.tensor([[1, 7, 0]])).padding.any()
    assert next(iter(translate(replace(checkpoint, model=model), TEXTS[0]).trace.steps)).candidates
