"""A run's history as a TensorBoard event file, written here without that package.

An event file is a TFRecord file of protocol buffers. A record is the length (8 bytes), its masked CRC-32C,
the data and theirs; all numbers little-endian. Of tensorflow's event.proto and summary.proto: Event {double
wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5}, Summary {repeated Value value =
1}, Value {string tag = 1; float simple_value = 2}.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path

from explorer.durable import write_durably
from explorer.errors import InputError
from explorer.results import HistoryRow
from explorer.training.runs.records import RunRecords

VALIDATION = ("valid_loss", "valid_accuracy", "bleu", "exact_match")
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # wire types of protocol buffers
CASTAGNOLI = 0x82F63B78  # the polynomial of CRC-32C, reflected


def write_event_file(run: Path, folder: Path) -> Path:
    """Write the history of the run in `run` under `folder`, where `tensorboard --logdir` looks; returns the
    file.

    The name is the same each time, so that a run that goes on replaces its own file.
    """
    rows = RunRecords(run).timed_history()
    if not rows:
        raise InputError(f"The run {run.name} has no history yet: wait for its first steps.")
    path = folder / run.name / f"events.out.tfevents.{int(rows[0][0]):010d}.explorer"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, lambda temporary: temporary.write_bytes(event_file(rows)))
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror or error}): choose another folder."
        ) from error
    return path


def event_file(rows: Sequence[tuple[float, HistoryRow]]) -> bytes:
    """The bytes of an event file. rows: each with the time at which it was written, in seconds since 1970."""
    first = _double(1, rows[0][0]) + _bytes(3, b"brain.Event:2")
    return b"".join(map(_record, (first, *(_event(time, row) for time, row in rows))))


def _event(time: float, row: HistoryRow) -> bytes:
    values = b"".join(
        _bytes(1, _bytes(1, _tag(name).encode()) + _key(2, FIXED32) + struct.pack("<f", value))
        for name, value in row.values.items()
        if math.isfinite(value)
    )
    return _double(1, time) + _key(2, VARINT) + _varint(row.step) + _bytes(5, values)


def _tag(name: str) -> str:
    """What TensorBoard shows: curves of one part stand together."""
    return f"validation/{name.removeprefix('valid_')}" if name in VALIDATION else f"training/{name}"


def _key(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _double(number: int, value: float) -> bytes:
    return _key(number, FIXED64) + struct.pack("<d", value)


def _bytes(number: int, data: bytes) -> bytes:
    return _key(number, BYTES) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the high bit says that more follow."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked(length) + data + _masked(data)


def _masked(data: bytes) -> bytes:
    """The CRC-32C of `data`, turned and shifted: a check over data that contain checks would be weak else."""
    check = crc32c(data)
    return struct.pack("<I", ((check >> 15 | check << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """The CRC-32C (Castagnoli) of `data`.

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    check = 0xFFFFFFFF
    for byte in data:
        check = check >> 8 ^ _TABLE[(check ^ byte) & 0xFF]
    return check ^ 0xFFFFFFFF


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (CASTAGNOLI if value & 1 else 0)
    return value


_TABLE = tuple(map(_entry, range(256)))
