"""The heatmap in a file: what `explorer.views.attention.heatmap` draws, as a scene for SVG, PNG and HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping

from explorer.results import Provenance, Side
from explorer.views.attention.captions import CAPTION, description, provenance_sentence, title, wrap
from explorer.views.attention.grid import (
    BAR_LEFT,
    BAR_WIDTH,
    BRACKET,
    LABEL_LIMIT,
    Grid,
    axis_titles,
    bar_ticks,
    brackets,
    grid,
)
from explorer.views.attention.matrix_picture import (
    OUTLINE_DASH,
    OUTLINED,
    Mark,
    MatrixPicture,
    marked_verdicts,
)
from explorer.views.attention.verdicts import verdict_colors
from explorer.views.numbers import exact, short
from explorer.views.scene.png import scene_png
from explorer.views.scene.shapes import Dot, Line, Rect, Scene, Shape, Text
from explorer.views.scene.svg import scene_svg
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import Theme

LEAST_WIDTH = 420  # pixels, so that captions have room


LEGEND_LINE = 22  # pixels: a further line of the legend


def matrix_scene(
    picture: MatrixPicture, theme: Theme, provenance: Provenance, max_width: int = 800, hover: bool = True
) -> tuple[Scene, Grid]:
    """The scene and the grid its cells lie on. With `hover` each cell is a rectangle that carries its exact
    weight and a title.
    """
    view, marks = picture.view, picture.marks()
    width = max(grid(view, max_width).width, LEAST_WIDTH)
    legend = legend_lines(marked_verdicts(marks), width - 24)
    captions = wrap([view.name, *view.notes, provenance_sentence(provenance)], width - 24)
    legend_height = 28 + LEGEND_LINE * (len(legend) - 1) if legend else 0
    g = grid(view, max_width, below=18 + legend_height + len(captions) * (CAPTION + 6) + 8)
    shapes: list[Shape] = cell_shapes(picture, theme, g) if hover else []
    shapes += _labels(picture, theme, g)
    shapes += _color_bar(picture, theme, g)
    for mark in marks:
        shapes += _outline(mark, theme, g) if mark.verdict in OUTLINED else _centred(mark, theme, g)
    y = g.top + g.plot_h + 24
    for number, line in enumerate(legend):
        shapes += _legend_shapes(line, theme, 12, y + number * LEGEND_LINE)
    y += legend_height
    for caption in captions:
        shapes.append(Text(12, y, caption, CAPTION, theme.muted))
        y += CAPTION + 6
    size = math.ceil(width), math.ceil(g.height)
    return Scene(*size, theme.background, tuple(shapes), title(view), description(view)), g


def bare_scene(picture: MatrixPicture, theme: Theme, max_width: int = 800) -> Scene:
    """Cells, labels and colour bar without a caption: for a picture whose cells change."""
    view, g = picture.view, grid(picture.view, max_width)
    shapes = (
        *cell_shapes(picture, theme, g),
        *_labels(picture, theme, g),
        *_color_bar(picture, theme, g),
    )
    size = math.ceil(g.width), math.ceil(g.height)
    return Scene(*size, theme.background, shapes, title(view), description(view))


def cell_shapes(picture: MatrixPicture, theme: Theme, g: Grid) -> list[Shape]:
    """A rectangle per cell over a ground in the colour of the lines between cells."""
    view = picture.view
    shapes: list[Shape] = [Rect(g.left - 1, g.top - 1, g.plot_w + 1, g.plot_h + 1, g.line_color(theme))]
    rows, cols = [visible_text(t) for t in view.rows.tokens], [visible_text(t) for t in view.cols.tokens]
    for i, row in enumerate(rows):
        for j, col in enumerate(cols):
            weight = exact(view.weights[i, j])
            shapes.append(
                Rect(
                    g.left + j * g.cell_w,
                    g.top + i * g.cell_h,
                    g.cell_w - g.gap,
                    g.cell_h - g.gap,
                    picture.color(theme, view.weights[i, j]),
                    title=f"{row} → {col}: {weight}",
                    data=(("row", str(i)), ("col", str(j)), ("weight", weight)),
                )
            )
    return shapes


def _labels(picture: MatrixPicture, theme: Theme, g: Grid) -> list[Shape]:
    """Titles of the axes, names of the tokens, every k-th where they are many, and lines along cut words."""
    view = picture.view
    col_title, row_title = axis_titles(view, g, picture.wording.axes)
    shapes: list[Shape] = [
        Text(g.left, 14, col_title, 15, theme.muted),
        Text(16, g.top + g.plot_h / 2, row_title, 15, theme.muted, "middle", -90),
    ]
    anchor, y = ("middle", g.top - 0.5 * g.col_size - 6) if g.angle == 0 else ("start", g.top - 9)
    for j, token, color in _named(view.cols, theme, g.col_every):
        x, label = g.left + (j + 0.5) * g.cell_w, visible_token(token, LABEL_LIMIT)
        shapes.append(Text(x, y, label, g.col_size, color, anchor, g.angle, True, visible_text(token)))
    for i, token, color in _named(view.rows, theme, g.row_every):
        y, label = g.top + (i + 0.5) * g.cell_h, visible_token(token, LABEL_LIMIT)
        shapes.append(Text(g.left - 9, y, label, g.row_size, color, "end", 0, True, visible_text(token)))
    for start, end in brackets(view.cols):
        ends = (_x(g, start), g.top - BRACKET), (_x(g, end), g.top - BRACKET)
        shapes.append(Line(ends, theme.muted, 1.5))
    for start, end in brackets(view.rows):
        ends = (g.left - BRACKET, _y(g, start)), (g.left - BRACKET, _y(g, end))
        shapes.append(Line(ends, theme.muted, 1.5))
    return shapes


def _named(side: Side, theme: Theme, every: int) -> list[tuple[int, str, str]]:
    """(number, token, colour) of the tokens that have their name written."""
    pairs = zip(side.tokens, side.special, strict=True)
    colored = [(k, token, theme.muted if special else theme.text) for k, (token, special) in enumerate(pairs)]
    return colored[::every]


def _x(g: Grid, cells: float) -> float:
    """Pixels of a place in cells, the middle of the first column being 0."""
    return g.left + (cells + 0.5) * g.cell_w


def _y(g: Grid, cells: float) -> float:
    return g.top + (cells + 0.5) * g.cell_h


def _color_bar(picture: MatrixPicture, theme: Theme, g: Grid) -> list[Shape]:
    _, low, high = picture.scale(theme)
    height = g.bar_height
    x, top = g.width - BAR_LEFT, g.top
    n = max(2, min(64, height // 2))
    shapes: list[Shape] = []
    for k in range(n):  # from the top, where the largest weight is
        value = high - (high - low) * (k + 0.5) / n
        a, b = round(top + height * k / n), round(top + height * (k + 1) / n)
        shapes.append(Rect(x, a, BAR_WIDTH, b - a, picture.color(theme, value)))
    shapes.append(Rect(x, top, BAR_WIDTH, height, None, theme.grid))
    for value in bar_ticks(low, high):
        y = top + height * (high - value) / (high - low)
        shapes.append(Text(x + BAR_WIDTH + 6, y, short(value), 14, theme.text))
    label = picture.wording.bar
    if 7.5 * len(label) <= height:
        shapes.append(Text(g.width - 10, top + height / 2, label, 15, theme.muted, "middle", -90))
    return shapes


def _outline(mark: Mark, theme: Theme, g: Grid) -> list[Shape]:
    """A gold link around its cells, over a casing, so that it shows on any cell."""
    left, top, right, bottom = mark.outline
    box = (_x(g, left), _y(g, top), (right - left) * g.cell_w, (bottom - top) * g.cell_h, None)
    (width, casing), sure = g.outline, mark.verdict == "sure"
    data = (("link", f"{mark.link[0]}-{mark.link[1]}"), ("sure", str(sure).lower()))
    color = verdict_colors(theme)[mark.verdict]
    dash = None if sure else OUTLINE_DASH
    return [Rect(*box, theme.background, casing), Rect(*box, color, width, dash, data=data)]


def _centred(mark: Mark, theme: Theme, g: Grid) -> list[Shape]:
    x, y = mark.centre
    return _mark(mark.verdict, _x(g, x), _y(g, y), theme, g.mark_size(mark.verdict))


def _mark(verdict: str, x: float, y: float, theme: Theme, size: float = 1.0) -> list[Shape]:
    """hit: a disc; missed: a ring; spurious: a cross. Each with a rim, so that it shows on any cell."""
    if verdict == "hit":
        return [Dot(x, y, 6 * size, theme.hit, theme.background, 2 * size)]
    if verdict == "missed":
        ground = Dot(x, y, 8 * size, theme.background, theme.background, 1)
        return [ground, Dot(x, y, 5.5 * size, theme.background, theme.missed, 3 * size)]
    r = 5 * size
    arms = (((x - r, y - r), (x + r, y + r)), ((x - r, y + r), (x + r, y - r)))
    return [
        *(Line(arm, theme.background, 6 * size) for arm in arms),
        *(Line(arm, theme.spurious, 3 * size) for arm in arms),
    ]


def legend_lines(entries: Mapping[str, str], room: float) -> list[list[tuple[str, str]]]:
    """The entries (verdict, words) in lines of at most `room` pixels, one entry at least in each."""
    lines: list[list[tuple[str, str]]] = []
    x = 0.0
    for entry in entries.items():
        if not lines or x + _entry_width(entry[1]) > room:
            lines.append([])
            x = 0.0
        lines[-1].append(entry)
        x += _entry_width(entry[1]) + 14
    return lines


def _entry_width(words: str) -> float:
    return 28 + 7.2 * len(words)


def _legend_shapes(entries: list[tuple[str, str]], theme: Theme, x: float, y: float) -> list[Shape]:
    """One line of the legend."""
    shapes: list[Shape] = []
    for verdict, words in entries:
        if verdict in OUTLINED:
            dash = None if verdict == "sure" else OUTLINE_DASH
            shapes.append(Rect(x, y - 7, 20, 14, None, verdict_colors(theme)[verdict], 2, dash))
        else:
            shapes += _mark(verdict, x + 10, y, theme)
        shapes.append(Text(x + 28, y, words, 13, theme.text))
        x += _entry_width(words) + 14
    return shapes


def heatmap_svg(picture: MatrixPicture, theme: Theme, provenance: Provenance) -> str:
    """The heatmap as true vector SVG: a rectangle per cell with its exact weight in data-weight and on
    hover.
    """
    scene, _ = matrix_scene(picture, theme, provenance)
    return scene_svg(scene, provenance)


def heatmap_png(picture: MatrixPicture, theme: Theme, provenance: Provenance, scale: int = 2) -> bytes:
    """The heatmap as PNG at `scale` pixels a unit, provenance in the tEXt chunk "Provenance"."""
    scene, _ = matrix_scene(picture, theme, provenance)
    return scene_png(scene, provenance, scale)
