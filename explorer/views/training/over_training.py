"""How does attention come about? A sentence's heads step by step, and when each head takes its role: data for
`over_training`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

import numpy as np

from explorer.results import (
    HEAD_ROLES,
    Film,
    HeadRole,
    HeadTrajectory,
    HistoryRow,
    Provenance,
    RoleSnapshot,
    in_order,
    names_of,
)
from explorer.views.attention.grid import read_along
from explorer.views.attention.matrix_scene import bare_scene
from explorer.views.export import table_csv
from explorer.views.heads.roles import interval, share
from explorer.views.scene import scene_data
from explorer.views.theme import (
    Colormap,
    Theme,
    rgb,
    role_color,
    short,
    visible_line,
    weight_color,
)

WEIGHTS = 10_000  # weights are sent as whole numbers of this part: snapshots hold about three digits
LOWEST = -0.5  # of a gain that is drawn: a head that is far below a rule says no more than one below it
NO_ROLES = (
    "When heads take their roles was not recorded for this training: there are only its snapshots and its "
    "loss. A new run records it "
    "(training.role_sentences)."
)


def film_data(
    film: Film,
    history: Sequence[HistoryRow],
    trajectories: Sequence[HeadTrajectory],
    theme: Theme,
    timeline_key: str,
    width: int = 560,
    max_steps: int = 0,
    colormap: Colormap = "cividis",
) -> dict:
    """JSON-ready data for `explorer.components.over_training`: every frame at once, so that playing asks
    nobody.

    trajectories: of all kinds, those of the film's kind are drawn;  timeline_key: names the training run,
    another one begins at its last step; width: pixels for the large picture.
    """
    n_layers, n_heads, n_rows, n_cols = film.weights.shape[1:]
    own = [trajectory for trajectory in trajectories if trajectory.kind == film.kind]
    rows, cols = film.view.rows, film.view.cols
    return {
        "key": f"{timeline_key} {film.kind} {rows.tokens} {cols.tokens} {theme.name} {width}",
        "timeline": timeline_key,
        "steps": list(film.steps),
        "max_steps": max(max_steps, film.steps[-1]),
        "shape": [n_layers, n_heads, n_rows, n_cols],
        "cells": _packed_cells(film),
        "parts": WEIGHTS,
        "palette": _packed_palette(theme, colormap),
        "picture": scene_data(bare_scene(film.view, theme, 1.0, colormap, width)),
        "rows": [visible_line(label) for label in rows.tokens],
        "cols": [visible_line(label) for label in cols.tokens],
        "heads": [
            _head(film, own, layer, head, theme) for layer in range(n_layers) for head in range(n_heads)
        ],
        "head": _opening_head(film, own),
        "facts": [_facts(step, history) for step in film.steps],
        "panels": [
            loss_panel(history, theme),
            *(
                role_panel(own, role, theme)
                for role in HEAD_ROLES.values()
                if any(c.role == role.key for c in own)
            ),
        ],
        "axis": _axis(film, history),
        "colors": {name: getattr(theme, name) for name in ("accent", "muted", "grid", "surface")},
        "note": f"{names_of(film.kind).name} · {read_along(rows, cols)}",
        "hint": "Keys: ← → Home End space",
    }


def _packed_cells(film: Film) -> str:
    """All weights in the order of the film's array, as base64 of two bytes each, the lower one first."""
    cells = np.clip(np.rint(film.weights * WEIGHTS), 0, WEIGHTS).astype("<u2")
    return base64.b64encode(cells.tobytes()).decode("ascii")


def _packed_palette(theme: Theme, colormap: Colormap) -> str:
    """The colours of 256 weights from 0 to 1, as base64 of three bytes each."""
    colors = (rgb(weight_color(theme, step / 255, 1.0, colormap)) for step in range(256))
    return base64.b64encode(bytes(channel for color in colors for channel in color)).decode("ascii")


# ------------------------------------------------------------------------------------------------------ heads


