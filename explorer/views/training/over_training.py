"""A sentence's heads at every step of a training run: data for `over_training`."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

import numpy as np

from explorer.results import HEAD_ROLES, Film, HeadTrajectory, HistoryRow, TrainingTimeline, names_of
from explorer.views.attention.grid import read_along
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.attention.matrix_scene import bare_scene
from explorer.views.heads.roles import share
from explorer.views.numbers import short
from explorer.views.scene.svg import scene_data
from explorer.views.text import visible_line
from explorer.views.theme import Colormap, Theme, rgb, role_color, weight_color
from explorer.views.training.role_curves import loss_panel, role_panel
from explorer.views.training.trajectories import trajectory_sentence

WEIGHTS = 10_000  # weights are sent as whole numbers of this part: snapshots hold about three digits


def film_data(
    film: Film,
    timeline: TrainingTimeline,
    trajectories: Sequence[HeadTrajectory],
    theme: Theme,
    width: int = 560,
    colormap: Colormap = "cividis",
) -> dict:
    """JSON-ready data for `explorer.components.over_training`: every frame at once, so that playing asks
    nobody.

    timeline: the training run, by its name; another one begins at its last step;  trajectories: of all kinds,
    those of the film's kind are drawn;  width: pixels for the large picture.
    """
    history = timeline.history
    n_layers, n_heads, n_rows, n_cols = film.weights.shape[1:]
    own = [trajectory for trajectory in trajectories if trajectory.kind == film.kind]
    rows, cols, picture = film.view.rows, film.view.cols, MatrixPicture(film.view, colormap=colormap)
    return {
        "key": f"{timeline.name} {film.kind} {rows.tokens} {cols.tokens} {theme.name} {width}",
        "timeline": timeline.name,
        "steps": list(film.steps),
        "max_steps": max(timeline.max_steps, film.steps[-1]),
        "shape": [n_layers, n_heads, n_rows, n_cols],
        "cells": _packed_cells(film),
        "parts": WEIGHTS,
        "palette": _packed_palette(theme, colormap),
        "picture": scene_data(bare_scene(picture, theme, width)),
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
