"""An experiment: a question, a prediction, named runs, what is measured, and an answer from the figures."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from explorer.config.run import RunConfig
from explorer.results import Answer, FinishedRun, HistoryRow
from explorer.training.runs.table import kept_row


@dataclass(frozen=True)
class Experiment:
    """One question of a lecture.

    name: in the address and on the command line;  title: in the picker;  question: the heading;  prediction:
    asked first, with its options;  measured: what the picture shows, one sentence;  labels: of the runs by
    key, in order;  configs: gives their settings by key; measures: names in
    `explorer.experiments.measure.MEASURES`, taken of each trained model;  answer: from the shipped runs by
    key; from_checkpoints: the shipped runs are shipped checkpoints, each named as its config;
    models: keys of the runs whose trained model is shipped too, as the page goes on asking it.
    """

    name: str
    title: str
    question: str
    prediction: str
    options: tuple[str, ...]
    measured: str
    labels: dict[str, str]
    configs: Callable[[], dict[str, RunConfig]]
    answer: Callable[[Mapping[str, FinishedRun]], Answer]
    measures: tuple[str, ...] = ()
    from_checkpoints: bool = False
    models: tuple[str, ...] = ()


def comparable(config: RunConfig) -> RunConfig:
    """`config` without the sizes of the vocabularies, which a run finds in its data."""
    return dataclasses.replace(config, model=dataclasses.replace(config.model, src_vocab=0, tgt_vocab=0))


def same_question(config: RunConfig, other: RunConfig) -> bool:
    """Whether two runs differ in nothing but name, seed and machine: the same experiment done again."""

    def plain(one: RunConfig) -> RunConfig:
        training = dataclasses.replace(one.training, seed=1, device="auto")
        return dataclasses.replace(comparable(one), name="", description="", training=training)

    return plain(config) == plain(other)


# ------------------------------------------------------------------------------------------- figures of a run


def validations(run: FinishedRun) -> tuple[HistoryRow, ...]:
    """The rows of the history at which held-out sentences were looked at."""
    return tuple(row for row in run.history if "valid_loss" in row.values)


def kept(run: FinishedRun, value: str) -> float:
    """A value of the validation whose weights were kept, that with the lowest validation loss; nan before the
    first.
    """
    row = kept_row(run.history)
    return math.nan if row is None else row.values.get(value, math.nan)


def last(run: FinishedRun, value: str) -> float:
    """A value of the last validation, nan before the first."""
    rows = validations(run)
    return rows[-1].values.get(value, math.nan) if rows else math.nan


def best_key(runs: Mapping[str, FinishedRun], value: Callable[[FinishedRun], float]) -> str:
    """The key of the run with the highest value; the first of several that are equal."""
    return max(runs, key=lambda key: value(runs[key]))
