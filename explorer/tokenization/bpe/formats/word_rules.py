"""The word rules of this app as regular expressions that the tokenizers library understands."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from explorer.corpora.words import word_pattern

# white space as `str.isspace` has it, for a character class; the library's own \s knows fewer characters
WHITE = (
    r"\x{9}-\x{d}\x{1c}-\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}"
    r"\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
)
CHUNK = f"[^{WHITE}]+"
CHUNK_PIECE = f"[{WHITE}]?{CHUNK}|[{WHITE}]+(?=[{WHITE}][^{WHITE}])|[{WHITE}]+"
"""As `word_piece_regex`, where a word is whatever is between white space."""


@cache
def word_regex() -> str:
    """The word rule of this app, with the letters and digits that Python knows spelled out."""
    alnum = _ranges(str.isalnum)
    letters = _ranges(lambda char: char.isalnum() and not char.isdecimal())
    rule = re.sub(
        r"\\U0*([0-9A-Fa-f]+)|\\u([0-9A-Fa-f]{4})",
        lambda code: rf"\x{{{code[1] or code[2]}}}",
        word_pattern().pattern,
    )
    unspaced = re.search(r"\[\^\\W_([^\]]+)\]", rule)[1]
    rule = rule.replace(rf"[^\W_{unspaced}]", f"[{alnum}&&[^{unspaced}]]")
    rule = rule.replace(r"[^\W\d_]", f"[{letters}]").replace(r"[^\w\s]", f"[^_{alnum}{WHITE}]")
    return rule.replace(r"\S", f"[^{WHITE}]")


def word_piece_regex() -> str:
    """`split_pieces` as one expression: a word with the one white space character before it, or the white
    space that is left.
    """
    return f"[{WHITE}]?(?:{word_regex()})|[{WHITE}]+(?=[{WHITE}][^{WHITE}])|[{WHITE}]+"


def _ranges(test: Callable[[str], bool]) -> str:
    """All characters that pass `test`, as ranges of a character class."""
    parts, start = [], None
    for code in range(0x110001):
        good = code < 0x110000 and not 0xD800 <= code < 0xE000 and test(chr(code))
        if good and start is None:
            start = code
        elif not good and start is not None:
            parts.append(rf"\x{{{start:x}}}-\x{{{code - 1:x}}}" if code - 1 > start else rf"\x{{{start:x}}}")
            start = None
    return "".join(parts)