def _head(film: Film, own: Sequence[HeadTrajectory], layer: int, head: int, theme: Theme) -> dict:
    """A head's name, and for each role whether it has it at each of the film's steps."""
    roles = []
    for trajectory in own:
        if (trajectory.layer, trajectory.head) == (layer, head):
            holds = dict(zip(trajectory.steps, trajectory.holds, strict=True))
            roles.append(
                {
                    "mark": HEAD_ROLES[trajectory.role].mark,
                    "color": role_color(theme, trajectory.role),
                    "said": f"{HEAD_ROLES[trajectory.role].name}: {trajectory_sentence(trajectory)}",
                    "holds": [holds.get(step, False) for step in film.steps],
                }
            )
    return {"name": f"L{layer} H{head}", "roles": roles}


def _opening_head(film: Film, own: Sequence[HeadTrajectory]) -> int:
    """The number of the head to begin with: the first to take a role that no rule without weights could
    have, else the surest at the last step.
    """
    n_heads = film.weights.shape[2]
    taken = sorted(
        (c for c in own if c.taken_at is not None),
        key=lambda c: (not HEAD_ROLES[c.role].beats_rules, c.taken_at),
    )
    if taken:
        return taken[0].layer * n_heads + taken[0].head
    return int(film.weights[-1].max(-1).mean(-1, dtype=np.float64).argmax())


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


# ----------------------------------------------------------------------------------------------------- curves


def loss_panel(history: Sequence[HistoryRow], theme: Theme) -> dict:
    """Training and validation loss."""
    lines = []
    for name, label, color in (("loss", "training", theme.muted), ("valid_loss", "validation", theme.text)):
        rows = [
            (row.step, row.values[name]) for row in history if math.isfinite(row.values.get(name, math.nan))
        ]
        if rows:
            lines.append(
                _line(
                    label,
                    rows,
                    color,
                    [f"{label} loss {short(value)} at step {step:,}" for step, value in rows],
                )
            )
    values = [value for line in lines for value in line["values"]]
    high = max(values, default=1.0)
    return {
        "title": "Loss",
        "note": f"nats per token: validation {'black' if theme.name == 'light' else 'white'}, training grey",
        "low": 0.0,
        "high": 1.05 * high,
        "ticks": _ticks(high, short),
        "rule": None,
        "lines": lines,
    }


def role_panel(trajectories: Sequence[HeadTrajectory], role: HeadRole, theme: Theme) -> dict:
    """One line for each head, in the unit of the role: a share, a gain over the baseline, or an error."""
    lines = []
    own = [trajectory for trajectory in trajectories if trajectory.role == role.key]
    n_heads = max(trajectory.head for trajectory in own) + 1
    for trajectory in own:
        rows = [
            (step, plotted(trajectory, value))
            for step, value in zip(trajectory.steps, trajectory.value, strict=True)
        ]
        said = [_said(trajectory, number) for number in range(len(rows))]
        kept = [number for number, (_, value) in enumerate(rows) if math.isfinite(value)]
        line = _line(
            trajectory.name, [rows[n] for n in kept], role_color(theme, role.key), [said[n] for n in kept]
        )
        lines.append(
            line | {"head": trajectory.layer * n_heads + trajectory.head, "taken": trajectory.taken_at}
        )
    low, high = _reach([value for line in lines for value in line["values"]], role)
    return {
        "title": role.curve.title,
        "note": role.curve.note,
        "low": low,
        "high": high,
        "ticks": _role_ticks(role, low, high),
        "rule": _role_line(own, role),
        "lines": lines,
    }


def plotted(trajectory: HeadTrajectory, value: float) -> float:
    """What a curve shows of a score: the share, the gain over the baseline, or the error."""
    return {"share": value, "gain": value - trajectory.baseline, "error": 1 - value}[
        HEAD_ROLES[trajectory.role].curve.unit
    ]


def _reach(values: Sequence[float], role: HeadRole) -> tuple[float, float]:
    """The ends of a panel's axis: a gain has no natural ones."""
    if role.curve.unit != "gain":
        return 0.0, 1.0
    return max(LOWEST, min([-0.1, *values])), max([0.2, *values])


