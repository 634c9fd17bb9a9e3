"""The priority queue of pairs from which the next merge is taken, kept up to date as counts change."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush


class PairQueue:
    """Pairs in buckets by count, the highest count first.

    What has lost since it was put into a bucket is moved when that bucket is opened, so a merge costs the
    places that it changes and its distinct neighbours. The pairs of the open bucket that still have exactly
    its count are the ties.

    level: the count of the open bucket, -1 while none is open;  n_ties: pairs that have it.
    """

    def __init__(
        self,
        count: dict[int, int],
        may_win: Callable[[int, int], bool],
        key: Callable[[int], tuple],
        keys_change: bool,
    ):
        """count: {pair: how often it stands in the corpus}, brought up to date by the owner of the queue
        before it calls `changed`;  may_win: whether a pair with this count is ever merged;  key: orders
        pairs of one count, the smallest first, with the pair itself at its end;  keys_change: whether the
        key of a pair grows while it waits.
        """
        self.count, self.may_win, self.key, self.keys_change = count, may_win, key, keys_change
        self.level, self.n_ties = -1, 0
        self._open: list[tuple] = []  # the open bucket as a heap of keys
        self._buckets: dict[int, list[int]] = {}
        self._levels: list[int] = []  # a heap of the counts, negated, that have a bucket
        for pair, n in count.items():
            self._wait(pair, n)

    def best(self) -> int | None:
        """The pair to merge, which stays in the queue; None when there is none."""
        while True:
            if not self.n_ties or self._levels and -self._levels[0] > self.level:
                if not self._open_next():
                    return None
            key = self._open[0]
            pair = key[-1]
            count = self.count.get(pair, 0)
            if count != self.level:
                heappop(self._open)
                self._wait(pair, count)
            elif self.keys_change and (now := self.key(pair)) != key:
                heappop(self._open)
                heappush(self._open, now)
            else:
                return pair

    def winners(self) -> list[int]:
        """All pairs as good as `best`, in the order of their keys."""
        if self.best() is None:
            return []
        return sorted(
            (pair for pair, n in self.count.items() if n == self.level and self.may_win(pair, n)),
            key=self.key,
        )

    def changed(self, pair: int, old: int, new: int) -> None:
        """Take note that the count of `pair` was `old` and is `new`; a loss matters only at `level`."""
        if old == new:
            return
        if old == self.level and self.may_win(pair, old):
            self.n_ties -= 1
        if new < old:
            return  # moved when its bucket is opened
        if new == self.level and self.may_win(pair, new):
            self.n_ties += 1
            if all(key[-1] != pair for key in self._open):
                heappush(self._open, self.key(pair))
        else:
            self._wait(pair, new)

    def _wait(self, pair: int, count: int) -> None:
        """Put `pair` into the bucket of `count`, unless it can never win."""
        if not self.may_win(pair, count):
            return
        bucket = self._buckets.get(count)
        if bucket is None:
            self._buckets[count] = bucket = []
            heappush(self._levels, -count)
        bucket.append(pair)

    def _open_next(self) -> bool:
        """Close the open bucket and open the one with the highest count that a pair really has."""
        for *_, pair in self._open:
            self._wait(pair, self.count.get(pair, 0))
        self._open, self.level, self.n_ties = [], -1, 0
        while self._levels:
            level = -heappop(self._levels)
            alive = set()
            for pair in self._buckets.pop(level):
                count = self.count.get(pair, 0)
                if count == level:
                    alive.add(pair)
                else:
                    self._wait(pair, count)
            if alive:
                self.level, self.n_ties = level, len(alive)
                self._open = [self.key(pair) for pair in alive]
                heapify(self._open)
                return True
        return False
