"""What is measured on a trained model, against slow and simple counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sacrebleu
import torch

from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.corpora.grammar.load import split_of
from explorer.corpora.held_out import held_out
from explorer.corpora.words import split_words
from explorer.decoding.decode import default_max_len, longest, translate
from explorer.evaluation.particles import far_particle, particle_is_right
from explorer.experiments import by_length, by_position
from explorer.experiments.bottleneck import BLEU, EXACT, PARTICLE
from explorer.experiments.teacher_forcing import FORCED, FREE
from explorer.results import Dependencies, SentencePair
from models.ids import DEFAULT_IDS

WORDS = ("Wir", "ziehen", "sie", "vor", "der", "Schule", "an", ".")
TREE = Dependencies(
    WORDS,
    WORDS,
    ("PRON", "VERB", "PRON", "ADP", "DET", "NOUN", "ADP", "PUNCT"),
    (1, -1, 1, 5, 5, 1, 1, 1),
    ("nsubj", "root", "obj", "case", "det", "obl", "compound:prt", "punct"),
    (True, True, True, True, True, True, False, False),
)
PAIR = SentencePair(
    "We put them on in front of the school.", "Wir ziehen sie vor der Schule an.", tgt_tree=TREE
)


# -------------------------------------------------------------------------------------------------- particles


def test_the_far_particle_is_as_far_as_asked():
    assert far_particle(PAIR) == (6, 4)
    (one,) = load_grammar(
        GrammarConfig(n_train=0, n_valid=0, n_test=1, seed=7, phenomenon="separable_verb", distance=3)
    ).test
    place, apart = far_particle(one)
    assert apart == 3 and one.tgt_tree.upos[one.tgt_tree.heads[place]] == "VERB"


@pytest.mark.parametrize(
    "translation, right",
    [
        ("Wir ziehen sie vor der Schule an.", True),
        (
            "Wir rufen ihn an.",
            True,
        ),  # another verb with the same particle: what is asked is whether it comes at the end
        ("Wir ziehen sie vor der Schule.", False),
        ("Wir ziehen sie vor der Schule aus.", False),
        ("Wir ziehen sie an der Schule.", False),  # the same letters, a preposition
        ("Wir ziehen sie vor der Schule an", False),
        ("", False),
    ],
)
def test_a_particle_belongs_at_its_clauses_end(translation, right):
    assert particle_is_right(PAIR, translation) is right


def test_a_pair_without_a_particle_has_none():
    plain = replace(PAIR, tgt_tree=None)
    assert far_particle(plain) is None and not particle_is_right(plain, plain.tgt)


# -------------------------------------------------------------------------------------------------- by length


@pytest.fixture
def few(monkeypatch):
    """Two lengths and two distances, six sentences each."""
    monkeypatch.setattr(by_length, "LENGTHS", ((3, 5), (6, 8)))
    monkeypatch.setattr(by_length, "DISTANCES", (0, 5))
    monkeypatch.setattr(by_length, "N_SENTENCES", 6)
    by_length.sentences.cache_clear()
    yield
    by_length.sentences.cache_clear()


def test_scores_by_length_are_sacrebleus_on_unseen_sentences(few, tiny_checkpoint):
    curves = by_length.scores_by_length(tiny_checkpoint)
    for i, (shortest, most) in enumerate(((3, 5), (6, 8))):
        pairs = by_length.sentences(tgt_lang="de", min_words=shortest, max_words=most)
        assert all(shortest <= len(split_words(text)) <= most for one in pairs for text in (one.src, one.tgt))
        assert {split_of(one.src) for one in pairs} == {"test"}
        written = [translate(tiny_checkpoint, one.src).text for one in pairs]
        assert curves[BLEU].y[i] == pytest.approx(
            sacrebleu.corpus_bleu(written, [[one.tgt for one in pairs]]).score
        )
        assert curves[EXACT].y[i] == sum(a == one.tgt for a, one in zip(written, pairs, strict=True)) / 6
    assert curves[BLEU].labels == ("3–5", "6–8") and curves[BLEU].x == (4, 7) and curves[EXACT].n == (6, 6)


def test_a_model_that_knows_the_answers_has_every_particle(few, tiny_checkpoint, monkeypatch):
    answers = {
        one.src: one.tgt
        for d in (0, 5)
        for one in by_length.sentences(tgt_lang="de", phenomenon="separable_verb", distance=d)
    }
    monkeypatch.setattr(
        by_length, "translate_all", lambda checkpoint, sources: [answers[src] for src in sources]
    )
    assert by_length.particle_by_distance(tiny_checkpoint)[PARTICLE].y == (1.0, 1.0)
    every_other = {src: tgt if n % 2 else "" for n, (src, tgt) in enumerate(answers.items())}
    monkeypatch.setattr(
        by_length, "translate_all", lambda checkpoint, sources: [every_other[src] for src in sources]
    )
    curve = by_length.particle_by_distance(tiny_checkpoint)[PARTICLE]
    assert curve.y == (0.5, 0.5) and curve.x == (0, 5) and curve.n == (6, 6)
    assert curve.low[0] == pytest.approx(0.1876, abs=1e-4) and curve.high[0] == pytest.approx(
        0.8124, abs=1e-4
    ), "Wilson, 3 of 6"


# ------------------------------------------------------------------------------------------------ by position


def test_accuracy_by_position_is_that_of_single_tokens(tiny_checkpoint, monkeypatch):
    """Each place on its own: a decoder pass over exactly the words before it, the true ones or those that it
    wrote.
    """
    monkeypatch.setattr(by_position, "N_SENTENCES", 8)
    monkeypatch.setattr(by_position, "MIN_N", 2)
    curves = by_position.accuracy_by_position(tiny_checkpoint)
    model, limit = tiny_checkpoint.model, longest(tiny_checkpoint.model)
    _, pairs = held_out(tiny_checkpoint.config.corpus, 8)

    def next_id(src: list[int], before: list[int]) -> int:
        with torch.inference_mode():
            logits = model.decode(
                torch.tensor([[DEFAULT_IDS.bos, *before]]), model.encode(torch.tensor([src]))
            )[0, -1]
            logits[DEFAULT_IDS.never_written] = float("-inf")
            return int(logits.argmax())

    right = {FORCED: {}, FREE: {}}
    for one in pairs:
        src = [*tiny_checkpoint.src_tokenizer.encode(one.src).ids, DEFAULT_IDS.eos]
        tgt = [*tiny_checkpoint.tgt_tokenizer.encode(one.tgt).ids, DEFAULT_IDS.eos]
        own: list[int] = []
        while len(own) < default_max_len(len(src), limit) and DEFAULT_IDS.eos not in own:
            own.append(next_id(src, own))
        for t, token_id in enumerate(tgt):
            right[FORCED].setdefault(t, []).append(next_id(src, tgt[:t]) == token_id)
            right[FREE].setdefault(t, []).append(t < len(own) and own[t] == token_id)
    for name, places in right.items():
        kept = {t: hits for t, hits in places.items() if len(hits) >= 2}
        assert curves[name].x == tuple(float(t + 1) for t in sorted(kept))
        assert curves[name].n == tuple(len(kept[t]) for t in sorted(kept))
        assert curves[name].y == pytest.approx([sum(kept[t]) / len(kept[t]) for t in sorted(kept)])


def test_the_first_place_is_the_same_either_way(tiny_checkpoint, monkeypatch):
    """Nothing stands before it."""
    monkeypatch.setattr(by_position, "MIN_N", 1)
    curves = by_position.accuracy_by_position(tiny_checkpoint)
    assert curves[FORCED].y[0] == curves[FREE].y[0]
