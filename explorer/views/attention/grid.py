"""The size of a matrix on the screen and in files: cells, labels and margins."""

from __future__ import annotations

import math
from dataclasses import dataclass

from explorer.results import MatrixView, Side
from explorer.views.text import text_width, visible_token
from explorer.views.theme import Theme, blend

EM = 0.6  # width of a character of the fixed-width face, in font sizes
LABEL_LIMIT = 18
BAR_LEFT, BAR_WIDTH = 84, 16  # pixels: the colour bar, its left edge counted from the right of the picture
BRACKET = 4  # pixels from the cells to the line along the pieces of a word


@dataclass(frozen=True)
class Grid:
    """Pixels. Cell (row, col) covers left + col * cell_w … and top + row * cell_h …; angle is that of the
    column labels.
    """

    cell_w: float
    cell_h: float
    left: float
    top: float
    right: float
    bottom: float
    angle: int
    col_size: int
    row_size: int
    col_every: int
    row_every: int
    n_rows: int
    n_cols: int

    @property
    def plot_w(self) -> float:
        return self.cell_w * self.n_cols

    @property
    def plot_h(self) -> float:
        return self.cell_h * self.n_rows

    @property
    def width(self) -> float:
        return self.left + self.plot_w + self.right

    @property
    def height(self) -> float:
        return self.top + self.plot_h + self.bottom

    @property
    def bar_height(self) -> int:
        return round(min(self.plot_h, 360))

    @property
    def gap(self) -> int:
        """The width of the lines between cells: none where a cell is hardly wider than the line."""
        return 1 if min(self.cell_w, self.cell_h) >= 6 else 0

    @property
    def mark(self) -> float:
        """The size of outlines and marks, from 0.4 where cells are small to 1: they must leave the cell's own
        colour to be seen.
        """
        return min(1.0, max(0.4, min(self.cell_w, self.cell_h) / 36))

    def mark_size(self, verdict: str) -> float:
        """The same for one mark: what is wrong or missed must be seen at any size."""
        return self.mark if verdict == "hit" else max(0.7, self.mark)

    @property
    def outline(self) -> tuple[float, float]:
        """Pixels: the width of an outline, and of the casing that lets it show on any cell."""
        return max(1.2, 2 * self.mark), 5 * self.mark

    def line_color(self, theme: Theme) -> str:
        """The lines between cells, fainter where there are many."""
        return theme.grid if self.cell_w >= 16 else blend(theme.grid, theme.background, 0.5)


def grid(view: MatrixView, max_width: int = 800, bar: int = 92, below: int = 16) -> Grid:
    """Room for 3 to about 60 tokens a side within `max_width`: cells near square, labels as large as fits.

    `bar` is the room for the colour bar at the right, `below` that for legend and captions.
    Column labels lie flat where they fit, slant where cells are wide enough, else stand upright; past about
    90 tokens every k-th has one.
    """
    n_rows, n_cols = view.weights.shape
    widest_col = max((text_width(visible_token(token, LABEL_LIMIT)) for token in view.cols.tokens), default=1)
    widest_row = max((text_width(visible_token(token, LABEL_LIMIT)) for token in view.rows.tokens), default=1)

    zoom = min(1.4, max(1.0, max_width / 800))  # on a wide screen everything grows
    row_size, largest = round(16 * zoom), 64.0 * zoom
    for _ in range(3):  # the label's size depends on the cell's, and the other way round: this settles it
        left = 52 + math.ceil(widest_row * EM * row_size)
        flat = _cell(max_width, left, bar + 12, n_cols, largest)
        col_size = round(16 * zoom) if flat >= 24 * zoom else max(9, min(14, int(flat) + 1))
        label = widest_col * EM * col_size
        angle = 0 if label <= flat - 6 else -45 if flat >= 22 * zoom else -90
        overhang = _overhang(view, col_size, flat) if angle == -45 else 0
        right = bar + max(12, math.ceil(overhang))
        cell_w = _cell(max_width, left, right, n_cols, largest)
        cell_h = min(0.9 * cell_w, 46.0 * zoom, max(17.0, 640 / n_rows))
        cell_h = max(cell_h, 13.0 if n_rows <= 70 else 9.0)
        cell_h = math.floor(cell_h)
        largest = max(24.0, min(64.0 * zoom, 2.2 * cell_h))  # near square also where many rows make them low
        row_size = max(9, min(round(16 * zoom), int(0.82 * cell_h)))
    rise = {0: 1.2 * col_size, -45: 0.71 * label + 0.9 * col_size, -90: label}[angle]
    return Grid(
        cell_w=cell_w,
        cell_h=cell_h,
        left=left,
        top=math.ceil(rise) + 42,
        right=right,
        bottom=below,
        angle=angle,
        col_size=col_size,
        row_size=row_size,
        col_every=max(1, math.ceil(9.5 / cell_w)),
        row_every=max(1, math.ceil(9.5 / cell_h)),
        n_rows=n_rows,
        n_cols=n_cols,
    )


