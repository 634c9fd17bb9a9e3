"""How does byte-pair encoding learn subwords? Twenty lines, as a textbook has them: read this first.

The algorithm of Sennrich et al. 2016 ("Neural Machine Translation of Rare Words with Subword Units",
algorithm 1): every word begins as its characters; the most frequent pair of neighbours within a word becomes
one symbol, again and again. `learn.py` gives the same merges and counts only what a merge has changed.

Their example, four words with their frequencies, each closed by the mark ``</w>``:

>>> corpus = {
...     ("l", "o", "w", "</w>"): 5,
...     ("l", "o", "w", "e", "r", "</w>"): 2,
...     ("n", "e", "w", "e", "s", "t", "</w>"): 6,
...     ("w", "i", "d", "e", "s", "t", "</w>"): 3,
... }
>>> pair_counts(corpus).most_common(3)
[(('e', 's'), 9), (('s', 't'), 9), (('t', '</w>'), 9)]
>>> merges = learn(corpus, 5)
>>> merges
[('e', 's'), ('es', 't'), ('est', '</w>'), ('l', 'o'), ('lo', 'w')]

A word that was never seen is cut by the same merges in the same order:

>>> segment(("l", "o", "w", "e", "s", "t", "</w>"), merges)
('low', 'est</w>')
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

Word = tuple[str, ...]  # the symbols of a word, characters at first
Pair = tuple[str, str]


def learn(corpus: dict[Word, int], n_merges: int) -> list[Pair]:
    """At most `n_merges` merges of the words in `corpus`, which says how often each occurs; of pairs that are
    equally frequent, the one that the corpus has first is merged.
    """
    merges = []
    while len(merges) < n_merges and (counts := pair_counts(corpus)):
        best = max(counts, key=counts.__getitem__)
        corpus = {merged(word, best): n for word, n in corpus.items()}
        merges.append(best)
    return merges


def pair_counts(corpus: dict[Word, int]) -> Counter[Pair]:
    """How often two symbols stand side by side within a word, in the order in which the corpus has them."""
    counts = Counter()
    for word, n in corpus.items():
        for pair in zip(word, word[1:], strict=False):
            counts[pair] += n
    return counts


def merged(word: Word, pair: Pair) -> Word:
    """`word` with every occurrence of `pair` as one symbol, from the left: in "aaa", the first two."""
    symbols, place = [], 0
    while place < len(word):
        width = 2 if word[place : place + 2] == pair else 1
        symbols.append("".join(word[place : place + width]))
        place += width
    return tuple(symbols)


def segment(word: Word, merges: Iterable[Pair]) -> Word:
    """`word` after every merge, in the order in which they were learned."""
    for pair in merges:
        word = merged(word, pair)
    return word
