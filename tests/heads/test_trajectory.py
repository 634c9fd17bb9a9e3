"""Is a head's question chosen on one half at the last step, its curve read from the other, and the step of
its role the right one?
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.heads.roles.trajectory import head_trajectories
from explorer.results.head_roles import POINTS, POSITIONAL_SHARE
from tests.heads.trajectory_samples import snapshot, training


def test_questions_are_chosen_on_one_half_at_the_end_and_answered_on_the_other():
    snapshots = training()
    trajectories = head_trajectories(snapshots)
    asked = {"encoder_self": ("positional", "syntactic"), "cross": ("positional", "alignment")}
    assert [(c.kind, c.layer, c.head, c.role) for c in trajectories] == [
        (kind, layer, head, role)
        for kind, roles in asked.items()
        for layer in (0, 1)
        for head in (0, 1)
        for role in roles
    ]
    for trajectory in trajectories:
        last = snapshots[-1].of(trajectory.kind)
        same_role = [q for q, role in zip(last.questions, last.roles, strict=True) if role == trajectory.role]
        at = (trajectory.layer, trajectory.head)
        assert trajectory.question == max(
            same_role, key=lambda q: last.chosen[(last.questions.index(q), *at)]
        ), "the rules get the same for all"
        number = last.questions.index(trajectory.question)
        assert trajectory.steps == (10, 20, 40, 80)
        assert trajectory.value == pytest.approx(
            [s.of(trajectory.kind).value[(number, *at)] for s in snapshots], abs=1e-6
        )
        assert trajectory.low == pytest.approx(
            [s.of(trajectory.kind).low[(number, *at)] for s in snapshots], abs=1e-6
        )
        assert (trajectory.n, trajectory.baseline, trajectory.control_best) == (500, 0.3, 0.4)
        for value, low, holds in zip(trajectory.value, trajectory.low, trajectory.holds, strict=True):
            if trajectory.role == "positional":
                assert holds == (value >= POSITIONAL_SHARE)
            else:
                assert holds == (value >= 0.4 + POINTS and low > 0.4), (
                    "above the rule and above random weights, the interval too"
                )
        held = [step for step, holds in zip(trajectory.steps, trajectory.holds, strict=True) if holds]
        since = next(
            (s for s in trajectory.steps if all(later in held for later in trajectory.steps if later >= s)),
            None,
        )
        assert trajectory.taken_at == since


def test_what_is_best_on_the_half_that_counts_does_not_choose_the_question():
    chosen = {"cross": {"aligned:output": [[0.9]], "aligned:input": [[0.1]]}}
    found = {"cross": {"aligned:output": [[0.2]], "aligned:input": [[0.8]]}}
    (trajectory,) = head_trajectories([snapshot(5, found, chosen)])
    assert (
        trajectory.question == "aligned:output"
        and trajectory.value == pytest.approx((0.2,))
        and trajectory.taken_at is None
    )


@pytest.mark.parametrize(
    "shares, taken_at",
    [
        ((0.1, 0.95, 0.96, 0.99), 20),
        ((0.95, 0.5, 0.96, 0.99), 40),
        ((0.95, 0.95, 0.95, 0.5), None),
        ((0.9, 0.9, 0.9, 0.9), 10),
    ],
)
def test_a_role_is_taken_when_it_stays(shares, taken_at):
    steps = [
        snapshot(step, {"cross": {"offset:0": [[share]]}})
        for step, share in zip((10, 20, 40, 80), shares, strict=True)
    ]
    (trajectory,) = head_trajectories(steps)
    assert trajectory.taken_at == taken_at


def test_a_baseline_that_depends_on_the_relation_is_taken_off_before_relations_are_compared():
    """Baselines of 0.2 and 0.7 where questions are chosen: 0.5 is a gain over the first, 0.75 hardly one over
    the second.
    """
    one = snapshot(5, {"encoder_self": {"obj:to_head": [[0.5]], "det:to_head": [[0.75]]}})
    answers = replace(one.answers[0], chosen_baseline=np.array([0.2, 0.7]))
    (trajectory,) = head_trajectories([replace(one, answers=(answers,))])
    assert trajectory.question == "obj:to_head" and trajectory.label == "obj, dependent → head"


def test_what_was_not_asked_at_a_step_is_no_number():
    early, late = (
        snapshot(step, {"cross": {"offset:0": [[0.95]], "aligned:output": [[0.9]]}}) for step in (1, 2)
    )
    early = replace(early, answers=(replace(early.answers[0], questions=("offset:0", "aligned:input")),))
    alignment = next(
        trajectory for trajectory in head_trajectories([early, late]) if trajectory.role == "alignment"
    )
    assert math.isnan(alignment.value[0]) and alignment.holds == (False, True) and alignment.taken_at == 2
    assert head_trajectories([]) == ()
    nothing = replace(
        late.answers[0],
        roles=(),
        questions=(),
        rules=(),
        chosen=np.zeros((0, 1, 1)),
        value=np.zeros((0, 1, 1)),
    )
    assert head_trajectories([replace(late, answers=(nothing,))]) == ()
