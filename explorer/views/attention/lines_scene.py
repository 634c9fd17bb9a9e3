"""The alignment lines in a file: what the component `alignment_lines` draws, as a scene for SVG and PNG."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from explorer.results import MatrixView, Provenance, Side, names_of
from explorer.views.attention.alignment_lines import BEND, lines_data, overlay_data
from explorer.views.attention.captions import CAPTION, description, provenance_sentence, title, wrap
from explorer.views.attention.grid import EM, word_runs
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.attention.verdicts import VERDICTS
from explorer.views.numbers import exact
from explorer.views.scene.png import scene_png
from explorer.views.scene.shapes import Line, Rect, Scene, Shape, Text
from explorer.views.scene.svg import scene_svg
from explorer.views.text import text_width, visible_text, visible_token
from explorer.views.theme import Theme

ROW, SIZE, GAP, TOP = 34, 18, 280, 44


def lines_scene(
    picture: MatrixPicture,
    theme: Theme,
    provenance: Provenance | None = None,
) -> Scene:
    """Attended tokens at the left, attending tokens at the right, a curve for each weight that is large
    enough to be seen.
    """

    view = picture.view

    def named(link: dict) -> tuple[str, str]:
        weight = exact(view.weights[link["row"], link["col"]])
        return weight, f"{weight} ({VERDICTS[link['verdict']]})" if link["verdict"] else weight

    data = lines_data(picture, theme)
    words = _Words(title(view), description(view), [view.name, *view.notes, data["note"]], named)
    return _scene(view, data, theme, words, provenance)


def overlay_scene(
    views: Sequence[MatrixView], theme: Theme, vmax: float = 1.0, provenance: Provenance | None = None
) -> Scene:
    """The lines of several heads over each other, each head with its colour and dashes, as `overlay_data` has
    them on the page.
    """

    def named(link: dict) -> tuple[str, str]:
        view = views[int(link["verdict"].removeprefix("head-"))]
        weight = exact(view.weights[link["row"], link["col"]])
        return weight, f"{weight} ({view.name})"

    data = overlay_data(views, theme, vmax)
    notes = dict.fromkeys(
        note for view in views for note in view.notes if note in views[0].notes
    )  # what is true of every head
    name = f"{names_of(views[0].kind).name}, {len(views)} heads over each other"
    words = _Words(name, data["description"], [*notes, data["note"]], named)
    return _scene(views[0], data, theme, words, provenance)


class _Words(NamedTuple):
    """What is said of the picture and below it; named: of a line, its exact weight and what is said of it."""

    name: str
    description: str
    captions: Sequence[str]
    named: Callable[[dict], tuple[str, str]]


def _scene(view: MatrixView, data: dict, theme: Theme, words: _Words, provenance: Provenance | None) -> Scene:
    """What the component draws from `data` over the tokens of `view`."""
    left, right = _column_width(view.cols.tokens), _column_width(view.rows.tokens)
    x0, x1 = 24 + left, 24 + left + GAP
    width = max(x1 + right + 24, 420)
    shapes: list[Shape] = [
        Text(x0 - 10, 18, data["titles"][0], 15, theme.muted, "end"),
        Text(x1 + 10, 18, data["titles"][1], 15, theme.muted),
        *(_curve(link, view, data["colors"], x0, words.named(link)) for link in data["links"]),
        *_tokens(view.cols, theme, x0, TOP, "end"),
        *_tokens(view.rows, theme, x1, TOP, "start"),
    ]
    y = TOP + max(len(view.cols.tokens), len(view.rows.tokens)) * ROW + 16
    for entry in data["legend"]:
        shapes.append(Line(((24, y), (60, y)), data["colors"][entry["verdict"]], 3, _dashes(entry["dash"])))
        shapes.append(Text(70, y, entry["label"], 14, theme.text))
        y += 22
    lines = [*words.captions, provenance_sentence(provenance) if provenance else ""]
    for line in wrap(filter(None, lines), width - 48):
        shapes.append(Text(24, y, line, CAPTION, theme.muted))
        y += CAPTION + 6
    height = math.ceil(y) + 6
    return Scene(math.ceil(width), height, theme.background, tuple(shapes), words.name, words.description)


def _curve(link: dict, view: MatrixView, colors: dict[str, str], x0: float, named: tuple[str, str]) -> Line:
    """One line of the component's data, from the attended token, at `x0`, to the attending one."""
    row, col, x1 = link["row"], link["col"], x0 + GAP
    y0, y1 = (TOP + place * ROW for place in link["ends"])
    weight, text = named
    attending, attended = visible_text(view.rows.tokens[row]), visible_text(view.cols.tokens[col])
    return Line(
        ((x0, y0), (x0 + BEND * GAP, y0), (x1 - BEND * GAP, y1), (x1, y1)),
        colors[link["verdict"] or "plain"],
        link["width"],
        _dashes(link["dash"]),
        link["opacity"],
        curve=True,
        title=f"{attending} → {attended}: {text}",
        data=(("row", str(row)), ("col", str(col)), ("weight", weight)),
    )


