"""`python -m explorer experiment`: the list, an answer with its numbers, queued runs, and written files."""

from __future__ import annotations

import dataclasses

import pytest

from explorer.experiments import EXPERIMENTS
from explorer.experiments.files import read_shipped
from explorer.experiments.shift import SHIFT
from tests.experiments.finished_runs import written


def test_every_experiment_is_listed(command):
    listed = command("experiment")
    assert listed.code == 0 and len(listed.out.splitlines()) == len(EXPERIMENTS)
    rows = command("experiment", "list", "--json").json
    assert [(row["name"], row["runs"]) for row in rows] == [
        (name, list(one.labels)) for name, one in EXPERIMENTS.items()
    ]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_answer_is_shown_with_its_numbers(command, name):
    shown, values = command("experiment", "show", name), command("experiment", "show", name, "--json").json
    answer = EXPERIMENTS[name].answer(read_shipped(EXPERIMENTS[name]))
    assert shown.code == 0 and answer.text in shown.out and " minutes on " in shown.out
    assert values["answer"] == {"text": answer.text, "option": answer.option} and list(
        values["runs"]
    ) == list(EXPERIMENTS[name].labels)


def test_runs_are_queued_with_the_given_seed(command, tmp_path, monkeypatch):
    asked = []

    def launch_sweep(points, root):
        asked.append((points, root))
        return tuple(root / name for name in points)

    monkeypatch.setattr("explorer.experiments.own.launch_sweep", launch_sweep)
    done = command("experiment", "run", "shift", "--seed", 4, "--root", tmp_path)
    assert done.code == 0 and "experiment-shift-rnn-seed4 is queued." in done.out
    ((points, root),) = asked
    assert (
        root == tmp_path and {config.training.seed for config in points.values()} == {4} and len(points) == 2
    )


def test_finished_runs_are_written_as_they_are_shipped(command, tmp_path):
    for key, config in SHIFT.configs().items():
        written(tmp_path / "runs", key, config)
    done = command("experiment", "write", "shift", "--root", tmp_path / "runs", "--to", tmp_path / "results")
    assert done.code == 0 and len(done.out.splitlines()) == 2 and "shift: rnn" in done.err
    assert {run.device for run in read_shipped(SHIFT, tmp_path / "results").values()} == {"a CPU"}
    missing = command("experiment", "write", "shift", "--root", tmp_path, "--to", tmp_path / "results")
    assert missing.code == 2 and "has not finished" in missing.err


def test_what_cannot_be_is_refused_in_one_sentence(command):
    for arguments, sentence in (
        (("experiment", "show"), "needs a name: one of bottleneck"),
        (("experiment", "run", "nothing"), "There is no experiment 'nothing'"),
    ):
        refused = command(*arguments)
        assert refused.code == 2 and sentence in refused.err and len(refused.err.splitlines()) == 1


def test_where_files_are_missing_there_is_no_answer(command, monkeypatch, tmp_path):
    empty = dataclasses.replace(SHIFT, name="away")
    monkeypatch.setitem(EXPERIMENTS, "away", empty)
    shown = command("experiment", "show", "away")
    assert (
        shown.code == 0
        and "Answer" not in shown.out
        and command("experiment", "show", "away", "--json").json["answer"] is None
    )
