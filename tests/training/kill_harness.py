"""Does a run that is killed again and again end as if nothing had happened? Kills at random moments, resumes,
and compares bit by bit.

    python tests/training/kill_harness.py [--kills 50] [--seed 0]

torch is imported once; every attempt is a fork of that process which runs `python -m explorer train --resume`
and is killed with SIGKILL after a random part of the time that an unkilled run takes, so that every moment is
hit: reading, training, each kind of write, publishing. What the run acknowledges (a row, a saved state) it
tells through a pipe after the call has returned. Held after every kill: acknowledged rows are there with
their numbers, and the run is seen as died. After the resume: it goes on at a step not before the last
acknowledged save. At the end: the weights, the whole state and the rows are those of the unkilled run.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a fork has one thread alone: torch must not have more
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from explorer.__main__ import main as command_line  # noqa: E402
from explorer.checkpoints.catalogue import read_role_curves  # noqa: E402
from explorer.checkpoints.role_snapshots import pack_roles  # noqa: E402
from explorer.results import HistoryRow  # noqa: E402
from explorer.training.runs.launch import run_status  # noqa: E402
from explorer.training.runs.records import RunRecords  # noqa: E402
from explorer.training.runs.request import create_run_folder, write_request  # noqa: E402
from explorer.training.runs.store import POINTER, RunFolder  # noqa: E402
from tests.training.conftest import TINY  # noqa: E402

CONFIG = dataclasses.replace(
    TINY,
    corpus=dataclasses.replace(
        TINY.corpus, n_train=120, n_valid=80, n_test=8
    ),  # 40 copies of 3 numbers are enough to ask a head about
    model=dataclasses.replace(
        TINY.model, dropout=0.2
    ),  # with dropout and free running every random state counts
    training=dataclasses.replace(
        TINY.training,
        max_steps=24,
        validate_every=4,
        also_validate_at=(1, 2),
        validate_sentences=20,
        bleu_sentences=4,
        snapshot_sentences=1,
        role_sentences=80,
        teacher_forcing=((2, 1.0), (99, 0.5)),
    ),
)
SPEED = "tokens_per_second"  # the one figure that depends on the clock


def attempt(folder: Path, kill_after: float | None) -> tuple[list[dict], bool]:
    """One process of the run in `folder`; what it acknowledged, and whether it was killed before its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(folder, writing)
    os.close(writing)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    with open(reading, encoding="utf-8") as pipe:
        told = [json.loads(line) for line in pipe.read().splitlines(keepends=True) if line.endswith("\n")]
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    if not killed and os.WEXITSTATUS(status):
        raise AssertionError(
            f"a process ended with {os.WEXITSTATUS(status)}:\n{(folder / 'log.txt').read_text()}"
        )
    return told, killed


