"""Learn byte-pair encoding fast, keeping enough to show any step; `plain` says the same in twenty lines.

A merge touches only the words that hold its pair.

It keeps the symbols of all distinct words in one row and records, of each border between two of them, the
merge at which it vanished. That is enough to rebuild the corpus and the table of pairs after any number of
merges (`explorer.tokenization.bpe.replay`), so nothing else of a step is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from explorer.errors import InputError
from explorer.results import MergeStep
from explorer.tokenization.bpe.config import BPEConfig
from explorer.tokenization.bpe.pair_queue import PairQueue
from explorer.tokenization.bpe.words import WordCounts
from explorer.tokenization.tokenizers import byte_alphabet

SHIFT = 21  # a pair of ids as one number: left << SHIFT | right; Unicode and MAX_MERGES fit
MASK = (1 << SHIFT) - 1
BORDER = -1  # the id between two words
NEVER = np.iinfo(np.int32).max
_MARK = 0x110000  # above every code point


@dataclass(frozen=True, eq=False)
class Row:
    """All distinct words one after the other, with a border before, between and after them.

    ids: [n] int32, the symbol at each place, `BORDER` between words;  freq: [n] int64, how often the word of
    a place occurs;
    starts, ends: [n_words] int64, the places of each word;  alphabet: the symbols as `model` files write
    them, by id;
    lengths: characters or bytes in each of them, the end-of-word mark not counted.
    """

    ids: np.ndarray
    freq: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    alphabet: tuple[str, ...]
    lengths: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Learning:
    """What was learned, and all that it takes to show any step.

    steps: the merges as a reader should see them;  pairs: their ids, [n_steps, 2] int32;  products: the id
    that each makes, [n_steps + 1] int32 (0 stands for no merge);  tokens: every symbol as files write it
    (bytes in the alphabet of GPT-2), by id;  shown: the same as a reader should see them;  lengths:
    characters or bytes in each, [n_tokens] int64, the end-of-word mark not counted;
    gone: [n] int32, of each place of `row` the step that merged it with the symbol before it, `NEVER` where
    none did;
    why_end: why no merge follows the last.
    """

    config: BPEConfig
    words: WordCounts
    row: Row
    steps: tuple[MergeStep, ...]
    pairs: np.ndarray
    products: np.ndarray
    tokens: tuple[str, ...]
    shown: tuple[str, ...]
    lengths: np.ndarray
    gone: np.ndarray
    why_end: str

    @property
    def n_steps(self) -> int:
        return len(self.steps)

    @property
    def merges(self) -> tuple[tuple[str, str], ...]:
        """The merges as files write them."""
        return tuple((self.tokens[left], self.tokens[right]) for left, right in self.pairs.tolist())


def merge_steps(words: WordCounts, config: BPEConfig) -> Iterator[MergeStep]:
    """The merges of byte-pair encoding (Sennrich et al. 2016, algorithm 1), one at a time: of the most
    frequent pair of neighbours within words, ties by the rule of `config`, until `n_merges` are made or no
    pair is seen `min_frequency` times.

    >>> from explorer.tokenization.bpe.words import read_word_table
    >>> config = BPEConfig(n_merges=3)
    >>> words = read_word_table("(hug, 10) (pug, 5) (pun, 12) (bun, 4) (hugs, 5)", config)
    >>> for step in merge_steps(words, config):
    ...     print(step.token, step.count)
    ug 20
    un 16
    hug 15
    """
    return Learner(words, config).merge_steps()


def learn(words: WordCounts, config: BPEConfig) -> Learning:
    """All merges of `merge_steps`, with the record from which any step can be shown."""
    learner = Learner(words, config)
    steps = tuple(learner.merge_steps())
    gone = np.array(learner.gone, np.int32)
    products = np.array([0, *learner.products], np.int32)
    pairs = np.array(learner.pairs, np.int32).reshape(-1, 2)
    lengths = np.array(learner.lengths, np.int64)
    for array in (gone, products, pairs, lengths):
        array.setflags(write=False)
    tokens, shown = tuple(learner.tokens), tuple(learner.shown)
    return Learning(
        config, words, learner.row, steps, pairs, products, tokens, shown, lengths, gone, learner.why_end
    )


Turned = tuple[int, int, list[int]]
"""(a pair that lost, the pair with the new token that it became, the places of that)"""


class Learner:
    """The corpus in the middle of learning.

    count: {pair: how often it stands in the corpus}, exact after every merge;
    where: {pair: places that had it}, some of which a later merge has taken, looked at when the pair's turn
    comes;
    tokens, ids, shown: every symbol so far as files write it, its id, and as a reader should see it;
    queue: which pair is next.
    """

    def __init__(self, words: WordCounts, config: BPEConfig):
        self.config = config
        self.row = make_row(words, config)
        self.tokens = list(self.row.alphabet)
        self.ids = {token: id for id, token in enumerate(self.tokens)}
        self.lengths = list(self.row.lengths)
        self.pairs: list[tuple[int, int]] = []
        self.products: list[int] = []
        n = len(self.row.ids)
        self.symbols = self.row.ids.tolist()
        self.freq = self.row.freq.tolist()
        self.next = list(range(1, n + 1))
        self.previous = list(range(-1, n - 1))
        self.gone = [NEVER] * n
        self.why_end = ""
        self.shown = [shown_symbol(token, config) for token in self.tokens]
        self.count, self.where = _first_pairs(self.row)
        self.queue = PairQueue(self.count, self._may_win, self._tie_key(), config.ties == "first seen")

    def merge_steps(self) -> Iterator[MergeStep]:
        """Merge until the settings say to stop."""
        shown, queue = self.shown, self.queue
        while len(self.pairs) < self.config.n_merges:
            pair = queue.best()
            if pair is None:
                self.why_end = self._no_pair()
                return
            count, n_ties, n_tokens = queue.level, queue.n_ties, len(self.tokens)
            left, right = pair >> SHIFT, pair & MASK
            token = self.merge(pair)
            yield MergeStep(
                len(self.pairs), shown[left], shown[right], shown[token], count, n_ties, token == n_tokens
            )
        self.why_end = f"The number of merges asked for is reached: {self.config.n_merges:,}."

    def _no_pair(self) -> str:
        if not self.count:
            return "Every word is one symbol."
        least = self.config.min_frequency
        longest = f" with a token of at most {self.config.max_token} {self.config.alphabet}"
        return (
            f"No pair{longest if max(self.count.values()) >= least else ''} is seen {least:,} times or more."
        )

    # ------------------------------------------------------------------------------------------- who is first

    def _may_win(self, pair: int, count: int) -> bool:
        lengths = self.lengths
        return (
            count >= self.config.min_frequency
            and lengths[pair >> SHIFT] + lengths[pair & MASK] <= self.config.max_token
        )

    def _tie_key(self) -> Callable[[int], tuple]:
        """The sort key of equally frequent pairs, smallest first, with the pair itself last."""
        tokens, ties = self.tokens, self.config.ties
        if ties == "alphabetical":
            return lambda pair: (tokens[pair >> SHIFT], tokens[pair & MASK], pair)
        if ties == "last alphabetical":
            return lambda pair: (_reversed(tokens[pair >> SHIFT]), _reversed(tokens[pair & MASK]), pair)
        if ties == "first seen":
            return lambda pair: (self._first_place(pair), pair)
        return lambda pair: (pair,)

    def _first_place(self, pair: int) -> int:
        """The first place in the corpus that has `pair` now."""
        left, right, symbols, following = pair >> SHIFT, pair & MASK, self.symbols, self.next
        places = self.where[pair]
        n = 0
        while symbols[places[n]] != left or symbols[following[places[n]]] != right:
            n += 1
        if n:
            del places[:n]
        return places[0]

    # ---------------------------------------------------------------------------------------------- the merge

    def merge(self, pair: int) -> int:
        """Merge `pair` everywhere, in a run such as "aaa" from the left; returns the id of its token."""
        left, right = pair >> SHIFT, pair & MASK
        text = self.tokens[left] + self.tokens[right]
        token = self.ids.get(text)
        if token is None:
            self.ids[text] = token = len(self.tokens)
            self.tokens.append(text)
            self.lengths.append(self.lengths[left] + self.lengths[right])
            self.shown.append(shown_symbol(text, self.config))
        self.pairs.append((left, right))
        self.products.append(token)
        self._recount(pair, self._replace(pair, token))
        return token

    def _replace(self, pair: int, token: int) -> list[Turned]:
        """Put `token` into the row wherever `pair` stands. Returns how the pairs with its neighbours turned,
        one entry for each distinct neighbour on a side.
        """
        left, right = pair >> SHIFT, pair & MASK
        symbols, following, previous, gone = self.symbols, self.next, self.previous, self.gone
        step = len(self.pairs)
        before, after = defaultdict(list), defaultdict(list)  # {neighbour: places of the pair it forms}
        doubled = []  # places of tokens whose neighbour on the right became the token too
        last = -1
        places = self.where.pop(pair)
        if left == right:
            places.sort()
        for place in places:
            if symbols[place] != left:
                continue
            other = following[place]
            if symbols[other] != right:
                continue
            p, n = previous[place], following[other]
            symbols[place], symbols[other] = token, BORDER - 1
            following[place], previous[n], gone[other] = n, place, step
            if p == last:
                doubled.append(p)
            else:
                before[symbols[p]].append(p)
            after[symbols[n]].append(place)
            last = place
        before.pop(BORDER, None)
        after.pop(BORDER, None)
        turned = [(near << SHIFT | left, near << SHIFT | token, at) for near, at in before.items()]
        turned += [(right << SHIFT | near, token << SHIFT | near, at) for near, at in after.items()]
        if doubled:  # (token, left) was counted, and turned into (token, token) at once
            turned.append((token << SHIFT | left, token << SHIFT | token, doubled))
        return turned

    def _recount(self, pair: int, turned: list[Turned]) -> None:
        """Bring `count`, `where` and the queue up to date after the merge of `pair`."""
        frequency, count, where = self.freq.__getitem__, self.count, self.where
        changes: dict[int, int] = {}
        get = changes.get
        for lost, won, places in turned:
            n = sum(map(frequency, places))
            changes[lost] = get(lost, 0) - n
            changes[won] = get(won, 0) + n
        for _, won, places in turned:
            where[won] = sorted({*where[won], *places}) if won in where else places
        changes.pop(pair, None)
        queue = self.queue
        queue.changed(pair, count.pop(pair), 0)
        for changed, delta in changes.items():
            old = count.get(changed, 0)
            new = old + delta
            if new:
                count[changed] = new
            else:
                count.pop(changed, None)
                where.pop(changed, None)
            if delta > 0 or old == queue.level:
                queue.changed(changed, old, new)


def make_row(words: WordCounts, config: BPEConfig) -> Row:
    """The symbols that the words begin with. Raises InputError when the mark could not be told from a
    byte.
    """
    mark = config.end_of_word
    if config.alphabet == "bytes":
        table = np.array([ord(byte_alphabet()[byte]) for byte in range(256)], np.int32)
        if mark and set(mark) <= set(byte_alphabet().values()) and not mark.isascii():
            raise InputError(f"The end-of-word mark {mark!r} looks like bytes: choose another, such as </w>.")
        encoded = [word.encode() for word in words.words]
        codes = table[np.frombuffer(b"".join(encoded), np.uint8)]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    else:
        codes = np.frombuffer("".join(words.words).encode("utf-32-le"), np.int32)
        lengths = np.fromiter(map(len, words.words), np.int64, len(words.words))
    ends = np.cumsum(lengths)
    if mark and config.end_mark == "symbol":
        codes = np.insert(codes, ends, _MARK)
        lengths = lengths + 1
        ends = np.cumsum(lengths)
    elif mark:
        codes = codes.copy()
        codes[ends - 1] += _MARK
    present = set(np.unique(codes).tolist())
    if config.alphabet == "bytes":
        present |= set(table.tolist())
        if mark and config.end_mark == "last character":
            present |= set((table + _MARK).tolist())
    order = np.array(sorted(present), np.int64)
    alphabet = tuple(_written(code, mark, config.end_mark) for code in order.tolist())
    ids = np.insert(np.searchsorted(order, codes), np.concatenate(([0], ends)), BORDER).astype(np.int32)
    n_words = len(lengths)
    starts = ends - lengths + 1 + np.arange(n_words)
    freq = np.zeros(len(ids), np.int64)
    counts = np.array(words.counts, np.int64)
    freq[ids != BORDER] = np.repeat(counts, lengths)
    for array in (ids, freq, starts):
        array.setflags(write=False)
    return Row(
        ids, freq, starts, starts + lengths, alphabet, tuple(0 if token == mark else 1 for token in alphabet)
    )


def _written(code: int, mark: str, end_mark: str) -> str:
    if code < _MARK:
        return chr(code)
    return mark if end_mark == "symbol" else chr(code - _MARK) + mark


def _first_pairs(row: Row) -> tuple[dict[int, int], dict[int, list[int]]]:
    """{pair: count} and {pair: places in order} before the first merge, in the order in which the corpus has
    them.
    """
    ids = row.ids.astype(np.int64)
    places = np.flatnonzero((ids[:-1] != BORDER) & (ids[1:] != BORDER))
    if not len(places):
        return {}, {}
    keys = ids[places] << SHIFT | ids[places + 1]
    order = np.argsort(keys, kind="stable")
    keys, places = keys[order], places[order]
    cuts = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.add.reduceat(row.freq[places], cuts)
    pairs = keys[cuts].tolist()
    return dict(zip(pairs, counts.tolist(), strict=True)), {
        pair: part.tolist() for pair, part in zip(pairs, np.split(places, cuts[1:]), strict=True)
    }


def _reversed(token: str) -> tuple[int, ...]:
    """Orders strings from the last in alphabetical order to the first."""
    return (*(-ord(char) for char in token), 1)


def shown_symbol(token: str, config: BPEConfig) -> str:
    """A symbol as a reader should see it: bytes as the characters that they are where they are whole ones."""
    if config.alphabet == "characters":
        return token
    mark = config.end_of_word
    body = token.removesuffix(mark) if mark else token
    return token_bytes(body).decode("utf-8", errors="explorer.show_bytes") + (
        mark if len(body) < len(token) else ""
    )


def token_bytes(token: str) -> bytes:
    """The bytes that a token stands for, in the alphabet of GPT-2."""
    return bytes(map(_bytes_of().__getitem__, token))


_BYTES: dict[str, int] = {}


def _bytes_of() -> dict[str, int]:
    if not _BYTES:
        _BYTES.update({char: byte for byte, char in byte_alphabet().items()})
    return _BYTES