def _dashes(text: str) -> tuple[float, ...] | None:
    """The dashes of a line as SVG has them, "7 4"; None for a whole line."""
    return tuple(map(float, text.split())) or None


def lines_svg(
    picture: MatrixPicture,
    theme: Theme,
    provenance: Provenance | None = None,
) -> str:
    """The lines as vector SVG, exact weights in data-weight and on hover."""
    return scene_svg(lines_scene(picture, theme, provenance), provenance)


def lines_png(
    picture: MatrixPicture,
    theme: Theme,
    provenance: Provenance | None = None,
    scale: int = 2,
) -> bytes:
    """The lines as PNG at `scale` pixels a unit, provenance in the tEXt chunk "Provenance"."""
    return scene_png(lines_scene(picture, theme, provenance), provenance, scale)


def overlay_svg(
    views: Sequence[MatrixView], theme: Theme, vmax: float = 1.0, provenance: Provenance | None = None
) -> str:
    """Several heads over each other as vector SVG, exact weights and the head of each line in data-weight and
    on hover.
    """
    return scene_svg(overlay_scene(views, theme, vmax, provenance), provenance)


def overlay_png(
    views: Sequence[MatrixView],
    theme: Theme,
    vmax: float = 1.0,
    provenance: Provenance | None = None,
    scale: int = 2,
) -> bytes:
    """Several heads over each other as PNG at `scale` pixels a unit, provenance in the tEXt chunk
    "Provenance".
    """
    return scene_png(overlay_scene(views, theme, vmax, provenance), provenance, scale)


def _column_width(labels) -> float:
    return max((text_width(visible_token(token)) for token in labels), default=1) * EM * SIZE + 34


def _tokens(side: Side, theme: Theme, x: float, top: float, anchor: str) -> list[Shape]:
    """Chips in a column whose inner edge is at `x`; a thin line joins the pieces of a word."""
    sign = -1 if anchor == "end" else 1
    shapes: list[Shape] = []
    for i, (token, dim) in enumerate(zip(side.tokens, side.special, strict=True)):
        label = visible_token(token)
        w, y = text_width(label) * EM * SIZE + 20, top + i * ROW
        shapes.append(Rect(x - w if sign < 0 else x, y + 3, w, ROW - 6, theme.surface))
        color = theme.muted if dim else theme.text
        shapes.append(
            Text(x + sign * 10, y + ROW / 2, label, SIZE, color, anchor, 0, True, visible_text(token))
        )
    for first, last in word_runs(side.continues):
        edge = x - sign * 3
        shapes.append(
            Line(((edge, top + first * ROW + 6), (edge, top + (last + 1) * ROW - 6)), theme.muted, 1.5)
        )
    return shapes
