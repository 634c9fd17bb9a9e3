"""Heads built for one role each, in sentences that never were, and what a survey counts of them."""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.metrics.registry import count_all
from explorer.heads.roles.sums import Survey
from explorer.results import Alignment, Encoding
from tests.heads.random_sentences import RELATIONS, frequencies
from tests.heads.slow import Sentence, batch_of

BUILT = {
    "encoder_self": ("previous", "nsubj", "rarest", "random"),
    "cross": ("aligned", "aligned one row later", "first", "random"),
}


def encoding(rng: np.random.Generator, n: int) -> Encoding:
    ids = tuple(int(i) for i in rng.permutation(np.arange(5, 690))[:n])
    words = tuple(f"w{i}" for i in ids)
    return Encoding(ids, words, tuple(range(n)), words)


def sentence(rng: np.random.Generator, kind: str, counts: np.ndarray, learnt: bool = True) -> Sentence:
    """A sentence with one layer of the heads in BUILT; with learnt=False all look at random."""
    n = int(rng.integers(8, 13))
    query = encoding(rng, n)
    key = query if kind == "encoder_self" else encoding(rng, int(rng.integers(8, 13)))
    n_keys = len(key.ids)
    heads = rng.integers(n, size=n)
    arcs = tuple((d, int(h), str(rng.choice(RELATIONS[:3]))) for d, h in enumerate(heads) if d != h)
    nsubj = {d: h for d, h, relation in arcs if relation == "nsubj"}
    linked = {d: int(rng.integers(n_keys)) for d in range(n)}
    rarest = int(np.argmin(counts[list(key.ids)]))
    targets = {
        "previous": lambda row: row - 1,
        "nsubj": lambda row: nsubj.get(row, int(rng.integers(n_keys))),
        "rarest": lambda row: rarest,
        "aligned": lambda row: linked.get(row, 0),
        "aligned one row later": lambda row: linked.get(row - 1, 0),
        "first": lambda row: 0,
        "random": lambda row: int(rng.integers(n_keys)),
    }
    weights = 0.1 * rng.random((1, 4, n + 1, n_keys + 1))
    for head, name in enumerate(BUILT[kind]):
        for row in range(n + 1):
            target = targets[name if learnt else "random"](row)
            if target >= 0:
                weights[0, head, row, target] += 1
    weights = (weights / weights.sum(-1, keepdims=True)).astype(np.float32)
    links = frozenset((i, j) for j, i in linked.items())
    return Sentence(
        kind,
        weights,
        query,
        key,
        arcs if kind == "encoder_self" else (),
        Alignment(links, links) if kind == "cross" else None,
    )


def surveyed(seed: int, n: int = 120, learnt: bool = True) -> Survey:
    rng = np.random.default_rng(seed)
    frequency = frequencies(rng)
    found = Survey(n_sentences=n)
    for kind in BUILT:
        batch = batch_of(
            [sentence(rng, kind, frequency.counts, learnt) for _ in range(n)], frequency, RELATIONS
        )
        found.counts[kind], found.rules[kind] = count_all(batch), count_all(batch.rules)
    return found
