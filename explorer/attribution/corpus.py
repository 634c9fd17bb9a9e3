"""How faithful each reading is over many sentences: the mean of what `compare` finds, with an interval.

The sentences were not trained on, and the model reads its own greedy translations of them. Where there are
several heads or layers to pick from, they are picked on other sentences than those reported on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from explorer.attribution.compare import (
    OTHER_WAY,
    OTHER_WAY_TITLE,
    Ranks,
    best_candidate,
    mean_rho,
    rank,
    read_all,
)
from explorer.attribution.methods import METHODS, Method, read_pair
from explorer.attribution.questions import questions
from explorer.checkpoints.folder import Checkpoint
from explorer.corpora import load_corpus
from explorer.decoding.decode import encode_source, greedy_ids
from explorer.errors import InputError
from explorer.evaluation.bootstrap import draw_counts, interval
from explorer.results import (
    AttentionKind,
    Blanking,
    Faithfulness,
    FaithfulnessReport,
    FaithfulnessRow,
    LeftOut,
    Refusal,
)

BATCH = 64  # sentences translated together


class HeldOut(NamedTuple):
    """Source sentences that were not trained on: to pick heads and layers on, and to report on."""

    name: str
    choose_on: tuple[str, ...]
    report_on: tuple[str, ...]


def held_out_sentences(checkpoint: Checkpoint, n_sentences: int) -> HeldOut:
    """`n_sentences` of each kind: of a task for a model of the task, of the grammar for every other.

    A sentence of the grammar belongs to one split for good, so none of these was ever trained on. Raises
    InputError for a model of a language that the grammar does not know, or when there are fewer than two
    sentences.
    """
    if n_sentences < 2:
        raise InputError(
            f"{n_sentences} sentences were asked for: an interval over sentences needs at least 2."
        )
    loaded = load_corpus(checkpoint.config.corpus.unseen(n_sentences))
    return HeldOut(loaded.name, *(tuple(pair.src for pair in split) for split in (loaded.valid, loaded.test)))


def kinds_of(checkpoint: Checkpoint) -> tuple[AttentionKind, ...]:
    """What can be asked of a model, by kind of attention."""
    return tuple(questions(checkpoint.can))


def measure(
    checkpoint: Checkpoint,
    sentences: HeldOut,
    kinds: Sequence[AttentionKind] = ("cross",),
    blankings: Sequence[Blanking] = ("unk",),
    progress: Callable[[str], None] = lambda message: None,
) -> FaithfulnessReport:
    """The faithfulness of every way of reading, for each kind of words and each way of blanking them out."""
    translated = [
        _own_translations(checkpoint, texts) for texts in (sentences.choose_on, sentences.report_on)
    ]
    parts = []
    for kind in kinds:
        progress(f"{kind}: picking heads and layers on {len(sentences.choose_on)} sentences")
        picking = {name: method for name, method in METHODS.items() if method.pick}
        chosen = _choose(_read(checkpoint, *translated[0], kind, blankings, picking), blankings)
        progress(f"{kind}: reading {len(sentences.report_on)} others in every way")
        ranked = _read(checkpoint, *translated[1], kind, blankings, METHODS)
        for blanking in blankings:
            rows, refused, left_out = _summary(ranked, chosen, blanking)
            parts.append(
                Faithfulness(
                    kind,
                    blanking,
                    f"{sentences.name}, test split",
                    len(ranked.read),
                    len(sentences.choose_on),
                    rows,
                    refused,
                    left_out,
                )
            )
    return FaithfulnessReport(checkpoint.name, checkpoint.sha256, tuple(parts))


@dataclass(frozen=True)
class _Rankings:
    """What reading many sentences gave: for each sentence the ranks by blanking and method, and what was
    refused.

    names: by method the candidates' names;  failed: why whole sentences could not be read, how often.
    """

    read: list[tuple[dict[Blanking, dict[str, Ranks]], tuple[Refusal, ...]]]
    names: dict[str, tuple[str, ...]]
    failed: Counter[str]


def _own_translations(
    checkpoint: Checkpoint, texts: Sequence[str]
) -> tuple[list[tuple[str, list[int]]], Counter[str]]:
    """Each text with the ids of its greedy translation; and why some cannot be translated, how often."""
    fitting, failed = [], Counter()
    for text in texts:
        try:
            fitting.append((text, checkpoint.model.special.read(encode_source(checkpoint, text).ids)))
        except InputError as error:
            failed[str(error)] += 1
    translated = []
    for start in range(0, len(fitting), BATCH):
        batch = fitting[start : start + BATCH]
        translated += zip(
            (text for text, _ in batch), greedy_ids(checkpoint.model, [ids for _, ids in batch]), strict=True
        )
    return translated, failed


def _read(
    checkpoint: Checkpoint,
    translated,
    failed: Counter[str],
    kind: AttentionKind,
    blankings: Sequence[Blanking],
    methods: dict[str, Method],
) -> _Rankings:
    ranked = _Rankings([], {}, failed.copy())
    for text, ids in translated:
        try:
            readings = read_all(read_pair(checkpoint, text, ids), kind, methods)
        except InputError as error:
            ranked.failed[str(error)] += 1
            continue
        ranked.names.update({name: candidates.names for name, candidates in readings.candidates.items()})
        ranked.read.append(({blanking: rank(readings, blanking) for blanking in blankings}, readings.refused))
    return ranked


def _choose(ranked: _Rankings, blankings: Sequence[Blanking]) -> dict[tuple[Blanking, str], int]:
    """For each way of blanking and each method the candidate with the highest mean faithfulness."""
    chosen = {}
    for blanking in blankings:
        for name in ranked.names:
            of_sentences = np.stack(
                [mean_rho(ranks.rho) for ranks in _of(ranked, blanking, name)]
            )  # [sentences, candidates]
            chosen[blanking, name] = best_candidate(mean_rho(of_sentences.T))
    return chosen


def _summary(
    ranked: _Rankings, chosen: dict[tuple[Blanking, str], int], blanking: Blanking
) -> tuple[tuple[FaithfulnessRow, ...], tuple[Refusal, ...], tuple[LeftOut, ...]]:
    total = len(ranked.read)
    left_out = [
        LeftOut("sentences", reason, count, total + sum(ranked.failed.values()))
        for reason, count in ranked.failed.items()
    ]
    rows, refused = [], []
    for name in (*METHODS, OTHER_WAY):
        title = METHODS[name].title if name in METHODS else OTHER_WAY_TITLE
        of_method = list(_of(ranked, blanking, name))
        if not of_method:
            refused += [
                next(refusal for refusal in refusals if refusal.method == name)
                for _, refusals in ranked.read[:1]
            ]
            continue
        if len(of_method) < total:
            left_out.append(
                LeftOut(title, "sentences that are too long for it", total - len(of_method), total)
            )
        best = chosen.get((blanking, name), 0)
        names = ranked.names.get(name, ("",))
        rows.append(
            _row(
                name,
                title,
                names[best],
                [Ranks(ranks.rho[best], ranks.same_top[best]) for ranks in of_method],
            )
        )
    rows.sort(key=lambda row: -np.inf if np.isnan(row.mean) else row.mean, reverse=True)
    return tuple(rows), tuple(refused), tuple(left_out)


def _row(name: str, title: str, chosen: str, ranks: Sequence[Ranks]) -> FaithfulnessRow:
    """ranks: of one candidate, for each sentence."""
    means = np.array([mean_rho(each.rho) for each in ranks])
    means = means[~np.isnan(means)]
    rho, same_top = (np.concatenate([getattr(each, part) for each in ranks]) for part in ("rho", "same_top"))
    n_ranked = int((~np.isnan(rho)).sum())
    low, high = interval(draw_counts(len(means)) @ means / len(means)) if means.size else (np.nan, np.nan)
    return FaithfulnessRow(
        method=name,
        title=title,
        chosen=chosen,
        mean=float(means.mean()) if means.size else float("nan"),
        low=float(low),
        high=float(high),
        same_top=float(np.nansum(same_top) / n_ranked) if n_ranked else float("nan"),
        n_sentences=int(means.size),
        n_ranked=n_ranked,
        n_tokens=int(rho.size),
    )


def _of(ranked: _Rankings, blanking: Blanking, name: str) -> Iterator[Ranks]:
    """The ranks of the sentences that could be read by this method."""
    return (ranks[blanking][name] for ranks, _ in ranked.read if name in ranks[blanking])
