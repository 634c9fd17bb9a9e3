"""Matrices of positions against the papers' formulas written out in loops; shuffling and lengths against one
sentence at a time.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from explorer.attention.capture import replay
from explorer.checkpoints.folder import Checkpoint
from explorer.config.run import RunConfig
from explorer.corpora import load_corpus
from explorer.corpora.tasks import TaskConfig, load_task
from explorer.decoding.decode import translate
from explorer.errors import InputError
from explorer.evaluation.bleu import corpus_bleu
from explorer.experiments import position_matrices, shuffled
from explorer.experiments.longer import scores_of_longer
from explorer.experiments.positions import BLEU, EXACT, RIGHT_PLACES
from explorer.results import SentencePair
from explorer.tokenization import TokenizerConfig, train_tokenizer
from models import build_model
from models.config import TransformerConfig
from tests.conftest import make_tiny_checkpoint

TASK = TaskConfig(task="copy", vocabulary=8, length=6, shortest=3, n_train=60, n_valid=12, n_test=0)
SENTENCE = "The old man sees the dog."


def task_checkpoint(positions: str, corpus=TASK, **options) -> Checkpoint:
    """A tiny model with random weights, large enough that its states differ, over the numbers of `TASK`."""
    tokenizer = train_tokenizer(TokenizerConfig(kind="word", shared=True), [" ".join(map(str, range(8)))])
    model = TransformerConfig(
        src_vocab=tokenizer.vocab_size,
        tgt_vocab=tokenizer.vocab_size,
        d_model=16,
        n_heads=2,
        n_encoder_layers=1,
        n_decoder_layers=1,
        d_ff=16,
        dropout=0.0,
        positions=positions,
        max_len=60,
        **options,
    )
    torch.manual_seed(3)
    built = build_model(model).eval().requires_grad_(False)
    config = RunConfig(f"tiny-{positions}", "", corpus, TokenizerConfig(kind="word", shared=True), model)
    return Checkpoint.in_memory(config, built, tokenizer, tokenizer)


# --------------------------------------------------------------------------------------------------- matrices


def test_products_of_sinusoidal_positions_know_only_distance():
    """Vaswani et al. 2017, section 3.5; PE(i)·PE(j) = Σ_k cos((i − j) / 10000^(2k/d))."""
    found = position_matrices.fixed_matrix("sinusoidal", 30, d_model=8)
    for position in range(30):
        for k in range(4):
            angle = position / 10000 ** (2 * k / 8)
            assert found.table[position, 2 * k] == pytest.approx(math.sin(angle), abs=1e-5)
            assert found.table[position, 2 * k + 1] == pytest.approx(math.cos(angle), abs=1e-5)
    for i in range(30):
        for j in range(30):
            product = sum(math.cos((i - j) / 10000 ** (2 * k / 8)) for k in range(4))
            assert found.pairs[0, i, j] == pytest.approx(product, abs=1e-4)
    _, mean, least, most = found.by_distance()
    assert np.abs(most - least).max() < 1e-4
    assert mean[0, 29] == pytest.approx(4)


def test_rotary_products_are_the_mean_cosine_of_distance():
    """Su et al. 2021, eq. 34: a pair (1, 0) at position m is (cos mθ, sin mθ), so the product is the mean of
    cos((i − j) θ_k).
    """
    found = position_matrices.fixed_matrix(
        "rotary", 20, d_model=24, n_heads=2
    )  # heads of width 12: six pairs
    rates = [10000 ** (-2 * k / 12) for k in range(6)]
    for i in range(20):
        assert found.table[i] * math.sqrt(6) == pytest.approx(
            [math.cos(i * rate) for rate in rates] + [math.sin(i * rate) for rate in rates], abs=1e-5
        )
        for j in range(20):
            assert found.pairs[0, i, j] == pytest.approx(
                sum(math.cos((i - j) * rate) for rate in rates) / 6, abs=1e-5
            )


def test_alibi_is_a_slope_times_the_distance():
    """Press et al. 2022: eight heads have the slopes 1/2, 1/4, … 1/256."""
    found = position_matrices.fixed_matrix("alibi", 12, d_model=64, n_heads=8)
    for head in range(8):
        for i in range(12):
            for j in range(12):
                assert found.pairs[head, i, j] == -abs(i - j) / 2 ** (head + 1)
    distances, mean, least, most = found.by_distance()
    assert distances.tolist() == list(range(-11, 12))
    assert (mean == least).all() and (mean == most).all() and (mean == found.table).all()


def test_learned_positions_are_the_rows_of_the_table():
    checkpoint = task_checkpoint("learned")
    found = position_matrices.trained_matrix(checkpoint, 40)
    rows = checkpoint.model.src_positions.table.tolist()
    assert found.table.tolist() == rows[:40]
    for i in range(0, 40, 7):
        for j in range(40):
            assert found.pairs[0, i, j] == pytest.approx(
                sum(a * b for a, b in zip(rows[i], rows[j], strict=True)), abs=1e-5
            )
    assert found.n_trained == 7  # six numbers and </s>
    assert found.source == "tiny-learned"


def test_t5_is_a_number_per_head_and_distance():
    checkpoint = task_checkpoint("t5")
    found = position_matrices.trained_matrix(checkpoint, 25)
    table = checkpoint.model.encoder[0].self_attention.bias.table.tolist()
    for head in range(2):
        for i in range(25):
            for j in range(25):
                expected = 32 * table[head][max(-16, min(16, j - i)) + 16]
                assert found.pairs[head, i, j] == pytest.approx(expected, abs=1e-6)
                assert found.table[head, j - i + 24] == pytest.approx(expected, abs=1e-6)


def test_a_relative_bias_is_that_of_the_mean_query():
    """Shaw et al. 2018, eq. 4, q · a_(j−i) / √d, averaged over every query of the held-out sequences one by
    one.
    """
    checkpoint = task_checkpoint("relative", norm_position="post")
    model = checkpoint.model
    attention = model.encoder[0].self_attention
    found = position_matrices.trained_matrix(checkpoint, 22)
    queries = []
    for pair in load_corpus(TASK).valid:
        for token_id in (*checkpoint.src_tokenizer.encode(pair.src).ids, 3):
            state = model.src_embedding.weight[token_id].double() * 4  # √16; norms come last here
            queries.append(attention.query.weight.double() @ state + attention.query.bias.double())
    mean = sum(queries) / len(queries)
    for head in range(2):
        own = mean[8 * head : 8 * head + 8]
        for i in range(22):
            for j in range(22):
                vector = attention.bias.table[max(-16, min(16, j - i)) + 16].double()
                assert found.pairs[head, i, j] == pytest.approx(float(own @ vector) / math.sqrt(8), abs=1e-5)
    assert found.table.shape == (33, 8)
    assert found.first_row == -16


def test_by_distance_is_over_the_pairs_of_that_distance():
    checkpoint = task_checkpoint("learned")
    found = position_matrices.trained_matrix(checkpoint, 9)
    distances, mean, least, most = found.by_distance(5)
    for n, distance in enumerate(distances):
        values = [float(found.pairs[0, i, j]) for i in range(5) for j in range(5) if j - i == distance]
        assert (mean[0, n], least[0, n], most[0, n]) == pytest.approx(
            (sum(values) / len(values), min(values), max(values))
        )


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="without a trained model"):
        position_matrices.fixed_matrix("learned")
    with pytest.raises(InputError, match="nothing of them is learned"):
        position_matrices.trained_matrix(task_checkpoint("rotary"))


# -------------------------------------------------------------------------------------------------- shuffling


def sharp(positions: str, kind: str = "word") -> Checkpoint:
    checkpoint = make_tiny_checkpoint(tokenizer_kind=kind, positions=positions, tie_embeddings="none")
    with torch.no_grad():
        checkpoint.model.output.weight.mul_(4)  # else every source has nearly the same, flat output
    return checkpoint


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_without_positions_word_order_makes_no_difference(kind):
    found = shuffled.shuffle(sharp("none", kind), SENTENCE, n_orders=5)
    assert len({each.words for each in (found.original, *found.others)}) == 6
    for each in found.others:
        assert sorted(each.words) == sorted(found.original.words)
        assert each.translation == found.original.translation
        assert each.log_prob == pytest.approx(found.original.log_prob, abs=1e-4)
        assert each.state_gap < 1e-5 < found.largest_state


@pytest.mark.parametrize("positions", ["none", "sinusoidal", "rotary", "t5"])
def test_a_shuffled_sentence_counts_as_if_typed(positions):
    checkpoint = sharp(positions)
    found = shuffled.shuffle(checkpoint, SENTENCE, n_orders=2)
    target = [token_id for token_id in translate(checkpoint, SENTENCE).trace.best.token_ids if token_id != 3]
    assert found.original.state_gap == 0
    assert found.others[0].words == found.original.words[::-1]
    for each in (found.original, *found.others):
        text = " ".join(each.words)
        assert translate(checkpoint, text).text == each.translation
        assert each.log_prob == pytest.approx(
            float(replay(checkpoint, text, target).log_probs.sum()), abs=1e-3
        )
    assert positions == "none" or max(each.state_gap for each in found.others) > 1e-3


def test_the_gap_is_that_of_the_same_word_elsewhere():
    checkpoint = sharp("sinusoidal")
    found = shuffled.shuffle(checkpoint, "man sees the dog", n_orders=1)

    def states(text):
        ids = [*checkpoint.src_tokenizer.encode(text).ids, 3]
        return dict(
            zip((*text.split(), "end"), checkpoint.model.encode(torch.tensor([ids])).states[0], strict=True)
        )

    forwards, backwards = states("man sees the dog"), states("dog the sees man")
    gap = max(float((forwards[word] - backwards[word]).abs().max()) for word in forwards)
    assert found.others[0].state_gap == pytest.approx(gap, abs=1e-5)


def test_one_word_has_no_other_order():
    with pytest.raises(InputError, match="One word"):
        shuffled.shuffle(sharp("none"), "man")


@pytest.mark.parametrize("positions", ["none", "sinusoidal"])
def test_scores_of_shuffled_sentences_add_up_sentence_by_sentence(positions):
    checkpoint = sharp(positions)
    pairs = [
        SentencePair(src, tgt, None)
        for src, tgt in (
            ("The old man sleeps.", "Der alte Mann schläft."),
            ("The cat sees the dog.", "Die Katze sieht den Hund."),
        )
    ]
    found = shuffled.shuffle_scores(checkpoint, pairs)
    plain = [translate(checkpoint, pair.src).text for pair in pairs]
    log_probs = [replay(checkpoint, pair.src, pair.tgt).log_probs for pair in pairs]
    assert found.bleu == pytest.approx(corpus_bleu(plain, [pair.tgt for pair in pairs]).score)
    assert found.log_prob == pytest.approx(
        sum(map(float, np.concatenate(log_probs))) / sum(map(len, log_probs)), abs=1e-5
    )
    if positions == "none":
        assert (found.n_same, found.bleu_shuffled) == (2, found.bleu)
        assert found.log_prob_shuffled == pytest.approx(found.log_prob, abs=1e-6)
        assert found.state_gap < 1e-5
    else:
        assert abs(found.log_prob_shuffled - found.log_prob) > 1e-4
        assert found.state_gap > 1e-3


# ---------------------------------------------------------------------------------------------------- lengths


def test_scores_of_a_length_are_its_sequences_alone():
    checkpoint = task_checkpoint("sinusoidal")
    found = scores_of_longer(checkpoint, [9], n_sequences=12)
    drawn = load_task(
        dataclasses.replace(TASK, length=9, shortest=0, n_train=0, n_valid=0, n_test=24, seed=109)
    ).test[:12]
    answers = [translate(checkpoint, pair.src).text for pair in drawn]
    places = [
        answer.split()[k : k + 1] == [number]
        for answer, pair in zip(answers, drawn, strict=True)
        for k, number in enumerate(pair.tgt.split())
    ]
    assert found[EXACT].y == (
        sum(answer == pair.tgt for answer, pair in zip(answers, drawn, strict=True)) / 12,
    )
    assert (found[EXACT].x, found[EXACT].n, found[RIGHT_PLACES].n) == ((9.0,), (12,), (108,))
    assert found[RIGHT_PLACES].y[0] == pytest.approx(sum(places) / 108)
    assert found[BLEU].y[0] == pytest.approx(corpus_bleu(answers, [pair.tgt for pair in drawn]).score)


def test_no_sequence_of_the_training_data_is_asked_for():
    narrow = dataclasses.replace(TASK, vocabulary=2, length=4, shortest=4, n_train=10, n_valid=1, n_test=0)
    found = scores_of_longer(task_checkpoint("none", narrow), [4], n_sequences=8)
    assert found[EXACT].n == (6,)  # of the sixteen there are


def test_lengths_need_a_task():
    with pytest.raises(InputError, match="not trained on a sequence task"):
        scores_of_longer(sharp("none"), [4])
