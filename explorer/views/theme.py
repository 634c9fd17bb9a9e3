"""What everything looks like: the only home of colours and fonts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from explorer.results import HEAD_ROLES

MONO = "'Source Code Pro', ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono', Menlo, Consolas, monospace"
SANS = "'Source Sans', 'Source Sans Pro', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"

Colormap = Literal["cividis", "viridis"]
COLORMAPS: tuple[Colormap, ...] = ("cividis", "viridis")


@dataclass(frozen=True)
class Theme:
    """The colours of one of the two designs, each ``#rrggbb``.

    background, surface (chips, boxes), text, muted (special tokens, notes), grid, accent (lines, the chosen
    thing);
    zero: the colour of a weight of 0; hit, missed, spurious: gold links; categories: Okabe–Ito in the order
    of use.
    """

    name: Literal["light", "dark"]
    background: str
    surface: str
    text: str
    muted: str
    grid: str
    accent: str
    zero: str
    hit: str
    missed: str
    spurious: str
    negative: tuple[str, ...]  # from 0 to −1
    positive: tuple[str, ...]  # from 0 to +1
    categories: tuple[str, ...]


THEMES: dict[str, Theme] = {
    "light": Theme(
        name="light",
        background="#ffffff",
        surface="#f3f5f7",
        text="#1b1f24",
        muted="#666b75",
        grid="#d5dae0",
        accent="#0069a6",
        zero="#ffffff",
        hit="#007a5a",
        missed="#b84a00",
        spurious="#9c3a78",
        negative=("#ffffff", "#9ccbe6", "#0072b2", "#00395c"),
        positive=("#ffffff", "#f5bd93", "#d55e00", "#6e2c00"),
        categories=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000"),
    ),
    "dark": Theme(
        name="dark",
        background="#0f1318",
        surface="#191f27",
        text="#e8ebef",
        muted="#9aa2ad",
        grid="#343c47",
        accent="#56b4e9",
        zero="#000000",
        hit="#2fd39f",
        missed="#ff9248",
        spurious="#eda0cc",
        negative=("#000000", "#0d5f94", "#46a3dd", "#c4e6fb"),
        positive=("#000000", "#8a3d00", "#e5822f", "#ffe0c2"),
        categories=("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#0072b2", "#f0e442", "#ffffff"),
    ),
}


# Ten stops of the published maps (Nuñez, Anderton & Renslow 2018; van der Walt & Smith 2015), dark to light.
_MAPS = {
    "cividis": (
        "#00224e",
        "#123570",
        "#3b496c",
        "#575d6d",
        "#707173",
        "#8a8678",
        "#a59c74",
        "#c3b369",
        "#e1cc55",
        "#fee838",
    ),
    "viridis": (
        "#440154",
        "#482878",
        "#3e4989",
        "#31688e",
        "#26828e",
        "#1f9e89",
        "#35b779",
        "#6ece58",
        "#b5de2b",
        "#fde725",
    ),
}


def rgb(color: str) -> tuple[int, int, int]:
    """``#rrggbb`` → (r, g, b), each 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def hex_color(values) -> str:
    """(r, g, b) → ``#rrggbb``."""
    return "#" + "".join(f"{int(round(float(v))):02x}" for v in values)


def blend(a: str, b: str, share: float) -> str:
    """`a` at share 0, `b` at share 1, straight in sRGB."""
    return hex_color((1 - share) * x + share * y for x, y in zip(rgb(a), rgb(b), strict=True))


def luminance(color: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    channels = [c / 255 for c in rgb(color)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """Contrast ratio, 1 to 21 (WCAG 2.2): text wants 4.5, large text and marks that carry meaning 3."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink(background: str) -> str:
    """Black or white, whichever is read more easily on `background`."""
    return max(("#000000", "#ffffff"), key=lambda color: contrast(color, background))


@cache
def sequential(theme: Theme, colormap: Colormap = "cividis") -> tuple[tuple[float, str], ...]:
    """Stops (position 0 … 1, colour) of the map for weights: zero is the theme's white or black, one is far
    from it.
    """
    stops = _MAPS[colormap]
    stops = stops if theme.name == "dark" else stops[::-1]
    fade = (
        0.08 if theme.name == "dark" else 0.25
    )  # the map grows out of black or white; its yellow end needs longer for that
    positions = np.linspace(0, 1, 41)
    return tuple((float(p), blend(theme.zero, _at(_even(stops), p), min(1.0, p / fade))) for p in positions)


@cache
def diverging(theme: Theme) -> tuple[tuple[float, str], ...]:
    """Stops (position 0 … 1, colour) of the map for differences: 0.5 is no difference, blue is less, orange
    is more.
    """
    colors = (*theme.negative[::-1], *theme.positive[1:])
    return _even(colors)


def _even(colors) -> tuple[tuple[float, str], ...]:
    return tuple((i / (len(colors) - 1), color) for i, color in enumerate(colors))


def _at(stops: tuple[tuple[float, str], ...], position: float) -> str:
    position = min(1.0, max(0.0, position))
    for (low, a), (high, b) in zip(stops, stops[1:], strict=False):
        if position <= high:
            return blend(a, b, (position - low) / (high - low))
    return stops[-1][1]


@cache
def line_colors(theme: Theme) -> tuple[str, ...]:
    """The categories as colours of lines, in the same order: moved towards the text's colour until they stand
    3:1 off the background.
    """

    def seen(color: str) -> str:
        steps = (blend(color, theme.text, share / 20) for share in range(21))
        return next(step for step in steps if contrast(step, theme.background) >= 3)

    return tuple(map(seen, theme.categories))


# Dash, gap, dash, gap … in pixels; the whole line first. Eight colours of each make 48 lines that can be told
# apart.
LINE_DASHES: tuple[tuple[float, ...], ...] = ((), (9, 4), (2, 3), (10, 3, 2, 3), (18, 4), (10, 3, 2, 3, 2, 3))


def line_style(theme: Theme, number: int) -> tuple[str, tuple[float, ...]]:
    """(colour, dashes) of line `number`, from 0: the colour changes first, then the dashes; after 48 they
    begin again.
    """
    colors = line_colors(theme)
    return colors[number % len(colors)], LINE_DASHES[number // len(colors) % len(LINE_DASHES)]


def role_color(theme: Theme, role: str) -> str:
    """The one colour of a head's role, an Okabe–Ito hue as lines have it. role: a key of HEAD_ROLES."""
    return line_colors(theme)[HEAD_ROLES[role].hue]


def weight_color(theme: Theme, weight: float, vmax: float = 1.0, colormap: Colormap = "cividis") -> str:
    """The colour of a weight between 0 and `vmax`."""
    return _at(sequential(theme, colormap), float(weight) / vmax)


def chip_color(theme: Theme, probability: float, colormap: Colormap = "cividis") -> str:
    """The shade of a chip: the same map, softened, since a chip is large and a line of certain tokens would
    outshine the picture.
    """
    return blend(theme.background, weight_color(theme, probability, 1.0, colormap), 0.7)


def difference_color(theme: Theme, value: float, vmax: float = 1.0) -> str:
    """The colour of a difference between −`vmax` and `vmax`."""
    return _at(diverging(theme), 0.5 + float(value) / (2 * vmax))
