"""What a run of training leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from explorer.results.attention import AttentionRecord


@dataclass(frozen=True)
class HistoryRow:
    """One line of a run's history: training figures at `step`, and validation figures when they were taken there."""

    step: int
    epoch: float
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class AttentionSnapshot:
    """The attention of one fixed sentence pair at one training step."""

    step: int
    record: AttentionRecord
