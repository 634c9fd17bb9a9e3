"""Search strategies of a model side by side on one text, and the most telling cases among many pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

from explorer.decoding.compare import ALL_STRATEGIES, Strategies, Words, compare_on, strategy_run
from explorer.decoding.decode import ModelScorer, Translator, check_search, encode_source, prepare, search_all
from explorer.errors import InputError
from explorer.results import (
    SearchCase,
    SearchCases,
    SearchSettings,
    SearchTrace,
    SentencePair,
    StrategyComparison,
    StrategyRun,
)

ROWS = 128  # hypotheses that are decoded together
LEAST_GAIN = 1e-4  # nats: less is rounding


def compare_strategies(
    translator: Translator,
    text: str,
    reference: str | None = None,
    strategies: Strategies = ALL_STRATEGIES,
    *,
    max_len: int | None = None,
) -> StrategyComparison:
    """A text through every strategy, see `compare_on`. Raises InputError as `translate` does."""
    penalty = strategies.length_penalty
    for beam_size in strategies.beams:
        check_search(translator.model, beam_size, max_len, penalty)
    src_ids, max_len, _ = prepare(translator, text, 1, max_len, penalty)
    return compare_on(
        lambda: ModelScorer(translator.model, src_ids),
        words_of(translator),
        strategies,
        max_len=max_len,
        src=text,
        reference=reference,
    )


def words_of(translator: Translator) -> Words:
    """How what a model writes becomes text."""
    return Words(translator.tgt_tokenizer.decode, translator.tgt_tokenizer.token)


def find_cases(
    translator: Translator,
    pairs: Sequence[SentencePair],
    *,
    beams: Sequence[int] = (1, 4, 16),
    length_penalty: float = 0.0,
    progress: Callable[[int], None] = lambda n_done: None,
) -> SearchCases:
    """The sentence on which greedy search loses most log-probability to a beam, and that on which a wider
    beam loses most BLEU.

    A pair whose source is empty or too long is left out, and so is a translation that did not finish. The
    wider beam of the second case found a likelier target with a lower BLEU: what lost is the model, not the
    search. Raises InputError for fewer than two beams.
    """
    beams = sorted(set(beams))
    if len(beams) < 2:
        raise InputError("Cases are found between a narrow and a wide beam: give at least two sizes.")
    for beam_size in beams:
        check_search(translator.model, beam_size, None, length_penalty)
    usable = _usable(translator, pairs)
    cases = _Cases(translator)
    n_together = max(1, ROWS // beams[-1])
    for start in range(0, len(usable), n_together):
        batch = usable[start : start + n_together]
        sources = [ids for _, ids in batch]
        by_beam = [
            search_all(
                translator.model, sources, SearchSettings(beam_size=beam_size, length_penalty=length_penalty)
            )
            for beam_size in beams
        ]
        for (pair, _), traces in zip(batch, zip(*by_beam, strict=True), strict=True):
            cases.add(pair, traces)
        progress(min(start + n_together, len(usable)))
    return cases.result(len(usable))


def _usable(
    translator: Translator, pairs: Sequence[SentencePair]
) -> list[tuple[SentencePair, tuple[int, ...]]]:
    """The pairs whose source can be translated, each with its ids and ``</s>``, the shortest first."""
    usable = []
    for pair in pairs:
        try:
            ids = encode_source(translator, pair.src).ids
            usable.append((pair, translator.model.special.read(ids)))
        except InputError:
            continue
    return sorted(usable, key=lambda entry: len(entry[1]))


class _Cases:
    """The cases met so far, one list for each kind."""

    def __init__(self, translator: Translator):
        self.words = words_of(translator)
        self.greedy_loses: list[SearchCase] = []
        self.wider_is_worse: list[SearchCase] = []

    def add(self, pair: SentencePair, traces: Sequence[SearchTrace]) -> None:
        """Compare the searches of one source, the narrowest first."""
        runs = [self.run(pair, trace) for trace in traces]
        finished = [run for run in runs if run.finished]
        likelier = [
            (narrow, wide)
            for narrow, wide in combinations(finished, 2)
            if wide.log_prob - narrow.log_prob > LEAST_GAIN
        ]
        self.greedy_loses += _largest(
            pair, [(a, b, b.log_prob - a.log_prob) for a, b in likelier if a.strategy == "greedy"]
        )
        self.wider_is_worse += _largest(
            pair,
            [(a, b, a.bleu - b.bleu) for a, b in likelier if b.bleu < a.bleu and a.strategy != "greedy"],
        )

    def run(self, pair: SentencePair, trace: SearchTrace) -> StrategyRun:
        """The best target of one search, with what it cost."""
        n_scored = 1 + sum(len(step.beam) for step in trace.steps[:-1])
        return strategy_run(trace, self.words, pair.tgt, n_scored)

    def result(self, n_sources: int) -> SearchCases:
        """The largest case of each kind, and how many there are."""
        return SearchCases(
            n_sources=n_sources,
            greedy_loses=max(self.greedy_loses, key=lambda case: case.gain, default=None),
            n_greedy_loses=len(self.greedy_loses),
            wider_is_worse=max(self.wider_is_worse, key=lambda case: case.gain, default=None),
            n_wider_is_worse=len(self.wider_is_worse),
        )


def _largest(pair: SentencePair, cases: list[tuple[StrategyRun, StrategyRun, float]]) -> list[SearchCase]:
    """The one case of a sentence, if it is one; (narrow, wide, gain) each."""
    if not cases:
        return []
    narrow, wide, gain = max(cases, key=lambda case: case[2])
    return [SearchCase(pair.src, pair.tgt, narrow, wide, gain)]
