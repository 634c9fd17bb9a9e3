"""The corpus after any number of merges, rebuilt from the step at which each border between symbols vanished.

A symbol of step k stretches from one place whose border still stands to the next. The latest merge inside it
made it, so its id is what that merge made; counting pairs is then one sort. Nothing is replayed from the
start, and every k costs the same.
"""

from __future__ import annotations

import numpy as np

from explorer.errors import InputError
from explorer.results import MAX_TIES, MergeHistory, MergeState, PairCount, SegmentedWord, frozen_array
from explorer.tokenization.bpe.learn import BORDER, NEVER, Learning

MAX_SHOWN = 2000


def state_at(
    learning: Learning, step: int, *, n_pairs: int = 20, n_words: int = 20, search: str = ""
) -> MergeState:
    """The corpus after `step` merges: its `n_pairs` most frequent pairs (exact counts over all words) and
    `n_words` most frequent words.

    search: show only words that hold these characters.  Raises InputError for a step that was not reached.
    """
    if not 0 <= step <= learning.n_steps:
        raise InputError(f"There is no step {step}: choose 0 to {learning.n_steps:,}.")
    if not (0 <= n_pairs <= MAX_SHOWN and 0 <= n_words <= MAX_SHOWN):
        raise InputError(
            f"{n_pairs} pairs and {n_words} words cannot be shown: choose 0 to {MAX_SHOWN:,} of each."
        )
    heads, ids = symbols_at(learning, step)
    freq = learning.row.freq[heads]
    in_words = ids != BORDER
    n_vocabulary = _n_tokens(learning, step)
    token_counts = np.bincount(ids[in_words], weights=freq[in_words], minlength=n_vocabulary).astype(np.int64)
    pairs, n_distinct, ties, n_ties = _pairs(learning, heads, ids, freq, n_pairs)
    steps = learning.steps
    ended = step == len(steps)
    return MergeState(
        step=step,
        n_steps=len(steps),
        last=steps[step - 1] if step else None,
        next=None if ended else steps[step],
        pairs=pairs,
        n_pairs=n_distinct,
        ties=ties,
        n_ties=n_ties,
        words=_words(learning, heads, ids, n_words, search),
        n_words=len(learning.words.words),
        vocabulary=learning.shown[:n_vocabulary],
        token_counts=tuple(token_counts.tolist()),
        n_initial=len(learning.row.alphabet),
        n_tokens=int(token_counts.sum()),
        n_tokens_before=int(learning.row.freq.sum()),
        why_end=learning.why_end if ended else "",
    )


def symbols_at(learning: Learning, step: int) -> tuple[np.ndarray, np.ndarray]:
    """(first place of each symbol, its id), each [n_symbols], `BORDER` between words, after `step` merges."""
    gone = learning.gone
    standing = gone > step
    heads = np.flatnonzero(standing)
    latest = np.maximum.reduceat(
        np.where(standing, 0, gone), heads
    )  # the merge that made each symbol, 0 for none
    return heads, np.where(latest == 0, learning.row.ids[heads], learning.products[latest])


def history(learning: Learning) -> MergeHistory:
    """The count of the winner, the ties and the length of the corpus over all steps."""
    merged = learning.gone != NEVER
    lost = np.bincount(
        learning.gone[merged], weights=learning.row.freq[merged], minlength=learning.n_steps + 1
    )
    n_tokens = int(learning.row.freq.sum()) - np.cumsum(lost.astype(np.int64))
    return MergeHistory(
        frozen_array([step.count for step in learning.steps], np.int64),
        frozen_array([step.n_ties for step in learning.steps], np.int64),
        frozen_array(n_tokens, np.int64),
    )


def _n_tokens(learning: Learning, step: int) -> int:
    """Tokens in the vocabulary after `step` merges; ids are given in the order in which tokens are made."""
    return max(len(learning.row.alphabet), int(learning.products[1 : step + 1].max(initial=0)) + 1)


def _pairs(learning: Learning, heads: np.ndarray, ids: np.ndarray, freq: np.ndarray, n: int):
    """(the first `n` pairs, distinct pairs, the first of those that tie for the win, how many tie)."""
    both = np.flatnonzero((ids[:-1] != BORDER) & (ids[1:] != BORDER))
    if not len(both):
        return (), 0, (), 0
    width = int(len(heads)).bit_length()
    keys = ids[both].astype(np.int64) * len(learning.tokens) + ids[both + 1]
    if int(len(learning.tokens)) ** 2 << width < 2**63:
        packed = keys << width | both
        packed.sort()  # several times faster than argsort
        keys, both = packed >> width, packed & ((1 << width) - 1)
    else:
        order = np.argsort(keys, kind="stable")
        keys, both = keys[order], both[order]
    cuts = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.add.reduceat(freq[both], cuts)
    left, right = keys[cuts] // len(learning.tokens), keys[cuts] % len(learning.tokens)
    first = heads[both[cuts]]
    lengths = learning.lengths
    allowed = lengths[left] + lengths[right] <= learning.config.max_token
    able = allowed & (counts >= learning.config.min_frequency)
    tied = np.flatnonzero(able & (counts == counts[able].max())) if able.any() else np.zeros(0, np.int64)
    chosen = np.arange(len(counts))
    if len(counts) > n:
        chosen = np.flatnonzero(counts >= -np.partition(-counts, max(n - 1, 0))[max(n - 1, 0)])
    ordered = lambda places: _ordered(learning, places, left, right, counts, first)  # noqa: E731
    made = lambda places: tuple(  # noqa: E731
        PairCount(learning.shown[left[p]], learning.shown[right[p]], int(counts[p]), bool(allowed[p]))
        for p in places
    )
    return made(ordered(chosen)[:n]), len(counts), made(ordered(tied)[:MAX_TIES]), len(tied)


def _ordered(
    learning: Learning,
    places: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    counts: np.ndarray,
    first: np.ndarray,
) -> list[int]:
    """`places` by count, equal ones by the rule for ties."""
    tokens, ties = learning.tokens, learning.config.ties
    listed = places.tolist()
    if ties == "first seen":
        listed.sort(key=lambda p: first[p])
    elif ties == "tokenizers":
        listed.sort(key=lambda p: (left[p], right[p]))
    else:
        listed.sort(key=lambda p: (tokens[left[p]], tokens[right[p]]), reverse=ties == "last alphabetical")
    return sorted(listed, key=lambda p: -counts[p])


def _words(
    learning: Learning, heads: np.ndarray, ids: np.ndarray, n: int, search: str
) -> tuple[SegmentedWord, ...]:
    words, counts = learning.words.words, np.array(learning.words.counts)
    among = (
        np.arange(len(words))
        if not search
        else np.array([i for i, word in enumerate(words) if search in word], np.int64)
    )
    chosen = among[np.argsort(-counts[among], kind="stable")[:n]]
    edges = np.searchsorted(heads, np.stack([learning.row.starts[chosen], learning.row.ends[chosen]]))
    return tuple(
        SegmentedWord(words[i], int(counts[i]), tuple(learning.shown[id] for id in ids[a:b].tolist()))
        for i, a, b in zip(chosen.tolist(), *edges.tolist(), strict=True)
    )
