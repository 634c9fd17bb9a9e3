"""What do several strategies make of the same source? Greedy, beams, draws, and every target there is where
they are few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from explorer.decoding.exhaustive import exhaustive_search
from explorer.decoding.sampling import sample
from explorer.decoding.strategies import Scorer, beam_search
from explorer.errors import InputError
from explorer.evaluation.bleu import FOR_SENTENCES, bleu_parts
from explorer.results import Hypothesis, Sampling, StrategyComparison, StrategyRun

BEAMS = (1, 2, 4, 8)
SAMPLINGS = (Sampling(), Sampling(temperature=0.5), Sampling(top_k=10), Sampling(top_p=0.9))


def compare_on(
    new_scorer: Callable[[], Scorer],
    text_of: Callable[[Sequence[int]], str],
    token_of: Callable[[int], str],
    *,
    max_len: int,
    src: str = "",
    reference: str | None = None,
    beams: Sequence[int] = BEAMS,
    samplings: Sequence[Sampling] = SAMPLINGS,
    length_penalty: float = 0.0,
) -> StrategyComparison:
    """The same source through every strategy; exhaustive search only where `exhaustive_search` does not
    refuse.

    new_scorer: gives a fresh scorer, a model's or a table's;  text_of, token_of: the text of ids, the string
    of one.
    """
    runs = []
    for beam_size in beams:
        scorer = new_scorer()
        trace = beam_search(scorer, beam_size=beam_size, max_len=max_len, length_penalty=length_penalty)
        runs.append((trace, scorer))
    for sampling in samplings:
        scorer = new_scorer()
        trace = sample(
            scorer,
            max_len=max_len,
            seed=sampling.seed,
            temperature=sampling.temperature,
            top_k=sampling.top_k,
            top_p=sampling.top_p,
        )
        runs.append((trace, scorer))
    scorer = new_scorer()
    try:
        runs.append((exhaustive_search(scorer, max_len=max_len, length_penalty=length_penalty), scorer))
    except InputError:  # too large a case, as those of nearly every model are
        pass
    found = tuple(
        strategy_run(
            trace.strategy, trace.best, trace.scores[0], text_of, token_of, reference, scorer.n_scored
        )
        for trace, scorer in runs
    )
    best = max(range(len(found)), key=lambda i: found[i].log_prob)
    return StrategyComparison(src, reference, length_penalty, found, best)


def strategy_run(
    strategy: str,
    hypothesis: Hypothesis,
    score: float,
    text_of: Callable[[Sequence[int]], str],
    token_of: Callable[[int], str],
    reference: str | None,
    n_scored: int,
) -> StrategyRun:
    """What a strategy found, in words."""
    ids = hypothesis.token_ids
    text = text_of(ids)
    return StrategyRun(
        strategy=strategy,
        text=text,
        tokens=tuple(map(token_of, ids)),
        token_ids=ids,
        log_prob=hypothesis.log_prob,
        score=score,
        n_tokens=hypothesis.length,
        finished=hypothesis.finished,
        bleu=None if reference is None else bleu_parts(text, [reference], FOR_SENTENCES).score,
        n_scored=n_scored,
    )
