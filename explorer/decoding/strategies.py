"""Beam search over anything that scores the next token, with a trace of all it considered.

No model in sight: a scorer offers log-probabilities for the next token, so a hand-written table is a scorer
too. The algorithm *is* the generator `beam_search_steps`; `beam_search` drains it, and greedy search is a
beam of one. `search_together` searches for many sources at once; each has a `Beam` of its own, and all share
the calls of the scorer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from explorer.errors import InputError
from explorer.results import (
    EOS,
    START,
    STOP_RULES,
    Candidate,
    Hypothesis,
    SearchSettings,
    SearchStep,
    SearchTrace,
)

MAX_BEAM = 100
MAX_LENGTH_PENALTY = 10.0  # Wu et al. 2016 use 0.2; beyond this the divisor would run out of a float
MAX_TOKENS = 512  # of a target, whatever the model could take


class Scorer(Protocol):
    """What a search asks of a model. Natural logarithms; -inf for a token that cannot follow.

    Rows may be any object that numpy can make an array of; one with a method `best(n)` is asked for the `n`
    likeliest tokens of each row (see `best_tokens`), so that a model need not hand over its whole vocabulary.
    """

    eos_id: int
    """The token that ends a target, ``</s>``."""

    def start(self) -> np.ndarray:
        """Log-probabilities of the first token: [n_sources, vocab]; most scorers have one source."""
        ...

    def advance(self, parents: Sequence[int], token_ids: Sequence[int]) -> np.ndarray:
        """Prefix i is row `parents[i]` of the call before, extended by `token_ids[i]` → log-probabilities of
        its next token, [n, vocab].
        """
        ...


def length_divisor(length: int, length_penalty: float) -> float:
    """((5 + length) / 6)^α, by which a log-probability is divided (Wu et al. 2016, eq. 14); 1 for α = 0.
    `length` counts ``</s>``.
    """
    return ((5 + length) / 6) ** length_penalty


def check_settings(
    beam_size: int, max_len: int | None, length_penalty: float, limit: int = MAX_TOKENS
) -> None:
    """Raise InputError for a setting of a search that makes no sense. limit: the most tokens that a target
    may have.
    """
    if not 1 <= beam_size <= MAX_BEAM:
        raise InputError(f"A beam of {beam_size} was asked for: choose 1 to {MAX_BEAM}.")
    if max_len is not None and not 1 <= max_len <= limit:
        raise InputError(f"A translation of at most {max_len} tokens was asked for: choose 1 to {limit}.")
    if not math.isfinite(length_penalty) or abs(length_penalty) > MAX_LENGTH_PENALTY:
        most = f"{MAX_LENGTH_PENALTY:g}"
        raise InputError(
            f"A length penalty of {length_penalty:g} was asked for: choose -{most} to {most}, 0 for none."
        )


class Beam:
    """One search in progress: the hypotheses that go on, and whether it is over.

    Of the 2 · `beam_size` best extensions of the beam, one that ends in ``</s>`` is kept, as a finished
    hypothesis, if it is among the `beam_size` best; the beam is the `beam_size` best that go on, so it never
    narrows. Ties go to the better parent, then to the smaller token id. `n_pruned` is how many pruned
    extensions a step records (None: what is left of those 2 · `beam_size`).
    Raises ValueError for a size below 1 and a stop rule that does not exist.
    """

    def __init__(self, search: SearchSettings, max_len: int, eos_id: int):
        beam_size, stop, n_pruned = search.beam_size, search.stop, search.n_pruned
        if beam_size < 1 or max_len < 1:
            raise ValueError(
                f"A search needs a beam and a length of at least 1, not beam_size={beam_size}, "
                f"max_len={max_len}."
            )
        if stop not in STOP_RULES or (n_pruned is not None and n_pruned < 0):
            raise ValueError(
                f"A search stops by one of {', '.join(STOP_RULES)} and shows 0 or more, not stop={stop!r}, "
                f"n_pruned={n_pruned}."
            )
        self.beam_size, self.length_penalty = beam_size, search.length_penalty
        self.max_len, self.eos_id = max_len, eos_id
        self.stop, self.n_pruned = stop, n_pruned
        self.n_considered = 2 * beam_size + (n_pruned or 0)
        self.hypotheses: tuple[Hypothesis, ...] = (START,)
        self.parents: list[int] = []  # of `hypotheses`, in the beam before
        self.n_finished = 0
        self.best_finished = -math.inf
        self.over = False

    def force(self, token_id: int, log_prob: float) -> SearchStep:
        """Go on with this one token, as it is part of a given prefix."""
        hypothesis = self.hypotheses[0].extended(token_id, log_prob)
        candidate = Candidate(
            0, hypothesis, hypothesis.log_prob / length_divisor(hypothesis.length, self.length_penalty), True
        )
        self.hypotheses, self.parents = (hypothesis,), [0]
        return SearchStep(hypothesis.length - 1, (candidate,), self.hypotheses)

    def extend(self, token_ids: np.ndarray, log_probs: np.ndarray) -> SearchStep:
        """Go on with the best of the likeliest tokens of each hypothesis, both [n_hypotheses, n] as
        `best_tokens` orders them.
        """
        before = self.hypotheses
        length = before[0].length + 1
        totals = (np.array([hypothesis.log_prob for hypothesis in before])[:, None] + log_probs).ravel()
        ranked = np.argsort(-totals, kind="stable")[: self.n_considered]
        ranked = ranked[totals[ranked] > -np.inf]
        divisor = length_divisor(length, self.length_penalty)
        candidates: list[Candidate] = []
        survivors: list[Hypothesis] = []
        parents: list[int] = []
        most = self.n_considered if self.n_pruned is None else self.n_pruned
        n_pruned = 0
        columns = (
            (ranked // token_ids.shape[1]).tolist(),
            token_ids.ravel()[ranked].tolist(),
            log_probs.ravel()[ranked].tolist(),
        )
        for rank, (parent, token_id, log_prob) in enumerate(zip(*columns, strict=True)):
            finished = token_id == self.eos_id
            kept = rank < self.beam_size if finished else len(survivors) < self.beam_size
            if not kept:
                n_pruned += 1
                if n_pruned > most:
                    continue
            hypothesis = before[parent].extended(token_id, log_prob, finished)
            score = hypothesis.log_prob / divisor
            candidates.append(Candidate(parent, hypothesis, score, kept))
            if kept and finished:
                self.n_finished += 1
                self.best_finished = max(self.best_finished, score)
            elif kept:
                survivors.append(hypothesis)
                parents.append(parent)
        self.hypotheses, self.parents = tuple(survivors), parents
        self.over = not survivors or length >= self.max_len or self._may_stop(length)
        return SearchStep(length - 1, tuple(candidates), self.hypotheses)

    def _may_stop(self, length: int) -> bool:
        if self.stop == "enough":
            return self.n_finished >= self.beam_size
        if self.stop == "first":
            return self.n_finished >= 1
        if self.stop == "best" and self.n_finished:
            # log-probabilities only fall, so a score gains by length alone: as much as the longest (α < 0:
            # the shortest) may
            length = self.max_len if self.length_penalty >= 0 else length + 1
            return self.best_finished >= self.hypotheses[0].log_prob / length_divisor(
                length, self.length_penalty
            )
        return False


def search_together(
    scorer: Scorer, beams: Sequence[Beam], prefix: Sequence[int] = ()
) -> Iterator[list[SearchStep | None]]:
    """The next step of every beam, None for one that is over; row i of `scorer.start()` is the source of
    `beams[i]`.

    prefix: token ids that every target starts with; each is a step of its own with one candidate. Raises
    InputError for a prefix that cannot be, and ValueError when a scorer gives NaN.
    """
    for beam in beams:
        _check_prefix(prefix, beam)
    rows = scorer.start()
    for token_id in prefix:
        log_probs = np.asarray(rows, dtype=np.float64)  # [n_sources, vocab]
        if not 0 <= token_id < log_probs.shape[1] or not np.isfinite(log_probs[:, token_id]).all():
            raise InputError(
                f"Token {token_id} of the prefix cannot stand where it does: its probability is 0. Choose "
                "another."
            )
        yield [beam.force(token_id, float(log_probs[i, token_id])) for i, beam in enumerate(beams)]
        rows = scorer.advance(range(len(beams)), [token_id] * len(beams))
    going_on = list(range(len(beams)))
    while True:
        token_ids, log_probs = best_tokens(rows, max(beams[i].n_considered for i in going_on))
        steps: list[SearchStep | None] = [None] * len(beams)
        parents, chosen, first_row = [], [], 0
        for i in going_on:
            beam = beams[i]
            last_row = first_row + len(beam.hypotheses)
            steps[i] = beam.extend(token_ids[first_row:last_row], log_probs[first_row:last_row])
            if not beam.over:
                parents += [first_row + parent for parent in beam.parents]
                chosen += [hypothesis.token_id for hypothesis in beam.hypotheses]
            first_row = last_row
        yield steps
        going_on = [i for i in going_on if not beams[i].over]
        if not going_on:
            return
        rows = scorer.advance(parents, chosen)


def beam_search_steps(scorer: Scorer, search: SearchSettings) -> Iterator[SearchStep]:
    """One `SearchStep` for each target position, up to `max_len` tokens, by default MAX_TOKENS; `Beam` says
    how one is made.

    Raises ValueError for a size below 1 or a scorer that gives NaN, InputError for a prefix that cannot be.
    """
    beam = Beam(search, MAX_TOKENS if search.max_len is None else search.max_len, scorer.eos_id)
    for steps in search_together(scorer, [beam], search.prefix):
        yield from filter(None, steps)


def beam_search(scorer: Scorer, search: SearchSettings) -> SearchTrace:
    """The whole search: see `beam_search_steps`."""
    steps = beam_search_steps(scorer, search)
    return drain(beam_name(search.beam_size), steps, search.length_penalty)


def greedy(scorer: Scorer, *, max_len: int) -> SearchTrace:
    """The likeliest token at every step: a beam of one."""
    return beam_search(scorer, SearchSettings(max_len=max_len))


def beam_name(beam_size: int) -> str:
    """What a search is called: "greedy", "beam 4"."""
    return "greedy" if beam_size == 1 else f"beam {beam_size}"


def drain(strategy: str, steps: Iterable[SearchStep], length_penalty: float = 0.0) -> SearchTrace:
    """Run `steps` to their end and rank what finished, best score first.

    If nothing finished in time, the last beam is given instead, its hypotheses marked as not finished. Raises
    ValueError when there is neither: the scorer allowed no token at all.
    """
    steps = tuple(steps)
    finished = [c for step in steps for c in step.candidates if c.kept and c.hypothesis.finished]
    results = finished or [c for c in steps[-1].candidates if c.kept]
    if not results:
        raise ValueError("The search found no hypothesis: the scorer gave every token the probability 0.")
    results.sort(key=lambda candidate: -candidate.score)
    return SearchTrace(
        strategy, steps, tuple(c.hypothesis for c in results), tuple(c.score for c in results), length_penalty
    )


def best_tokens(rows, n: int) -> tuple[np.ndarray, np.ndarray]:
    """(token ids, log-probabilities), both [rows, n], of the `n` likeliest tokens of each row, best first,
    smaller ids before their equals.

    rows: [rows, vocab] as a scorer gives them. Raises ValueError for NaN.
    """
    if hasattr(rows, "best"):
        token_ids, best = rows.best(n)
    else:
        log_probs = np.asarray(rows, dtype=np.float64)
        token_ids = np.argsort(-log_probs, axis=1, kind="stable")[:, :n]
        best = np.take_along_axis(log_probs, token_ids, 1)
    if np.isnan(best).any() or (not hasattr(rows, "best") and np.isnan(log_probs).any()):
        raise ValueError(
            "A scorer gave NaN instead of log-probabilities: the weights or the scores behind it are not "
            "finite."
        )
    return token_ids, best


def _check_prefix(prefix: Sequence[int], beam: Beam) -> None:
    if beam.eos_id in prefix:
        raise InputError(f"The prefix contains {EOS}, and nothing follows that: leave it out.")
    if len(prefix) >= beam.max_len:
        raise InputError(
            f"The prefix has {len(prefix)} tokens and the target at most {beam.max_len}: shorten it, or "
            "allow more tokens."
        )
