"""The corpus after any number of merges, rebuilt from the step at which each border between symbols vanished.

A symbol of step k stretches from one place whose border still stands to the next. The latest merge inside it
made it, so its id is what that merge made; counting pairs is then one sort. Nothing is replayed from the
start, and every k costs the same.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    pairs = _pair_table(learning, heads, ids, freq)
    ties, n_ties = pairs.tied()
    steps = learning.steps
    ended = step == len(steps)
    return MergeState(
        step=step,
        n_steps=len(steps),
        last=steps[step - 1] if step else None,
        next=None if ended else steps[step],
        pairs=pairs.most_frequent(n_pairs),
        n_pairs=len(pairs.counts),
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


@dataclass(frozen=True, eq=False)
class _PairTable:
    """Every distinct pair of a step, [n_pairs] each: ids of its symbols, its count, where it is first, and
    whether its token would be short enough.
    """

    learning: Learning
    left: np.ndarray
    right: np.ndarray
    counts: np.ndarray
    first: np.ndarray
    allowed: np.ndarray

    def most_frequent(self, n: int) -> tuple[PairCount, ...]:
        """The first `n` pairs by count, equal ones by the rule for ties."""
        if len(self.counts) <= n:
            return self._listed(np.arange(len(self.counts)), n)
        last = max(n - 1, 0)
        return self._listed(np.flatnonzero(self.counts >= -np.partition(-self.counts, last)[last]), n)

    def tied(self) -> tuple[tuple[PairCount, ...], int]:
        """(the first pairs that tie for the win, how many tie)."""
        able = self.allowed & (self.counts >= self.learning.config.min_frequency)
        if not able.any():
            return (), 0
        places = np.flatnonzero(able & (self.counts == self.counts[able].max()))
        return self._listed(places, MAX_TIES), len(places)

    def _listed(self, places: np.ndarray, n: int) -> tuple[PairCount, ...]:
        shown = self.learning.shown
        return tuple(
            PairCount(shown[self.left[p]], shown[self.right[p]], int(self.counts[p]), bool(self.allowed[p]))
            for p in self._ordered(places)[:n]
        )

    def _ordered(self, places: np.ndarray) -> list[int]:
        tokens, ties = self.learning.tokens, self.learning.config.ties
        left, right, listed = self.left, self.right, places.tolist()
        if ties == "first seen":
            listed.sort(key=lambda p: self.first[p])
        elif ties == "tokenizers":
            listed.sort(key=lambda p: (left[p], right[p]))
        else:
            reverse = ties == "last alphabetical"
            listed.sort(key=lambda p: (tokens[left[p]], tokens[right[p]]), reverse=reverse)
        return sorted(listed, key=lambda p: -self.counts[p])


def _pair_table(learning: Learning, heads: np.ndarray, ids: np.ndarray, freq: np.ndarray) -> _PairTable:
    """The pairs of neighbours within words, counted by one sort."""
    both = np.flatnonzero((ids[:-1] != BORDER) & (ids[1:] != BORDER))
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
    counts = np.add.reduceat(freq[both], cuts) if len(cuts) else np.zeros(0, np.int64)
    left, right = keys[cuts] // len(learning.tokens), keys[cuts] % len(learning.tokens)
    allowed = learning.lengths[left] + learning.lengths[right] <= learning.config.max_token
    return _PairTable(learning, left, right, counts, heads[both[cuts]], allowed)


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
