"""What is kept of a run that answers a lecture's question: settings, thinned history, measures, machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from explorer.results.training import HistoryRow, SampleTranslation


@dataclass(frozen=True)
class Curve:
    """Measured values over x, such as BLEU over the length of a sentence.

    low, high: 95 % intervals, empty where there are none;  n: how many sentences (or tokens) each point rests
    on, empty where it is one number;  labels: of the places on x, empty where x says it all.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    n: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class FinishedRun:
    """One run of an experiment, as it is shipped and as it is drawn.

    key: which of the experiment's runs;  name: of the run or checkpoint;  config: RunConfig.to_dict();
    reason: why it ended;
    sha256: of the weights that were measured, "" where there are none;  device: in words;  date: of the
    measurement, as 2026-01-31; minutes: of training: for a run from its first to its last row, for a
    checkpoint those on its card;  history: thinned, rows of validations all kept;  samples: at every
    validation;
    curves: what was measured afterwards, by name.
    """

    experiment: str
    key: str
    name: str
    config: dict[str, Any]
    n_parameters: int
    reason: str
    sha256: str
    device: str
    date: str
    minutes: float
    history: tuple[HistoryRow, ...]
    samples: tuple[SampleTranslation, ...] = ()
    curves: dict[str, Curve] = field(default_factory=dict)


@dataclass(frozen=True)
class ShownRun:
    """A run in a picture. label: in words;  number: of its colour, that of its key in the experiment;  own:
    the name of the user's own run, "" for a shipped one."""

    label: str
    run: FinishedRun
    number: int
    own: str = ""


@dataclass(frozen=True)
class Answer:
    """What the figures say. text: one or two sentences;  option: which of the predictions they bear out,
    counted from 0.
    """

    text: str
    option: int
