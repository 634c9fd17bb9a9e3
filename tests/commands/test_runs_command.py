"""`python -m explorer runs` and `sweep`: tables in every form, single runs, and a small grid to its end."""

from __future__ import annotations

import dataclasses
import os
import signal

import pytest

from explorer.results import HistoryRow
from explorer.training.runs.process import holding, process_id
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import create_run_folder, write_request
from tests.training.conftest import TINY, tiny


@pytest.fixture
def root(tmp_path):
    """Two runs that have ended; whatever is started in the folder ends with the test."""
    for name, config, loss in (("first", TINY, 2.0), ("second", tiny(learning_rate=0.5), 1.0)):
        create_run_folder(tmp_path / name)
        write_request(tmp_path / name, dataclasses.replace(config, name=name), None)
        records = RunRecords(tmp_path / name)
        records.add_history(
            HistoryRow(10, 0.5, {"loss": 3.0, "valid_loss": loss, "valid_accuracy": 0.5, "bleu": 12.0})
        )
        records.set_status(state="finished", reason="reached max_steps", device="CPU")
    yield tmp_path
    for folder in tmp_path.iterdir():
        number = process_id(folder) if folder.is_dir() else None
        if number is not None and number != os.getpid():
            os.kill(number, signal.SIGKILL)


def test_the_table_comes_in_every_form(command, root, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    text = command("runs", "--root", root)
    header, *lines = text.out.splitlines()
    assert (
        text.code == 0
        and "training.learning_rate" in header
        and {line.split()[0] for line in lines} == {"first", "second"}
    )
    rows = command("runs", "list", "--root", root, "--json").json
    assert {row["name"]: row["valid_loss"] for row in rows} == {"first": 2.0, "second": 1.0} and rows[0][
        "exact_match"
    ] is None
    assert (
        command("runs", "list", "second", "--root", root, "--csv")
        .out.splitlines()[-1]
        .startswith('"second","finished"')
    )
    assert r"\textbf{1.0000}" in command("runs", "--root", root, "--latex").out
    empty = command("runs", "--root", root / "nowhere")
    assert empty.code == 0 and "There are no runs yet" in empty.out


def test_settings_that_do_not_fit_the_terminal_are_counted(command, root, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    header, *lines, note = command("runs", "--root", root).out.splitlines()
    assert header.endswith("minutes") and len(lines) == 2 and "do not fit here: 1." in note


def test_one_run_is_shown_with_what_it_last_said(command, root):
    shown = command("runs", "show", "first", "--root", root)
    assert shown.code == 0 and "first: finished, step 10 of 30" in shown.out and "bleu: 12" in shown.out
    assert command("runs", "show", root / "first", "--json").json["state"] == "finished"
    RunRecords(root / "first").set_status(state="running")
    (root / "first" / "log.txt").write_text("Killed\x1b[2J\n")
    died = command("runs", "show", "first", "--root", root).out
    assert "first: died" in died and "Killed" in died and "\x1b" not in died


def test_a_run_is_deleted_only_when_that_is_confirmed(command, root):
    kept = command("runs", "delete", "first", "--root", root, stdin="no\n")
    assert kept.code == 2 and "first was not deleted" in kept.err and (root / "first").is_dir()
    assert (
        command("runs", "delete", "first", "--root", root, stdin="yes\n").code == 0
        and not (root / "first").exists()
    )
    with holding(root / "second"):
        alive = command("runs", "delete", "second", "--root", root, "--yes")
        assert alive.code == 2 and "stop it first" in alive.err
    assert (
        command("runs", "delete", "second", "--root", root, "--yes").code == 0
        and not (root / "second").exists()
    )


def test_a_run_is_exported_for_tensorboard(command, root, tmp_path):
    done = command("runs", "events", "first", "--root", root, "--to", tmp_path / "logs")
    assert done.code == 0 and done.out.strip().startswith(
        str(tmp_path / "logs" / "first" / "events.out.tfevents.")
    )


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["stop"], "needs the name of a run"),
        (["stop", "third"], "There is no run 'third'"),
        (["stop", "first"], "first is finished: there is nothing to stop"),
        (["resume", "first"], "first is finished: only one that was stopped"),
        (["show", ".."], "There is no run '..'"),
    ],
)
def test_a_mistake_is_one_line(command, root, arguments, sentence):
    outcome = command("runs", *arguments, "--root", root)
    assert (
        outcome.code == 2 and outcome.out == "" and outcome.err.count("\n") == 1 and sentence in outcome.err
    )


def flags(config):
    """The config as flags of `sweep`."""
    from explorer.config.fields import flat

    given = []
    for path, value in flat(config.to_dict()).items():
        if isinstance(value, bool):
            given.append(f"--{path}" if value else f"--no-{path}")
        elif value not in ((), []) and path not in ("model.src_vocab", "model.tgt_vocab"):
            given += [f"--{path}", value]
    return given


def test_a_sweep_prints_one_table_and_repeats_at_once(command, tmp_path):
    arguments = [
        "sweep",
        *flags(dataclasses.replace(TINY, name="s")),
        "--root",
        tmp_path,
        "--grid",
        "model.n_heads=1,2",
        "--json",
    ]
    first = command(*arguments)
    assert first.code == 0, first.err
    assert [(row["name"], row["state"], row["heads"], row["step"]) for row in first.json] == [
        ("s-01", "finished", "1", 30),
        ("s-02", "finished", "2", 30),
    ]
    assert "s-01: finished at step 30" in first.err and first.json[0]["differences"] == {"model.n_heads": "1"}
    assert all(row["valid_loss"] > 0 and row["bleu"] is not None for row in first.json)
    again = command(*arguments)
    assert again.json == first.json, "nothing is trained twice"
    table = command(*arguments[:-1], "--latex").out
    assert r"\toprule" in table and "s-02" in table


@pytest.mark.parametrize(
    "grid, sentence",
    [
        (["model.n_heads"], "expected a field with its values"),
        (["model.n_heads=2", "model.n_heads=4"], "each field only once"),
        (["model.n_heads=3"], "model.n_heads=3 does not divide"),
        (["model.n_hats=3"], "no such field"),
        ([], "The grid has 1 points"),
    ],
)
def test_a_grid_that_cannot_be_is_one_line(command, tmp_path, grid, sentence):
    outcome = command(
        "sweep", "--root", tmp_path / "runs", *(part for entry in grid for part in ("--grid", entry))
    )
    assert (
        outcome.code == 2
        and outcome.err.count("\n") == 1
        and sentence in outcome.err
        and not (tmp_path / "runs").exists()
    )
