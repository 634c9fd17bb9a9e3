"""What every reader of a subword file shares: its result, its limits and the check of a token."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.errors import InputError
from explorer.tokenization.bpe.config import MAX_TOKEN
from explorer.tokenization.bpe.model import SubwordModel

MAX_FILE_BYTES = 64 * 2**20
MAX_VOCAB = 500_000
SPACE = "▁"  # how these files write the space before a word


@dataclass(frozen=True, eq=False)
class Imported:
    """Subwords from a file. kind: of file;  notes: what this app does differently, one sentence each."""

    model: SubwordModel
    kind: str
    notes: tuple[str, ...] = ()


def check_token(token: str, name: str) -> None:
    """Raises InputError when `token` is empty, too long or not text. name: where it is, for the message."""
    if not token or len(token) > MAX_TOKEN or any("\ud800" <= char <= "\udfff" for char in token):
        raise InputError(
            f"{name}: {token[:40]!r} cannot be a token: expected 1 to {MAX_TOKEN} characters of UTF-8 text."
        )
