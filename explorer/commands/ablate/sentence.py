"""`ablate SENTENCE`: translate a sentence with and without some heads."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from explorer.commands.shared import open_checkpoint, print_json, print_table, printable, provenance
from explorer.errors import InputError

if TYPE_CHECKING:
    from explorer.checkpoints.folder import Checkpoint
    from explorer.results import Ablation, AttentionKind, HeadId, WordEdit


def add_arguments(group: argparse._ArgumentGroup) -> None:
    """The flags for a single sentence."""
    group.add_argument(
        "--off",
        action="append",
        default=[],
        metavar="KIND:LAYER:HEAD",
        help="a head to switch off, such as cross:1:3, encoder_self:0:2 or decoder_self:1:0; repeat for more",
    )
    group.add_argument(
        "--target",
        metavar="TEXT",
        help="compare the probability of this text (default: the whole model's own translation)",
    )
    group.add_argument(
        "--beam", type=int, default=1, metavar="N", help="hypotheses kept in the search (default 1: greedy)"
    )


def run(args: argparse.Namespace) -> None:
    """Print the translation and its probabilities with and without the heads. Raises InputError for a missing
    head.
    """
    from explorer.heads.importance.ablation import ablate

    checkpoint = open_checkpoint(args.checkpoint)
    heads = [parse_head(text, checkpoint.can.attention) for text in args.off]
    ablation = ablate(checkpoint, args.source, heads, args.mode, target=args.target, beam_size=args.beam)
    if args.json:
        print_json(_facts(checkpoint, args, ablation))
    elif args.csv:
        from explorer.views.heads.ablation import ablation_csv

        print(ablation_csv(ablation, provenance(checkpoint, _settings(args))), end="")
    else:
        _show(ablation)


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


def _settings(args: argparse.Namespace) -> dict[str, object]:
    given = {
        "source": args.source,
        "off": args.off,
        "mode": args.mode,
        "target": args.target,
        "beam": args.beam,
    }
    return {name: value for name, value in given.items() if value is not None}


def _facts(checkpoint: Checkpoint, args: argparse.Namespace, ablation: Ablation) -> dict:
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
            ("target", ablation.target, ablation.target_masked, ablation.deltas),
            ("new_translation", ablation.new, ablation.new_masked, ablation.new_deltas),
        )
    }
    heads = [{"kind": kind, "layer": layer, "head": head} for kind, layer, head in ablation.heads]
    facts = {
        "checkpoint": checkpoint.name,
        "source": args.source,
        "off": heads,
        "mode": ablation.mode,
        "beam": ablation.beam_size,
    }
    facts |= {
        "old": ablation.old_text,
        "new": ablation.new_text,
        "changed": ablation.changed,
        "edits": ablation.edits,
        "forced": ablation.forced,
    }
    return facts | passes | {"provenance": provenance(checkpoint, _settings(args))}


def _show(ablation: Ablation) -> None:
    from explorer.views.heads.ablation import MASKED, changed_sentence, head_names, probability_sentence
    from explorer.views.text import visible_text

    print(f"off     {head_names(ablation.heads)}: {MASKED[ablation.mode]}")
    print(f"before  {printable(ablation.old_text)}")
    print(f"after   {printable(ablation.new_text)}")
    print(f"words   {' '.join(marked(edit) for edit in ablation.edits)}")
    print(f"\n{changed_sentence(ablation)}\n{probability_sentence(ablation)}\n")
    rows = [
        (visible_text(token), f"{before:.3f}", f"{after:.3f}", f"{delta:+.3f}")
        for token, before, after, delta in zip(
            ablation.target.written.tokens,
            ablation.target.log_probs,
            ablation.target_masked.log_probs,
            ablation.deltas,
            strict=True,
        )
    ]
    print_table(("token", "all heads", "without", "change"), rows)


def marked(edit: WordEdit) -> str:
    """As wdiff writes it: [-old-] {+new+}."""
    old, new = (printable(" ".join(words)) for words in (edit.old, edit.new))
    if edit.kind == "kept":
        return new
    return " ".join([f"[-{old}-]"] * bool(edit.old) + [f"{{+{new}+}}"] * bool(edit.new))
