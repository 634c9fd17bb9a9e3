"""Cut a text so that every character, white space included, belongs to exactly one piece."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from explorer.corpora.words import word_pattern
from explorer.errors import InputError


class Piece(NamedTuple):
    """Characters of the text and the word they are part of; word_id None: extra white space."""

    surface: str
    word_id: int | None


def check_text(text: str) -> str:
    """`text` itself. Raises InputError when it holds half a surrogate pair, which no UTF-8 file can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"Character {error.start + 1} of the text is half of a surrogate pair "
            f"(U+{ord(text[error.start]):04X}), which is not a character: remove it."
        ) from None
    return text


def split_pieces(text: str) -> list[Piece]:
    """Words, each with the one white space character before it; any other white space is a piece of its own.

    >>> split_pieces("So  what?")
    [Piece(surface='So', word_id=0), Piece(surface=' ', word_id=None), Piece(surface=' what', word_id=1),
    Piece(surface='?', word_id=2)]
    """
    pieces, end = [], 0
    for word_id, match in enumerate(word_pattern().finditer(text)):
        start = match.start()
        if start > end:
            start -= 1
        if start > end:
            pieces.append(Piece(text[end:start], None))
        end = match.end()
        pieces.append(Piece(text[start:end], word_id))
    if end < len(text):
        pieces.append(Piece(text[end:], None))
    return pieces


def shown(token: str) -> str:
    """`token` as a reader should see it: no white space in front of a word. (Symbols for invisible characters
    are the views' business.)
    """
    return token[1:] if token[:1].isspace() and not token.isspace() else token


def shown_bytes(token: bytes) -> str:
    """The same for UTF-8 bytes; bytes that are no whole character show as ``⟨C3⟩``."""
    return shown(token.decode("utf-8", errors="explorer.show_bytes"))


def _show_bytes(error: UnicodeError) -> tuple[str, int]:
    return "".join(f"⟨{byte:02X}⟩" for byte in error.object[error.start : error.end]), error.end


codecs.register_error("explorer.show_bytes", _show_bytes)
