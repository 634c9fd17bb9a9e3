"""How often does attention point at the right source word? Attention weights become word links, links are
counted against gold links.

- Subwords are merged into words: attention *to* a word is the sum over its tokens, attention *from* a word
  the mean over its tokens (Clark et al. 2019, section 4.1), so a row keeps its mass.
- The link of a target word goes to the source word with the greatest weight (argmax).
- Which row belongs to a target word? Row t of a decoder predicts y_t: read as *output* (AWO), y_t has row t.
  Read as *input* (AWI), it has the row of the step that takes y_t in, which predicts y_{t+1}; the last word
  has the row that predicts what follows it, ``</s>`` (Kobayashi et al. 2020, section 5; Chen et al. 2020,
  Shift-Att). The two can differ by tens of points.
- AER = 1 − (|A∩S| + |A∩P|) / (|A| + |S|) over links A, sure S ⊆ possible P (Och & Ney 2003), with counts
  pooled over the corpus.

Matrices are [tgt, src] everywhere, links (source word, target word).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from explorer.errors import InputError
from explorer.results import Alignment, AlignmentCounts, Reading

WordIds = Sequence[int | None]
SpecialTokens = Literal["drop", "keep"]
Link = tuple[int, int]


class Example(NamedTuple):
    """Cross-attention of a sentence pair: weights [layers, heads, tgt_len, src_len], rows in output reading,
    ``</s>`` last on each side.
    """

    weights: np.ndarray
    query_word_ids: WordIds
    key_word_ids: WordIds
    gold: Alignment


class HeadErrorRates(NamedTuple):
    """counts: [layers, heads, 4] in the order of AlignmentCounts;  aer: [layers, heads];  layer, head: where
    aer is smallest.
    """

    counts: np.ndarray
    aer: np.ndarray
    layer: int
    head: int

    @property
    def best(self) -> AlignmentCounts:
        return AlignmentCounts(*map(int, self.counts[self.layer, self.head]))


# --------------------------------------------------------------------------------------- from tokens to words


def merged_word_ids(word_ids: WordIds, special: SpecialTokens = "drop") -> tuple[int | None, ...]:
    """The word of each row or column after merging: each word once, where its first token stands.

    Tokens of no word (``<s>``, ``</s>``, extra white space) vanish, or with "keep" stay one by one as None.
    """
    merged: list[int | None] = []
    seen: set[int] = set()
    for word_id in word_ids:
        if word_id is None:
            merged += [None] if special == "keep" else []
        elif word_id not in seen:
            seen.add(word_id)
            merged.append(word_id)
    return tuple(merged)


def merge_subwords(
    weights: np.ndarray, query_word_ids: WordIds, key_word_ids: WordIds, special: SpecialTokens = "drop"
) -> np.ndarray:
    """weights: [..., query_len, key_len] → [..., query_words, key_words] float64, summed over keys and
    averaged over queries.

    Rows and columns are in the order of `merged_word_ids`. With special="drop" a row keeps what it gave to
    words: nothing is renormalised. Raises InputError when the word ids do not fit the shape.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape[-2:] != (len(query_word_ids), len(key_word_ids)):
        raise InputError(
            f"Weights of shape {weights.shape} cannot be merged with {len(query_word_ids)} query and "
            f"{len(key_word_ids)} key tokens: "
            "give the word ids of the tokens the weights are for."
        )
    queries, keys = _members(query_word_ids, special), _members(key_word_ids, special)  # [words, tokens]
    return (queries / queries.sum(1, keepdims=True)) @ weights @ keys.T


def _members(word_ids: WordIds, special: SpecialTokens) -> np.ndarray:
    """1 where a token is part of a merged word: [merged, tokens]."""
    if special not in ("drop", "keep"):
        raise InputError(f"Special tokens cannot be treated as {special!r}: use 'drop' or 'keep'.")
    rows: dict[object, int] = {}
    members = np.zeros((len(merged_word_ids(word_ids, special)), len(word_ids)))
    for token, word_id in enumerate(word_ids):
        if word_id is not None or special == "keep":
            members[rows.setdefault(("token", token) if word_id is None else word_id, len(rows)), token] = 1
    return members


def read_as_input(weights: np.ndarray, query_word_ids: WordIds) -> tuple[np.ndarray, tuple[int | None, ...]]:
    """The rows of y_1 … y_{T-1} as decoder *inputs*, from rows labelled with the output: [..., T, src_len] →
    [..., T − 1, src_len].

    The row of y_t is the one that predicts y_{t+1}. The last token, ``</s>``, is never an input and has no
    row; row 0, of ``<s>``, goes. Shift before merging subwords: the row of a word's last piece is the one
    that predicts the word after it.
    """
    return np.asarray(weights)[..., 1:, :], tuple(query_word_ids[:-1])


# ---------------------------------------------------------------------------------------- from words to links


