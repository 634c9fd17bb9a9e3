"""Does a head follow the tree of a sentence? Gold arcs on one side of the words, what the head looks at most
on the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import Arc, Look, Provenance, SentenceArcs
from explorer.views.attention.captions import CAPTION, provenance_sentence, wrap
from explorer.views.attention.grid import EM
from explorer.views.attention.verdicts import DASHES, verdict_colors
from explorer.views.numbers import exact, percent, short
from explorer.views.scene.shapes import Line, Rect, Scene, Shape, Text
from explorer.views.scene.svg import scene_svg
from explorer.views.text import text_width, visible_text, visible_token
from explorer.views.theme import Theme

SIZES = (
    24,
    22,
    20,
    18,
    17,
    16,
    15,
    14,
    13,
)  # pixels of the words, largest first; a sentence that fits with none stands upright
NEXT_TO = 8  # pixels between things that stand beside each other
ROW = 34  # pixels of a word in an upright sentence
EDGE = 16
ARROW = 5
LEGEND = 720  # pixels of width that the legend may have beside a short sentence
DIRECTIONS = {"to_head": "dependent → head", "to_dependent": "head → dependent"}

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
    size = next((size for size in SIZES if _places(arcs, size)[-1] + EDGE <= max_width), None)
    layout = _Across(arcs, size) if size else _Upright(arcs, max_width)
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


# ----------------------------------------------------------------------------------------------------- layout


class _Across:
    """Pixels of a sentence that runs from left to right. `at(place, up)` is the point `up` above the line of
    words at `place` along it.
    """

    upright = False

    def __init__(self, arcs: SentenceArcs, size: int):
        self.size = size
        *self.places, end = _places(arcs, size)
        self.arc_levels, self.look_levels = _levels(arcs.arcs), _levels(arcs.looks)
        self.label = _label_size(size)
        self.step, self.look_step = self.label + 15, self.label + 2
        self.top = EDGE + 12 + self.step * max(self.arc_levels, default=0)
        self.line = self.top + size  # the middle of the words
        self.bottom = self.line + size
        self.width = end + EDGE
        self.height = self.bottom + 14 + self.look_step * max(self.look_levels, default=0)
        self.spread = 4

    def at(self, place: float, up: float) -> tuple[float, float]:
        return place, (self.top - up if up >= 0 else self.bottom - up)

    def word(self, number: int, label: str) -> tuple[Rect, float, float]:
        half = text_width(label) * EM * self.size / 2 + 5
        place = self.places[number]
        return Rect(place - half, self.top, 2 * half, self.bottom - self.top), place, self.line


class _Upright:
    """The same for a sentence that runs from top to bottom: "above" is at the left, "below" at the right."""

    upright = True

    def __init__(self, arcs: SentenceArcs, max_width: int):
        self.size, self.label = 15, 13
        self.places = [EDGE + ROW * (number + 0.5) for number in range(len(arcs.words))]
        self.arc_levels, self.look_levels = _levels(arcs.arcs), _levels(arcs.looks)
        words = max((text_width(visible_token(word)) for word in arcs.words), default=1) * EM * self.size + 10
        n_arcs, n_looks = max(self.arc_levels, default=0), max(self.look_levels, default=0)
        room = max_width - words - 2 * EDGE - 40
        label = max((_label_width(arc, self.label) for arc in arcs.arcs), default=0)
        self.step = min(label + NEXT_TO, 0.7 * room / max(1, n_arcs))
        self.look_step = min(24.0, (room - self.step * n_arcs - label / 2) / max(1, n_looks))
        self.top = EDGE + 20 + self.step * n_arcs + label / 2  # the left edge of the words
        self.bottom = self.top + words
        self.width = self.bottom + 20 + self.look_step * n_looks + EDGE
        self.height = EDGE + ROW * len(arcs.words)
        self.spread = 3

    def at(self, place: float, up: float) -> tuple[float, float]:
        return (self.top - up if up >= 0 else self.bottom - up), place

    def word(self, number: int, label: str) -> tuple[Rect, float, float]:
        place = self.places[number]
        return (
            Rect(self.top, place - ROW / 2 + 3, self.bottom - self.top, ROW - 6),
            (self.top + self.bottom) / 2,
            place,
        )


def _places(arcs: SentenceArcs, size: int) -> list[float]:
    """The middle of each word, and last the right edge of all: words beside each other, and every arc as long
    as its label.
    """
    halves = [text_width(visible_token(word)) * EM * size / 2 + 5 for word in arcs.words]
    ends: dict[int, list[tuple[int, float]]] = {}
    for arc in arcs.arcs:
        first, last = sorted((arc.dependent, arc.head))
        ends.setdefault(last, []).append((first, _label_width(arc, _label_size(size)) + NEXT_TO))
    places: list[float] = []
    for number, half in enumerate(halves):
        beside = places[-1] + halves[number - 1] + half + NEXT_TO if places else EDGE + half
        places.append(max([beside, *(places[first] + length for first, length in ends.get(number, ()))]))
    return [*places, places[-1] + halves[-1] if places else float(EDGE)]


def _label_size(size: int) -> int:
    """Pixels of a relation's name beside words of `size` pixels."""
    return max(13, round(0.72 * size))


