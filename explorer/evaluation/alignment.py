"""Word links from the attention weights of one map, and their count against gold links.

- Subwords are merged into words: attention *to* a word is the sum over its tokens, attention *from* a word
  the mean over its tokens (Clark et al. 2019, section 4.1), so a row keeps its mass.
- The link of a target word goes to the source word with the greatest weight (argmax).
- AER = 1 − (|A∩S| + |A∩P|) / (|A| + |S|) over links A, sure S ⊆ possible P (Och & Ney 2003).

Matrices are [tgt, src] everywhere, links (source word, target word). The error rate of every head over a
corpus is counted by `explorer.heads.roles.metrics.alignment`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from explorer.errors import InputError
from explorer.results import Alignment, AlignmentCounts, word_groups

WordIds = Sequence[int | None]
SpecialTokens = Literal["drop", "keep"]
Link = tuple[int, int]


# --------------------------------------------------------------------------------------- from tokens to words


def merged_word_ids(word_ids: WordIds, special: SpecialTokens = "drop") -> tuple[int | None, ...]:
    """The word of each row or column after merging: each word once, where its first token stands.

    Tokens of no word (``<s>``, ``</s>``, extra white space) vanish, or with "keep" stay one by one as None.
    """
    return tuple(word_ids[group[0]] for group in _kept_groups(word_ids, special))


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
    groups = _kept_groups(word_ids, special)
    members = np.zeros((len(groups), len(word_ids)))
    for row, group in enumerate(groups):
        members[row, group] = 1
    return members


def _kept_groups(word_ids: WordIds, special: SpecialTokens) -> list[list[int]]:
    """The places of each word, and with "keep" of each token of no word."""
    if special not in ("drop", "keep"):
        raise InputError(f"Special tokens cannot be treated as {special!r}: use 'drop' or 'keep'.")
    return [g for g in word_groups(word_ids) if special == "keep" or word_ids[g[0]] is not None]


# ---------------------------------------------------------------------------------------- from words to links


def predicted_links(weights: np.ndarray) -> frozenset[Link]:
    """weights: [tgt_words, src_words] → for each target word the link to the source word with the greatest
    weight.

    The first of equal weights wins; a row without any weight above 0 (of a head that was switched off) gives
    no link.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if weights.ndim != 2 or not weights.shape[1]:
        raise InputError(
            f"Weights of shape {weights.shape} give no links: expected [target words, source words] with at "
            "least one source word."
        )
    return frozenset((int(row.argmax()), n) for n, row in enumerate(weights) if row.max() > 0)


def count_links(predicted: Iterable[Link], gold: Alignment) -> AlignmentCounts:
    """|A|, |S|, |A∩S|, |A∩P| of one sentence pair."""
    predicted = frozenset(predicted)
    return AlignmentCounts(
        len(predicted), len(gold.sure), len(predicted & gold.sure), len(predicted & gold.possible)
    )
