"""What does the heatmap look like in a file? The picture of `explorer.views.attention.heatmap` as a scene,
for SVG, PNG
and HTML.
"""

from __future__ import annotations

import math

from explorer.results import Alignment, LinkErrors, MatrixView, Provenance
from explorer.views.attention.captions import description, provenance_sentence, title
from explorer.views.attention.grid import (
    LABEL_LIMIT,
    Grid,
    axis_titles,
    bar_ticks,
    grid,
    link_block,
    word_runs,
)
from explorer.views.numbers import exact, short
from explorer.views.scene.shapes import Dot, Line, Rect, Scene, Shape, Text
from explorer.views.text import text_width, visible_text, visible_token
from explorer.views.theme import COLORMAPS, Colormap, Theme, difference_color, weight_color

CAPTION = 12


def matrix_scene(
    view: MatrixView,
    theme: Theme,
    provenance: Provenance,
    gold: Alignment | None = None,
    errors: LinkErrors | None = None,
    vmax: float = 1.0,
    colormap: Colormap = COLORMAPS[0],
    max_width: int = 800,
    hover: bool = True,
) -> tuple[Scene, Grid]:
    """The scene and the grid its cells lie on. With `hover` each cell is a rectangle that carries its exact
    weight and a title.
    """
    plain = grid(view, max_width)
    legend = _legend(view, theme, gold, errors)
    captions = wrap([view.name, *view.notes, provenance_sentence(provenance)], max(plain.width, 420) - 24)
    below = 18 + (28 if legend else 0) + len(captions) * (CAPTION + 6) + 8
    g = grid(view, max_width, below=below)
    width = max(g.width, 420)
    shapes: list[Shape] = []
    shapes += cell_shapes(view, theme, g, vmax, colormap) if hover else []
    shapes += _labels(view, theme, g)
    shapes += _color_bar(view, theme, g, vmax, colormap)
    marks = _gold(view, theme, g, gold, errors) if not view.is_self else []
    y = g.top + g.plot_h + 24
    if legend:
        marks += _legend_shapes(legend, theme, 12, y)
        y += 28
    for line in captions:
        marks.append(Text(12, y, line, CAPTION, theme.muted))
        y += CAPTION + 6
    return Scene(
        math.ceil(width),
        math.ceil(g.height),
        theme.background,
        (*shapes, *marks),
        title(view),
        description(view),
    ), g


def bare_scene(
    view: MatrixView, theme: Theme, vmax: float = 1.0, colormap: Colormap = COLORMAPS[0], max_width: int = 800
) -> Scene:
    """Cells, labels and colour bar without a caption: for a picture whose cells change."""
    g = grid(view, max_width)
    shapes = (
        *cell_shapes(view, theme, g, vmax, colormap),
        *_labels(view, theme, g),
        *_color_bar(view, theme, g, vmax, colormap),
    )
    return Scene(
        math.ceil(g.width), math.ceil(g.height), theme.background, shapes, title(view), description(view)
    )


def cell_color(view: MatrixView, theme: Theme, weight: float, vmax: float, colormap: Colormap) -> str:
    """The colour of one cell."""
    return (
        difference_color(theme, weight, vmax) if view.signed else weight_color(theme, weight, vmax, colormap)
    )


def cell_shapes(view: MatrixView, theme: Theme, g: Grid, vmax: float, colormap: Colormap) -> list[Shape]:
    """A rectangle per cell over a ground in the colour of the lines between cells."""
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
                    cell_color(view, theme, view.weights[i, j], vmax, colormap),
                    title=f"{row} → {col}: {weight}",
                    data=(("row", str(i)), ("col", str(j)), ("weight", weight)),
                )
            )
    return shapes


def _labels(view: MatrixView, theme: Theme, g: Grid) -> list[Shape]:
    shapes: list[Shape] = []
    col_title, row_title = axis_titles(view, g)
    shapes.append(Text(g.left, 14, col_title, 15, theme.muted))
    shapes.append(Text(16, g.top + g.plot_h / 2, row_title, 15, theme.muted, "middle", -90))
    for j, (token, special) in enumerate(zip(view.cols.tokens, view.cols.special, strict=True)):
        if j % g.col_every == 0:
            x, label, color = (
                g.left + (j + 0.5) * g.cell_w,
                visible_token(token, LABEL_LIMIT),
                theme.muted if special else theme.text,
            )
            y = g.top - (0.5 * g.col_size + 6 if g.angle == 0 else 9)
            shapes.append(
                Text(
                    x,
                    y,
                    label,
                    g.col_size,
                    color,
                    "middle" if g.angle == 0 else "start",
                    g.angle,
                    True,
                    visible_text(token),
                )
            )
    for i, (token, special) in enumerate(zip(view.rows.tokens, view.rows.special, strict=True)):
        if i % g.row_every == 0:
            y, label, color = (
                g.top + (i + 0.5) * g.cell_h,
                visible_token(token, LABEL_LIMIT),
                theme.muted if special else theme.text,
            )
            shapes.append(Text(g.left - 9, y, label, g.row_size, color, "end", 0, True, visible_text(token)))
    for first, last in word_runs(view.cols.continues):
        a, b = g.left + (first + 0.15) * g.cell_w, g.left + (last + 0.85) * g.cell_w
        shapes.append(Line(((a, g.top - 4), (b, g.top - 4)), theme.muted, 1.5))
    for first, last in word_runs(view.rows.continues):
        a, b = g.top + (first + 0.15) * g.cell_h, g.top + (last + 0.85) * g.cell_h
        shapes.append(Line(((g.left - 4, a), (g.left - 4, b)), theme.muted, 1.5))
    return shapes


