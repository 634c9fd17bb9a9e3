"""Count the words to learn from, in text, a table of word frequencies or the bytes of a file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from explorer.corpora.words import word_pattern
from explorer.errors import InputError
from explorer.tokenization.bpe.config import BPEConfig
from explorer.tokenization.pieces import check_text

MAX_TEXT_BYTES = 32 * 2**20
MAX_SYMBOLS = 4_000_000  # characters or bytes of all distinct words: bounds memory
_MAX_COUNT = 10**12
_PAIR = re.compile(r"""\(\s*(?P<quote>["']?)(?P<word>[^\s,]+?)(?P=quote)\s*,\s*(?P<count>\d+)\s*\)""")
_ROW = re.compile(r"(?P<word>\S+?)\s*(?:\s|[,;:=×])\s*(?P<count>\d+)")


@dataclass(frozen=True)
class WordCounts:
    """Distinct words in order of first appearance, and how often each occurs. A space before a word is part
    of it.
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Preset:
    """A ready-made corpus to learn from. is_table: `text` is a table of word frequencies."""

    title: str
    text: str
    is_table: bool
    config: BPEConfig
    about: str


PRESETS = {
    "hug": Preset(
        "hug, pug, pun, bun, hugs",
        "(hug, 10) (pug, 5) (pun, 12) (bun, 4) (hugs, 5)",
        True,
        BPEConfig(n_merges=10, min_frequency=1),
        "A textbook table: u-g is in hug, pug and hugs (20), then u-n (16), then h-ug (15).",
    ),
    "sleeplessness": Preset(
        "sleeplessness",
        "sleeplessness",
        False,
        BPEConfig(n_merges=10, min_frequency=1, end_of_word="</w>", case="lower"),
        "One word: l-e, e-s and s-s are in it twice, and any of them may be merged first.",
    ),
    "low": Preset(
        "low, lower, newest, widest",
        "(low, 5) (lower, 2) (newest, 6) (widest, 3)",
        True,
        BPEConfig(n_merges=10, min_frequency=1, end_of_word="</w>"),
        "The table of Sennrich et al. 2016, section 3.2: es, est, est</w>, lo, low if ties are broken as "
        "they did.",
    ),
}


def count_words(text: str, config: BPEConfig) -> WordCounts:
    """The words of `text` under the settings `split`, `case` and `space_before`; white space of any kind and
    length is one space.

    Raises InputError when there is no word, the text is too large, or the end-of-word mark occurs in it.

    >>> count_words("the cat, the dog", BPEConfig())
    WordCounts(words=('the', 'cat', ',', 'dog'), counts=(2, 1, 1, 1))
    """
    if len(text) > MAX_TEXT_BYTES:
        raise _too_large(len(text), "characters")
    check_text(text)
    chunks = Counter((text.lower() if config.case == "lower" else text).split())
    space = " " if config.space_before else ""
    if config.split == "spaces":
        return _word_counts(((space + chunk, count) for chunk, count in chunks.items()), config)
    return _word_counts(_split(chunks, space), config)


def _split(chunks: Counter[str], space: str) -> Iterable[tuple[str, int]]:
    """The words of what stands between white space. A word never holds white space, so each distinct chunk
    needs to be split but once.
    """
    find = word_pattern().findall
    for chunk, count in chunks.items():
        if chunk.isascii() and chunk.isalpha():
            yield space + chunk, count
            continue
        first, *rest = find(chunk)
        yield space + first, count
        for word in rest:
            yield word, count


def read_word_table(text: str, config: BPEConfig) -> WordCounts:
    """Words with their frequencies: ``(hug, 10) (pug, 5)``, or a line ``hug 10`` for each. The counts of a
    repeated word add up. Raises InputError for an entry or line that is not a word with a count.

    Raises InputError that names the line or the entry which is no word with a count.

    >>> read_word_table("hug 10\\npug 5", BPEConfig())
    WordCounts(words=('hug', 'pug'), counts=(10, 5))
    """
    if len(text) > MAX_TEXT_BYTES:
        raise _too_large(len(text), "characters")
    check_text(text)
    rows = _parenthesised(text) if text.lstrip().startswith("(") else _lines(text)
    space = " " if config.space_before else ""
    return _word_counts(
        ((space + (word.lower() if config.case == "lower" else word), count) for word, count in rows), config
    )


def _parenthesised(text: str) -> Iterable[tuple[str, int]]:
    end = 0
    for match in _PAIR.finditer(text):
        _check_gap(text[end : match.start()])
        yield match["word"], _count(match["count"], f"({match['word'][:40]}, …)")
        end = match.end()
    _check_gap(text[end:])


def _check_gap(gap: str) -> None:
    if gap.strip(" \t\r\n,;."):
        raise InputError(
            f"{gap.strip()[:60]!r} in the table of words is not a (word, count): write (hug, 10) (pug, 5), "
            "or a line hug 10 for each."
        )


def _lines(text: str) -> Iterable[tuple[str, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        match = _ROW.fullmatch(line.strip())
        if match is None:
            raise InputError(
                f"Line {number} of the table of words is {line.strip()[:60]!r}: expected a word and its "
                "count, such as hug 10."
            )
        yield match["word"], _count(match["count"], f"line {number}")


def _count(digits: str, where: str) -> int:
    count = int(digits) if len(digits) <= 13 else _MAX_COUNT + 1
    if not 1 <= count <= _MAX_COUNT:
        raise InputError(
            f"The count {digits[:20]} at {where} of the table of words is out of range: give 1 to "
            f"{_MAX_COUNT:,}."
        )
    return count


def decode_text(data: bytes, name: str = "The file") -> str:
    """The text of an uploaded or opened file. Raises InputError when it is empty, too large, binary or not
    UTF-8.
    """
    if not data:
        raise InputError(f"{name} is empty: give UTF-8 text.")
    if len(data) > MAX_TEXT_BYTES:
        raise _too_large(len(data), "bytes", name)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{name} is UTF-16 text: save it as UTF-8.")
    zero = data.find(b"\0")
    if zero >= 0:
        raise InputError(f"{name} has a zero byte at position {zero:,}, so it is not text: give UTF-8 text.")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{name} is not UTF-8 (byte 0x{data[error.start]:02X} in line {line:,}): save it as UTF-8."
        ) from None


def _too_large(size: int, unit: str, name: str = "The text") -> InputError:
    return InputError(
        f"{name} has {size:,} {unit}, more than the {MAX_TEXT_BYTES // 2**20} MB that are learned from at "
        "once: give a part of it."
    )


def _word_counts(pairs: Iterable[tuple[str, int]], config: BPEConfig) -> WordCounts:
    counts: dict[str, int] = {}
    get = counts.get
    for word, count in pairs:
        counts[word] = get(word, 0) + count
    if not counts:
        raise InputError(
            "There are no words to learn from: give some text, or a table such as (hug, 10) (pug, 5)."
        )
    n_symbols = (
        sum(map(len, counts))
        if config.alphabet == "characters"
        else sum(len(word.encode()) for word in counts)
    )
    if n_symbols > MAX_SYMBOLS:
        raise InputError(
            f"The distinct words have {n_symbols:,} {config.alphabet}, more than {MAX_SYMBOLS:,}: give a "
            "part of the text, and check that it has spaces between words."
        )
    mark = config.end_of_word
    clash = next((word for word in counts if mark in word), None) if mark else None
    if clash is not None:
        raise InputError(
            f"The end-of-word mark {mark!r} occurs in the word {clash[:40]!r}: choose a mark that the text "
            "does not contain."
        )
    return WordCounts(tuple(counts), tuple(counts.values()))
