"""Where the words of a sentence and the lines between them stand in a picture of dependencies."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.results import Arc, Look, SentenceArcs
from explorer.views.attention.grid import EM
from explorer.views.scene.shapes import Rect
from explorer.views.text import text_width, visible_token

# pixels of the words, largest first; a sentence that fits with none stands upright
SIZES = (24, 22, 20, 18, 17, 16, 15, 14, 13)
NEXT_TO = 8  # pixels between things that stand beside each other
ROW = 34  # pixels of a word in an upright sentence
EDGE = 16


def layout_of(arcs: SentenceArcs, max_width: int) -> Across | Upright:
    """The words in a line in the largest letters that fit, or upright where none do."""
    size = next((size for size in SIZES if word_places(arcs, size)[-1] + EDGE <= max_width), None)
    return Across(arcs, size) if size else Upright(arcs, max_width)


class Across:
    """Pixels of a sentence that runs from left to right. `at(place, up)` is the point `up` above the line of
    words at `place` along it.
    """

    upright = False

    def __init__(self, arcs: SentenceArcs, size: int):
        self.size = size
        *self.places, end = word_places(arcs, size)
        self.arc_levels, self.look_levels = line_levels(arcs.arcs), line_levels(arcs.looks)
        self.label = label_size(size)
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


class Upright:
    """The same for a sentence that runs from top to bottom: "above" is at the left, "below" at the right."""

    upright = True

    def __init__(self, arcs: SentenceArcs, max_width: int):
        self.size, self.label = 15, 13
        self.places = [EDGE + ROW * (number + 0.5) for number in range(len(arcs.words))]
        self.arc_levels, self.look_levels = line_levels(arcs.arcs), line_levels(arcs.looks)
        words = max((text_width(visible_token(word)) for word in arcs.words), default=1) * EM * self.size + 10
        n_arcs, n_looks = max(self.arc_levels, default=0), max(self.look_levels, default=0)
        room = max_width - words - 2 * EDGE - 40
        label = max((label_width(arc, self.label) for arc in arcs.arcs), default=0)
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


def word_places(arcs: SentenceArcs, size: int) -> list[float]:
    """The middle of each word, and last the right edge of all: words beside each other, and every arc as long
    as its label.
    """
    halves = [text_width(visible_token(word)) * EM * size / 2 + 5 for word in arcs.words]
    ends: dict[int, list[tuple[int, float]]] = {}
    for arc in arcs.arcs:
        first, last = sorted((arc.dependent, arc.head))
        ends.setdefault(last, []).append((first, label_width(arc, label_size(size)) + NEXT_TO))
    places: list[float] = []
    for number, half in enumerate(halves):
        beside = places[-1] + halves[number - 1] + half + NEXT_TO if places else EDGE + half
        places.append(max([beside, *(places[first] + length for first, length in ends.get(number, ()))]))
    return [*places, places[-1] + halves[-1] if places else float(EDGE)]


def label_size(size: int) -> int:
    """Pixels of a relation's name beside words of `size` pixels."""
    return max(13, round(0.72 * size))


def label_width(arc: Arc, size: int) -> float:
    return text_width(visible_token(arc.relation)) * EM * size + 6


def joined_words(line: Arc | Look) -> tuple[int, int]:
    """The two words that a line joins, where it begins first."""
    return (line.head, line.dependent) if isinstance(line, Arc) else (line.word, line.at)


def line_levels(lines: Sequence[Arc | Look]) -> list[int]:
    """How far out each line runs, from 1: over all shorter ones that it shares a stretch with."""
    spans = [tuple(sorted(joined_words(line))) for line in lines]
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


def line_ends(
    lines: Sequence[Arc | Look], places: Sequence[float], spread: float
) -> list[tuple[float, float]]:
    """Where each line begins and ends along the sentence: beside each other at a word that has several, so
    that none crosses another.
    """
    at_word: dict[int, list[tuple[float, int, int]]] = {}
    for number, line in enumerate(lines):
        for end, (word, other) in enumerate((joined_words(line), joined_words(line)[::-1])):
            # from the left: lines to the left from the shortest to the longest, then lines to the right from
            # the longest to the shortest
            at_word.setdefault(word, []).append((1 / (other - word), number, end))
    ends = [[0.0, 0.0] for _ in lines]
    for word, found in at_word.items():
        for place, (_, number, end) in enumerate(sorted(found)):
            ends[number][end] = places[word] + (place - (len(found) - 1) / 2) * 2 * spread
    return [(start, end) for start, end in ends]
