"""`python -m explorer ablate`: switch off heads for one sentence, or each head in turn over a corpus."""

from __future__ import annotations

import argparse

from explorer.commands.ablate import corpus, sentence
from explorer.commands.shared import add_checkpoint
from explorer.errors import InputError

MODES = ("zero", "uniform")
TABLES = ("heads", "pruning")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ablate`."""
    parser.add_argument("source", nargs="?", help="the sentence to translate with and without the heads")
    add_checkpoint(parser)
    parser.add_argument(
        "--mode", choices=MODES, default="zero", help="what becomes of their weights (default zero)"
    )
    sentence.add_arguments(parser.add_argument_group("one sentence"))
    corpus.add_arguments(parser.add_argument_group("a corpus"))
    parser.add_argument(
        "--csv",
        nargs="?",
        const=TABLES[0],
        choices=TABLES,
        metavar="|".join(TABLES),
        help="print CSV: the tokens of a sentence, or for a corpus a row per head or per step of pruning",
    )


def run(args: argparse.Namespace) -> None:
    """Print what changes. Raises InputError for a missing head, sentence or data, and for flags that do not
    go together.
    """
    _check(args)
    (corpus if args.corpus else sentence).run(args)


def _check(args: argparse.Namespace) -> None:
    if args.json and args.csv:
        raise InputError("--json and --csv were given: choose one of them.")
    if args.corpus == (args.source is not None):
        raise InputError("Give either a sentence or --corpus.")
    of_corpus = {
        "--sentences": args.sentences,
        "--data": args.data,
        "--seed": args.seed,
        "--resamples": args.resamples,
    }
    given = [name for name, value in of_corpus.items() if value is not None] + ["--write"] * args.write
    if not args.corpus and given:
        raise InputError(f"{given[0]} belongs to a corpus: add --corpus and leave out the sentence.")
    if not args.corpus and args.csv == "pruning":
        raise InputError("A sentence has no pruning curve: give --csv alone, or --corpus.")
    if not args.corpus and not args.off:
        raise InputError("No head is switched off: name at least one, such as --off cross:1:3.")
    if args.corpus and (args.off or args.target is not None or args.beam != 1):
        raise InputError(
            "Over a corpus every head is switched off in turn, by greedy search: leave out --off, --target "
            "and --beam."
        )
