"""Runs from outside: real processes that wait, train, stop, die and go on; what is refused before anything is
made.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.checkpoints import catalogue
from explorer.checkpoints.catalogue import list_checkpoints
from explorer.checkpoints.folder import load_checkpoint
from explorer.corpora.files import FilesConfig
from explorer.errors import InputError
from explorer.results import HistoryRow
from explorer.training.runs import launch as launching
from explorer.training.runs.launch import (
    check_config,
    delete,
    free_name,
    launch,
    list_runs,
    resume,
    run_status,
    stop,
)
from explorer.training.runs.process import holding, is_alive, process_id
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import create_run_folder, write_request
from tests.training.conftest import TINY, tiny

PATIENCE = 240  # seconds: the machine may be busy


def wait_until(what, why):
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, why()
        time.sleep(0.05)


def wait_for(folder, *states):
    wait_until(lambda: run_status(folder).state in states, lambda: run_status(folder))
    return run_status(folder)


@pytest.mark.process
def test_two_runs_one_after_the_other_and_a_third_that_is_stopped_killed_and_resumed(
    tmp_path, ended, monkeypatch
):
    """The whole life of runs, in one test: each process takes seconds to start."""
    ended(tmp_path)
    monkeypatch.setattr(catalogue, "RUNS", tmp_path)
    first, second, third = launch(TINY), launch(TINY), launch(tiny(max_steps=10**6, validate_every=20))
    assert [path.name for path in (first, second, third)] == ["tiny", "tiny-2", "tiny-3"]
    told = [(status.name, status.state, status.n_ahead) for status in list_runs()]
    assert told == [("tiny-3", "waiting", 2), ("tiny-2", "waiting", 1), ("tiny", "waiting", 0)]
    assert all(map(is_alive, (first, second, third)))

    assert wait_for(first, "finished").reason == "reached max_steps"
    done = run_status(first)
    assert (done.step, done.max_steps, done.seconds_left, done.checkpoint) == (
        30,
        30,
        None,
        first / "checkpoint",
    )
    assert (
        done.device.startswith("CPU")
        and done.values["valid_loss"] > 0
        and done.created_at < done.started_at < done.updated_at
    )
    name, path = next((info.name, info.path) for info in list_checkpoints() if info.run == "tiny")
    assert (name, path) == ("runs/tiny", first / "checkpoint"), "in every list at once"
    assert "exact" in load_checkpoint("runs/tiny").card
    assert catalogue.describe(path).problem is None and os.getpgid(process_id(third)) != os.getpgid(0)

    wait_for(second, "finished")
    assert RunRecords(second).history()[-1].values["valid_loss"] == done.values["valid_loss"], (
        "the same config, the same run"
    )
    assert RunRecords(second).times()[0] > RunRecords(first).times()[1], "they did not fight over the machine"

    wait_until(lambda: run_status(third).step >= 40, lambda: run_status(third))
    running = run_status(third)
    assert running.state == "running" and running.phase == "training" and running.seconds_left > 0
    with pytest.raises(InputError, match="is alive: stop it first"):
        delete(third)
    with pytest.raises(InputError, match="is running: only one"):
        resume(third)
    stop(third)
    stopped = wait_for(third, "stopped")
    assert stopped.reason == "stopped on request" and stopped.step >= 40
    with pytest.raises(InputError, match="is stopped: there is nothing to stop"):
        stop(third)

    resume(third)
    wait_until(lambda: run_status(third).step > stopped.step, lambda: run_status(third))
    os.kill(process_id(third), signal.SIGKILL)
    died = wait_for(third, "died")
    assert died.log_tail and died.reason == died.log_tail[-1] and died.seconds_left is None
    resume(third)
    wait_until(lambda: run_status(third).step > died.step, lambda: run_status(third))
    stop(third)
    wait_for(third, "stopped")
    delete(third)
    assert (
        not third.exists()
        and [s.name for s in list_runs()] == ["tiny-2", "tiny"]
        and not list(tmp_path.glob(".deleted-*"))
    )


@pytest.mark.process
def test_a_run_that_is_stopped_while_it_waits_never_trains(tmp_path, ended):
    ended(tmp_path)
    waiting = tmp_path / "before"
    waiting.mkdir()
    with holding(waiting):  # a run that never ends
        launching.take_ticket(waiting)
        folder = launch(TINY, tmp_path)
        assert run_status(folder).n_ahead == 1
        stop(folder)
        status = wait_for(folder, "stopped")
    assert status.step == 0 and not (folder / "config.json").exists()


@pytest.mark.process
def test_a_run_outlives_the_process_that_started_it(tmp_path, ended):
    """Also when that one is killed with its whole group, as a terminal does that is closed."""
    ended(tmp_path)
    script = (
        "from explorer.training.runs.launch import launch; from pathlib import Path; from "
        "tests.training.conftest import TINY\n"
        f"launch(TINY, Path({str(tmp_path)!r})); print('started', flush=True); import time; time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    assert parent.stdout.readline() == "started\n"
    os.killpg(parent.pid, signal.SIGKILL)
    parent.wait()
    assert wait_for(tmp_path / "tiny", "finished").step == 30


@pytest.mark.process
def test_a_run_that_fails_says_why(tmp_path, ended):
    """The file is there when the run is asked for and gone when it is its turn."""
    ended(tmp_path)
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("a\tb\n")
    with_file = dataclasses.replace(TINY, corpus=FilesConfig(paths=(str(pairs),)))
    before = tmp_path / "runs" / "before"
    before.mkdir(parents=True)
    with holding(before):
        launching.take_ticket(before)
        folder = launch(with_file, tmp_path / "runs")
        pairs.unlink()
    status = wait_for(folder, "failed")
    assert "pairs.tsv is not here" in status.reason and status.log_tail[-1].startswith("error: ")
    with pytest.raises(InputError, match="corpus.paths: .*pairs.tsv is not here"):
        check_config(with_file)


def test_a_run_in_an_unknown_state_is_told_as_it_is(tmp_path):
    """Folders as a kill at an awkward moment leaves them."""
    folder = tmp_path / "run"
    with pytest.raises(InputError, match="holds no run"):
        run_status(folder)
    create_run_folder(folder)
    assert list_runs(tmp_path) == ()
    before = time.time()
    write_request(folder, TINY, None)
    assert before <= run_status(folder).created_at <= time.time()
    assert (
        run_status(folder).state == "died" and run_status(folder).reason == "its process ended without a word"
    )
    records = RunRecords(folder)
    records.set_status(state="running", phase="training")
    records.add_history(HistoryRow(10, 0.5, {"loss": 1.0}))
    (folder / "log.txt").write_text("one\nTraceback\n\nKilled\n")
    status = run_status(folder)
    assert (status.state, status.reason, status.step, status.log_tail) == (
        "died",
        "Killed",
        10,
        ("one", "Traceback", "Killed"),
    )
    records.set_status(stop_asked="yes")
    assert run_status(folder).state == "stopped"
    with holding(folder):
        assert run_status(folder).state == "running"
    records.set_status(state="finished", reason="reached max_steps")
    assert (run_status(folder).state, run_status(folder).reason) == ("finished", "reached max_steps")
    with pytest.raises(InputError, match="is finished: only one"):
        resume(folder)
    (folder / "request.json").write_text("{")
    (shown,) = list_runs(tmp_path)
    assert shown.state == "failed" and "is not JSON" in shown.reason


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"model": dataclasses.replace(TINY.model, d_ff=10**6)}, "model.d_ff is 1,000,000"),
        ({"corpus": FilesConfig()}, "corpus.paths is empty"),
        ({"corpus": FilesConfig(paths=("nowhere.tsv",))}, "corpus.paths: The file nowhere.tsv is not here"),
        ({"name": "../elsewhere"}, "cannot be that of a folder"),
        ({"name": ".hidden"}, "cannot be that of a folder"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_made(tmp_path, change, sentence):
    with pytest.raises(InputError, match=sentence):
        launch(dataclasses.replace(TINY, **change), tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_where_no_process_can_be_started_nothing_is_left(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", fail)
    with pytest.raises(InputError, match="cannot be started. Resource temporarily unavailable"):
        launch(TINY, tmp_path)
    assert list_runs(tmp_path) == () and not (tmp_path / "tiny").exists()


def test_names_are_numbered_when_they_are_taken(tmp_path):
    assert free_name("shift", tmp_path) == "shift"
    (tmp_path / "shift").mkdir()
    (tmp_path / "shift-2").mkdir()
    assert free_name("shift", tmp_path) == "shift-3"


def test_what_is_no_run_is_not_deleted(tmp_path):
    (tmp_path / "letters").mkdir()
    with pytest.raises(InputError, match="holds no run: nothing was deleted"):
        delete(tmp_path / "letters")
    assert (tmp_path / "letters").is_dir()