def _role_line(own: Sequence[HeadTrajectory], role: HeadRole) -> dict:
    """The line from which on a head has the role, or that of the rule that it has to beat."""
    line, unit = role.curve.line, role.curve.unit
    if line is None:
        baseline = min(trajectory.baseline for trajectory in own)
        return {"at": 1 - baseline if unit == "error" else baseline, "label": "rule"}
    return {"at": line, "label": f"{100 * line:+.0f}" if unit == "gain" else f"{100 * line:.0f} %"}


def _said(trajectory: HeadTrajectory, number: int) -> str:
    value, low, high = trajectory.value[number], trajectory.low[number], trajectory.high[number]
    curve = HEAD_ROLES[trajectory.role].curve
    said = f"{share(value)} ({interval(low, high)}) of {trajectory.n:,}"
    if curve.unit == "gain":
        said += f", {trajectory.rule} {share(trajectory.baseline)}"
    elif curve.unit == "error":
        said = (
            f"{curve.error} {share(1 - value)} ({interval(1 - high, 1 - low)}), {trajectory.rule} "
            f"{share(1 - trajectory.baseline)}"
        )
    at = f"at step {trajectory.steps[number]:,}"
    return f"{trajectory.name} {visible_line(trajectory.label)}: {said} {at}"


def _line(label: str, rows: Sequence[tuple[int, float]], color: str, said: Sequence[str]) -> dict:
    steps, values = [step for step, _ in rows], [round(float(value), 5) for _, value in rows]
    return {
        "label": label,
        "steps": steps,
        "values": values,
        "said": list(said),
        "color": color,
        "head": None,
        "taken": None,
    }


def _ticks(high: float, text) -> list[dict]:
    size = next((s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if high / s <= 4), max(high, 1e-9))
    return [{"at": n * size, "label": text(n * size)} for n in range(int(high / size) + 1)]


def _role_ticks(role: HeadRole, low: float, high: float) -> list[dict]:
    if role.curve.unit != "gain":
        return [{"at": at, "label": f"{100 * at:.0f} %"} for at in (0.0, 0.5, 1.0)]
    size = 0.2 if high - low <= 0.7 else 0.3
    return [
        {"at": n * size, "label": f"{100 * n * size:+.0f}" if n else "0"}
        for n in range(math.ceil(low / size), int(high / size) + 1)
    ]


def _facts(step: int, history: Sequence[HistoryRow]) -> str:
    """What the validation at `step` found, in a line."""
    values = next((row.values for row in history if row.step == step), {})
    named = (
        ("valid_loss", "validation loss", short),
        ("valid_accuracy", "right tokens", share),
        ("bleu", "BLEU", short),
    )
    return " · ".join(
        f"{label} {text(values[name])}"
        for name, label, text in named
        if math.isfinite(values.get(name, math.nan))
    )


def _axis(film: Film, history: Sequence[HistoryRow]) -> dict:
    """The steps that all curves have below them; ticks: of a logarithmic and of a linear scale."""
    low, high = (
        min([film.steps[0], *(row.step for row in history if row.step > 0)]),
        max([film.steps[-1], *(r.step for r in history)]),
    )
    decades = [
        digit * 10**power for power in range(8) for digit in (1, 2, 5) if low <= digit * 10**power <= high
    ]
    size = next(
        digit * 10**power for power in range(12) for digit in (1, 2, 5) if high <= 5 * digit * 10**power
    )
    return {
        "low": low,
        "high": high,
        "log": [{"at": at, "label": f"{at:,}"} for at in decades],
        "linear": [{"at": at, "label": f"{at:,}"} for at in range(size, high + 1, size)],
    }


# ------------------------------------------------------------------------------------------------------ words


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
        "What a head is asked (which offset, which relation, which row of the alignment) is chosen once, "
        f"at step {last.step:,}, on "
        f"{last.n_chosen:,} validation sentences; every point of its curve is its answer on "
        f"{last.n_reported:,} others. A role counts from "
        "the first step from which on its criterion always holds; the criteria are those of the page “Head "
        "roles”, with "
        f"{last.n_controls} models with random weights to be better than."
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
