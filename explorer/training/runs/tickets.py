"""The queue for the machine: runs in one folder take their turns in the order in which they asked.

`queue.db` holds a ticket per run that waits or trains. A ticket counts as long as the run's process is alive
(see `process`): one that has ended or was killed blocks nobody, and nobody has to hand a ticket back. A run
takes its ticket while it holds its lock.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from explorer.training.runs.process import is_alive

QUEUE = "queue.db"
POLL_SECONDS = 0.5


def take_ticket(folder: Path) -> None:
    """Put the run in `folder` at the end of the queue of the folder around it."""
    with _opened(folder.parent) as connection:
        gone = [
            name for name in _names(connection) if name == folder.name or not is_alive(folder.parent / name)
        ]
        connection.executemany("DELETE FROM tickets WHERE folder = ?", [(name,) for name in gone])
        connection.execute("INSERT INTO tickets (folder) VALUES (?)", (folder.name,))


def queue(root: Path) -> tuple[str, ...]:
    """The names of the runs in `root` that wait or train, the first of the queue first."""
    if not (root / QUEUE).is_file():
        return ()
    with _opened(root) as connection:
        names = _names(connection)
    return tuple(name for name in names if is_alive(root / name))


def _names(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT folder FROM tickets ORDER BY number")]


def wait_for_turn(
    folder: Path, stop_asked: Callable[[], bool], sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Wait until no run is before this one, which holds its lock; False when it was asked to stop before.

    Who has no ticket takes one: nobody took it before, or somebody removed the queue.
    """
    while not stop_asked():
        before = queue(folder.parent)
        if before[:1] == (folder.name,):
            return True
        if folder.name not in before:
            take_ticket(folder)
        else:
            sleep(POLL_SECONDS)
    return False


@contextmanager
def _opened(root: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(root / QUEUE, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        with connection:
            # AUTOINCREMENT: a number is never given twice, so that a later run is never before an earlier one
            connection.execute(
                "CREATE TABLE IF NOT EXISTS tickets (number INTEGER PRIMARY KEY AUTOINCREMENT, folder TEXT "
                "UNIQUE)"
            )
            yield connection
    finally:
        connection.close()
