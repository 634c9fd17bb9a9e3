"""The report that the page "Head roles" shows, stored or computed, and where its numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.heads import reports

if TYPE_CHECKING:
    from explorer.pages.sidebar import Choice
    from explorer.results import HeadReport

SIZES = (50, 100, 200, 400)  # sentences of each split that a page computes on
SIZE = "roles_size"  # session key


def find_report(choice: Choice) -> HeadReport | None:
    """The report to show: one that was computed on this page, else the one in the checkpoint's folder if it
    is about these weights.

    Without one the reader is told why.
    """
    info = choice.info
    computed = reports.head_reports(info)
    if "last" in computed:
        return computed["last"]
    try:
        report = reports.head_report(info)
    except InputError as error:
        screen.notice(str(error))
        return None
    if report is None:
        screen.notice(
            f"{info.name} has no report on its heads yet: compute one here, or with `python -m explorer "
            "heads --write`.",
            icon="ℹ️",
        )
        return None
    if report.sha256 != info.sha256:
        screen.notice(
            f"The report in the folder of {info.name} was made with other weights (sha256 "
            f"{report.sha256[:12]}…, and these are {info.sha256[:12]}…): compute it again here, or with "
            "`python -m explorer heads --write`.",
            icon="ℹ️",
        )
        return None
    return report


def compute(choice: Choice, label: str) -> None:
    """A button that studies every head on a few sentences and keeps the report for all readers."""
    info = choice.info
    with st.container(horizontal=True, vertical_alignment="bottom", key="compute"):
        n_sentences = st.segmented_control(
            "Sentences of each of the two sets",
            SIZES,
            default=100,
            key=SIZE,
            required=True,
            persist_state="session",
        )
        pressed = st.button(label, key="roles_compute")
    if not pressed:
        return
    with st.status("Preparing the sentences", expanded=True) as status:
        try:
            reports.study_heads(
                info, n_sentences, lambda message: status.update(label=message[0].upper() + message[1:])
            )
        except InputError as error:
            status.update(label="This could not be computed.", state="error")
            screen.notice(str(error))
            return
    st.rerun()


def behind(choice: Choice, report: HeadReport) -> None:
    """The corpus, what was left out and why, and a new computation; folded."""
    title = "Where do the numbers come from, and what was left out?"
    screen.section(title, "roles_behind_box", _behind, choice, report)


def _behind(choice: Choice, report: HeadReport) -> None:
    from explorer.views.heads.roles import corpus_line, left_out_lines

    st.text(corpus_line(report))
    st.text("Left out:" if report.left_out else "Nothing was left out.")
    for line in left_out_lines(report.left_out):
        st.text(line)
    compute(choice, "Compute it again")
