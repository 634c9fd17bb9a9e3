"""What a survey of a corpus keeps: sums over sentences, so that it does not grow with the corpus."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from explorer.results import AttentionKind, HeadCounts
from explorer.results.heads import SUMS

COUNTED = ("n_sentences", "n_src_tokens", "n_tgt_tokens")
BY_METRIC, BY_KIND = ("counts", "rules"), ("repeats", "repeats_rules")


@dataclass
class Survey:
    """Sums over sentences, by kind of attention. counts, rules: by metric, of the heads and of the rules they
    are held against; repeats, repeats_rules: on random tokens that are repeated;  divergences: summed over
    rows, [heads, heads], and how many rows."""

    n_sentences: int = 0
    n_src_tokens: int = 0
    n_tgt_tokens: int = 0
    counts: dict[AttentionKind, dict[str, HeadCounts]] = field(default_factory=dict)
    rules: dict[AttentionKind, dict[str, HeadCounts]] = field(default_factory=dict)
    repeats: dict[AttentionKind, HeadCounts] = field(default_factory=dict)
    repeats_rules: dict[AttentionKind, HeadCounts] = field(default_factory=dict)
    divergences: dict[AttentionKind, tuple[np.ndarray, int]] = field(default_factory=dict)

    def __add__(self, other: Survey) -> Survey:
        """Of two parts of a corpus that share no sentence."""
        added = {name: getattr(self, name) + getattr(other, name) for name in COUNTED}
        for name in BY_METRIC:
            added[name] = _joined(
                getattr(self, name),
                getattr(other, name),
                lambda one, two: _joined(one, two, lambda a, b: a + b),
            )
        for name in BY_KIND:
            added[name] = _joined(getattr(self, name), getattr(other, name), lambda one, two: one + two)
        added["divergences"] = _joined(
            self.divergences, other.divergences, lambda one, two: (one[0] + two[0], one[1] + two[1])
        )
        return Survey(**added)


def _joined(one: Mapping, other: Mapping, add) -> dict:
    return {
        key: add(one[key], other[key]) if key in one and key in other else (one if key in one else other)[key]
        for key in one | other
    }


# ---------------------------------------------------------------- from one process to another, as plain bytes


def to_bytes(surveys: Sequence[Survey]) -> bytes:
    """What `from_bytes` reads: a line of JSON that says what is there, then all numbers, of 8 bytes each."""
    arrays: list[np.ndarray] = []

    def keep(array: np.ndarray) -> list[int]:
        arrays.append(np.ascontiguousarray(array, np.float64))
        return list(array.shape)

    def head(counts: HeadCounts) -> dict:
        shape = [keep(getattr(counts, name)) for name in SUMS][0]
        return {
            "metric": counts.metric,
            "questions": counts.questions,
            "shape": shape,
            "n_sentences": counts.n_sentences,
        }

    heads = []
    for survey in surveys:
        entry = {name: getattr(survey, name) for name in COUNTED}
        for name in BY_METRIC:
            entry[name] = {
                kind: {m: head(counts) for m, counts in found.items()}
                for kind, found in getattr(survey, name).items()
            }
        for name in BY_KIND:
            entry[name] = {kind: head(counts) for kind, counts in getattr(survey, name).items()}
        entry["divergences"] = {
            kind: {"shape": keep(sums), "n_rows": n} for kind, (sums, n) in survey.divergences.items()
        }
        heads.append(entry)
    return b"\n".join((json.dumps(heads).encode(), b"".join(array.tobytes() for array in arrays)))


def from_bytes(data: bytes) -> list[Survey]:
    """The inverse of `to_bytes`, bit by bit."""
    line, _, rest = data.partition(b"\n")
    numbers = np.frombuffer(rest, np.float64)
    taken = 0

    def take(shape: Sequence[int]) -> np.ndarray:
        nonlocal taken
        n = int(np.prod(shape))
        taken += n
        return numbers[taken - n : taken].reshape(shape)

    def counts(kind: AttentionKind, head: dict) -> HeadCounts:
        sums = {name: take(head["shape"]) for name in SUMS}
        return HeadCounts(
            kind, head["metric"], tuple(head["questions"]), **sums, n_sentences=head["n_sentences"]
        )

    def surveys() -> Iterator[Survey]:
        for entry in json.loads(line):
            found = {name: entry[name] for name in COUNTED}
            for name in BY_METRIC:
                found[name] = {
                    kind: {m: counts(kind, head) for m, head in heads.items()}
                    for kind, heads in entry[name].items()
                }
            for name in BY_KIND:
                found[name] = {kind: counts(kind, head) for kind, head in entry[name].items()}
            found["divergences"] = {
                kind: (take(head["shape"]), head["n_rows"]) for kind, head in entry["divergences"].items()
            }
            yield Survey(**found)

    return list(surveys())
