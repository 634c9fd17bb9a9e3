"""Where each matrix of a formula stands, and how large its labels are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from explorer.views.attention.grid import EM
from explorer.views.text import text_width, visible_token

LABEL_LIMIT = 12
SIGN = 36  # pixels for an operator between two panels
NAME = 46  # pixels for the two lines over a panel


@dataclass(frozen=True)
class Panel:
    """One matrix, [rows, cols]. `rows` and `cols` are the tokens they belong to; empty where they are
    dimensions of a vector.

    before: the sign between this panel and the one at its left;  scale: the value of the strongest colour;
    kind: "signed" from −scale to scale, "weights" from 0 to scale, "mask" with True where a key may be seen;
    hidden: True for cells that a mask has taken out;  blocks: parts of equal width side by side, of which
    `chosen` is outlined.
    """

    name: str
    values: np.ndarray
    rows: tuple[str, ...] = ()
    cols: tuple[str, ...] = ()
    scale: float = 1.0
    kind: Literal["signed", "weights", "mask"] = "signed"
    before: str = ""
    hidden: np.ndarray | None = None
    blocks: int = 1
    chosen: int | None = None


@dataclass(frozen=True)
class Place:
    """Pixels, from the top left of the figure: where the cells of a panel lie, and how its labels are
    written.

    labels: the room for tokens at the left of the cells, 0 where none are written;  above: that for tokens
    over them.
    """

    left: float
    top: float
    width: float
    height: float
    labels: float
    above: float
    angle: int
    row_size: int
    col_size: int
    zoom: float = 1.0

    @property
    def middle(self) -> float:
        return self.top + self.height / 2

    def enlarged(self, zoom: float) -> Place:
        """The same place on a larger figure."""
        lengths = {
            name: getattr(self, name) * zoom for name in ("left", "top", "width", "height", "labels", "above")
        }
        return replace(
            self, **lengths, row_size=int(self.row_size * zoom), col_size=int(self.col_size * zoom), zoom=zoom
        )


def largest(*arrays: np.ndarray) -> float:
    """A scale that holds all of them: the largest absolute value that is finite, rounded up to three
    digits.
    """
    value = max((float(np.abs(array[np.isfinite(array)]).max(initial=0.0)) for array in arrays), default=0.0)
    if value == 0:
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 2)
    return math.ceil(round(value / unit, 6)) * unit


def layout_of(lines, max_width: float) -> tuple[list[list[Place]], float]:
    """Where each panel lies, and the height of the figure. What is no row of a token stands in the middle of
    its line.
    """
    tallest = {1: 26.0, 2: 23.0}.get(len(lines), 18.0)
    heights = [[_height(panel, tallest) for panel in line] for line in lines]
    sizes = [
        [max(9, min(16, int(0.8 * h / len(panel.values)))) for panel, h in zip(*pair, strict=True)]
        for pair in zip(lines, heights, strict=True)
    ]
    named = [
        [bool(panel.rows) and (k == 0 or panel.rows != line[0].rows) for k, panel in enumerate(line)]
        for line in lines
    ]
    lefts = [
        [_label_width(panel, size) if on else 4 for panel, size, on in zip(*triple, strict=True)]
        for triple in zip(lines, sizes, named, strict=True)
    ]
    edge = max(left[0] for left in lefts)  # lines that look alike stand exactly below each other
    places = []
    y = 0.0
    shares = [_share(line, [edge, *left[1:]], max_width) for line, left in zip(lines, lefts, strict=True)]
    for line, high, small, on, left in zip(lines, heights, sizes, named, lefts, strict=True):
        share = min(each for other, each in zip(lines, shares, strict=True) if len(other) == len(line))
        widths = [max(24.0, _width(panel, len(line)) * share) for panel in line]
        over = [_col_labels(panel, width) for panel, width in zip(line, widths, strict=True)]
        top = y + NAME + max(above for _, above, _ in over)
        x = edge - left[0]
        row = []
        for k, panel in enumerate(line):
            x += _sign(panel, k) + left[k]
            down = 0.0 if panel.rows or panel.cols else (max(high) - high[k]) / 2
            angle, above, col_size = over[k]
            row.append(
                Place(
                    x,
                    top + down,
                    widths[k],
                    high[k],
                    left[k] if on[k] else 0.0,
                    above,
                    angle,
                    small[k],
                    col_size,
                )
            )
            x += widths[k]
        places.append(row)
        y = top + max(high) + 20
    return places, y


def _share(line: tuple[Panel, ...], lefts: list[float], max_width: float) -> float:
    """How much of the width that its panels would like a line can give them."""
    taken = sum(lefts) + sum(_sign(panel, k) for k, panel in enumerate(line)) + 12
    return min(1.0, (max_width - taken) / sum(_width(panel, len(line)) for panel in line))


def _sign(panel: Panel, k: int) -> int:
    return SIGN if panel.before else 8 * (k > 0)


def _label_width(panel: Panel, size: int) -> float:
    return _widest(panel.rows) * EM * size + 12


def _height(panel: Panel, tallest: float) -> float:
    n = len(panel.values)
    if not panel.rows and n > 1:
        return float(
            min(130, max(24, 5 * n))
        )  # the dimensions of a vector, or the rows of a matrix of weights
    return n * max(10.0, min(tallest, 340 / n))


def _width(panel: Panel, n_panels: int) -> float:
    """The width a panel would like to have beside others of its line."""
    n = panel.values.shape[1]
    return (
        n * min(56.0, max(14.0, 700 / n))
        if panel.cols
        else min(max(360.0, 720 / n_panels), max(120.0, 5.0 * n))
    )


def _widest(tokens: tuple[str, ...]) -> int:
    return max((text_width(visible_token(token, LABEL_LIMIT)) for token in tokens), default=0)


def _col_labels(panel: Panel, width: float) -> tuple[int, float, int]:
    """Angle, room above the panel and size of the tokens over the columns."""
    if not panel.cols:
        return 0, 0.0, 12
    cell = width / len(panel.cols)
    size = 15 if cell >= 24 else max(9, min(14, int(cell) - 1))
    label = _widest(panel.cols) * EM * size
    angle = 0 if label <= cell - 4 else -45 if cell >= 24 else -90
    return angle, {0: 1.3 * size, -45: 0.71 * label + size, -90: label}[angle] + 6, size
