"""Start several processes of one command, end them together, and begin again when one is lost.

A process that is killed leaves the others in the middle of a sum that never comes. They are given a moment to
say so, then all are ended and the whole is started again, from what is on the disk: nothing has to be
repaired inside. Free of torch.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.errors import LOST, InputError
from explorer.parallel.ranks import WATCHED

RELAUNCHES = 3  # in a row without any progress
GRACE = 5.0  # seconds for the others to end by themselves when one has
POLL_SECONDS = 0.05
PROJECT = Path(__file__).resolve().parents[2]
LOOPBACK = Path("/sys/class/net/lo")


def run_together(
    n: int,
    arguments: Callable[[], Sequence[str]],
    progress: Callable[[], int] = lambda: 0,
    stop_asked: Callable[[], bool] = lambda: False,
    say: Callable[[str], None] = lambda message: None,
    inherited: Sequence[int] = (),
) -> int:
    """Run `python -m explorer …` as `n` processes of this machine until all have ended well, or one has
    refused to work; its exit code.

    arguments: of the command, asked again before each start;  progress: how far the work is on the disk;
    stop_asked: when it says so, all are asked to stop by SIGTERM and are not started again;  inherited: file
    descriptors that the first of them holds too.
    Raises InputError when processes were lost RELAUNCHES + 1 times in a row without progress.
    """
    if n < 1:
        raise InputError(f"--processes {n} leaves nobody to do the work: give at least 1.")
    reached, lost_in_a_row = progress(), 0
    while True:
        codes, first = _once(n, list(arguments()), stop_asked, inherited)
        refused = next((code for code in codes if code in (2, 130)), None)
        if refused is not None or stop_asked() or not any(codes):
            return refused or 0
        now = progress()
        lost_in_a_row = 1 if now > reached else lost_in_a_row + 1
        reached = max(reached, now)
        what = _describe(first, codes)
        if lost_in_a_row > RELAUNCHES:
            raise InputError(
                f"{what}, {lost_in_a_row} times in a row without progress: what was printed before says why."
            )
        say(f"{what}: starting all {n} again")


def _once(
    n: int, arguments: list[str], stop_asked: Callable[[], bool], inherited: Sequence[int]
) -> tuple[list[int], int]:
    """Start all and wait for all; the exit codes, and the number of the one that was the first to fail. None
    is left after it.
    """
    watched, held = (
        os.pipe()
    )  # `held` is closed by the end of this process, whatever ends it: then they end too
    shared = _environment(n) | {WATCHED: str(watched)}
    children: list[subprocess.Popen] = []
    try:
        for number in range(n):
            env = os.environ | shared | {"RANK": str(number), "LOCAL_RANK": str(number)}
            pass_fds = (watched, *inherited) if number == 0 else (watched,)
            command = [sys.executable, "-m", "explorer", *arguments]
            children.append(subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, pass_fds=pass_fds))
        told, first, deadline = False, None, math.inf
        while time.monotonic() < deadline and any(child.poll() is None for child in children):
            if stop_asked() and not told:
                told = True
                for child in children:
                    child.send_signal(signal.SIGTERM)
            time.sleep(POLL_SECONDS)
            if first is None and (first := _lost(children)) is not None:
                deadline = time.monotonic() + GRACE
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            child.wait()
        os.close(watched)
        os.close(held)
    return [child.returncode for child in children], first or 0


def _lost(children: Sequence[subprocess.Popen]) -> int | None:
    """The number of a process that has failed, rather of one that did not only miss another; None while there
    is none.
    """
    failed = [number for number, child in enumerate(children) if child.poll() not in (None, 0)]
    return next(
        (number for number in failed if children[number].returncode != LOST), failed[0] if failed else None
    )


def _environment(n: int) -> dict[str, str]:
    """What torchrun would set, for processes of this machine alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python_path = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
    n_threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, (os.cpu_count() or 1) // n))
    variables = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(n),
        "PYTHONPATH": python_path,
        "OMP_NUM_THREADS": n_threads,
    }
    if LOOPBACK.exists():  # else gloo looks its own name up, which is slow or fails without a network
        variables["GLOO_SOCKET_IFNAME"] = LOOPBACK.name
    return variables


def _describe(number: int, codes: Sequence[int]) -> str:
    """How the process of that number was lost, in words."""
    code = codes[number]
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"Process {number} of {len(codes)} {how}"
