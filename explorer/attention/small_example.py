"""Attention over three words in two dimensions, an example that a reader changes number by number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import fields

import numpy as np

from explorer.errors import InputError
from explorer.results import SmallAttention, SmallExample, frozen_array

LARGEST = 100.0  # of a number that is given: beyond it nothing but the largest score is ever seen
SAFE = 30.0  # e to the power of a score up to this is a number that one can read

_WORDS = ("The", "cat", "sat")
_STATES = ((0.1, 0.2), (0.7, 0.4), (0.3, 0.6))
_QUERY = (0.8, 0.6)
EXAMPLES = {
    "A: three scores": SmallExample(_WORDS, "given", scores=(0.1, 0.9, 0.3),
                                    printed_weights=(0.15, 0.70, 0.15)),
    "B: scores and states": SmallExample(
        _WORDS, "given", scores=(0.2, 0.8, 0.3), states=_STATES, printed_weights=(0.15, 0.70, 0.15),
        printed_context=(0.55, 0.46)
    ),
    "dot": SmallExample(_WORDS, "dot", states=_STATES, query=_QUERY),
    "bilinear": SmallExample(_WORDS, "bilinear", states=_STATES, query=_QUERY,
                             matrix=((1.0, 0.5), (0.0, 1.0))),
    "MLP": SmallExample(
        _WORDS, "mlp", states=_STATES, query=_QUERY, query_matrix=((1.0, 0.0), (0.0, 1.0)),
        key_matrix=((1.0, 0.5), (-0.5, 1.0)),
        vector=(1.0, 0.5),
    ),
}  # fmt: skip


def attend(example: SmallExample) -> SmallAttention:
    """Scores (dot: Luong et al. 2015, eq. 8; bilinear: "general" there; MLP: Bahdanau et al. 2015, A.1.2),
    softmax, context.

    >>> attend(EXAMPLES["A: three scores"]).weights.round(4).tolist()
    [0.2249, 0.5005, 0.2747]

    Raises InputError when a number is missing, not finite or beyond ±100.
    """
    _check(example)
    states = np.array(example.states) if example.states else None
    compared, sums, scores = _score(example, states)
    shift = float(scores.max()) if np.abs(scores).max() > SAFE else 0.0
    powers = np.exp(scores - shift)
    weights = powers / powers.sum()
    return SmallAttention(
        given=example,
        compared=None if compared is None else _frozen(compared),
        sums=None if sums is None else _frozen(sums),
        units=None if sums is None else _frozen(np.tanh(sums)),
        scores=_frozen(scores),
        shift=shift,
        powers=_frozen(powers),
        weights=_frozen(weights),
        context=None if states is None else _frozen(weights @ states),
        printed_context=_frozen(np.array(example.printed_weights) @ states)
        if states is not None and example.printed_weights
        else None,
    )


def _score(
    example: SmallExample, states: np.ndarray | None
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray]:
    """(what a state is compared with, the sums inside the tanh of an MLP, scores)."""
    query = np.array(example.query)
    match example.scorer:
        case "given":
            return None, None, np.array(example.scores)
        case "dot":
            return query, None, states @ query
        case "bilinear":
            compared = query @ np.array(example.matrix)
            return compared, None, states @ compared
        case "mlp":
            compared = np.array(example.query_matrix) @ query
            sums = compared + states @ np.array(example.key_matrix).T
            return compared, sums, np.tanh(sums) @ np.array(example.vector)
    raise InputError(f"There is no scorer {example.scorer!r}: use 'given', 'dot', 'bilinear' or 'mlp'.")


def _check(example: SmallExample) -> None:
    for field in fields(example):
        if field.name not in ("words", "scorer"):
            for number in _numbers(getattr(example, field.name)):
                if number is None or not math.isfinite(number) or abs(number) > LARGEST:
                    given = "A number is missing" if number is None else f"{number:g} was given"
                    raise InputError(
                        f"{given}: every number here is one between −{LARGEST:g} and {LARGEST:g}. Type one "
                        "in its place."
                    )


def _numbers(values: Iterable) -> Iterator[float | None]:
    for value in values:
        if isinstance(value, tuple):
            yield from _numbers(value)
        else:
            yield value


def _frozen(values: np.ndarray) -> np.ndarray:
    return frozen_array(values, np.float64)
