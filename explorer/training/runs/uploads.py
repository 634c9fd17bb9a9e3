"""Uploaded files, kept beside the runs in folders named by content until no run reads them any more."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from explorer.checkpoints import catalogue
from explorer.durable import disk_problem, write_durably
from explorer.errors import InputError
from explorer.training.runs.request import holds_run, read_request

UPLOADS = ".uploads"  # hidden, so that nobody takes it for a run
KEPT_SECONDS = 24 * 3600  # without a run: somebody may still be filling in the form
GZIP = b"\x1f\x8b"


def keep_uploads(files: Sequence[tuple[str, bytes]], root: Path | None = None) -> tuple[Path, str]:
    """Write one table of pairs, or source and target lines, under `root` (`catalogue.RUNS`); returns (folder,
    path for the corpus).

    files: (name as the browser gave it, content). The same files are written once. Raises InputError for what
    cannot be text.
    """
    for name, content in files:
        check_text_file(name, content)
    names = [safe_name(name) for name, _ in files]
    if len(names) == 2:
        names = [f"source-{names[0]}", f"target-{names[1]}"]  # both may be called text.txt
    digest = sha256(
        b"".join(len(content).to_bytes(8, "big") + content for _, content in files) + "|".join(names).encode()
    ).hexdigest()
    folder = (catalogue.RUNS if root is None else Path(root)) / UPLOADS / digest[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, (_, content) in zip(names, files, strict=True):
            if not (folder / name).is_file():
                write_durably(
                    folder / name, lambda temporary, content=content: temporary.write_bytes(content)
                )
    except OSError as error:
        reason = disk_problem(error) or f"{error.strerror or error}: check permissions and free space."
        raise InputError(f"The uploaded file cannot be kept. {reason}") from error
    return folder, "|".join(names)


def check_text_file(name: str, content: bytes) -> None:
    """Raises InputError for an empty file and for one that is no UTF-8 text; a gzip file is looked into when
    it is read.
    """
    shown = safe_name(name)
    if not content.strip():
        raise InputError(f"The file {shown} is empty: give one with a sentence pair on each line.")
    if content.startswith(GZIP):
        return
    if b"\0" in content:
        raise InputError(
            f"The file {shown} is not text, it has bytes that no text has: give plain UTF-8, with a tab "
            "between the sides."
        )
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"The file {shown} is not UTF-8 text (byte {error.start + 1:,}): save it as UTF-8."
        ) from error


def safe_name(name: str) -> str:
    """A file name of letters, digits, dot, dash and underscore, no longer than 80 characters, that is no path
    and is not hidden.

    >>> safe_name("../../etc/pass wd|x.tsv")
    'pass_wd_x.tsv'
    """
    bare = re.split(r"[/\\]", name)[-1]
    kept = re.sub(r"[^A-Za-z0-9._-]+", "_", bare).lstrip(".-")
    return kept[-80:].lstrip(".-") or "text"


def forget_uploads(root: Path | None = None) -> None:
    """Remove uploaded files that no run reads, unless they came within the last day."""
    root = catalogue.RUNS if root is None else Path(root)
    if not (root / UPLOADS).is_dir():
        return
    read = set()
    for path in root.iterdir():
        if not path.name.startswith(".") and holds_run(path):
            try:
                data = read_request(path).data
            except InputError:
                return  # a damaged request may name any of them
            read.add(None if data is None else data.resolve())
    for folder in (root / UPLOADS).iterdir():
        try:
            if folder.resolve() not in read and time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
