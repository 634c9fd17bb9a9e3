"""`bpe compare`: compare tokenizers, or languages, on one text."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.bpe.words import text_of
from explorer.commands.shared import print_json

if TYPE_CHECKING:
    from explorer.results import TokenizerRow


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bpe compare`."""
    parser.add_argument(
        "--file", type=Path, metavar="FILE", help="compare on this UTF-8 text (default: standard input)"
    )
    parser.add_argument(
        "--train", type=Path, metavar="FILE", help="learn from another text (default: the same one)"
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[300, 500, 1000],
        metavar="N",
        help="vocabulary sizes (default 300 500 1000)",
    )
    parser.add_argument(
        "--d_model", type=int, default=128, metavar="N", help="width of a token's vector (default 128)"
    )
    parser.add_argument(
        "--languages",
        action="store_true",
        help="compare languages instead: the same sentences in twelve, with BPE of each size",
    )


def run(args: argparse.Namespace) -> None:
    """Print a row for each tokenizer, or for each language."""
    from explorer.tokenization.bpe.compare import compare

    text = text_of(args.file)
    train = None if args.train is None else text_of(args.train)
    if args.languages:
        _languages(train or text, args)
        return
    comparison = compare(text, args.sizes, args.d_model, train)
    if args.json:
        print_json(
            {
                "d_model": comparison.d_model,
                "rows": list(map(_row, comparison.rows)),
                "notes": comparison.notes,
            },
            indent=1,
        )
        return
    print(
        f"{'tokenizer':<18} {'vocabulary':>10} {'tokens':>10} {'per word':>9} {'unknown':>8} "
        f"{'bytes/token':>11} {'table':>12}"
    )
    for row in comparison.rows:
        print(
            f"{row.name:<18} {row.vocab_size:>10,} {row.n_tokens:>10,} {row.tokens_per_word:>9.2f} "
            f"{row.share_unknown:>8.1%} "
            f"{row.bytes_per_token:>11.2f} {row.table_bytes:>10,} B"
        )
    for note in comparison.notes:
        print(f"note: {note}")


def _languages(text: str, args: argparse.Namespace) -> None:
    from explorer.tokenization.bpe import APP_CONFIG, count_words, learn, model_of
    from explorer.tokenization.bpe.compare import characters, compare_languages, subwords, utf8_bytes, words

    largest = learn(
        count_words(text, APP_CONFIG), replace(APP_CONFIG, n_merges=max(max(args.sizes), 260) - 260)
    )
    steps = sorted({min(max(size - 260, 0), largest.n_steps) for size in args.sizes})
    learned = [subwords(model_of(largest, step), f"BPE, {step + 260:,}") for step in steps]
    comparison = compare_languages([characters(text), utf8_bytes(), words(text), *learned], args.d_model)
    if args.json:
        rows = [
            {
                "language": row.language,
                "text": row.text,
                "spaces": row.spaces,
                "ratio": row.ratio,
                **_row(row.row),
            }
            for row in comparison.rows
        ]
        print_json({"rows": rows, "notes": comparison.notes}, indent=1)
        return
    print(f"{'language':<10} {'tokenizer':<14} {'tokens':>7} {'× English':>10} {'unknown':>8}")
    for row in comparison.rows:
        print(
            f"{row.language:<10} {row.row.name:<14} {row.row.n_tokens:>7,} {row.ratio:>10.2f} "
            f"{row.row.share_unknown:>8.1%}"
        )
    for note in comparison.notes:
        print(f"note: {note}")


def _row(row: TokenizerRow) -> dict:
    return {
        "tokenizer": row.name,
        "vocab_size": row.vocab_size,
        "n_tokens": row.n_tokens,
        "n_words": row.n_words,
        "n_bytes": row.n_bytes,
        "n_unknown": row.n_unknown,
        "tokens_per_word": row.tokens_per_word,
        "share_unknown": row.share_unknown,
        "bytes_per_token": row.bytes_per_token,
        "n_parameters": row.n_parameters,
        "table_bytes": row.table_bytes,
        "sample": row.sample,
    }
