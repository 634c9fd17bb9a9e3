"""The evidence about heads as rows of tables: all of one head, and the best head for each question."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import HEAD_ROLES, Evidence, HeadReport, HeadRow, names_of
from explorer.views.heads.roles import CRITERION_MARKS, evidence_marks, interval, share
from explorer.views.text import visible_line


def all_evidence(report: HeadReport, row: HeadRow) -> tuple[Evidence, ...]:
    """The evidence of a head's row, and of the questions that no other head answers better; of positions only
    its own.
    """
    asked = {e.question: e for e in row.evidence}
    for best in report.best:
        same_head = (best.kind, best.layer, best.head) == row.id
        if same_head and best.evidence.offset is None:
            asked.setdefault(best.evidence.question, best.evidence)
    order = list(dict.fromkeys(e.role for e in row.evidence))
    return tuple(sorted(asked.values(), key=lambda e: order.index(e.role) if e.role in order else len(order)))


def evidence_rows(evidence: Sequence[Evidence]) -> list[dict[str, str]]:
    """All numbers of some evidence, as rows of a table."""
    return [
        {
            "role": HEAD_ROLES[e.role].name,
            "question": visible_line(e.label),
            "score": share(e.value),
            "95 % interval": interval(e.low, e.high),
            "n": f"{e.n:,}",
            "baseline": share(e.baseline),
            "which": visible_line(e.baseline_rule),
            "equal weights": share(e.chance),
            "random weights, best": share(e.control_best),
            "same head": share(e.control),
            "where chosen": share(e.chosen),
            "criteria": "; ".join(f"{CRITERION_MARKS[c.holds]} {visible_line(c.text)}" for c in e.criteria),
        }
        for e in evidence
    ]


def best_rows(report: HeadReport) -> list[dict[str, str | int | float | None]]:
    """For each question the head that answers it best, as rows of a table that can be sorted; scores in per
    cent.
    """

    def number(value: float) -> float | None:
        return round(100 * value, 3) if math.isfinite(value) else None

    return [
        {
            "attention": names_of(best.kind).short,
            "role": HEAD_ROLES[best.evidence.role].name,
            "question": visible_line(best.evidence.label),
            "head": f"L{best.layer} H{best.head}",
            "score": number(best.evidence.value),
            "95 % interval": interval(best.evidence.low, best.evidence.high),
            "n": best.evidence.n,
            "baseline": number(best.evidence.baseline),
            "gain": number(best.evidence.gain),
            "random weights, best": number(best.evidence.control_best),
            "criteria": evidence_marks(best.evidence),
        }
        for best in report.best
    ]
