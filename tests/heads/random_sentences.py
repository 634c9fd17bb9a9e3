"""Random sentences for the tests of head metrics: subwords, repeated tokens, punctuation, trees, links and
random heads.
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import Frequencies
from explorer.results import Alignment, Encoding
from tests.heads.slow import Sentence

RELATIONS = ("amod", "nsubj", "obj", "never")
N_LAYERS, N_HEADS, VOCAB = 2, 3, 700


def encoding(rng: np.random.Generator, subwords: bool) -> Encoding:
    """1 to 7 words of 1 to 3 tokens, some with white space before them; few different ids, so that tokens are
    repeated; some marks.
    """
    pieces = rng.integers(1, 4 if subwords else 2, size=rng.integers(1, 8))
    space = (rng.random(len(pieces)) < (0.2 if subwords else 0)).astype(int)
    word_ids = tuple(part for word, n in enumerate(pieces) for part in (*[None] * space[word], *[word] * n))
    ids = tuple(int(i) for i in rng.choice([5, 6, 7, 650, 651], size=len(word_ids)))
    words = tuple("." if rng.random() < 0.2 else f"w{n}" for n in range(len(pieces)))
    return Encoding(ids, tuple(f"t{i}" for i in ids), word_ids, words)


def sentence(
    rng: np.random.Generator, kind: str, subwords: bool = True, weights: np.ndarray | None = None
) -> Sentence:
    """One sentence with heads of random weights, rows that sum to 1 (and are causal for a decoder)."""
    query = encoding(rng, subwords)
    key = encoding(rng, subwords) if kind == "cross" else query
    shape = N_LAYERS, N_HEADS, len(query.ids) + 1, len(key.ids) + 1
    weights = rng.random(shape) ** 3
    if kind == "decoder_self":
        weights *= np.tri(shape[2])
    weights = (weights / weights.sum(-1, keepdims=True)).astype(np.float32)
    n_words, n_keys = len(query.words), len(key.words)
    heads = [int(rng.integers(n_words)) for _ in range(n_words)]
    arcs = tuple((d, h, str(rng.choice(RELATIONS[:3]))) for d, h in enumerate(heads) if d != h)
    possible = {(int(rng.integers(n_keys)), int(rng.integers(n_words))) for _ in range(5)}
    sure = {link for link in possible if rng.random() < 0.6}
    gold = None if rng.random() < 0.2 else Alignment(frozenset(sure), frozenset(possible))
    return Sentence(
        kind, weights, query, key, arcs if kind != "cross" else (), gold if kind == "cross" else None
    )


def frequencies(rng: np.random.Generator) -> Frequencies:
    """Zipf-like counts with ties; ids from 600 on are beyond the 500 most frequent."""
    counts = (3000 // (1 + np.arange(VOCAB))).astype(np.int64)
    counts[:4] = 0
    return Frequencies(counts)
