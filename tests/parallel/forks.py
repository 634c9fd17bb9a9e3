"""Several processes of a team without starting Python and torch for each: forks of this one, whose answers
come back through pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any

from explorer.parallel.ranks import Rank
from explorer.parallel.team import Team, joined

DEADLINE = 120.0  # seconds: whoever hangs is killed, and the test fails


def together(n: int, work: Callable[[Team], Any], timeout: float = 30.0) -> list[Any]:
    """What `work` gives in each of `n` processes, as JSON keeps it; an exception as [its type, its message],
    None for a killed one.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    children = [_fork(Rank(number, n, number), work, timeout, port) for number in range(n)]
    answers, deadline = [], time.monotonic() + DEADLINE
    try:
        for child, pipe in children:
            while os.waitpid(child, os.WNOHANG) == (0, 0):
                assert time.monotonic() < deadline, "a process hangs"
                time.sleep(0.01)
            with open(pipe, closefd=False) as file:
                answers.append(json.loads(file.read() or "null"))
    finally:
        for child, pipe in children:
            os.close(pipe)
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
    return answers


def _fork(rank: Rank, work: Callable[[Team], Any], timeout: float, port: int) -> tuple[int, int]:
    """The number of the child, and the end of the pipe that its answer can be read from; answers are small
    enough for a pipe's buffer.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "GLOO_SOCKET_IFNAME": "lo"}
        try:
            with joined(rank, timeout) as team:
                answer = work(team)
        except Exception as error:
            answer = [type(error).__name__, str(error)]
        os.write(writing, json.dumps(answer).encode())
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)
