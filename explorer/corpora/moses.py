"""Parallel text in two formats: Moses (two files, line by line) and TSV (source and target columns)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from explorer.corpora.lines import read_lines, write_lines
from explorer.errors import InputError
from explorer.results import SentencePair

BadRow = Literal["error", "skip"]


class Row(NamedTuple):
    """A sentence pair as it is in a file; `line` counts from 1."""

    line: int
    src: str
    tgt: str


def read_moses(
    src_path: str | Path, tgt_path: str | Path, *, drop_last_line: bool = False, bad_row: BadRow = "error"
) -> tuple[Row, ...]:
    """The pairs of two parallel files. Raises InputError when their lengths differ or a side is empty (unless
    such rows are to be skipped).

    drop_last_line: the last line was cut off and is not used.
    """
    src_lines, tgt_lines = read_lines(src_path), read_lines(tgt_path)
    if len(src_lines) != len(tgt_lines):
        shorter = src_path if len(src_lines) < len(tgt_lines) else tgt_path
        raise InputError(
            f"{src_path} has {len(src_lines):,} lines and {tgt_path} has {len(tgt_lines):,}: parallel files "
            f"need the same number, but {shorter} ends at line {min(len(src_lines), len(tgt_lines)):,}."
        )
    rows = []
    for line, (src, tgt) in enumerate(
        list(zip(src_lines, tgt_lines, strict=True))[: -1 if drop_last_line else None], 1
    ):
        if src.strip() and tgt.strip():
            rows.append(Row(line, src, tgt))
        elif bad_row == "error":
            path = tgt_path if src.strip() else src_path
            raise InputError(
                f"{path}, line {line}: the line is empty; expected a sentence. Remove the line from both "
                "files."
            )
    return tuple(rows)


def read_tsv(
    path: str | Path, *, skip_header: bool = False, drop_last_line: bool = False, bad_row: BadRow = "error"
) -> tuple[Row, ...]:
    """The first two columns of a file with tabs; further columns (attributions) are ignored.

    skip_header, drop_last_line: the first line is a header, the last was cut off; neither is used.
    Raises InputError for a row with fewer than two columns, or an empty one of the two, unless such rows are
    to be skipped.
    """
    rows = []
    for line, text in enumerate(read_lines(path)[: -1 if drop_last_line else None], 1):
        if skip_header and line == 1:
            continue
        columns = text.split("\t")
        if len(columns) >= 2 and columns[0].strip() and columns[1].strip():
            rows.append(Row(line, columns[0], columns[1]))
        elif bad_row == "error":
            problem = "an empty column" if len(columns) >= 2 else "no tab"
            raise InputError(
                f"{path}, line {line}: {problem}; expected source<TAB>target. Correct the line, or set "
                "bad_row to skip such lines."
            )
    return tuple(rows)


def write_moses(prefix: str | Path, pairs: Iterable[SentencePair], langs: Sequence[str]) -> tuple[Path, Path]:
    """Write `<prefix>.<src_lang>` and `<prefix>.<tgt_lang>`; `read_moses` gives the sentences back."""
    pairs = tuple(pairs)
    for number, pair in enumerate(pairs, 1):
        if not (pair.src.strip() and pair.tgt.strip()):
            raise InputError(
                f"Pair {number} has an empty side and cannot be written as parallel text: leave it out."
            )
    paths = Path(f"{prefix}.{langs[0]}"), Path(f"{prefix}.{langs[1]}")
    write_lines(paths[0], (pair.src for pair in pairs))
    write_lines(paths[1], (pair.tgt for pair in pairs))
    return paths
