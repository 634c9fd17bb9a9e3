"""When each head took its role: the answers at all steps of a training run, read with one question per head.

The question is the one that the head answers best at the last step, on the half of the sentences on which
questions are chosen; the curve is of the other half. A role is taken at the first step from which on its
condition is met at every later one: a passing moment does not count.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from explorer.results import HEAD_ROLES, HeadRole, HeadTrajectory, KindAnswers, RoleSnapshot
from explorer.results.head_roles import Score

DIGITS = 6  # decimals that single precision keeps of a share: so 90 of 100 rows are 0.9 and not a little less


def head_trajectories(snapshots: Sequence[RoleSnapshot]) -> tuple[HeadTrajectory, ...]:
    """One for each head and each role that it was asked about, layer by layer; snapshots: by step."""
    if not snapshots:
        return ()
    return tuple(
        trajectory
        for answers in snapshots[-1].answers
        for head in np.ndindex(answers.value.shape[1:])
        for role in HEAD_ROLES.values()
        for trajectory in _trajectory(snapshots, answers, role, *head)
    )


def _trajectory(
    snapshots: Sequence[RoleSnapshot], last: KindAnswers, role: HeadRole, layer: int, head: int
) -> Iterator[HeadTrajectory]:
    asked = [number for number, other in enumerate(last.roles) if other == role.key]
    if not asked:
        return
    number = max(asked, key=lambda number: _strength(last, role, number, layer, head))  # the first of equals
    question, baseline, control_best = (
        last.questions[number],
        float(last.baseline[number]),
        float(last.control_best[number]),
    )
    curves = [
        [_at(snapshot, last, question, name, layer, head) for snapshot in snapshots]
        for name in ("value", "low", "high")
    ]
    yield HeadTrajectory(
        last.kind,
        layer,
        head,
        role.key,
        question,
        role.label(question),
        tuple(snapshot.step for snapshot in snapshots),
        *map(tuple, curves),
        n=int(last.n[number]),
        rule=last.rules[number],
        baseline=baseline,
        control_best=control_best,
        holds=tuple(
            bool(role.holds(Score(value, low, baseline, control_best)))
            for value, low in zip(*curves[:2], strict=True)
        ),
    )


def _strength(answers: KindAnswers, role: HeadRole, number: int, layer: int, head: int) -> float:
    """How strongly a question speaks for the role of a head where questions are chosen."""
    chosen, baseline = float(answers.chosen[number, layer, head]), float(answers.chosen_baseline[number])
    value = role.strength(chosen, baseline)
    return -math.inf if math.isnan(value) else value


def _at(snapshot: RoleSnapshot, last: KindAnswers, question: str, name: str, layer: int, head: int) -> float:
    """nan where the question was not asked at that step, or there was no such head."""
    answers = snapshot.of(last.kind)
    if (
        answers is None
        or question not in answers.questions
        or answers.value.shape[1:] != last.value.shape[1:]
    ):
        return math.nan
    return round(float(getattr(answers, name)[answers.questions.index(question), layer, head]), DIGITS)
