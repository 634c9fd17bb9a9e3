"""Read the fields of a protocol buffer message strictly: one that ends early is an error."""

from __future__ import annotations

import struct
from collections.abc import Iterator


class ProtobufError(ValueError):
    """The bytes are no protocol buffer message; its message says why, for a sentence."""


def fields(data: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """(number, value) of each field in order: int for a varint, float for 32 and 64 bits, bytes for the rest.

    A tag is number << 3 | wire type (Protocol Buffers documentation, "Encoding"). Raises ProtobufError.
    """
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise ProtobufError(f"field 0 at byte {place:,}")
        if wire == 0:
            value, place = _varint(data, place)
            yield number, value
            continue
        if wire == 2:
            size, place = _varint(data, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ProtobufError(f"wire type {wire} at byte {place:,}")
        if size > len(data) - place:
            raise ProtobufError(f"it ends within a field at byte {place:,}")
        part = data[place : place + size]
        place += size
        yield number, part if wire == 2 else struct.unpack("<d" if wire == 1 else "<f", part)[0]


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ProtobufError("it ends within a number")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ProtobufError(f"a number of more than 10 bytes at byte {place:,}")
