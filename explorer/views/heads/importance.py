"""Which heads does a model need? Each head's change of the loss with its interval, its gradient beside it,
and the pruning curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.results import HeadEffect, ImportanceReport, Provenance, ScoreChange, in_order, names_of
from explorer.views.escaping import escape_plotly
from explorer.views.export import table_csv
from explorer.views.heads.ablation import MASKED, change
from explorer.views.numbers import exact, short
from explorer.views.plotly_frame import ON_PAPER, axis_suffix, frame
from explorer.views.theme import MONO, Theme

ROW = 22  # pixels for a head
MAX_ROWS = 48  # heads of one kind; of more, those that change the loss most
PRUNING = {"loss": "loss, nats per token", "bleu": "BLEU", "chrf": "chrF"}  # score: title of its panel
ORDERS = {"loss": "by measured change of the loss", "gradient": "by gradient importance"}


class _Column(NamedTuple):
    """One kind of attention in pixels from the left: names of heads, changes of the loss, gradients."""

    left: float
    start: float
    split: float
    end: float


def importance_figure(report: ImportanceReport, theme: Theme, width: int = 900) -> go.Figure:
    """A column for each kind of attention: change of the loss with its 95 % interval, and beside it the
    gradient importance as bars.

    A filled point has an interval without 0. All columns share one scale for each of the two.
    The figure is `width` pixels wide: show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    kinds = in_order(effect.kind for effect in report.heads)
    columns = [shown_effects(report, kind) for kind in kinds]
    top, bottom = 66, 28
    n_rows = max(map(len, columns))
    changes, gradients = _change_range(report.heads), _gradient_range(report.heads)
    figure, layout = go.Figure(), {}
    for number, (kind, effects) in enumerate(zip(kinds, columns, strict=True)):
        column = _column(number, len(kinds), width)
        first, second = axis_suffix(2 * number), axis_suffix(2 * number + 1)
        y = list(range(len(effects)))
        for trace in (*_forest(effects, y, theme), _bars(effects, y, theme)):
            side = second if trace.type == "bar" else first
            trace.update(xaxis=f"x{side}", yaxis=f"y{side}")
            figure.add_trace(trace)
        across = ([column.start / width, (column.split - 12) / width],
                  [(column.split + 12) / width, column.end / width])  # fmt: skip
        rows = _head_axis(y, n_rows, theme)
        layout |= {
            f"xaxis{first}": _number_axis(across[0], changes, first, theme),
            f"yaxis{first}": {
                **rows,
                "anchor": f"x{first}",
                "ticktext": [f"L{effect.layer} H{effect.head}" for effect in effects],
            },
            f"xaxis{second}": _number_axis(across[1], gradients, second, theme) | {"nticks": 3},
            f"yaxis{second}": {**rows, "anchor": f"x{second}", "showticklabels": False},
        }
        _column_titles(figure, names_of(kind).name, column, width, theme)
    figure.update_layout(
        **frame(theme, width, top + n_rows * ROW + bottom, {"l": 0, "r": 0, "t": top, "b": bottom}),
        hovermode="closest",
        dragmode=False,
        showlegend=False,
        bargap=0.5,
        **layout,
    )
    return figure


def _column(number: int, n_columns: int, width: int) -> _Column:
    """Where column `number` lies: all are equally wide, and changes of the loss have 60 % of a plot."""
    labels, gap = 64, 14
    each = (width - 8 - gap * (n_columns - 1)) / n_columns
    start, plot = 4 + number * (each + gap) + labels, each - labels
    return _Column(start - labels, start, start + 0.6 * plot, start + plot)


def _change_range(heads: Sequence[HeadEffect]) -> list[float]:
    """A range that holds 0 and every interval of a change of the loss, with a margin."""
    low = min(0.0, min(effect.loss.low for effect in heads))
    high = max(0.0, max(effect.loss.high for effect in heads))
    pad = 0.06 * ((high - low) or 1.0)
    return [low - pad, high + pad]


def _gradient_range(heads: Sequence[HeadEffect]) -> list[float]:
    """A range from 0 that holds every gradient importance."""
    return [0.0, 1.02 * max(1e-9, max(effect.gradient_normalised for effect in heads))]


