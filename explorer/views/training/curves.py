"""How did training go? Curves over the steps of one run or of several laid over each other, as a Plotly
figure and as a scene to save.

A run has a colour; a thin line is what was measured on training batches, a thick one with marks what was
measured on held-out sentences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.results import HistoryRow
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact, short
from explorer.views.plotly_frame import ON_PAPER, axis_suffix, dash_style, frame
from explorer.views.scene import Dot, Line, Rect, Scene, Shape, Text
from explorer.views.text import visible_line
from explorer.views.theme import Theme, line_style


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
    found = []
    for number, (name, history) in enumerate(runs.items()):
        for key, held_out in ((panel.training, False), (panel.validation, True)):
            points = [(row.step, row.values[key]) for row in history if key in row.values]
            stride = 1 if held_out else -(-len(points) // MOST_POINTS)
            points = points[:: stride or 1] + ([points[-1]] if stride and (len(points) - 1) % stride else [])
            if any(math.isfinite(value) for _, value in points):
                found.append(Curve(name, number, held_out, *zip(*points, strict=True)))
    return found


def curves_figure(
    runs: Mapping[str, Sequence[HistoryRow]],
    panels: Sequence[str],
    theme: Theme,
    width: int = 900,
    log_loss: bool = False,
    n_steps: int = 0,
) -> go.Figure:
    """A panel for each of `panels`, beside and below each other; empty axes while there is nothing yet.

    runs: by name, their history;  n_steps: how far the axis of steps goes at least.
    The figure is `width` pixels wide: show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    curves = {key: curves_of(runs, PANELS[key]) for key in panels}
    places, height = _places(runs, curves, width, log_loss, n_steps)
    figure = go.Figure()
    for number, key in enumerate(panels):
        place, suffix, log = places[key], axis_suffix(number), log_loss and key == "loss"
        figure.add_traces([_trace(curve, PANELS[key], theme, suffix) for curve in curves[key]])
        if not curves[key]:
            figure.add_trace(_nothing(suffix))
        across = [place.x / width, (place.x + place.w) / width]
        up = [1 - (place.y + place.h) / height, 1 - place.y / height]
        axes = {
            f"xaxis{suffix}": _step_axis(place, across, suffix, theme),
            f"yaxis{suffix}": _value_axis(place, up, suffix, theme, log),
        }
        figure.update_layout(axes)
        title = f"<b>{escape_plotly(PANELS[key].title)}</b>"
        figure.add_annotation(text=title, x=across[0], y=up[1], yshift=6, font={"size": 14}, **ON_PAPER)
    figure.update_layout(
        **frame(theme, width, height, {"l": 0, "r": 0, "t": 0, "b": 0}, 13),
        hovermode="closest",
        dragmode=False,
        showlegend=False,
        uirevision="curves",
    )
    _add_legend(figure, runs, theme, width, height)
    return figure


def _nothing(suffix: str) -> go.Scatter:
    """A line without points: Plotly draws no axes around nothing at all."""
    axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    return go.Scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip", **axes)


def _add_legend(figure: go.Figure, runs: Mapping[str, object], theme: Theme, width: int, height: int) -> None:
    """Draw a line with its name for each run, at the foot of the figure."""
    for x, y, number, name in _legend(runs, width, height):
        color, dashes = line_style(theme, number)
        up = 1 - y / height
        ends = {"x0": x / width, "x1": (x + 28) / width, "y0": up, "y1": up}
        line = {"color": color, "width": 3, "dash": dash_style(dashes)}
        figure.add_shape(type="line", xref="paper", yref="paper", **ends, line=line)
        words = ON_PAPER | {"yanchor": "middle", "font": {"size": 14}}
        figure.add_annotation(text=escape_plotly(name), x=(x + 36) / width, y=up, **words)


def _step_axis(place: Place, domain: list[float], suffix: str, theme: Theme) -> dict:
    ticks = nice_ticks(0, place.steps)
    return {
        **_axis(theme),
        "domain": domain,
        "anchor": f"y{suffix}",
        "range": [0, place.steps],
        "tickvals": ticks,
        "ticktext": [f"{step:,.0f}" for step in ticks],
    }


def _value_axis(place: Place, domain: list[float], suffix: str, theme: Theme, log: bool) -> dict:
    ticks = log_ticks(place.low, place.high) if log else nice_ticks(place.low, place.high)
    ends = [math.log10(end) for end in (place.low, place.high)] if log else [place.low, place.high]
    return {
        **_axis(theme),
        "domain": domain,
        "anchor": f"x{suffix}",
        "range": ends,
        "tickvals": ticks,
        "ticktext": [tick_text(value) for value in ticks],
        "type": "log" if log else "linear",
    }


def _axis(theme: Theme) -> dict:
    return {
        "fixedrange": True,
        "gridcolor": theme.grid,
        "zeroline": False,
        "tickfont": {"size": 13},
        "ticklabelstandoff": 4,
    }


def _trace(curve: Curve, panel: Panel, theme: Theme, suffix: str) -> go.Scatter:
    color, dashes = line_style(theme, curve.number)
    name = visible_line(curve.run)
    where = "held-out" if curve.held_out else "training"
    hover = [
        f"<b>{escape_plotly(name)}</b><br>step {step:,}<br>{escape_plotly(panel.title.partition(',')[0])} "
        f"{exact(value)}, {where}"
        for step, value in zip(curve.steps, curve.values, strict=True)
    ]
    return go.Scatter(
        x=curve.steps,
        y=[value if math.isfinite(value) else None for value in curve.values],
        name=f"{name}, {where}",
        hoverinfo="text",
        hovertext=hover,
        mode="lines+markers" if curve.held_out else "lines",
        marker={"size": 6, "color": color},
        connectgaps=False,
        line={
            "color": color,
            "width": 2.5 if curve.held_out else 1.2,
            "dash": dash_style(dashes),
        },
        opacity=1.0 if curve.held_out or not panel.validation else 0.75,
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
    )


