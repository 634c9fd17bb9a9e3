"""How many heads can go? Loss and scores as more and more of them are switched off."""

from __future__ import annotations

import plotly.graph_objects as go

from explorer.results import ImportanceReport, names_of
from explorer.views.numbers import exact
from explorer.views.plotly_frame import ON_PAPER, axis_suffix, frame
from explorer.views.theme import Theme

PRUNING = {"loss": "loss, nats per token", "bleu": "BLEU", "chrf": "chrF"}  # score: title of its panel
ORDERS = {"loss": "by measured change of the loss", "gradient": "by gradient importance"}


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
