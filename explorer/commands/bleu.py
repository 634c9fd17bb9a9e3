"""`python -m explorer bleu`: take the BLEU of one sentence apart, or score and compare whole files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.commands.shared import print_json, printable
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.results import BleuParts, CorpusReport, PairedTest

N_WORST = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bleu`."""
    parser.add_argument("hypothesis", help="a translation; with --files, a file with one per line")
    parser.add_argument(
        "references", nargs="+", help="one or more references; with --files, files with the same lines"
    )
    parser.add_argument(
        "--files",
        action="store_true",
        help="score files: the corpus score with its interval, by length, and the worst sentences",
    )
    parser.add_argument(
        "--against",
        metavar="FILE",
        help="with --files: translations by a second system, for a paired test",
    )
    parser.add_argument(
        "--smoothing",
        default="exp",
        metavar="NAME",
        help="exp (default), floor, add-k or none; for one sentence",
    )
    parser.add_argument(
        "--max-order", type=int, default=4, metavar="N", help="longest n-gram (default 4); for one sentence"
    )
    parser.add_argument(
        "--tokenize",
        default="13a",
        metavar="NAME",
        help="13a (default), intl, char, zh or none; for one sentence",
    )
    parser.add_argument("--lowercase", action="store_true", help="ignore case; for one sentence")
    parser.add_argument(
        "--effective-order",
        action="store_true",
        help="ignore orders for which the translation is too short; for one sentence",
    )
    parser.add_argument("--ter", action="store_true", help="also compute TER; slow for files")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> None:
    """Print the score and its parts. Raises InputError for files with different numbers of lines."""
    from explorer.evaluation.bleu import bleu_parts, other_scores
    from explorer.evaluation.corpus_scores import corpus_report, paired_test
    from explorer.results import BleuSettings

    if args.against is not None and not args.files:
        raise InputError("--against compares files: add --files.")
    if not args.files:
        settings = BleuSettings(
            smoothing=args.smoothing,
            max_order=args.max_order,
            effective_order=args.effective_order,
            lowercase=args.lowercase,
            tokenize=args.tokenize,
        )
        parts = bleu_parts(args.hypothesis, args.references, settings)
        others = other_scores([args.hypothesis], [args.references], with_ter=args.ter)
        return (
            print_json(vars(parts) | {"others": others}, indent=1)
            if args.json
            else _show_parts(parts, others)
        )
    hypotheses = _lines(args.hypothesis)
    columns = [_lines(path) for path in args.references]
    for path, column in zip(args.references, columns, strict=True):
        _check_lines(args.hypothesis, hypotheses, path, column)
    references = list(zip(*columns, strict=True))
    report = corpus_report(hypotheses, references, with_ter=args.ter)
    test = None
    if args.against is not None:
        second = _lines(args.against)
        _check_lines(args.hypothesis, hypotheses, args.against, second)
        test = paired_test(hypotheses, second, references)
    if args.json:
        return print_json(vars(report) | {"paired_test": test}, indent=1)
    _show_report(report, test)


def _show_parts(parts: BleuParts, others) -> None:
    for order in parts.orders:
        smoothed = "" if order.smoothed == order.n_matched else ", smoothed"
        print(
            f"{order.order}-grams  {order.n_matched} of {order.n_total} match, precision "
            f"{order.precision:.2f} %{smoothed}"
        )
        for ngram in order.ngrams:
            fate = f"{ngram.matched} of {ngram.count}" if ngram.allowed else "missed"
            print(printable(f"    {fate:<8}{' '.join(ngram.tokens)}"))
    print(
        f"brevity penalty  {parts.brevity_penalty:.4f} ({parts.hypothesis_len} tokens, reference "
        f"{parts.reference_len})"
    )
    print(f"BLEU  {parts.score:.2f}  ({parts.signature})")
    _show_others(others)


def _show_others(others) -> None:
    for other in others:
        print(f"{other.name}  {other.score:.2f}  ({other.signature})")


def _show_report(report: CorpusReport, test: PairedTest | None) -> None:
    print(
        f"BLEU  {report.score.score:.2f}  95 % interval {report.low:.2f} to {report.high:.2f}  "
        f"({report.score.signature})"
    )
    print(f"mean of sentence BLEU  {report.mean_of_sentences:.2f}  ({report.score.n_sentences:,} sentences)")
    _show_others(report.others)
    for smoothing in report.smoothings:
        print(
            f"smoothing {smoothing.smoothing:<6} corpus {smoothing.corpus:6.2f}  mean of sentences "
            f"{smoothing.mean_of_sentences:6.2f}"
        )
    for bucket in report.by_length:
        words = (
            f"{bucket.shortest} words or more" if bucket.longest is None else f"up to {bucket.longest} words"
        )
        print(f"{words:<20} {bucket.n_sentences:6,} sentences  BLEU {bucket.bleu:6.2f}")
    print("worst sentences")
    for sentence in report.sentences[:N_WORST]:
        print(
            printable(
                f"  {sentence.number + 1:>6}  BLEU {sentence.bleu:6.2f}  {sentence.hypothesis} | "
                f"{' | '.join(sentence.references)}"
            )
        )
    if test is not None:
        for name, first, second, change in (
            ("BLEU", test.first_bleu, test.second_bleu, test.bleu),
            ("chrF", test.first_chrf, test.second_chrf, test.chrf),
        ):
            print(
                f"second system: {name} {second:.2f} against {first:.2f}, {change.value:+.2f} "
                f"({change.low:+.2f} to {change.high:+.2f}), p = {change.p_value:.3f}"
            )


def _check_lines(first_path: str, first: list[str], path: str, lines: list[str]) -> None:
    if len(first) != len(lines):
        raise InputError(
            f"{first_path} has {len(first):,} lines and {path} has {len(lines):,}: give files with the same "
            "number of lines."
        )


def _lines(path: str) -> list[str]:
    """The lines of a file; they end only at "\\n", as in every file of translations."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text ({error.reason}): convert it first.") from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): give a text file with one sentence per line."
        ) from error
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines
