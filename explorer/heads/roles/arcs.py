"""The dependencies of one sentence that a head finds, by the rule of the syntactic scores, word by word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from explorer.errors import InputError
from explorer.evaluation.alignment import merge_subwords, merged_word_ids
from explorer.heads.roles.metrics.syntactic import NOT_ASKED
from explorer.results import Arc, AttentionMap, Direction, Look, SentenceArcs


def head_looks(attention_map: AttentionMap, layer: int, head: int) -> tuple[Look, ...]:
    """For each word the other word that this head looks at most, the first of equals; words that look at no
    other word have none.

    Attention to a word is the sum over its tokens, attention from a word the mean; the word itself and
    special tokens are left out (Clark et al. 2019, section 4.1). Rows of decoder self-attention are those of
    the tokens that go in. Raises InputError for cross-attention.
    """
    if not attention_map.is_self:
        raise InputError(
            "Cross-attention looks from one sentence at another, and a dependency joins two words of one: "
            "pick another kind."
        )
    side = attention_map.key  # what goes in: the word ids of rows that are written name what comes out
    weights = merge_subwords(
        attention_map.weights[layer, head], side.word_ids, side.word_ids
    )  # [words, words]
    words = merged_word_ids(side.word_ids)
    np.fill_diagonal(weights, 0)
    best = weights.argmax(1) if weights.size else ()
    return tuple(
        Look(words[row], words[at], float(weights[row, at]))
        for row, at in enumerate(map(int, best))
        if weights[row, at] > 0
    )


def judge_arcs(
    words: tuple[str, ...],
    arcs: Iterable[tuple[int, int, str]],
    looks: Iterable[Look],
    causal: bool = False,
    relation: str | None = None,
    direction: Direction = "to_head",
) -> SentenceArcs:
    """The gold arcs (dependent, head, relation) held against the looks of a head.

    Only words in `relation` (in any, if None; root and punctuation are no questions) are asked, in causal
    attention only where the partner stands before the word. A word with several partners is right at any of
    them.
    """
    arcs = [Arc(*arc) for arc in arcs]

    def asks(arc: Arc) -> tuple[int, int]:
        return (arc.dependent, arc.head) if direction == "to_head" else (arc.head, arc.dependent)

    def asked(arc: Arc) -> bool:
        word, partner = asks(arc)
        named = arc.relation == relation if relation is not None else arc.relation not in NOT_ASKED
        return named and (not causal or partner < word)

    partners: dict[int, set[int]] = {}
    for arc in filter(asked, arcs):
        word, partner = asks(arc)
        partners.setdefault(word, set()).add(partner)
    judged = tuple(
        look
        if look.word not in partners
        else replace(look, verdict="right" if look.at in partners[look.word] else "wrong")
        for look in looks
    )
    right = {look.word: look.at for look in judged if look.verdict == "right"}

    def verdict(arc: Arc) -> str:
        word, partner = asks(arc)
        if not asked(arc):
            return "not asked"
        return "missed" if word not in right else "found" if right[word] == partner else "spared"

    return SentenceArcs(
        words, tuple(replace(arc, verdict=verdict(arc)) for arc in arcs), judged, relation, direction
    )
