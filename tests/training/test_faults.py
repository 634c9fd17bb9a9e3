"""A save with an error at every one of its steps, one after the other, and with the power cut between any
two: nothing is lost.

The steps are found by counting: every call that touches the disk is wrapped, and the n-th one fails, for n
from 1 until none is left.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from explorer.checkpoints.catalogue import read_card
from explorer.checkpoints.folder import load_checkpoint, save_checkpoint
from explorer.errors import InputError
from explorer.results import HistoryRow
from explorer.training.runs import process, store
from explorer.training.runs.launch import launch, run_status
from explorer.training.runs.records import RunRecords
from explorer.training.runs.run import carry_out, resume_run, start_run
from explorer.training.runs.store import RunFolder
from tests.conftest import make_tiny_checkpoint
from tests.training.conftest import TINY
from tests.training.test_trainer import same, trainer

ERRORS = {
    "full": lambda: OSError(errno.ENOSPC, "No space left on device"),
    "read-only": lambda: OSError(errno.EROFS, "Read-only file system"),
    "broken": lambda: OSError(errno.EIO, "Input/output error"),
    "torch": lambda: RuntimeError("PytorchStreamWriter failed writing file data/0: No space left on device"),
    "safetensors": lambda: SafetensorError(
        "Error while serializing: I/O error: No space left on device (os error 28)"
    ),
}
# every way in which the code under test reaches the disk; opening to write and writing are two
CALLS = [(os, name) for name in ("open", "fsync", "replace", "rename", "unlink", "mkdir")]


class Faults:
    """Counts what touches the disk and lets the n-th such call fail; a write leaves half of its bytes
    behind.
    """

    def __init__(self, monkeypatch, fail_at, error):
        self.calls, self.fail_at, self.error = [], fail_at, error
        for module, name in CALLS:
            monkeypatch.setattr(module, name, self.wrapped(name, getattr(module, name)))
        opening = self.opening(builtins.open)
        monkeypatch.setattr(builtins, "open", opening)
        monkeypatch.setattr(io, "open", opening)  # as pathlib has it
        monkeypatch.setattr(store, "save_file", self.saving(store.save_file))

    def step(self, name):
        self.calls.append(name)
        if len(self.calls) == self.fail_at:
            raise self.error()

    def wrapped(self, name, call):
        def function(*args, **options):
            self.step(name)
            return call(*args, **options)

        return function

    def opening(self, call):
        def function(path, mode="r", *args, **options):
            if not set(mode) & set("wxa"):
                return call(path, mode, *args, **options)
            self.step("open to write")
            file = call(path, mode, *args, **options)
            write = file.write

            def half(data):
                try:
                    self.step("write")
                except Exception:
                    write(data[: len(data) // 2])
                    file.flush()
                    raise
                return write(data)

            try:
                file.write = half
            except AttributeError:  # a binary file's methods cannot be replaced
                return Writer(file, half)
            return file

        return function

    def saving(self, call):
        def function(tensors, path, metadata):
            self.step("save_file")
            call(tensors, path, metadata)
            try:
                self.step("save_file, half done")
            except Exception:
                os.truncate(path, path.stat().st_size // 2)
                raise

        return function


class Writer:
    """A binary file whose `write` is another one."""

    def __init__(self, file, write):
        self.file, self.write = file, write

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)


def saved_at(step, folder):
    """A trainer at `step`, saved; the steps of the states are 3, 5 and 7."""
    learner = trainer(max_steps=step)
    learner.run()
    folder.save_state(learner, {"w": torch.full((2,), float(step))})
    return learner


@pytest.fixture(scope="module")
def learners():
    """Trainers at the steps 3, 5 and 7."""
    found = {}
    for step in (3, 5, 7):
        found[step] = trainer(max_steps=step)
        found[step].run()
    return found


def save(folder, learners, step):
    folder.save_state(learners[step], {"w": torch.full((2,), float(step))})


def assert_whole(path, learners, *steps):
    """The state in `path` is whole, one of `steps`, with the weights to keep of that moment."""
    resumed = trainer()
    assert RunFolder(path).load_state(resumed)
    step = resumed.progress.step
    assert (
        step in steps
        and same(resumed, learners[step])
        and RunFolder(path).load_best()["w"].tolist() == [float(step)] * 2
    )
    return step


@pytest.mark.process
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_at_every_step_of_a_save_loses_nothing(tmp_path, monkeypatch, learners, name):
    other = tmp_path / "notes.txt"
    n_steps, seen = 0, set()
    while True:
        n_steps += 1
        path = tmp_path / str(n_steps)
        path.mkdir()
        save(RunFolder(path), learners, 3)
        other.write_text("mine")
        with monkeypatch.context() as patch:
            faults = Faults(patch, n_steps, ERRORS[name])
            try:
                save(RunFolder(path), learners, 5)
                failed = False
            except (OSError, RuntimeError, SafetensorError):
                failed = True
        if len(faults.calls) < n_steps:
            assert not failed
            break
        seen.add(faults.calls[n_steps - 1])
        left = [p.name for p in path.iterdir() if p.name.endswith(".part")]
        assert not left or faults.calls[n_steps - 1] == "unlink", "what is half written takes no space"
        assert_whole(path, learners, 3, 5)
        save(RunFolder(path), learners, 7)
        assert assert_whole(path, learners, 7) == 7 and other.read_text() == "mine"
        shutil.rmtree(path)
    assert seen == {
        "open to write",
        "write",
        "fsync",
        "replace",
        "open",
        "save_file",
        "save_file, half done",
    } | (seen & {"unlink"})
    assert n_steps > 12, faults.calls


class PowerCut:
    """What a disk holds after a power cut at any moment: of each file what was synced, of each folder the
    names that were.

    Before every sync, rename and removal two images are taken: of the names that are safe, and of the names
    as they are, since a file system may have written those of its own accord.
    """

    def __init__(self, monkeypatch, folder, images):
        self.folder, self.images, self.contents, self.names = folder, images, {}, {}
        for path in folder.iterdir():
            self.contents[path.stat().st_ino] = path.read_bytes()
        self.names = self.current()
        for name in ("fsync", "replace", "unlink"):
            monkeypatch.setattr(os, name, self.watched(name, getattr(os, name)))

    def current(self):
        return {path.name: path.stat().st_ino for path in self.folder.iterdir()}

    def watched(self, name, call):
        def function(target, *args, **options):
            self.take()
            result = call(target, *args, **options)
            if name == "fsync":
                path = Path(os.readlink(f"/proc/self/fd/{target}"))
                if path == self.folder:
                    self.names = self.current()
                elif path.parent == self.folder:
                    self.contents[path.stat().st_ino] = path.read_bytes()
            return result

        return function

    def take(self):
        for names in (self.names, self.current()):
            self.images.append({name: self.contents.get(inode, b"") for name, inode in names.items()})


@pytest.mark.process
def test_a_power_cut_at_any_moment_of_a_save_leaves_a_whole_state(tmp_path, monkeypatch, learners):
    path, images = tmp_path / "run", []
    path.mkdir()
    save(RunFolder(path), learners, 3)
    with monkeypatch.context() as patch:
        cut = PowerCut(patch, path, images)
        save(RunFolder(path), learners, 5)
        first = len(images)
        save(RunFolder(path), learners, 7)
        cut.take()
    assert len(images) > 20 and len({tuple(sorted(image)) for image in images}) > 5
    for number, image in enumerate(images):
        after = tmp_path / f"image-{number}"
        after.mkdir()
        for name, content in image.items():
            (after / name).write_bytes(content)
        assert_whole(after, learners, *((3, 5) if number < first else (5, 7)))
        save(RunFolder(after), learners, 7)
        assert_whole(after, learners, 7)
        shutil.rmtree(after)


@pytest.mark.process
@pytest.mark.parametrize("is_new", [True, False])
def test_an_error_at_every_step_of_publishing_leaves_the_old_checkpoint_or_the_new_one(
    tmp_path, monkeypatch, is_new
):
    checkpoint = make_tiny_checkpoint()
    n_steps = 0
    while True:
        n_steps += 1
        path = tmp_path / str(n_steps) / "checkpoint"
        if not is_new:
            save_checkpoint(path, checkpoint, card="old")
        with monkeypatch.context() as patch:
            faults = Faults(patch, n_steps, ERRORS["full"])
            try:
                save_checkpoint(path, checkpoint, card="new")
                failed = False
            except OSError:
                failed = True
        if len(faults.calls) < n_steps:
            break
        if is_new and failed and not path.exists():
            assert not [p for p in path.parent.glob(".checkpoint.*")] if path.parent.exists() else True
        else:
            load_checkpoint(path)
            assert read_card(path) in ("old", "new")
        save_checkpoint(path, checkpoint, card="next")
        load_checkpoint(path)
        assert read_card(path) == "next" and [p.name for p in path.parent.iterdir()] == ["checkpoint"]
    assert n_steps > 25


def test_a_power_cut_between_the_renames_of_publishing_is_made_good(tmp_path):
    checkpoint, path = make_tiny_checkpoint(), tmp_path / "checkpoint"
    save_checkpoint(path, checkpoint, card="old")
    path.rename(tmp_path / ".checkpoint.old")
    with pytest.raises(InputError):
        load_checkpoint(path)
    save_checkpoint(path, checkpoint, card="new")
    assert read_card(path) == "new" and [p.name for p in tmp_path.iterdir()] == ["checkpoint"]


def test_a_row_that_does_not_fit_on_the_disk_takes_nothing_with_it(tmp_path, monkeypatch):
    """SQLite itself meets a limit, in the middle of a transaction of many pages."""
    records = RunRecords(tmp_path)
    records.add_history(HistoryRow(1, 0.0, {"loss": 1.0}), [b"a" * 100])
    connect = sqlite3.connect

    def small(*args, **options):
        connection = connect(*args, **options)
        connection.execute("PRAGMA max_page_count = 12")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", small)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            records.add_history(HistoryRow(2, 0.0, {"loss": 0.5}), [b"b" * 100_000])
    assert [row.step for row in records.history()] == [1] and records.snapshots() == [(1, 0, b"a" * 100)]
    records.add_history(HistoryRow(2, 0.0, {"loss": 0.5}), [b"b"])
    assert [row.step for row in records.history()] == [1, 2]


@pytest.mark.parametrize(
    "name, sentence",
    [("full", "The disk is full"), ("read-only", "read-only"), ("torch", "The disk is full")],
)
def test_a_run_whose_disk_takes_no_more_fails_with_one_sentence_and_goes_on_later(
    tmp_path, monkeypatch, name, sentence
):
    folder = tmp_path / "run"
    run = start_run(TINY, folder)
    with monkeypatch.context() as patch:
        n_saves = 0

        def fail_at_the_second(tensors, path, metadata):
            nonlocal n_saves
            n_saves += 1
            if n_saves > 2:  # the first validation saves two files
                raise ERRORS[name]()
            return save_file(tensors, path, metadata)

        save_file = store.save_file
        patch.setattr(store, "save_file", fail_at_the_second)
        with pytest.raises(InputError, match=sentence), process.noting_the_end(run.folder.records):
            carry_out(run, show_progress=False)
    status = run_status(folder)
    assert status.state == "failed" and sentence in status.reason and "Traceback" not in status.reason
    resumed = resume_run(folder)
    assert resumed.trainer.progress.step == 10
    path = carry_out(resumed, show_progress=False)
    assert (
        load_checkpoint(path).sha256
        == load_checkpoint(carry_out(start_run(TINY, tmp_path / "whole"), show_progress=False)).sha256
    )


LIMITED = """
import resource, sys
from explorer.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
sys.exit(main(["train", "--resume", sys.argv[1]]))
"""


@pytest.mark.process
def test_a_file_that_the_system_does_not_let_grow_is_a_full_disk(tmp_path):
    """A real limit, met by safetensors and not by a stand-in: no file may have more than 100,000 bytes."""
    import dataclasses

    from explorer.training.runs.request import create_run_folder, write_request

    model = dataclasses.replace(TINY.model, d_model=32, d_ff=64)
    create_run_folder(tmp_path / "run")
    write_request(tmp_path / "run", dataclasses.replace(TINY, model=model), None)
    command = [sys.executable, "-c", LIMITED, tmp_path / "run", "100000"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=300)
    assert done.returncode == 2 and done.stderr.rstrip().endswith(
        "error: The disk is full: free some space, then continue."
    ), done.stderr
    assert "Traceback" not in done.stderr and run_status(tmp_path / "run").state == "failed"
    assert (
        not list((tmp_path / "run").glob("*.part")) and RunRecords(tmp_path / "run").history()[-1].step == 10
    )


def test_a_run_cannot_be_started_where_nothing_can_be_written(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match="cannot become the folder of a run .Read-only file system"):
        launch(TINY, tmp_path / "runs")
