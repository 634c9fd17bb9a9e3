"""What heads answered at each step of a training run, and the trajectory of each towards its role.

Questions, roles and shares are those of `explorer.results.heads`. Every question is chosen for a head on one
half of held-out sentences and answered on the other half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.results.attention import AttentionKind, MatrixView, PassRecord
from explorer.results.head_roles import RoleKey
from explorer.results.training import AttentionSnapshot, HistoryRow, RunState


@dataclass(frozen=True)
class KindAnswers:
    """What all heads of one kind answered to Q questions at one step.

    roles, questions, rules: one for each question;  chosen: [Q, layers, heads] scores on the half on which
    questions are chosen;
    value, low, high: the same on the other half, with a 95 % interval;  n: [Q] int64, the most rows that a
    head was asked there; chosen_baseline, baseline: [Q], of the rule on the two halves;  control_best: [Q],
    of the best head of all models with random weights.
    """

    kind: AttentionKind
    roles: tuple[RoleKey, ...]
    questions: tuple[str, ...]
    rules: tuple[str, ...]
    chosen: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    chosen_baseline: np.ndarray
    baseline: np.ndarray
    control_best: np.ndarray


@dataclass(frozen=True)
class RoleSnapshot:
    """What the heads of all kinds answered at one step. n_chosen, n_reported: sentences of the two halves;
    n_controls: models with random weights that a head has to be better than."""

    step: int
    n_chosen: int
    n_reported: int
    n_controls: int
    answers: tuple[KindAnswers, ...]

    def of(self, kind: AttentionKind) -> KindAnswers | None:
        """The answers of one kind, None where there are none."""
        return next((answers for answers in self.answers if answers.kind == kind), None)


@dataclass(frozen=True)
class HeadTrajectory:
    """How one head came to what it does for one role.

    question: the one that it answers best where questions are chosen, at the last of `steps`;  value, low,
    high: the answers to it at each step, on the other half;  n: rows asked there;  baseline: of `rule`, which
    looks at no weights;  control_best: of random weights; holds: whether the criterion of the role is met, at
    each step.
    """

    kind: AttentionKind
    layer: int
    head: int
    role: RoleKey
    question: str
    label: str
    steps: tuple[int, ...]
    value: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    n: int
    rule: str
    baseline: float
    control_best: float
    holds: tuple[bool, ...]

    @property
    def taken_at(self) -> int | None:
        """The first step from which on the head has the role at every later one; None when it does not have
        it at the end.
        """
        found = None
        for step, holds in zip(reversed(self.steps), reversed(self.holds), strict=True):
            if not holds:
                break
            found = step
        return found

    @property
    def name(self) -> str:
        return f"L{self.layer} H{self.head}"


@dataclass(frozen=True)
class TrainingTimeline:
    """All that was kept of one training: a shipped model's, or a run's, finished or not.

    name: a shipped checkpoint's, or "runs/<folder>";  state: of a run, None for a shipped model;  roles:
    empty where heads were not asked.
    """

    name: str
    state: RunState | None
    max_steps: int
    history: tuple[HistoryRow, ...]
    snapshots: tuple[AttentionSnapshot, ...]
    roles: tuple[RoleSnapshot, ...]

    @property
    def sentences(self) -> tuple[PassRecord, ...]:
        """The fixed sentences, each as it was recorded last."""
        return tuple({snapshot.sentence: snapshot.record for snapshot in self.snapshots}.values())

    @property
    def kinds(self) -> tuple[AttentionKind, ...]:
        """The kinds of attention that were recorded."""
        return self.sentences[0].kinds if self.snapshots else ()


@dataclass(frozen=True)
class Film:
    """One sentence and one kind of attention, step by step.

    view: the tokens of both sides, with the weights of the first head at the last step;  weights: [steps,
    layers, heads, rows, cols]; log_probs: [steps, tgt_len], of each target token.
    """

    kind: AttentionKind
    steps: tuple[int, ...]
    view: MatrixView
    weights: np.ndarray
    log_probs: np.ndarray
