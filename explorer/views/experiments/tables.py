"""The runs of an experiment as tables: how good each is, where and when it ran, what was published."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from explorer.results import FinishedRun, PublishedRun, ShownRun
from explorer.views.experiments.line_panels import shown_label
from explorer.views.numbers import exact, percent, short
from explorer.views.plain_table import Cell, Column, plain_table
from explorer.views.theme import Theme


def runs_table(runs: Sequence[ShownRun], theme: Theme) -> str:
    """A row for each run: size, scores where the weights were kept, time and place."""
    columns = (
        Column("Run"), Column("parameters", "", True), Column("steps", "", True),
        Column("validation loss", "nats per token, the lowest: those weights are kept", True),
        Column("BLEU", "of the same weights", True),
        Column("exact match", "of the same weights", True), Column("minutes", "of training", True),
        Column("on"),
        Column("date", "when it ended, or was measured"),
    )  # fmt: skip
    rows = []
    for shown in runs:
        run, values = shown.run, kept_values(shown.run)
        label = f"{shown_label(shown)}: {shown.own}" if shown.own else shown.label
        loss, bleu, match = (values.get(name, math.nan) for name in ("valid_loss", "bleu", "exact_match"))
        rows.append(
            (
                Cell(label, run.name),
                Cell(f"{run.n_parameters:,}"),
                Cell(f"{run.history[-1].step if run.history else 0:,}"),
                Cell(short(loss), exact(loss)),
                Cell("–" if math.isnan(bleu) else f"{bleu:.1f}", exact(bleu)),
                Cell("–" if math.isnan(match) else percent(match), exact(match)),
                Cell(short(run.minutes)),
                Cell(run.device),
                Cell(run.date),
            )
        )
    return plain_table(columns, rows, theme, None, "The runs")


def kept_values(run: FinishedRun) -> dict[str, float]:
    """The values of the validation with the lowest loss; empty before the first."""
    rows = [row.values for row in run.history if not math.isnan(row.values.get("valid_loss", math.nan))]
    return min(rows, key=lambda values: values["valid_loss"], default={})


def samples_table(runs: Sequence[ShownRun], step: int, theme: Theme) -> str:
    """Held-out samples at one validation: what goes in, what should come out, and what comes out of each run,
    right or wrong.
    """
    translations = {}
    for number, shown in enumerate(runs):
        for sample in shown.run.samples:
            if sample.step == step:
                translations.setdefault((sample.src, sample.reference), {})[number] = sample.translation
    columns = (
        Column("Input"),
        Column("Target"),
        *(Column(f"Predicted, {shown_label(shown)}") for shown in runs),
    )
    rows = [
        (
            Cell(src),
            Cell(reference),
            *(_predicted(by_run.get(number), reference) for number in range(len(runs))),
        )
        for (src, reference), by_run in translations.items()
    ]
    return plain_table(columns, rows, theme, None, "Input, target, predicted")


def _predicted(text: str | None, reference: str) -> Cell:
    if text is None:
        return Cell("–", "this run took no sample here")
    return Cell(f"✓ {text}", "right") if text == reference else Cell(f"✗ {text}", "wrong")


def published_table(
    published: Mapping[str, PublishedRun], runs: Sequence[ShownRun], floor: float, theme: Theme
) -> str:
    """The published figures beside ours. floor: the loss that word frequencies alone give on our data."""
    columns = (
        Column("Setting"), Column("dropout", "", True), Column("theirs: width", "as published", True),
        Column("dev loss", "nats", True),
        Column("“BLEU”", "0 to 1, a metric that is no BLEU: see the page BLEU", True),
        Column("s / epoch", "of 1,875 steps", True),
        Column("ours: width", "here", True),
        Column("dev loss", f"nats; the frequencies of words alone give {floor:.3f}", True),
        Column("accuracy", "of the tokens of held-out sentences, those before being given", True),
        Column("minutes", "for the whole run", True),
    )  # fmt: skip
    rows = []
    for shown in runs:
        model, theirs, kept = shown.run.config["model"], published.get(shown.run.key), kept_values(shown.run)
        loss, accuracy = kept.get("valid_loss", math.nan), kept.get("valid_accuracy", math.nan)
        figures = ("–",) * 4
        if theirs is not None:
            figures = (
                str(theirs.width),
                f"{theirs.valid_loss:.3f}",
                f"{theirs.bleu:.4f}",
                str(theirs.seconds),
            )
        label = shown_label(shown).replace(f", width {model['d_model']}", "")  # it has columns of its own
        rows.append(
            (
                Cell(label, shown.run.name),
                Cell(f"{model['dropout']:g}"),
                *map(Cell, figures),
                Cell(str(model["d_model"])),
                Cell(f"{loss:.3f}", exact(loss)),
                Cell(f"{100 * accuracy:.1f} %", exact(accuracy)),
                Cell(short(shown.run.minutes)),
            )
        )
    return plain_table(columns, rows, theme, None, "Published figures and ours")
