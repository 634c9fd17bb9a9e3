"""Interactive pictures: one JavaScript and one CSS file and a few lines of Python each."""

from __future__ import annotations

from pathlib import Path

SHAPES = (Path(__file__).parent / "shapes.js").read_text(
    encoding="utf-8"
)  # stands before the script of a component that draws a scene