def _number_axis(domain: list[float], limits: list[float], place: str, theme: Theme) -> dict:
    """The axis along the foot of a plot, with a line at 0."""
    return {
        "fixedrange": True,
        "ticks": "",
        "tickfont": {"size": 12, "color": theme.text},
        "gridcolor": theme.grid,
        "nticks": 4,
        "zeroline": True,
        "zerolinecolor": theme.muted,
        "zerolinewidth": 1.5,
        "side": "bottom",
        "domain": domain,
        "range": limits,
        "anchor": f"y{place}",
    }


def _head_axis(y: list[int], n_rows: int, theme: Theme) -> dict:
    """A row for each head from the top down, equally high in every column."""
    return {
        "fixedrange": True,
        "ticks": "",
        "range": [n_rows - 0.5, -0.5],
        "showgrid": False,
        "zeroline": False,
        "tickmode": "array",
        "tickvals": y,
        "tickfont": {"family": MONO, "size": 13, "color": theme.text},
    }


def _column_titles(figure: go.Figure, name: str, column: _Column, width: int, theme: Theme) -> None:
    """Write the kind of attention over a column, and over each of its two plots what it shows."""
    words, small = ON_PAPER | {"y": 1}, {"size": 13, "color": theme.muted}
    figure.add_annotation(x=column.left / width, yshift=34, text=f"<b>{name}</b>", **words, font={"size": 15})
    for x, text in ((column.start, "change of loss"), (column.split + 12, "gradient")):
        figure.add_annotation(x=x / width, yshift=10, text=text, **words, font=small)


def shown_effects(report: ImportanceReport, kind: str) -> list[HeadEffect]:
    """The heads of one kind in their order; of more than `MAX_ROWS` those that change the loss most."""
    effects = [effect for effect in report.heads if effect.kind == kind]
    kept = sorted(effects, key=lambda effect: -abs(effect.loss.value))[:MAX_ROWS]
    return [effect for effect in effects if effect in kept]


def _forest(effects: Sequence[HeadEffect], y: list[int], theme: Theme) -> tuple[go.Scatter, go.Scatter]:
    """The intervals as one broken line, and the points."""
    line_x: list[float | None] = []
    line_y: list[float | None] = []
    for row, effect in zip(y, effects, strict=True):
        line_x += [effect.loss.low, effect.loss.high, None]
        line_y += [row, row, None]
    fills = [theme.accent if effect.loss.sure else theme.background for effect in effects]
    marker = {"size": 10, "color": fills, "line": {"color": theme.accent, "width": 2}}
    intervals = go.Scatter(
        x=line_x,
        y=line_y,
        mode="lines",
        line={"color": theme.accent, "width": 2},
        hoverinfo="skip",
        name="interval",
    )
    points = go.Scatter(
        x=[effect.loss.value for effect in effects],
        y=y,
        mode="markers",
        marker=marker,
        hoverinfo="text",
        name="change of loss",
        hovertext=[_hover(effect) for effect in effects],
    )
    return intervals, points


def _bars(effects: Sequence[HeadEffect], y: list[int], theme: Theme) -> go.Bar:
    return go.Bar(
        x=[effect.gradient_normalised for effect in effects],
        y=y,
        orientation="h",
        marker={"color": theme.categories[1]},
        hoverinfo="text",
        hovertext=[_hover(effect) for effect in effects],
        name="gradient importance",
    )


def _hover(effect: HeadEffect) -> str:
    lines = [f"<b>{names_of(effect.kind).name} L{effect.layer} H{effect.head} off</b>"]
    for name, score in (("loss", effect.loss), ("BLEU", effect.bleu), ("chrF", effect.chrf)):
        lines.append(
            f"Δ{name} {escape_plotly(change_with_interval(score))}, p {escape_plotly(short(score.p_value))}"
        )
    lines.append(f"{effect.n_changed} sentences translated otherwise")
    lines.append(
        f"gradient {exact(effect.gradient)} nats, {exact(effect.gradient_normalised)} within its layer"
    )
    return "<br>".join(lines)


def change_with_interval(score: ScoreChange) -> str:
    """+0.12 [0.1, 0.15]."""
    return f"{change(score.value)} [{short(score.low)}, {short(score.high)}]"


# ---------------------------------------------------------------------------------------------------- pruning


