"""What a search found, and how."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.results.text import Encoding


@dataclass(frozen=True)
class Hypothesis:
    """A target prefix with the sum of its token log-probabilities (natural log)."""

    token_ids: tuple[int, ...]
    token_log_probs: tuple[float, ...]
    finished: bool = False

    @property
    def log_prob(self) -> float:
        return sum(self.token_log_probs)


@dataclass(frozen=True)
class Candidate:
    """One extension considered at a search step. `parent` indexes the beam of the step before; `score` is log_prob after length penalty."""

    parent: int
    hypothesis: Hypothesis
    score: float
    kept: bool


@dataclass(frozen=True)
class SearchStep:
    """The candidates of one step, best first, and the beam that survives it."""

    step: int
    candidates: tuple[Candidate, ...]
    beam: tuple[Hypothesis, ...]


@dataclass(frozen=True)
class SearchTrace:
    """A whole search; `hypotheses` are the finished ones, best score first. Greedy search is a beam of one."""

    strategy: str
    steps: tuple[SearchStep, ...]
    hypotheses: tuple[Hypothesis, ...]
    scores: tuple[float, ...]

    @property
    def best(self) -> Hypothesis:
        return self.hypotheses[0]


@dataclass(frozen=True)
class Translation:
    """A translation with the search that found it.

    text: detokenised;  tokens: those of the best hypothesis, in step with `trace.best.token_ids` and `.token_log_probs` (``</s>`` included
    where the search reached it);  src_ids: what the model read, ``</s>`` included.
    """

    text: str
    tokens: tuple[str, ...]
    trace: SearchTrace
    src: Encoding
    src_ids: tuple[int, ...]
