"""`bpe learn`: learn merges from text and show any step."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.bpe.words import add_words, words_and_config
from explorer.commands.shared import print_json, printable

if TYPE_CHECKING:
    from explorer.tokenization.bpe import SubwordModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bpe learn`."""
    add_words(parser)
    parser.add_argument(
        "--step", type=int, metavar="K", help="show the corpus after K merges (default: after the last)"
    )
    parser.add_argument(
        "--pairs", type=int, default=10, metavar="N", help="show the N most frequent pairs (default 10)"
    )
    parser.add_argument(
        "--words", type=int, default=10, metavar="N", help="show the N most frequent words (default 10)"
    )
    out = (
        "write the subwords as a tokenizer.json, or, with the ending .codes, for subword-nmt, and with "
        ".app.json to train a model here"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help=out)


def run(args: argparse.Namespace) -> None:
    """Print the merges and the corpus after a step, and write the subwords with --out."""
    from explorer.tokenization.bpe import learn, model_of, state_at

    words, config = words_and_config(args)
    learning = learn(words, config)
    state = state_at(
        learning, learning.n_steps if args.step is None else args.step, n_pairs=args.pairs, n_words=args.words
    )
    if args.out is not None:
        _write(args.out, model_of(learning, state.step))
    if args.json:
        print_json({"config": config, "merges": learning.steps, "state": state, "file": args.out}, indent=1)
        return
    for step in learning.steps[: state.step]:
        ties = f"  ({step.n_ties:,} pairs tie)" if step.n_ties > 1 else ""
        print(
            printable(f"{step.number:>6,}  {step.left} + {step.right} → {step.token}  {step.count:,}{ties}")
        )
    print(
        f"after {state.step:,} merges: {len(state.vocabulary):,} tokens in the vocabulary, "
        f"{state.n_tokens:,} in the corpus",
        end="",
    )
    print(f" (from {state.n_tokens_before:,}), {state.n_pairs:,} distinct pairs")
    for pair in state.pairs:
        print(printable(f"  {pair.left} + {pair.right}  {pair.count:,}"))
    for word in state.words:
        print(printable(f"  {word.count:,} × {' | '.join(word.symbols)}"))
    if state.why_end:
        print(state.why_end)


def _write(path: Path, model: SubwordModel) -> None:
    """Write the subwords in the format of the file's ending. Raises InputError for subwords that the format
    cannot hold, and OSError.
    """
    from explorer.durable import write_text_durably
    from explorer.tokenization.bpe import to_app_tokenizer
    from explorer.tokenization.bpe.formats import write_codes, write_tokenizer_json
    from explorer.tokenization.saved import write_tokenizer

    if path.name.endswith(".codes"):
        write_text_durably(path, write_codes(model))
    elif path.name.endswith(".app.json"):
        write_tokenizer(path, to_app_tokenizer(model))
    else:
        write_text_durably(path, write_tokenizer_json(model))
