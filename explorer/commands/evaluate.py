"""`python -m explorer evaluate`: score a checkpoint on the held-out part of the corpus in its config.json."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.shared import add_checkpoint, add_data, open_checkpoint, print_json, say
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.evaluate import Evaluation
    from explorer.results import HeadLinks

SCORES = "## Scores on held-out data"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `evaluate`."""
    add_checkpoint(parser)
    add_data(parser)
    parser.add_argument(
        "--split", choices=("test", "valid"), default="test", help="which held-out split (default test)"
    )
    parser.add_argument("--limit", type=int, metavar="N", help="use only its first N sentences")
    parser.add_argument(
        "--beam", type=int, default=1, metavar="N", help="hypotheses kept in the search (default 1: greedy)"
    )
    parser.add_argument(
        "--write", action="store_true", help="also write the scores to the checkpoint's card.md"
    )


def run(args: argparse.Namespace) -> None:
    """Print the scores. Raises InputError when the data cannot be found."""
    from explorer.corpora import load_corpus
    from explorer.corpora.files import find_files
    from explorer.evaluate import evaluate, scores_markdown

    if args.write and (args.split, args.limit) != ("test", None):
        raise InputError("--write records the scores on the whole test split: leave out --split and --limit.")
    if args.limit is not None and args.limit < 1:
        raise InputError(f"--limit {args.limit} leaves nothing to measure: give at least 1.")
    checkpoint = open_checkpoint(args.checkpoint)
    config = find_files(checkpoint.config.corpus, args.data)
    say(f"{checkpoint.name}: loading the {config.kind} corpus")
    corpus = load_corpus(config)
    pairs, others = (corpus.test, corpus.valid) if args.split == "test" else (corpus.valid, corpus.test)
    result = evaluate(
        checkpoint,
        pairs[: args.limit],
        f"{corpus.name}, {args.split} split",
        args.beam,
        lambda message: say(f"{checkpoint.name}: {message}"),
        choose_on=others,
    )
    if args.write:
        write_card(checkpoint.path, scores_markdown(result), args.beam)
    if args.json:
        print_json(facts(result), indent=1)
    else:
        print(scores_markdown(result), end="")


def facts(result: Evaluation) -> dict:
    """An `Evaluation` for JSON, with the rates that follow from its counts."""

    def rates(head: HeadLinks) -> dict:
        counts = head.counts
        return vars(head) | {"aer": counts.aer, "precision": counts.precision, "recall": counts.recall}

    alignment = {reading: [rates(head) for head in heads] for reading, heads in result.alignment.items()}
    return vars(result) | {
        "alignment": alignment,
        "best_head": {reading: rates(result.best_head(reading)) for reading in alignment},
    }


def write_card(path: Path, scores: str, beam_size: int = 1) -> None:
    """Put the scores of this search into the checkpoint's card.md, in place of older ones or at the end."""
    from explorer.checkpoints.catalogue import CARD, read_card
    from explorer.durable import write_text_durably

    heading = SCORES if beam_size == 1 else f"## Scores with a beam of {beam_size}"
    before, _, after = read_card(path).partition(f"{heading}\n")
    next_section = after.find("\n## ")
    rest = after[next_section + 1 :] if next_section >= 0 else ""
    text = f"{before.rstrip()}\n\n{heading}\n\n{scores.rstrip()}\n" + (f"\n{rest}" if rest else "")
    write_text_durably(path / CARD, text.lstrip())
