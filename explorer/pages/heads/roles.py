"""What does each head do? The page "Head roles": one row per head with the evidence for its role, and the
evidence about one head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import saving, screen
from explorer.pages.attention import meanings
from explorer.pages.attention.meanings import Meaning, explain
from explorer.pages.attention.target import begin
from explorer.pages.heads.one_head import one_head
from explorer.pages.heads.role_figures import alike, best_of_all, every_figure
from explorer.pages.heads.role_table import table
from explorer.pages.heads.shown_report import behind, compute, find_report
from explorer.pages.navigation import leave, leave_fragment

if TYPE_CHECKING:
    from explorer.pages.sidebar import Choice
    from explorer.results import HeadReport, HeadRow, SentenceArcs

TITLE = "What does each head do?"
LEAD = (
    "One row for each head: the role that held-out sentences speak for, beside what a simple rule and "
    "random weights would get."
)


MEANING = Meaning(
    "A head has a role when its greatest weights fall where the role says, clearly more often than a rule "
    "that looks at no content would "
    "hit. Each question is chosen for a head on one set of sentences and answered on another, so that luck "
    "does not look like a role, and "
    "the same model with random weights shows what the architecture gives for nothing. A role says where a "
    "head looks; whether the model "
    "needs it is another question, which switching it off answers.",
    r"\mathrm{score}_h = \frac{1}{n}\sum_{i=1}^{n} \mathbf{1}\!\left[\arg\max_j A^h_{ij} = g(i)\right], "
    r"\qquad "
    r"\text{role if } \mathrm{score}_h \ge \max(\mathrm{baseline}, \mathrm{random}) + 0.1",
    "A [n, keys], the rows of head h · g(i), where the role says that row i should look · positional: score "
    "≥ 0.9 at one offset; "
    "alignment: 1 − AER in place of the score",
    "Voita et al. 2019, section 5; words from pieces: Clark et al. 2019, section 4.1; induction: Olsson et "
    "al. 2022",
)


def run() -> None:
    """Draw the page."""
    leave()
    choice, width = begin(TITLE, LEAD, translated=False)
    if choice is not None:
        explore(choice, width)


@st.fragment
def explore(choice: Choice, width: int) -> None:
    """Everything that depends on one model; a click on a row reruns this and no more."""
    leave_fragment()
    info = choice.info
    if not info.can.attention:
        screen.notice(
            f"{info.name} has no attention, so it has no heads and no roles. Pick another model.", icon="ℹ️"
        )
        explain(meanings.BOTTLENECK)
        return
    report = find_report(choice)
    if report is None:
        compute(choice, "Compute the report")
        explain(MEANING)
        return
    from explorer.views.heads.roles import report_line

    st.text(report_line(report))
    if len(report.rows) == 1:
        screen.notice(
            "This model has one head, which looks from what it writes at the source: of the four roles it "
            "can have that of alignment, "
            "or look at rare words. There are no heads inside the encoder or the decoder to be positional "
            "or syntactic.",
            icon="ℹ️",
        )
    row = table(choice, report)
    judged = one_head(choice, report, row, width)
    explain(MEANING)
    every_figure(report, row, width)
    alike(report, row, width)
    best_of_all(report)
    behind(choice, report)
    save(choice, report, row, judged)


def save(choice: Choice, report: HeadReport, row: HeadRow, judged: SentenceArcs | None) -> None:
    """The report and the arcs as files, each with its provenance; folded."""
    screen.section("Save the report", "roles_save_box", _save, choice, report, row, judged)


def _save(choice: Choice, report: HeadReport, row: HeadRow, judged: SentenceArcs | None) -> None:
    from functools import partial

    from explorer.heads.roles.report import report_to_json
    from explorer.views.heads.dependency_arcs import arcs_svg
    from explorer.views.heads.role_files import roles_csv, roles_latex

    files = [
        ("CSV", partial(roles_csv, report), "csv"),
        ("JSON", partial(report_to_json, report), "json"),
        ("LaTeX", partial(roles_latex, report), "tex"),
    ]
    if judged is not None:
        settings = {
            "sentence": " ".join(judged.words),
            "kind": row.kind,
            "head": row.name,
            "relation": judged.relation,
            "direction": judged.direction,
        }
        source = saving.provenance(choice.info.name, choice.info.sha256, settings)
        svg = partial(arcs_svg, judged, row.name, screen.theme(), source)
        files.append(("Arcs as SVG", svg, "svg"))
    with st.container(horizontal=True):
        for label, make, suffix in files:
            saving.save(label, make, f"roles-{choice.info.name}.{suffix}", f"roles-save-{suffix}")
    saving.origin(report.checkpoint, report.sha256)
