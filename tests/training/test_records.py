"""What a run writes down comes back in order, while it goes on and from a disk that cannot be written;
reading makes no file.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from explorer.attention.capture import replay
from explorer.checkpoints.snapshots import pack_record
from explorer.errors import InputError
from explorer.results import HistoryRow, SampleTranslation
from explorer.training.runs.records import DATABASE, RunRecords
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint


def row(step, **values):
    return HistoryRow(step, step / 100, values or {"loss": 1.0 / step})


def test_history_and_snapshots_come_back_in_order(tmp_path):
    records = RunRecords(tmp_path)
    records.add_history(row(20, loss=1.5), [b"second"])
    records.add_history(row(10, loss=2.5, bleu=3.0), [b"a", b"b"])
    assert records.history() == [row(10, loss=2.5, bleu=3.0), row(20, loss=1.5)]
    assert records.history(after=10) == [row(20, loss=1.5)] and records.history(after=20) == []
    assert records.snapshots() == [(10, 0, b"a"), (10, 1, b"b"), (20, 0, b"second")] and records.snapshots(
        after=10
    ) == [(20, 0, b"second")]
    assert records.last_row().step == 10, "the one written last, not the one with the greatest step"


def test_a_step_that_comes_again_is_there_once(tmp_path):
    records = RunRecords(tmp_path)
    for text in ("old", "new"):
        records.add_history(
            row(5),
            [text.encode()],
            [SampleTranslation(5, 0, "a", "b", text), SampleTranslation(5, 1, "c", "d", text)],
        )
    assert records.history() == [row(5)] and records.snapshots() == [(5, 0, b"new")]
    assert records.samples() == (
        SampleTranslation(5, 0, "a", "b", "new"),
        SampleTranslation(5, 1, "c", "d", "new"),
    )
    assert records.samples(after=5) == ()


def test_while_it_is_kept_open_a_row_goes_to_the_log_alone(tmp_path):
    """The database is not touched, so nothing but the log has to be synced; whoever looks sees the row all
    the same.
    """
    records = RunRecords(tmp_path)
    records.set_status(state="running")
    file, log = tmp_path / DATABASE, tmp_path / f"{DATABASE}-wal"
    assert not log.exists()
    with records.kept_open():
        before = file.read_bytes()
        for step in (1, 2):
            records.add_history(row(step))
            assert (
                file.read_bytes() == before
                and log.stat().st_size > 4096 * step
                and records.last_row() == row(step)
            )
    assert not log.exists() and file.read_bytes() != before and records.history() == [row(1), row(2)]


def test_attention_comes_back_as_it_was_recorded(tmp_path):
    record = replay(make_tiny_checkpoint(), *TINY_PAIRS[0])
    RunRecords(tmp_path).add_history(row(7), [pack_record(record)] * 2)
    first, second = RunRecords(tmp_path).attention()
    assert (first.step, first.sentence, second.sentence) == (
        7,
        0,
        1,
    ) and second.record.read.tokens == record.read.tokens
    for ours, kept in zip(record.attention, first.record.attention, strict=True):
        assert kept.kind == ours.kind and abs(kept.weights - ours.weights).max() < 1e-3


def test_a_status_is_what_was_noted_last(tmp_path):
    records = RunRecords(tmp_path)
    records.set_status(state="running", device="CPU")
    records.set_status(state="finished", reason="done")
    assert records.status() == {"state": "finished", "device": "CPU", "reason": "done"}


def test_reading_makes_no_file(tmp_path):
    records = RunRecords(tmp_path)
    assert (
        records.history() == []
        and records.status() == {}
        and records.samples() == ()
        and records.last_row() is None
    )
    assert (
        records.times() == (0.0, 0.0) and records.seconds_per_step(0.0) is None and os.listdir(tmp_path) == []
    )


def test_the_pace_is_that_of_this_sitting(tmp_path, monkeypatch):
    """Rows at 100, 110, 120 s with 10 steps each, then a pause until 1,000 s and 4 s for 10 steps."""
    records, clock = RunRecords(tmp_path), iter((100.0, 110.0, 120.0, 1000.0, 1004.0, 1008.0))
    monkeypatch.setattr(time, "time", lambda: next(clock))
    for step in (10, 20, 30):
        records.add_history(row(step))
    assert records.seconds_per_step(0.0) == 1.0 and records.times() == (100.0, 120.0)
    for step in (40, 50, 60):
        records.add_history(row(step))
    assert records.seconds_per_step(900.0) == pytest.approx(0.4)
    assert records.seconds_per_step(1005.0) is None


WRITER = """
import sys
from pathlib import Path
from explorer.results import HistoryRow
from explorer.training.runs.records import RunRecords
records = RunRecords(Path(sys.argv[1]))
for step in range(1, 10**9):
    records.add_history(HistoryRow(step, 0.0, {"loss": 1 / step}))
    print(step, flush=True)
"""


@pytest.mark.process
def test_rows_that_were_acknowledged_are_there_after_a_kill(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    seen = [int(process.stdout.readline()) for _ in range(30)]
    assert len(RunRecords(tmp_path).history()) >= 30, "read while it writes"
    process.kill()
    seen += map(int, process.stdout.read().split())
    process.wait()
    assert (
        [r.step for r in RunRecords(tmp_path).history()][: len(seen)] == seen == list(range(1, len(seen) + 1))
    )


def test_a_finished_run_is_read_where_nothing_can_be_written(tmp_path, monkeypatch):
    RunRecords(tmp_path).add_history(row(3))
    connect = sqlite3.connect

    def read_only(target, **options):
        if "mode=ro" in str(target):
            raise sqlite3.OperationalError(
                "unable to open database file"
            )  # what a read-only folder makes of a database with a log
        return connect(target, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    assert RunRecords(tmp_path).history() == [row(3)]


def test_a_damaged_database_is_one_sentence(tmp_path):
    (tmp_path / DATABASE).write_bytes(b"not a database" * 100)
    with pytest.raises(InputError, match="cannot be read"):
        RunRecords(tmp_path).history()


def test_a_database_from_before_there_were_sample_translations_is_read(tmp_path):
    RunRecords(tmp_path).add_history(row(3))
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute("DROP TABLE samples")
    assert RunRecords(tmp_path).samples() == () and RunRecords(tmp_path).history() == [row(3)]
