"""How loss and roles grow over a training run: the panels below the film."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import HeadRole, HeadTrajectory, HistoryRow
from explorer.views.heads.roles import interval, share
from explorer.views.numbers import short
from explorer.views.text import visible_line
from explorer.views.theme import ROLE_COLOURS, Theme

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
    """One line for each head: its share at its offset, its gain over the baseline, or its alignment error."""
    lines = []
    own = [trajectory for trajectory in trajectories if trajectory.role == role]
    n_heads = max(trajectory.head for trajectory in own) + 1
    for trajectory in own:
        rows = [
            (step, plotted(trajectory, value))
            for step, value in zip(trajectory.steps, trajectory.value, strict=True)
        ]
        said = [_said(trajectory, number) for number in range(len(rows))]
        kept = [number for number, (_, value) in enumerate(rows) if math.isfinite(value)]
        line = _line(
            trajectory.name, [rows[n] for n in kept], ROLE_COLOURS[theme.name][role], [said[n] for n in kept]
        )
        lines.append(
            line | {"head": trajectory.layer * n_heads + trajectory.head, "taken": trajectory.taken_at}
        )
    values = [value for line in lines for value in line["values"]]
    if role == "positional":
        rule, low, high, title, note = (
            {"at": 0.9, "label": "90 %"},
            0.0,
            1.0,
            "Positional",
            "share of maxima at the head's own offset",
        )
    elif role == "syntactic":
        low, high = max(LOWEST, min(-0.1, *values)), max(0.2, *values)
        rule, title, note = (
            {"at": 0.1, "label": "+10"},
            "Syntactic",
            "accuracy at its best relation minus a fixed offset's, points",
        )
    else:
        rule = {"at": 1 - min(trajectory.baseline for trajectory in own), "label": "rule"}
        low, high, title, note = 0.0, 1.0, "Alignment error", "AER of the head's maxima, lower is better"
    return {
        "title": title,
        "note": note,
        "low": low,
        "high": high,
        "ticks": _role_ticks(role, low, high),
        "rule": rule,
        "lines": lines,
    }


def plotted(trajectory: HeadTrajectory, value: float) -> float:
    """What a curve shows: the share (positional), the share above the baseline (syntactic), or the alignment
    error rate.
    """
    return {"positional": value, "syntactic": value - trajectory.baseline, "alignment": 1 - value}[
        trajectory.role
    ]


def _said(trajectory: HeadTrajectory, number: int) -> str:
    value, low, high = trajectory.value[number], trajectory.low[number], trajectory.high[number]
    at = f"at step {trajectory.steps[number]:,}"
    if trajectory.role == "alignment":
        said = (
            f"AER {share(1 - value)} ({interval(1 - high, 1 - low)}), {trajectory.rule} "
            f"{share(1 - trajectory.baseline)}"
        )
    elif trajectory.role == "syntactic":
        said = (
            f"{share(value)} ({interval(low, high)}) of {trajectory.n:,}, {trajectory.rule} "
            f"{share(trajectory.baseline)}"
        )
    else:
        said = f"{share(value)} ({interval(low, high)}) of {trajectory.n:,}"
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
    if role != "syntactic":
        return [{"at": at, "label": f"{100 * at:.0f} %"} for at in (0.0, 0.5, 1.0)]
    size = 0.2 if high - low <= 0.7 else 0.3
    return [
        {"at": n * size, "label": f"{100 * n * size:+.0f}" if n else "0"}
        for n in range(math.ceil(low / size), int(high / size) + 1)
    ]
