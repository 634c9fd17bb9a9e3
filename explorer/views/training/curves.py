"""The curves of training runs: which lines stand in which panel, and where each panel stands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from explorer.results import HistoryRow
from explorer.views.text import visible_line


class Panel(NamedTuple):
    """title: with the unit;  training, validation: keys of a history row's values, "" for none;  top: of the
    axis where it is known.
    """

    title: str
    training: str = ""
    validation: str = ""
    top: float | None = None


PANELS: dict[str, Panel] = {
    "loss": Panel("loss, nats per token", "loss", "valid_loss"),
    "accuracy": Panel("token accuracy", "accuracy", "valid_accuracy", 1.0),
    "bleu": Panel("BLEU, held-out", "", "bleu", 100.0),
    "exact_match": Panel("exact match, held-out", "", "exact_match", 1.0),
    "learning_rate": Panel("learning rate", "learning_rate"),
    "gradient_norm": Panel("gradient norm", "gradient_norm"),
    "tokens_per_second": Panel("target tokens per second", "tokens_per_second"),
    "teacher_forcing": Panel("share of true tokens fed in", "teacher_forcing", "", 1.0),
}
LEFT, TOP, BELOW, GAP, RIGHT = 52, 30, 40, 28, 18  # pixels around the plot of a panel; right of the last one
LEAST_WIDTH, PLOT = 232, 140  # pixels: a panel, and the height of its plot
LEGEND_LINE = 24
MOST_POINTS = 1500  # of a line: more cannot be told apart on a screen


class Curve(NamedTuple):
    """One line of one panel; a gap is where a value is no number."""

    run: str
    number: int
    held_out: bool
    steps: tuple[int, ...]
    values: tuple[float, ...]


class Place(NamedTuple):
    """The plot of a panel within the picture, in pixels, and the range of its axes."""

    x: float
    y: float
    w: float
    h: float
    steps: float
    low: float
    high: float


def curves_of(runs: Mapping[str, Sequence[HistoryRow]], panel: Panel) -> list[Curve]:
    """The lines of a panel: of each run the training figures, then the held-out ones, where there are any."""
    curves = []
    for number, (name, history) in enumerate(runs.items()):
        for key, held_out in ((panel.training, False), (panel.validation, True)):
            points = [(row.step, row.values[key]) for row in history if key in row.values]
            stride = 1 if held_out else -(-len(points) // MOST_POINTS)
            points = points[:: stride or 1] + ([points[-1]] if stride and (len(points) - 1) % stride else [])
            if any(math.isfinite(value) for _, value in points):
                curves.append(Curve(name, number, held_out, *zip(*points, strict=True)))
    return curves


@dataclass(frozen=True)
class CurvePanels:
    """Runs by name with their history, and the panels that compare them, on the screen as in files.

    panels: keys of `PANELS`;  n_steps: how far the axis of steps goes at least.
    """

    runs: Mapping[str, Sequence[HistoryRow]]
    panels: Sequence[str]
    log_loss: bool = False
    n_steps: int = 0

    def curves(self) -> dict[str, list[Curve]]:
        """The lines of each panel."""
        return {key: curves_of(self.runs, PANELS[key]) for key in self.panels}

    def is_log(self, key: str) -> bool:
        """Whether a panel has a logarithmic axis."""
        return self.log_loss and key == "loss"


def places_of(
    drawn: CurvePanels, curves: Mapping[str, Sequence[Curve]], width: int
) -> tuple[dict[str, Place], int]:
    """Where each panel is, and the height of all."""
    runs = drawn.runs
    n_lines = -(-len(curves) // max(1, width // LEAST_WIDTH)) or 1
    n_columns = -(-len(curves) // n_lines) or 1  # four panels stand two by two, not three and one
    each = (width - RIGHT + GAP) / n_columns
    last = max([drawn.n_steps, *(row.step for history in runs.values() for row in history[-1:])]) or 1
    places = {}
    for number, (key, lines) in enumerate(curves.items()):
        line, column = divmod(number, n_columns)
        low, high = _limits(PANELS[key], lines, drawn.is_log(key))
        x, y = column * each + LEFT, line * (TOP + PLOT + BELOW) + TOP
        places[key] = Place(x, y, each - GAP - LEFT, PLOT, last, low, high)
    legend = LEGEND_LINE * -(-len(runs) // _per_line(runs, width)) if len(runs) > 1 else 0
    return places, n_lines * (TOP + PLOT + BELOW) + legend


def _limits(panel: Panel, curves: Sequence[Curve], log: bool) -> tuple[float, float]:
    """The range of an axis: from 0, to the top that is known or what holds every value; powers of ten on a
    log scale.
    """
    values = [
        value for curve in curves for value in curve.values if math.isfinite(value) and (value > 0 or not log)
    ]
    if log:
        return (
            (10.0 ** math.floor(math.log10(min(values))), 10.0 ** math.ceil(math.log10(max(values)) + 1e-9))
            if values
            else (0.001, 10.0)
        )
    if panel.top is not None:
        return 0.0, panel.top
    return 0.0, max(values, default=0.0) * 1.04 or 1.0


def _per_line(runs: Mapping[str, object], width: int) -> int:
    return max(1, int(width // (48 + 8 * max((len(visible_line(name)) for name in runs), default=1))))


def legend_entries(
    runs: Mapping[str, object], width: int, height: int
) -> list[tuple[float, float, int, str]]:
    """(x, y, number of the run, its name) of each entry, at the foot of the picture; none for a single
    run.
    """
    if len(runs) < 2:
        return []
    per_line = _per_line(runs, width)
    top = height - LEGEND_LINE * -(-len(runs) // per_line)
    return [
        (
            4 + (number % per_line) * width / per_line,
            top + LEGEND_LINE * (number // per_line + 0.5),
            number,
            visible_line(name),
        )
        for number, name in enumerate(runs)
    ]
