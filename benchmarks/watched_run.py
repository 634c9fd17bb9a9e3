"""What recording and watching cost a run: time per step bare, recorded, and recorded with a page watching.

The three take turns, a few steps each, on one model in one process. Recorded: the row of every tenth step,
synced to the disk. Watched: another process asks twice a second, as a page does, for the status and for every
row, sample and attention map that is new. Seconds of the clock hold the waiting for the disk and for whoever
else uses the machine; seconds of the processor hold neither.

    python benchmarks/watched_run.py [--rounds 20] [--steps 40]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from explorer.config.presets import PRESETS  # noqa: E402
from explorer.training.memory import prepare_memory  # noqa: E402
from explorer.training.runs.callbacks import Recorder  # noqa: E402
from explorer.training.runs.process import holding  # noqa: E402
from explorer.training.runs.request import write_request  # noqa: E402
from explorer.training.runs.run import snapshot_pairs, start_run  # noqa: E402

PAGE = """
import sys, time
from pathlib import Path
from explorer.training.runs.launch import run_status
from explorer.training.runs.records import RunRecords
folder, step = Path(sys.argv[1]), -1
records = RunRecords(folder)
while True:
    run_status(folder)
    rows, _, _ = records.history(step), records.samples(step), records.attention(step)
    step = rows[-1].step if rows else step
    time.sleep(0.5)
"""


class StopAfter:
    """Ends `trainer.run` after some steps, without a validation."""

    def __init__(self, steps: int):
        self.left = steps

    def on_step(self, trainer, row) -> None:
        self.left -= 1
        if not self.left:
            trainer.stop_reason = "enough"

    def on_validation(self, trainer, row) -> None:
        """There is none."""


def measure(preset: str, rounds: int, steps: int) -> dict:
    """Medians over the rounds of the milliseconds of a step, and of their ratios to a bare one."""
    config = PRESETS[preset].config
    training = dataclasses.replace(config.training, max_steps=10**9, validate_every=10**9, device="cpu")
    config = dataclasses.replace(config, training=training)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "run"
        run = start_run(config, folder)
        write_request(folder, config, None)
        with holding(folder):
            run.folder.records.set_status(state="running", phase="training", started_at=str(time.time()))
            recorder = Recorder(run.folder, run.checkpoint, snapshot_pairs(run.corpus, 2))
            page = subprocess.Popen(
                [sys.executable, "-c", PAGE, folder], env=os.environ | {"PYTHONPATH": str(ROOT)}
            )
            try:
                with run.folder.records.kept_open():
                    return _in_turns(run.trainer, recorder, page, rounds, steps)
            finally:
                page.kill()
                page.wait()


def _in_turns(trainer, recorder: Recorder, page: subprocess.Popen, rounds: int, steps: int) -> dict:
    arms = {"bare": [], "recorded": [recorder], "watched": [recorder]}

    def one(arm: str) -> tuple[float, float]:
        page.send_signal(signal.SIGCONT if arm == "watched" else signal.SIGSTOP)
        trainer.stop_reason = None
        before = time.perf_counter(), time.process_time()
        trainer.run([*arms[arm], StopAfter(steps)])
        return tuple(
            1000 * (now - then) / steps
            for now, then in zip((time.perf_counter(), time.process_time()), before, strict=True)
        )

    one("watched"), one("recorded")  # warm up
    begun, spent = time.perf_counter(), _processor_seconds(page.pid)
    found = [{arm: one(arm) for arm in arms} for _ in range(rounds)]
    watched_for = sum(turn["watched"][0] for turn in found) * steps / 1000
    result = {
        "seconds of the page's processor per second": round(
            (_processor_seconds(page.pid) - spent) / watched_for, 4
        )
    }
    for number, name in enumerate(("clock", "processor")):
        times = {arm: statistics.median(turn[arm][number] for turn in found) for arm in arms}
        ratios = {
            arm: statistics.median(turn[arm][number] / turn["bare"][number] for turn in found) for arm in arms
        }
        result[name] = {arm: {"ms": round(times[arm], 3), "to bare": round(ratios[arm], 3)} for arm in arms}
    return result | {"seconds": round(time.perf_counter() - begun)}


def _processor_seconds(number: int) -> float:
    fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--steps", type=int, default=40, help="of a turn")
    parser.add_argument("--preset", default="two-minutes", choices=PRESETS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    prepare_memory()
    result = {
        "load before": os.getloadavg(),
        options.preset: measure(options.preset, options.rounds, options.steps),
    }
    print(json.dumps(result | {"load after": os.getloadavg()}, indent=1))


if __name__ == "__main__":
    main()
