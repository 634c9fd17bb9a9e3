"""What is folded away below the roles: every number of a head, a map of all heads, and the best of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen

if TYPE_CHECKING:
    from explorer.results import HeadMap, HeadReport, HeadRow

GAP = 32  # pixels between two maps


def every_figure(report: HeadReport, row: HeadRow, width: int) -> None:
    """How a head spreads its weight, and every number of its evidence; folded."""
    screen.section(f"Every number of {row.name}", "roles_figures_box", _every_figure, report, row, width)


def _every_figure(report: HeadReport, row: HeadRow, width: int) -> None:
    from explorer.views.heads.role_figures import figure_line, figures_figure
    from explorer.views.heads.role_rows import all_evidence, evidence_rows
    from explorer.views.heads.roles import IN_NATS

    figure = figures_figure(row, screen.theme(), min(width - 48, 720))
    screen.figure(figure, "roles-figures")
    for name in IN_NATS:
        if name in row.figures:
            line = figure_line(name, row.figures[name])
            st.text(line[0].upper() + line[1:] + ".")
    st.dataframe(evidence_rows(all_evidence(report, row)), hide_index=True, key="roles-evidence-table")


def alike(report: HeadReport, row: HeadRow, width: int) -> None:
    """The heads of this kind as points of a map; folded."""
    head_map = next((each for each in report.maps if each.kind == row.kind), None)
    if head_map is None or head_map.n_layers * head_map.n_heads == 1:
        return
    screen.section("Which heads are alike? A map", "roles_map_box", _alike, report, row, head_map, width)


def _alike(report: HeadReport, row: HeadRow, head_map: HeadMap, width: int) -> None:
    from explorer.views.heads.map import head_map_figure, map_sentence, nearest_sentence, reach_of

    control_map = next((each for each in report.control_maps if each.kind == row.kind), None)
    drawn = [("trained", "Trained", head_map, report.rows)]
    drawn += (
        [("random", "The same model with random weights", control_map, report.control)]
        if control_map is not None
        else []
    )
    size = min((width - 48 - GAP * (len(drawn) - 1)) // len(drawn), 620)
    reach = reach_of(*(each for _, _, each, _ in drawn))  # one scale, or distances could not be compared
    for place, (key, title, each, rows) in zip(st.columns(len(drawn), gap="medium"), drawn, strict=True):
        of_kind = {(row.layer, row.head): row for row in rows if row.kind == each.kind}
        with place:
            if len(drawn) > 1:
                st.markdown(f"**{title}**")
            figure = head_map_figure(each, of_kind, screen.theme(), (row.layer, row.head), size, reach)
            screen.figure(figure, f"roles-map-{key}")
            st.caption(map_sentence(each))
    st.caption(nearest_sentence(head_map, (row.layer, row.head)))


def best_of_all(report: HeadReport) -> None:
    """For every question the head that answers it best; folded."""
    screen.section("Which head is best at each question?", "roles_best_box", _best_of_all, report)


def _best_of_all(report: HeadReport) -> None:
    from explorer.views.heads.role_rows import best_rows

    st.caption(
        "The head is chosen on one set of sentences and scored on the other. A high score with a small gain "
        "over its baseline is position, not grammar."
    )
    number = st.column_config.NumberColumn(format="%.1f")
    columns = dict.fromkeys(("score", "baseline", "gain", "random weights, best"), number)
    with st.container(key="roles-best-table"):
        st.dataframe(best_rows(report), hide_index=True, column_config=columns)
