"""`python -m explorer translate`: translate the arguments, or standard input line by line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from explorer.commands.shared import add_checkpoint, open_checkpoint, print_json
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import Translation

BLOCK = 256  # lines translated together


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `translate`."""
    parser.add_argument(
        "text", nargs="*", help="one sentence per argument (default: the lines of standard input)"
    )
    add_checkpoint(parser)
    parser.add_argument(
        "--beam",
        type=int,
        default=1,
        metavar="N",
        help="hypotheses kept at each step; 1 is greedy search (default 1)",
    )
    parser.add_argument(
        "--length-penalty",
        type=float,
        default=0.0,
        metavar="X",
        help="α of Wu et al. 2016, eq. 14 (default 0: none)",
    )
    parser.add_argument(
        "--max-len",
        type=int,
        metavar="N",
        help="longest translation in tokens (default: twice the source, plus 20)",
    )


def run(args: argparse.Namespace) -> None:
    """One line of output for each line of input; an empty line stays empty. Raises InputError that names the
    line.
    """
    from explorer.decoding.decode import check_search, encode_source

    checkpoint = open_checkpoint(args.checkpoint)
    check_search(checkpoint.model, args.beam, args.max_len, args.length_penalty)
    greedy = args.beam == 1 and args.max_len is None and not args.json
    if not args.text and sys.stdin is None:
        raise InputError("There is no sentence and no standard input: give sentences as arguments.")
    interactive = not args.text and sys.stdin.isatty()
    if interactive:
        print(f"{checkpoint.name}: type one sentence per line; Ctrl-D ends.", file=sys.stderr)
    for text in args.text:  # an empty argument is a mistake, an empty line of a file is not
        encode_source(checkpoint, text)
    lines = args.text or _lines(sys.stdin)
    for block in _blocks(lines, 1 if interactive or not greedy else BLOCK):
        if greedy:
            for text in _translate_block(checkpoint, block):
                print(_one_line(text))
            sys.stdout.flush()
            continue
        for number, text in block:
            translation = _translate_line(checkpoint, number, text, args) if text.strip() else None
            if args.json:
                print_json(_facts(checkpoint, text, translation))
            else:
                print(_one_line(translation.text) if translation else "", flush=True)


def _lines(stream) -> Iterator[str]:
    """Lines end only at "\\n", so that line n of the output belongs to line n of the input."""
    try:
        for raw in stream.buffer:
            yield raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise InputError(
            f"Standard input is not UTF-8 text ({error.reason} in {raw[:40]!r}): convert it first."
        ) from error
    except OSError as error:
        raise InputError(f"Standard input cannot be read ({error.strerror}): give a text file.") from error


def _blocks(lines: Iterable[str], size: int) -> Iterator[list[tuple[int, str]]]:
    numbered = enumerate(lines, 1)
    while block := list(islice(numbered, size)):
        yield block


def _translate_block(checkpoint: Checkpoint, block: list[tuple[int, str]]) -> list[str]:
    from explorer.decoding.decode import encode_source, translate_all

    for number, text in block:
        if text.strip():
            _named(number, encode_source, checkpoint, text)
    return translate_all(checkpoint, [text for _, text in block])


def _translate_line(checkpoint: Checkpoint, number: int, text: str, args: argparse.Namespace) -> Translation:
    from explorer.decoding.decode import translate
    from explorer.results import SearchSettings

    number = 0 if args.text else number
    search = SearchSettings(args.beam, args.max_len, args.length_penalty)
    return _named(number, translate, checkpoint, text, search)


def _named(number: int, function, *arguments):
    try:
        return function(*arguments)
    except InputError as error:
        if number == 0:
            raise
        raise InputError(f"Line {number}: {error}") from error


def _one_line(text: str) -> str:
    return " ".join(text.split("\n"))


def _facts(checkpoint: Checkpoint, text: str, translation: Translation | None) -> dict:
    facts = {"checkpoint": checkpoint.name, "sha256": checkpoint.sha256, "source": text}
    if translation is None:
        return facts | {"translation": "", "hypotheses": []}
    trace = translation.trace
    hypotheses = [
        {
            "text": checkpoint.tgt_tokenizer.decode(hypothesis.token_ids),
            "score": score,
            "log_prob": hypothesis.log_prob,
            "finished": hypothesis.finished,
            "tokens": [checkpoint.tgt_tokenizer.token(id) for id in hypothesis.token_ids],
            "log_probs": hypothesis.token_log_probs,
        }
        for hypothesis, score in zip(trace.hypotheses, trace.scores, strict=True)
    ]
    unknown = [
        token for token, id in zip(translation.src.tokens, translation.src.ids, strict=True) if id == 1
    ]
    return facts | {
        "translation": translation.text,
        "strategy": trace.strategy,
        "unknown": unknown,
        "hypotheses": hypotheses,
    }
