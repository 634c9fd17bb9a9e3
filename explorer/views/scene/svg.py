"""A scene as SVG, and as the same elements for the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from explorer.results import Provenance
from explorer.views.escaping import escape
from explorer.views.provenance import provenance_json
from explorer.views.scene.shapes import Dot, Line, Rect, Scene, Text
from explorer.views.theme import MONO, SANS


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


class Element(NamedTuple):
    """An SVG element, its text as it is meant, without any escaping."""

    tag: str
    attributes: dict[str, str]
    title: str = ""
    text: str = ""


def _elements(scene: Scene) -> Iterator[Element]:
    yield _element("rect", [("width", scene.width), ("height", scene.height), ("fill", scene.background)])
    for shape in scene.shapes:
        yield _WRITERS[type(shape)](shape)


def _svg_rect(s: Rect) -> Element:
    pairs = [("x", s.x), ("y", s.y), ("width", s.w), ("height", s.h), ("fill", s.fill or "none")]
    if s.stroke:
        pairs += [("stroke", s.stroke), ("stroke-width", s.width)]
        pairs += [("stroke-dasharray", " ".join(f"{part:g}" for part in s.dash))] if s.dash else []
    else:
        pairs.append(("shape-rendering", "crispEdges"))
    return _element("rect", pairs, s.data, s.title)


def _svg_line(s: Line) -> Element:
    (x0, y0), *rest = s.points
    steps = " ".join(f"{_number(x)} {_number(y)}" for x, y in rest)
    path = f"M{_number(x0)} {_number(y0)} {'C' if s.curve else 'L'}{steps}"
    pairs = [("d", path), ("fill", "none"), ("stroke", s.stroke), ("stroke-width", s.width)]
    pairs += [("stroke-dasharray", " ".join(f"{part:g}" for part in s.dash))] if s.dash else []
    pairs += [("stroke-opacity", s.opacity)] if s.opacity < 1 else []
    return _element("path", pairs, s.data, s.title)


def _svg_dot(s: Dot) -> Element:
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


def _svg_text(s: Text) -> Element:
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
) -> Element:
    attributes = {
        name: _number(value) if isinstance(value, (int, float)) else str(value) for name, value in pairs
    }
    return Element(tag, attributes | {f"data-{name}": value for name, value in data}, title, text)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if not float(value).is_integer() else str(int(value))
