"""When does each head take its role? In sentences, as rows of a table and as CSV."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.results import HEAD_ROLES, HeadTrajectory, Provenance, RoleSnapshot, in_order, names_of
from explorer.views.csv_table import table_csv
from explorer.views.heads.roles import interval, share
from explorer.views.text import visible_line

NO_ROLES = (
    "When heads take their roles was not recorded for this training: there are only its snapshots and its "
    "loss. A new run records it (training.role_sentences)."
)


def trajectory_sentence(trajectory: HeadTrajectory) -> str:
    """What a head does at the end, and since when: "offset −1, 97.0 % (95.1–98.2) at step 1,000; since step
    160".
    """
    since = "no role at the end" if trajectory.taken_at is None else f"since step {trajectory.taken_at:,}"
    value, low, high = trajectory.value[-1], trajectory.low[-1], trajectory.high[-1]
    last = f"{share(value)} ({interval(low, high)})"
    curve = HEAD_ROLES[trajectory.role].curve
    if curve.unit == "error":
        last = f"{curve.error} {share(1 - value)} ({interval(1 - high, 1 - low)})"
    return f"{visible_line(trajectory.label)}, {last} at step {trajectory.steps[-1]:,}; {since}"


def summary(trajectories: Sequence[HeadTrajectory], roles: Sequence[RoleSnapshot]) -> str:
    """How many heads have a role at the end, and which came first and last."""
    heads = {(c.kind, c.layer, c.head) for c in trajectories}
    taken = sorted((c for c in trajectories if c.taken_at is not None), key=lambda c: c.taken_at)
    if not taken:
        none = f"None of {len(heads)} heads has a role" if len(heads) > 1 else "The one head has no role"
        return f"{none} at step {roles[-1].step:,} by the criteria of the page “Head roles”."
    with_role = {(c.kind, c.layer, c.head) for c in taken}
    first, last = taken[0], taken[-1]

    def said(c: HeadTrajectory) -> str:
        what = f"{HEAD_ROLES[c.role].name}: {visible_line(c.label)}"
        return f"{names_of(c.kind).name} {c.name} ({what}) from step {c.taken_at:,} on"

    n_with = f"{len(with_role)} of {len(heads)} heads" if len(heads) > 1 else "The one head"
    line = (
        f"{n_with} {'have' if len(with_role) > 1 else 'has'} a role at step {roles[-1].step:,}. The "
        f"first: {said(first)}."
    )
    return line if first is last else f"{line} The last: {said(last)}."


def discipline(roles: Sequence[RoleSnapshot]) -> str:
    """How what is shown was chosen."""
    last = roles[-1]
    return (
        "What a head is asked (which offset, which relation, which row of the alignment) is chosen once, at "
        f"step {last.step:,}, on {last.n_chosen:,} validation sentences; every point of its curve is its "
        f"answer on {last.n_reported:,} others. A role counts from the first step from which on its "
        f"criterion always holds; the criteria are those of the page “Head roles”, with {last.n_controls} "
        "models with random weights to be better than."
    )


COLUMNS = (
    "kind",
    "layer",
    "head",
    "role",
    "question",
    "taken_at",
    "value",
    "low",
    "high",
    "n",
    "rule",
    "baseline",
    "control_best",
)


def trajectory_rows(trajectories: Sequence[HeadTrajectory]) -> list[dict]:
    """One row for each head and role: what it is asked, from which step on it has the role, and what it
    answers at the end.

    Alignment is 1 − AER here, so that more is better in every row.
    """
    order = in_order(c.kind for c in trajectories)
    trajectories = sorted(
        trajectories,
        key=lambda c: (c.taken_at is None, c.taken_at or 0, order.index(c.kind), c.layer, c.head),
    )
    return [
        {
            "kind": c.kind,
            "layer": c.layer,
            "head": c.head,
            "role": c.role,
            "question": c.label,
            "taken_at": c.taken_at,
            "value": c.value[-1],
            "low": c.low[-1],
            "high": c.high[-1],
            "n": c.n,
            "rule": c.rule,
            "baseline": c.baseline,
            "control_best": c.control_best,
        }
        for c in trajectories
    ]


def trajectories_csv(trajectories: Sequence[HeadTrajectory], provenance: Provenance) -> str:
    """Every point of every curve: one line for each head, role and step."""
    header = (
        "kind",
        "layer",
        "head",
        "role",
        "question",
        "step",
        "value",
        "low",
        "high",
        "holds",
        "n",
        "baseline",
        "control_best",
    )
    rows = [
        (
            c.kind,
            c.layer,
            c.head,
            c.role,
            c.label,
            step,
            *numbers,
            int(holds),
            c.n,
            c.baseline,
            c.control_best,
        )
        for c in trajectories
        for step, *numbers, holds in zip(c.steps, c.value, c.low, c.high, c.holds, strict=True)
    ]
    errors = {
        key: f"1 - {role.curve.error}" for key, role in HEAD_ROLES.items() if role.curve.unit == "error"
    }
    return table_csv(header, rows, provenance, errors, visible_line)
