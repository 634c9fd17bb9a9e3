"""Read a text file whole or not at all; every corpus reader goes through `read_lines`."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

from explorer.errors import InputError

MAX_BYTES = 256 * 2**20  # of text, unpacked
_BLOCK = 2**20
_GZIP = b"\x1f\x8b"


def read_lines(path: str | Path) -> list[str]:
    """The lines of a UTF-8 file, plain or gzip, without their ends.

    Lines end only at "\\n" (never at U+2028, which would misalign parallel files); a "\\r" before it
    and a byte order mark are dropped. Raises InputError, which names the file and where possible the line,
    when the file is missing, a folder, empty, larger than `MAX_BYTES`, binary, not UTF-8 or a damaged gzip.
    """
    data = _read_bytes(path)
    if not data:
        raise InputError(f"{path} is empty: expected UTF-8 text.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{path} is UTF-16 text: save it as UTF-8.")
    zero = data.find(b"\0")
    if zero >= 0:
        raise InputError(
            f"{path}, line {_line_at(data, zero)}: a zero byte, so this is not a text file: expected UTF-8 "
            "text, plain or gzip."
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}, line {_line_at(data, error.start)}: byte 0x{data[error.start]:02X} is not UTF-8: save "
            "the file as UTF-8."
        ) from None
    lines = text.removeprefix("\ufeff").split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def write_lines(path: str | Path, lines: Iterable[str]) -> None:
    """Write `lines` as UTF-8, each ending in "\\n"; `read_lines` reads them back. Raises InputError for a
    line that could not be read back.
    """
    lines = list(lines)
    for number, line in enumerate(lines, 1):
        if any(char in line for char in "\n\r\0") or (number == 1 and line.startswith("\ufeff")):
            raise InputError(
                f"{path}, line {number} cannot be written: it contains a line end, a zero byte or a byte "
                "order mark. Remove it."
            )
    try:
        data = "".join(f"{line}\n" for line in lines).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{path} cannot be written: it contains half a surrogate pair, which is not a character "
            f"({error.reason}). Remove it."
        ) from None
    Path(path).write_bytes(data)


def _read_bytes(path: str | Path) -> bytes:
    try:
        if Path(path).is_dir():
            raise InputError(f"{path} is a folder: give a file.")
        if not Path(path).is_file():
            raise InputError(f"There is no file {path}: check the path.")
        with open(path, "rb") as file:
            packed = file.read(2) == _GZIP
            if not packed and Path(path).suffix == ".gz" and Path(path).stat().st_size:
                raise InputError(f"{path} is named .gz but is not gzip: rename it, or give the right file.")
            file.seek(0)
            return _read_limited(gzip.GzipFile(fileobj=file) if packed else file, path)
    except EOFError:
        raise InputError(f"{path} is a truncated gzip file: download it again.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path} is a damaged gzip file ({error}): download it again.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read ({reason}): check the path and its permissions.") from None


def _read_limited(file, path: str | Path) -> bytes:
    blocks, size = [], 0
    while block := file.read(_BLOCK):
        size += len(block)
        if size > MAX_BYTES:
            raise InputError(
                f"{path} has more than {MAX_BYTES // 2**20} MB of text, the most that is read: split it."
            )
        blocks.append(block)
    return b"".join(blocks)


def _line_at(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
