"""Save files so that a kill at any moment leaves either the old file or the new one."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

FULL = "The disk is full: free some space, then continue."
READ_ONLY = "The disk is read-only: make it writable, or choose another folder."
BROKEN = "The disk reports an input/output error: check it, or choose another folder."
_BY_NUMBER = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EROFS: READ_ONLY,
    errno.EIO: BROKEN,
}
_BY_TEXT = {
    "disk is full": FULL,
    "readonly database": READ_ONLY,
    "disk I/O error": BROKEN,
    "No space left on device": FULL,
}


def write_durably(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write(temporary path)`, then move the result to `path`: a reader sees the old file or the whole
    new one, never a part.

    Where that fails, the part is removed again, so that it does not take the last of a full disk.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        write(temporary)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_text_durably(path: Path, text: str) -> None:
    """`write_durably` for a text file."""
    write_durably(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def sync_folder(path: Path) -> None:
    """Make sure that new names in a folder survive a power failure."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def disk_problem(error: BaseException) -> str | None:
    """The sentence for an error that means that the disk is full, read-only or broken, whichever library
    raised it; None for any other error.
    """
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0)
    text = str(error)
    number = re.search(r"\(?os error (\d+)\)?|code: (\d+)", text)  # as safetensors words it
    if number and not isinstance(error, sqlite3.Error):
        return _BY_NUMBER.get(int(number[1] or number[2]))
    return next((sentence for part, sentence in _BY_TEXT.items() if part in text), None)
