"""What is said beside the figures of importance, in whole sentences."""

from __future__ import annotations

from explorer.results import ImportanceReport, in_order
from explorer.views.heads.ablation import MASKED
from explorer.views.heads.importance import MAX_ROWS
from explorer.views.numbers import short


def correlation_sentence(report: ImportanceReport) -> str:
    """Whether gradients tell which heads are worth something."""
    if report.correlation.value != report.correlation.value:
        return "With one head, or heads that all do the same, there is no order to compare."
    normalised, raw = (
        f"{each.value:.2f} (95 % {each.low:.2f} to {each.high:.2f})".replace("-", "−")
        for each in (report.correlation, report.correlation_raw)
    )
    return (
        f"Spearman's correlation over the {len(report.heads)} heads between change of the loss and gradient "
        f"importance: {normalised} with gradients normalised within each layer as published, {raw} before "
        "that."
    )


def corpus_sentence(report: ImportanceReport) -> str:
    """On what the numbers were measured, and how."""
    left_out = f"; {report.n_left_out} more were empty or too long and left out" if report.n_left_out else ""
    return (
        f"{report.n_sentences} sentences ({report.corpus}), {report.n_tokens:,} tokens{left_out}. All heads "
        f"on: loss {short(report.whole.loss)} nats per token, BLEU {short(report.whole.bleu)}, chrF "
        f"{short(report.whole.chrf)}, by greedy search. A head is off with its {MASKED[report.mode]}. "
        f"Intervals: 95 %, paired bootstrap, {report.n_resamples:,} resamples."
    )


def luck_sentence(report: ImportanceReport) -> str:
    """How many heads matter for sure, and how many would seem to by luck."""
    n_sure = sum(effect.loss.sure for effect in report.heads)
    luck = len(report.heads) / 20
    by_luck = "hardly one" if luck < 0.75 else f"about {luck:.0f}"
    return (
        f"A filled point has an interval without 0: {n_sure} of {len(report.heads)} heads. By luck alone "
        f"it would be {by_luck}."
    )


def shown_sentence(report: ImportanceReport) -> str:
    """Which heads the figure leaves out; empty when none."""
    n_hidden = sum(
        max(0, sum(effect.kind == kind for effect in report.heads) - MAX_ROWS)
        for kind in in_order(effect.kind for effect in report.heads)
    )
    return (
        f"The figure leaves out the {n_hidden} heads that change the loss least; the table has them all."
        if n_hidden
        else ""
    )


def curve_sentence(report: ImportanceReport) -> str:
    """Why the curve is not flattered by its own choice."""
    if report.n_sentences == 1:
        return "With one sentence the order is chosen and scored on the same."
    return (
        f"The order is chosen on {report.n_chosen_on} of the sentences and scored on the "
        f"{report.n_scored_on} others."
    )
