"""An attention small enough for pencil and paper: three words, two dimensions, every number in sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

SmallScorer = Literal["given", "dot", "bilinear", "mlp"]
Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]


@dataclass(frozen=True)
class SmallExample:
    """What is given. With the scorer "given" the scores are; else they come from the query h and the states
    s.

    states: [words, d];  query: [d];  matrix: [d, d], W of "bilinear";
    query_matrix, key_matrix, vector: [d, d], [d, d] and [d], W₁, W₂ and v of "mlp";
    printed_weights, printed_context: what a lecture prints as the answer, where that is wrong.
    """

    words: tuple[str, ...]
    scorer: SmallScorer
    scores: Vector = ()
    states: Matrix = ()
    query: Vector = ()
    matrix: Matrix = ()
    query_matrix: Matrix = ()
    key_matrix: Matrix = ()
    vector: Vector = ()
    printed_weights: Vector = ()
    printed_context: Vector = ()


@dataclass(frozen=True)
class SmallAttention:
    """What follows, in float64.

    compared: [d], what a state is multiplied with: h, hᵀ W, or W₁ h for "mlp", None where scores are given;
    sums, units: [words, d], W₁ h + W₂ s of "mlp" and its tanh, else None;
    scores, powers, weights: [words], powers being e^(score − shift);  context: [d], None without states;
    printed_context: [d], the context that the printed weights would give, None where none are printed.
    """

    given: SmallExample
    compared: np.ndarray | None
    sums: np.ndarray | None
    units: np.ndarray | None
    scores: np.ndarray
    shift: float
    powers: np.ndarray
    weights: np.ndarray
    context: np.ndarray | None
    printed_context: np.ndarray | None
