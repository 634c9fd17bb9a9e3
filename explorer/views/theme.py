"""What does everything look like? The only home of colours, fonts, number formats and escaping."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from explorer.results import HEAD_ROLES

MONO = "'Source Code Pro', ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono', Menlo, Consolas, monospace"
SANS = "'Source Sans', 'Source Sans Pro', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"

Colormap = Literal["cividis", "viridis"]
COLORMAPS: tuple[Colormap, ...] = ("cividis", "viridis")

# for st.plotly_chart(config=…): no logo, no upload to a cloud, a camera that takes a sharp PNG
PLOTLY_CONFIG = {
    "displaylogo": False,
    "showSendToCloud": False,
    "typesetMath": False,
    "scrollZoom": False,
    "doubleClick": "reset",
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2, "filename": "attention"},
}


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


# ---------------------------------------------------------------------------------------------------- colours


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


# ---------------------------------------------------------------------------------------------------- numbers


def short(value: float) -> str:
    """Three significant digits, never in powers of ten where a picture shows it: 0.0412, 0.987, 12.3,
    <0.001.
    """
    value = float(value)
    if not np.isfinite(value):
        return {True: "∞", False: "−∞"}[value > 0] if np.isinf(value) else "–"
    if value == 0:
        return "0"
    if abs(value) < 0.001:
        return "<0.001" if value > 0 else ">−0.001"
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if "e" in text:
        text = f"{value:.0f}"
    return text.replace("-", "−")


def exact(value) -> str:
    """The shortest text that reads back as the same float32 (or float64): what hovers and exports show."""
    value = value if isinstance(value, np.floating) else np.float64(value)
    if not np.isfinite(value):
        return {True: "inf", False: "-inf"}[bool(value > 0)] if np.isinf(value) else "nan"
    return np.format_float_positional(value, unique=True, trim="0")


def exact_number(value) -> float:
    """The float whose shortest text is `exact(value)`: JSON of a float32 without 17 digits."""
    return float(exact(value))


def percent(share: float) -> str:
    """A share as per cent with three significant digits: 41.3 %."""
    return f"{short(100 * share)} %"


# ----------------------------------------------------------------------------------------------------- tokens

_NAMED = {
    " ": "␣", "\t": "⇥", "\n": "↵", "\r": "␍", "\u00a0": "⍽", "\u202f": "⍽", "\x7f": "␡", "\u00ad": "⟨SHY⟩",
    "\u200b": "⟨ZWSP⟩",
    "\u200c": "⟨ZWNJ⟩", "\u200d": "⟨ZWJ⟩", "\u200e": "⟨LRM⟩", "\u200f": "⟨RLM⟩", "\u061c": "⟨ALM⟩",
    "\u202a": "⟨LRE⟩", "\u202b": "⟨RLE⟩",
    "\u202c": "⟨PDF⟩", "\u202d": "⟨LRO⟩",
    "\u202e": "⟨RLO⟩", "\u2060": "⟨WJ⟩", "\u2066": "⟨LRI⟩", "\u2067": "⟨RLI⟩", "\u2068": "⟨FSI⟩",
    "\u2069": "⟨PDI⟩", "\ufeff": "⟨BOM⟩",
}  # fmt: skip
_JOINER, _TEXT_STYLE, _EMOJI_STYLE = "\u200d", "\ufe0e", "\ufe0f"


def visible_text(text: str) -> str:
    """`text` with every invisible character shown as a symbol and right-to-left text isolated, safe to place
    in any line of text.
    """
    out = []
    for i, char in enumerate(text):
        category = unicodedata.category(char)
        if (
            char == _JOINER
            and 0 < i < len(text) - 1
            and _pictograph(text[i - 1])
            and _pictograph(text[i + 1])
        ):
            out.append(char)  # inside an emoji of several parts it is what holds them together
        elif char in (_TEXT_STYLE, _EMOJI_STYLE) and i > 0:
            out.append(char)
        elif char in _NAMED:
            out.append(_NAMED[char])
        elif category == "Cc" and ord(char) < 0x20:
            out.append(chr(0x2400 + ord(char)))
        elif (
            category == "Cs"
            or (category == "Cn" and (ord(char) & 0xFFFE) == 0xFFFE)
            or 0xFDD0 <= ord(char) <= 0xFDEF
        ):
            out.append("\ufffd")
        elif category in ("Cc", "Cf", "Zs", "Zl", "Zp"):
            out.append(f"⟨U+{ord(char):04X}⟩")
        elif category in ("Mn", "Me", "Mc") and i == 0:
            out.append("◌" + char)
        else:
            out.append(char)
    shown = "".join(out) or "∅"
    return f"\u2068{shown}\u2069" if is_rtl(shown) else shown


def visible_line(text: str) -> str:
    """`visible_text` for prose, part of which somebody may have typed: plain spaces stay as they are."""
    return " ".join(visible_text(part) if part else "" for part in text.split(" "))


def visible_token(token: str, limit: int = 18) -> str:
    """A token as its chip shows it: `visible_text`, at most `limit` columns wide, the rest cut off with an
    ellipsis.
    """
    shown = visible_text(token)
    isolated = shown.startswith("\u2068")
    shown = shown[1:-1] if isolated else shown
    if text_width(shown) > limit:
        end = width = 0
        while width + text_width(shown[end]) <= limit - 1:
            width += text_width(shown[end])
            end += 1
        while end > 1 and (
            _joins(shown[end]) or shown[end - 1] == _JOINER
        ):  # never between a letter and its marks
            end -= 1
        shown = shown[: min(end, 4 * limit)] + "…"  # a pile of marks has no width: bound it too
    elif len(shown) > 4 * limit:
        shown = shown[: 4 * limit] + "…"
    return f"\u2068{shown}\u2069" if isolated else shown


def is_rtl(text: str) -> bool:
    """Whether any letter of `text` is written from right to left."""
    return any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text)


def text_width(text: str) -> int:
    """Columns in a fixed-width face: 2 for wide East Asian characters and emoji, 0 for marks and isolates."""
    width = 0
    for char in text:
        if _joins(char) or char in "\u2068\u2069":
            continue
        width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width


def _joins(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Mn", "Me")
        or char in (_JOINER, _TEXT_STYLE, _EMOJI_STYLE)
        or 0x1F3FB <= ord(char) <= 0x1F3FF
    )


def _pictograph(char: str) -> bool:
    return unicodedata.category(char) in ("So", "Sk") or char == _EMOJI_STYLE


# --------------------------------------------------------------------------------------------------- escaping

_XML_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """`text` safe inside HTML, SVG and XML, in content and in quoted attributes; characters that XML forbids
    become U+FFFD.
    """
    text = _XML_ILLEGAL.sub("\ufffd", str(text))
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


def escape_plotly(text: str) -> str:
    """`text` safe inside Plotly's pseudo-HTML (ticks, hovers, titles), so that ``<s>`` shows as ``<s>``.

    Plotly decodes only a few entities, so quotes stay as they are; a line break would be read as ``<br>``.
    """
    text = _XML_ILLEGAL.sub("\ufffd", str(text))
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\r", " ")
        .replace("\n", " ")
    )


def tick_label(token: str, special: bool, theme: Theme, limit: int = 18) -> str:
    """A token as a Plotly tick: visible, escaped, dimmed when special."""
    text = escape_plotly(visible_token(token, limit))
    return f'<span style="color:{theme.muted}">{text}</span>' if special else text


def hover_style(theme: Theme) -> dict:
    """The label that Plotly shows at the pointer."""
    font = {"family": SANS, "size": 16, "color": theme.text}
    return {"bgcolor": theme.surface, "bordercolor": theme.muted, "font": font, "align": "left"}
