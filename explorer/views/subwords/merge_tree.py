"""How was a word cut? A tree of its merges, from the characters at the foot to the tokens at the top."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from explorer.results import MergeNode, Segmentation
from explorer.views.attention.grid import EM
from explorer.views.scene.shapes import Line, Rect, Scene, Shape, Text
from explorer.views.text import is_rtl, text_width, visible_text, visible_token
from explorer.views.theme import Theme

EDGE = 12
SIZE = 18  # pixels of a token
CHIP = 30  # pixels: its height
LEVEL = 62  # from a token to those it was made of
RANK = 14
NEXT_TO = 6  # between characters
BETWEEN = 36  # between words


class _Placed(NamedTuple):
    """A word with the pixels of its leaves, from its own left edge."""

    segmentation: Segmentation
    lefts: tuple[float, ...]
    widths: tuple[float, ...]
    width: float
    height: int  # levels of its highest tree


def merge_tree(segmentations: Sequence[Segmentation], theme: Theme, max_width: int = 900) -> Scene:
    """The trees of all words from left to right, in as many rows as `max_width` asks for; a word from right
    to left stands as it is read.

    Roots carry data-token, merges data-rank.
    """
    placed = [_place(segmentation) for segmentation in segmentations]
    shapes: list[Shape] = []
    y, width = float(EDGE), 0.0
    for row in _rows(placed, max_width - 2 * EDGE):
        bottom = y + LEVEL * max(word.height for word in row) + CHIP
        x = float(EDGE)
        for word in row:
            shapes += _word(word, x, bottom, theme)
            x += word.width + BETWEEN
        width = max(width, x - BETWEEN + EDGE)
        y = bottom + BETWEEN
    return Scene(
        math.ceil(max(width, 2 * EDGE)),
        math.ceil(y),
        theme.background,
        tuple(shapes),
        "Merges of each word",
        tree_sentence(segmentations),
    )


def tree_sentence(segmentations: Sequence[Segmentation]) -> str:
    """How many characters became how many tokens, and what is unknown."""
    n_start = sum(len(each.start) for each in segmentations)
    n_tokens = sum(len(each.tree) for each in segmentations)
    n_unknown = sum(sum(each.unknown) for each in segmentations)
    words = f"{len(segmentations):,} word{'' if len(segmentations) == 1 else 's'}"
    said = f"{words}, {n_start:,} symbols, {n_tokens:,} token{'' if n_tokens == 1 else 's'}"
    return f"{said}, {n_unknown:,} of them not in the vocabulary." if n_unknown else f"{said}."


def _place(segmentation: Segmentation) -> _Placed:
    widths = tuple(_chip_width(symbol) for symbol in segmentation.start)
    order = range(len(widths))
    lefts = [0.0] * len(widths)
    x = 0.0
    for place in reversed(order) if is_rtl(segmentation.word) else order:
        lefts[place] = x
        x += widths[place] + NEXT_TO
    return _Placed(
        segmentation,
        tuple(lefts),
        widths,
        max(x - NEXT_TO, 0.0),
        max((_height(node) for node in segmentation.tree), default=0),
    )


def _chip_width(token: str) -> float:
    return max(26.0, text_width(visible_token(token)) * EM * SIZE + 12)


def _height(node: MergeNode) -> int:
    return 1 + max(_height(node.left), _height(node.right)) if node.left and node.right else 0


def _rows(placed: Sequence[_Placed], room: float) -> list[list[_Placed]]:
    rows: list[list[_Placed]] = []
    used = room + 1
    for word in placed:
        if used + BETWEEN + word.width > room or not rows:
            rows.append([])
            used = -BETWEEN
        rows[-1].append(word)
        used += BETWEEN + word.width
    return rows


class _Ground(NamedTuple):
    """Where a word's tree grows: its left and bottom edge; the chips go over the lines."""

    word: _Placed
    x: float
    bottom: float
    theme: Theme
    lines: list[Shape]
    chips: list[Shape]


def _word(word: _Placed, x: float, bottom: float, theme: Theme) -> list[Shape]:
    ground = _Ground(word, x, bottom, theme, [], [])
    for root in word.segmentation.tree:
        _node(root, ground, is_root=True)
    return ground.lines + ground.chips


def _node(node: MergeNode, ground: _Ground, is_root: bool = False) -> tuple[float, float]:
    """Draw a token and all below it; returns the middle of its top edge."""
    word, theme = ground.word, ground.theme
    label = visible_token(node.token)
    y = ground.bottom - CHIP - LEVEL * _height(node)
    if node.left is None or node.right is None:
        left, width = word.lefts[node.start], word.widths[node.start]
        middle = ground.x + left + width / 2
    else:
        tops = [_node(child, ground) for child in (node.left, node.right)]
        middle = sum(top[0] for top in tops) / 2
        span = [word.lefts[place] for place in range(node.start, node.end)]
        width = max(
            26.0, min(text_width(label) * EM * SIZE + 12, max(span) - min(span) + word.widths[node.start])
        )
        for top in tops:
            ground.lines.append(Line(((middle, y + CHIP), (top[0], top[1])), theme.muted, 1.5))
    title = _title(node)
    stroke = theme.missed if node.unknown else theme.accent if is_root else theme.grid
    data = (("token", visible_text(node.token)),) if is_root else ()
    box = Rect(
        middle - width / 2,
        y,
        width,
        CHIP,
        theme.surface,
        stroke,
        2 if is_root else 1.2,
        (5, 3) if node.unknown else None,
        title,
        data,
    )
    ground.chips.extend([box, Text(middle, y + CHIP / 2, label, SIZE, theme.text, "middle", 0, True, title)])
    if node.rank is not None:
        rank = f"{node.rank:,}"
        data = (("rank", str(node.rank)),)
        half = len(rank) * EM * RANK / 2 + 3
        ground.chips.append(Rect(middle - half, y + CHIP + 6, 2 * half, RANK + 4, theme.background))
        ground.chips.append(
            Text(middle, y + CHIP + 15, rank, RANK, theme.muted, "middle", 0, False, title, data)
        )
    return middle, y


def _title(node: MergeNode) -> str:
    if node.left is None or node.right is None or node.rank is None:
        return (
            f"{visible_text(node.token)}: not in the vocabulary" if node.unknown else visible_text(node.token)
        )
    return (
        f"merge {node.rank:,}: {visible_text(node.left.token)} + {visible_text(node.right.token)} → "
        f"{visible_text(node.token)}"
    )
