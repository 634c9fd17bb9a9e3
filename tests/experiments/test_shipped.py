"""The shipped runs fit the experiments in the code, and the sentences follow from their numbers."""

from __future__ import annotations

import functools
import json
import math
from dataclasses import replace

import pytest

from explorer.checkpoints.catalogue import CHECKPOINTS, find_checkpoint, read_history
from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.experiments import EXPERIMENTS, find_experiment
from explorer.experiments.bottleneck import BLEU, BOTTLENECK, DISTANCES, EXACT, LENGTHS, PARTICLE
from explorer.experiments.experiment import same_question
from explorer.experiments.files import RESULTS, read_shipped, run_from_json, run_to_json, thinned
from explorer.experiments.own import weights_hash
from explorer.experiments.shift import LEARNED, SHIFT
from tests.source_files import own_files

RUNS = [(name, key) for name, experiment in EXPERIMENTS.items() for key in experiment.labels]


@functools.cache
def runs_of(name: str):
    """The runs that come with an experiment."""
    return read_shipped(EXPERIMENTS[name])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_ships_all_of_its_runs(name):
    assert list(runs_of(name)) == list(EXPERIMENTS[name].labels) == list(EXPERIMENTS[name].configs())


def test_nothing_else_is_shipped():
    expected = {
        RESULTS / name / f"{key}.json"
        for name, experiment in EXPERIMENTS.items()
        for key in experiment.labels
    }
    assert {path for path in own_files(".json") if path.is_relative_to(RESULTS)} == expected
    assert sum(path.stat().st_size for path in RESULTS.rglob("*") if path.is_file()) < 6 * 10**6


@pytest.mark.parametrize("name, key", RUNS)
def test_a_shipped_run_has_the_settings_of_the_code(name, key):
    run, config = runs_of(name)[key], EXPERIMENTS[name].configs()[key]
    shipped = RunConfig.from_dict(run.config)
    assert same_question(shipped, config) and shipped.training.seed == config.training.seed
    assert run.history[-1].step == config.training.max_steps and run.n_parameters > 0 and run.minutes > 0
    assert run.device and run.date >= "2026"


@pytest.mark.parametrize("name, key", RUNS)
def test_a_shipped_run_reads_back_as_it_was_written(name, key):
    text = (RESULTS / name / f"{key}.json").read_text(encoding="utf-8")
    assert run_to_json(run_from_json(text, name, key)) == text


@pytest.mark.parametrize("name, key", RUNS)
def test_every_curve_is_whole(name, key):
    for curve in runs_of(name)[key].curves.values():
        assert len(curve.x) == len(curve.y) > 0 and all(map(math.isfinite, curve.y)), "x and y in step"
        for other in (curve.low, curve.high, curve.n, curve.labels):
            assert len(other) in (0, len(curve.x))
        assert len(curve.low) == len(curve.high)
        for low, y, high in zip(
            curve.low, curve.y, curve.high, strict=False
        ):  # none where nothing was counted
            assert low <= y <= high


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_answers_are_predictions_and_quote_numbers(name):
    experiment = EXPERIMENTS[name]
    answer = experiment.answer(runs_of(name))
    assert 0 <= answer.option < len(experiment.options)
    assert (
        any(char.isdigit() for char in answer.text) and answer.text.endswith(".") and len(answer.text) < 500
    )


def test_the_bottleneck_was_measured_on_shipped_weights():
    for key, run in runs_of("bottleneck").items():
        folder = find_checkpoint(run.name)
        assert run.sha256 == weights_hash(folder) and folder == CHECKPOINTS / BOTTLENECK.configs()[key].name
        shipped, history = thinned(read_history(folder)), run.history
        assert [row.step for row in history] == [row.step for row in shipped]
        assert [row.values["loss"] for row in history] == pytest.approx(
            [row.values["loss"] for row in shipped], rel=1e-4
        )
        assert (
            len(run.curves[BLEU].x) == len(run.curves[EXACT].x) == len(LENGTHS)
            and run.curves[PARTICLE].x == DISTANCES
        )
        assert set(run.curves[EXACT].n) == set(run.curves[PARTICLE].n) == {150}


