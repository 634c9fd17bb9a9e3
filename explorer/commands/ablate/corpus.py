"""`ablate --corpus`: switch off every head in turn over held-out sentences."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from explorer.commands.shared import add_data, open_checkpoint, print_json, print_table, provenance
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import ImportanceReport, ScoreChange

N_SENTENCES = 200
SAY_EVERY = 2.0  # seconds between two lines about progress


def add_arguments(group: argparse._ArgumentGroup) -> None:
    """The flags for a corpus."""
    group.add_argument(
        "--corpus",
        action="store_true",
        help="switch off every head in turn over held-out sentences of the model's own data",
    )
    group.add_argument(
        "--sentences", type=int, metavar="N", help=f"number of sentences (default {N_SENTENCES})"
    )
    add_data(group)
    group.add_argument("--seed", type=int, metavar="N", help="seed of the bootstrap (default: sacreBLEU's)")
    group.add_argument("--resamples", type=int, metavar="N", help="bootstrap resamples (default 1000)")
    group.add_argument(
        "--write",
        action="store_true",
        help="also save the result as importance.json in the checkpoint's folder",
    )


def run(args: argparse.Namespace) -> None:
    """Print what each head is worth. Raises InputError for missing data."""
    from explorer.corpora.files import find_files
    from explorer.corpora.held_out import held_out
    from explorer.evaluation.bootstrap import N_RESAMPLES, SEED
    from explorer.heads.importance.measure import measure_importance
    from explorer.serving import forward_turn

    n_sentences = N_SENTENCES if args.sentences is None else args.sentences
    checkpoint = open_checkpoint(args.checkpoint)
    name, pairs = held_out(find_files(checkpoint.config.corpus, args.data), n_sentences)
    with (
        forward_turn()
    ):  # one thread: with two on busy cores the small passes of a search wait for each other
        report = measure_importance(
            checkpoint,
            pairs,
            name,
            args.mode,
            n_resamples=N_RESAMPLES if args.resamples is None else args.resamples,
            seed=SEED if args.seed is None else args.seed,
            progress=_progress(checkpoint.name),
        )
    if args.write:
        _write(checkpoint, report)
    if args.json:
        print_json(report, indent=1)
    elif args.csv:
        from explorer.views.heads.importance_table import importance_csv, pruning_csv

        settings = {"mode": args.mode, "sentences": n_sentences}
        print(
            (pruning_csv if args.csv == "pruning" else importance_csv)(
                report, provenance(checkpoint, settings)
            ),
            end="",
        )
    else:
        _show_report(report)


def _progress(name: str) -> Callable[[float, str], None]:
    """A function that reports progress on standard error, every few seconds."""
    said = time.monotonic()

    def report(share: float, what: str) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_EVERY:
            said = time.monotonic()
            print(f"{name}: {100 * share:.0f} %, {what}", file=sys.stderr, flush=True)

    return report


def _write(checkpoint: Checkpoint, report: ImportanceReport) -> None:
    from explorer.durable import write_text_durably
    from explorer.heads.importance.report import IMPORTANCE, importance_to_json

    file = checkpoint.path / IMPORTANCE
    try:
        write_text_durably(file, importance_to_json(report))
    except OSError as error:
        raise InputError(
            f"{file} cannot be written ({error.strerror}): copy the checkpoint to a folder of your own."
        ) from error


def _show_report(report: ImportanceReport) -> None:
    from explorer.views.heads.importance_sentences import (
        corpus_sentence,
        correlation_sentence,
        curve_sentence,
    )
    from explorer.views.heads.pruning_curve import ORDERS

    print(f"{report.checkpoint}: {corpus_sentence(report)}\n")
    rows = [
        (
            f"{effect.kind} L{effect.layer} H{effect.head}",
            _interval(effect.loss, 4),
            f"{effect.loss.p_value:.3f}",
            _interval(effect.bleu, 2),
            f"{effect.bleu.p_value:.3f}",
            f"{effect.chrf.value:+.2f}",
            str(effect.n_changed),
            f"{effect.gradient:.4f}",
            f"{effect.gradient_normalised:.3f}",
        )
        for effect in report.heads
    ]
    print_table(("head off", "Δloss", "p", "ΔBLEU", "p", "ΔchrF", "changed", "gradient", "in layer"), rows)
    print(f"\n{correlation_sentence(report)}\n\nPruning, the least important first. {curve_sentence(report)}")
    for curve in report.curves:
        print(f"\n{ORDERS[curve.order]}")
        steps = [
            (
                str(step.n_removed),
                f"{step.scores.loss:.3f}",
                f"{step.scores.bleu:.1f}",
                f"{step.scores.chrf:.1f}",
                " ".join(f"{kind}:{layer}:{head}" for kind, layer, head in step.removed),
            )
            for step in curve.steps
        ]
        print_table(("off", "loss", "BLEU", "chrF", "last"), steps)


def _interval(change: ScoreChange, digits: int) -> str:
    """The change with its interval, all with the same number of decimals so that columns line up."""
    return f"{change.value:+.{digits}f} [{change.low:+.{digits}f}, {change.high:+.{digits}f}]"
