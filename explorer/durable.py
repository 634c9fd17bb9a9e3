"""How is a file saved so that a kill at any moment leaves the old one or the new one? New name, sync, rename, sync of the folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def write_durably(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write(temporary path)`, then move the result to `path`: a reader sees the old file or the whole new one, never a part."""
    temporary = path.with_name(path.name + ".part")
    write(temporary)
    with open(temporary, "rb") as file:
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(path.parent)


def write_text_durably(path: Path, text: str) -> None:
    """`write_durably` for a text file."""
    write_durably(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def sync_folder(path: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
