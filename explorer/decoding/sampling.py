"""Targets drawn at random instead of searched for, with temperature, top-k and nucleus."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from explorer.decoding.strategies import Beam, Scorer, drain, search_together
from explorer.errors import InputError
from explorer.results import Candidate, Sampling, SearchSettings, SearchStep, SearchTrace


def sampling_steps(
    scorer: Scorer, sampling: Sampling, *, max_len: int, n_pruned: int = 5, prefix: Sequence[int] = ()
) -> Iterator[SearchStep]:
    """One `SearchStep` for each token drawn: a beam of one, whose candidates are that token and the
    `n_pruned` likeliest others.

    Tokens are drawn from softmax(log p / temperature), cut to the `top_k` likeliest (Fan et al. 2018), then
    to the nucleus, the fewest likeliest whose probability reaches `top_p` (Holtzman et al. 2020).
    Log-probabilities stay those of the model: what a setting changes is what is drawn, not what it is worth.
    The same seed draws the same target. Raises InputError for a setting out of range.
    """
    check_sampling(sampling)
    rng = np.random.default_rng(sampling.seed)
    chooser = _Drawn(max_len, scorer.eos_id, n_pruned, lambda log_probs: _draw(log_probs, rng, sampling))
    for (step,) in search_together(scorer, [chooser], prefix):
        yield step


def sample(
    scorer: Scorer, sampling: Sampling, *, max_len: int, n_pruned: int = 5, prefix: Sequence[int] = ()
) -> SearchTrace:
    """The whole draw: see `sampling_steps`."""
    steps = sampling_steps(scorer, sampling, max_len=max_len, n_pruned=n_pruned, prefix=prefix)
    return drain(sampling_name(sampling), steps)


def sampling_name(sampling: Sampling) -> str:
    """What a draw is called: "sampling, temperature 0.8, top 10, nucleus 0.9, seed 3"."""
    parts = ["sampling"]
    if sampling.temperature != 1:
        parts.append(f"temperature {sampling.temperature:g}")
    if sampling.top_k is not None:
        parts.append(f"top {sampling.top_k}")
    if sampling.top_p is not None:
        parts.append(f"nucleus {sampling.top_p:g}")
    return ", ".join([*parts, f"seed {sampling.seed}"])


def check_sampling(sampling: Sampling) -> None:
    """Raise InputError for a setting out of range."""
    temperature, top_k, top_p = sampling.temperature, sampling.top_k, sampling.top_p
    if not (math.isfinite(temperature) and 0.01 <= temperature <= 100):
        raise InputError(
            f"A temperature of {temperature:g} was asked for: choose 0.01 (nearly greedy) to 100 (nearly "
            "uniform)."
        )
    if top_k is not None and top_k < 1:
        raise InputError(f"Sampling from the {top_k} likeliest tokens was asked for: choose at least 1.")
    if top_p is not None and not 0 < top_p <= 1:
        raise InputError(f"A nucleus of {top_p:g} was asked for: choose a probability above 0, up to 1.")


def drawn_from(
    log_probs: np.ndarray, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> np.ndarray:
    """The distribution that a token is drawn from, [vocab], from the log-probabilities [vocab] of the
    model.
    """
    log_probs = np.asarray(log_probs, dtype=np.float64)
    if np.isnan(log_probs).any() or not np.isfinite(log_probs).any():
        raise ValueError(
            "A scorer gave NaN, or every token the probability 0: there is nothing to draw from."
        )
    order = np.argsort(-log_probs, kind="stable")  # best first, equals by id
    tempered = log_probs[order] / temperature
    kept = np.exp(tempered - tempered[0])  # exp(-inf) = 0
    if top_k is not None:
        kept[top_k:] = 0.0
    kept /= kept.sum()
    if top_p is not None:
        kept[1:][np.cumsum(kept)[:-1] >= top_p] = 0.0
        kept /= kept.sum()
    probabilities = np.empty_like(kept)
    probabilities[order] = kept
    return probabilities


def _draw(log_probs: np.ndarray, rng: np.random.Generator, sampling: Sampling) -> int:
    cumulative = np.cumsum(drawn_from(log_probs, sampling.temperature, sampling.top_k, sampling.top_p))
    return int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))


class _Drawn(Beam):
    """A beam of one that is extended by the token which `draw` picks from the whole distribution."""

    def __init__(self, max_len: int, eos_id: int, n_pruned: int, draw):
        super().__init__(SearchSettings(n_pruned=n_pruned), max_len, eos_id)
        self.draw = draw
        self.n_considered = 2**62  # every token: what is drawn may be the last of them

    def extend(self, token_ids: np.ndarray, log_probs: np.ndarray) -> SearchStep:
        (before,) = self.hypotheses
        ranked, ranked_log_probs = token_ids[0], log_probs[0]  # [vocab], best first
        by_id = np.full(ranked.max() + 1, -np.inf)
        by_id[ranked] = ranked_log_probs
        drawn = self.draw(by_id)
        shown = [
            int(token_id)
            for token_id in ranked[: self.n_pruned + 1]
            if by_id[token_id] > -np.inf and token_id != drawn
        ]
        candidates = []
        for token_id in (drawn, *shown[: self.n_pruned]):
            hypothesis = before.extended(token_id, float(by_id[token_id]), token_id == self.eos_id)
            candidates.append(Candidate(0, hypothesis, hypothesis.log_prob, token_id == drawn))
        kept = candidates[0].hypothesis
        candidates.sort(key=lambda candidate: -candidate.score)
        self.hypotheses, self.parents = (() if kept.finished else (kept,)), [0]
        self.over = kept.finished or kept.length >= self.max_len
        return SearchStep(kept.length - 1, tuple(candidates), self.hypotheses)
