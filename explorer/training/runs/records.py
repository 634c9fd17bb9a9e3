"""What a run has recorded so far, in one SQLite database: history, samples, attention, roles and status.

Every method is a transaction of its own (write-ahead log, synced at each commit): what has been written once
survives a kill of the process and a power cut, and whoever watches reads while the run writes. Free of torch,
and reading changes nothing on the disk.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from explorer.checkpoints.role_snapshots import unpack_roles
from explorer.checkpoints.snapshots import unpack_record
from explorer.errors import InputError
from explorer.results import AttentionSnapshot, HistoryRow, RoleSnapshot, SampleTranslation

DATABASE = "metrics.db"
TABLES = (
    "history (step INTEGER PRIMARY KEY, epoch REAL, recorded_at REAL, row TEXT)",
    "snapshots (step INTEGER, sentence INTEGER, record BLOB, PRIMARY KEY (step, sentence))",
    "samples (step INTEGER, sentence INTEGER, src TEXT, reference TEXT, translation TEXT, PRIMARY KEY "
    "(step, sentence))",
    "roles (step INTEGER PRIMARY KEY, record BLOB)",
    "status (key TEXT PRIMARY KEY, value TEXT)",
)
TimedRow = tuple[float, HistoryRow]  # in seconds since 1970
PACE_ROWS = 40  # of the history, from which the pace is taken


@dataclass(frozen=True)
class RunRecords:
    """The database of the run in the folder `path`."""

    path: Path

    # ---- written by the run

    def add_history(
        self,
        row: HistoryRow,
        snapshots: Sequence[bytes] = (),
        samples: Sequence[SampleTranslation] = (),
        roles: bytes | None = None,
        before: Sequence[TimedRow] = (),
    ) -> None:
        """Write one row, with what was taken at its step and the rows that were held back before it, as one
        transaction. A row of a step that is there already is replaced: a resumed run comes to the same steps
        again."""
        with self._writing() as connection:
            values = [
                (r.step, r.epoch, written_at, json.dumps(r.values))
                for written_at, r in (*before, (time.time(), row))
            ]
            connection.executemany("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)", values)
            packed = [(row.step, number, snapshot) for number, snapshot in enumerate(snapshots)]
            connection.executemany("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", packed)
            if roles is not None:
                connection.execute("INSERT OR REPLACE INTO roles VALUES (?, ?)", (row.step, roles))
            texts = [(s.step, s.sentence, s.src, s.reference, s.translation) for s in samples]
            connection.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?, ?, ?)", texts)

    def set_status(self, **values: str) -> None:
        """Note what the run is doing, for whoever watches."""
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO status VALUES (?, ?)", values.items())

    # ---- read by whoever watches

    def history(self, after: int = -1) -> list[HistoryRow]:
        """The rows of later steps than `after`, by step."""
        rows = self._read("SELECT step, epoch, row FROM history WHERE step > ? ORDER BY step", after)
        return [HistoryRow(step, epoch, json.loads(values)) for step, epoch, values in rows]

    def timed_history(self) -> list[TimedRow]:
        """All rows by step, each with the time at which it was made."""
        rows = self._read("SELECT recorded_at, step, epoch, row FROM history ORDER BY step")
        return [(time, HistoryRow(step, epoch, json.loads(values))) for time, step, epoch, values in rows]

    def last_row(self) -> HistoryRow | None:
        """The row written last: where the run is now, also when it was resumed and goes over the same steps
        again.
        """
        rows = self._read("SELECT step, epoch, row FROM history ORDER BY recorded_at DESC, step DESC LIMIT 1")
        return HistoryRow(rows[0][0], rows[0][1], json.loads(rows[0][2])) if rows else None

    def snapshots(self, after: int = -1) -> list[tuple[int, int, bytes]]:
        """(step, sentence, packed record) of the snapshots of later steps than `after`, by step and
        sentence.
        """
        return self._read(
            "SELECT step, sentence, record FROM snapshots WHERE step > ? ORDER BY step, sentence", after
        )

    def attention(self, after: int = -1) -> tuple[AttentionSnapshot, ...]:
        """`snapshots`, unpacked."""
        return tuple(
            AttentionSnapshot(step, unpack_record(packed), sentence)
            for step, sentence, packed in self.snapshots(after)
        )

    def snapshot_steps(self) -> tuple[int, ...]:
        """The steps at which attention was kept."""
        return tuple(step for (step,) in self._read("SELECT DISTINCT step FROM snapshots ORDER BY step"))

    def attention_at(self, step: int) -> tuple[AttentionSnapshot, ...]:
        """The snapshots of one step, by sentence: a long run has too many to read them all each second."""
        rows = self._read("SELECT sentence, record FROM snapshots WHERE step = ? ORDER BY sentence", step)
        return tuple(AttentionSnapshot(step, unpack_record(packed), sentence) for sentence, packed in rows)

    def samples(self, after: int = -1) -> tuple[SampleTranslation, ...]:
        """The sample translations of later steps than `after`, by step and sentence."""
        query = (
            "SELECT step, sentence, src, reference, translation FROM samples WHERE step > ? ORDER BY "
            "step, sentence"
        )
        return tuple(SampleTranslation(*row) for row in self._read(query, after))

    def packed_roles(self, after: int = -1) -> list[tuple[int, bytes]]:
        """(step, what heads answered, packed) of later steps than `after`, by step; empty for a run that did
        not ask them.
        """
        return self._read("SELECT step, record FROM roles WHERE step > ? ORDER BY step", after)

    def roles(self, after: int = -1) -> tuple[RoleSnapshot, ...]:
        """`packed_roles`, unpacked."""
        return tuple(unpack_roles(packed) for _, packed in self.packed_roles(after))

    def has_snapshots(self) -> bool:
        """Whether there is attention to look at."""
        return bool(self._read("SELECT 1 FROM snapshots LIMIT 1"))

    def has_roles(self) -> bool:
        """Whether heads were asked for their roles."""
        return bool(self._read("SELECT 1 FROM roles LIMIT 1"))

    def status(self) -> dict[str, str]:
        """What `set_status` noted."""
        return dict(self._read("SELECT key, value FROM status"))

    def times(self) -> tuple[float, float]:
        """When the first and the last row of the history were written, in seconds since 1970; zeros where
        there is none.
        """
        ((first, last),) = self._read("SELECT min(recorded_at), max(recorded_at) FROM history") or [
            (None, None)
        ]
        return first or 0.0, last or 0.0

    def seconds_per_step(self, since: float) -> float | None:
        """The pace of the last rows written after the time `since`, validations included; None while there
        are less than two.
        """
        query = (
            "SELECT recorded_at, step FROM history WHERE recorded_at >= ? ORDER BY recorded_at DESC LIMIT ?"
        )
        rows = self._read(query, since, PACE_ROWS)
        if len(rows) < 2:
            return None
        (end, last), (start, first) = rows[0], rows[-1]
        return (end - start) / (last - first) if last > first and end > start else None

    # ---- the database

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Inside the block a transaction costs one sync, of the log: whoever closes the last connection folds
        the log into the database and removes it, which takes more of them: 15 ms became 7 on a disk where a
        sync takes 4."""
        connection = sqlite3.connect(self.path / DATABASE, timeout=30)
        try:
            connection.execute(
                "SELECT count(*) FROM sqlite_master"
            ).fetchone()  # SQLite opens a file when it is first asked
            yield
        finally:
            connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path / DATABASE, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            with connection:
                for table in TABLES:
                    connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
                yield connection
        finally:
            connection.close()

    def _read(self, query: str, *values: float) -> list[tuple]:
        """The rows of a query; none where nothing has been written yet. Raises InputError when the file is
        damaged.
        """
        file = self.path / DATABASE
        if not file.is_file():
            return []
        # where the folder cannot be written, the log's index cannot be made; a run that has ended left no
        # log, so that the file is all
        for mode in ("mode=ro", "immutable=1"):
            try:
                connection = sqlite3.connect(
                    f"file:{quote(str(file.absolute()))}?{mode}", uri=True, timeout=30
                )
                try:
                    return connection.execute(query, values).fetchall()
                finally:
                    connection.close()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                problem = error
            except sqlite3.DatabaseError as error:
                problem = error
                break
        raise InputError(
            f"{file} cannot be read ({problem}): the run's curves are lost, its checkpoint is not."
        ) from problem
