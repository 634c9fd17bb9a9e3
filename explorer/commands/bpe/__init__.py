"""`python -m explorer bpe learn | apply | compare | check`: subwords, from learning them to checking them."""

from __future__ import annotations

import argparse

from explorer.commands.bpe import apply, check, compare, learn

ACTIONS = {
    "learn": ("learn merges from text and show any step", learn),
    "apply": ("cut words into subwords, one merge at a time", apply),
    "compare": ("compare characters, words, bytes, BPE, WordPiece and Unigram on a text", compare),
    "check": ("check merges that were worked out by hand", check),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bpe`, for each of its actions."""
    parser.epilog = "Each has --help and --json."
    actions = parser.add_subparsers(dest="action", required=True, metavar=" | ".join(ACTIONS))
    for name, (summary, module) in ACTIONS.items():
        action = actions.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False
        )
        action.add_argument("--json", action="store_true", help="print JSON")
        module.add_arguments(action)


def run(args: argparse.Namespace) -> None:
    """Carry out the action. Raises InputError for input that cannot be used."""
    _, module = ACTIONS[args.action]
    module.run(args)
