"""How did training go? Curves over the steps of one run or of several, as a Plotly figure.

A run has a colour; a thin line was measured on training batches, a thick one with marks on held-out
sentences.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import plotly.graph_objects as go

from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact
from explorer.views.plotly_frame import ON_PAPER, axis_suffix, dash_style, frame
from explorer.views.text import visible_line
from explorer.views.theme import Theme, line_style
from explorer.views.ticks import log_ticks, nice_ticks, tick_text
from explorer.views.training.curves import PANELS, Curve, CurvePanels, Panel, Place, legend_entries, places_of


def curves_figure(drawn: CurvePanels, theme: Theme, width: int = 900) -> go.Figure:
    """The panels beside and below each other; empty axes while there is nothing yet.

    The figure is `width` pixels wide: show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    curves = drawn.curves()
    places, height = places_of(drawn, curves, width)
    figure = go.Figure()
    for number, key in enumerate(drawn.panels):
        place, suffix, log = places[key], axis_suffix(number), drawn.is_log(key)
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
    _add_legend(figure, drawn.runs, theme, width, height)
    return figure


def _nothing(suffix: str) -> go.Scatter:
    """A line without points: Plotly draws no axes around nothing at all."""
    axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    return go.Scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip", **axes)


def _add_legend(figure: go.Figure, runs: Mapping[str, object], theme: Theme, width: int, height: int) -> None:
    """Draw a line with its name for each run, at the foot of the figure."""
    for x, y, number, name in legend_entries(runs, width, height):
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
