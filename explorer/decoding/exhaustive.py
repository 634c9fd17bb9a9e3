"""Exhaustive search: the best of all targets, for cases small enough to look at every one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from explorer.decoding.strategies import Scorer, drain, length_divisor
from explorer.errors import InputError
from explorer.results import START, Candidate, Hypothesis, SearchStep, SearchTrace

MAX_PREFIXES = 20_000


def exhaustive_steps(
    scorer: Scorer,
    *,
    max_len: int,
    length_penalty: float = 0.0,
    max_prefixes: int = MAX_PREFIXES,
) -> Iterator[SearchStep]:
    """One `SearchStep` for each target position, with every prefix whose probability is not 0, best first;
    nothing is pruned.

    Raises InputError when there are more than `max_prefixes` of them.
    """
    beam: tuple[Hypothesis, ...] = (START,)
    log_probs, n_prefixes = scorer.start(), 0
    for step in range(max_len):
        log_probs = np.asarray(log_probs, dtype=np.float64)
        extensions = np.argwhere(log_probs > -np.inf)
        n_prefixes += len(extensions)
        divisor = length_divisor(step + 1, length_penalty)
        candidates = []
        for parent, token_id in extensions.tolist():
            hypothesis = beam[parent].extended(
                token_id, float(log_probs[parent, token_id]), token_id == scorer.eos_id
            )
            candidates.append(Candidate(parent, hypothesis, hypothesis.log_prob / divisor, True))
        candidates.sort(key=lambda candidate: -candidate.score)
        going_on = [candidate for candidate in candidates if not candidate.hypothesis.finished]
        beam = tuple(candidate.hypothesis for candidate in going_on)
        yield SearchStep(step, tuple(candidates), beam)
        if not beam:
            return
        if step + 1 < max_len:
            ways = math.ceil(len(extensions) / len(log_probs))
            if n_prefixes + len(beam) * ways > max_prefixes:  # before the scorer is asked for them all
                raise InputError(
                    f"An exhaustive search looks at {max_prefixes:,} prefixes at most: {len(beam):,} of "
                    f"{step + 1} tokens, each of which "
                    f"goes on in about {ways:,} ways, are too many. Lower the maximum length, or use a "
                    "small table."
                )
            log_probs = scorer.advance(
                [c.parent for c in going_on], [c.hypothesis.token_id for c in going_on]
            )


def exhaustive_search(
    scorer: Scorer,
    *,
    max_len: int,
    length_penalty: float = 0.0,
    max_prefixes: int = MAX_PREFIXES,
) -> SearchTrace:
    """The whole search: see `exhaustive_steps`."""
    steps = exhaustive_steps(
        scorer, max_len=max_len, length_penalty=length_penalty, max_prefixes=max_prefixes
    )
    return drain("exhaustive", steps, length_penalty)
