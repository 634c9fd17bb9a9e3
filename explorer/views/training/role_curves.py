"""How loss and roles grow over a training run: the panels below the film."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import HEAD_ROLES, HeadRole, HeadTrajectory, HistoryRow
from explorer.views.heads.roles import interval, share
from explorer.views.numbers import short
from explorer.views.text import visible_line
from explorer.views.theme import Theme, role_color

LOWEST = -0.5  # of a gain that is drawn: a head that is far below a rule says no more than one below it


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
