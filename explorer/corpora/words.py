"""What is a word? The one definition that gold links, trees, tokenizers and views share.

The rule, tried in this order from left to right:

1. a French elision at the start of a word and before a letter: ``l' d' n' j' m' t' s' c' qu' lorsqu' puisqu'
jusqu' quelqu'``;
2. a run of letters, digits and combining marks, with single apostrophes, hyphens or zero-width joiners inside
it
   (``don't``, ``Tom's``, ``dix-sept``, ``aujourd'hui``);
3. any other character that is not white space, with the marks, emoji modifiers and joined emoji after it. A
Chinese character or
   Japanese kana is a word of its own, because its script writes no spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from explorer.results import Word

# kana and Han
_UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_INNER = "'’‐\u00ad\u200c\u200d-"  # apostrophes, hyphens, zero-width (non-)joiner
_ELISION = "l|d|n|j|m|t|s|c|qu|lorsqu|puisqu|jusqu|quelqu"


def _marks() -> str:
    """The combining marks (Unicode M*) as ranges of a character class; all of them lie in the two spans
    searched here.
    """
    codes = [
        c
        for span in (range(0x300, 0x1F000), range(0xE0100, 0xE01F0))
        for c in span
        if unicodedata.category(chr(c))[0] == "M"
    ]
    starts = [c for c in codes if unicodedata.category(chr(c - 1))[0] != "M"]
    ends = [c for c in codes if unicodedata.category(chr(c + 1))[0] != "M"]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


@cache
def word_pattern() -> re.Pattern[str]:
    """The rule as one regular expression; its matches cover every character that is not white space."""
    marks = _marks()
    run = rf"[^\W_{_UNSPACED}]+(?:[{marks}]+[^\W_{_UNSPACED}]*)*"
    capitalized = "|".join(e.capitalize() for e in _ELISION.split("|"))
    elision = rf"(?:{_ELISION}|{_ELISION.upper()}|{capitalized})['’](?=[^\W\d_])"
    other = rf"(?:[\U0001F1E6-\U0001F1FF]{{2}}|\S)(?:[{marks}\U0001F3FB-\U0001F3FF]|\u200d[^\w\s])*"
    return re.compile(rf"{elision}|{run}(?:[{_INNER}]{run})*|{other}")


def split_words(text: str) -> tuple[Word, ...]:
    """The words and punctuation marks of `text`; no character but white space is lost.

    >>> [word.text for word in split_words("L'homme n'a pas dix-sept ans, aujourd'hui !")]
    ["L'", 'homme', "n'", 'a', 'pas', 'dix-sept', 'ans', ',', "aujourd'hui", '!']
    """
    return tuple(
        Word(m.group(), m.start() > 0 and text[m.start() - 1].isspace())
        for m in word_pattern().finditer(text)
    )


def join_words(words: Iterable[Word]) -> str:
    """The text of `words`: one plain space where white space stood, none before the first word.

    `join_words(split_words(text)) == text` for text whose white space is single plain spaces between words.
    """
    return "".join(f" {word.text}" if word.space_before else word.text for word in words).removeprefix(" ")


def plain_spaces(text: str) -> str:
    """`text` with every run of white space (tabs, no-break and narrow spaces, line ends) as one plain space,
    and none at the ends.

    French writes U+00A0 or U+202F before ``? ! ; :``; a model should see the same space everywhere.
    """
    return " ".join(text.split())
