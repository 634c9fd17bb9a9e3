"""Write a corpus, with its links and trees, as files that other tools read: Moses, Pharaoh and CoNLL-U."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from explorer.corpora.alignments import write_pharaoh
from explorer.corpora.conllu import write_conllu
from explorer.corpora.lines import write_lines
from explorer.corpora.moses import write_moses
from explorer.errors import InputError
from explorer.results import SentencePair


def write_corpus(
    folder: str | Path, pairs: Iterable[SentencePair], langs: Sequence[str], name: str = "pairs"
) -> tuple[Path, ...]:
    """Write `<name>.<lang>`, and where known `<name>.links`, `<name>.<lang>.conllu` and `<name>.phenomena`
    (the names of one pair on each line); returns the files written.

    Links, and trees of a side, are written when every pair has them. Raises InputError when only some have:
    those would be lost.
    """
    pairs, folder = tuple(pairs), Path(folder)
    if not pairs:
        raise InputError("There are no sentence pairs to write: give at least one.")
    _check_languages(langs)
    kinds = {"alignment": "links", "src_tree": f"{langs[0]}.conllu", "tgt_tree": f"{langs[1]}.conllu"}
    columns = {suffix: [getattr(pair, field) for pair in pairs] for field, suffix in kinds.items()}
    for suffix, column in columns.items():
        missing = sum(value is None for value in column)
        if 0 < missing < len(pairs):
            raise InputError(
                f"{missing} of {len(pairs)} pairs have nothing for {name}.{suffix}, whose lines would not "
                "match the other files: write these pairs separately."
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


def _check_languages(langs: Sequence[str]) -> None:
    if len(langs) != 2 or langs[0] == langs[1] or not all(lang.isalnum() for lang in langs):
        raise InputError(
            f"The languages {tuple(langs)!r} cannot name two files: give two different codes such as en and "
            "de."
        )
