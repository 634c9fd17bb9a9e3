"""Which heads does the model need? The section that switches off every head in turn over a corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import saving, screen
from explorer.pages.heads import reports

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.attention.shown import Shown
    from explorer.results import ImportanceReport

BOX, MODE, SIZE = "importance_box", "importance_mode", "importance_size"  # session keys
SIZES = (25, 50, 100, 200)

LEAD = "Each head is switched off on its own, and the same sentences are translated and scored again."
GRADIENT = (
    "Beside it stands what one backward pass says without switching anything off: how steeply the loss "
    "changes when a head is turned down a little, E |Att · ∂L/∂Att| over sentences, divided by its ℓ2 "
    "norm within the layer (Michel et al. 2019, eq. 2)."
)


def every_head(shown: Shown, width: int) -> None:
    """What each head is worth, with intervals, its gradient beside it, and the pruning curve; folded."""
    screen.section("Switch every head off in turn", BOX, _every_head, shown, width - 48)


@st.fragment
def _every_head(shown: Shown, width: int) -> None:
    info = shown.info
    if not shown.record.kinds:
        st.text(f"{info.name} has no attention, so there is no head to switch off.")
        return
    st.text(LEAD)
    try:
        kept = reports.importance(info)
    except InputError as error:
        screen.notice(str(error))
        kept = None
    if kept is not None and kept.sha256 != info.sha256:
        screen.notice(
            "The measurement kept with this model was made with other weights. Measure again.", icon="ℹ️"
        )
        kept = None
    place = st.container()
    with st.container(key="measure"):
        measure(info)
    report = reports.importance_results(info).get("last", kept)
    if report is not None:
        with place:
            show(info, report, width)


def measure(info: CheckpointInfo) -> None:
    """How many sentences and how a head is masked; a button that measures them and keeps the result for every
    reader.
    """
    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        n_sentences = st.segmented_control(
            "Sentences", SIZES, default=50, key=SIZE, required=True, persist_state="session"
        )
        mode = st.segmented_control(
            "Weights of a head that is off",
            ["zero", "uniform"],
            default="zero",
            format_func={"zero": "zero", "uniform": "equal"}.get,
            key=MODE,
            required=True,
            persist_state="session",
        )
        pressed = st.button("Measure", key="importance_measure")
    if not pressed:
        return
    bar = st.progress(0.0, text="Preparing the sentences")
    try:
        for share, what in reports.measure_importance(info, n_sentences, mode):
            bar.progress(min(share, 1.0), text=f"{100 * share:.0f} %: {what}")
    except InputError as error:
        screen.notice(str(error))
    bar.empty()


def show(info: CheckpointInfo, report: ImportanceReport, width: int) -> None:
    """Figures, sentences, the table and the files."""
    from explorer.views.heads.importance import importance_figure
    from explorer.views.heads.importance_sentences import (
        corpus_sentence,
        correlation_sentence,
        curve_sentence,
        luck_sentence,
        shown_sentence,
    )
    from explorer.views.heads.pruning_curve import pruning_figure

    st.text(corpus_sentence(report))
    figure = importance_figure(report, screen.theme(), width)
    screen.figure(figure, "importance")
    st.caption(" ".join((luck_sentence(report), shown_sentence(report), GRADIENT)))
    with st.container(key="importance-correlation"):
        st.text(correlation_sentence(report))
    st.markdown("**Pruning: the least important head first**")
    figure = pruning_figure(report, screen.theme(), width)
    screen.figure(figure, "pruning")
    st.caption(curve_sentence(report))
    if st.toggle("Every number as a table", key="importance_table"):
        table(report)
    files(info, report)


def table(report: ImportanceReport) -> None:
    """One row for each head, to be sorted by any column."""
    from explorer.results import names_of
    from explorer.views.heads.importance_table import importance_rows, table_columns

    columns = {
        name: st.column_config.TextColumn(label, help=said, pinned=True)
        if name == "kind"
        else st.column_config.NumberColumn(
            label, format=f"%.{digits}f", help=said, pinned=name in ("layer", "head")
        )
        for name, (label, digits, said) in table_columns().items()
    }
    rows = [row | {"kind": names_of(row["kind"]).name} for row in importance_rows(report)]
    st.dataframe(rows, hide_index=True, column_config=columns)


def files(info: CheckpointInfo, report: ImportanceReport) -> None:
    """The numbers as files, each with its provenance."""
    from explorer.heads.importance.report import IMPORTANCE, importance_to_json
    from explorer.views.heads.importance_table import importance_csv, pruning_csv

    source = saving.provenance(info.name, info.sha256, {"mode": report.mode, "sentences": report.n_sentences})
    with st.container(horizontal=True):
        for label, content, name in (
            ("Heads, CSV", importance_csv(report, source), f"heads-off-{info.name}.csv"),
            ("Pruning, CSV", pruning_csv(report, source), f"pruning-{info.name}.csv"),
            ("JSON", importance_to_json(report), IMPORTANCE),
        ):
            saving.save(label, content, name, f"save-{label}")
