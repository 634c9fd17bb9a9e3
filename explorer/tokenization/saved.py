"""Save a tokenizer as a JSON file, and load one from our own or another program's file."""

from __future__ import annotations

import json
from pathlib import Path

from explorer.durable import write_text_durably
from explorer.errors import InputError
from explorer.tokenization import Tokenizer, TokenizerConfig, tokenizer_from_json
from explorer.tokenization.bpe.formats import MAX_FILE_BYTES, read_subwords
from explorer.tokenization.bpe.model import to_app_tokenizer


def write_tokenizer(path: Path, tokenizer: Tokenizer) -> None:
    """Save `tokenizer` durably; `read_tokenizer` reads it back."""
    write_text_durably(path, json.dumps(tokenizer.to_json(), ensure_ascii=False))


def read_tokenizer(path: str | Path) -> Tokenizer:
    """The tokenizer of a file that `write_tokenizer` wrote, or of byte-level BPE in a tokenizer.json. Raises
    InputError.
    """
    data = _read(path)
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, dict) and "kind" in values:
        return tokenizer_from_json(values)
    return to_app_tokenizer(read_subwords(data, str(path)).model)


def read_tokenizers(config: TokenizerConfig) -> tuple[Tokenizer, Tokenizer]:
    """(source, target) of `config.files`: one file for both, or one for each. Raises InputError for more
    files, or none.
    """
    if len(config.files) not in (1, 2):
        raise InputError(
            f"tokenizer.files has {len(config.files)} files: give one for both languages, or one for each."
        )
    tokenizers = [read_tokenizer(path) for path in config.files]
    return tokenizers[0], tokenizers[-1]


def _read(path: str | Path) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(
            f"The tokenizer {path} cannot be read ({getattr(error, 'strerror', None) or error}): give the "
            "file of one."
        ) from None
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"{path} has more than {MAX_FILE_BYTES // 2**20} MB: give the file of a tokenizer.")
    return data
