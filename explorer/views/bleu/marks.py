"""Which n-grams of a translation does a reference have? Its tokens with a bar for each n-gram: matched,
clipped or missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from explorer.results import BleuParts, NgramFate
from explorer.views.scene.shapes import Rect, Scene, Shape, Text
from explorer.views.text import text_width, visible_text, visible_token
from explorer.views.theme import Theme

SIZE, LETTER, PAD, GAP = (
    16,
    9.7,
    6,
    8,
)  # pixels: of the type, of a letter, inside a token's box, between boxes
BOX, LANE, BAR, BLOCK = (
    28,
    13,
    8,
    20,
)  # pixels: heights of a token, of a row of bars, of a bar; between two lines of tokens
LABEL = 110  # pixels at the left
NAMES: dict[NgramFate, str] = {
    "matched": "matched",
    "clipped": "clipped: more often here than in any reference",
    "missed": "missed: in no reference",
}


def marks_scene(parts: BleuParts, theme: Theme, width: int) -> Scene:
    """The hypothesis with rows of bars below it, order by order, then each reference with the words that
    matched.

    N-grams of one order overlap, so those of order n take n rows. A bar that does not fit its line goes on in
    the next.
    """
    bars = [
        (
            ngram_order.order,
            start,
            fate,
            _about(match.tokens, match.count, match.allowed, match.matched, fate),
        )
        for ngram_order in parts.orders
        for match in ngram_order.ngrams
        for start, fate in zip(match.positions, match.fates, strict=True)
    ]
    shapes: list[Shape] = []
    y = _legend(shapes, theme, 4)
    y = _hypothesis(shapes, parts.hypothesis_tokens, bars, len(parts.orders), theme, width, y)
    for number, tokens in enumerate(parts.reference_tokens):
        name = "Reference" if len(parts.reference_tokens) == 1 else f"Reference {number + 1}"
        y = _reference(shapes, name, tokens, parts, theme, width, y)
    return Scene(width, y, theme.background, tuple(shapes), "N-grams of a translation", description(parts))


def description(parts: BleuParts) -> str:
    """The counts in words."""
    counts = "; ".join(
        f"{order.n_matched} of {order.n_total} of order {order.order}" for order in parts.orders
    )
    return f"N-grams of the translation that a reference has: {counts}."


def _about(tokens: Sequence[str], count: int, allowed: int, matched: int, fate: NgramFate) -> str:
    ngram = " ".join(map(visible_text, tokens))
    return (
        f"“{ngram}”: {count} here, at most {allowed} in a reference, {matched} matched. This one is {fate}."
    )


def _legend(shapes: list[Shape], theme: Theme, y: float) -> float:
    x = 0.0
    for fate, name in NAMES.items():
        shapes += [_bar(x, y + 4, 26, fate, theme, "", ()), Text(x + 34, y + 8, name, 14, theme.muted)]
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


def _hypothesis(
    shapes: list[Shape], tokens, bars, n_orders: int, theme: Theme, width: int, y: float
) -> float:
    first = True
    for line in _lines(tokens, width):
        if first:
            shapes.append(Text(0, y + BOX / 2, "Translation", 14, theme.muted))
            first = False
        places = {number: (x, wide) for number, _, x, wide in line}
        for number, shown, x, wide in line:
            shapes += _token(x, y, wide, shown, tokens[number], theme.surface, theme)
        top = y + BOX + 5
        for order in range(1, n_orders + 1):
            starts = [start for n, start, _, _ in bars if n == order and _part(start, order, places)]
            if starts:
                shapes.append(
                    Text(
                        LABEL - 12,
                        top + BAR / 2,
                        "words" if order == 1 else f"{order}-grams",
                        12,
                        theme.muted,
                        "end",
                    )
                )
                for n, start, fate, about in bars:
                    part = _part(start, order, places) if n == order else ()
                    if part:
                        left, (right, wide) = places[part[0]][0], places[part[-1]]
                        data = (("fate", fate), ("order", str(order)), ("start", str(start)))
                        lane = top + LANE * ((start - min(starts)) % order)
                        shapes.append(_bar(left, lane, right + wide - left, fate, theme, about, data))
                top += LANE * min(order, max(starts) - min(starts) + 1) + 4
        y = top + BLOCK
    return y


def _part(start: int, order: int, places) -> list[int]:
    """The tokens of an n-gram that stand on this line."""
    return [number for number in range(start, start + order) if number in places]


def _reference(
    shapes: list[Shape],
    name: str,
    tokens: Sequence[str],
    parts: BleuParts,
    theme: Theme,
    width: int,
    y: float,
) -> float:
    left = Counter(parts.hypothesis_tokens)
    for i, line in enumerate(_lines(tokens, width)):
        if i == 0:
            shapes.append(Text(0, y + BOX / 2, name, 14, theme.muted))
        for number, shown, x, wide in line:
            found = left[tokens[number]] > 0
            left[tokens[number]] -= 1
            shapes += _token(x, y, wide, shown, tokens[number], theme.surface, theme)
            shapes.append(
                _bar(
                    x,
                    y + BOX + 2,
                    wide,
                    "matched" if found else "missed",
                    theme,
                    "",
                    (("reference", str(number)),),
                )
            )
        y += BOX + BLOCK
    return y


def _token(x: float, y: float, wide: float, shown: str, token: str, fill: str, theme: Theme) -> list[Shape]:
    return [
        Rect(x, y, wide, BOX, fill=fill),
        Text(
            x + wide / 2, y + BOX / 2, shown, SIZE, theme.text, "middle", mono=True, title=visible_text(token)
        ),
    ]


def _bar(x: float, y: float, wide: float, fate: NgramFate, theme: Theme, title: str, data) -> Rect:
    """Full, dashed or empty: told apart by more than colour."""
    if fate == "matched":
        return Rect(x, y, wide, BAR, fill=theme.hit, stroke=theme.hit, title=title, data=data)
    if fate == "clipped":
        return Rect(
            x,
            y,
            wide,
            BAR,
            fill=theme.background,
            stroke=theme.missed,
            width=2,
            dash=(4, 3),
            title=title,
            data=data,
        )
    return Rect(x, y + 2, wide, BAR - 4, fill=theme.background, stroke=theme.muted, title=title, data=data)
