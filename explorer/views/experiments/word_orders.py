"""Does a model notice the order of words? Sentences and scores with their words shuffled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.results import ShownRun, Shuffle
from explorer.views.experiments.line_panels import shown_label
from explorer.views.numbers import exact, short
from explorer.views.plain_table import Cell, Column, plain_table
from explorer.views.theme import Theme


def orders_table(shuffles: Sequence[tuple[str, Shuffle]], theme: Theme) -> str:
    """Of each model (its label, what it did), a row for every order of the words."""
    columns = (
        Column("Model"), Column("Order of the words"), Column("Translation"),
        Column("log p of the first translation", "nats; Δ is the difference from the order as written", True),
        Column("Δ", "nats", True),
        Column("largest change of a state",
               "of the encoder, each token compared with itself in the order as written", True),
    )  # fmt: skip
    rows = []
    for label, one in shuffles:
        for order in (one.original, *one.others):
            first = order is one.original
            delta = order.log_prob - one.original.log_prob
            same = order.translation == one.original.translation
            rows.append(
                (
                    Cell(label if first else ""),
                    Cell(" ".join(order.words)),
                    Cell(order.translation if first or not same else "the same"),
                    Cell(f"{order.log_prob:.2f}".replace("-", "−"), exact(order.log_prob)),
                    Cell("" if first else signed(delta), exact(delta)),
                    Cell("" if first else short(order.state_gap), exact(order.state_gap)),
                )
            )
    return plain_table(columns, rows, theme, None, "Orders of the words")


def signed(value: float) -> str:
    """Two decimals with a sign; 0.00 has none."""
    text = f"{value:+.2f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")


def shuffle_scores_table(runs: Sequence[ShownRun], names: Mapping[str, str], theme: Theme) -> str:
    """Of every run, what another order of the words does. names: of the curves, by "same", "bleu", "log_prob"
    and "gap".
    """
    columns = (
        Column("Run"), Column("sentences", "", True),
        Column("same translation", "when the words are shuffled", True),
        Column("BLEU", "", True), Column("BLEU, shuffled", "", True),
        Column("log p of the reference", "nats per token", True),
        Column("shuffled", "nats per token", True),
        Column("largest change of a state", "over all sentences", True),
    )  # fmt: skip
    rows = []
    for shown in runs:
        same, bleu, log_prob, gap = (
            shown.run.curves[names[name]] for name in ("same", "bleu", "log_prob", "gap")
        )
        cells = [
            Cell(shown_label(shown), shown.run.name),
            Cell(f"{same.n[0]:,}"),
            Cell(f"{100 * same.y[0]:.1f} %", exact(same.y[0])),
        ]
        cells += [Cell(f"{value:.1f}", exact(value)) for value in bleu.y]
        cells += [Cell(f"{value:.2f}".replace("-", "−"), exact(value)) for value in log_prob.y]
        rows.append((*cells, Cell(short(gap.y[0]), exact(gap.y[0]))))
    return plain_table(columns, rows, theme, None, "Shuffled words")
