"""Heads that follow a dependency relation: accuracy for each relation and direction (Voita et al. 2019,
section 5.2).

For a word in the relation: does its maximum fall on its partner? Each direction on its own: ``to_head`` asks
the dependents, ``to_dependent`` the words that have a dependent of this relation, and any of them is right.
Subwords are merged as in Clark et al. 2019, section 4.1; the word itself and special tokens are left out. A
decoder is asked only where the partner stands before the word. The root and punctuation are no questions:
their partner is a convention.

What Clark et al. print as head ← dep reads columns, not rows: which word looks most at the dependent.
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import AttentionBatch
from explorer.results import DIRECTIONS, HeadCounts
from explorer.results.head_roles import ALL_RELATIONS

NOT_ASKED = ("root", "punct")


def questions(relations: tuple[str, ...]) -> tuple[str, ...]:
    """``<relation>:to_head`` and ``<relation>:to_dependent`` for each relation, and for all together."""
    return tuple(
        f"{relation}:{direction}" for direction in DIRECTIONS for relation in (*relations, ALL_RELATIONS)
    )


def count(batch: AttentionBatch) -> HeadCounts:
    """Accuracy of each of `questions(batch.relations)`; nothing is counted for a relation that does not
    occur.
    """
    arcs, n_relations = batch.arcs, len(batch.relations) + 1  # the last is of all
    answers = {}
    for direction, rows, keys in zip(
        DIRECTIONS, (arcs.dependent, arcs.head), (arcs.head, arcs.dependent), strict=True
    ):
        can_see = keys < rows if batch.causal else np.ones(len(rows), bool)
        sentence, relation, rows, keys = (
            part[can_see] for part in (arcs.sentence, arcs.relation, rows, keys)
        )
        hits = batch.word_maxima.share(sentence, rows, keys)  # [arcs, heads]
        asked = np.unique(
            np.stack([sentence, relation, rows], axis=1), axis=0
        )  # a head of two conj is asked once
        of_all = np.unique(asked[:, [0, 2]], axis=0)
        n = np.zeros((batch.n_sentences, n_relations))
        np.add.at(n, (asked[:, 0], asked[:, 1]), 1)
        np.add.at(n, (of_all[:, 0], n_relations - 1), 1)
        sums = np.zeros((batch.n_sentences * n_relations, hits.shape[1]))
        group = sentence * n_relations + relation
        order = np.argsort(group, kind="stable")
        present, starts = np.unique(group[order], return_index=True)
        if len(present):
            sums[present] = np.add.reduceat(hits[order], starts, axis=0, dtype=np.float64)
        sums = sums.reshape(batch.n_sentences, n_relations, -1)
        sums[:, -1] = sums[:, :-1].sum(1)
        for index, relation in enumerate((*batch.relations, ALL_RELATIONS)):
            answers[f"{relation}:{direction}"] = (sums[:, index], n[:, index])
    return batch.count("syntactic", answers)
