"""Who is alive is what the kernel says: locks that a process takes, inherits and loses with its life; turns
in a line without gaps.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors import SafetensorError

from explorer.durable import BROKEN, FULL, READ_ONLY, disk_problem
from explorer.errors import InputError
from explorer.training.runs import process, tickets
from explorer.training.runs.process import LOCK, holding, is_alive, noting_the_end, process_id, take_lock
from explorer.training.runs.records import RunRecords

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from explorer.training.runs.process import holding
with holding(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(folder, seconds=60.0):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder, str(seconds)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert child.stdout.readline() == "held\n"
    return child


@pytest.mark.process
def test_a_run_is_alive_as_long_as_its_process(tmp_path):
    assert not is_alive(tmp_path) and process_id(tmp_path) is None and os.listdir(tmp_path) == []
    child = holder(tmp_path)
    assert is_alive(tmp_path) and process_id(tmp_path) == child.pid
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not is_alive(tmp_path) and process_id(tmp_path) is None
    with holding(tmp_path):
        assert is_alive(tmp_path) and process_id(tmp_path) == os.getpid()
    assert not is_alive(tmp_path)


@pytest.mark.process
def test_two_processes_never_hold_one_run(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "PATIENCE", 0.05)
    child = holder(tmp_path)
    try:
        with pytest.raises(InputError, match="held by another process"):
            take_lock(tmp_path)
        assert process_id(tmp_path) == child.pid
    finally:
        child.kill()
        child.wait()


@pytest.mark.process
def test_whoever_only_looks_disturbs_nobody(tmp_path):
    """Somebody looks all the time while the lock is taken again and again."""
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\nfrom pathlib import Path\nfrom explorer.training.runs.process import is_alive\n"
            "print('on', flush=True)\nwhile True: is_alive(Path(sys.argv[1]))",
            tmp_path,
        ],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        child.stdout.readline()
        for _ in range(200):
            os.close(take_lock(tmp_path))
    finally:
        child.kill()
        child.wait()


@pytest.mark.process
def test_a_lock_is_handed_down_and_lives_as_long_as_the_child(tmp_path):
    lock = take_lock(tmp_path)
    env = os.environ | {process.HANDED_DOWN: str(lock)}
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path, "60"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=env,
        pass_fds=(lock,),
    )
    os.close(lock)
    assert is_alive(tmp_path), "from the first moment, before the child has run a line"
    child.stdout.readline()
    assert process_id(tmp_path) == child.pid
    child.kill()
    child.wait()
    assert not is_alive(tmp_path)


def test_a_number_in_the_environment_that_is_no_lock_of_this_run_is_not_taken(tmp_path, monkeypatch):
    with open(tmp_path / "other", "w") as other:
        monkeypatch.setenv(process.HANDED_DOWN, str(other.fileno()))
        with holding(tmp_path):
            assert is_alive(tmp_path)
        other.write("still open")
    assert process.HANDED_DOWN not in os.environ


def test_runs_take_turns_in_the_order_in_which_they_asked(tmp_path):
    folders = [tmp_path / name for name in "cab"]
    locks = {}
    for folder in folders:
        folder.mkdir()
        locks[folder.name] = take_lock(folder)
        tickets.take_ticket(folder)
    assert tickets.queue(tmp_path) == ("c", "a", "b")
    slept = []
    asked = iter((False, False, True))
    assert not tickets.wait_for_turn(folders[1], lambda: next(asked), slept.append) and len(slept) == 2
    assert tickets.wait_for_turn(folders[0], lambda: False, slept.append) and len(slept) == 2

    def kill_the_first(_):
        os.close(locks.pop("c"))

    assert tickets.wait_for_turn(folders[1], lambda: False, kill_the_first), (
        "a ticket of a run that was killed blocks nobody"
    )
    assert tickets.queue(tmp_path) == ("a", "b")
    tickets.take_ticket(folders[1])
    assert tickets.queue(tmp_path) == ("b", "a"), "who asks again is behind the others"
    with sqlite3.connect(tmp_path / tickets.QUEUE) as connection:
        assert connection.execute("SELECT count(*) FROM tickets").fetchone() == (2,), (
            "tickets of the dead are gone"
        )
    (tmp_path / tickets.QUEUE).unlink()
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"{tickets.QUEUE}{suffix}").unlink(missing_ok=True)
    assert tickets.wait_for_turn(folders[1], lambda: False, lambda _: pytest.fail("nobody is before it"))
    late = tmp_path / "late"
    late.mkdir()
    locks["late"] = take_lock(late)
    assert not tickets.wait_for_turn(late, lambda: len(slept) > 2, slept.append)
    assert tickets.queue(tmp_path) == ("a", "late"), "a run that nobody put in the line takes a ticket"
    for lock in locks.values():
        os.close(lock)


@pytest.mark.parametrize(
    "error, sentence",
    [
        (OSError(errno.ENOSPC, "No space left on device"), FULL),
        (OSError(errno.EROFS, "Read-only file system"), READ_ONLY),
        (OSError(errno.EIO, "Input/output error"), BROKEN),
        (
            SafetensorError(
                "Error while serializing: Os { code: 28, kind: StorageFull, message: 'No space left on "
                "device' }"
            ),
            FULL,
        ),
        (
            SafetensorError("Error while serializing: I/O error: Read-only file system (os error 30)"),
            READ_ONLY,
        ),
        (RuntimeError("PytorchStreamWriter failed writing file data/0: No space left on device"), FULL),
        (sqlite3.OperationalError("database or disk is full"), FULL),
        (sqlite3.OperationalError("attempt to write a readonly database"), READ_ONLY),
        (sqlite3.OperationalError("disk I/O error"), BROKEN),
        (sqlite3.OperationalError("no such table: history"), None),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), None),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied (1x28 and 3x4)"), None),
    ],
)
def test_a_disk_that_takes_no_more_is_one_sentence_whoever_meets_it(tmp_path, error, sentence):
    assert disk_problem(error) == sentence
    expected = InputError if sentence else type(error)
    with pytest.raises(expected), noting_the_end(RunRecords(tmp_path)):
        raise error
    status = RunRecords(tmp_path).status()
    assert status["state"] == "failed" and status["reason"] == (
        sentence or f"{type(error).__name__}: {error}"
    )


def test_a_run_that_is_interrupted_is_stopped_and_one_that_ends_well_notes_nothing(tmp_path):
    with noting_the_end(RunRecords(tmp_path)):
        pass
    assert RunRecords(tmp_path).status() == {}
    with pytest.raises(KeyboardInterrupt), noting_the_end(RunRecords(tmp_path)):
        raise KeyboardInterrupt
    assert RunRecords(tmp_path).status()["state"] == "stopped"


def test_what_cannot_be_noted_hides_nothing(tmp_path):
    """On a disk that takes not even the status, the first error is the one that is raised."""
    with pytest.raises(ValueError, match="the first"), noting_the_end(RunRecords(tmp_path / "missing")):
        raise ValueError("the first")


def test_a_lock_cannot_be_made_where_nothing_can(tmp_path):
    with pytest.raises(InputError, match="cannot be used"):
        take_lock(tmp_path / "missing")
    assert not (tmp_path / "missing").exists() and not (tmp_path / LOCK).exists()
