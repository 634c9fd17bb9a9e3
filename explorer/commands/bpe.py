"""How do subwords come about? `python -m explorer bpe learn | apply | compare | check`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.flags import add_flags, given_values
from explorer.commands.shared import print_json, printable, say
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.results import MergeNode, TokenizerRow
    from explorer.tokenization.bpe import BPEConfig, SubwordModel, WordCounts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bpe`, for each of its actions."""
    parser.epilog = "Each has --help and --json."
    actions = parser.add_subparsers(dest="action", required=True, metavar="learn | apply | compare | check")
    _learn_arguments(_action(actions, "learn", "learn merges from text and show any step"))
    _apply_arguments(_action(actions, "apply", "cut words into subwords, one merge at a time"))
    _compare_arguments(
        _action(actions, "compare", "compare characters, words, bytes, BPE, WordPiece and Unigram on a text")
    )
    _check_arguments(_action(actions, "check", "check merges that were worked out by hand"))


def run(args: argparse.Namespace) -> None:
    """Carry out the action. Raises InputError for input that cannot be used."""
    {"learn": _learn, "apply": _apply, "compare": _compare, "check": _check}[args.action](args)


def _action(actions, name: str, summary: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


# ------------------------------------------------------------------------------------------------- the corpus


def _add_corpus(parser: argparse.ArgumentParser) -> None:
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


def _corpus(args: argparse.Namespace) -> tuple[WordCounts, BPEConfig]:
    """The words to learn from, and the settings."""
    from explorer.tokenization.bpe import PRESETS, count_words, read_word_table

    if args.preset is not None:
        preset = PRESETS[args.preset]
        config = replace(preset.config, **given_values(args))
        return (read_word_table if preset.is_table else count_words)(preset.text, config), config
    config = _config(args)
    text = args.text if args.text is not None else _text_of(args.file)
    return (read_word_table if args.table else count_words)(text, config), config


def _config(args: argparse.Namespace) -> BPEConfig:
    from explorer.tokenization.bpe import BPEConfig

    return BPEConfig(**given_values(args))


def _text_of(path: Path | None) -> str:
    """The text of a file, or of standard input without one."""
    from explorer.tokenization.bpe import decode_text

    return decode_text(_bytes_of(path), "Standard input" if path is None else str(path))


def _bytes_of(path: Path | None) -> bytes:
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


# ------------------------------------------------------------------------------------------------------ learn


def _learn_arguments(parser: argparse.ArgumentParser) -> None:
    _add_corpus(parser)
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


def _learn(args: argparse.Namespace) -> None:
    from explorer.tokenization.bpe import learn, model_of, state_at

    words, config = _corpus(args)
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


# ------------------------------------------------------------------------------------------------------ apply


def _apply_arguments(parser: argparse.ArgumentParser) -> None:
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
    _add_corpus(parser)


def _apply(args: argparse.Namespace) -> None:
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
        imported = read_subwords(_bytes_of(args.subwords), str(args.subwords))
        for note in imported.notes:
            say(f"note: {note}")
        model = imported.model
    else:
        model = model_of(learn(*_corpus(args)))
    text = " ".join(args.words) if args.words else _text_of(None)
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


# ---------------------------------------------------------------------------------------------------- compare


def _compare_arguments(parser: argparse.ArgumentParser) -> None:
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


def _compare(args: argparse.Namespace) -> None:
    from explorer.tokenization.bpe.compare import compare

    text = _text_of(args.file)
    train = None if args.train is None else _text_of(args.train)
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


# ------------------------------------------------------------------------------------------------------ check


def _check_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--merges",
        type=Path,
        metavar="FILE",
        help="merges worked out by hand, one per line: u g 20 (default: standard input)",
    )
    _add_corpus(parser)


def _check(args: argparse.Namespace) -> None:
    from explorer.tokenization.bpe import check_worked, read_worked

    if args.merges is None and args.file is None and args.text is None and args.preset is None:
        raise InputError(
            "Standard input holds the merges: name what they were learned from with --file, --text or "
            "--preset, or give the merges with --merges."
        )
    words, config = _corpus(args)
    worked = read_worked(_text_of(args.merges))
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
