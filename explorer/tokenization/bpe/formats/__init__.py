"""Files of subwords: tokenizer.json, subword-nmt codes and, to read only, sentencepiece models.

A file is data from elsewhere: it is parsed here, strictly, and never handed to a library that might not
survive it.
"""

from __future__ import annotations

import re

from explorer.errors import InputError
from explorer.tokenization.bpe.formats.imported import MAX_FILE_BYTES, Imported
from explorer.tokenization.bpe.formats.sentencepiece import read_sentencepiece
from explorer.tokenization.bpe.formats.subword_nmt import read_codes, write_codes
from explorer.tokenization.bpe.formats.tokenizer_json import read_tokenizer_json, write_tokenizer_json

__all__ = ["MAX_FILE_BYTES", "Imported", "read_subwords", "write_codes", "write_tokenizer_json"]


def read_subwords(data: bytes, name: str = "The file") -> Imported:
    """The subwords of a file of any of the three kinds. Raises InputError for anything else."""
    if not data:
        raise InputError(
            f"{name} is empty: give a tokenizer.json, subword-nmt codes or a sentencepiece .model."
        )
    if len(data) > MAX_FILE_BYTES:
        raise InputError(
            f"{name} has {len(data):,} bytes: give a file of at most {MAX_FILE_BYTES // 2**20} MB."
        )
    if data[:1] == b"\x0a" and not _is_text(data):
        return read_sentencepiece(data, name)
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        if data[:1] == b"\x0a":
            return read_sentencepiece(data, name)
        raise InputError(
            f"{name} is neither text nor a sentencepiece model: give a tokenizer.json, codes or a .model."
        ) from None
    return read_tokenizer_json(text, name) if text.lstrip()[:1] in ("{", "[") else read_codes(text, name)


def _is_text(data: bytes) -> bool:
    """Whether a file that begins with a line end is text: a sentencepiece model begins with one too, but
    contains bytes that no text contains.
    """
    try:
        return not re.search(r"[\x00-\x08\x0e-\x1f]", data.decode("utf-8"))
    except UnicodeDecodeError:
        return False
