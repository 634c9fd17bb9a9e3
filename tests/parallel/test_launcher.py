"""Does a run of several processes survive the loss of any of them? With real processes, killed as they
work.
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

from explorer.errors import LOST, InputError
from explorer.parallel import launcher
from explorer.parallel.launcher import run_together
from explorer.training.runs.launch import run_status
from explorer.training.runs.process import LOCK, is_alive
from explorer.training.runs.request import write_request
from explorer.training.runs.run import carry_out, resume_run
from tests.parallel.forks import together
from tests.source_files import ROOT
from tests.training.conftest import TINY
from tests.training.kill_harness import outcome, same

CONFIG = dataclasses.replace(
    TINY,
    model=dataclasses.replace(TINY.model, dropout=0.2),
    training=dataclasses.replace(
        TINY.training, max_steps=240, validate_every=30, bleu_sentences=4, snapshot_sentences=1
    ),
)
PATIENCE = 120.0  # seconds, on a busy machine


def wait_for(condition, what: str):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} in {PATIENCE:.0f} s"
        time.sleep(0.01)
    return found


def states(folder: Path) -> set[Path]:
    return set(folder.glob("state-*.safetensors"))


def members(parent: int) -> dict[str, int]:
    """The numbers of the launcher's processes, by rank."""
    found = {}
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        variables = dict(
            entry.partition("=")[::2] for entry in Path(f"/proc/{child}/environ").read_text().split("\0")
        )
        found[variables["RANK"]] = int(child)
    return found


def gone(number: int) -> bool:
    return not Path(f"/proc/{number}").exists()


def test_a_run_whose_processes_are_killed_ends_like_one_that_was_left_alone(tmp_path):
    """A member killed, then the run stopped by SIGTERM, then gone on with: every weight and row, bit by
    bit.
    """
    folder, alone = tmp_path / "killed", tmp_path / "alone"
    for path in (folder, alone):
        path.mkdir()
        write_request(path, CONFIG, None)
    command = [sys.executable, "-m", "explorer", "train", "--resume", folder, "--processes", "2", "--json"]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: states(folder), "a saved state")
    one = members(started.pid)
    assert list(one) == ["0", "1"]
    os.kill(one["1"], signal.SIGKILL)
    wait_for(lambda: gone(one["0"]), "the process that was left to end")
    before = states(folder)
    wait_for(lambda: states(folder) - before, "another state")
    other = members(started.pid)
    assert list(other) == ["0", "1"] and not set(other.values()) & set(one.values())
    assert run_status(folder).state == "running" and is_alive(folder)
    started.terminate()
    out, errors = started.communicate(timeout=PATIENCE)
    assert "Process 1 of 2 was killed by SIGKILL: starting all 2 again" in errors
    assert started.returncode == 0 and '"reason": "stopped on request"' in out, errors
    assert all(map(gone, other.values())) and not is_alive(folder)
    status = run_status(folder)
    assert (
        status.state == "stopped"
        and 0 < status.step < CONFIG.training.max_steps
        and status.device.endswith(", 2 processes")
    )

    import torch._dynamo  # loaded by the first optimizer: once here, and not in every fork

    assert torch._dynamo

    def to_the_end(path):
        def work(team):
            run = team.leader_first(lambda: resume_run(path, team=team), lambda: resume_run(path, team=team))
            carry_out(run, show_progress=False)

        return work

    for path in (folder, alone):
        assert together(2, to_the_end(path)) == [None, None]
    found, expected = outcome(folder), outcome(alone)
    for rows in (found["rows"], expected["rows"]):
        for *_, values in rows:  # means over the steps since the row before, which a stop cuts short
            del values["loss"], values["accuracy"]
    assert same(found, expected)
    assert found["rows"][-1][0] == CONFIG.training.max_steps and run_status(folder).state == "finished"


def script(monkeypatch, tmp_path, text: str) -> None:
    """Have the launcher start `text` instead of the project's command line."""
    (tmp_path / "explorer").mkdir()
    (tmp_path / "explorer" / "__init__.py").touch()
    (tmp_path / "explorer" / "__main__.py").write_text(f"import os, signal, sys, time\n{text}\n")
    monkeypatch.setattr(launcher, "PROJECT", tmp_path)
    monkeypatch.chdir(tmp_path)


