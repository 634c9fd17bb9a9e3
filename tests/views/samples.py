"""Hand-made results of several shapes, with the nastiest tokens that anybody may type."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.results import (
    ATTENTION_KINDS,
    Alignment,
    AttentionDetail,
    AttentionMap,
    LinkErrors,
    MatrixView,
    NextTokens,
    PassRecord,
    Provenance,
    Side,
    frozen_array,
)

ATTACK = "</script><img src=x onerror=alert(1)>"
NASTY = (
    "<s>", ATTACK, "<b>bold</b>", "&amp;", "\"quote'", "שלום", "مرحبا", "👨\u200d👩\u200d👧", "\x00\x07",
    "\u202eevil", "\u200d", "中文字",
    "Donaudampfschifffahrtsgesellschaftskapitän", "%{z}", "$x^2$", "<!--", "]]>", "=SUM(A1)", "\ud800",
    "\ufffe", " ", "\n", "", "</s>",
)  # fmt: skip


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def words_of(tokens) -> tuple[int | None, ...]:
    """Every token a word, the last one </s>."""
    return (*range(len(tokens) - 1), None)


def make_record(
    src, tgt, src_ids=None, tgt_ids=None, layers=2, heads=2, seed=0, kinds=ATTENTION_KINDS
) -> PassRecord:
    """A record with random weights; src and tgt end with </s>."""
    rng = np.random.default_rng(seed)
    src, tgt = tuple(src), tuple(tgt)
    src_ids, tgt_ids = src_ids or words_of(src), tgt_ids or words_of(tgt)
    sides = {"source": Side("source", src, src_ids, src[:-1])}
    sides["target"] = Side("target", tgt, tgt_ids, tgt[:-1], role="written")
    maps = []
    for kind in kinds:
        query, key = sides_of(kind, sides["target"], sides["source"])
        scores = rng.normal(size=(layers, heads, len(query), len(key))) * 2
        causal = key.role == "fed"
        if causal:
            scores = np.where(np.triu(np.ones(scores.shape[2:]), 1) > 0, -np.inf, scores)
        maps.append(AttentionMap(kind, frozen_array(softmax(scores)), query, key, causal))
    log_probs = frozen_array(np.log(rng.uniform(0.02, 1, size=len(tgt))))
    tops = tuple((token, "der", "ein", ",", "Katze", "und") for token in tgt)
    top_log_probs = frozen_array([[log_prob, -4.0, -4.5, -5.0, -6.0, -7.0] for log_prob in log_probs])
    predicted = NextTokens(sides["target"], log_probs, tops, top_log_probs)
    return PassRecord("tiny", (sides["source"],), tuple(maps), predicted)


def sides_of(kind: str, written: Side, read: Side) -> tuple[Side, Side]:
    """What asks and what is asked in the three kinds of an encoder-decoder."""
    return {
        "encoder_self": (read, read),
        "decoder_self": (written, written.shift()),
        "cross": (written, read),
    }[kind]


def make_map(kind, weights, rows, cols, row_ids, col_ids) -> AttentionMap:
    """A map of an encoder-decoder with given weights, tokens and word ids."""
    query, key = make_sides(kind, rows, cols, row_ids, col_ids)
    return AttentionMap(kind, frozen_array(weights), query, key, causal=key.role == "fed")


def make_sides(kind, rows, cols, row_ids, col_ids, row_words=(), col_words=()) -> tuple[Side, Side]:
    """The sides of a kind of an encoder-decoder, with any tokens on either."""
    names = {"encoder_self": ("source", "source"), "decoder_self": ("target", "target")}
    row_name, col_name = names.get(kind, ("target", "source"))
    row_role, col_role = {"encoder_self": ("read", "read"), "decoder_self": ("written", "fed")}.get(
        kind, ("written", "read")
    )
    return (
        Side(row_name, tuple(rows), tuple(row_ids), tuple(row_words), role=row_role),
        Side(col_name, tuple(cols), tuple(col_ids), tuple(col_words), role=col_role),
    )


def a_map(kind: str) -> AttentionMap:
    """The smallest map of a kind, where its weights do not matter."""
    return make_map(kind, np.ones((1, 1, 1, 1)), ("</s>",), ("</s>",), (None,), (None,))


def make_view(
    weights, rows, cols, kind="cross", row_ids=None, col_ids=None, special=True, **more
) -> MatrixView:
    """A view of given weights; the last row and column are special unless `special` is False."""
    row_ids = row_ids or (words_of(rows) if special else tuple(range(len(rows))))
    col_ids = col_ids or (words_of(cols) if special else tuple(range(len(cols))))
    row_side, col_side = (
        replace(side, special=tuple(word is None for word in side.word_ids))
        for side in make_sides(kind, rows, cols, row_ids, col_ids)
    )
    return MatrixView("L0 H0", kind, frozen_array(weights), row_side, col_side, **more)


def random_view(n_rows: int, n_cols: int, seed: int = 0, **more) -> MatrixView:
    """Rows that sum to 1, plain tokens."""
    weights = softmax(np.random.default_rng(seed).normal(size=(n_rows, n_cols)) * 2)
    return make_view(weights, [f"r{i}" for i in range(n_rows)], [f"c{j}" for j in range(n_cols)], **more)


def nasty_view(**more) -> MatrixView:
    """Every nasty token on both sides."""
    n = len(NASTY)
    return make_view(softmax(np.random.default_rng(7).normal(size=(n, n))), NASTY, NASTY, **more)


def difference_view(n_rows: int = 3, n_cols: int = 4) -> MatrixView:
    weights = np.random.default_rng(5).uniform(-1, 1, size=(n_rows, n_cols))
    return make_view(weights, [f"r{i}" for i in range(n_rows)], [f"c{j}" for j in range(n_cols)], signed=True)


# "We call the unbelievable man up ." against five target words: one word of three subwords, a particle, an
# error of each sort
SRC = ("We", "call", "un", "believ", "able", "up", "</s>")
SRC_IDS = (0, 1, 2, 2, 2, 3, None)
TGT = ("Wir", "rufen", "unglaub", "liche", "an", "</s>")
TGT_IDS = (0, 1, 2, 2, 3, None)
GOLD = Alignment(frozenset({(0, 0), (1, 1), (2, 2)}), frozenset({(0, 0), (1, 1), (2, 2), (3, 3), (3, 1)}))
ERRORS = LinkErrors(
    hits=frozenset({(0, 0), (3, 3)}), spurious=frozenset({(0, 1)}), missed=frozenset({(2, 2)})
)


def subword_view(seed: int = 3) -> MatrixView:
    weights = softmax(np.random.default_rng(seed).normal(size=(len(TGT), len(SRC))) * 2)
    return make_view(weights, TGT, SRC, row_ids=TGT_IDS, col_ids=SRC_IDS)


def make_detail(
    record: PassRecord, step: int, d_value: int = 8, masked: int | None = None
) -> AttentionDetail:
    rng = np.random.default_rng(step)
    n = len(record.read.tokens)
    scores = rng.normal(size=n) * 3
    if masked is not None:
        scores[masked] = -np.inf
    weights, values = softmax(scores), rng.normal(size=(n, d_value))
    return AttentionDetail(
        1,
        0,
        step,
        "vᵀ tanh(W q + U k)",
        *map(frozen_array, (scores, weights, rng.normal(size=d_value), values, values, weights @ values)),
    )


PROVENANCE = Provenance(
    checkpoint=f"grammar-en-de {ATTACK}",
    sha256="0123456789abcdef" * 4,
    settings={"sentence": f'{ATTACK}, =1+1; --> "q"\n\t\x01@x', "heads": [[0, 0], [1, 1]], "threshold": 0.05},
    versions={"python": "3.11.0", "numpy": "2.4.6"},
    date="2026-01-02T03:04:05Z",
)
