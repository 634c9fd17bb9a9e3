"""Several strategies side by side on one source: greedy, beams, draws, and all targets where they are few."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from explorer.decoding.exhaustive import exhaustive_search
from explorer.decoding.sampling import sample
from explorer.decoding.strategies import Scorer, beam_search
from explorer.errors import InputError
from explorer.evaluation.bleu import FOR_SENTENCES, bleu_parts
from explorer.results import Sampling, SearchSettings, SearchTrace, StrategyComparison, StrategyRun


@dataclass(frozen=True)
class Strategies:
    """Which searches are compared: beams of these sizes, with a length penalty, and these draws."""

    beams: tuple[int, ...] = (1, 2, 4, 8)
    samplings: tuple[Sampling, ...] = (
        Sampling(), Sampling(temperature=0.5), Sampling(top_k=10), Sampling(top_p=0.9),
    )  # fmt: skip
    length_penalty: float = 0.0


ALL_STRATEGIES = Strategies()


class Words(NamedTuple):
    """How ids become text: the text of several, and the string of one."""

    text: Callable[[Sequence[int]], str]
    token: Callable[[int], str]


def compare_on(
    new_scorer: Callable[[], Scorer],
    words: Words,
    strategies: Strategies = ALL_STRATEGIES,
    *,
    max_len: int,
    src: str = "",
    reference: str | None = None,
) -> StrategyComparison:
    """The same source through every strategy; exhaustive search only where `exhaustive_search` does not
    refuse.

    new_scorer: gives a fresh scorer, a model's or a table's.
    """
    runs, penalty = [], strategies.length_penalty
    for beam_size in strategies.beams:
        scorer = new_scorer()
        trace = beam_search(
            scorer, SearchSettings(beam_size=beam_size, max_len=max_len, length_penalty=penalty)
        )
        runs.append((trace, scorer))
    for sampling in strategies.samplings:
        scorer = new_scorer()
        runs.append((sample(scorer, sampling, max_len=max_len), scorer))
    scorer = new_scorer()
    try:
        runs.append((exhaustive_search(scorer, max_len=max_len, length_penalty=penalty), scorer))
    except InputError:  # too large a case, as those of nearly every model are
        pass
    compared = tuple(strategy_run(trace, words, reference, scorer.n_scored) for trace, scorer in runs)
    best = max(range(len(compared)), key=lambda i: compared[i].log_prob)
    return StrategyComparison(src, reference, penalty, compared, best)


def strategy_run(trace: SearchTrace, words: Words, reference: str | None, n_scored: int) -> StrategyRun:
    """The best target of one search, in words. n_scored: what it cost, in distributions asked for."""
    hypothesis = trace.best
    ids = hypothesis.token_ids
    text = words.text(ids)
    return StrategyRun(
        strategy=trace.strategy,
        text=text,
        tokens=tuple(map(words.token, ids)),
        token_ids=ids,
        log_prob=hypothesis.log_prob,
        score=trace.scores[0],
        n_tokens=hypothesis.length,
        finished=hypothesis.finished,
        bleu=None if reference is None else bleu_parts(text, [reference], FOR_SENTENCES).score,
        n_scored=n_scored,
    )
