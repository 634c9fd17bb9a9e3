"""What did each choice do? The part of the page "Train" that compares runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from explorer.errors import InputError
from explorer.pages import saving, screen
from explorer.pages.training.actions import act, forget
from explorer.pages.training.state import CHOSEN, RUN, provenance, runs_folder, turn_to
from explorer.pages.training.watch import save_curves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import HistoryRow, RunRow

FILTER, STATES, SHOWN, LOG_SCALE = (
    "train_filter",
    "train_states",
    "train_panels",
    "train_compare_log",
)  # session keys
PANELS = ("loss", "accuracy", "bleu", "exact_match")
SECONDS = 5.0  # between two redraws while any run is live
MOST = 48  # runs whose lines can be told apart


def compare(width: int) -> None:
    """All runs, and those that are chosen against each other."""
    from explorer.results import ALIVE
    from explorer.training.runs.launch import list_runs

    statuses = list_runs(runs_folder())
    if not statuses:
        screen.notice("There are no runs yet.", icon="ℹ️")
        if st.button("Start one", key="train_first", type="primary"):
            turn_to("new")
        return
    live = any(status.state in ALIVE for status in statuses)
    st.fragment(table_and_curves, run_every=SECONDS if live else None)(width)


def table_and_curves(width: int) -> None:
    """The part that is redrawn while a run is live."""
    from explorer.training.runs.launch import list_runs
    from explorer.training.runs.table import run_rows

    rows = run_rows([status.folder for status in list_runs(runs_folder())])
    shown = filtered(rows)
    chosen = choose(shown)
    if not chosen:
        st.caption("Tick runs on the left of the table to see their curves and where their settings differ.")
        return
    own = run_rows([row.folder for row in chosen[:MOST]])  # what differs among these
    overlay(own, width)
    differences(own)
    paper_table(own)
    delete_them(own)


def filtered(rows: Sequence[RunRow]) -> list[RunRow]:
    """The rows with what is typed in their name, data, model or settings, and in one of the states picked."""
    from explorer.results import RUN_STATES

    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            "Filter",
            key=FILTER,
            persist_state="session",
            placeholder="name, data, model or setting",
            width=320,
        )
        there = [state for state in RUN_STATES if any(row.state == state for row in rows)]
        states = st.pills("State", there, selection_mode="multi", key=STATES, persist_state="session")
    parts = typed.casefold().split()

    def fits(row: RunRow) -> bool:
        text = " ".join(
            (row.name, row.corpus, row.model, *(f"{path}={value}" for path, value in row.differences.items()))
        ).casefold()
        return all(part in text for part in parts) and (not states or row.state in states)

    return [row for row in rows if fits(row)]


def choose(rows: Sequence[RunRow]) -> list[RunRow]:
    """The table: a click on a header sorts, a tick at the left chooses."""
    if not rows:
        st.caption("No run fits the filter.")
        return []
    names = [row.name for row in rows]
    wanted = st.session_state.get(CHOSEN, names[:3])
    number = st.column_config.NumberColumn
    event = st.dataframe(
        [_cells(row) for row in rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"train_table_{crc32(repr(names).encode()):x}",
        selection_default={
            "selection": {"rows": [place for place, name in enumerate(names) if name in wanted]}
        },
        height=min(36 * (len(rows) + 1), 300),
        column_config={
            "dev loss": number(format="%.4f"),
            "accuracy": number(format="%.4f"),
            "exact match": number(format="%.4f"),
            "BLEU": number(format="%.2f"),
            "minutes": number(format="%.1f"),
            "dropout": number(format="%.2f"),
        },
    )
    chosen = [rows[place] for place in event.selection.rows if place < len(rows)]
    st.session_state[CHOSEN] = [row.name for row in chosen]
    return chosen


def _cells(row: RunRow) -> dict[str, object]:
    """A run as a row of the table, by column; a figure that was not measured is None."""
    measured = {
        "dev loss": row.valid_loss,
        "accuracy": row.accuracy,
        "BLEU": row.bleu,
        "exact match": row.exact_match,
    }
    return {
        "run": row.name,
        "state": row.state,
        "data": row.corpus,
        "model": row.model,
        "layers": row.layers,
        "heads": row.heads,
        "width": row.width,
        "dropout": row.dropout,
        **{name: None if math.isnan(value) else value for name, value in measured.items()},
        "step": row.step,
        "minutes": row.minutes,
    }


def overlay(rows: Sequence[RunRow], width: int) -> None:
    """The curves of the chosen runs over each other."""
    from explorer.training.runs.records import RunRecords
    from explorer.views.training.curves import PANELS as ALL
    from explorer.views.training.curves import CurvePanels
    from explorer.views.training.curves_figure import curves_figure

    histories: dict[str, list[HistoryRow]] = {}
    for row in rows:
        try:
            histories[row.name] = RunRecords(row.folder).history()
        except InputError as error:
            screen.notice(str(error))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        panels = st.pills(
            "Curves",
            list(ALL),
            selection_mode="multi",
            default=list(PANELS),
            format_func=lambda key: ALL[key].title.partition(",")[0],
            key=SHOWN,
            persist_state="session",
        )
        log_loss = st.toggle("Loss on a log scale", key=LOG_SCALE, persist_state="session")
    panels = [key for key in ALL if key in panels]
    if not panels:
        return
    figure = curves_figure(CurvePanels(histories, panels, log_loss), screen.theme(), width)
    screen.figure(figure, "train-overlay")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Thin: training batches. Thick, with marks: held-out sentences.")
        save_curves(histories, panels, log_loss)


def differences(rows: Sequence[RunRow]) -> None:
    """What the chosen runs set otherwise than one another."""
    from explorer.views.training.run_watch import differences_html

    if len(rows) < 2:
        return
    paths = dict.fromkeys(path for row in rows for path in row.differences)
    st.subheader("What is different", anchor=False)
    if not paths:
        st.caption("Nothing: these runs have the same settings.")
        return
    table = {
        path: {row.name: row.differences[path] for row in rows if path in row.differences} for path in paths
    }
    st.html(differences_html(table, [row.name for row in rows], screen.theme()))


def paper_table(rows: Sequence[RunRow]) -> None:
    """The chosen runs as the table of a paper, and as files."""
    from explorer.views.plain_table import Cell, Column, plain_table
    from explorer.views.training.run_table import runs_csv, runs_latex, table_cells

    st.subheader("As the table of a paper", anchor=False)
    header, cells = table_cells(rows)
    columns = [Column(name, number=name not in ("run", "state", "data", "model")) for name in header]
    st.html(
        plain_table(columns, [[Cell(text) for text in line] for line in cells], screen.theme(), name="Runs")
    )
    st.caption("Figures of the step with the lowest held-out loss, whose weights are kept.")
    names = tuple(row.name for row in rows)
    with st.container(horizontal=True):
        for label, make, name in (
            ("CSV", lambda: runs_csv(rows, provenance(names)), "runs.csv"),
            ("LaTeX", lambda: runs_latex(rows), "runs.tex"),
        ):
            saving.save(f"Table as {label}", make, name, f"train_table_{label}")
        if len(rows) == 1 and st.button("Watch this run", key="train_to_watch"):
            turn_to("watch", **{RUN: rows[0].name})


def delete_them(rows: Sequence[RunRow]) -> None:
    """Remove the chosen runs, once somebody has said so twice."""
    from explorer.training.runs.launch import delete

    with st.popover(f"Delete {len(rows)} {'run' if len(rows) == 1 else 'runs'}", key="train_delete_many"):
        st.text(
            f"Delete {', '.join(row.name for row in rows)}, with checkpoints and curves? This cannot be "
            "undone."
        )
        if st.button("Delete them", key="train_delete_many_sure", type="primary"):
            done = [act(delete, row.folder, "") for row in rows]
            forget()
            if all(done):
                st.session_state.pop(CHOSEN, None)
            st.rerun(scope="app")
