"""Text that can be seen: invisible characters as symbols, and how wide a word is."""

from __future__ import annotations

import unicodedata

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
