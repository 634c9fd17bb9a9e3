"""Event files for TensorBoard: read back by a reader that shares nothing with the writer; checks against the
standard's own values.
"""

from __future__ import annotations

import math
import struct

import pytest

from explorer.errors import InputError
from explorer.results import HistoryRow
from explorer.training.runs.event_files import crc32c, event_file, write_event_file
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import create_run_folder, write_request
from tests.training.conftest import TINY


def slow_crc32c(data):
    """Division of polynomials, bit by bit, least significant first (RFC 3720, appendix B.4)."""
    value = 0xFFFFFFFF
    for byte in data:
        for bit in range(8):
            top = (value ^ byte >> bit) & 1
            value = value >> 1 ^ (0x82F63B78 if top else 0)
    return value ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    "data, check",
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (b"123456789", 0xE3069283),
        (b"", 0),
    ],
)
def test_the_check_is_that_of_the_standard(data, check):
    """RFC 3720, appendix B.4, and the check value that catalogues of CRCs give."""
    assert crc32c(data) == check == slow_crc32c(data)


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """[(number, value)] of one protocol buffer."""
    found, at = [], 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            size, form = {1: (8, "<d"), 5: (4, "<f")}[kind]
            value, at = struct.unpack(form, data[at : at + size])[0], at + size
        found.append((key >> 3, value))
    return found


def records(data):
    """The records of a TFRecord file, each check compared."""
    at = 0
    while at < len(data):
        (length,), head = struct.unpack("<Q", data[at : at + 8]), data[at : at + 8]
        body = data[at + 12 : at + 12 + length]
        for part, place in ((head, at + 8), (body, at + 12 + length)):
            check = slow_crc32c(part)
            masked = ((check >> 15 | (check << 17) & 0xFFFFFFFF) + 0xA282EAD8) % 2**32
            assert struct.unpack("<I", data[place : place + 4]) == (masked,)
        yield body
        at += 16 + length


def test_what_is_written_reads_back():
    rows = [
        (1000.5, HistoryRow(10, 0.1, {"loss": 2.5, "valid_loss": 1.25, "bleu": 12.0})),
        (2000.5, HistoryRow(300_000, 9.0, {"loss": math.nan, "learning_rate": 1e-3})),
    ]
    first, *events = map(fields, records(event_file(rows)))
    assert dict(first) == {1: 1000.5, 3: b"brain.Event:2"}
    assert [(dict(event)[1], dict(event)[2]) for event in events] == [(1000.5, 10), (2000.5, 300_000)]
    values = [
        {dict(fields(v))[1].decode(): dict(fields(v))[2] for _, v in fields(dict(event)[5])}
        for event in events
    ]
    assert values[0] == {"training/loss": 2.5, "validation/loss": 1.25, "validation/bleu": 12.0}
    assert values[1] == {"training/learning_rate": pytest.approx(1e-3)}, (
        "a number that is not finite has no point on a curve"
    )


def test_a_run_is_exported_to_where_tensorboard_looks_and_again_to_the_same_file(tmp_path):
    run = tmp_path / "runs" / "tiny"
    create_run_folder(run)
    write_request(run, TINY, None)
    with pytest.raises(InputError, match="has no history yet"):
        write_event_file(run, tmp_path / "logs")
    for step in (10, 20):
        RunRecords(run).add_history(HistoryRow(step, 0.1, {"loss": 1.0 / step}))
        path = write_event_file(run, tmp_path / "logs")
    assert path.parent == tmp_path / "logs" / "tiny" and path.name.startswith("events.out.tfevents.")
    assert [p.name for p in path.parent.iterdir()] == [path.name] and len(
        list(records(path.read_bytes()))
    ) == 3
