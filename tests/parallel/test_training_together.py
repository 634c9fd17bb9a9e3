"""Do several processes train the model that one would have trained? In float64, weight by weight; with stops,
kills and other numbers.
"""

from __future__ import annotations

import dataclasses

import pytest
import torch

from explorer.config.run import TrainingConfig
from explorer.parallel.team import ALONE
from explorer.training.runs.callbacks import STOPPED, EarlyStop, StopWhen
from explorer.training.runs.store import RunFolder
from explorer.training.trainer import Trainer
from models import RNNConfig, TransformerConfig, build_model
from tests.parallel.forks import together
from tests.training.test_trainer import RNN, TRANSFORMER, copy_pairs

MODELS = {"transformer": TRANSFORMER, "rnn": RNN}


class Keep:
    """The rows of a run, but for its speed."""

    def __init__(self):
        self.rows = []

    def on_step(self, trainer, row):
        self.rows.append(
            [
                row.step,
                row.epoch,
                {name: value for name, value in row.values.items() if name != "tokens_per_second"},
            ]
        )

    def on_validation(self, trainer, row):
        self.rows.append([row.step, row.values.get("valid_loss"), row.values.get("valid_accuracy")])


def trainer(team, model: TransformerConfig | RNNConfig, **options) -> Trainer:
    torch.manual_seed(7)
    settings = {
        "max_steps": 12,
        "batch_tokens": 60,
        "warmup_steps": 4,
        "validate_every": 4,
        "device": "cpu",
        "precision": "float64",
    }
    # a gentle rate: the bias of keys has no gradient but rounding, which Adam divides by its own size: steps
    # of 1e-12 at a rate of 1e-3
    config = TrainingConfig(**settings | {"learning_rate": 3e-4, "clip_norm": 0.5, "average": 0.5} | options)
    pairs = copy_pairs(120)
    return Trainer(build_model(model), config, pairs[20:], pairs[:20], team)


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """What torch loads only at a first step: once here, and not in every fork."""
    trainer(ALONE, TRANSFORMER, max_steps=1).run()


def trained(folder, model, n: int, **options):
    """A run of `n` processes, its state saved in `folder`; of each its rows, sums of its weights and of its
    random state, why it ended.
    """

    def work(team):
        learner, keep = trainer(team, model, **options), Keep()
        learner.run([keep])
        if team.leads:
            RunFolder(folder).save_state(learner, None)
        digest = {
            name: float(tensor.double().sum())
            for name, tensor in learner.tensors().items()
            if name.startswith("model/")
        }
        return [keep.rows, digest, learner.generator.get_state().sum().item(), learner.stop_reason]

    folder.mkdir()
    return together(n, work)


def state(folder, model, **options) -> dict[str, torch.Tensor]:
    learner = trainer(ALONE, model, **options)
    assert RunFolder(folder).load_state(learner)
    return learner.tensors()


@pytest.mark.parametrize("share", [1.0, 0.5], ids=["true tokens", "half of them its own"])
@pytest.mark.parametrize("family", MODELS)
def test_the_weights_are_those_of_one_process(tmp_path, family, share):
    """Batches of 60 tokens hold up to 20 pairs, and at times fewer than there are processes."""
    model = dataclasses.replace(MODELS[family], dropout=0.0)
    options = {
        "teacher_forcing": () if share == 1.0 else ((99, share),),
        "batch_tokens": 60 if share == 1.0 else 14,
    }
    found = {n: trained(tmp_path / str(n), model, n, **options) for n in (1, 2, 3)}
    alone = state(tmp_path / "1", model, **options)
    for n in (2, 3):
        assert all(answer[1:3] == found[n][0][1:3] for answer in found[n]), (
            "all processes have the same weights, bit by bit"
        )
        together_ = state(tmp_path / str(n), model, **options)
        assert alone.keys() == together_.keys()
        for name, tensor in alone.items():
            torch.testing.assert_close(
                together_[name], tensor, atol=1e-12, rtol=0, msg=lambda m, name=name: f"{name}: {m}"
            )
        for row, other in zip(found[1][0][0], found[n][0][0], strict=True):
            assert flat(other) == pytest.approx(flat(row), abs=1e-12)


def flat(row) -> list[float]:
    return [*row[:2], *(row[2].values() if isinstance(row[2], dict) else row[2:])]


def test_a_resumed_run_is_the_same_and_goes_on_with_another_number_of_processes(tmp_path):
    """With dropout, two processes give the same bits, interrupted or not; without it, any number goes on
    where another was.
    """

    def first_half(folder, model):
        def work(team):
            learner = trainer(team, model, max_steps=6, schedule="constant")
            learner.run()
            if team.leads:
                RunFolder(folder).save_state(learner, None)

        return work

    def second_half(folder, model):
        def work(team):
            learner = trainer(team, model, schedule="constant")
            assert RunFolder(folder).load_state(learner)
            team.any(False)  # the first may save only when all have read
            learner.run()
            if team.leads:
                RunFolder(folder).save_state(learner, None)

        return work

    for dropout, n_first, n_second, tolerance in ((0.2, 2, 2, 0.0), (0.0, 3, 2, 1e-12)):
        model = dataclasses.replace(TRANSFORMER, dropout=dropout)
        folder, whole = tmp_path / f"halves {dropout}", tmp_path / f"whole {dropout}"
        folder.mkdir()
        assert together(n_first, first_half(folder, model)) == [None] * n_first
        assert together(n_second, second_half(folder, model)) == [None] * n_second
        trained(whole, model, 2, schedule="constant")
        expected = state(whole, model, schedule="constant")
        for name, tensor in state(folder, model, schedule="constant").items():
            torch.testing.assert_close(tensor, expected[name], atol=tolerance, rtol=0)


def test_every_process_drops_other_states(tmp_path):
    """Were the masks the same, two processes with the same sentence would have the same loss."""

    def work(team):
        learner = trainer(team, TRANSFORMER)
        losses, _ = learner._losses([copy_pairs(1)[0]] * 2, 1.0)
        return losses.tolist()

    first, second = together(2, work)
    assert len(first) == len(second) and first != second


def test_all_stop_at_the_same_step():
    """Asked by a signal that one of them got; after validations without gain; when the loss is no number."""

    def asked(team):
        learner = trainer(team, TRANSFORMER)
        learner.run([StopWhen(lambda: team.any(team.rank.number == 1 and learner.progress.step == 3))])
        return [learner.progress.step, learner.stop_reason]

    def early(team):
        learner = trainer(team, TRANSFORMER, learning_rate=1e-30, max_steps=100)
        learner.run([EarlyStop(2)])
        return [learner.progress.step, learner.stop_reason]

    def diverging(team):
        learner = trainer(team, TRANSFORMER, learning_rate=1e200, warmup_steps=0)
        learner.run()
        return [learner.progress.step, learner.stop_reason]

    assert together(2, asked) == [[3, STOPPED]] * 2
    assert len({str(answer) for answer in together(2, early)}) == 1 and together(2, early)[0][0] < 100
    (step, reason), other = together(2, diverging)
    assert [step, reason] == other and step < 12 and "lower the learning rate" in reason
