"""A slow reference for what `plain` leaves out: rules for ties, the least frequency, the longest token.

Every step counts everything again, with the functions of `plain`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from explorer.tokenization.bpe.plain import Pair, Word, merged, pair_counts


class SlowStep(NamedTuple):
    """A merge. best: the pairs that are as good;  corpus, counts: the words and their pairs before it."""

    pair: Pair
    count: int
    best: list[Pair]
    corpus: dict[Word, int]
    counts: Counter[Pair]


def steps(
    corpus: dict[Word, int],
    n_merges: int,
    min_frequency: int = 1,
    ties: str = "alphabetical",
    max_token: int = 10**9,
) -> Iterator[SlowStep]:
    """The merges of `corpus` under the settings of `BPEConfig`."""
    ages = {symbol: n for n, symbol in enumerate(sorted({symbol for word in corpus for symbol in word}))}
    for _ in range(n_merges):
        counts = pair_counts(corpus)
        able = {
            pair: count
            for pair, count in counts.items()
            if count >= min_frequency and len("".join(pair)) <= max_token
        }
        if not able:
            return
        most = max(able.values())
        best = [pair for pair, count in able.items() if count == most]
        if ties == "alphabetical":
            pair = min(best)
        elif ties == "last alphabetical":
            pair = max(best)
        elif ties == "first seen":
            pair = best[0]
        else:
            pair = min(best, key=lambda pair: (ages[pair[0]], ages[pair[1]]))
        yield SlowStep(pair, most, best, corpus, counts)
        ages.setdefault("".join(pair), len(ages))
        corpus = {merged(word, pair): count for word, count in corpus.items()}
