"""Which target does a search find, and what did it consider on the way? Beam search over anything that scores the next token.

No model in sight: a scorer offers log-probabilities for the next token, so a hand-written table is a scorer too. The algorithm *is* the
generator `beam_search_steps`; `beam_search` drains it, and greedy search is a beam of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from explorer.results import EOS, SPECIAL_TOKENS, START, Candidate, Hypothesis, SearchStep, SearchTrace

EOS_ID = SPECIAL_TOKENS.index(EOS)


class Scorer(Protocol):
    """What a search asks of a model. Natural logarithms; -inf for a token that cannot follow."""

    def start(self) -> np.ndarray:
        """Log-probabilities of the first token: [1, vocab]."""
        ...

    def advance(self, parents: Sequence[int], token_ids: Sequence[int]) -> np.ndarray:
        """Prefix i is row `parents[i]` of the call before, extended by `token_ids[i]` → log-probabilities of its next token, [n, vocab]."""
        ...


def length_divisor(length: int, length_penalty: float) -> float:
    """((5 + length) / 6)^α, by which a log-probability is divided (Wu et al. 2016, eq. 14); 1 for α = 0. `length` counts ``</s>``."""
    return ((5 + length) / 6) ** length_penalty


def beam_search_steps(
    scorer: Scorer, *, beam_size: int, max_len: int, length_penalty: float = 0.0, eos_id: int = EOS_ID
) -> Iterator[SearchStep]:
    """One `SearchStep` for each target position, up to `max_len` tokens (``</s>`` counts).

    At each step the 2 · `beam_size` best extensions of the beam are the candidates. A candidate that ends in ``</s>`` is kept, as
    a finished hypothesis, if it is among the `beam_size` best; the beam is the `beam_size` best candidates that go on, so it never narrows.
    The search stops when `beam_size` hypotheses have finished, when nothing can go on, or after `max_len` tokens.
    Ties go to the better parent, then to the smaller token id. Raises ValueError for a size below 1 or a scorer that gives NaN.
    """
    if beam_size < 1 or max_len < 1:
        raise ValueError(f"A search needs a beam and a length of at least 1, not beam_size={beam_size}, max_len={max_len}.")
    beam = (START,)
    log_probs = scorer.start()
    n_finished = 0
    for step in range(max_len):
        ranked = _best_extensions(beam, np.asarray(log_probs, dtype=np.float64), 2 * beam_size)
        divisor = length_divisor(step + 1, length_penalty)
        candidates, survivors = [], []
        for rank, (parent, token_id, log_prob) in enumerate(ranked):
            before = beam[parent]
            finished = token_id == eos_id
            hypothesis = before.extended(token_id, log_prob, finished)
            kept = rank < beam_size if finished else len(survivors) < beam_size
            candidates.append(Candidate(parent, hypothesis, hypothesis.log_prob / divisor, kept))
            if kept and finished:
                n_finished += 1
            elif kept:
                survivors.append((parent, hypothesis))
        beam = tuple(hypothesis for _, hypothesis in survivors)
        yield SearchStep(step, tuple(candidates), beam)
        if n_finished >= beam_size or not beam:
            return
        if step + 1 < max_len:
            log_probs = scorer.advance([parent for parent, _ in survivors], [hypothesis.token_ids[-1] for hypothesis in beam])


def beam_search(scorer: Scorer, *, beam_size: int, max_len: int, length_penalty: float = 0.0, eos_id: int = EOS_ID) -> SearchTrace:
    """The whole search: see `beam_search_steps`."""
    steps = beam_search_steps(scorer, beam_size=beam_size, max_len=max_len, length_penalty=length_penalty, eos_id=eos_id)
    return drain("greedy" if beam_size == 1 else f"beam {beam_size}", steps)


def greedy(scorer: Scorer, *, max_len: int, eos_id: int = EOS_ID) -> SearchTrace:
    """The likeliest token at every step: a beam of one."""
    return beam_search(scorer, beam_size=1, max_len=max_len, eos_id=eos_id)


def drain(strategy: str, steps: Iterable[SearchStep]) -> SearchTrace:
    """Run `steps` to their end and rank what finished, best score first.

    If nothing finished in time, the last beam is given instead, its hypotheses marked as not finished. Raises ValueError when there is
    neither: the scorer allowed no token at all.
    """
    steps = tuple(steps)
    kept = [candidate for step in steps for candidate in step.candidates if candidate.kept]
    results = [c for c in kept if c.hypothesis.finished] or [c for c in steps[-1].candidates if c.kept]
    if not results:
        raise ValueError("The search found no hypothesis: the scorer gave every token the probability 0.")
    results.sort(key=lambda candidate: -candidate.score)
    return SearchTrace(strategy, steps, tuple(c.hypothesis for c in results), tuple(c.score for c in results))


def _best_extensions(beam: tuple[Hypothesis, ...], log_probs: np.ndarray, n: int) -> list[tuple[int, int, float]]:
    """The `n` likeliest (parent, token id, log-probability of that token), best first; log_probs: [len(beam), vocab]."""
    if np.isnan(log_probs).any():
        raise ValueError("A scorer gave NaN instead of log-probabilities: the weights or the scores behind it are not finite.")
    totals = (np.array([hypothesis.log_prob for hypothesis in beam])[:, None] + log_probs).ravel()
    n = min(n, totals.size)
    threshold = np.partition(totals, -n)[-n]
    best = np.flatnonzero((totals >= threshold) & (totals > -np.inf))
    best = best[np.argsort(-totals[best], kind="stable")][:n]
    n_vocab = log_probs.shape[1]
    return [(int(i) // n_vocab, int(i) % n_vocab, float(log_probs.flat[i])) for i in best]
