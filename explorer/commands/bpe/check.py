"""`bpe check`: check merges that were worked out by hand."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.commands.bpe.words import add_words, text_of, words_and_config
from explorer.commands.shared import print_json, printable
from explorer.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bpe check`."""
    parser.add_argument(
        "--merges",
        type=Path,
        metavar="FILE",
        help="merges worked out by hand, one per line: u g 20 (default: standard input)",
    )
    add_words(parser)


def run(args: argparse.Namespace) -> None:
    """Print the verdict on each merge."""
    from explorer.tokenization.bpe import check_worked, read_worked

    if args.merges is None and args.file is None and args.text is None and args.preset is None:
        raise InputError(
            "Standard input holds the merges: name what they were learned from with --file, --text or "
            "--preset, or give the merges with --merges."
        )
    words, config = words_and_config(args)
    worked = read_worked(text_of(args.merges))
    check = check_worked(words, config, worked)
    if args.json:
        print_json(
            {
                **{
                    "summary": check.summary,
                    "departs_at": check.departs_at,
                    "is_complete": check.is_complete,
                },
                "rows": check.rows,
            },
            indent=1,
        )
        return
    for row in check.rows:
        print(
            printable(f"{row.step:>4}  {'✓' if row.accepted else '✗'}  {row.left} + {row.right}: {row.why}")
        )
    print(printable(check.summary))
