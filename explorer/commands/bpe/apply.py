"""`bpe apply`: cut words into subwords, one merge at a time."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.bpe.words import add_words, bytes_of, text_of, words_and_config
from explorer.commands.flags import given_values
from explorer.commands.shared import print_json, printable, say
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.results import MergeNode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bpe apply`."""
    parser.add_argument(
        "words", nargs="*", metavar="TEXT", help="words or a sentence to cut (default: standard input)"
    )
    parser.add_argument(
        "--subwords",
        type=Path,
        metavar="FILE",
        help="read subwords from a tokenizer.json, subword-nmt codes or a sentencepiece .model",
    )
    parser.add_argument(
        "--dropout",
        type=float,
        default=0.0,
        metavar="P",
        help="BPE-dropout: skip each merge with this probability (default 0)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the dropout (default 1)")
    add_words(parser)


def run(args: argparse.Namespace) -> None:
    """Print each word before and after every merge, and its tree."""
    from explorer.tokenization.bpe import learn, model_of, segment_text
    from explorer.tokenization.bpe.formats import read_subwords

    learned = args.file is not None or args.text is not None or args.preset is not None
    if learned == (args.subwords is not None):
        raise InputError(
            "There are no subwords yet: read them with --subwords, or learn them with --file, --text or "
            "--preset."
        )
    if args.subwords is not None:
        if given_values(args) or args.table:
            raise InputError(
                "The subwords of --subwords are learned already: leave out settings of learning."
            )
        imported = read_subwords(bytes_of(args.subwords), str(args.subwords))
        for note in imported.notes:
            say(f"note: {note}")
        model = imported.model
    else:
        model = model_of(learn(*words_and_config(args)))
    text = " ".join(args.words) if args.words else text_of(None)
    segmented = segment_text(model, text, args.dropout, args.seed)
    if args.json:
        print_json(
            [
                {"word": one.word, "tokens": one.tokens, "ids": one.ids, "steps": one.steps, "tree": one.tree}
                for one in segmented
            ],
            indent=1,
        )
        return
    for one in segmented:
        print(printable(f"{one.word}: {' | '.join(one.start)}"))
        for step in one.steps:
            print(printable(f"{step.rank:>8,}  {' | '.join(step.symbols)}"))
        for node in one.tree:
            for line in _tree_lines(node, "    "):
                print(printable(line))


def _tree_lines(node: MergeNode, indent: str) -> list[str]:
    """The tree below a token, one line for each token in it."""
    said = " (unknown)" if node.unknown else f" ({node.rank:,})" if node.rank is not None else ""
    lines = [f"{indent}{node.token}{said}"]
    for part in (node.left, node.right):
        if part is not None:
            lines += _tree_lines(part, indent + "  ")
    return lines
