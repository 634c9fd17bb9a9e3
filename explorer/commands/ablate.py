"""`python -m explorer ablate`: switch off heads for one sentence, or each head in turn over a corpus."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from explorer.commands.shared import (
    add_checkpoint,
    add_data,
    open_checkpoint,
    print_json,
    printable,
    provenance,
)
from explorer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import Ablation, AttentionKind, HeadId, ImportanceReport, ScoreChange, WordEdit

MODES = ("zero", "uniform")
TABLES = ("heads", "pruning")
N_SENTENCES = 200
SAY_EVERY = 2.0  # seconds between two lines about progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `ablate`."""
    parser.add_argument("source", nargs="?", help="the sentence to translate with and without the heads")
    add_checkpoint(parser)
    parser.add_argument(
        "--mode", choices=MODES, default="zero", help="what becomes of their weights (default zero)"
    )
    one = parser.add_argument_group("one sentence")
    one.add_argument(
        "--off",
        action="append",
        default=[],
        metavar="KIND:LAYER:HEAD",
        help="a head to switch off, such as cross:1:3, encoder_self:0:2 or decoder_self:1:0; repeat for more",
    )
    one.add_argument(
        "--target",
        metavar="TEXT",
        help="compare the probability of this text (default: the whole model's own translation)",
    )
    one.add_argument(
        "--beam", type=int, default=1, metavar="N", help="hypotheses kept in the search (default 1: greedy)"
    )
    corpus = parser.add_argument_group("a corpus")
    corpus.add_argument(
        "--corpus",
        action="store_true",
        help="switch off every head in turn over held-out sentences of the model's own data",
    )
    corpus.add_argument(
        "--sentences", type=int, metavar="N", help=f"number of sentences (default {N_SENTENCES})"
    )
    add_data(corpus)
    corpus.add_argument("--seed", type=int, metavar="N", help="seed of the bootstrap (default: sacreBLEU's)")
    corpus.add_argument("--resamples", type=int, metavar="N", help="bootstrap resamples (default 1000)")
    corpus.add_argument(
        "--write",
        action="store_true",
        help="also save the result as importance.json in the checkpoint's folder",
    )
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
    (_corpus if args.corpus else _sentence)(args)


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


def parse_head(text: str, own_kinds: Iterable[AttentionKind] = ()) -> HeadId:
    """``cross:1:3`` → ("cross", 1, 3); own_kinds: of the model, beside those that are known. Raises
    InputError.
    """
    from explorer.results import ATTENTION_KINDS, in_order

    kinds = in_order((*ATTENTION_KINDS, *own_kinds))
    kind, *numbers = text.split(":")
    if (
        kind not in kinds
        or len(numbers) != 2
        or not all(number.isascii() and number.isdigit() and len(number) < 5 for number in numbers)
    ):
        raise InputError(
            f"--off {text} names no head: give kind:layer:head, such as cross:1:3; the kinds are "
            f"{', '.join(kinds)}."
        )
    return kind, int(numbers[0]), int(numbers[1])


# --------------------------------------------------------------------------------------------------- sentence


def _sentence(args: argparse.Namespace) -> None:
    from explorer.heads.importance.ablation import ablate

    checkpoint = open_checkpoint(args.checkpoint)
    heads = [parse_head(text, checkpoint.can.attention) for text in args.off]
    found = ablate(checkpoint, args.source, heads, args.mode, target=args.target, beam_size=args.beam)
    if args.json:
        print_json(_facts(checkpoint, args, found))
    elif args.csv:
        from explorer.views.heads.ablation import ablation_csv

        print(ablation_csv(found, provenance(checkpoint, _settings(args))), end="")
    else:
        _show(found)


def _settings(args: argparse.Namespace) -> dict[str, object]:
    given = {
        "source": args.source,
        "off": args.off,
        "mode": args.mode,
        "target": args.target,
        "beam": args.beam,
    }
    return {name: value for name, value in given.items() if value is not None}


def _facts(checkpoint: Checkpoint, args: argparse.Namespace, found: Ablation) -> dict:
    passes = {
        name: {
            "tokens": whole.written.tokens,
            "log_probs": whole.log_probs,
            "log_probs_masked": masked.log_probs,
            "changes": deltas,
            "log_prob": float(whole.log_probs.sum()),
            "log_prob_masked": float(masked.log_probs.sum()),
            "change": float(deltas.sum()),
        }
        for name, whole, masked, deltas in (
            ("target", found.target, found.target_masked, found.deltas),
            ("new_translation", found.new, found.new_masked, found.new_deltas),
        )
    }
    heads = [{"kind": kind, "layer": layer, "head": head} for kind, layer, head in found.heads]
    facts = {
        "checkpoint": checkpoint.name,
        "source": args.source,
        "off": heads,
        "mode": found.mode,
        "beam": found.beam_size,
    }
    facts |= {
        "old": found.old_text,
        "new": found.new_text,
        "changed": found.changed,
        "edits": found.edits,
        "forced": found.forced,
    }
    return facts | passes | {"provenance": provenance(checkpoint, _settings(args))}


def _show(found: Ablation) -> None:
    from explorer.views.heads.ablation import MASKED, changed_sentence, head_names, probability_sentence
    from explorer.views.text import visible_text

    print(f"off     {head_names(found.heads)}: {MASKED[found.mode]}")
    print(f"before  {printable(found.old_text)}")
    print(f"after   {printable(found.new_text)}")
    print(f"words   {' '.join(marked(edit) for edit in found.edits)}")
    print(f"\n{changed_sentence(found)}\n{probability_sentence(found)}\n")
    rows = [
        (visible_text(token), f"{before:.3f}", f"{after:.3f}", f"{delta:+.3f}")
        for token, before, after, delta in zip(
            found.target.written.tokens,
            found.target.log_probs,
            found.target_masked.log_probs,
            found.deltas,
            strict=True,
        )
    ]
    _print_table(("token", "all heads", "without", "change"), rows)


def marked(edit: WordEdit) -> str:
    """As wdiff writes it: [-old-] {+new+}."""
    old, new = (printable(" ".join(words)) for words in (edit.old, edit.new))
    if edit.kind == "kept":
        return new
    return " ".join([f"[-{old}-]"] * bool(edit.old) + [f"{{+{new}+}}"] * bool(edit.new))


def _print_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """The first column to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for first, *others in (header, *rows):
        print(
            f"{first:<{widths[0]}}",
            *(f"{text:>{width}}" for text, width in zip(others, widths[1:], strict=True)),
            sep="  ",
        )


# ----------------------------------------------------------------------------------------------------- corpus


def _corpus(args: argparse.Namespace) -> None:
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


def _progress(name: str):
    """A function that says on standard error how far the measurement is, now and then."""
    said = time.monotonic()

    def tell(share: float, what: str) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_EVERY:
            said = time.monotonic()
            print(f"{name}: {100 * share:.0f} %, {what}", file=sys.stderr, flush=True)

    return tell


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
    _print_table(("head off", "Δloss", "p", "ΔBLEU", "p", "ΔchrF", "changed", "gradient", "in layer"), rows)
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
        _print_table(("off", "loss", "BLEU", "chrF", "last"), steps)


def _interval(change: ScoreChange, digits: int) -> str:
    """So many decimals everywhere, so that they stand below each other."""
    return f"{change.value:+.{digits}f} [{change.low:+.{digits}f}, {change.high:+.{digits}f}]"
