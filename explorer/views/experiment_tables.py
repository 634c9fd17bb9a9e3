"""Which runs are in a picture, how good is each, and where did it run? Tables of the runs of an experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import FinishedRun, SampleTranslation, ShownRun
from explorer.views.line_panels import shown_label
from explorer.views.plain_table import Cell, Column, plain_table
from explorer.views.theme import Theme, exact, percent, short


def runs_table(runs: Sequence[ShownRun], theme: Theme) -> str:
    """A row for each run: size, scores where the weights were kept, time and place."""
    columns = (
        Column("Run"), Column("parameters", "", True), Column("steps", "", True),
        Column("validation loss", "nats per token, the lowest: those weights are kept", True), Column("BLEU", "of the same weights", True),
        Column("exact match", "of the same weights", True), Column("minutes", "of training and validation", True), Column("on"),
        Column("date", "when it ended, or was measured"),
    )  # fmt: skip
    rows = []
    for shown in runs:
        run, values = shown.run, kept_values(shown.run)
        loss, bleu, match = (values.get(name, math.nan) for name in ("valid_loss", "bleu", "exact_match"))
        rows.append(
            (Cell(shown_label(shown), run.name), Cell(f"{run.n_parameters:,}"), Cell(f"{run.history[-1].step if run.history else 0:,}"),
             Cell(short(loss), exact(loss)), Cell("–" if math.isnan(bleu) else f"{bleu:.1f}", exact(bleu)),
             Cell("–" if math.isnan(match) else percent(match), exact(match)), Cell(short(run.minutes)), Cell(run.device), Cell(run.date))
        )  # fmt: skip
    return plain_table(columns, rows, theme, None, "The runs")


def kept_values(run: FinishedRun) -> dict[str, float]:
    """The values of the validation with the lowest loss; empty before the first."""
    rows = [row.values for row in run.history if not math.isnan(row.values.get("valid_loss", math.nan))]
    return min(rows, key=lambda values: values["valid_loss"], default={})


def samples_table(
    samples: Sequence[SampleTranslation], theme: Theme, names: tuple[str, str, str] = ("Input", "Target", "Predicted")
) -> str:
    """Held-out samples of one run: what goes in, what should come out, what does."""
    columns = tuple(map(Column, names)) + (Column("right"),)
    rows = [
        (Cell(one.src), Cell(one.reference), Cell(one.translation), Cell("yes" if one.translation == one.reference else "no"))
        for one in samples
    ]
    return plain_table(columns, rows, theme, None, ", ".join(names))
