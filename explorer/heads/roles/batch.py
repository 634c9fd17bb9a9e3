"""`AttentionBatch`: all heads of one kind on a batch of sentences with the truth about them.

The heads come last in memory: whatever is asked is then answered for all layers and heads at once by
operations on long rows, however short the sentences are. What several metrics need (maxima, words instead of
subwords) is computed once and kept. Nothing here writes into the weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from explorer.results import Alignment, AttentionKind, Encoding, HeadCounts, Reading

MAX_OFFSET = 10  # words to either side at which a rule may look
RULE_OFFSETS = tuple(range(-MAX_OFFSET, MAX_OFFSET + 1))
TIE = 1e-6  # weights that differ by less than this part are equal: sums over subwords are rounded
UNIFORM = len(RULE_OFFSETS)  # the number of the rule that looks at every key alike


@dataclass(frozen=True)
class Frequencies:
    """How often each token of a vocabulary occurs in some text, [vocab] int64."""

    counts: np.ndarray

    @cached_property
    def ranks(self) -> np.ndarray:
        """How many tokens are more frequent, [vocab]: 0 for the most frequent, equal for equal counts."""
        ascending = np.sort(self.counts)
        return len(ascending) - np.searchsorted(ascending, self.counts, side="right")


@dataclass(frozen=True, eq=False)
class Tokens:
    """One side of a batch, [batch, length] each, padded at the end.

    ids: 0 in the padding;  word_ids: −1 where a token is part of no word;  real: neither special nor padding;
    special: ``<s>``, ``</s>``;  end: ``</s>`` alone;  punctuation: part of a word without letters and digits;
    counts, ranks: how frequent the token is, as in `Frequencies`.
    """

    ids: np.ndarray
    word_ids: np.ndarray
    real: np.ndarray
    special: np.ndarray
    end: np.ndarray
    punctuation: np.ndarray
    counts: np.ndarray
    ranks: np.ndarray

    @property
    def present(self) -> np.ndarray:
        return self.real | self.special

    @cached_property
    def n_words(self) -> np.ndarray:
        """[batch]."""
        return self.word_ids.max(1, initial=-1) + 1

    def take(self, sentences: Sequence[int]) -> Tokens:
        return Tokens(*(getattr(self, field.name)[sentences] for field in fields(self)))


class Arcs(NamedTuple):
    """The dependencies of a batch whose two words are words of the tokenizer too, [n] int64 each.

    relation: index into the relations that are asked about.
    """

    sentence: np.ndarray
    dependent: np.ndarray
    head: np.ndarray
    relation: np.ndarray


class Links(NamedTuple):
    """The gold links of a batch, [n] int64 each, sure: [n] bool;  known: [batch] bool, whether a sentence
    pair has gold links at all.
    """

    sentence: np.ndarray
    src: np.ndarray
    tgt: np.ndarray
    sure: np.ndarray
    known: np.ndarray


class Maxima(NamedTuple):
    """Where rows have their maximum. weights: [batch, rows, keys, heads];  value: [batch, rows, heads], 0
    where nothing is seen;
    least: from which weight on a key shares the maximum;  n: how many keys do, at least 1."""

    weights: np.ndarray
    value: np.ndarray
    least: np.ndarray
    n: np.ndarray

    def share(self, sentence: np.ndarray, row: np.ndarray, key: np.ndarray) -> np.ndarray:
        """How much of the maximum of each row lies on its key, [n_pairs, heads]: 1, or 1 / n where n keys
        share it; 0 in an empty row.
        """
        hit = (self.weights[sentence, row, key] >= self.least[sentence, row]) & (
            self.value[sentence, row] > 0
        )
        return hit / self.n[sentence, row]


@dataclass(frozen=True, eq=False)
class AttentionBatch:
    """All heads of one kind in one forward pass over padded sentences.

    weights: [batch, query_len, key_len, layers, heads] float32, 0 where a key is not seen.
    query, key: the tokens of the two sides. Rows that look at another side are those of the words put *out*.
    Rows of a side that looks at itself (`is_self`) are those of the tokens that go *in*, so that both sides
    are the same and offset 0 is a token itself;  causal: no row sees a later key.
    relations: the relations that are asked about, in the whole corpus;  arcs: of the side that attends to
    itself;  links: for cross.
    """

    kind: AttentionKind
    weights: np.ndarray
    query: Tokens
    key: Tokens
    is_self: bool
    causal: bool = False
    relations: tuple[str, ...] = ()
    arcs: Arcs | None = None
    links: Links | None = None

    @property
    def n_sentences(self) -> int:
        return self.weights.shape[0]

    @cached_property
    def flat(self) -> np.ndarray:
        """The weights with layers and heads as one axis: [batch, query_len, key_len, heads]."""
        return self.weights.reshape(*self.weights.shape[:3], -1)

    @cached_property
    def visible(self) -> np.ndarray:
        """Which keys a row may look at, [batch, query_len, key_len] bool; nothing in the rows of padding."""
        seen = self.query.present[:, :, None] & self.key.present[:, None, :]
        if self.causal:
            seen &= np.tri(*seen.shape[1:], dtype=bool)
        return seen

    def take(self, sentences: Sequence[int]) -> AttentionBatch:
        """Some of the sentences, with their attention and tokens but without the truth about them."""
        query, key = (side.take(sentences) for side in (self.query, self.key))
        return AttentionBatch(self.kind, self.weights[sentences], query, key, self.is_self, self.causal)

    # ------------------------------------------------------------------------------------------------- maxima

    @cached_property
    def maxima(self) -> Maxima:
        """Over all keys, special tokens too."""
        return maxima(self.flat)

    @cached_property
    def real_maxima(self) -> Maxima:
        """Over keys that are no special tokens."""
        return maxima(self.flat * self.key.real[:, None, :, None])

    @cached_property
    def word_maxima(self) -> Maxima:
        """Of words over words, a word itself and special tokens left out (Clark et al. 2019, section 4.1)."""
        merged = self.words("output").copy()
        diagonal = np.arange(min(merged.shape[1:3]))
        merged[:, diagonal, diagonal] = 0
        return maxima(merged)

    # -------------------------------------------------------------------------------------- subwords to words

    def words(self, reading: Reading) -> np.ndarray:
        """Weights from words to words, [batch, query_words, key_words, heads]: the sum over attended tokens,
        the mean over attending ones.

        Special tokens are dropped and nothing is renormalised. reading "input": the rows of a word are those
        of the steps that take its tokens in, one row further down.
        """
        if reading not in self._words:
            keys = _members(self.key.word_ids)  # [batch, key_words, key_len]
            queries = _members(self.query.word_ids)
            queries /= np.maximum(queries.sum(2, keepdims=True), 1)
            if reading == "input":
                queries = np.roll(queries, 1, axis=2)  # the last column is </s> or padding, of no word
            weights = self.flat
            if not _one_to_one(keys):
                weights = np.matmul(keys[:, None], weights)  # [batch, query_len, key_words, heads]
            else:
                weights = _taken(weights, keys, axis=2)
            shape = weights.shape
            if _one_to_one(queries):
                merged = _taken(weights, queries, axis=1)
            else:
                merged = np.matmul(queries, weights.reshape(*shape[:2], -1)).reshape(
                    shape[0], queries.shape[1], *shape[2:]
                )
            self._words[reading] = merged
        return self._words[reading]

    @cached_property
    def _words(self) -> dict[Reading, np.ndarray]:
        return {}

    # -------------------------------------------------------------------------------------------------- rules

    @cached_property
    def rules(self) -> AttentionBatch:
        """Heads that look at no content, to compare with: one for each of RULE_OFFSETS (all words look at the
        word at that distance, where there is one that may be seen), and as the last one equal weights on all
        that may be seen. [batch, query_len, key_len, 1, rules]."""
        target = _places(self.query)[:, :, None] + np.array(RULE_OFFSETS)  # [batch, query_len, offsets]
        word_ids = self.key.word_ids
        hits = (word_ids[:, None, :, None] == target[:, :, None, :]) & (
            (word_ids >= 0)[:, None, :] & self.visible
        )[..., None]
        weights = np.concatenate([hits, self.visible[..., None]], axis=-1).astype(np.float32)
        weights /= np.maximum(weights.sum(2, keepdims=True), 1)
        return replace(self, weights=weights[..., None, :])

    # ------------------------------------------------------------------------------------------------- counts

    def count(self, metric: str, answers: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> HeadCounts:
        """The counts of a metric. answers: for each question (hits [batch, heads], n [batch] or [batch,
        heads]) of every sentence.
        """
        layers_heads = self.weights.shape[3:]
        hits = np.stack([np.asarray(h, np.float64) for h, _ in answers.values()])  # [questions, batch, heads]
        n = np.stack(
            [
                np.broadcast_to(np.asarray(n, np.float64).reshape(hits.shape[1], -1), hits.shape[1:])
                for _, n in answers.values()
            ]
        )
        products = (hits, n, hits * hits, hits * n, n * n)
        sums = (product.sum(1).reshape(len(answers), *layers_heads) for product in products)
        return HeadCounts(self.kind, metric, tuple(answers), *sums, n_sentences=self.n_sentences)


def maxima(weights: np.ndarray) -> Maxima:
    """weights: [batch, rows, keys, heads]. Where several keys share a row's maximum, each has an equal part
    of it.
    """
    value = weights.max(2)
    least = value * np.float32(1 - TIE)
    return Maxima(weights, value, least, np.maximum((weights >= least[:, :, None]).sum(2, dtype=np.int32), 1))


def per_sentence(values: np.ndarray, sentence: np.ndarray, n_sentences: int) -> np.ndarray:
    """Sums of values [n, heads] over the entries of each sentence: [n_sentences, heads] float64."""
    sums = np.zeros((n_sentences, values.shape[1]))
    if len(sentence):
        order = np.argsort(sentence, kind="stable")
        groups, starts = np.unique(sentence[order], return_index=True)
        sums[groups] = np.add.reduceat(values[order], starts, axis=0, dtype=np.float64)
    return sums


# --------------------------------------------------------------------------------------------------- building


def tokens_of(
    encodings: Sequence[Encoding],
    frequencies: Frequencies,
    *,
    start_id: int | None = None,
    end_id: int | None = None,
) -> Tokens:
    """The padded tokens of a side; start_id, end_id: the ``<s>`` before and the ``</s>`` after, if any."""
    start = int(start_id is not None)
    length = max(len(e.ids) for e in encodings) + start + (end_id is not None)
    shape = len(encodings), length
    ids, word_ids = np.zeros(shape, np.int64), np.full(shape, -1, np.int64)
    real, special, end, punctuation = (np.zeros(shape, bool) for _ in range(4))
    for row, encoding in enumerate(encodings):
        place = slice(start, start + len(encoding.ids))
        ids[row, place] = encoding.ids
        word_ids[row, place] = [-1 if word is None else word for word in encoding.word_ids]
        real[row, place] = True
        marks = [not any(map(str.isalnum, word)) for word in encoding.words]
        punctuation[row, place] = [word is not None and marks[word] for word in encoding.word_ids]
        if end_id is not None:
            ids[row, place.stop], end[row, place.stop] = end_id, True
    special |= end
    if start_id is not None:
        ids[:, 0], special[:, 0] = start_id, True
    counts, ranks = frequencies.counts[ids], frequencies.ranks[ids]
    return Tokens(ids, word_ids, real, special, end, punctuation, counts, ranks)


def arcs_of(sentences: Iterable[Iterable[tuple[int, int, int]]]) -> Arcs:
    """From (dependent, head, relation) of each sentence."""
    rows = [(n, *arc) for n, arcs in enumerate(sentences) for arc in arcs]
    return Arcs(*np.array(rows, np.int64).reshape(-1, 4).T)


def links_of(alignments: Sequence[Alignment | None]) -> Links:
    """From the gold links of each sentence pair, None where they are not known."""
    known = np.array([alignment is not None for alignment in alignments])
    rows = [
        (n, i, j, (i, j) in alignment.sure)
        for n, alignment in enumerate(alignments)
        if alignment is not None
        for i, j in sorted(alignment.possible)
    ]
    sentence, src, tgt, sure = np.array(rows, np.int64).reshape(-1, 4).T
    return Links(sentence, src, tgt, sure.astype(bool), known)


def _members(word_ids: np.ndarray) -> np.ndarray:
    """1 where a token is part of a word: [batch, words, length] float32."""
    words = np.arange(word_ids.max(initial=0) + 1)
    return (word_ids[:, None, :] == words[:, None]).astype(np.float32)


def _one_to_one(members: np.ndarray) -> bool:
    """Whether every word is one token, and word w stands at the same place in all sentences that have it."""
    used = members.any(0)  # [words, length]
    return bool((members.max(initial=0) == 1) and (used.sum(1) <= 1).all())


def _taken(weights: np.ndarray, members: np.ndarray, axis: int) -> np.ndarray:
    """The weights of the one token of each word along `axis`, 0 for words that a sentence does not have."""
    place = members.any(0).argmax(1)  # [words]
    run = (
        slice(place[0], place[-1] + 1) if place[-1] - place[0] + 1 == len(place) else place
    )  # a slice is not copied first
    has = members.any(2)  # [batch, words]
    return (
        weights[:, run] * has[:, :, None, None] if axis == 1 else weights[:, :, run] * has[:, None, :, None]
    )


def _places(tokens: Tokens) -> np.ndarray:
    """The number of each token's word; </s> counts as the word after the last. Far outside where a token is
    part of no word.
    """
    places = np.where(tokens.word_ids >= 0, tokens.word_ids, -10 * MAX_OFFSET)
    return np.where(tokens.end, tokens.n_words[:, None], places)
