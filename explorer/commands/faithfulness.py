"""`python -m explorer faithfulness`: test attention as an explanation, against blanking words out."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from explorer.commands.shared import add_checkpoint, open_checkpoint, print_json, say
from explorer.errors import InputError
from explorer.results import ATTENTION_KINDS, BLANKINGS, KINDS, in_order

if TYPE_CHECKING:
    from explorer.results import Faithfulness, FaithfulnessReport

N_SENTENCES = 200
ALL = "all"
WAYS = {"unk": "replaced by <unk>", "drop": "left out"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `faithfulness`."""
    add_checkpoint(parser)
    parser.add_argument(
        "--sentences",
        type=int,
        default=N_SENTENCES,
        metavar="N",
        help="held-out sentences to report on; as many others serve to pick heads and layers (default "
        f"{N_SENTENCES})",
    )
    parser.add_argument(
        "--kind",
        metavar="KIND",
        help=f"attention to read: {', '.join(ATTENTION_KINDS)} or {ALL} (default cross: source words)",
    )
    parser.add_argument(
        "--blanking", choices=(*BLANKINGS, ALL), help="how a word is blanked out (default all: both ways)"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="measure everything and save it in the checkpoint's folder, where the app looks for it",
    )


def run(args: argparse.Namespace) -> None:
    """Print how well each reading agrees with blanking out. Raises InputError for nothing to measure."""
    from explorer.attribution.corpus import held_out_sentences, kinds_of, measure
    from explorer.attribution.questions import questions
    from explorer.attribution.report import FILE, report_to_json
    from explorer.durable import write_text_durably

    if args.write and (args.kind not in (None, ALL) or args.blanking not in (None, ALL)):
        raise InputError(
            "--write saves every kind and both ways of blanking: leave out --kind and --blanking."
        )
    checkpoint = open_checkpoint(args.checkpoint)
    sentences = held_out_sentences(checkpoint, args.sentences)
    kinds = (
        kinds_of(checkpoint)
        if args.write or args.kind == ALL
        else (args.kind or next(iter(in_order(kinds_of(checkpoint), KINDS))),)
    )
    blankings = BLANKINGS if args.blanking in (None, ALL) else (args.blanking,)
    report = measure(
        checkpoint, sentences, kinds, blankings, lambda message: say(f"{checkpoint.name}: {message}")
    )
    if args.write:
        write_text_durably(checkpoint.path / FILE.name, report_to_json(report))
    if args.json:
        print_json(report, indent=1)
    else:
        asked = questions(checkpoint.can)
        print(report_text(report, {k: q.named(checkpoint.side_names).line for k, q in asked.items()}))


def report_text(report: FaithfulnessReport, lines: dict[str, str]) -> str:
    """The report as tables, best reading first; lines: by kind, whose words are read for what."""
    sha256 = f", sha256 {report.sha256[:12]}" if report.sha256 else ""
    return "\n\n".join(
        [f"{report.checkpoint}{sha256}", *(_part_text(part, lines[part.kind]) for part in report.parts)]
    )


def _part_text(part: Faithfulness, asked: str) -> str:
    lines = [
        f"{part.kind}: {asked}; words are {WAYS[part.blanking]}",
        f"{part.n_sentences} sentences of {part.corpus}; heads and layers picked on {part.n_chosen_on} "
        "others",
        f"{'reading':<45}{'picked':<8}{'ρ':>7}   {'95 % interval':<15}  {'same top word':>13}  tokens",
    ]
    for row in part.rows:
        interval = f"{_number(row.low)} … {_number(row.high)}"
        share = "–" if row.same_top != row.same_top else f"{100 * row.same_top:.1f} %"
        counts = f"{row.n_ranked:,} of {row.n_tokens:,}"
        lines.append(
            f"{row.title:<45}{row.chosen or '–':<8}{_number(row.mean):>7}   {interval:<15}  {share:>13}  "
            f"{counts}"
        )
    lines += [f"not read: {refusal.title}. {refusal.reason}" for refusal in part.refused]
    lines += [
        f"left out: {left.count:,} of {left.total:,} for {left.what}: {left.reason}" for left in part.left_out
    ]
    return "\n".join(lines)


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3f}".replace("-", "−")
