"""A scorer from a hand-written table of probabilities, as textbooks draw it: search without a model."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from explorer.errors import InputError
from explorer.results import EOS, SPECIAL_TOKENS

Condition = Literal["prefix", "previous", "position"]
CONDITIONS: dict[Condition, str] = {
    "prefix": "all words before",
    "previous": "the word before",
    "position": "the position alone (1, 2, …)",
}
TOLERANCE = 1e-6  # by which a row may miss 1
MAX_ROWS, MAX_TOKENS = 500, 500

Rows = Mapping[str, Mapping[str, float]]
TEXTBOOK_ROWS: Rows = {"1": {"Le": 0.7, "La": 0.2, "Un": 0.1}, "2": {"chat": 0.8, "chien": 0.2}}
# greedy takes "Le" (0.6 · 0.4 = 0.24); the likeliest target is "Un chat" (0.4 · 0.9 = 0.36)
GARDEN_PATH_ROWS: Rows = {
    "": {"Le": 0.6, "Un": 0.4},
    "Le": {"chat": 0.4, "chien": 0.35, "tapis": 0.25},
    "Un": {"chat": 0.9, "chien": 0.1},
}
TABLES: dict[str, tuple[Condition, Rows]] = {
    "The textbook tree": ("position", TEXTBOOK_ROWS),
    "A garden path for greedy search": ("prefix", GARDEN_PATH_ROWS),
}


class TableScorer:
    """A `Scorer` that reads next-token probabilities from a table: what came before → {token: probability}.

    condition: what a row depends on. "prefix": its name is the words so far, joined by spaces, "" for none;
    "previous": the word before, "" at the start; "position": "1" for the first word, and so on. Where there
    is no row, the target ends: ``</s>`` has probability 1. `tokens` are the words by id; the special tokens
    come first, and ``</s>`` may be part of a row.
    Raises InputError for a table that is no table of probabilities.

    >>> scorer = TableScorer({"1": {"Le": 0.7, "La": 0.2, "Un": 0.1}, "2": {"chat": 0.8, "chien": 0.2}}, "position")
    >>> scorer.tokens[4:]
    ('Le', 'La', 'Un', 'chat', 'chien')
    """  # noqa: E501

    def __init__(self, rows: Rows, condition: Condition = "prefix"):
        if condition not in CONDITIONS:
            raise InputError(
                f"A table cannot depend on {condition!r}: choose one of {', '.join(CONDITIONS)}."
            )
        _check(rows, condition)
        words = dict.fromkeys(token for row in rows.values() for token in row)
        self.condition = condition
        self.tokens: tuple[str, ...] = (
            *SPECIAL_TOKENS,
            *(word for word in words if word not in SPECIAL_TOKENS),
        )
        self._ids = {token: id for id, token in enumerate(self.tokens)}
        self.eos_id = self._ids[EOS]
        self._rows = {name: self._log_probs(row) for name, row in rows.items()}
        self._end = self._log_probs({EOS: 1.0})
        self._prefixes: list[tuple[int, ...]] = []
        self.n_scored = 0

    def start(self) -> np.ndarray:
        """Log-probabilities of the first word: [1, vocab]."""
        self._prefixes = [()]
        return self._scores()

    def advance(self, parents: Sequence[int], token_ids: Sequence[int]) -> np.ndarray:
        """See `explorer.decoding.strategies.Scorer`."""
        self._prefixes = [
            (*self._prefixes[parent], token_id) for parent, token_id in zip(parents, token_ids, strict=True)
        ]
        return self._scores()

    def ids(self, words: Sequence[str]) -> tuple[int, ...]:
        """The ids of words. Raises InputError for a word that the table does not have."""
        for word in words:
            if word not in self._ids:
                raise InputError(
                    f"The table has no word {word!r}: it has {', '.join(self.tokens[len(SPECIAL_TOKENS) :])}."
                )
        return tuple(self._ids[word] for word in words)

    def token(self, token_id: int) -> str:
        return self.tokens[token_id]

    def text(self, token_ids: Sequence[int]) -> str:
        """The words of a target, without ``</s>``."""
        return " ".join(self.tokens[id] for id in token_ids if self.tokens[id] != EOS)

    def _scores(self) -> np.ndarray:
        self.n_scored += len(self._prefixes)
        return np.stack([self._rows.get(self._name(prefix), self._end) for prefix in self._prefixes])

    def _name(self, prefix: tuple[int, ...]) -> str:
        if self.condition == "position":
            return str(len(prefix) + 1)
        words = [self.tokens[id] for id in prefix]
        return " ".join(words) if self.condition == "prefix" else (words[-1] if words else "")

    def _log_probs(self, row: Mapping[str, float]) -> np.ndarray:
        log_probs = np.full(len(self.tokens), -np.inf)
        for token, probability in row.items():
            if probability > 0:
                log_probs[self._ids[token]] = math.log(probability)
        return log_probs


def parse_table(text: str) -> dict[str, dict[str, float]]:
    """The rows of a table from text, one a line: what came before, a colon, then words with their
    probabilities.

    >>> parse_table(": Le .7, La .3\\nLe: chat 0.8, chien 0.2")
    {'': {'Le': 0.7, 'La': 0.3}, 'Le': {'chat': 0.8, 'chien': 0.2}}
    """
    rows: dict[str, dict[str, float]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, colon, entries = line.partition(":")
        name = " ".join(name.split())
        if not colon:
            raise InputError(
                f"Line {number} of the table has no colon: write `words before: word probability, word "
                "probability`."
            )
        if name in rows:
            raise InputError(
                f"Line {number} of the table gives a second row for {name or 'the start'!r}: put both into "
                "one line."
            )
        rows[name] = {}
        for entry in entries.split(","):
            match = re.fullmatch(r"(\S+)\s+(\S+)", entry.strip())
            if match is None or match[1] in rows[name]:
                raise InputError(
                    f"Line {number} of the table: {entry.strip()!r} is no new word with a probability, as "
                    "in `chat 0.8`."
                )
            try:
                rows[name][match[1]] = float(match[2])
            except ValueError as error:
                raise InputError(f"Line {number} of the table: {match[2]!r} is no number.") from error
    return rows


def table_text(rows: Rows) -> str:
    """The rows as `parse_table` reads them."""
    return "\n".join(
        f"{name}: " + ", ".join(f"{word} {probability:g}" for word, probability in row.items())
        for name, row in rows.items()
    )


def _check(rows: Rows, condition: Condition) -> None:
    first = "1" if condition == "position" else ""
    if first not in rows:
        raise InputError(f"The table has no row for the first word: name it {first!r}.")
    if len(rows) > MAX_ROWS or len({token for row in rows.values() for token in row}) > MAX_TOKENS:
        raise InputError(f"The table is too large: at most {MAX_ROWS} rows and {MAX_TOKENS} words are read.")
    for name, row in rows.items():
        where = f"The row {name!r} of the table" if name else "The first row of the table"
        for token, probability in row.items():
            if not token or token.split() != [token] or (token in SPECIAL_TOKENS and token != EOS):
                raise InputError(
                    f"{where} has the word {token!r}: a word has no spaces and is none of <pad>, <unk>, <s>."
                )
            if not 0 <= probability <= 1:  # nan too
                raise InputError(f"{where} gives {token} the probability {probability:g}: choose 0 to 1.")
        total = math.fsum(row.values())
        if abs(total - 1) > TOLERANCE:
            raise InputError(
                f"{where} sums to {total:.6g}, and probabilities sum to 1: change one of "
                f"{', '.join(row) or 'its words'}."
            )
