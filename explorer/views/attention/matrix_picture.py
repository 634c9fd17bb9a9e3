"""What the picture of a matrix shows, decided once for the screen and for files: numbers, colours, marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from explorer.results import Alignment, LinkErrors, MatrixView
from explorer.views.attention.grid import link_block
from explorer.views.attention.verdicts import VERDICTS
from explorer.views.theme import (
    COLORMAPS,
    Colormap,
    Theme,
    difference_color,
    diverging,
    sequential,
    weight_color,
)

OUTLINED = ("sure", "possible")  # gold links are outlined, what was found or missed has a mark
OUTLINE_DASH = (4, 3)  # pixels on and off, of a link that is only possible
INSET = 0.42  # of a cell, from its middle to the outline


class Wording(NamedTuple):
    """What a picture says about its numbers: the title of the scale, then, at the pointer, row, `between`,
    column and `unit`.

    axes: the titles of columns and rows, those of attention when None.
    """

    bar: str
    unit: str
    between: str = "looks at"
    axes: tuple[str, str] | None = None


class Scale(NamedTuple):
    """Colours, each with its place from 0 to 1, for the numbers from `low` to `high`."""

    colors: tuple[tuple[float, str], ...]
    low: float
    high: float


class Mark(NamedTuple):
    """A word link (source word, target word) over its cells, the first and last of its rows and columns;
    verdict: a key of `VERDICTS`.
    """

    verdict: str
    link: tuple[int, int]
    top: int
    bottom: int
    left: int
    right: int

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) in cells, the middle of the first cell being 0."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def outline(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) in cells of a rectangle a little within the outer edge of its cells."""
        return self.left - INSET, self.top - INSET, self.right + INSET, self.bottom + INSET


WEIGHTS, DIFFERENCES = Wording("attention weight", "weight"), Wording("difference of weights", "difference")


@dataclass(frozen=True)
class MatrixPicture:
    """A matrix and all that decides how it is drawn.

    gold, errors: word links to mark, left out where a side looks at itself;  vmax: the weight that has the
    strongest colour, or the size of such a difference;  colormap: of weights, differences have their own.
    """

    view: MatrixView
    gold: Alignment | None = None
    errors: LinkErrors | None = None
    vmax: float = 1.0
    colormap: Colormap = COLORMAPS[0]

    @property
    def wording(self) -> Wording:
        return DIFFERENCES if self.view.signed else WEIGHTS

    def scale(self, theme: Theme) -> Scale:
        """Weights from 0 to `vmax`, differences balanced at 0 from −`vmax` to `vmax`."""
        if self.view.signed:
            return Scale(diverging(theme), -self.vmax, self.vmax)
        return Scale(sequential(theme, self.colormap), 0.0, self.vmax)

    def color(self, theme: Theme, weight: float) -> str:
        """The colour of one cell."""
        if self.view.signed:
            return difference_color(theme, weight, self.vmax)
        return weight_color(theme, weight, self.vmax, self.colormap)

    def marks(self) -> tuple[Mark, ...]:
        """The links whose words are shown, in the order in which they are drawn."""
        if self.view.is_self:
            return ()
        links = []
        if self.gold is not None:
            links += [("sure", self.gold.sure), ("possible", self.gold.possible - self.gold.sure)]
        if self.errors is not None:
            links += [("hit", self.errors.hits), ("spurious", self.errors.spurious)]
            links += [("missed", self.errors.missed)]
        blocks = [
            (verdict, link, link_block(self.view, link)) for verdict, own in links for link in sorted(own)
        ]
        return tuple(Mark(verdict, link, *block) for verdict, link, block in blocks if block)


def marked_verdicts(marks: Sequence[Mark]) -> dict[str, str]:
    """The verdicts among the marks, each with its words, in the order of the legend."""
    return {mark.verdict: VERDICTS[mark.verdict] for mark in marks}
