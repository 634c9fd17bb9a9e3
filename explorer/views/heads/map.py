"""The map of heads: each is a point near those whose attention is distributed like its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import plotly.graph_objects as go

from explorer.results import HEAD_ROLES, HeadMap, HeadRow, LayerHead, RoleKey, names_of
from explorer.views.escaping import escape_plotly
from explorer.views.heads.roles import head_line
from explorer.views.numbers import exact, percent
from explorer.views.plotly_frame import frame
from explorer.views.theme import Theme, role_color

MAX_NAMED = 60  # heads; of more, only those with a role have their name beside the point


def head_map_figure(
    head_map: HeadMap,
    rows: Mapping[LayerHead, HeadRow],
    theme: Theme,
    selected: LayerHead | None = None,
    size: int = 560,
    reach: float | None = None,
) -> go.Figure:
    """The layout of `head_map`, a colour and a mark for each head's first role; both axes have one scale, in
    √nats.

    rows: of the heads of this kind;  reach: half the length of each axis, so that two maps can have the same
    (`reach_of`).
    Show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    heads = [divmod(number, head_map.n_heads) for number in range(head_map.n_layers * head_map.n_heads)]
    figure = go.Figure(_role_points(head_map, heads, rows, theme))
    if selected in heads:
        figure.add_trace(_ring(head_map.layout[heads.index(selected)], theme))
    figure.update_layout(
        **frame(theme, size, size + 48, {"l": 52, "r": 12, "t": 12, "b": 100}),
        hovermode="closest",
        dragmode=False,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 50 / (size + 48),
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 14},
            "itemclick": False,
            "itemdoubleclick": False,
        },
        **_axes(*_span(head_map, reach or reach_of(head_map)), theme),
    )
    return figure


def _role_points(
    head_map: HeadMap, heads: Sequence[LayerHead], rows: Mapping[LayerHead, HeadRow], theme: Theme
) -> list[go.Scatter]:
    """The heads by their first role, those without one first."""
    first_role = {head: rows[head].roles[0] if head in rows and rows[head].roles else None for head in heads}
    groups = {role: [head for head in heads if first_role[head] == role] for role in (None, *HEAD_ROLES)}
    return [_points(head_map, role, found, rows, theme) for role, found in groups.items() if found]


def _points(
    head_map: HeadMap,
    role: RoleKey | None,
    heads: Sequence[LayerHead],
    rows: Mapping[LayerHead, HeadRow],
    theme: Theme,
) -> go.Scatter:
    """The heads of one role, or of none; on a crowded map only those with a role have their names."""
    places = [head_map.layout[layer * head_map.n_heads + head] for layer, head in heads]
    named = role is not None or head_map.n_layers * head_map.n_heads <= MAX_NAMED
    color = theme.muted if role is None else role_color(theme, role)
    symbol = "circle-open" if role is None else HEAD_ROLES[role].symbol
    return go.Scatter(
        x=[float(x) for x, _ in places],
        y=[float(y) for _, y in places],
        mode="markers+text" if named else "markers",
        text=[f"L{layer} H{head}" for layer, head in heads],
        textposition=[_beside(head_map, head) for head in heads],
        textfont={"size": 13, "color": theme.text},
        marker={"symbol": symbol, "size": 13, "color": color, "line": {"width": 2, "color": color}},
        hovertext=[_hover(head, rows) for head in heads],
        hoverinfo="text",
        name=f"{'no role' if role is None else HEAD_ROLES[role].name}, {len(heads)}",
    )


def _ring(place: Iterable[float], theme: Theme) -> go.Scatter:
    """What marks the selected head."""
    x, y = map(float, place)
    marker = {
        "symbol": "circle-open",
        "size": 20,
        "color": theme.accent,
        "line": {"width": 2.5, "color": theme.accent},
    }
    return go.Scatter(x=[x], y=[y], mode="markers", marker=marker, hoverinfo="skip", name="selected")


def _axes(low: tuple[float, float], high: tuple[float, float], theme: Theme) -> dict:
    """Both axes between two corners of the map; only the horizontal one says what its numbers are."""
    axis = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": True,
        "zerolinecolor": theme.grid,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": theme.grid,
        "tickfont": {"size": 12, "color": theme.muted},
        "nticks": 5,
        "linecolor": theme.grid,
        "showline": True,
        "mirror": True,
    }
    title = {
        "text": "√ of the Jensen-Shannon divergence, in √nats",
        "standoff": 6,
        "font": {"size": 13, "color": theme.muted},
    }
    return {
        "xaxis": {**axis, "range": [low[0], high[0]], "title": title},
        "yaxis": {**axis, "range": [low[1], high[1]]},
    }


def map_sentence(head_map: HeadMap) -> str:
    """How far the map can be trusted."""
    n = head_map.n_layers * head_map.n_heads
    return (
        f"{names_of(head_map.kind).name}, {n} head{'' if n == 1 else 's'}, {head_map.n_rows:,} rows. Near "
        f"each other: heads that spread their weight alike. This plane holds {percent(head_map.explained)} "
        "of the squared distances, so two heads that lie together may still differ in what is not drawn."
    )


def nearest_sentence(head_map: HeadMap, selected: LayerHead) -> str:
    """The head that is most like the selected one, by the full distances; empty where there is no other."""
    number = selected[0] * head_map.n_heads + selected[1]
    others = [other for other in range(len(head_map.distances)) if other != number]
    if not others:
        return ""
    nearest = min(others, key=lambda other: head_map.distances[number, other])
    layer, head = divmod(nearest, head_map.n_heads)
    distance = exact(round(float(head_map.distances[number, nearest]), 6))
    return (
        f"Most like L{selected[0]} H{selected[1]} is L{layer} H{head}: a divergence of {distance} nats a "
        "row, where 0.693 is the most."
    )


def _hover(head: LayerHead, rows: Mapping[LayerHead, HeadRow]) -> str:
    name = f"<b>L{head[0]} H{head[1]}</b>"
    return name + (
        f"<br>{escape_plotly(head_line(rows[head])).replace('; ', '<br>')}" if head in rows else ""
    )


def _beside(head_map: HeadMap, head: LayerHead) -> str:
    """Where a head's name stands: away from its nearest neighbour on the map."""
    number = head[0] * head_map.n_heads + head[1]
    off = head_map.layout - head_map.layout[number]
    squared = (off**2).sum(1)
    squared[number] = float("inf")
    above = len(squared) > 1 and off[int(squared.argmin()), 1] > 0
    return "bottom center" if above else "top center"


def reach_of(*head_maps: HeadMap) -> float:
    """Half the length that an axis needs for the largest of these maps, with room for the names of its heads;
    in √nats.
    """
    return max(0.6 * max(1e-6, float((each.layout.max(0) - each.layout.min(0)).max())) for each in head_maps)


def _span(head_map: HeadMap, reach: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two corners of a square around the middle of all points."""
    middle = (head_map.layout.max(0) + head_map.layout.min(0)) / 2
    return tuple(map(float, middle - reach)), tuple(map(float, middle + reach))
