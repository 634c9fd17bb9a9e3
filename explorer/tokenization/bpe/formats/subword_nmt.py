"""The codes of subword-nmt: read and write their merges."""

from __future__ import annotations

from explorer.errors import InputError
from explorer.tokenization.bpe.config import BPEConfig
from explorer.tokenization.bpe.formats.imported import MAX_VOCAB, Imported, check_token
from explorer.tokenization.bpe.model import SubwordModel

_CODES = "#version:"


def read_codes(text: str, name: str = "The file") -> Imported:
    """Codes of subword-nmt: a header ``#version: 0.2`` (none: 0.1), then a merge on each line. Raises
    InputError that names the line.

    In 0.2 the mark </w> is on the last character of a word from the start, in 0.1 it is a symbol of its own.
    The characters are those of the merges; what is not among them is unknown.
    """
    version, merges = _code_merges(text, name)
    config = BPEConfig(
        end_of_word="</w>",
        end_mark="last character" if version == "0.2" else "symbol",
        split="spaces",
        ties="last alphabetical",
    )
    made = {left + right for left, right in merges}
    basic = dict.fromkeys(sorted(part for pair in merges for part in pair if part not in made))
    alphabet = {
        **basic,
        **dict.fromkeys(sorted({char for part in basic for char in part.removesuffix("</w>")} - set(basic))),
    }
    order = dict.fromkeys((*alphabet, *(left + right for left, right in merges)))
    return Imported(
        SubwordModel(tuple(order), tuple(dict.fromkeys(merges)), config), f"subword-nmt codes {version}"
    )


def _code_merges(text: str, name: str) -> tuple[str, list[tuple[str, str]]]:
    """(the version, the merges line by line)."""
    lines = text.split("\n")
    version, first = "0.1", 1
    if lines[0].startswith(_CODES):
        version, first = lines[0].removeprefix(_CODES).strip(), 2
        if version not in ("0.1", "0.2"):
            raise InputError(
                f"{name} has version {version[:20]!r} of subword-nmt's codes: give version 0.1 or 0.2."
            )
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > MAX_VOCAB:
        raise InputError(f"{name} has {len(lines):,} merges, more than {MAX_VOCAB:,}.")
    merges = []
    for number, line in enumerate(lines, first):
        parts = line.rstrip("\r").split(" ")
        if len(parts) == 3 and parts[2].isdecimal():  # a frequency, as some versions write it
            parts.pop()
        if len(parts) != 2 or not all(parts):
            raise InputError(
                f"{name}, line {number:,} is {line.strip()[:60]!r}: expected two symbols with a space "
                "between them."
            )
        check_token("".join(parts), f"{name}, line {number:,}")
        merges.append((parts[0], parts[1]))
    if not merges:
        raise InputError(f"{name} has no merges: expected two symbols on each line.")
    return version, merges


def write_codes(model: SubwordModel) -> str:
    """The merges as subword-nmt reads them. Raises InputError unless they are of characters with the mark
    </w>.
    """
    config = model.config
    if config.alphabet != "characters" or config.end_of_word != "</w>" or config.space_before:
        raise InputError(
            "subword-nmt codes merge characters, with the end-of-word mark </w> and no space before a word: "
            "learn with those settings."
        )
    version = "0.2" if config.end_mark == "last character" else "0.1"
    return "".join(
        f"{line}\n" for line in (f"{_CODES} {version}", *(f"{left} {right}" for left, right in model.merges))
    )
