"""Which n-grams does a reference have? The tokens of a translation over a bar for each n-gram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from explorer.results import BleuParts, NgramFate, NgramMatch
from explorer.views.scene.shapes import Rect, Scene, Shape, Text
from explorer.views.text import text_width, visible_text, visible_token
from explorer.views.theme import Theme

# Pixels: of the type, of a letter, inside a token's box, between boxes.
SIZE, LETTER, PAD, GAP = 16, 9.7, 6, 8
# Pixels: heights of a token, of a row of bars, of a bar; between two lines of tokens.
BOX, LANE, BAR, BLOCK = 28, 13, 8, 20
LABEL = 110  # pixels at the left
_Place = tuple[float, float, float]  # x, y, width of a token or a bar
_Places = Mapping[int, tuple[float, float]]  # number of a token on a line: (x, width)
NAMES: dict[NgramFate, str] = {
    "matched": "matched",
    "clipped": "clipped: more often here than in any reference",
    "missed": "missed: in no reference",
}


class _Sheet(NamedTuple):
    """What is drawn so far, in which colours and how wide."""

    shapes: list[Shape]
    theme: Theme
    width: int


class _Bar(NamedTuple):
    """An n-gram of the translation. order: its tokens;  start: the first of them;  about: said at the
    pointer.
    """

    order: int
    start: int
    fate: NgramFate
    about: str


def marks_scene(parts: BleuParts, theme: Theme, width: int) -> Scene:
    """The hypothesis with rows of bars below it, order by order, then each reference with the words that
    matched.

    N-grams of one order overlap, so those of order n take n rows. A bar that does not fit its line goes on in
    the next.
    """
    bars = [
        _Bar(ngram_order.order, start, fate, _about(match, fate))
        for ngram_order in parts.orders
        for match in ngram_order.ngrams
        for start, fate in zip(match.positions, match.fates, strict=True)
    ]
    sheet = _Sheet([], theme, width)
    y = _legend(sheet, 4)
    y = _hypothesis(sheet, parts, bars, y)
    for number, tokens in enumerate(parts.reference_tokens):
        name = "Reference" if len(parts.reference_tokens) == 1 else f"Reference {number + 1}"
        y = _reference(sheet, name, tokens, Counter(parts.hypothesis_tokens), y)
    return Scene(
        width, y, theme.background, tuple(sheet.shapes), "N-grams of a translation", description(parts)
    )


def description(parts: BleuParts) -> str:
    """The counts in words."""
    counts = "; ".join(
        f"{order.n_matched} of {order.n_total} of order {order.order}" for order in parts.orders
    )
    return f"N-grams of the translation that a reference has: {counts}."


def _about(match: NgramMatch, fate: NgramFate) -> str:
    ngram = " ".join(map(visible_text, match.tokens))
    return (
        f"“{ngram}”: {match.count} here, at most {match.allowed} in a reference, {match.matched} matched. "
        f"This one is {fate}."
    )


def _legend(sheet: _Sheet, y: float) -> float:
    x = 0.0
    for fate, name in NAMES.items():
        sheet.shapes.append(_bar((x, y + 4, 26), fate, sheet.theme))
        sheet.shapes.append(Text(x + 34, y + 8, name, 14, sheet.theme.muted))
        x += 34 + 7.2 * len(name) + 24
    return y + 28


def _lines(tokens: Sequence[str], width: int) -> list[list[tuple[int, str, float, float]]]:
    """Lines of (number, what is shown, x, width) that fit beside the label."""
    lines: list[list[tuple[int, str, float, float]]] = [[]]
    x = float(LABEL)
    for number, token in enumerate(tokens):
        shown = visible_token(token)
        wide = LETTER * max(1, text_width(shown)) + 2 * PAD
        if lines[-1] and x + wide > width:
            lines.append([])
            x = float(LABEL)
        lines[-1].append((number, shown, x, wide))
        x += wide + GAP
    return lines


def _hypothesis(sheet: _Sheet, parts: BleuParts, bars: Sequence[_Bar], y: float) -> float:
    tokens = parts.hypothesis_tokens
    sheet.shapes.append(Text(0, y + BOX / 2, "Translation", 14, sheet.theme.muted))
    for line in _lines(tokens, sheet.width):
        places = {number: (x, wide) for number, _, x, wide in line}
        for number, shown, x, wide in line:
            sheet.shapes.extend(_token((x, y, wide), shown, tokens[number], sheet.theme))
        top = y + BOX + 5
        for order in range(1, len(parts.orders) + 1):
            here = [bar for bar in bars if bar.order == order and _part(bar, places)]
            if here:
                name = "words" if order == 1 else f"{order}-grams"
                sheet.shapes.append(Text(LABEL - 12, top + BAR / 2, name, 12, sheet.theme.muted, "end"))
                top += _lanes(sheet, here, places, top)
        y = top + BLOCK
    return y


def _lanes(sheet: _Sheet, bars: Sequence[_Bar], places: _Places, top: float) -> float:
    """Draw the bars of one order in as many rows as they need; returns their height."""
    first, last = min(bar.start for bar in bars), max(bar.start for bar in bars)
    for bar in bars:
        part = _part(bar, places)
        left, (right, wide) = places[part[0]][0], places[part[-1]]
        data = (("fate", bar.fate), ("order", str(bar.order)), ("start", str(bar.start)))
        lane = top + LANE * ((bar.start - first) % bar.order)
        sheet.shapes.append(_bar((left, lane, right + wide - left), bar.fate, sheet.theme, bar.about, data))
    return LANE * min(bars[0].order, last - first + 1) + 4


def _part(bar: _Bar, places: _Places) -> list[int]:
    """The tokens of an n-gram that stand on this line."""
    return [number for number in range(bar.start, bar.start + bar.order) if number in places]


def _reference(sheet: _Sheet, name: str, tokens: Sequence[str], unmatched: Counter[str], y: float) -> float:
    """unmatched: the tokens of the translation, each taken out once it is met here."""
    sheet.shapes.append(Text(0, y + BOX / 2, name, 14, sheet.theme.muted))
    for line in _lines(tokens, sheet.width):
        for number, shown, x, wide in line:
            fate: NgramFate = "matched" if unmatched[tokens[number]] > 0 else "missed"
            unmatched[tokens[number]] -= 1
            sheet.shapes.extend(_token((x, y, wide), shown, tokens[number], sheet.theme))
            data = (("reference", str(number)),)
            sheet.shapes.append(_bar((x, y + BOX + 2, wide), fate, sheet.theme, data=data))
        y += BOX + BLOCK
    return y


def _token(place: _Place, shown: str, token: str, theme: Theme) -> list[Shape]:
    x, y, wide = place
    said = visible_text(token)
    text = Text(x + wide / 2, y + BOX / 2, shown, SIZE, theme.text, "middle", mono=True, title=said)
    return [Rect(x, y, wide, BOX, fill=theme.surface), text]


def _bar(
    place: _Place,
    fate: NgramFate,
    theme: Theme,
    title: str = "",
    data: tuple[tuple[str, str], ...] = (),
) -> Rect:
    """Full, dashed or empty: told apart by more than colour."""
    x, y, wide = place
    if fate == "matched":
        return Rect(x, y, wide, BAR, theme.hit, theme.hit, title=title, data=data)
    if fate == "clipped":
        return Rect(x, y, wide, BAR, theme.background, theme.missed, 2, (4, 3), title, data)
    return Rect(x, y + 2, wide, BAR - 4, theme.background, theme.muted, title=title, data=data)