def bent(run, name, y):
    return replace(run, curves=run.curves | {name: replace(run.curves[name], y=tuple(y))})


def test_the_bottlenecks_answer_follows_its_curves():
    runs = runs_of("bottleneck")
    flat = [90.0] * len(LENGTHS)
    assert BOTTLENECK.answer({key: bent(run, BLEU, flat) for key, run in runs.items()}).option == 2
    steep = [90.0] * (len(LENGTHS) - 1) + [10.0]
    assert BOTTLENECK.answer({key: bent(run, BLEU, steep) for key, run in runs.items()}).option == 1
    only_others = {key: bent(run, BLEU, flat if key == "none" else steep) for key, run in runs.items()}
    assert BOTTLENECK.answer(only_others).option == 3
    one = runs | {
        "none": bent(bent(runs["none"], BLEU, steep), PARTICLE, [1.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.07])
    }
    answer = BOTTLENECK.answer(
        {key: run if key == "none" else bent(run, BLEU, flat) for key, run in one.items()}
    )
    assert (
        answer.option == 0
        and "falls from 90.0 to 10.0 without attention, and from 90.0 to 90.0" in answer.text
    )
    assert "the particle is right in 7 % without attention" in answer.text


def with_exact(run, values):
    rows = [row for row in run.history if "valid_loss" in row.values]
    changed = [
        replace(row, values=row.values | {"exact_match": value})
        for row, value in zip(rows, values, strict=False)
    ]
    return replace(run, history=tuple(changed))


@pytest.mark.parametrize(
    "rnn, transformer, option",
    [(1.0, 1.0, 0), (1.0, 0.5, 1), (0.5, 1.0, 2), (0.5, 0.98, 3), (LEARNED, LEARNED, 0)],
)
def test_the_shift_tasks_answer_follows_exact_match(rnn, transformer, option):
    runs = runs_of("shift")
    changed = {
        "rnn": with_exact(runs["rnn"], [0.0, rnn]),
        "transformer": with_exact(runs["transformer"], [0.0, transformer]),
    }
    answer = SHIFT.answer(changed)
    assert answer.option == option and ("never over 99 %" in answer.text) == (option != 0)
    if option == 0:
        assert "at epoch 1," in answer.text, "the second validation is at the end of the first epoch"


def test_shift_samples_follow_the_same_five_sequences():
    for run in runs_of("shift").values():
        steps = [row.step for row in run.history if "valid_loss" in row.values]
        assert [sample.step for sample in run.samples] == [step for step in steps for _ in range(5)]
        assert len({sample.src for sample in run.samples}) == 5
        for sample in run.samples:
            assert sample.reference.split() == [*sample.src.split()[1:], "0"]


@pytest.mark.parametrize(
    "change, sentence",
    [
        (lambda values: values.update(format=2), "has format 2"),
        (lambda values: values.update(key="other"), "is of shift/other"),
        (lambda values: values.pop("device"), "lacks 'device'"),
        (lambda values: values["config"]["model"].update(d_hidden=3), "must be even"),
        (lambda values: values["history"][0].update(step="one"), "expected a whole number"),
        (lambda values: values.update(minutes=True), "expected a number"),
    ],
)
def test_a_damaged_file_is_refused_with_the_entry_named(change, sentence, tmp_path):
    values = json.loads((RESULTS / "shift" / "rnn.json").read_text(encoding="utf-8"))
    change(values)
    (tmp_path / "shift").mkdir()
    (tmp_path / "shift" / "rnn.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        read_shipped(SHIFT, tmp_path)


def test_an_unknown_experiment_is_refused():
    with pytest.raises(InputError, match="choose one of bottleneck"):
        find_experiment("gradient descent")
