"""What heads do, in words: names of questions and figures, and the sentences about a report on heads."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from explorer.results import HEAD_ROLES, CorpusPart, Evidence, HeadReport, HeadRow, LeftOut, Measure, RoleKey
from explorer.views.text import visible_line

FIGURE_NAMES = {  # the keys of FIGURES as a reader sees them
    "confidence": "confidence",
    "entropy": "entropy",
    "self": "on itself",
    "previous": "on the token before",
    "next": "on the token after",
    "first": "on the first token",
    "last": "on the last word",
    "separator": "on <s> and </s>",
    "punctuation": "on punctuation",
    "duplicate": "on the same token elsewhere",
    "induction": "induction, in this corpus",
    "prefix_matching": "induction, on random tokens",
    "duplicate_random": "on the same token, random tokens",
}
IN_NATS = ("entropy",)  # all other figures are shares from 0 to 1
CRITERION_MARKS = {True: "✓", False: "✗"}


def roles_line(rows: Iterable[HeadRow]) -> str:
    """How many heads have each role: "3 positional, 1 syntactic, 0 rare token, 2 alignment, 18 without a
    role".
    """
    rows = tuple(rows)
    counts = Counter(role for row in rows for role in row.roles)
    asked = [role for role in HEAD_ROLES if any(row.best(role) for row in rows)]
    without = sum(not row.roles for row in rows)
    said = [f"{counts[role]} {HEAD_ROLES[role].name}" for role in asked]
    return ", ".join([*said, f"{without} without a role"])


def report_line(report: HeadReport) -> str:
    """The result and its control in one sentence each."""
    n = len(report.rows)
    line = f"{n} head{'' if n == 1 else 's'}: {roles_line(report.rows)}."
    if report.control:
        with_role = [row for row in report.control if row.roles]
        said = roles_line(report.control) if with_role else "none has a role"
        line += f" With random weights: {said}."
    return line


def corpus_line(report: HeadReport) -> str:
    """What the report was computed on."""
    return (
        f"{visible_line(report.corpus)}: each question is chosen on the {_part(report.chosen_on)} and "
        "answered on the "
        f"{_part(report.reported_on)}. The decoder was given the {visible_line(report.target)}. How rare a "
        "token is was counted on "
        f"{visible_line(report.frequencies)}. {_controls(report)}"
    )


def _controls(report: HeadReport) -> str:
    first, last = report.control_seed, report.control_seed + report.n_controls - 1
    if report.n_controls == 1:
        return f"A model with random weights (seed {first}) stands beside it."
    return f"{report.n_controls} models with random weights (seeds {first} to {last}) stand beside it."


def _part(part: CorpusPart) -> str:
    size = (
        f"{part.n_sentences:,} sentences, {part.n_src_tokens:,} source and {part.n_tgt_tokens:,} target "
        "tokens"
    )
    return f"{visible_line(part.name)} ({size})"


def readings(row: HeadRow, role: RoleKey) -> tuple[bool, ...]:
    """Whether some evidence gives the head this role, by each reading of the criterion, the deciding one
    first.
    """
    evidence = [e for e in row.evidence if e.role == role]
    n = min((len(e.criteria) for e in evidence), default=0)
    return tuple(any(e.criteria[reading].holds for e in evidence) for reading in range(n))


def contested(row: HeadRow) -> tuple[RoleKey, ...]:
    """The roles that the head has by one reading of the criterion and has not by another."""
    return tuple(role for role in HEAD_ROLES if len(set(readings(row, role))) > 1)


def strongest(row: HeadRow, role: RoleKey) -> Evidence | None:
    """The evidence to show for a role: the strongest that gives it, else the strongest; None when the role
    was not asked about.
    """
    return next((e for e in row.evidence if e.role == role and e.holds), row.best(role))


def head_line(row: HeadRow) -> str:
    """What a head is, with the evidence for each role it has: "syntactic (nsubj, dependent → head: 88.0 % of
    512)".
    """
    found = []
    for role in row.roles:
        e = strongest(row, role)
        found.append(f"{HEAD_ROLES[role].name} ({visible_line(e.label)}: {share(e.value)} of {e.n:,})")
    line = "; ".join(found) or "no role by these criteria"
    other = [HEAD_ROLES[role].name for role in contested(row)]
    return line + (
        f". By another reading of the criterion it would be otherwise: {', '.join(other)}" if other else ""
    )


def points(value: float) -> str:
    """A share in per cent, without the sign: one decimal, so that shares below each other are aligned."""
    return f"{100 * value:.1f}" if math.isfinite(value) else "–"


def share(value: float) -> str:
    """The same with the sign: "97.0 %"."""
    return f"{points(value)} %" if math.isfinite(value) else "–"


def interval(low: float, high: float) -> str:
    """A 95 % interval of shares in per cent: "96.0–97.9"; a dash where there is none."""
    return f"{points(low)}–{points(high)}" if math.isfinite(low) and math.isfinite(high) else "–"


def question_label(evidence: Evidence) -> str:
    """What was asked, in a word or two; `evidence.label` says it at length."""
    role = HEAD_ROLES[evidence.role]
    if role.asks(evidence.question):
        return visible_line(role.short_label(evidence.question))
    return visible_line(evidence.label)


def unit(figure: str) -> str:
    """What a figure is measured in."""
    return "nats" if figure in IN_NATS else "%"


def measure_text(figure: str, measure: Measure) -> tuple[str, str]:
    """A figure and its interval, both in its `unit`; a dash where there is none."""
    if figure not in IN_NATS:
        return points(measure.value), interval(measure.low, measure.high)
    known = math.isfinite(measure.low) and math.isfinite(measure.high)
    value = f"{measure.value:.2f}" if math.isfinite(measure.value) else "–"
    return value, f"{measure.low:.2f}–{measure.high:.2f}" if known else "–"


def criteria_marks(holds: Iterable[bool]) -> str:
    """✓ or ✗ for each reading, the deciding one first."""
    return "".join(CRITERION_MARKS[each] for each in holds)


def evidence_marks(evidence: Evidence) -> str:
    """The same for one piece of evidence."""
    return criteria_marks(criterion.holds for criterion in evidence.criteria)


def evidence_lines(evidence: Evidence) -> tuple[str, ...]:
    """Everything about one piece of evidence, for a hover."""
    lines = [
        f"{HEAD_ROLES[evidence.role].name}: {visible_line(evidence.label)}",
        f"{share(evidence.value)}, 95 % interval {interval(evidence.low, evidence.high)} %, n {evidence.n:,}",
        f"on the sentences that chose this question: {share(evidence.chosen)}",
        f"baseline {share(evidence.baseline)} ({visible_line(evidence.baseline_rule)}), equal weights "
        f"{share(evidence.chance)}",
        f"random weights: the best head {share(evidence.control_best)}, this head {share(evidence.control)}",
        *(
            f"{CRITERION_MARKS[criterion.holds]} {visible_line(criterion.text)}"
            for criterion in evidence.criteria
        ),
    ]
    return tuple(lines)


def left_out_lines(left_out: Sequence[LeftOut]) -> tuple[str, ...]:
    """What was not counted, a sentence each: "3 of 503 sentences: the source has no word."."""
    return tuple(
        f"{e.count:,} of {e.total:,} {visible_line(e.what)}: {visible_line(e.reason)}." for e in left_out
    )