def pruning_figure(report: ImportanceReport, theme: Theme, width: int = 900) -> go.Figure:
    """Loss, BLEU and chrF against the number of heads that are off, the least important first, one line for
    each order.

    The figure is `width` pixels wide: show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    labels, gap, height, top, bottom = 48, 16, 300, 36, 84
    each = (width - 8 - gap * (len(PRUNING) - 1)) / len(PRUNING)
    figure, layout = go.Figure(), {}
    for number, (score, title) in enumerate(PRUNING.items()):
        place, start = axis_suffix(number), 4 + number * (each + gap) + labels
        figure.add_traces(_pruning_lines(report, score, theme, number))
        across = [start / width, (start + each - labels) / width]
        layout |= _pruning_axes(across, len(report.heads), score, place, theme)
        figure.add_annotation(
            text=f"<b>{title}</b>", x=(start - labels) / width, y=1, yshift=8, font={"size": 15}, **ON_PAPER
        )
    figure.update_layout(
        **frame(theme, width, height, {"l": 0, "r": 0, "t": top, "b": bottom}),
        dragmode=False,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -50 / (height - top - bottom),
            "yanchor": "top",
            "font": {"size": 14},
            "itemclick": False,
            "itemdoubleclick": False,
        },
        **layout,
    )
    return figure


def _pruning_lines(report: ImportanceReport, score: str, theme: Theme, number: int) -> list[go.Scatter]:
    """One score over the number of heads that are off, a line for each order; the first panel names them."""
    place, title = axis_suffix(number), PRUNING[score]
    styles = (("solid", "circle", theme.categories[0]), ("dot", "square-open", theme.categories[1]))
    return [
        go.Scatter(
            x=[step.n_removed for step in curve.steps],
            y=[getattr(step.scores, score) for step in curve.steps],
            mode="lines+markers",
            cliponaxis=False,
            line={"color": color, "width": 2, "dash": dash},
            marker={"symbol": symbol, "size": 7, "color": color},
            name=ORDERS[curve.order],
            legendgroup=curve.order,
            showlegend=number == 0,
            xaxis=f"x{place}",
            yaxis=f"y{place}",
            hoverinfo="text",
            hovertext=[_step_hover(report, curve.order, n, title, score) for n in range(len(curve.steps))],
        )
        for curve, (dash, symbol, color) in zip(report.curves, styles, strict=False)
    ]


def _pruning_axes(domain: list[float], n_heads: int, score: str, place: str, theme: Theme) -> dict:
    """The axes of one panel; BLEU and chrF run from 0 to 100."""
    axis = {
        "fixedrange": True,
        "ticks": "",
        "gridcolor": theme.grid,
        "zeroline": False,
        "tickfont": {"size": 13},
    }
    return {
        f"xaxis{place}": {
            **axis,
            "domain": domain,
            "anchor": f"y{place}",
            "range": [-0.4, n_heads + 0.4],
            "nticks": 6,
            "title": {"text": "heads off", "font": {"size": 14}, "standoff": 4},
        },
        f"yaxis{place}": {
            **axis,
            "anchor": f"x{place}",
            "rangemode": "tozero",
            "nticks": 6,
            **({} if score == "loss" else {"range": [0, 102]}),
        },
    }


def _step_hover(report: ImportanceReport, order: str, number: int, title: str, name: str) -> str:
    curve = next(curve for curve in report.curves if curve.order == order)
    step = curve.steps[number]
    removed = ", ".join(
        f"{names_of(kind).name.lower()} L{layer} H{head}" for kind, layer, head in step.removed[:4]
    )
    more = f" and {len(step.removed) - 4} more" if len(step.removed) > 4 else ""
    last = f"<br>last: {removed}{more}" if removed else "<br>every head is on"
    return (
        f"<b>{step.n_removed} of {len(report.heads)} heads off</b>, {ORDERS[order]}{last}<br>{title} "
        f"{exact(getattr(step.scores, name))}"
    )


# ------------------------------------------------------------------------------------------ words and numbers


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
        "importance: "
        f"{normalised} with gradients normalised within each layer as published, {raw} before that."
    )


def corpus_sentence(report: ImportanceReport) -> str:
    """On what the numbers were measured, and how."""
    left_out = f"; {report.n_left_out} more were empty or too long and left out" if report.n_left_out else ""
    return (
        f"{report.n_sentences} sentences ({report.corpus}), {report.n_tokens:,} tokens{left_out}. All heads "
        "on: loss "
        f"{short(report.whole.loss)} nats per token, BLEU {short(report.whole.bleu)}, chrF "
        f"{short(report.whole.chrf)}, by greedy search. "
        f"A head is off with its {MASKED[report.mode]}. Intervals: 95 %, paired bootstrap, "
        f"{report.n_resamples:,} resamples."
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


CHANGES = ("loss", "bleu", "chrf")
GRADIENTS = ("gradient", "gradient_normalised", "gradient_tokens")
COLUMNS = (
    "kind", "layer", "head", *(f"{name}{part}" for name in CHANGES for part in ("", "_low", "_high", "_p")),
    "n_changed", *GRADIENTS,
)  # fmt: skip


def importance_rows(report: ImportanceReport) -> list[dict[str, str | int | float]]:
    """One row for each head, by the names in `COLUMNS`; loss, bleu and chrf are changes."""
    rows = []
    for effect in report.heads:
        row: dict = {"kind": effect.kind, "layer": effect.layer, "head": effect.head}
        for name in CHANGES:
            score = getattr(effect, name)
            row |= {
                name: score.value,
                f"{name}_low": score.low,
                f"{name}_high": score.high,
                f"{name}_p": score.p_value,
            }
        row |= {name: getattr(effect, name) for name in ("n_changed", *GRADIENTS)}
        rows.append(row)
    return rows


def table_columns() -> dict[str, tuple[str, int, str]]:
    """For each column of `importance_rows`: its name on the page, its decimals, and what it says."""
    units = {
        "loss": ("Δloss", 4, "nats per token that the model loses more"),
        "bleu": ("ΔBLEU", 2, "points of BLEU (0 to 100) that its translations win, negative where they lose"),
        "chrf": ("ΔchrF", 2, "points of chrF (0 to 100) that its translations win, negative where they lose"),
    }
    columns = {
        "kind": ("attention", 0, "Which attention the head belongs to."),
        "layer": ("layer", 0, "Layer of the head; the first is 0."),
        "head": ("head", 0, "Number of the head in its layer, from 0."),
    }
    for name, (label, digits, unit) in units.items():
        columns |= {
            name: (label, digits, f"With this head off: {unit}."),
            f"{name}_low": (
                f"{label} from",
                digits,
                f"Lower end of the 95 % interval of {label}: paired bootstrap over sentences.",
            ),
            f"{name}_high": (f"{label} to", digits, f"Upper end of the 95 % interval of {label}."),
            f"{name}_p": (
                f"{label} p",
                4,
                f"Two-sided p of the paired bootstrap: could {label} be 0? Not corrected for asking of many "
                "heads.",
            ),
        }
    return columns | {
        "n_changed": ("others", 0, "Sentences that are translated otherwise with this head off."),
        "gradient": (
            "gradient",
            4,
            "Gradient importance E |Att · ∂L/∂Att| over sentences, in nats (Michel et al. 2019, eq. 2).",
        ),
        "gradient_normalised": (
            "… in its layer",
            4,
            "The same divided by its ℓ2 norm over the heads of the layer, as published.",
        ),
        "gradient_tokens": (
            "… per token",
            4,
            "The same expectation taken over tokens instead of sentences, as the authors' program takes it.",
        ),
    }


def importance_csv(report: ImportanceReport, provenance: Provenance) -> str:
    """Every head as a row of CSV."""
    return table_csv(
        COLUMNS,
        [[row[name] for name in COLUMNS] for row in importance_rows(report)],
        provenance,
        _facts(report),
    )


def pruning_csv(report: ImportanceReport, provenance: Provenance) -> str:
    """Every step of both pruning curves as a row of CSV."""
    header = ("order", "n_removed", "removed", "loss", "bleu", "chrf")
    rows = [
        (
            curve.order,
            step.n_removed,
            "|".join(f"{kind}:{layer}:{head}" for kind, layer, head in step.removed),
            step.scores.loss,
            step.scores.bleu,
            step.scores.chrf,
        )
        for curve in report.curves
        for step in curve.steps
    ]
    return table_csv(header, rows, provenance, _facts(report))


def _facts(report: ImportanceReport) -> dict[str, object]:
    names = ("corpus", "mode", "n_sentences", "n_tokens", "n_left_out", "n_resamples", "seed")
    whole = {f"whole {name}": getattr(report.whole, name) for name in ("loss", "bleu", "chrf")}
    correlation = {"spearman": report.correlation.value, "spearman_raw": report.correlation_raw.value}
    return {name: getattr(report, name) for name in names} | whole | correlation
