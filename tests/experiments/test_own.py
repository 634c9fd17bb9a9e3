"""Which of the user's runs belong to an experiment, what is read of them, and how one is run again."""

from __future__ import annotations

import dataclasses

import pytest

from explorer.checkpoints.folder import load_checkpoint
from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.experiments import own
from explorer.experiments.bottleneck import BOTTLENECK
from explorer.experiments.experiment import Experiment, best_key, kept, last, same_question, validations
from explorer.experiments.files import MAX_ROWS, read_shipped, thinned, write_shipped
from explorer.experiments.measure import measured_checkpoint, measured_run, runs_to_ship
from explorer.experiments.shift import SHIFT
from explorer.results import Answer, HistoryRow
from explorer.training.runs.run import carry_out, start_run
from tests.experiments.finished_runs import written
from tests.training.conftest import TINY, tiny


def with_seed(config: RunConfig, seed: int) -> RunConfig:
    return dataclasses.replace(config, training=dataclasses.replace(config.training, seed=seed))


def test_runs_belong_by_settings_whatever_name_and_seed(tmp_path):
    config = SHIFT.configs()["rnn"]
    written(tmp_path, "any name", with_seed(config, 7))
    written(tmp_path, "stopped", SHIFT.configs()["transformer"], "stopped")
    written(tmp_path, "other", TINY)
    hotter = dataclasses.replace(config, training=dataclasses.replace(config.training, learning_rate=0.1))
    written(tmp_path, "hotter", hotter)
    found = {one.status.name: (one.key, one.status.state) for one in own.own_runs(SHIFT, tmp_path)}
    assert found == {"any name": ("rnn", "finished"), "stopped": ("transformer", "stopped")}
    assert own.own_runs(SHIFT, tmp_path / "nowhere") == ()


def test_what_a_run_has_written_down_is_read(tmp_path):
    written(tmp_path, "mine", SHIFT.configs()["rnn"])
    (one,) = own.own_runs(SHIFT, tmp_path)
    run = measured_run(SHIFT, one)
    assert (run.key, run.name, run.device, run.sha256, run.reason) == (
        "rnn",
        "mine",
        "a CPU",
        "",
        "reached max_steps",
    )
    assert [row.step for row in run.history] == [5, 10, 15, 20] and run.history[0].values == {"loss": 295.0}
    assert [row.step for row in validations(run)] == [sample.step for sample in run.samples] == [10, 20]
    assert kept(run, "exact_match") == 0.5 and last(run, "exact_match") == 1.0, (
        "kept: where the validation loss is lowest"
    )
    worse = dataclasses.replace(run, history=run.history[:2])
    assert best_key({"worse": worse, "mine": run}, lambda one: len(validations(one))) == "mine"


def test_thinning_keeps_short_histories_and_all_validations():
    rows = tuple(
        HistoryRow(step, 0.0, {"loss": 1.0} | ({"valid_loss": 1.0} if step % 7 == 0 else {}))
        for step in range(10 * MAX_ROWS)
    )
    assert thinned(rows[:MAX_ROWS]) == rows[:MAX_ROWS] and thinned(()) == ()
    assert {row.step for row in thinned(rows)} == {*range(0, 1000, 10), *range(0, 1000, 7), 999}


def test_seed_name_machine_and_vocabulary_change_no_question():
    config = SHIFT.configs()["transformer"]
    filled = dataclasses.replace(
        config,
        name="x",
        description="y",
        model=dataclasses.replace(config.model, src_vocab=104, tgt_vocab=104),
    )
    training = dataclasses.replace(config.training, seed=9, device="cpu")
    assert same_question(config, dataclasses.replace(filled, training=training))
    assert not same_question(config, SHIFT.configs()["rnn"])
    assert not same_question(
        config, dataclasses.replace(config, training=dataclasses.replace(config.training, max_steps=999))
    )


def test_other_seeds_than_the_shipped_are_named():
    assert own.again(SHIFT, 1) == {config.name: config for config in SHIFT.configs().values()}
    again = own.again(SHIFT, 5)
    assert list(again) == ["experiment-shift-rnn-seed5", "experiment-shift-transformer-seed5"]
    assert all(config.training.seed == 5 and config.name == name for name, config in again.items())


def test_running_again_puts_every_run_into_the_line(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(
        "explorer.training.runs.sweep.launch", lambda config, root, name, data: started.append((name, config))
    )
    own.run_again(SHIFT, 3, tmp_path)
    assert dict(started) == own.again(SHIFT, 3)


def test_a_run_that_has_not_finished_cannot_be_shipped(tmp_path):
    written(tmp_path, "mine", SHIFT.configs()["rnn"])
    with pytest.raises(InputError, match="experiment-shift-transformer has not finished"):
        runs_to_ship(SHIFT, tmp_path)
    written(tmp_path, "another seed", with_seed(SHIFT.configs()["transformer"], 2))
    with pytest.raises(InputError, match="experiment-shift-transformer has not finished"):
        runs_to_ship(SHIFT, tmp_path)


def test_finished_runs_become_shipped_ones(tmp_path):
    for key, config in SHIFT.configs().items():
        written(tmp_path / "runs", key, config)
    ready = runs_to_ship(SHIFT, tmp_path / "runs")
    paths = write_shipped(ready, tmp_path / "results")
    assert [path.name for path in paths] == ["rnn.json", "transformer.json"]
    read = read_shipped(SHIFT, tmp_path / "results")
    for key, run in read.items():
        assert (run.history, run.samples, run.minutes >= 0) == (ready[key].history, ready[key].samples, True)
        assert RunConfig.from_dict(run.config) == RunConfig.from_dict(ready[key].config)


def test_a_card_says_where_and_how_long_it_trained(monkeypatch):
    monkeypatch.setattr("explorer.experiments.measure.measure", lambda experiment, checkpoint: {})
    run = measured_checkpoint(BOTTLENECK, "dot")
    assert (run.device, run.minutes, run.n_parameters) == ("CPU (x86_64, 1 threads)", 7.6, 1_424_084)


def test_a_small_run_is_trained_and_measured(tmp_path, monkeypatch):
    """From settings to figures: a real run of a second, with its measure."""
    config = tiny(max_steps=20)
    experiment = Experiment(
        "tiny",
        "",
        "",
        "",
        ("yes",),
        "",
        {"one": "One"},
        lambda: {"one": config},
        lambda runs: Answer("", 0),
        measures=("accuracy_by_position",),
    )
    monkeypatch.setattr("explorer.experiments.by_position.MIN_N", 5)
    carry_out(start_run(config, tmp_path / "tiny"), show_progress=False)
    run = runs_to_ship(experiment, tmp_path)["one"]
    assert (
        run.curves["accuracy_forced"].x == (1.0, 2.0, 3.0, 4.0) and run.curves["accuracy_free"].n == (20,) * 4
    )
    assert run.sha256 == load_checkpoint(tmp_path / "tiny" / "checkpoint").sha256
    assert run.n_parameters == load_checkpoint(tmp_path / "tiny" / "checkpoint").model.n_parameters
