"""How does a picture become a file? A scene is a list of shapes in pixels, written as SVG or painted as PNG,
so that both look the same.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from explorer.results import Provenance
from explorer.views.escaping import escape
from explorer.views.theme import MONO, SANS, blend

FONT = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"


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


def provenance_json(provenance: Provenance | None) -> str:
    """One line of ASCII, so that it fits any container."""
    return json.dumps(
        asdict(provenance) if provenance else {}, ensure_ascii=True, sort_keys=True, default=str
    )


# -------------------------------------------------------------------------------------------------------- SVG


def scene_svg(scene: Scene, provenance: Provenance | None = None) -> str:
    """A complete SVG 1.1 document: vectors and text only, no script, provenance in <metadata>."""
    w, h = _number(scene.width), _number(scene.height)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
            'role="img">',
            f"<title>{escape(scene.title)}</title>",
            f"<desc>{escape(scene.description)}</desc>",
            f"<metadata>{escape(provenance_json(provenance))}</metadata>",
            *svg_shapes(scene),
            "</svg>\n",
        ]
    )


def svg_shapes(scene: Scene) -> Iterator[str]:
    """The background and every shape as SVG elements, one a line."""
    for element in _elements(scene):
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attributes.items())
        inner = (f"<title>{escape(element.title)}</title>" if element.title else "") + escape(element.text)
        yield (
            f"<{element.tag}{attributes}>{inner}</{element.tag}>"
            if inner
            else f"<{element.tag}{attributes}/>"
        )


def scene_data(scene: Scene) -> dict:
    """JSON-ready data for `explorer.components.drawing`, which makes the same elements in the page."""
    return {
        "width": math.ceil(scene.width),
        "height": math.ceil(scene.height),
        "description": scene.description or scene.title,
        "elements": [element._asdict() for element in _elements(scene)],
    }


class _Element(NamedTuple):
    """An SVG element, its text as it is meant, without any escaping."""

    tag: str
    attributes: dict[str, str]
    title: str = ""
    text: str = ""


def _elements(scene: Scene) -> Iterator[_Element]:
    yield _element("rect", [("width", scene.width), ("height", scene.height), ("fill", scene.background)])
    for shape in scene.shapes:
        yield _WRITERS[type(shape)](shape)


def _svg_rect(s: Rect) -> _Element:
    pairs = [("x", s.x), ("y", s.y), ("width", s.w), ("height", s.h), ("fill", s.fill or "none")]
    if s.stroke:
        pairs += [("stroke", s.stroke), ("stroke-width", s.width)]
        pairs += [("stroke-dasharray", " ".join(f"{part:g}" for part in s.dash))] if s.dash else []
    else:
        pairs.append(("shape-rendering", "crispEdges"))
    return _element("rect", pairs, s.data, s.title)


def _svg_line(s: Line) -> _Element:
    (x0, y0), *rest = s.points
    steps = " ".join(f"{_number(x)} {_number(y)}" for x, y in rest)
    path = f"M{_number(x0)} {_number(y0)} {'C' if s.curve else 'L'}{steps}"
    pairs = [("d", path), ("fill", "none"), ("stroke", s.stroke), ("stroke-width", s.width)]
    pairs += [("stroke-dasharray", " ".join(f"{part:g}" for part in s.dash))] if s.dash else []
    pairs += [("stroke-opacity", s.opacity)] if s.opacity < 1 else []
    return _element("path", pairs, s.data, s.title)


def _svg_dot(s: Dot) -> _Element:
    return _element(
        "circle",
        [
            ("cx", s.x),
            ("cy", s.y),
            ("r", s.r),
            ("fill", s.fill),
            ("stroke", s.stroke),
            ("stroke-width", s.width),
        ],
    )


def _svg_text(s: Text) -> _Element:
    x, y = _number(s.x), _number(s.y)
    pairs = [
        ("x", s.x),
        ("y", s.y),
        ("dy", "0.35em"),
        ("font-family", MONO if s.mono else SANS),
        ("font-size", s.size),
        ("fill", s.fill),
    ]
    pairs += [("text-anchor", s.anchor)] if s.anchor != "start" else []
    pairs += [("transform", f"rotate({s.angle} {x} {y})")] if s.angle else []
    return _element("text", pairs, s.data, s.title, s.text)


_WRITERS = {Rect: _svg_rect, Line: _svg_line, Dot: _svg_dot, Text: _svg_text}


def _element(
    tag: str, pairs: Iterable[tuple[str, object]], data=(), title: str = "", text: str = ""
) -> _Element:
    attributes = {
        name: _number(value) if isinstance(value, (int, float)) else str(value) for name, value in pairs
    }
    return _Element(tag, attributes | {f"data-{name}": value for name, value in data}, title, text)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if not float(value).is_integer() else str(int(value))


# -------------------------------------------------------------------------------------------------------- PNG


def scene_png(scene: Scene, provenance: Provenance | None = None, scale: int = 2) -> bytes:
    """The scene at `scale` pixels a unit, provenance in a tEXt chunk.

    The one font that comes along covers Latin, Greek, Cyrillic, Arabic, Hebrew and symbols; other scripts
    show as boxes: SVG has those.
    """
    from PIL import Image, ImageDraw, PngImagePlugin

    w, h = math.ceil(scene.width) * scale, math.ceil(scene.height) * scale
    over = (
        2 if w * h <= 6_000_000 else 1
    )  # drawn twice as large and averaged, unless that would take too much memory
    image = Image.new("RGB", (w * over, h * over), scene.background)
    draw = ImageDraw.Draw(image)
    for shape in scene.shapes:
        _PAINTERS[type(shape)](shape, image, draw, scale * over, scene.background)
    if over > 1:
        image = image.reduce(over)
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", scene.title.encode("ascii", "backslashreplace").decode())
    info.add_text("Software", "Attention Explorer")
    info.add_text("Provenance", provenance_json(provenance))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info, dpi=(96 * scale, 96 * scale), optimize=False)
    return buffer.getvalue()


def _paint_rect(s: Rect, image, draw, k: int, background: str) -> None:
    if s.fill:
        box = [round(s.x * k), round(s.y * k), round((s.x + s.w) * k) - 1, round((s.y + s.h) * k) - 1]
        if box[2] >= box[0] and box[3] >= box[1]:
            draw.rectangle(box, fill=s.fill)
    if s.stroke:
        x0, y0, x1, y1 = s.x, s.y, s.x + s.w, s.y + s.h
        edge = ((x0 + s.w / 2, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0), (x0 + s.w / 2, y0))
        _stroke(draw, edge, s.stroke, s.width, s.dash, k)


def _paint_line(s: Line, image, draw, k: int, background: str) -> None:
    points = tuple(_cubic(s.points)) if s.curve else s.points
    _stroke(draw, points, blend(background, s.stroke, s.opacity), s.width, s.dash, k)


def _paint_dot(s: Dot, image, draw, k: int, background: str) -> None:
    for radius, color in ((s.r + s.width / 2, s.stroke), (s.r - s.width / 2, s.fill)):
        draw.ellipse(
            [(s.x - radius) * k, (s.y - radius) * k, (s.x + radius) * k, (s.y + radius) * k], fill=color
        )


def _paint_text(s: Text, image, draw, k: int, background: str) -> None:
    from PIL import Image, ImageDraw

    text = "".join(char for char in s.text if char not in "\u2066\u2067\u2068\u2069\u200d\ufe0e\ufe0f")
    if not text:
        return
    font = _font(round(s.size * k))
    length = font.getlength(text)
    ascent, descent = font.getmetrics()
    if not s.angle:
        x = s.x * k - {"start": 0, "middle": length / 2, "end": length}[s.anchor]
        draw.text((x, s.y * k - (ascent + descent) / 2), text, font=font, fill=s.fill)
        return
    side = 2 * (
        math.ceil(length) + ascent + descent
    )  # the anchor sits in the middle of a square, which is turned about it
    mask = Image.new("L", (side, side), 0)
    start = side / 2 - {"start": 0, "middle": length / 2, "end": length}[s.anchor]
    ImageDraw.Draw(mask).text((start, side / 2 - (ascent + descent) / 2), text, font=font, fill=255)
    mask = mask.rotate(-s.angle, resample=Image.Resampling.BICUBIC)
    corner = (round(s.x * k - side / 2), round(s.y * k - side / 2))
    image.paste(Image.new("RGB", (side, side), s.fill), corner, mask)


_PAINTERS = {Rect: _paint_rect, Line: _paint_line, Dot: _paint_dot, Text: _paint_text}
_FONTS: dict[int, object] = {}


def _font(size: int):
    from PIL import ImageFont

    if size not in _FONTS:
        _FONTS[size] = ImageFont.truetype(str(FONT), size)
    return _FONTS[size]


def _cubic(points, n: int = 32) -> Iterator[tuple[float, float]]:
    a, b, c, d = points
    for i in range(n + 1):
        t = i / n
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield tuple(sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))


def _stroke(draw, points, color: str, width: float, dash, k: int) -> None:
    pixels = max(1, round(width * k))
    for piece in _dashes(points, dash) if dash else (points,):
        scaled = [(x * k, y * k) for x, y in piece]
        draw.line(scaled, fill=color, width=pixels, joint="curve" if pixels > 2 else None)


def _dashes(points, dash: tuple[float, ...]) -> Iterator[list[tuple[float, float]]]:
    """The pieces of a line through `points` that a pen on for dash[0], off for dash[1], on for dash[2] and so
    on leaves.
    """
    lengths = cycle(dash)
    on, left = True, next(lengths)
    piece = [points[0]]
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        length = math.hypot(x1 - x0, y1 - y0)
        done = 0.0
        while length - done > left:
            done += left
            point = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length)
            if on:
                yield [*piece, point]
            piece = [point]
            on, left = not on, next(lengths)
        left -= length - done
        if on:
            piece.append((x1, y1))
    if on and len(piece) > 1:
        yield piece
