"""How is a corpus with its truth kept on disk? A Moses pair, Pharaoh links and CoNLL-U trees side by side,
readable by other tools.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from explorer.corpora.alignments import read_pharaoh, write_pharaoh
from explorer.corpora.conllu import read_conllu, write_conllu
from explorer.corpora.lines import read_lines, write_lines
from explorer.corpora.moses import read_moses, write_moses
from explorer.errors import InputError
from explorer.results import SentencePair


def write_corpus(
    folder: str | Path, pairs: Iterable[SentencePair], langs: Sequence[str], name: str = "pairs"
) -> tuple[Path, ...]:
    """Write `<name>.<lang>`, and where known `<name>.links`, `<name>.<lang>.conllu` and `<name>.phenomena`;
    `read_corpus` reads them back.

    Links, and trees of a side, are written when every pair has them. Raises InputError when only some have:
    those would be lost.
    """
    pairs, folder = tuple(pairs), Path(folder)
    if not pairs:
        raise InputError("There is no sentence pair to write: ask for at least one.")
    _check_languages(langs)
    kinds = {"alignment": "links", "src_tree": f"{langs[0]}.conllu", "tgt_tree": f"{langs[1]}.conllu"}
    columns = {suffix: [getattr(pair, field) for pair in pairs] for field, suffix in kinds.items()}
    for suffix, column in columns.items():
        missing = sum(value is None for value in column)
        if 0 < missing < len(pairs):
            raise InputError(
                f"{missing} of {len(pairs)} pairs have nothing for {name}.{suffix}, so it would be out of "
                "step: write them "
                "apart."
            )
    folder.mkdir(parents=True, exist_ok=True)
    paths = [*write_moses(folder / name, pairs, langs)]
    for suffix, column in columns.items():
        path = folder / f"{name}.{suffix}"
        if column[0] is None:
            path.unlink(missing_ok=True)  # of a corpus that stood here before
        else:
            (write_pharaoh if suffix == "links" else write_conllu)(path, column)
            paths.append(path)
    path = folder / f"{name}.phenomena"
    path.unlink(missing_ok=True)
    if any(pair.phenomena for pair in pairs):
        write_lines(path, (" ".join(pair.phenomena) for pair in pairs))
        paths.append(path)
    return tuple(paths)


def read_corpus(folder: str | Path, langs: Sequence[str], name: str = "pairs") -> tuple[SentencePair, ...]:
    """The pairs that `write_corpus` wrote. Raises InputError when a file is missing, damaged or out of step
    with the others.
    """
    folder = Path(folder)
    _check_languages(langs)
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
        column = read(path) if path.exists() else [() if suffix == "phenomena" else None] * len(rows)
        if len(column) != len(rows):
            raise InputError(
                f"{path} is for {len(column)} sentences and {name}.{langs[0]} has {len(rows)}: write the "
                "corpus again."
            )
        columns.append(column)
    return tuple(SentencePair(row.src, row.tgt, *truth) for row, *truth in zip(rows, *columns, strict=True))


def _check_languages(langs: Sequence[str]) -> None:
    if len(langs) != 2 or langs[0] == langs[1] or not all(lang.isalnum() for lang in langs):
        raise InputError(
            f"The languages {tuple(langs)!r} cannot name two files: give two different codes such as en and "
            "de."
        )
