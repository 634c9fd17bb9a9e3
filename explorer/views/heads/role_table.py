"""The table of all heads with their roles: data for the component `head_table`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import FIGURES, HEAD_ROLES, Evidence, HeadId, HeadRow, Measure, RoleKey, names_of
from explorer.views.heads.roles import (
    CRITERION_MARKS,
    FIGURE_NAMES,
    IN_NATS,
    contested,
    criteria_marks,
    evidence_lines,
    evidence_marks,
    interval,
    measure_text,
    points,
    question_label,
    readings,
    strongest,
    unit,
)
from explorer.views.numbers import exact_number
from explorer.views.text import visible_line
from explorer.views.theme import Theme, blend, role_color


def table_data(
    rows: Sequence[HeadRow], theme: Theme, selected: HeadId | None = None, figure: str = "confidence"
) -> dict:
    """JSON-ready data for `explorer.components.head_table`.

    figure: the key of FIGURES of the last column. Bars run from 0 to 1; a cell without a score has no number
    and sorts last.
    """
    roles = [role for role in HEAD_ROLES if any(row.best(role) for row in rows)]
    return {
        "columns": _columns(roles, figure, theme),
        "rows": [_row(row, roles, figure, theme, selected) for row in rows],
        "legend": [
            {"mark": "value", "label": "score"},
            {"mark": "interval", "label": "95 % interval"},
            {"mark": "baseline", "label": "baseline"},
            {"mark": "control", "label": "best head with random weights"},
            {"mark": "✓✗", "label": "readings of the criterion, the deciding one first"},
        ],
        "colors": {
            "accent": theme.accent,
            "muted": theme.muted,
            "surface": theme.surface,
            "grid": theme.grid,
            "ground": theme.background,
        },
        "one_kind": len({row.kind for row in rows}) == 1,
        "description": f"{len(rows)} heads with their roles and the evidence for them",
        "empty": "" if rows else "No head is left: pick another kind or role.",
    }


def _columns(roles: Sequence[RoleKey], figure: str, theme: Theme) -> list[dict[str, str]]:
    """The head, its roles, a score for each role, and one figure, each with its explanation."""
    return [
        {
            "name": "Head",
            "help": "Click the name to see the head on the page “Heads”, the row to see its evidence below.",
        },
        {
            "name": "Role",
            "help": "The roles that the evidence speaks for. Dashed: only by a reading of the criterion "
            "that does not decide.",
        },
        *(
            {
                "name": f"{HEAD_ROLES[role].mark} {HEAD_ROLES[role].name}",
                "unit": "%",
                "help": HEAD_ROLES[role].rule,
                "color": role_color(theme, role),
            }
            for role in roles
        ),
        {"name": FIGURE_NAMES[figure], "unit": unit(figure), "help": FIGURES[figure]},
    ]


def _row(row: HeadRow, roles: Sequence[RoleKey], figure: str, theme: Theme, selected: HeadId | None) -> dict:
    main = role_color(theme, row.roles[0]) if row.roles else None
    cells = [_evidence_cell(strongest(row, role), theme) for role in roles]
    measure = row.figures.get(figure)
    cells.append(None if measure is None else _figure_cell(figure, measure, theme))
    return {
        "head": list(row.id),
        "name": row.name,
        "kind": names_of(row.kind).short,
        "selected": row.id == selected,
        "tint": blend(theme.background, main, 0.12) if main else None,
        "edge": main,
        "roles": [
            _badge(row, role, theme) for role in HEAD_ROLES if role in row.roles or role in contested(row)
        ],
        "order": _order(row),
        "cells": cells,
    }


def _badge(row: HeadRow, role: RoleKey, theme: Theme) -> dict:
    """A role that the head has, or would have by another reading of the criterion: dashed."""
    said = readings(row, role)
    name = HEAD_ROLES[role].name + (f" {criteria_marks(said)}" if len(set(said)) > 1 else "")
    criteria = [criterion.text for criterion in row.best(role).criteria]
    lines = [
        f"{CRITERION_MARKS[holds]} {visible_line(text)}" for holds, text in zip(said, criteria, strict=False)
    ]
    return {
        "mark": HEAD_ROLES[role].mark,
        "name": name,
        "color": role_color(theme, role),
        "dashed": role not in row.roles,
        "title": "\n".join(lines),
    }


def _order(row: HeadRow) -> float:
    """For sorting by role: by the first role, then by how strongly the evidence speaks; heads without a role
    last.
    """
    if not row.roles:
        return -1.0 if contested(row) else -2.0
    first = row.roles[0]
    value = strongest(row, first).value
    return 2.0 * (len(HEAD_ROLES) - list(HEAD_ROLES).index(first)) + (value if math.isfinite(value) else 0.0)


def _evidence_cell(evidence: Evidence | None, theme: Theme) -> dict | None:
    if evidence is None:
        return None
    return {
        "value": points(evidence.value),
        "label": question_label(evidence),
        "marks": evidence_marks(evidence),
        "note": f"{interval(evidence.low, evidence.high)}, n {evidence.n:,}",
        "title": "\n".join(evidence_lines(evidence)),
        "color": role_color(theme, evidence.role) if evidence.holds else theme.muted,
        "sort": _number(evidence.value),
        "bar": _bar(evidence.value, evidence.low, evidence.high, evidence.baseline, evidence.control_best),
    }


def _figure_cell(figure: str, measure: Measure, theme: Theme) -> dict:
    value, bounds = measure_text(figure, measure)
    equal = measure_text(figure, Measure(measure.baseline, math.nan, math.nan, 0, math.nan))[0]
    return {
        "value": value,
        "label": "",
        "marks": "",
        "note": f"{bounds}, n {measure.n:,}",
        "title": f"{FIGURES[figure]}\n{value} {unit(figure)}, 95 % interval {bounds}, n "
        f"{measure.n:,}\nequal weights: {equal}",
        "color": theme.text,
        "sort": _number(measure.value),
        "bar": None
        if figure in IN_NATS
        else _bar(measure.value, measure.low, measure.high, measure.baseline, math.nan),
    }


def _bar(value: float, low: float, high: float, baseline: float, control: float) -> dict | None:
    """Places on a bar from 0 to 1; None where there is nothing to draw."""
    if not math.isfinite(value):
        return None
    places = {"value": value, "low": low, "high": high, "baseline": baseline, "control": control}
    return {
        name: round(min(1.0, max(0.0, place)), 4) if math.isfinite(place) else None
        for name, place in places.items()
    }


def _number(value: float) -> float | None:
    return exact_number(value) if math.isfinite(value) else None
