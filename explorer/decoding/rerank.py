"""Which hypothesis wins under another length penalty, and at which penalty the winner changes.

A score is log p / d^α with d = (5 + length) / 6 (Wu et al. 2016, eq. 14). Scores are negative, so the
greatest is the one whose
α ln d − ln(−log p) is the greatest: a straight line in α for each hypothesis. The winner is the upper
envelope of these lines.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from explorer.decoding.strategies import drain, length_divisor
from explorer.results import Crossover, Hypothesis, Reranking, SearchTrace

LOWEST, HIGHEST = -10.0, 10.0


def rerank(
    trace: SearchTrace, length_penalty: float, lowest: float = LOWEST, highest: float = HIGHEST
) -> Reranking:
    """The hypotheses of `trace` under `length_penalty`, and every crossover from `lowest` to `highest`.

    Equal scores keep the order of the trace.
    """
    scores = [
        hypothesis.log_prob / length_divisor(hypothesis.length, length_penalty)
        for hypothesis in trace.hypotheses
    ]
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    return Reranking(
        length_penalty,
        tuple(order),
        tuple(scores[i] for i in order),
        crossovers(trace.hypotheses, lowest, highest),
    )


def rescored(trace: SearchTrace, length_penalty: float) -> SearchTrace:
    """What the same search gives under another length penalty, without searching again.

    Right for every stop rule but "best": the others look at log-probabilities and counts, which no length
    penalty changes.
    """
    steps = tuple(
        replace(
            step,
            candidates=tuple(
                replace(
                    candidate,
                    score=candidate.hypothesis.log_prob
                    / length_divisor(candidate.hypothesis.length, length_penalty),
                )
                for candidate in step.candidates
            ),
        )
        for step in trace.steps
    )
    return drain(trace.strategy, steps, length_penalty)


def crossovers(
    hypotheses: tuple[Hypothesis, ...], lowest: float = LOWEST, highest: float = HIGHEST
) -> tuple[Crossover, ...]:
    """Every length penalty between `lowest` and `highest` at which another hypothesis begins to win,
    rising.
    """
    slopes = np.array([math.log(length_divisor(hypothesis.length, 1.0)) for hypothesis in hypotheses])
    with np.errstate(divide="ignore"):
        heights = -np.log(
            np.maximum(0.0, [-hypothesis.log_prob for hypothesis in hypotheses])
        )  # inf for a certain target
    if np.isinf(heights).any():
        return ()  # a score of 0 is the best under every penalty
    crossings: list[Crossover] = []
    at = lowest
    winner = _leader(slopes, heights + at * slopes)
    while True:
        steeper = np.flatnonzero(slopes > slopes[winner])
        if not steeper.size:
            return tuple(crossings)
        meets = (heights[winner] - heights[steeper]) / (slopes[steeper] - slopes[winner])
        at = float(meets.min())
        if at > highest:
            return tuple(crossings)
        first = steeper[meets <= at]
        following = int(
            first[np.argmax(slopes[first])]
        )  # of those that meet there, the one that leads from there on
        if at >= lowest:
            crossings.append(Crossover(at, winner, following))
        winner = following


def _leader(slopes: np.ndarray, values: np.ndarray) -> int:
    """The highest line; of equals the one that has led up to here, which rises least, and of those the
    first.
    """
    best = np.flatnonzero(values == values.max())
    return int(best[np.argmin(slopes[best])])
