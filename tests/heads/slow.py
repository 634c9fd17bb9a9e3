"""Every head metric by its definition: one sentence, one head, one row, one key at a time, in float64 and
with nothing shared.

Each function takes a `Sentence` and one head's weights [query_len][key_len] and gives {question: (hits, n)}.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from explorer.heads.roles.batch import AttentionBatch, Frequencies, arcs_of, links_of, tokens_of
from explorer.results import BOS, EOS, Alignment, Encoding
from models.ids import DEFAULT_IDS

SPECIAL = (BOS, EOS)


@dataclass(frozen=True)
class Sentence:
    """One sentence (pair) without padding, with all heads: weights [layers, heads, query_len, key_len].

    arcs: (dependent, head, relation name) over words;  query, key: of the sides, without special tokens.
    """

    kind: str
    weights: np.ndarray
    query: Encoding
    key: Encoding
    arcs: tuple[tuple[int, int, str], ...] = ()
    gold: Alignment | None = None

    @property
    def query_tokens(self) -> tuple[str, ...]:
        return self._special(self.query, self.query.tokens, BOS, EOS)

    @property
    def key_tokens(self) -> tuple[str, ...]:
        return self._special(self.key, self.key.tokens, BOS, EOS)

    @property
    def query_words(self) -> tuple[int | None, ...]:
        return self._special(self.query, self.query.word_ids, None, None)

    @property
    def key_words(self) -> tuple[int | None, ...]:
        return self._special(self.key, self.key.word_ids, None, None)

    @property
    def query_ids(self) -> tuple[int | None, ...]:
        return self._special(self.query, self.query.ids, None, None)

    @property
    def key_ids(self) -> tuple[int | None, ...]:
        return self._special(self.key, self.key.ids, None, None)

    def _special(self, encoding: Encoding, values: tuple, start, end) -> tuple:
        return (start, *values) if self.kind == "decoder_self" else (*values, end)

    def sees(self, row: int, key: int) -> bool:
        return 0 <= key < len(self.key_tokens) and (self.kind != "decoder_self" or key <= row)

    def real_rows(self) -> list[int]:
        return [row for row, token in enumerate(self.query_tokens) if token not in SPECIAL]

    def real_keys(self) -> list[int]:
        return [key for key, token in enumerate(self.key_tokens) if token not in SPECIAL]


def batch_of(
    sentences: list[Sentence], frequencies: Frequencies, relations: tuple[str, ...] = ()
) -> AttentionBatch:
    """The sentences padded into one batch, with nonsense where no token is, so that nothing may count it."""
    kind = sentences[0].kind
    decoder = kind == "decoder_self"
    edge = {"start_id": DEFAULT_IDS.bos} if decoder else {"end_id": DEFAULT_IDS.eos}
    query, key = (
        tokens_of([getattr(s, side) for s in sentences], frequencies, **edge) for side in ("query", "key")
    )
    weights = np.zeros(
        (len(sentences), query.ids.shape[1], key.ids.shape[1], *sentences[0].weights.shape[:2]), np.float32
    )
    for n, s in enumerate(sentences):
        rows, keys = s.weights.shape[2:]
        weights[n, :rows, :keys] = s.weights.transpose(2, 3, 0, 1)
        weights[n, rows:, :keys] = (
            1 / keys
        )  # the rows of padding are computed like others; the columns of padding are masked
    arcs = arcs_of([[(d, h, relations.index(r)) for d, h, r in s.arcs] for s in sentences])
    links = links_of([s.gold for s in sentences])
    cross = kind == "cross"
    return AttentionBatch(
        kind,
        weights,
        query,
        key,
        not cross,
        decoder,
        relations,
        None if cross else arcs,
        links if cross else None,
    )


# ---------------------------------------------------------------------------------------------------- helpers


def part_of_maximum(row: dict[int, float], key: int) -> float:
    """1 where `key` alone has the greatest of the weights in `row`, a part where others have it too (to a
    millionth), 0 where all are 0.
    """
    if not row:
        return 0.0
    greatest = max(row.values())
    if greatest <= 0 or row.get(key, -1) < greatest * (1 - 1e-6):
        return 0.0
    return 1 / sum(weight >= greatest * (1 - 1e-6) for weight in row.values())


def word_rows(sentence: Sentence, weights, shift: int = 0) -> dict[int, dict[int, float]]:
    """Weights from words to words: sum to, mean from; row `shift` below a token's own is the one it is read
    from.
    """
    rows: dict[int, dict[int, float]] = {}
    for word in sorted({word for word in sentence.query_words if word is not None}):
        tokens = [n for n, w in enumerate(sentence.query_words) if w == word]
        rows[word] = {}
        for other in sorted({w for w in sentence.key_words if w is not None}):
            places = [n for n, w in enumerate(sentence.key_words) if w == other]
            rows[word][other] = sum(sum(float(weights[t + shift][p]) for p in places) for t in tokens) / len(
                tokens
            )
    return rows


# ---------------------------------------------------------------------------------------------------- metrics


def positional(sentence: Sentence, weights, offsets=range(-5, 6)) -> dict[str, tuple[float, float]]:
    answers = {}
    for offset in offsets:
        hits = n = 0.0
        for row in sentence.real_rows():
            if sentence.sees(row, row + offset):
                n += 1
                hits += part_of_maximum(
                    {key: weights[row][key] for key in range(len(sentence.key_tokens))}, row + offset
                )
        answers[f"offset:{offset}"] = (hits, n)
        answers[f"offset:{offset}:of_all"] = (hits, len(sentence.real_rows()))
    return answers


def syntactic(sentence: Sentence, weights, relations: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    words = word_rows(sentence, weights)
    for word, row in words.items():
        row.pop(word, None)
    answers = {}
    for direction in ("to_head", "to_dependent"):
        asked_of_all: dict[int, set[int]] = {}
        for relation in relations:
            partners: dict[int, set[int]] = {}
            for dependent, head, name in sentence.arcs:
                word, partner = (dependent, head) if direction == "to_head" else (head, dependent)
                if name == relation and (sentence.kind != "decoder_self" or partner < word):
                    partners.setdefault(word, set()).add(partner)
                    asked_of_all.setdefault(word, set()).add(partner)
            answers[f"{relation}:{direction}"] = accuracy(words, partners)
        answers[f"all:{direction}"] = accuracy(words, asked_of_all)
    return answers


def accuracy(words: dict, partners: dict[int, set[int]]) -> tuple[float, float]:
    return sum(part_of_maximum(words[word], p) for word, right in partners.items() for p in right), len(
        partners
    )


def rare_token(sentence: Sentence, weights, counts, common: int = 500) -> dict[str, tuple[float, float]]:
    answers = {}
    for condition in ("", f":beyond_{common}"):
        for n_rarest in (1, 2):
            hits = n = 0.0
            for row in sentence.real_rows():
                keys = [key for key in sentence.real_keys() if sentence.sees(row, key)]
                if len(keys) < 3:
                    continue
                frequency = {key: counts[sentence.key_ids[key]] for key in keys}
                limit = sorted(frequency.values())[n_rarest - 1]
                more_frequent = sum(count > min(frequency.values()) for count in counts)
                if condition and more_frequent < common:
                    continue
                n += 1
                seen = {key: weights[row][key] for key in keys}
                hits += sum(part_of_maximum(seen, key) for key in keys if frequency[key] <= limit)
            answers[f"rarest:{n_rarest}{condition}"] = (hits, n)
    return answers


def alignment(sentence: Sentence, weights) -> dict[str, tuple[float, float]]:
    answers = {}
    for reading, shift in (("output", 0), ("input", 1)):
        sure = possible = predicted = 0.0
        gold = sentence.gold
        if gold is not None:
            for tgt, row in word_rows(sentence, weights, shift).items():
                predicted += max(row.values()) > 0
                for src in row:
                    sure += part_of_maximum(row, src) * ((src, tgt) in gold.sure)
                    possible += part_of_maximum(row, src) * ((src, tgt) in gold.possible)
        n_sure = len(gold.sure) if gold else 0
        answers[f"aligned:{reading}"] = (sure + possible, predicted + n_sure)
        answers[f"precision:{reading}"] = (possible, predicted)
        answers[f"recall:{reading}"] = (sure, n_sure)
    return answers


def figures(sentence: Sentence, weights) -> dict[str, tuple[float, float]]:
    rows, keys, tokens = sentence.real_rows(), sentence.real_keys(), sentence.key_tokens
    words = sentence.key.words
    marks = [
        k
        for k, w in enumerate(sentence.key_words)
        if w is not None and not any(c.isalnum() for c in words[w])
    ]
    answers = {
        "confidence": sum(max(float(weights[row][key]) for key in keys) for row in rows),
        "entropy": sum(-sum(float(w) * math.log(w) for w in weights[row] if w > 0) for row in rows),
        "first": sum(float(weights[row][keys[0]]) for row in rows),
        "last": sum(float(weights[row][keys[-1]]) for row in rows),
        "separator": sum(
            float(weights[row][key]) for row in rows for key in range(len(tokens)) if tokens[key] in SPECIAL
        ),
        "punctuation": sum(float(weights[row][key]) for row in rows for key in marks),
    }
    answers = {name: (value, len(rows)) for name, value in answers.items()}
    for name, offset in (("self", 0), ("previous", -1), ("next", 1)):
        if sentence.kind != "cross" and (name != "next" or sentence.kind != "decoder_self"):
            places = [(row, row + offset) for row in rows if sentence.sees(row, row + offset)]
            answers[name] = (sum(float(weights[row][key]) for row, key in places), len(places))
    return answers


def repeats(sentence: Sentence, weights) -> dict[str, tuple[float, float]]:
    ids, rows = sentence.query_ids, sentence.real_rows()
    found: dict[str, list[float]] = {"duplicate": [], "induction": []}
    for row in rows:
        others = [key for key in rows if key != row and ids[key] == ids[row] and sentence.sees(row, key)]
        if others:
            found["duplicate"].append(sum(float(weights[row][key]) for key in others))
        after = [
            key + 1
            for key in others
            if key < row and key + 1 != row and key + 1 in rows and sentence.sees(row, key + 1)
        ]
        if after:
            found["induction"].append(sum(float(weights[row][key]) for key in after))
    return {name: (sum(values), len(values)) for name, values in found.items()}


@dataclass
class Counter:
    """Adds what a metric gives for each sentence, for one head, with the sums of squares over sentences."""

    sums: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, answers: dict[str, tuple[float, float]]) -> None:
        for question, (hits, n) in answers.items():
            more = np.array([hits, n, hits * hits, hits * n, n * n])
            self.sums[question] = self.sums.get(question, 0) + more