def _overhang(view: MatrixView, size: int, cell: float) -> float:
    """How far slanted column labels reach beyond the last column."""
    n_cols = len(view.cols.tokens)
    widths = [0.71 * EM * size * text_width(visible_token(token, LABEL_LIMIT)) for token in view.cols.tokens]
    return max((width - (n_cols - j - 0.5) * cell for j, width in enumerate(widths)), default=0.0) + 6


def _cell(max_width: float, left: float, right: float, n_cols: int, largest: float) -> float:
    size = min(largest, (max_width - left - right) / n_cols)
    return math.floor(size) if size >= 8 else max(2.0, math.floor(4 * size) / 4)


def word_runs(continues: tuple[bool, ...]) -> list[tuple[int, int]]:
    """(first, last) token of each word that is cut into several tokens: where the thin mark of a join is
    drawn.
    """
    runs: list[tuple[int, int]] = []
    for i, joined in enumerate(continues):
        if joined and runs and runs[-1][1] == i - 1:
            runs[-1] = (runs[-1][0], i)
        elif joined and i > 0:
            runs.append((i - 1, i))
    return runs


def brackets(side: Side) -> list[tuple[float, float]]:
    """From where to where the line along each word of several tokens goes, in cells, the middle of the first
    being 0.
    """
    return [(first - 0.35, last + 0.35) for first, last in word_runs(side.continues)]


def link_block(view: MatrixView, link: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """(first row, last row, first col, last col) of the cells of a (source word, target word) link, None if
    it is not shown.
    """
    source, target = link
    rows = [i for i, word in enumerate(view.rows.word_ids) if word == target]
    cols = [j for j, word in enumerate(view.cols.word_ids) if word == source]
    return (rows[0], rows[-1], cols[0], cols[-1]) if rows and cols else None


def read_along(rows: Side, cols: Side) -> str:
    """What rows and columns stand for, in half a line."""
    if rows.title == cols.title:
        return f"rows: {rows.title}, attending · columns: {cols.title}, attended to"
    return f"rows: {rows.name} · columns: {cols.title}"


def axis_titles(view: MatrixView, g: Grid, axes: tuple[str, str] | None = None) -> tuple[str, str]:
    """(title of the columns, title of the rows); where there is room the rows say whether a token goes in or
    comes out.

    axes: other titles than those of attention.
    """
    col, row = axes or (f"{view.cols.title}: attended to", f"{view.rows.name}: attending")
    if view.rows.role != "read" and axes is None:
        row += " as it comes out" if view.reading == "output" else " as it goes in"
    return _fitting(col, g.plot_w + g.right), _fitting(row, g.plot_h)


def _fitting(title: str, room: float) -> str:
    return title if 7.5 * len(title) <= room else title.split(":")[0]


def bar_ticks(low: float, high: float) -> list[float]:
    """Values to name at the colour bar: five steps up from 0, or two to either side of it."""
    return [high * k / 5 for k in range(6)] if low == 0 else [high * k / 2 for k in range(-2, 3)]
