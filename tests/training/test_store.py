"""A run folder after a kill, a damaged file or an interrupted write: the last whole state loads, and nothing
acknowledged is lost.
"""

import json
import os
import signal
import time

import pytest
import torch

from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.results import HistoryRow
from explorer.training.runs.request import create_run_folder, write_request
from explorer.training.runs.store import POINTER, RunFolder
from tests.training.test_trainer import same, trainer


def run_to(step, folder):
    learner = trainer(max_steps=step)
    learner.run()
    folder.save_state(learner, {"w": torch.full((2,), float(step))})
    return learner


def test_the_newest_state_loads_and_old_ones_go(tmp_path):
    folder = RunFolder(tmp_path)
    run_to(3, folder), run_to(5, folder)
    last = run_to(7, folder)
    kept = sorted(p.name.rpartition("-")[0] for p in tmp_path.glob("*.safetensors"))
    assert kept == ["best-000005", "best-000007", "state-000005", "state-000007"], (
        "each state has the weights to keep of its time"
    )
    resumed = trainer()
    assert folder.load_state(resumed) and resumed.progress.step == 7
    assert same(resumed, last)
    assert folder.load_best()["w"].tolist() == [7.0, 7.0]


@pytest.mark.parametrize("damaged", ["state-000005", "best-000005"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "delete"])
def test_a_damaged_newest_state_falls_back_to_the_one_before(tmp_path, damage, damaged):
    folder = RunFolder(tmp_path)
    before = run_to(3, folder)
    run_to(5, folder)
    (newest,) = tmp_path.glob(f"{damaged}-*.safetensors")
    data = bytearray(newest.read_bytes())
    if damage == "flip":
        data[-1] ^= 1
        newest.write_bytes(data)
    elif damage == "truncate":
        newest.write_bytes(data[:-10])
    else:
        newest.unlink()
    folder.records.add_history(HistoryRow(4, 0.1, {"loss": 1.0}))
    resumed = trainer()
    assert folder.load_state(resumed) and resumed.progress.step == 3
    assert same(resumed, before) and folder.load_best()["w"].tolist() == [3.0, 3.0]
    assert [row.step for row in folder.records.history()] == [4], (
        "what was acknowledged stays until the step comes again"
    )
    again = run_to(5, folder)
    assert folder.load_state(resumed) and same(resumed, again)


def test_a_pointer_from_before_the_weights_to_keep_were_noted_with_each_state_is_read(tmp_path):
    folder = RunFolder(tmp_path)
    before = run_to(3, folder)
    pointer = json.loads((tmp_path / POINTER).read_text())
    old = {"best": pointer["states"][0].pop("best"), **pointer}
    (tmp_path / POINTER).write_text(json.dumps(old))
    resumed = trainer()
    assert (
        folder.load_state(resumed)
        and same(resumed, before)
        and folder.load_best()["w"].tolist() == [3.0, 3.0]
    )


def test_damaged_weights_to_keep_are_never_taken_for_none(tmp_path):
    folder = RunFolder(tmp_path)
    run_to(3, folder)
    next(tmp_path.glob("best-*")).write_bytes(b"")
    with pytest.raises(InputError, match="best-000003-.* is damaged: resume the run"):
        folder.load_best()


def test_an_empty_folder_has_no_state(tmp_path):
    assert RunFolder(tmp_path).load_state(trainer()) is False
    assert RunFolder(tmp_path).load_best() is None


@pytest.mark.parametrize("broken_call", ["fsync", "replace"])
def test_an_error_in_the_middle_of_a_save_loses_nothing(tmp_path, monkeypatch, broken_call):
    folder = RunFolder(tmp_path)
    before = run_to(3, folder)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken_call, fail)
    with pytest.raises(OSError, match="No space left"):
        run_to(5, folder)
    monkeypatch.undo()
    resumed = trainer()
    assert folder.load_state(resumed) and same(resumed, before)


def test_a_second_run_does_not_overwrite_the_first(tmp_path):
    create_run_folder(tmp_path / "a")
    write_request(tmp_path / "a", RunConfig(), None)
    with pytest.raises(InputError, match="already holds a run"):
        create_run_folder(tmp_path / "a")


class Save:
    """Saves at every step, and tells the step when both have returned."""

    def __init__(self, folder: RunFolder, pipe: int):
        self.folder, self.pipe = folder, pipe

    def on_step(self, trainer, row):
        self.folder.records.add_history(row)
        self.folder.save_state(trainer, None)
        os.write(self.pipe, f"{row.step}\n".encode())

    def on_validation(self, trainer, row):
        pass


@pytest.mark.process
@pytest.mark.parametrize("delay", [0.0, 0.011, 0.023])
def test_sigkill_at_any_moment_leaves_a_whole_state(tmp_path, delay):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            trainer(max_steps=10**6).run([Save(RunFolder(tmp_path), writing)])
        finally:
            os._exit(1)
    os.close(writing)
    acknowledged = 0
    with open(reading) as pipe:
        while acknowledged < 6:
            acknowledged = int(pipe.readline())
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, pipe.read().split())])
    os.waitpid(child, 0)
    folder = RunFolder(tmp_path)
    history = [row.step for row in folder.records.history()]
    assert history[:acknowledged] == list(range(1, acknowledged + 1))
    resumed = trainer(max_steps=10**6)
    assert folder.load_state(resumed)
    assert resumed.progress.step >= acknowledged
    step = resumed.progress.step
    reference = trainer(max_steps=step)
    reference.run()
    torch.testing.assert_close(resumed.tensors(), reference.tensors(), atol=1e-4, rtol=1e-3)
    assert (tmp_path / POINTER).exists()
