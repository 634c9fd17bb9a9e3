"""How is a run doing? The part of the page "Train" that watches it learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import saving, screen, sidebar
from explorer.pages.training.actions import buttons
from explorer.pages.training.snapshots import attention
from explorer.pages.training.state import RUN, SECONDS, provenance, runs_folder, turn_to

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.results import HistoryRow, RunStatus
    from explorer.training.runs.records import RunRecords

LOG_SCALE = "train_log_scale"  # session key
PANELS = ("loss", "accuracy", "bleu", "learning_rate")
ICONS = {"waiting": "⏳", "running": "🏃", "stopped": "⏸️", "finished": "✅", "failed": "❌", "died": "💀"}
GAP = 32  # pixels between the curves and the matrix


def watch(width: int) -> None:
    """The run that is picked, and its address."""
    from explorer.training.runs.launch import list_runs

    runs = {status.name: status for status in list_runs(runs_folder())}
    wanted = st.query_params.get(RUN, "")
    if not runs:
        screen.notice("There are no runs yet.", icon="ℹ️")
        if st.button("Start one", key="train_first", type="primary"):
            turn_to("new")
        return
    if wanted and wanted not in runs:
        st.toast(
            "The address asks for a run that is not here, so another one is shown.", icon="ℹ️", duration="long"
        )
    if st.session_state.get(RUN) not in runs:
        st.session_state[RUN] = wanted if wanted in runs else next(iter(runs))
    line = st.container(horizontal=True, vertical_alignment="bottom", key="train_line")
    with line:
        name = st.selectbox("Run", list(runs), key=RUN, persist_state="session", width=320)
    if wanted != name:
        st.query_params[RUN] = (
            name  # a bound widget would leave out the one that is picked by default, and the newest changes
        )
    status = runs[name]
    with line:
        buttons(status)
    if status.state == "finished" and not any(info.run == name for info in sidebar.checkpoints()):
        sidebar.checkpoints.clear()  # in every picker at once
    from explorer.results import ALIVE

    live = status.state in ALIVE
    st.fragment(follow, run_every=SECONDS if live else None)(status.folder, status.state, width)
    settings(status)


def follow(folder: Path, state: str, width: int) -> None:
    """Everything that changes while the run goes on, redrawn every second."""
    from explorer.results import ALIVE
    from explorer.training.runs.launch import run_status
    from explorer.training.runs.records import RunRecords
    from explorer.training.runs.request import holds_run
    from explorer.views.training.run_watch import share_done, status_line, tiles, tiles_html

    try:
        status, records = run_status(folder), RunRecords(folder)
        history = records.history()
    except InputError as error:
        if not holds_run(folder):  # deleted in another tab
            st.rerun(scope="app")
        screen.notice(str(error))
        return
    if status.state != state and (state in ALIVE) != (status.state in ALIVE):
        if status.state == "finished":
            sidebar.checkpoints.clear()
        st.rerun(scope="app")  # other buttons, and no more looking every second
    st.text(f"{ICONS[status.state]} {status_line(status)}{f' On {status.device}.' if status.device else ''}")
    st.progress(share_done(status))
    held_out = next((row.values for row in reversed(history) if "valid_loss" in row.values), {})
    st.html(
        tiles_html(
            tiles(status, {key: value for key, value in held_out.items() if key not in status.values}),
            screen.theme(),
        )
    )
    if status.state in ("failed", "died"):
        log(status, expanded=True)
    room = width * 11 // 20
    left, right = st.columns([room, width - room - GAP], gap="medium")
    with left:
        curves(status, history, room)
    with right:
        attention(folder.name, records, width - room - GAP)
    samples(records, history)
    if status.state not in ("failed", "died"):
        log(status)


def curves(status: RunStatus, history: Sequence[HistoryRow], width: int) -> None:
    """Loss, accuracy, BLEU and learning rate over the steps."""
    from explorer.views.training.curves import CurvePanels
    from explorer.views.training.curves_figure import curves_figure

    log_loss = st.session_state.get(LOG_SCALE, False)
    drawn = CurvePanels({status.name: history}, PANELS, log_loss, status.max_steps)
    screen.figure(curves_figure(drawn, screen.theme(), width), "train-curves")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle("Loss on a log scale", key=LOG_SCALE, persist_state="session")
        st.caption("Thin: training batches. Thick, with marks: held-out sentences.")


def samples(records: RunRecords, history: Sequence[HistoryRow]) -> None:
    """What it makes of a few held-out sentences."""
    from explorer.views.training.run_watch import samples_html

    last = next((row.step for row in reversed(history) if "valid_loss" in row.values), None)
    kept = records.samples(after=last - 1) if last is not None else ()
    if kept:
        st.text(f"Held-out sentences as the model translates them at step {kept[-1].step:,}")
        st.html(samples_html([one for one in kept if one.step == kept[-1].step], screen.theme()))


def log(status: RunStatus, expanded: bool = False) -> None:
    """The last lines that its process wrote."""
    if status.log_tail:
        key = f"train_log_{expanded}"
        screen.section("Last lines of its log", key, _log, status.log_tail, opened=expanded)


def _log(lines: Sequence[str]) -> None:
    st.code("\n".join(lines), language=None, wrap_lines=True)


def settings(status: RunStatus) -> None:
    """The config of the run, its event file, and pictures of its curves to take home; folded."""
    screen.section("Settings, and files to take home", "train_settings", _settings, status)


def _settings(status: RunStatus) -> None:
    from explorer.config.fields import flat
    from explorer.training.runs.event_files import event_file
    from explorer.training.runs.records import RunRecords
    from explorer.training.runs.request import read_config
    from explorer.views.training.run_watch import settings_html

    try:
        config, rows = read_config(status.folder), RunRecords(status.folder).timed_history()
    except InputError as error:
        screen.notice(str(error))
        return
    with st.container(horizontal=True):
        if rows:
            save_curves(
                {status.name: [row for _, row in rows]}, PANELS, st.session_state.get(LOG_SCALE, False)
            )
            saving.save(
                "Event file for TensorBoard",
                lambda: event_file(rows),
                f"events.out.tfevents.{int(rows[0][0]):010d}.{status.name}",
                "train_events",
            )
    st.html(settings_html(flat(config.to_dict()), screen.theme()))


def save_curves(runs: dict[str, Sequence[HistoryRow]], panels: Sequence[str], log_loss: bool) -> None:
    """Buttons that save the curves as they are shown."""
    from explorer.views.scene.png import scene_png
    from explorer.views.scene.svg import scene_svg
    from explorer.views.training.curves import CurvePanels
    from explorer.views.training.curves_scene import curves_scene

    source, theme = provenance(tuple(runs)), screen.theme()
    for label, make in (("PNG", scene_png), ("SVG", scene_svg)):
        saving.save(
            f"Curves as {label}",
            lambda make=make: make(curves_scene(CurvePanels(runs, panels, log_loss), theme, 1200), source),
            f"curves.{label.lower()}",
            f"train_curves_{label}",
        )
