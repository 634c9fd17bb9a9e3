"""Which heads a model needs: each switched off in turn over a corpus, beside its gradient, and pruning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from explorer.checkpoints.folder import Checkpoint
from explorer.evaluation.bootstrap import N_RESAMPLES, SEED, draw_counts, interval, paired_change
from explorer.evaluation.ranks import spearman
from explorer.evaluation.statistics import bleu, chrf, loss
from explorer.heads.importance.ablation import all_heads, check_masking
from explorer.heads.importance.gradients import HeadGradients, gradient_steps, normalise
from explorer.heads.importance.masking import (
    EncodedCorpus,
    MaskedScores,
    Masking,
    encode_corpus,
    masked_scores_steps,
)
from explorer.results import (
    AblationMode,
    CorpusScores,
    Correlation,
    HeadEffect,
    HeadId,
    ImportanceReport,
    PruningCurve,
    PruningOrder,
    PruningStep,
    SentencePair,
)

MAX_STEPS = 24  # of a pruning curve; Michel et al. 2019 take 10
SHARES = {"heads": 0.25, "gradient": 0.1, "curves": 0.65}  # of the time, about


def importance_steps(
    checkpoint: Checkpoint,
    pairs: Sequence[SentencePair],
    corpus_name: str = "",
    mode: AblationMode = "zero",
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
) -> Iterator[tuple[float, str]]:
    """Yields (share done, what is being done) and returns the `ImportanceReport`.

    Every second sentence chooses the order in which heads are pruned and the others score the curves, so that
    no curve is flattered by its own choice; a single sentence does both. Raises InputError without attention
    or without a sentence that the model can read.
    """
    heads = all_heads(checkpoint)
    check_masking(checkpoint, heads, mode)
    corpus = encode_corpus(checkpoint, pairs)
    counts = draw_counts(len(corpus), n_resamples, seed)
    singles = [frozenset(), *(frozenset([head]) for head in heads)]
    whole, *masked = yield from _part(
        masked_scores_steps(checkpoint, corpus, singles, mode), "heads", "switching every head off in turn"
    )
    gradients = yield from _part(gradient_steps(checkpoint, corpus, heads), "gradient", "taking gradients")

    choosing, scoring = np.arange(len(corpus))[::2], np.arange(len(corpus))[1::2]
    scoring = scoring if scoring.size else choosing
    measured = {"loss": _loss_changes(whole, masked, choosing), "gradient": gradients.normalised(choosing)}
    orders = {name: _least_first(heads, values) for name, values in measured.items()}
    curves = yield from _curve_steps(checkpoint, _part_of(corpus, scoring), orders, mode)
    return ImportanceReport(
        checkpoint=checkpoint.name,
        sha256=checkpoint.sha256,
        corpus=corpus_name,
        mode=mode,
        n_sentences=len(corpus),
        n_tokens=int(whole.loss[:, 1].sum()),
        n_left_out=corpus.n_left_out,
        n_resamples=n_resamples,
        seed=seed,
        whole=whole.scores,
        heads=_effects(heads, whole, masked, gradients, counts),
        correlation=_correlation(whole, masked, gradients, counts, normalised=True),
        correlation_raw=_correlation(whole, masked, gradients, counts, normalised=False),
        n_chosen_on=len(choosing),
        n_scored_on=len(scoring),
        curves=curves,
    )


def _curve_steps(
    checkpoint: Checkpoint,
    corpus: EncodedCorpus,
    orders: dict[PruningOrder, list[HeadId]],
    mode: AblationMode,
) -> Iterator[tuple[float, str]]:
    """Yields (share done, what is being done) and returns the pruning curve of each order."""
    maskings = list(dict.fromkeys(masking for order in orders.values() for masking in _prunings(order)))
    found = yield from _part(
        masked_scores_steps(checkpoint, corpus, maskings, mode),
        "curves",
        "pruning, the least important first",
    )
    scores = {each.heads: each.scores for each in found}
    return tuple(_curve(name, order, scores) for name, order in orders.items())


def measure_importance(
    checkpoint: Checkpoint,
    pairs: Sequence[SentencePair],
    corpus_name: str = "",
    mode: AblationMode = "zero",
    n_resamples: int = N_RESAMPLES,
    seed: int = SEED,
    progress: Callable[[float, str], None] = lambda share, what: None,
) -> ImportanceReport:
    """The whole measurement: see `importance_steps`."""
    steps = importance_steps(checkpoint, pairs, corpus_name, mode, n_resamples, seed)
    while True:
        try:
            progress(*next(steps))
        except StopIteration as end:
            return end.value


def _part(steps: Iterator[float], name: str, what: str) -> Iterator[tuple[float, str]]:
    """A part's steps as steps of the whole; returns what the part returns."""
    names = list(SHARES)
    before = sum(SHARES[other] for other in names[: names.index(name)])
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            return end.value
        yield before + SHARES[name] * share, what