def predicted_links(weights: np.ndarray, reading: Reading = "output") -> frozenset[Link]:
    """weights: [tgt_words, src_words] → for each target word the link to the source word with the greatest
    weight.

    The first of equal weights wins; a row without any weight above 0 (of a head that was switched off) gives
    no link. With reading="input" one more row must follow the last word's, that of ``</s>``: the word in row
    i is read from row i + 1.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if weights.ndim != 2 or not weights.shape[1]:
        raise InputError(
            f"Weights of shape {weights.shape} give no links: expected [target words, source words] with at "
            "least one source word."
        )
    rows = weights[1:] if _checked(reading) == "input" else weights
    return frozenset((int(row.argmax()), n) for n, row in enumerate(rows) if row.max() > 0)


def count_links(predicted: Iterable[Link], gold: Alignment) -> AlignmentCounts:
    """|A|, |S|, |A∩S|, |A∩P| of one sentence pair."""
    predicted = frozenset(predicted)
    return AlignmentCounts(
        len(predicted), len(gold.sure), len(predicted & gold.sure), len(predicted & gold.possible)
    )


# --------------------------------------------------------------------------------------------- over all heads


def head_counts(example: Example, reading: Reading = "output", special: SpecialTokens = "drop") -> np.ndarray:
    """The counts of every head on one sentence pair: [layers, heads, 4] int64, in the order of
    AlignmentCounts. They add over sentences.

    special: "drop" looks for the best *word*; with "keep" a target word whose best source token is ``</s>``
    stays without a link.
    """
    weights, query_word_ids = example.weights, example.query_word_ids
    if _checked(reading) == "input":
        weights, query_word_ids = read_as_input(weights, query_word_ids)
    rows = merged_word_ids(query_word_ids, "drop")
    columns = merged_word_ids(example.key_word_ids, special)
    if not rows or not any(column is not None for column in columns):
        raise InputError("A sentence pair without a word on one side has no alignment: leave it out.")
    merged = merge_subwords(
        weights, query_word_ids, example.key_word_ids, special
    )  # [layers, heads, rows, columns]
    if special == "keep":
        merged = merged[
            ..., [n for n, row in enumerate(merged_word_ids(query_word_ids, "keep")) if row is not None], :
        ]
    best, seen = merged.argmax(-1), merged.max(-1) > 0  # [layers, heads, rows]
    src_words = np.array([-1 if column is None else column for column in columns])[best]
    tgt_words = np.array(rows)
    linked = seen & (src_words >= 0)
    sure, possible = (
        _link_table(links, src_words, tgt_words) for links in (example.gold.sure, example.gold.possible)
    )
    hits_sure, hits_possible = sure[src_words, tgt_words] & linked, possible[src_words, tgt_words] & linked
    n_sure = np.full(best.shape[:2], len(example.gold.sure))
    return np.stack([linked.sum(-1), n_sure, hits_sure.sum(-1), hits_possible.sum(-1)], axis=-1).astype(
        np.int64
    )


def best_head(
    examples: Iterable[Example], reading: Reading = "output", special: SpecialTokens = "drop"
) -> HeadErrorRates:
    """The pooled alignment error rate of every head, and the head with the smallest. Raises InputError
    without examples or gold links.
    """
    counts = None
    for example in examples:
        more = head_counts(example, reading, special)
        counts = more if counts is None else counts + more
    if counts is None:
        raise InputError("There is no sentence pair to score: give at least one with gold links.")
    aer = error_rates(counts)
    if np.isnan(aer).all():
        raise InputError(
            "There is neither a gold nor a predicted link in these sentence pairs: give some with gold links."
        )
    layer, head = np.unravel_index(np.nanargmin(aer), aer.shape)
    return HeadErrorRates(counts, aer, int(layer), int(head))


def error_rates(counts: np.ndarray) -> np.ndarray:
    """counts: [..., 4] in the order of AlignmentCounts → AER [...]; nan where there are no links at all."""
    n_predicted, n_sure, n_predicted_sure, n_predicted_possible = np.moveaxis(
        np.asarray(counts, dtype=np.float64), -1, 0
    )
    total = n_predicted + n_sure
    return np.where(
        total > 0, 1 - (n_predicted_sure + n_predicted_possible) / np.where(total > 0, total, 1), np.nan
    )


def _link_table(links: frozenset[Link], src_words: np.ndarray, tgt_words: np.ndarray) -> np.ndarray:
    """True at [source word, target word] of each link, large enough for the words asked about and for the
    links.
    """
    n_src = max([int(src_words.max()), *(i for i, _ in links)]) + 1
    n_tgt = max([int(tgt_words.max()), *(j for _, j in links)]) + 1
    table = np.zeros((max(n_src, 1), n_tgt), dtype=bool)
    for link in links:
        table[link] = True
    return table


def _checked(reading: Reading) -> Reading:
    if reading not in ("output", "input"):
        raise InputError(f"A row cannot be read as {reading!r}: use 'output' or 'input'.")
    return reading
