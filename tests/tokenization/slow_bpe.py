"""Byte-pair encoding as slowly and plainly as its definition (Sennrich et al. 2016, algorithm 1): every step
counts everything again.
"""

from __future__ import annotations

from collections import Counter


def pair_counts(corpus: list[tuple[list[str], int]]) -> Counter:
    """{(left, right): how often they stand side by side}, in the order in which the corpus has them first."""
    counts = Counter()
    for symbols, count in corpus:
        for i in range(len(symbols) - 1):
            counts[symbols[i], symbols[i + 1]] += count
    return counts


def merged(symbols: list[str], pair: tuple[str, str]) -> list[str]:
    """`symbols` with `pair` as one, from the left."""
    result, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i : i + 2]) == pair:
            result.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            result.append(symbols[i])
            i += 1
    return result


def steps(
    corpus: list[tuple[list[str], int]],
    n_merges: int,
    min_frequency: int,
    ties: str = "alphabetical",
    max_token: int = 10**9,
):
    """(pair, count, pairs as good, corpus before, counts before) of each merge."""
    corpus = [(list(symbols), count) for symbols, count in corpus]
    ages = {
        symbol: n for n, symbol in enumerate(sorted({symbol for symbols, _ in corpus for symbol in symbols}))
    }
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
        yield pair, most, best, [(list(symbols), count) for symbols, count in corpus], counts
        ages.setdefault("".join(pair), len(ages))
        corpus = [(merged(symbols, pair), count) for symbols, count in corpus]


def segmented(symbols: list[str], merges: list[tuple[str, str]]) -> list[str]:
    """`symbols` after every merge in the order in which they were learned."""
    for pair in merges:
        symbols = merged(symbols, pair)
    return symbols
