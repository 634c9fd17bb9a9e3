"""The table of the page "Head roles": a row for each head, filtered, and the one that was picked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention.options import kind_titles
from explorer.pages.heads import picked
from explorer.pages.navigation import LEAVE

if TYPE_CHECKING:
    from explorer.pages.sidebar import Choice
    from explorer.results import HeadReport, HeadRow

# Session keys: {checkpoint: the head whose evidence is shown}, and the widgets'.
PICKED = "roles_picked"
KIND, ROLE, FIGURE = "roles_kind", "roles_role", "roles_figure"
EVERY, NONE = "all", "none"


def table(choice: Choice, report: HeadReport) -> HeadRow:
    """Every head as a row, filtered; returns the row whose evidence is shown."""
    from explorer.components.head_table import head_table
    from explorer.views.heads.role_table import table_data

    rows, figure = list(report.rows), "confidence"
    if len(rows) > 1:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if len(report.kinds) > 1:
                rows = of_kind(choice, report)
            rows = with_role(report, rows)
            figure = last_column(report)
    selected = picked_row(choice, report, rows)
    head_table(
        table_data(rows, screen.theme(), selected.id, figure),
        key="roles-table",
        on_pick=lambda value: pick(choice, report, value),
        on_open=lambda value: open_head(choice, report, value),
    )
    return selected


def of_kind(choice: Choice, report: HeadReport) -> list[HeadRow]:
    """The rows of the kind of attention that is picked, or of all kinds."""
    kinds = [*report.kinds, EVERY]
    if st.session_state.get(KIND) not in kinds:  # at first one with something to see
        st.session_state[KIND] = next((row.kind for row in report.rows if row.roles), kinds[0])
    names = kind_titles(choice.info) | {EVERY: "All"}
    kind = st.segmented_control(
        "Attention",
        kinds,
        format_func=names.get,
        key=KIND,
        required=True,
        persist_state="session",
    )
    return [row for row in report.rows if kind in (EVERY, row.kind)]


def with_role(report: HeadReport, rows: list[HeadRow]) -> list[HeadRow]:
    """Those of the rows that have the role that is picked, out of the roles that the report asks about."""
    from explorer.results import HEAD_ROLES

    roles = [role for role in HEAD_ROLES if any(row.best(role) for row in report.rows)]
    names = (
        {EVERY: "all heads"}
        | {role: f"{HEAD_ROLES[role].mark} {HEAD_ROLES[role].name}" for role in roles}
        | {NONE: "no role"}
    )
    if st.session_state.get(ROLE) not in names:
        st.session_state[ROLE] = EVERY
    wanted = st.selectbox(
        "Only", list(names), format_func=names.get, key=ROLE, persist_state="session", width=140
    )
    return [row for row in rows if wanted == EVERY or wanted in (row.roles or (NONE,))]


def last_column(report: HeadReport) -> str:
    """The figure that stands in the last column."""
    from explorer.results import FIGURES
    from explorer.views.heads.roles import FIGURE_NAMES

    return st.selectbox(
        "Last column",
        [name for name in FIGURES if any(name in row.figures for row in report.rows)],
        format_func=FIGURE_NAMES.get,
        key=FIGURE,
        persist_state="session",
        width=150,
        help="What a head does with its weight.",
    )


def picked_row(choice: Choice, report: HeadReport, rows: list[HeadRow]) -> HeadRow:
    """The head that was picked, while it is in the table; else the most telling one there: one that follows a
    dependency relation if there is one.
    """
    wanted = st.session_state.get(PICKED, {}).get(choice.info.name)
    shown = rows or list(report.rows)
    for row in shown:
        if row.id == wanted:
            return row

    def telling(row: HeadRow) -> tuple:
        strongest = max((e.low - e.baseline for e in row.evidence if e.holds), default=0.0)
        follows_a_tree = any(e.relation is not None and e.holds for e in row.evidence)
        return follows_a_tree, bool(row.roles), strongest

    return max(shown, key=telling)


def pick(choice: Choice, report: HeadReport, value: object) -> None:
    """Take the row that the browser says was clicked, if there is such a head."""
    for row in report.rows:
        if value == list(row.id):
            st.session_state.setdefault(PICKED, {})[choice.info.name] = row.id


def open_head(choice: Choice, report: HeadReport, value: object) -> None:
    """Take the row, and go to the page "Heads" with it."""
    for row in report.rows:
        if value == list(row.id):
            pick(choice, report, value)
            picked.open_with(choice.info.name, row.kind, ((row.layer, row.head),))
            st.session_state[LEAVE] = "heads"
