"""Read back what `write_corpus` wrote, with the reader of each format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from explorer.corpora.alignments import read_pharaoh
from explorer.corpora.conllu import read_conllu
from explorer.corpora.lines import read_lines
from explorer.corpora.moses import read_moses
from explorer.results import SentencePair


def read_corpus(folder: str | Path, langs: Sequence[str], name: str = "pairs") -> tuple[SentencePair, ...]:
    """The pairs in the files of `folder`; all files must be in step."""
    folder = Path(folder)
    rows = read_moses(folder / f"{name}.{langs[0]}", folder / f"{name}.{langs[1]}")
    readers = {
        "links": read_pharaoh,
        f"{langs[0]}.conllu": read_conllu,
        f"{langs[1]}.conllu": read_conllu,
        "phenomena": lambda path: [tuple(line.split()) for line in read_lines(path)],
    }
    columns = []
    for suffix, read in readers.items():
        path = folder / f"{name}.{suffix}"
        columns.append(read(path) if path.exists() else [() if suffix == "phenomena" else None] * len(rows))
    return tuple(SentencePair(row.src, row.tgt, *truth) for row, *truth in zip(rows, *columns, strict=True))