def _color_bar(view: MatrixView, theme: Theme, g: Grid, vmax: float, colormap: Colormap) -> list[Shape]:
    low = -vmax if view.signed else 0.0
    height = round(min(g.plot_h, 360))
    x, top = g.width - 84, g.top
    n = max(2, min(64, height // 2))
    shapes: list[Shape] = []
    for k in range(n):  # from the top, where the largest weight is
        value = vmax - (vmax - low) * (k + 0.5) / n
        a, b = round(top + height * k / n), round(top + height * (k + 1) / n)
        shapes.append(Rect(x, a, 16, b - a, cell_color(view, theme, value, vmax, colormap)))
    shapes.append(Rect(x, top, 16, height, None, theme.grid))
    for value in bar_ticks(low, vmax):
        shapes.append(
            Text(x + 22, top + height * (vmax - value) / (vmax - low), short(value), 14, theme.text)
        )
    label = "difference of weights" if view.signed else "attention weight"
    if 7.5 * len(label) <= height:
        shapes.append(Text(g.width - 10, top + height / 2, label, 15, theme.muted, "middle", -90))
    return shapes


def _gold(
    view: MatrixView, theme: Theme, g: Grid, gold: Alignment | None, errors: LinkErrors | None
) -> list[Shape]:
    shapes: list[Shape] = []
    for links, dash in ((gold.sure, None), (gold.possible - gold.sure, (4.0, 3.0))) if gold else ():
        for link in sorted(links):
            block = link_block(view, link)
            if block:
                x, y = g.left + (block[2] + 0.08) * g.cell_w, g.top + (block[0] + 0.08) * g.cell_h
                w, h = (block[3] - block[2] + 0.84) * g.cell_w, (block[1] - block[0] + 0.84) * g.cell_h
                shapes.append(Rect(x, y, w, h, None, theme.background, 5 * g.mark))
                data = (("link", f"{link[0]}-{link[1]}"), ("sure", str(dash is None).lower()))
                shapes.append(Rect(x, y, w, h, None, theme.text, max(1.2, 2 * g.mark), dash, data=data))
    for kind in ("hits", "spurious", "missed") if errors else ():
        for link in sorted(getattr(errors, kind)):
            block = link_block(view, link)
            if block:
                x, y = (
                    g.left + (block[2] + block[3] + 1) / 2 * g.cell_w,
                    g.top + (block[0] + block[1] + 1) / 2 * g.cell_h,
                )
                shapes += _mark(kind, x, y, theme, g.mark if kind == "hits" else g.error_mark)
    return shapes


def _mark(kind: str, x: float, y: float, theme: Theme, size: float = 1.0) -> list[Shape]:
    """hits: a disc; missed: a ring; spurious: a cross. Each with a rim, so that it shows on any cell."""
    if kind == "hits":
        return [Dot(x, y, 6 * size, theme.hit, theme.background, 2 * size)]
    if kind == "missed":
        ground = Dot(x, y, 8 * size, theme.background, theme.background, 1)
        return [ground, Dot(x, y, 5.5 * size, theme.background, theme.missed, 3 * size)]
    r = 5 * size
    arms = (((x - r, y - r), (x + r, y + r)), ((x - r, y + r), (x + r, y - r)))
    return [
        *(Line(arm, theme.background, 6 * size) for arm in arms),
        *(Line(arm, theme.spurious, 3 * size) for arm in arms),
    ]


def _legend(view: MatrixView, theme: Theme, gold, errors) -> list[tuple[str, str]]:
    """(what, words) of the marks that are in the picture."""
    if view.is_self:
        return []
    entries = []
    if gold is not None and gold.sure:
        entries.append(("sure", "gold link, sure"))
    if gold is not None and gold.possible - gold.sure:
        entries.append(("possible", "gold link, possible"))
    for kind, words in (("hits", "found, right"), ("spurious", "found, wrong"), ("missed", "missed")):
        if errors is not None and getattr(errors, kind):
            entries.append((kind, words))
    return entries


def _legend_shapes(entries, theme: Theme, x: float, y: float) -> list[Shape]:
    shapes: list[Shape] = []
    for what, words in entries:
        if what in ("sure", "possible"):
            shapes.append(Rect(x, y - 7, 20, 14, None, theme.text, 2, None if what == "sure" else (4.0, 3.0)))
        else:
            shapes += _mark(what, x + 10, y, theme)
        shapes.append(Text(x + 28, y, words, 13, theme.text))
        x += 28 + 7.2 * len(words) + 14
    return shapes


def wrap(sentences, room: float) -> list[str]:
    """Sentences broken at spaces into lines of at most `room` pixels of caption text."""
    lines = []
    for sentence in sentences:
        line = ""
        for word in sentence.split(" "):
            if line and text_width(f"{line} {word}") * CAPTION * 0.56 > room:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines
