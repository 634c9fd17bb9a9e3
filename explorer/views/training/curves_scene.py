"""The curves of training runs as a scene to save."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.views.scene.shapes import Dot, Line, Rect, Scene, Shape, Text
from explorer.views.text import visible_line
from explorer.views.theme import Theme, line_style
from explorer.views.ticks import log_ticks, nice_ticks, tick_text
from explorer.views.training.curves import PANELS, Curve, CurvePanels, Panel, Place, legend_entries, places_of


def curves_scene(drawn: CurvePanels, theme: Theme, width: int = 900) -> Scene:
    """The same picture as shapes, for `scene_png` and `scene_svg`."""
    curves = drawn.curves()
    places, height = places_of(drawn, curves, width)
    shapes: list[Shape] = []
    for key in drawn.panels:
        shapes += _panel_shapes(PANELS[key], places[key], curves[key], theme, drawn.is_log(key))
    for x, y, number, name in legend_entries(drawn.runs, width, height):
        color, dashes = line_style(theme, number)
        shapes += [
            Line(((x, y), (x + 28, y)), color, 3, dashes or None),
            Text(x + 36, y, name, 14, theme.text),
        ]
    names = ", ".join(map(visible_line, drawn.runs))
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
