"""Gradients by layer against finite differences, the loss of frequencies against a loop; and what the runs
are said to show.
"""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora import load_corpus
from explorer.errors import InputError
from explorer.experiments import depth, normalisation, positions, word_order
from explorer.experiments.depth import DEEPEST, END, FREQUENCIES, PRE_NORM, START, WARM_UP
from explorer.experiments.layers import N_SENTENCES, frequency_loss, gradients_by_layer
from explorer.results import Curve, FinishedRun, HistoryRow
from models import build_model
from tests.conftest import make_tiny_checkpoint
from tests.experiments.test_positions import TASK, task_checkpoint


def mean_loss(checkpoint: Checkpoint, model) -> torch.Tensor:
    """The loss of the held-out pairs, sentence by sentence and token by token, in double precision."""
    losses = []
    for pair in load_corpus(checkpoint.config.corpus).valid[:N_SENTENCES]:
        src, tgt = (checkpoint.src_tokenizer.encode(side).ids for side in (pair.src, pair.tgt))
        logits = model.decode(torch.tensor([[2, *tgt]]), model.encode(torch.tensor([[*src, 3]])))[0]
        losses += [-row.log_softmax(-1)[token_id] for row, token_id in zip(logits, (*tgt, 3), strict=True)]
    return sum(losses) / len(losses)


def in_double(config, weights=None):
    torch.manual_seed(1)  # of the run, as its config says
    model = build_model(config)
    if weights is not None:
        model.load_state_dict(weights)
    return model.double().eval()


@pytest.mark.parametrize("when", [START, END])
def test_a_layers_gradient_is_how_fast_the_loss_changes(when):
    """g by one sentence after the other; and (L(θ + h g/|g|) − L(θ − h g/|g|)) / 2h is |g|."""
    checkpoint = task_checkpoint("sinusoidal", norm_position="post")
    before = {name: weight.clone() for name, weight in checkpoint.model.state_dict().items()}
    curve = gradients_by_layer(checkpoint)[when]
    assert (curve.x, curve.labels) == ((0.0, 1.0), ("E0", "D0"))
    model = in_double(checkpoint.config.model, None if when == START else before)
    mean_loss(checkpoint, model).backward()
    for layer, found in zip((model.encoder[0], model.decoder[0]), curve.y, strict=True):
        weights = list(layer.parameters())
        gradients = [weight.grad.clone() for weight in weights]
        norm = math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients))
        assert found == pytest.approx(norm, rel=1e-3)
        sides = []
        for step in (1e-4, -2e-4, 1e-4):
            with torch.no_grad():
                for weight, gradient in zip(weights, gradients, strict=True):
                    weight.add_(step * gradient / norm)
                sides.append(float(mean_loss(checkpoint, model)))
        assert (sides[0] - sides[1]) / 2e-4 == pytest.approx(norm, rel=1e-3)
    assert all(
        torch.equal(weight, before[name]) for name, weight in checkpoint.model.state_dict().items()
    )  # a loaded model is shared
    assert all(
        parameter.grad is None and not parameter.requires_grad for parameter in checkpoint.model.parameters()
    )


def test_the_first_weights_are_those_of_a_run():
    """START is of the weights that the seed draws, whatever the random state is, and leaves that state
    alone.
    """
    checkpoint = task_checkpoint("none")
    torch.manual_seed(99)
    expected = torch.rand(1)
    torch.manual_seed(99)
    first = gradients_by_layer(checkpoint)[START]
    assert torch.equal(torch.rand(1), expected)
    assert first == gradients_by_layer(checkpoint)[START]


def test_frequencies_alone_have_the_entropy_of_the_tokens():
    found = frequency_loss(task_checkpoint("none"))[FREQUENCIES]
    tokens = [token for pair in load_corpus(TASK).train for token in (*pair.tgt.split(), "</s>")]
    expected = -sum(math.log(tokens.count(token) / len(tokens)) for token in tokens) / len(tokens)
    assert found.y[0] == pytest.approx(expected)
    assert found.n == (len(tokens),)


def test_a_recurrent_model_has_no_stack_of_layers():
    with pytest.raises(InputError, match="no stack of layers"):
        gradients_by_layer(make_tiny_checkpoint("rnn"))


# ------------------------------------------------------------------------------------------ what the runs say


def run_with(loss: float, gradient: float = 1.0, **curves: Curve) -> FinishedRun:
    history = (
        HistoryRow(10, 0.1, {"valid_loss": loss + 1, "gradient_norm": 9.0}),
        HistoryRow(20, 0.2, {"valid_loss": loss, "gradient_norm": 2.0}),
    )
    measured = {END: Curve((0.0,), (gradient,)), FREQUENCIES: Curve((0.0,), (5.3,))} | curves
    return FinishedRun("depth", "key", "name", {}, 1, "", "", "", "", 1.0, history, curves=measured)


