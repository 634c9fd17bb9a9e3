"""A scene painted as PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from explorer.results import Provenance
from explorer.views.provenance import provenance_json
from explorer.views.scene.shapes import Dot, Line, Rect, Scene, Text
from explorer.views.theme import blend

FONT = Path(__file__).parents[1] / "fonts" / "DejaVuSans.ttf"


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