def _part_of(corpus: EncodedCorpus, rows: np.ndarray) -> EncodedCorpus:
    sources, targets, references = (
        [side[i] for i in rows] for side in (corpus.sources, corpus.targets, corpus.references)
    )
    return EncodedCorpus(tuple(sources), tuple(targets), tuple(references), 0)


# ------------------------------------------------------------------------------------------------- every head


def _effects(
    heads: Sequence[HeadId],
    whole: MaskedScores,
    masked: Sequence[MaskedScores],
    gradients: HeadGradients,
    counts: np.ndarray,
) -> tuple[HeadEffect, ...]:
    raw, normalised, by_token = gradients.importance(), gradients.normalised(), gradients.token_importance()
    return tuple(
        HeadEffect(
            kind=kind,
            layer=layer,
            head=head,
            loss=paired_change(whole.loss, off.loss, loss, counts),
            bleu=paired_change(whole.bleu, off.bleu, bleu, counts),
            chrf=paired_change(whole.chrf, off.chrf, chrf, counts),
            n_changed=sum(a != b for a, b in zip(whole.translations, off.translations, strict=True)),
            gradient=float(raw[i]),
            gradient_normalised=float(normalised[i]),
            gradient_tokens=float(by_token[i]),
        )
        for i, ((kind, layer, head), off) in enumerate(zip(heads, masked, strict=True))
    )


def _loss_changes(whole: MaskedScores, masked: Sequence[MaskedScores], rows: np.ndarray) -> np.ndarray:
    """Change of the loss on some sentences, [n_heads] nats per token."""
    return np.array([float(loss(off.loss[rows].sum(0)) - loss(whole.loss[rows].sum(0))) for off in masked])


def _correlation(
    whole: MaskedScores,
    masked: Sequence[MaskedScores],
    gradients: HeadGradients,
    counts: np.ndarray,
    normalised: bool,
) -> Correlation:
    """Spearman's ρ over heads of change of the loss and gradient importance, both of every resample anew for
    the interval.
    """

    def importance(values: np.ndarray) -> np.ndarray:
        return normalise(gradients.heads, values) if normalised else values

    n_sentences = counts.shape[1]
    value = spearman(_loss_changes(whole, masked, np.arange(n_sentences)), importance(gradients.importance()))
    changes = (
        np.stack([loss(counts @ off.loss) for off in masked], axis=1) - loss(counts @ whole.loss)[:, None]
    )  # [n_resamples, n_heads]
    return Correlation(
        float(value),
        *interval(spearman(changes, importance(counts @ np.abs(gradients.slopes) / n_sentences))),
    )


# ---------------------------------------------------------------------------------------------------- pruning


def pruning_sizes(n_heads: int, most: int = MAX_STEPS) -> tuple[int, ...]:
    """How many heads are off at each step: 0, then one more each time, or in at most `most` even steps where
    there are more heads.
    """
    n_steps = min(n_heads, most)
    return (0, *(round(n_heads * step / n_steps) for step in range(1, n_steps + 1))) if n_heads else (0,)


def _least_first(heads: Sequence[HeadId], importance: np.ndarray) -> tuple[HeadId, ...]:
    return tuple(heads[i] for i in np.argsort(importance, kind="stable"))


def _prunings(order: Sequence[HeadId]) -> list[Masking]:
    return [frozenset(order[:size]) for size in pruning_sizes(len(order))]


def _curve(name: PruningOrder, order: Sequence[HeadId], scores: dict[Masking, CorpusScores]) -> PruningCurve:
    steps, before = [], 0
    for size in pruning_sizes(len(order)):
        steps.append(PruningStep(tuple(order[before:size]), size, scores[frozenset(order[:size])]))
        before = size
    return PruningCurve(name, tuple(steps))
