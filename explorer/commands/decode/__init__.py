"""`python -m explorer decode`: show the search for a translation as a tree, or compare search strategies.

`translate` gives the result of a search, for any number of lines; `decode` gives the search itself, for one
sentence or for a table of probabilities.
"""

from __future__ import annotations

import argparse

from explorer.commands.decode import comparison, search
from explorer.commands.shared import add_checkpoint, add_data
from explorer.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `decode`."""
    parser.add_argument("text", nargs="?", help="the source sentence")
    add_checkpoint(parser)
    _add_beam_search(parser)
    _add_sampling(parser)
    _add_other_questions(parser)


def _add_beam_search(parser: argparse.ArgumentParser) -> None:
    from explorer.results import STOP_RULES

    group = parser.add_argument_group("beam search")
    group.add_argument(
        "--beam",
        type=int,
        default=4,
        metavar="N",
        help="hypotheses kept at each step; 1 is greedy search (default 4)",
    )
    group.add_argument(
        "--length-penalty",
        type=float,
        default=0.0,
        metavar="X",
        help="α of Wu et al. 2016, eq. 14 (default 0: none)",
    )
    group.add_argument(
        "--max-len",
        type=int,
        metavar="N",
        help="longest translation in tokens (default: twice the source, plus 20; of a table 20)",
    )
    rules = "; ".join(f"{name}: {meaning}" for name, meaning in STOP_RULES.items())
    group.add_argument(
        "--stop", choices=tuple(STOP_RULES), default="enough", help=f"when to stop (default enough); {rules}"
    )
    group.add_argument(
        "--pruned",
        type=int,
        default=3,
        metavar="N",
        help="pruned candidates to show at each step (default 3)",
    )
    group.add_argument("--prefix", default="", metavar="TEXT", help="how the translation must begin")


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    draw = parser.add_argument_group("sampling instead of beam search")
    draw.add_argument(
        "--seed", type=int, metavar="N", help="draw the translation; the same seed draws the same one"
    )
    draw.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="X",
        help="below 1 makes the distribution sharper, above 1 flatter (default 1)",
    )
    draw.add_argument("--top-k", type=int, metavar="N", help="draw from the N likeliest tokens")
    draw.add_argument(
        "--top-p",
        type=float,
        metavar="X",
        help="draw from the likeliest tokens that together have probability X",
    )


def _add_other_questions(parser: argparse.ArgumentParser) -> None:
    from explorer.decoding.tables import CONDITIONS, TABLES

    other = parser.add_argument_group("other questions")
    other.add_argument(
        "--compare",
        action="store_true",
        help="show greedy, beam, sampling and exhaustive search side by side",
    )
    other.add_argument("--reference", metavar="TEXT", help="with --compare: a reference for BLEU")
    other.add_argument(
        "--find",
        type=int,
        metavar="N",
        help="among N held-out sentences, find where greedy search loses and where a wider beam is worse",
    )
    add_data(other)
    names = ", ".join(repr(name) for name in TABLES)
    other.add_argument(
        "--table",
        metavar="FILE",
        help=f"search a table of probabilities instead of a model: a file, or {names}",
    )
    other.add_argument(
        "--condition",
        choices=tuple(CONDITIONS),
        default="prefix",
        help="what a row of the table depends on (default prefix)",
    )


def run(args: argparse.Namespace) -> None:
    """Print what was asked for. Raises InputError for arguments that do not go together."""
    if args.pruned < 0:
        raise InputError(f"--pruned is {args.pruned}: give 0 or more.")
    if args.find is not None:
        comparison.find(args)
    elif args.table is None and args.text is None:
        raise InputError("There is nothing to translate: give a sentence, --table or --find.")
    elif args.table is not None and args.text is not None:
        raise InputError("--table replaces the model: leave out the sentence.")
    else:
        action = comparison if args.compare else search
        (action.on_model if args.table is None else action.on_table)(args)
