"""A picture as a list of shapes in pixels, which a file writes and a page draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rect:
    """A rectangle, filled or outlined; `title` is what a browser shows on hover, `data` are data-…
    attributes.
    """

    x: float
    y: float
    w: float
    h: float
    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0
    dash: tuple[float, ...] | None = None  # on, off, on, off, … in pixels
    title: str = ""
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Line:
    """A straight line through all `points`, or one cubic curve if `curve` (then four points)."""

    points: tuple[tuple[float, float], ...]
    stroke: str
    width: float = 1.0
    dash: tuple[float, ...] | None = None  # on, off, on, off, … in pixels
    opacity: float = 1.0
    curve: bool = False
    title: str = ""
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Dot:
    """A disc with a rim."""

    x: float
    y: float
    r: float
    fill: str
    stroke: str
    width: float


@dataclass(frozen=True)
class Text:
    """One line of text; (x, y) is the middle of its height at the side that `anchor` names; angle in degrees,
    0, -45 or -90.
    """

    x: float
    y: float
    text: str
    size: float
    fill: str
    anchor: str = "start"
    angle: int = 0
    mono: bool = False
    title: str = ""
    data: tuple[tuple[str, str], ...] = ()


Shape = Rect | Line | Dot | Text


@dataclass(frozen=True)
class Scene:
    """A picture: shapes painted in order over a background; `description` says in words what is seen."""

    width: float
    height: float
    background: str
    shapes: tuple[Shape, ...]
    title: str
    description: str = ""
