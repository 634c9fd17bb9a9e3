"""What a training run shows while it goes on, and what it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from explorer.results.attention import PassRecord

RunState = Literal["waiting", "running", "stopped", "finished", "failed", "died"]
RUN_STATES: tuple[RunState, ...] = get_args(RunState)
RESUMABLE: tuple[RunState, ...] = ("stopped", "failed", "died")
ALIVE: tuple[RunState, ...] = ("waiting", "running")


@dataclass(frozen=True)
class HistoryRow:
    """One line of a run's history: training figures at `step`, and validation figures when they were taken
    there.
    """

    step: int
    epoch: float
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class AttentionSnapshot:
    """The attention of one fixed sentence pair at one training step. sentence: which of them, from 0."""

    step: int
    record: PassRecord
    sentence: int = 0


@dataclass(frozen=True)
class SampleTranslation:
    """How a held-out sentence is translated at one training step. sentence: which of them, from 0."""

    step: int
    sentence: int
    src: str
    reference: str
    translation: str


@dataclass(frozen=True)
class RunStatus:
    """Where one run stands, now.

    state: "died" when its process is gone without a word;  reason: why it is no longer running, "" while it
    is;
    phase: while it is running: "preparing" its data, "training" or "measuring" the result;
    step: the last one written, of max_steps;  values: of the last row of the history;  device: in words, ""
    before it is known; created_at, started_at, updated_at: seconds since 1970, 0.0 for never;  seconds_left:
    None as long as the pace is not known; n_ahead: how many runs are before it in the line, 0 unless it
    waits;  log_tail: the last lines of its log;
    checkpoint: where the trained model is, None as long as there is none.
    """

    name: str
    folder: Path
    state: RunState
    reason: str = ""
    phase: str = ""
    step: int = 0
    max_steps: int = 0
    epoch: float = 0.0
    values: dict[str, float] = field(default_factory=dict)
    device: str = ""
    created_at: float = 0.0
    started_at: float = 0.0
    updated_at: float = 0.0
    seconds_left: float | None = None
    n_ahead: int = 0
    log_tail: tuple[str, ...] = ()
    checkpoint: Path | None = None


@dataclass(frozen=True)
class RunRow:
    """One line of a table of runs, as in a paper: the settings that matter and what came of them.

    layers, heads, width: as text ("3+3" for encoder and decoder, "–" where the model has none);  kept_step:
    the step with the lowest validation loss, to which valid_loss, accuracy, bleu and exact_match belong (nan
    before the first validation);  minutes: of training steps and validations, from the first to the last row
    of the history;  differences: what this run sets otherwise than other runs of the table, by field
    ("training.learning_rate"), as text.
    """

    name: str
    folder: Path
    state: RunState
    corpus: str
    model: str
    layers: str
    heads: str
    width: str
    dropout: float
    step: int
    max_steps: int
    kept_step: int
    valid_loss: float
    accuracy: float
    bleu: float
    exact_match: float
    minutes: float
    differences: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSize:
    """What a run's data come to once they are read and cut into tokens.

    n_train, n_valid, n_test: sentence pairs;  n_left_out: training pairs longer than the model allows;
    src_vocab, tgt_vocab: entries; tokens_per_epoch: target tokens;  steps_per_epoch: batches;  longest:
    tokens of the longest sentence that is trained on.
    """

    n_train: int
    n_valid: int
    n_test: int
    n_left_out: int
    src_vocab: int
    tgt_vocab: int
    tokens_per_epoch: int
    steps_per_epoch: int
    longest: int


@dataclass(frozen=True)
class Estimate:
    """What a run will need.

    n_parameters: exact;  n_bytes: memory of the process, estimated;  seconds: of training, estimated, None
    where nothing was measured on such a device;  basis: what the time is estimated from, one sentence;
    n_epochs: passes over the training data.
    """

    n_parameters: int
    n_bytes: int
    seconds: float | None
    basis: str
    n_epochs: float
    data: DataSize
