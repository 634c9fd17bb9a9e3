"""Gold word links: Pharaoh (`0-0 1p2`, a line per sentence) and NAACL (`1 1 2 S`, a line per link)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from explorer.corpora.lines import read_lines, write_lines
from explorer.errors import InputError
from explorer.results import Alignment

IndexBase = Literal[0, 1]
Lengths = Sequence[tuple[int, int]]  # words of source and target, for each sentence

MAX_SENTENCES = 1_000_000
_PHARAOH = re.compile(r"([0-9]{1,6})([-p])([0-9]{1,6})")
_NAACL = re.compile(r"([0-9]{1,7})\s+([0-9]{1,6})\s+([0-9]{1,6})(?:\s+([SPsp])(?:\s+[0-9.eE+-]+)?)?")


def read_pharaoh(
    path: str | Path,
    *,
    index_base: IndexBase = 0,
    target_first: bool = False,
    id_column: bool = False,
    lengths: Lengths | None = None,
) -> tuple[Alignment, ...]:
    """One alignment per line: `i-j` is sure, `ipj` possible, i in the source and j in the target; an empty
    line has no links.

    index_base: the number of the first word in the file;  target_first: the file gives j before i;
    id_column: each line starts with an id and a tab;  lengths: the words of each sentence pair, to check
    links against. Raises InputError naming file and line.
    """
    lines = read_lines(path)
    if lengths is not None and len(lengths) != len(lines):
        raise InputError(
            f"{path} has {len(lines):,} lines for {len(lengths):,} sentence pairs: expected one line for "
            "each pair."
        )
    alignments = []
    for number, line in enumerate(lines, 1):
        if id_column:
            _, tab, line = line.partition("\t")
            if not tab:
                raise InputError(f"{path}, line {number}: no tab; expected id<TAB>links.")
        sure, possible = set(), set()
        for item in line.split():
            match = _PHARAOH.fullmatch(item)
            if match is None:
                raise InputError(
                    f"{path}, line {number}: {item[:40]!r} is not a link; expected i-j (sure) or ipj "
                    "(possible), such as 0-0 or "
                    "3p4."
                )
            link = _link(int(match[1]), int(match[3]), index_base, target_first, path, number)
            _check_range(link, lengths, number - 1, path, number)
            possible.add(link)
            if match[2] == "-":
                sure.add(link)
        alignments.append(Alignment(frozenset(sure), frozenset(possible)))
    return tuple(alignments)


def write_pharaoh(path: str | Path, alignments: Iterable[Alignment], *, index_base: IndexBase = 0) -> None:
    """Write one line of sorted links for each sentence; `read_pharaoh` gives the alignments back."""
    write_lines(path, (pharaoh_line(alignment, index_base) for alignment in alignments))


def pharaoh_line(alignment: Alignment, index_base: IndexBase = 0) -> str:
    """The links of one sentence pair, sorted.

    >>> pharaoh_line(Alignment(frozenset({(0, 0)}), frozenset({(0, 0), (1, 0)})))
    '0-0 1p0'
    """
    return " ".join(
        f"{i + index_base}{'-' if (i, j) in alignment.sure else 'p'}{j + index_base}"
        for i, j in sorted(alignment.possible)
    )


def read_naacl(
    path: str | Path,
    *,
    index_base: IndexBase = 1,
    target_first: bool = False,
    n_sentences: int | None = None,
    lengths: Lengths | None = None,
) -> tuple[Alignment, ...]:
    """One link a line: sentence number (from 1), source word, target word, S (sure, also when left out) or P
    (possible).

    n_sentences: how many sentences there are, when the last may have no link; lengths implies it. Word number
    0 in a file that counts from 1 means "no word" and adds no link. Raises InputError naming file and line.
    """
    if lengths is not None:
        n_sentences = len(lengths)
    links: dict[int, tuple[set, set]] = {}
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        match = _NAACL.fullmatch(line.strip())
        if match is None:
            raise InputError(
                f"{path}, line {number}: {line[:40]!r} is not a link; expected sentence, source word, target "
                "word and S or P, such "
                "as 1 1 2 S."
            )
        sentence = int(match[1])
        if not 1 <= sentence <= (MAX_SENTENCES if n_sentences is None else n_sentences):
            raise InputError(
                f"{path}, line {number}: there is no sentence {sentence}; sentences count from 1 to "
                f"{n_sentences or MAX_SENTENCES}."
            )
        sure, possible = links.setdefault(sentence, (set(), set()))
        i, j = int(match[2]), int(match[3])
        if index_base == 1 and 0 in (i, j):
            continue
        link = _link(i, j, index_base, target_first, path, number)
        _check_range(link, lengths, sentence - 1, path, number)
        possible.add(link)
        if (match[4] or "S") in "Ss":
            sure.add(link)
    count = n_sentences if n_sentences is not None else max(links, default=0)
    return tuple(Alignment(*map(frozenset, links.get(n, ((), ())))) for n in range(1, count + 1))


def _link(i: int, j: int, index_base: int, target_first: bool, path, number: int) -> tuple[int, int]:
    if min(i, j) < index_base:
        raise InputError(
            f"{path}, line {number}: word 0 in a file said to count words from 1: set index_base to 0."
        )
    i, j = i - index_base, j - index_base
    return (j, i) if target_first else (i, j)


def _check_range(link: tuple[int, int], lengths: Lengths | None, sentence: int, path, number: int) -> None:
    if lengths is not None and not (link[0] < lengths[sentence][0] and link[1] < lengths[sentence][1]):
        n_src, n_tgt = lengths[sentence]
        raise InputError(
            f"{path}, line {number}: a link to source word {link[0]} and target word {link[1]} (from 0), "
            f"but sentence {sentence + 1} has {n_src} and {n_tgt} words: check index_base and the line."
        )