def _label_width(arc: Arc, size: int) -> float:
    return text_width(visible_token(arc.relation)) * EM * size + 6


def _span(line: Arc | Look) -> tuple[int, int]:
    """The two words that a line joins, where it begins first."""
    return (line.head, line.dependent) if isinstance(line, Arc) else (line.word, line.at)


def _levels(lines: Sequence[Arc | Look]) -> list[int]:
    """How far out each line runs, from 1: over all shorter ones that it shares a stretch with."""
    spans = [tuple(sorted(_span(line))) for line in lines]
    levels = [0] * len(spans)
    for number in sorted(
        range(len(spans)), key=lambda number: (spans[number][1] - spans[number][0], spans[number])
    ):
        first, last = spans[number]
        below = [
            levels[other] for other, (a, b) in enumerate(spans) if levels[other] and a < last and first < b
        ]
        levels[number] = 1 + max(below, default=0)
    return levels


def _ends(lines: Sequence[Arc | Look], places: Sequence[float], spread: float) -> list[tuple[float, float]]:
    """Where each line begins and ends along the sentence: beside each other at a word that has several, so
    that none crosses another.
    """
    at_word: dict[int, list[tuple[float, int, int]]] = {}
    for number, line in enumerate(lines):
        for end, (word, other) in enumerate((_span(line), _span(line)[::-1])):
            # from the left: lines to the left from the shortest to the longest, then lines to the right from
            # the longest to the shortest
            at_word.setdefault(word, []).append((1 / (other - word), number, end))
    ends = [[0.0, 0.0] for _ in lines]
    for word, found in at_word.items():
        for place, (_, number, end) in enumerate(sorted(found)):
            ends[number][end] = places[word] + (place - (len(found) - 1) / 2) * 2 * spread
    return [(start, end) for start, end in ends]


# ----------------------------------------------------------------------------------------------------- shapes


def _tree(arcs: SentenceArcs, layout: _Across | _Upright, theme: Theme) -> list[Shape]:
    """The gold arcs from head to dependent with their names, those that were not asked about underneath."""
    lines, labels = [], []
    ends = _ends(arcs.arcs, layout.places, layout.spread)
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
        lines += _curve(layout, *ends[number], up, color, 1.3 if plain else 2.6, dash, title, data)
        x, y = layout.at(sum(ends[number]) / 2, up)
        label, width = visible_token(arc.relation), _label_width(arc, layout.label)
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


def _maxima(arcs: SentenceArcs, layout: _Across | _Upright, theme: Theme) -> list[Shape]:
    """A line from each word to the one it looks at most, wider for a greater weight."""
    ends = _ends(arcs.looks, layout.places, layout.spread)
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
        shapes += _curve(
            layout,
            *ends[number],
            -layout.look_step * layout.look_levels[number],
            color,
            width,
            dash,
            title,
            data,
        )
    return shapes


def _curve(
    layout, start: float, end: float, up: float, color: str, width: float, dash, title: str, data
) -> list[Shape]:
    """A curve from `start` to `end` whose middle is `up` from the words, and its arrow head."""
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


def _words(words: Sequence[str], layout, theme: Theme) -> list[Shape]:
    shapes: list[Shape] = []
    for number, word in enumerate(words):
        label = visible_token(word)
        box, x, y = layout.word(number, label)
        data = (("word", str(number)),)
        shapes.append(Rect(box.x, box.y, box.w, box.h, theme.surface, title=visible_text(word), data=data))
        shapes.append(Text(x, y, label, layout.size, theme.text, "middle", 0, True, visible_text(word), data))
    return shapes


def _legend(
    arcs: SentenceArcs, layout: _Across | _Upright, theme: Theme, width: float, y: float
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