def curves_scene(
    runs: Mapping[str, Sequence[HistoryRow]],
    panels: Sequence[str],
    theme: Theme,
    width: int = 900,
    log_loss: bool = False,
    n_steps: int = 0,
) -> Scene:
    """The same picture as shapes, for `scene_png` and `scene_svg`."""
    curves = {key: curves_of(runs, PANELS[key]) for key in panels}
    places, height = _places(runs, curves, width, log_loss, n_steps)
    shapes: list[Shape] = []
    for key in panels:
        shapes += _panel_shapes(PANELS[key], places[key], curves[key], theme, log_loss and key == "loss")
    for x, y, number, name in _legend(runs, width, height):
        color, dashes = line_style(theme, number)
        shapes += [
            Line(((x, y), (x + 28, y)), color, 3, dashes or None),
            Text(x + 36, y, name, 14, theme.text),
        ]
    names = ", ".join(map(visible_line, runs))
    return Scene(
        width,
        height,
        theme.background,
        tuple(shapes),
        f"Training curves of {names}",
        "Thin: training. Thick: held-out sentences.",
    )


def _panel_shapes(
    panel: Panel, place: Place, curves: Sequence[Curve], theme: Theme, log: bool
) -> list[Shape]:
    def up(value: float) -> float:
        low, high, value = (
            (math.log10(part) for part in (place.low, place.high, value))
            if log
            else (place.low, place.high, value)
        )
        return place.y + place.h * (1 - (value - low) / (high - low))

    bottom = place.y + place.h
    shapes: list[Shape] = [Text(place.x, place.y - 14, panel.title, 14, theme.text)]
    for value in log_ticks(place.low, place.high) if log else nice_ticks(place.low, place.high):
        shapes += [Line(((place.x, up(value)), (place.x + place.w, up(value))), theme.grid)]
        shapes += [Text(place.x - 6, up(value), tick_text(value), 13, theme.text, "end")]
    for step in nice_ticks(0, place.steps):
        x = place.x + place.w * step / place.steps
        shapes += [
            Line(((x, place.y), (x, bottom)), theme.grid),
            Text(x, bottom + 14, f"{step:,.0f}", 13, theme.text, "middle"),
        ]
    for curve in curves:
        color, dashes = line_style(theme, curve.number)
        pieces: list[list[tuple[float, float]]] = [[]]
        for step, value in zip(curve.steps, curve.values, strict=True):
            if not math.isfinite(value) or log and value <= 0:
                pieces.append([])
                continue
            pieces[-1].append(
                (place.x + place.w * step / place.steps, up(min(max(value, place.low), place.high)))
            )
        for piece in filter(None, pieces):
            if len(piece) > 1:
                shapes.append(Line(tuple(piece), color, 2.5 if curve.held_out else 1.2, dashes or None))
            if curve.held_out:
                shapes += [Dot(x, y, 3, color, color, 1) for x, y in piece]
    return [*shapes, Rect(place.x, place.y, place.w, place.h, None, theme.grid)]


# ----------------------------------------------------------------------------------------------------- layout


def _places(
    runs: Mapping[str, Sequence[HistoryRow]],
    curves: Mapping[str, Sequence[Curve]],
    width: int,
    log_loss: bool,
    n_steps: int,
) -> tuple[dict[str, Place], int]:
    """Where each panel is, and the height of all."""
    n_lines = -(-len(curves) // max(1, width // LEAST_WIDTH)) or 1
    n_columns = -(-len(curves) // n_lines) or 1  # four panels stand two by two, not three and one
    each = (width - RIGHT + GAP) / n_columns
    last = max([n_steps, *(row.step for history in runs.values() for row in history[-1:])]) or 1
    places = {}
    for number, (key, lines) in enumerate(curves.items()):
        line, column = divmod(number, n_columns)
        low, high = _limits(PANELS[key], lines, log_loss and key == "loss")
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


def _legend(runs: Mapping[str, object], width: int, height: int) -> list[tuple[float, float, int, str]]:
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


def nice_ticks(low: float, high: float, n: int = 5) -> list[float]:
    """About `n` round numbers from `low` to `high`: 1, 2 or 5 times a power of ten apart.

    >>> nice_ticks(0, 900)
    [0, 200, 400, 600, 800]
    """
    rough = (high - low) / n
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [
        float(f"{number * step:.12g}") if step < 1 else round(number * step)
        for number in range(first, last + 1)
    ]


def log_ticks(low: float, high: float) -> list[float]:
    """The powers of ten from `low` to `high`."""
    return [10.0**power for power in range(round(math.log10(low)), round(math.log10(high)) + 1)]


def tick_text(value: float) -> str:
    """A tick: 0.001, 0.5, 20, 40k."""
    if abs(value) >= 10_000:
        return f"{value / 1000:g}k"
    return (
        f"{value:g}"
        if value == 0 or abs(value) >= 1e-4
        else short(value)
        if abs(value) >= 1e-3
        else f"{value:.0e}"
    )
