"""Whether a run is alive: its process holds a lock on a file in the run's folder for as long as it lives.

The kernel frees the lock when the process ends, however it ends, and nobody else can: no number of a process
that another one has by now, no heartbeat that was late. Whoever can take the lock knows that the process is
gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from explorer.durable import disk_problem
from explorer.errors import InputError, LostProcess
from explorer.training.runs.records import RunRecords

LOCK = "alive.lock"  # holds the number of the process, for `stop`
# the environment variable by which `launch` hands the lock to the process that it starts
HANDED_DOWN = "EXPLORER_ALIVE_LOCK"
PATIENCE = 2.0  # seconds: whoever looks holds the lock too, for some microseconds


def is_alive(folder: Path) -> bool:
    """Whether a process holds the run in `folder`."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def process_id(folder: Path) -> int | None:
    """The number of the process that holds the run, None when nobody does."""
    try:
        text = (folder / LOCK).read_text()
    except OSError:
        return None
    return int(text) if text.strip().isdigit() and is_alive(folder) else None


def take_lock(folder: Path) -> int:
    """Hold the run in `folder`: a file descriptor that frees it when it is closed. Raises InputError when
    somebody else holds it.
    """
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be used ({error.strerror}): check its permissions and the free space."
        ) from error
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise InputError(
                    f"The run in {folder} is held by another process: wait for it, or stop it first."
                ) from None
            time.sleep(0.02)


def note_process(descriptor: int, number: int) -> None:
    """Write into a lock which process holds it."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{number}\n".encode(), 0)


@contextlib.contextmanager
def holding(folder: Path) -> Iterator[int]:
    """This process holds the run in `folder` inside the block, by the file descriptor that is given: that of
    the lock which `launch` took for it, where there is one."""
    descriptor = _handed_down(folder)
    if descriptor is None:
        descriptor = take_lock(folder)
    try:
        note_process(descriptor, os.getpid())
        yield descriptor
    finally:
        os.close(descriptor)


def _handed_down(folder: Path) -> int | None:
    text = os.environ.pop(HANDED_DOWN, "")
    if not text.isdigit():
        return None
    with contextlib.suppress(OSError):
        held, own = os.fstat(int(text)), os.stat(folder / LOCK)
        if (held.st_dev, held.st_ino) == (own.st_dev, own.st_ino):
            os.set_inheritable(int(text), False)
            return int(text)
    return None


@contextlib.contextmanager
def noting_the_end(records: RunRecords) -> Iterator[None]:
    """Whatever ends the block early is noted as the run's state: stopped for Ctrl-C, else failed with one
    sentence.

    A disk that is full or cannot be written is raised as the InputError that says so. A lost process is no
    fault of the run's: all are started again by whoever started them, and when nobody does that, the run is
    seen as died.
    """
    try:
        yield
    except KeyboardInterrupt:
        _note(records, "stopped", "stopped on request")
        raise
    except LostProcess:
        raise
    except InputError as error:
        _note(records, "failed", str(error))
        raise
    except Exception as error:
        problem = disk_problem(error)
        lines = str(error).strip().splitlines()
        _note(
            records,
            "failed",
            problem or f"{type(error).__name__}: {lines[-1] if lines else 'no more is known'}",
        )
        if problem:
            raise InputError(problem) from error
        raise


def _note(records: RunRecords, state: str, reason: str) -> None:
    with contextlib.suppress(
        sqlite3.Error, OSError
    ):  # nothing can be written any more: the run will be seen as died
        records.set_status(state=state, reason=reason, phase="")