def _live(folder: Path, pipe: int) -> None:
    """What the child does: the command, telling of every write that has returned. Never returns."""

    def tell(**event) -> None:
        os.write(pipe, (json.dumps(event) + "\n").encode())

    def telling(cls, name, event):
        method = getattr(cls, name)

        def wrapped(self, *args, **options):
            result = method(self, *args, **options)
            tell(**event(*args, **options))
            return result

        setattr(cls, name, wrapped)

    def written(row, snapshots=(), samples=(), roles=None, before=()):
        rows = (*(held_back for _, held_back in before), row)
        return {"rows": [[r.step, r.epoch, r.values] for r in rows], "roles": digest(roles)}

    telling(RunRecords, "add_history", written)
    telling(RunFolder, "save_state", lambda trainer, best: {"saved": trainer.progress.step})
    telling(RunFolder, "load_state", lambda trainer: {"resumed": trainer.progress.step})
    code = 1
    try:
        log = os.open(folder / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        code = command_line(["train", "--resume", str(folder), "--json"])
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def digest(roles: bytes | None) -> str | None:
    """What stands for the answers of heads, to be compared."""
    return None if roles is None else hashlib.sha256(roles).hexdigest()


def new_run(root: Path, name: str) -> Path:
    """A folder in which a run can begin."""
    create_run_folder(root / name)
    write_request(root / name, CONFIG, None)
    return root / name


def outcome(folder: Path) -> dict:
    """All that must not depend on kills: every tensor of the last state, the kept weights, the checkpoint's
    and the rows.
    """
    pointer = json.loads((folder / POINTER).read_text())["states"][0]
    state, best = (load_file(folder / name) for name in (pointer["file"], pointer["best"]["file"]))
    weights = load_file(folder / "checkpoint" / "model.safetensors")
    records, published = RunRecords(folder), read_role_curves(folder / "checkpoint")
    rows, roles = list(map(_timeless, records.history())), records.packed_roles()
    assert roles == [(snapshot.step, pack_roles(snapshot)) for snapshot in published] and roles, (
        "the checkpoint has what the run wrote"
    )
    kept = {"rows": rows, "roles": roles}
    return {"state": state, "best": best, "checkpoint": weights} | kept


def _timeless(row: HistoryRow) -> tuple:
    return row.step, row.epoch, {name: value for name, value in row.values.items() if name != SPEED}


def same(one: dict, other: dict) -> bool:
    """Whether two outcomes are equal, bit by bit."""
    parts = ("state", "best", "checkpoint")
    alike = all(
        one[p].keys() == other[p].keys() and all(torch.equal(one[p][k], other[p][k]) for k in one[p])
        for p in parts
    )
    return alike and all(one[part] == other[part] for part in ("rows", "roles"))


def kill_often(n_kills: int, seed: int) -> dict:
    """Runs killed until there were `n_kills` kills, each run to its end. Raises AssertionError at the first
    difference.
    """
    # a kill takes nothing that was written from the kernel: a disk in memory shows the same, without waiting
    # for the real one
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    root, rng, started = (
        Path(tempfile.mkdtemp(prefix="kills-", dir=memory)),
        random.Random(seed),
        time.perf_counter(),
    )
    try:
        with (
            open(os.devnull, "w") as nowhere,
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            command_line(
                ["train", "--resume", str(new_run(root, "first")), "--json"]
            )  # what is imported late is there for every fork
        durations = []
        for name in ("second", "unkilled"):
            begun = time.perf_counter()
            attempt(new_run(root, name), None)
            durations.append(time.perf_counter() - begun)
        seconds, expected = min(durations), outcome(root / "unkilled")
        kills, runs, resumed_at = 0, 0, []
        while kills < n_kills:
            runs += 1
            folder, rows, roles, saved = new_run(root, f"run-{runs}"), {}, {}, 0
            killed = True
            while killed:
                told, killed = attempt(folder, rng.uniform(0, seconds) if kills < n_kills else None)
                for event in told:
                    if "resumed" in event:
                        assert event["resumed"] >= saved, (
                            f"{folder}: resumed at {event['resumed']}, saved at {saved}"
                        )
                        resumed_at.append(event["resumed"])
                    saved = max(saved, event.get("saved", 0))
                    for row in event.get("rows", ()):
                        rows[row[0]] = _timeless(HistoryRow(*row))
                    if event.get("roles"):
                        roles[event["rows"][-1][0]] = event["roles"]
                answered = {step: digest(packed) for step, packed in RunRecords(folder).packed_roles()}
                assert roles.items() <= answered.items(), (
                    f"{folder}: acknowledged answers of heads are lost or changed"
                )
                found = {row.step: _timeless(row) for row in RunRecords(folder).history()}
                lost = {step for step, row in rows.items() if found.get(step) != row}
                assert not lost, f"{folder}: the acknowledged rows {sorted(lost)} are lost or changed"
                if killed:
                    kills += 1
                    state = run_status(folder).state
                    assert state == "died" or (state == "finished" and outcome(folder)), (
                        f"{folder} is {state} after a kill"
                    )
            assert run_status(folder).state == "finished" and same(outcome(folder), expected), (
                f"{folder} ended otherwise"
            )
            shutil.rmtree(folder)
        return {
            "kills": kills,
            "runs": runs,
            "resumed in the middle": sum(0 < step < CONFIG.training.max_steps for step in resumed_at),
            "seconds of an unkilled run": round(seconds, 2),
            "seconds": round(time.perf_counter() - started, 1),
            "differences": 0,
        }
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(root)


def main(default_kills: int = 50) -> None:
    """The command line of this file and of benchmarks/kill_runs.py."""
    parser = argparse.ArgumentParser(
        description="Kill runs at random moments and compare how they end with an unkilled run."
    )
    parser.add_argument("--kills", type=int, default=default_kills)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(json.dumps(kill_often(options.kills, options.seed)))


if __name__ == "__main__":
    main()
