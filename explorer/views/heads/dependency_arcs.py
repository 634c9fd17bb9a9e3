"""The tree of a sentence on one side of its words, and where a head looks most on the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from explorer.results import DIRECTIONS, Provenance, SentenceArcs
from explorer.views.attention.captions import CAPTION, provenance_sentence, wrap
from explorer.views.attention.verdicts import DASHES, verdict_colors
from explorer.views.heads.arcs_layout import EDGE, NEXT_TO, Across, Upright, label_width, layout_of, line_ends
from explorer.views.numbers import exact, percent, short
from explorer.views.scene.shapes import Line, Rect, Scene, Shape, Text
from explorer.views.scene.svg import scene_svg
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import Theme

ARROW = 5  # pixels
LEGEND = 720  # pixels of width that the legend may have beside a short sentence

Data = tuple[tuple[str, str], ...]  # names and values for a script

# What each verdict looks like: as in the pictures of alignment, where a link is found, missed or wrong.
_ARCS = {"found": "hit", "missed": "missed"}
_LOOKS = {"right": "hit", "wrong": "spurious"}
_SAID = {
    "found": "found", "missed": "missed", "spared": "not needed: another one is found",
    "not asked": "not asked",
    "right": "right", "wrong": "wrong",
}  # fmt: skip


def arcs_sentence(arcs: SentenceArcs, name: str) -> str:
    """How many of the words that are asked look at their partner. name: of the head."""
    what = f"{visible_text(arcs.relation)}, " if arcs.relation is not None else "all relations, "
    what += DIRECTIONS[arcs.direction]
    if not arcs.n_asked:
        return f"There is nothing to ask in this sentence: {what}."
    return (
        f"{name} finds {arcs.n_right} of {arcs.n_asked} here ({percent(arcs.n_right / arcs.n_asked)}): "
        f"{what}."
    )


def arcs_scene(
    arcs: SentenceArcs, name: str, theme: Theme, max_width: int = 900, provenance: Provenance | None = None
) -> Scene:
    """Words in a line, the tree's arcs above and where the head looks most below; a sentence too long for
    that stands upright.

    name: of the head;  provenance: of a file, in which what a page says beside the picture is part of it.
    Lines carry data-words, the numbers of the words they join, and their verdict in data-verdict.
    """
    layout = layout_of(arcs, max_width)
    shapes: list[Shape] = [
        *_tree(arcs, layout, theme),
        *_maxima(arcs, layout, theme),
        *_words(arcs.words, layout, theme),
    ]
    width = max(layout.width, min(LEGEND, max_width))
    y = layout.height + NEXT_TO
    for line in _legend(arcs, layout, theme, width, y):
        shapes += line
        y += 24
    y += NEXT_TO
    captions = [arcs_sentence(arcs, name), provenance_sentence(provenance)] if provenance else []
    for line in wrap(captions, width - 2 * EDGE):
        shapes.append(Text(EDGE, y + 4, line, CAPTION, theme.muted))
        y += CAPTION + 6
    title = f"Dependencies and the maxima of {name}"
    return Scene(
        math.ceil(width), math.ceil(y) + 4, theme.background, tuple(shapes), title, _description(arcs, name)
    )


def arcs_svg(
    arcs: SentenceArcs, name: str, theme: Theme, provenance: Provenance, max_width: int = 900
) -> str:
    """The same as vector SVG."""
    return scene_svg(arcs_scene(arcs, name, theme, max_width, provenance), provenance)


# ----------------------------------------------------------------------------------------------------- shapes


def _tree(arcs: SentenceArcs, layout: Across | Upright, theme: Theme) -> list[Shape]:
    """The gold arcs from head to dependent with their names, those that were not asked about underneath."""
    lines, labels = [], []
    ends = line_ends(arcs.arcs, layout.places, layout.spread)
    order = sorted(range(len(arcs.arcs)), key=lambda number: arcs.arcs[number].verdict in _ARCS)
    for number in order:
        arc, up = arcs.arcs[number], layout.step * layout.arc_levels[number]
        color, dash = _look_of(_ARCS.get(arc.verdict), theme)
        plain = arc.verdict not in _ARCS
        title = (
            f"{_word(arcs, arc.dependent)} is {visible_text(arc.relation)} of {_word(arcs, arc.head)}: "
            f"{_SAID[arc.verdict]}"
        )
        data = (
            ("words", f"{arc.dependent} {arc.head}"),
            ("verdict", arc.verdict),
            ("relation", visible_text(arc.relation)),
        )
        stroke = _Stroke(color, 1.3 if plain else 2.6, dash)
        lines += _curve(layout, ends[number], up, stroke, title, data)
        x, y = layout.at(sum(ends[number]) / 2, up)
        label, width = visible_token(arc.relation), label_width(arc, layout.label)
        labels.append(
            Rect(x - width / 2, y - layout.label / 2 - 2, width, layout.label + 4, theme.background)
        )
        labels.append(
            Text(
                x,
                y,
                label,
                layout.label,
                theme.muted if plain else theme.text,
                "middle",
                0,
                True,
                title,
                data,
            )
        )
    return lines + labels


def _maxima(arcs: SentenceArcs, layout: Across | Upright, theme: Theme) -> list[Shape]:
    """A line from each word to the one it looks at most, wider for a greater weight."""
    ends = line_ends(arcs.looks, layout.places, layout.spread)
    shapes: list[Shape] = []
    for number in sorted(range(len(arcs.looks)), key=lambda number: arcs.looks[number].verdict in _LOOKS):
        look = arcs.looks[number]
        color, dash = _look_of(_LOOKS.get(look.verdict), theme)
        width = 1.0 + 3.0 * min(1.0, look.weight) + (0.6 if look.verdict in _LOOKS else 0)
        title = (
            f"{_word(arcs, look.word)} looks most at {_word(arcs, look.at)}: weight "
            f"{exact(look.weight)}, {_SAID[look.verdict]}"
        )
        data = (
            ("words", f"{look.word} {look.at}"),
            ("verdict", look.verdict),
            ("weight", exact(look.weight)),
        )
        up = -layout.look_step * layout.look_levels[number]
        shapes += _curve(layout, ends[number], up, _Stroke(color, width, dash), title, data)
    return shapes


class _Stroke(NamedTuple):
    """The look of a line; width: in pixels."""

    color: str
    width: float
    dash: tuple[float, ...] | None


def _curve(
    layout: Across | Upright, ends: tuple[float, float], up: float, stroke: _Stroke, title: str, data: Data
) -> list[Shape]:
    """A curve between its ends along the words whose middle is `up` from them, and its arrow head."""
    (start, end), (color, width, dash) = ends, stroke
    sign = 1 if up >= 0 else -1
    foot = sign * 1e-9  # an end stands at the edge of the words on this side
    lift = up * 4 / 3  # a cubic curve rises to three quarters of its control points
    points = [layout.at(*point) for point in ((start, foot), (start, lift), (end, lift), (end, foot))]
    arrow = [
        layout.at(*p)
        for p in ((end - ARROW, sign * (ARROW + 2)), (end, foot), (end + ARROW, sign * (ARROW + 2)))
    ]
    return [
        Line(tuple(points), color, round(width, 2), dash, curve=True, title=title, data=data),
        Line(tuple(arrow), color, round(min(width, 2.2), 2), data=(("words", data[0][1]),)),
    ]


def _words(words: Sequence[str], layout: Across | Upright, theme: Theme) -> list[Shape]:
    shapes: list[Shape] = []
    for number, word in enumerate(words):
        label = visible_token(word)
        box, x, y = layout.word(number, label)
        data = (("word", str(number)),)
        shapes.append(Rect(box.x, box.y, box.w, box.h, theme.surface, title=visible_text(word), data=data))
        shapes.append(Text(x, y, label, layout.size, theme.text, "middle", 0, True, visible_text(word), data))
    return shapes


def _legend(
    arcs: SentenceArcs, layout: Across | Upright, theme: Theme, width: float, y: float
) -> list[list[Shape]]:
    """What the lines mean, as many entries in a row as fit."""
    above, below = ("left", "right") if layout.upright else ("above", "below")
    entries = (
        (f"{above}: in the tree, found", "hit"),
        (f"{above}: in the tree, missed", "missed"),
        (f"{below}: the head looks there, right", "hit"),
        (f"{below}: wrong", "spurious"),
        (
            "not asked about"
            + (", or answered by another word" if any(arc.verdict == "spared" for arc in arcs.arcs) else ""),
            None,
        ),
    )
    rows: list[list[Shape]] = [[]]
    x = float(EDGE)
    for label, verdict in entries:
        needed = 64 + 7 * len(label)
        if rows[-1] and x + needed > width:
            rows.append([])
            x = float(EDGE)
        color, dash = _look_of(verdict, theme)
        line = y + 12 + 24 * (len(rows) - 1)
        rows[-1] += [
            Line(((x, line), (x + 36, line)), color, 2.6 if verdict else 1.3, dash),
            Text(x + 44, line, label, 14, theme.text),
        ]
        x += needed
    return rows


def _look_of(verdict: str | None, theme: Theme) -> tuple[str, tuple[float, float] | None]:
    return (verdict_colors(theme)[verdict], DASHES[verdict]) if verdict else (theme.muted, None)


def _word(arcs: SentenceArcs, number: int) -> str:
    return visible_text(arcs.words[number])


def _description(arcs: SentenceArcs, name: str, limit: int = 40) -> str:
    """The picture in words."""
    asked = [look for look in arcs.looks if look.verdict != "not asked"]
    said = [
        f"{_word(arcs, look.word)} looks most at {_word(arcs, look.at)} ({short(look.weight)}), "
        f"{_SAID[look.verdict]}."
        for look in asked
    ]
    more = [f"{len(said) - limit} more words."] if len(said) > limit else []
    return " ".join([arcs_sentence(arcs, name), *said[:limit], *more])
