"""The words that `bpe` learns from, as the flags --file, --text, --preset and --table name them."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.flags import add_flags, given_values
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.tokenization.bpe import BPEConfig, WordCounts


def add_words(parser: argparse.ArgumentParser) -> None:
    """The flags --file, --text, --preset and --table, and the settings of learning."""
    from explorer.tokenization.bpe.config import BPEConfig
    from explorer.tokenization.bpe.words import PRESETS

    corpus = parser.add_mutually_exclusive_group()
    corpus.add_argument(
        "--file", type=Path, metavar="FILE", help="learn from this UTF-8 text (default: standard input)"
    )
    corpus.add_argument("--text", metavar="TEXT", help="learn from this text")
    corpus.add_argument(
        "--preset", choices=list(PRESETS), help="learn from a textbook corpus, with its settings"
    )
    parser.add_argument(
        "--table",
        action="store_true",
        help="read the text as a table of words and counts: (hug, 10) (pug, 5), or a line hug 10 for each",
    )
    add_flags(parser, [BPEConfig], title="how to learn")


def words_and_config(args: argparse.Namespace) -> tuple[WordCounts, BPEConfig]:
    """The words to learn from, and the settings."""
    from explorer.tokenization.bpe import PRESETS, BPEConfig, count_words, read_word_table

    if args.preset is not None:
        preset = PRESETS[args.preset]
        config = replace(preset.config, **given_values(args))
        return (read_word_table if preset.is_table else count_words)(preset.text, config), config
    config = BPEConfig(**given_values(args))
    text = args.text if args.text is not None else text_of(args.file)
    return (read_word_table if args.table else count_words)(text, config), config


def text_of(path: Path | None) -> str:
    """The text of a file, or of standard input without one."""
    from explorer.tokenization.bpe import decode_text

    return decode_text(bytes_of(path), "Standard input" if path is None else str(path))


def bytes_of(path: Path | None) -> bytes:
    """The bytes of a file, or of standard input without one, and no more than a reader accepts."""
    from explorer.tokenization.bpe.words import MAX_TEXT_BYTES

    if path is None:
        return sys.stdin.buffer.read(MAX_TEXT_BYTES + 1)
    try:
        with path.open("rb") as file:
            return file.read(max(MAX_TEXT_BYTES, 64 * 2**20) + 1)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read ({getattr(error, 'strerror', None) or error}): give a file."
        ) from None