@pytest.mark.parametrize(
    "deepest, warm, norm_first, option",
    [(5.2, 4.0, 3.0, 0), (5.2, 5.2, 3.0, 1), (5.2, 4.0, 5.0, 1), (5.2, 5.1, 5.2, 2), (4.0, 4.0, 3.0, 3)],
)
def test_what_cured_the_deepest_model(deepest, warm, norm_first, option):
    runs = {key: run_with(3.0) for key in depth.LABELS} | {
        DEEPEST: run_with(deepest, 0.0002),
        WARM_UP: run_with(warm, 0.2),
        PRE_NORM: run_with(norm_first, 0.5),
    }
    found = depth.answer(runs)
    assert found.option == option
    assert "0.0002; with warm-up 0.2, with the norm first 0.5" in found.text
    assert (
        f"6-12-96 {deepest:.2f}, the last with warm-up {warm:.2f}, with the norm first {norm_first:.2f}; word"
        in found.text
        and "alone give 5.30" in found.text
    )


@pytest.mark.parametrize("pre, post, option", [(3.0, 4.0, 0), (4.0, 3.0, 1)])
def test_where_the_norm_has_to_stand(pre, post, option):
    runs = {key: run_with(pre if key.endswith("pre") else post) for key in normalisation.LABELS}
    assert normalisation.answer(runs).option == option
    assert normalisation.answer(runs | {"rms-pre": run_with(3.5), "rms-post": run_with(3.5)}).option == (
        2 if option == 0 else 1
    )
    assert "up to 9" in normalisation.answer(runs).text


@pytest.mark.parametrize(
    "carried, option", [({"t5", "alibi"}, 0), ({"sinusoidal"}, 1), ({"learned", "t5"}, 2), (set(), 3)]
)
def test_which_positions_carry_beyond_the_training(carried, option):
    lengths = tuple(map(float, positions.LENGTHS))

    def run(key):
        shares = tuple(
            1.0 if length <= 10 or (key in carried and length <= 12) else 0.25 for length in lengths
        )
        return run_with(1.0, **{positions.EXACT: Curve(lengths, shares)})

    found = positions.answer({key: run(key) for key in positions.LABELS})
    assert found.option == option
    assert f"ALiBi {'100' if 'alibi' in carried else '25'} %." in found.text


def test_the_answer_about_word_order():
    def run(same, bleu, log_probs):
        curves = {
            word_order.SAME: ((0.0,), (same,)),
            word_order.BLEU: ((0.0, 1.0), bleu),
            word_order.LOG_PROB: ((0.0, 1.0), log_probs),
        }
        return run_with(1.0, **{name: Curve(*values) for name, values in curves.items()})

    runs = {
        "none": run(1.0, (20.0, 20.0), (-2.0, -2.0)),
        "sinusoidal": run(0.02, (60.0, 10.0), (-0.5, -3.25)),
    }
    found = word_order.answer(runs)
    assert found.option == 0
    assert "100 % of the translations stay the same, BLEU goes from 20.0 to 20.0" in found.text
    assert (
        "2 % of the translations stay the same, BLEU goes from 60.0 to 10.0 and the reference from −0.50 to "
        "−3.25 nats" in found.text
    )
    assert (
        word_order.answer(
            runs | {"none": dataclasses.replace(runs["none"], curves=run(0.99, (1, 1), (1, 1)).curves)}
        ).option
        == 3
    )


@pytest.mark.parametrize("module, n_runs", [(positions, 7), (word_order, 2), (normalisation, 6), (depth, 6)])
def test_runs_differ_only_in_what_their_section_asks(module, n_runs):
    configs = module.configs()
    assert tuple(configs) == tuple(module.LABELS) and len(configs) == n_runs
    first = next(iter(configs.values()))
    asked = {
        positions: {"positions"},
        word_order: {"positions"},
        normalisation: {"norm", "norm_position"},
        depth: {
            "n_heads",
            "d_model",
            "d_ff",
            "n_encoder_layers",
            "n_decoder_layers",
            "dropout",
            "norm_position",
        },
    }[module]
    for config in configs.values():
        assert (config.corpus, config.tokenizer) == (first.corpus, first.tokenizer)
        assert {
            name for name, value in vars(config.model).items() if value != getattr(first.model, name)
        } <= asked
        changed = {
            name for name, value in vars(config.training).items() if value != getattr(first.training, name)
        }
        assert changed <= ({"warmup_steps"} if module is depth else set())


def test_the_published_settings_are_those_of_the_report():
    """TEXTBOOK: 2-8-512 (0.1) 1.943, 0.3745, 61 s; 4-8-512 (0.2); 4-12-768 (0.2); 6-12-768 (0.1) 4.775,
    0.3154, 167 s.
    """
    rows = [
        (run.n_layers, run.n_heads, run.width, run.dropout, run.valid_loss, run.bleu, run.seconds)
        for run in depth.PUBLISHED.values()
    ]
    assert rows == [
        (2, 8, 512, 0.1, 1.943, 0.3745, 61),
        (4, 8, 512, 0.2, 1.940, 0.3796, 93),
        (4, 12, 768, 0.2, 2.075, 0.3854, 125),
        (6, 12, 768, 0.1, 4.775, 0.3154, 167),
    ]
    for key, run in depth.PUBLISHED.items():
        model = depth.configs()[key].model
        assert (model.n_encoder_layers, model.n_decoder_layers, model.n_heads) == (
            run.n_layers,
            run.n_layers,
            run.n_heads,
        )
        assert (8 * model.d_model, model.dropout, model.norm_position) == (run.width, run.dropout, "post")
