"""What do the alignment lines look like in a file? The picture of the component `alignment_lines` as a scene, for SVG and PNG."""

from __future__ import annotations

import math

from explorer.results import Alignment, LinkErrors, MatrixView, Provenance
from explorer.views.alignment_lines import DASHES, VERDICTS, attention_links, dash, lines_data, stroke_width, verdict_colors
from explorer.views.captions import description, provenance_sentence, title
from explorer.views.grid import EM, word_runs
from explorer.views.matrix_scene import CAPTION, wrap
from explorer.views.scene import Line, Rect, Scene, Shape, Text, scene_png, scene_svg
from explorer.views.theme import Theme, exact, text_width, visible_text, visible_token

ROW, SIZE, GAP = 34, 18, 280


def lines_scene(
    view: MatrixView,
    theme: Theme,
    gold: Alignment | None = None,
    errors: LinkErrors | None = None,
    vmax: float = 1.0,
    provenance: Provenance | None = None,
) -> Scene:
    """Attended tokens at the left, attending tokens at the right, a curve for each weight that is large enough to be seen."""
    data = lines_data(view, theme, gold, errors, vmax)
    links, _ = attention_links(view, gold, errors, vmax)
    left, right = _column_width(view.col_labels), _column_width(view.row_labels)
    x0, x1 = 24 + left, 24 + left + GAP
    width = max(x1 + right + 24, 420)
    n = max(len(view.col_labels), len(view.row_labels))
    top = 44
    colors = verdict_colors(theme)
    shapes: list[Shape] = [
        Text(x0 - 10, 18, data["titles"][0], 15, theme.muted, "end"),
        Text(x1 + 10, 18, data["titles"][1], 15, theme.muted),
    ]
    for link, drawn in zip(links, data["links"], strict=True):
        y0, y1 = top + (link.col + 0.5) * ROW, top + (link.row + 0.5) * ROW
        thick = stroke_width(link.weight, vmax, link.verdict)
        weight = exact(view.weights[link.row, link.col])
        verdict = f" ({VERDICTS[link.verdict]})" if link.verdict else ""
        shapes.append(
            Line(
                ((x0, y0), (x0 + 0.4 * GAP, y0), (x1 - 0.4 * GAP, y1), (x1, y1)),
                colors[link.verdict],
                thick,
                dash(thick, link.verdict),
                drawn["opacity"],
                curve=True,
                title=f"{visible_text(view.row_labels[link.row])} → {visible_text(view.col_labels[link.col])}: {weight}{verdict}",
                data=(("row", str(link.row)), ("col", str(link.col)), ("weight", weight)),
            )
        )
    shapes += _tokens(view.col_labels, view.col_special, view.col_continues, theme, x0, top, "end")
    shapes += _tokens(view.row_labels, view.row_special, view.row_continues, theme, x1, top, "start")
    y = top + n * ROW + 16
    for entry in data["legend"]:
        verdict = entry["verdict"]
        shapes.append(Line(((24, y), (60, y)), colors[verdict], 3, DASHES[verdict]))
        shapes.append(Text(70, y, entry["label"], 14, theme.text))
        y += 22
    captions = [view.name, *view.notes, data["note"], provenance_sentence(provenance) if provenance else ""]
    for line in wrap(filter(None, captions), width - 48):
        shapes.append(Text(24, y, line, CAPTION, theme.muted))
        y += CAPTION + 6
    return Scene(math.ceil(width), math.ceil(y) + 6, theme.background, tuple(shapes), title(view), description(view))


def lines_svg(
    view: MatrixView,
    theme: Theme,
    gold: Alignment | None = None,
    errors: LinkErrors | None = None,
    vmax: float = 1.0,
    provenance: Provenance | None = None,
) -> str:
    """The lines as vector SVG, exact weights in data-weight and on hover."""
    return scene_svg(lines_scene(view, theme, gold, errors, vmax, provenance), provenance)


def lines_png(
    view: MatrixView,
    theme: Theme,
    gold: Alignment | None = None,
    errors: LinkErrors | None = None,
    vmax: float = 1.0,
    provenance: Provenance | None = None,
    scale: int = 2,
) -> bytes:
    """The lines as PNG at `scale` pixels a unit, provenance in the tEXt chunk "Provenance"."""
    return scene_png(lines_scene(view, theme, gold, errors, vmax, provenance), provenance, scale)


def _column_width(labels) -> float:
    return max((text_width(visible_token(token)) for token in labels), default=1) * EM * SIZE + 34


def _tokens(labels, special, continues, theme: Theme, x: float, top: float, anchor: str) -> list[Shape]:
    """Chips in a column whose inner edge is at `x`; a thin line joins the pieces of a word."""
    sign = -1 if anchor == "end" else 1
    shapes: list[Shape] = []
    for i, (token, dim) in enumerate(zip(labels, special, strict=True)):
        label = visible_token(token)
        w, y = text_width(label) * EM * SIZE + 20, top + i * ROW
        shapes.append(Rect(x - w if sign < 0 else x, y + 3, w, ROW - 6, theme.surface))
        color = theme.muted if dim else theme.text
        shapes.append(Text(x + sign * 10, y + ROW / 2, label, SIZE, color, anchor, 0, True, visible_text(token)))
    for first, last in word_runs(continues):
        edge = x - sign * 3
        shapes.append(Line(((edge, top + first * ROW + 6), (edge, top + (last + 1) * ROW - 6)), theme.muted, 1.5))
    return shapes
