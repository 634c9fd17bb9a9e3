"""A report on heads as tables: CSV with every number, and LaTeX for a paper."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from explorer.results import HEAD_ROLES, Criterion, Evidence, HeadReport, HeadRow, Measure, names_of
from explorer.views.csv_table import table_csv
from explorer.views.heads.roles import contested, corpus_line, points
from explorer.views.provenance import provenance_json
from explorer.views.text import visible_line

COLUMNS = (
    "model", "kind", "layer", "head", "what", "role", "question", "label", "chosen", "value", "low", "high",
    "n", "baseline",
    "baseline_rule", "equal_weights", "random_weights", "random_weights_best", "holds", "disputed",
    "criteria",
)  # fmt: skip


def roles_csv(report: HeadReport) -> str:
    """Every number of the rows, one a line: evidence, figures, shares of offsets, and the evidence of the
    random weights.

    Shares are 0 to 1, entropy is in nats, a cell is empty where there is nothing. Facts and provenance stand
    in leading "# " lines.
    """
    facts = {
        "corpus": report.corpus,
        "chosen on": f"{report.chosen_on.name}, {report.chosen_on.n_sentences} sentences",
        "reported on": f"{report.reported_on.name}, {report.reported_on.n_sentences} sentences",
        "target": report.target,
        "frequencies": report.frequencies,
        "control seed": report.control_seed,
        "controls": report.n_controls,
    }
    facts |= {
        f"left out {i}": f"{e.what}: {e.reason}: {e.count} of {e.total}"
        for i, e in enumerate(report.left_out, 1)
    }
    rows = [*_csv_rows("trained", report, report.rows), *_csv_rows("random", report, report.control)]
    return table_csv(COLUMNS, rows, report.provenance, facts, visible_line)


def _csv_rows(model: str, report: HeadReport, rows: Iterable[HeadRow]) -> Iterator[list]:
    """The lines of some heads, in the order of COLUMNS."""
    for row in rows:
        head = [model, row.kind, row.layer, row.head]
        for evidence in row.evidence:
            yield [*head, *_evidence_cells(evidence)]
        for name, measure in row.figures.items():
            yield [*head, *_figure_cells(name, measure)]
        for offset, share in zip(report.offsets, row.offsets, strict=True):
            label = f"offset:{offset}"
            yield [*head, "offset", "", label, "share of all maxima", math.nan, share, *_blank(11)]


def _evidence_cells(e: Evidence) -> list:
    """One question that was put to a head, from the column "what" on."""
    return [
        *("evidence", e.role, e.question, e.label, e.chosen),
        *(e.value, e.low, e.high, e.n),
        *(e.baseline, e.baseline_rule, e.chance, e.control, e.control_best),
        *(_yes(e.holds), _yes(e.disputed), _criteria(e.criteria)),
    ]


def _figure_cells(name: str, m: Measure) -> list:
    """One figure of a head, from the column "what" on."""
    what = ["figure", "", name, "", math.nan]
    return [*what, m.value, m.low, m.high, m.n, math.nan, "", m.baseline, *_blank(5)]


def _blank(n: int) -> list[str]:
    return [""] * n


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _criteria(criteria: tuple[Criterion, ...]) -> str:
    return "; ".join(f"{_yes(c.holds)}: {c.text}" for c in criteria)


# ------------------------------------------------------------------------------------------------------ LaTeX


def roles_latex(report: HeadReport) -> str:
    """A table with booktabs, one line for each role of each head and one for each head without: per cent,
    interval, n, baselines, control.

    Provenance stands in comments at the top.
    """
    lines = [
        *(f"% {line}" for line in _comments(report)),
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        rf"\caption{{Roles of the heads of {latex(report.checkpoint)}. {latex(corpus_line(report))} "
        r"Scores in per cent with 95\,\%",
        r"intervals. * By another reading of the criterion it would be otherwise.}",
        r"\begin{tabular}{lllrcrrr}",
        r"\toprule",
        r"Attention & Head & Role and question & Score & Interval & $n$ & Baseline & Random weights \\",
        r"\midrule",
    ]
    kinds = list(dict.fromkeys(row.kind for row in report.rows))
    for number, kind in enumerate(kinds):
        lines += [r"\midrule"] if number else []
        for row in report.rows:
            lines += _latex_rows(row) if row.kind == kind else []
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def _latex_rows(row: HeadRow) -> list[str]:
    start = f"{names_of(row.kind).short} & L{row.layer} H{row.head}"
    rows = []
    for role in row.roles:
        e = next(e for e in row.evidence if e.role == role and e.holds)
        dispute = r"\textsuperscript{*}" if role in contested(row) else ""
        rows.append(
            f"{start} & {HEAD_ROLES[role].name}{dispute}: {latex(e.label)} & {_latex_points(e.value)} & "
            f"{_latex_points(e.low)}--"
            f"{_latex_points(e.high)} & {e.n} & {_latex_points(e.baseline)} & "
            f"{_latex_points(e.control_best)} \\\\"
        )
    return rows or [rf"{start} & -- & & & & & \\"]


def _latex_points(value: float) -> str:
    return points(value) if math.isfinite(value) else "--"


def _comments(report: HeadReport) -> list[str]:
    """ASCII lines that cannot end the comment."""
    provenance = provenance_json(report.provenance)
    return [f"checkpoint {_ascii(report.checkpoint)}", f"provenance {provenance}"]


def _ascii(text: str) -> str:
    return visible_line(text).encode("ascii", "backslashreplace").decode()


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\^{}",
    "~": r"\~{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "−": "$-$", "→": r"$\to$", "…": r"\ldots{}", "·": r"$\cdot$", "“": "``", "”": "''", "–": "--",
    "≥": r"$\geq$",
}  # fmt: skip


def latex(text: str) -> str:
    """`text` as LaTeX that prints it and does nothing else."""
    return re.sub(
        ".", lambda match: _LATEX.get(match.group(), match.group()), visible_line(text), flags=re.DOTALL
    )