def test_the_processes_end_with_their_launcher(monkeypatch, tmp_path):
    """Also with one that was killed and could tell nobody."""
    project = f"sys.path.insert(0, {str(ROOT)!r}); del sys.modules['explorer']\n"
    watch = "from explorer.parallel.ranks import end_with_the_launcher\nassert end_with_the_launcher()\n"
    script(monkeypatch, tmp_path, f"{project}{watch}open(os.environ['RANK'], 'w').close()\ntime.sleep(600)")
    imports = "import os, sys\nfrom pathlib import Path\nfrom explorer.parallel import launcher\n"
    start = (
        "os.chdir(sys.argv[1])\nlauncher.PROJECT = Path(sys.argv[1])\nlauncher.run_together(2, lambda: [])"
    )
    started = subprocess.Popen([sys.executable, "-c", imports + start, tmp_path], cwd=ROOT)
    wait_for(lambda: (tmp_path / "0").exists() and (tmp_path / "1").exists(), "both processes")
    found = members(started.pid)
    assert list(found) == ["0", "1"]
    started.kill()
    started.wait()
    wait_for(lambda: all(map(gone, found.values())), "the processes to end")


def test_who_refuses_to_work_is_not_asked_again(monkeypatch, tmp_path):
    script(monkeypatch, tmp_path, "if os.environ['RANK'] == '1': sys.exit(2)\ntime.sleep(60)")
    monkeypatch.setattr(launcher, "GRACE", 0.1)
    said = []
    assert run_together(3, lambda: [], say=said.append) == 2 and said == []


def test_a_process_that_is_lost_every_time_ends_the_job_unless_it_gets_on(monkeypatch, tmp_path):
    script(monkeypatch, tmp_path, "if os.environ['RANK'] == '0': os.kill(os.getpid(), signal.SIGABRT)")
    said = []
    with pytest.raises(
        InputError, match="Process 0 of 2 was killed by SIGABRT, 4 times in a row without progress"
    ):
        run_together(2, lambda: [], say=said.append)
    assert len(said) == launcher.RELAUNCHES
    steps, asked = iter(range(100)), []
    assert run_together(2, lambda: asked.append(1) or [], lambda: next(steps), lambda: len(asked) > 6) == 0
    assert len(asked) == 7


def test_whoever_was_killed_is_named_and_not_who_missed_it(monkeypatch, tmp_path):
    """Also when both have ended by the time that the launcher looks."""
    script(
        monkeypatch,
        tmp_path,
        f"sys.exit({LOST}) if os.environ['RANK'] == '0' else os.kill(os.getpid(), signal.SIGKILL)",
    )
    monkeypatch.setattr(launcher, "POLL_SECONDS", 1.0)
    monkeypatch.setattr(launcher, "RELAUNCHES", 0)
    with pytest.raises(InputError, match="Process 1 of 2 was killed by SIGKILL, 1 times"):
        run_together(2, lambda: [])


def test_each_process_knows_its_place(monkeypatch, tmp_path):
    script(
        monkeypatch,
        tmp_path,
        "open(os.environ['RANK'], 'w').write(os.environ['WORLD_SIZE'] + os.environ['LOCAL_RANK'] + "
        "sys.argv[1])",
    )
    assert run_together(3, lambda: ["x"]) == 0
    assert [(tmp_path / str(number)).read_text() for number in range(3)] == ["30x", "31x", "32x"]
    with pytest.raises(InputError, match="--processes 0 leaves nobody"):
        run_together(0, lambda: [])


@pytest.mark.parametrize("queue", [[], ["--queue"]])
def test_a_run_that_its_processes_refuse_leaves_its_folder_free(command, monkeypatch, tmp_path, queue):
    """As with one process: only a run that waited in line stays in the list, with what is wrong with it."""
    started = []
    monkeypatch.setattr(
        "explorer.parallel.launcher.run_together",
        lambda n, arguments, *_, **__: started.append((n, arguments())) or 2,
    )
    monkeypatch.setattr(os, "nice", lambda _: None)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    outcome = command(
        "train", "--corpus.kind", "task", "--out", tmp_path / "run", "--processes", 3, "--timeout", 50, *queue
    )
    assert outcome.code == 2 and not is_alive(tmp_path / "run")
    assert started == [(3, ["train", "--resume", str(tmp_path / "run"), "--timeout", "50.0"])]
    if queue:
        assert run_status(tmp_path / "run").state == "failed"
    else:
        assert [path.name for path in (tmp_path / "run").iterdir()] == [LOCK]


@pytest.mark.parametrize("flag", [["--queue"], ["--processes", "2"]])
def test_under_torchrun_there_is_nothing_to_launch(command, monkeypatch, tmp_path, flag):
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "127.0.0.1")):
        monkeypatch.setenv(name, value)
    outcome = command("train", "--out", tmp_path / "run", *flag)
    assert (
        outcome.code == 2
        and "leave out --queue and --processes" in outcome.err
        and not (tmp_path / "run").exists()
    )
