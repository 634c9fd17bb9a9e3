"""How is a run doing? A part of the page "Train": curves, sample translations and attention while it learns;
stop, resume, delete, open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen, sidebar
from explorer.pages.navigation import LEAVE
from explorer.pages.training.state import RUN, SECONDS, provenance, runs_folder, turn_to

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from explorer.results import AttentionSnapshot, HistoryRow, RunStatus
    from explorer.training.runs.records import RunRecords

SNAPSHOT, SENTENCE, HEAD, LOG_SCALE = (
    "train_snapshot",
    "train_sentence",
    "train_head",
    "train_log_scale",
)  # session keys
PANELS = ("loss", "accuracy", "bleu", "learning_rate")
ICONS = {"waiting": "⏳", "running": "🏃", "stopped": "⏸️", "finished": "✅", "failed": "❌", "died": "💀"}
MEAN = "mean of all heads"
GAP = 32  # pixels between the curves and the matrix


def watch(width: int) -> None:
    """The run that is picked, and its address."""
    from explorer.training.runs.launch import list_runs

    runs = {status.name: status for status in list_runs(runs_folder())}
    wanted = st.query_params.get(RUN, "")
    if not runs:
        screen.notice("There is no run yet.", icon="ℹ️")
        if st.button("Begin one", key="train_first", type="primary"):
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

    alive = status.state in ALIVE
    st.fragment(follow, run_every=SECONDS if alive else None)(status.folder, status.state, width)
    settings(status)


# ---------------------------------------------------------------------------------------------------- buttons


def buttons(status: RunStatus) -> None:
    """What can be done with the run as it is."""
    from explorer.results import ALIVE, RESUMABLE
    from explorer.training.runs.launch import delete, resume, stop

    if status.state in ALIVE:
        if st.button(
            "Stop", key="train_stop", help="It saves its state at the next step, and can go on from there."
        ):
            act(stop, status.folder, "It stops at its next step.")
        return
    if status.state in RESUMABLE and st.button("Resume", key="train_resume", type="primary"):
        act(resume, status.folder, "")
        st.rerun()
    if status.checkpoint is not None:
        st.button(
            "Open in “Translate and align”",
            key="train_open",
            type="primary",
            on_click=_open,
            args=(status.folder,),
        )
    with st.popover("Delete", key=f"train_delete_{status.name}"):
        st.text(f"Delete the run {status.name} with its checkpoint and its curves? Nobody can bring it back.")
        if st.button("Delete it", key="train_delete_sure", type="primary"):
            if act(delete, status.folder, f"{status.name} is deleted."):
                forget()
                turn_to("watch")


def act(do: Callable[[Path], None], folder: Path, said: str) -> bool:
    """Do it, and say so or why not."""
    try:
        do(folder)
    except InputError as error:
        st.toast(str(error), icon="⚠️", duration="long")
        return False
    if said:
        st.toast(said)
    return True


def forget() -> None:
    """After runs were deleted: their checkpoints leave every picker, and files that nobody reads any more the
    disk.
    """
    from explorer.training.runs.uploads import forget_uploads

    sidebar.checkpoints.clear()
    forget_uploads(runs_folder())


def _open(folder: Path) -> None:
    """Have "Translate and align" open with the trained model and the sentence that was watched."""
    from explorer.training.runs.records import RunRecords
    from explorer.training.runs.request import read_config

    sidebar.checkpoints.clear()
    st.session_state[sidebar.MODEL] = f"runs/{folder.name}"
    try:
        samples, is_task = RunRecords(folder).samples(), read_config(folder).corpus.kind == "task"
    except InputError:
        samples, is_task = (), False
    if samples:
        st.session_state[sidebar.NUMBERS if is_task else sidebar.SENTENCE] = samples[-1].src
    st.session_state[LEAVE] = "translate-align"


# --------------------------------------------------------------------------------------------------- pictures


def follow(folder: Path, state: str, width: int) -> None:
    """Everything that changes while the run goes on; drawn anew every second while it does."""
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
    from explorer.views.theme import PLOTLY_CONFIG
    from explorer.views.training.curves import curves_figure

    log_loss = st.session_state.get(LOG_SCALE, False)
    figure = curves_figure({status.name: history}, PANELS, screen.theme(), width, log_loss, status.max_steps)
    st.plotly_chart(figure, key="train-curves", width="content", theme=None, config=PLOTLY_CONFIG)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.toggle("Loss on a log scale", key=LOG_SCALE, persist_state="session")
        st.caption("Thin: training batches. Thick, with marks: held-out sentences.")


def attention(name: str, records: RunRecords, width: int) -> None:
    """Where the model looks in a sentence that stays the same, at one step of its training."""
    from explorer.attention.reading import read_map
    from explorer.views.attention.heatmap import heatmap
    from explorer.views.theme import PLOTLY_CONFIG

    steps = records.snapshot_steps()
    if not steps:
        st.caption("The first picture of attention comes with the first look at held-out sentences.")
        return
    at = picked_step(name, steps)
    shots = records.attention_at(at)
    if not shots:
        return
    line = st.container(horizontal=True)
    with line:
        shot = pick_shot(shots)
    between = shot.record.between
    if between is None:
        st.caption(
            "This model has no attention to show: it has to remember the whole sentence in one vector."
        )
        return
    names = {MEAN: None} | {
        f"L{layer} H{head}": [(layer, head)]
        for layer in range(between.n_layers)
        for head in range(between.n_heads)
    }
    if len(names) > 2:
        if st.session_state.get(HEAD) not in names:
            st.session_state.pop(HEAD, None)
        with line:
            picked = names[
                st.selectbox(
                    "Head", list(names), key=HEAD, persist_state="session", label_visibility="collapsed"
                )
            ]
    else:
        picked = None
    figure = heatmap(read_map(between, heads=picked), screen.theme(), max_width=max(width, 240))
    st.plotly_chart(figure, key="train-attention", width="content", theme=None, config=PLOTLY_CONFIG)
    st.caption(f"Step {at:,}: output looks at source, in a held-out sentence whose right answer is given.")


def picked_step(name: str, steps: Sequence[int]) -> int:
    """The step that is looked at: the latest, until somebody picks another one."""
    if len(steps) == 1:
        return steps[0]
    wanted, key = (
        st.session_state.setdefault(SNAPSHOT, {}),
        f"{SNAPSHOT}-{name}-{len(steps)}",
    )  # a browser knows a step by its place
    begin = wanted[name] if wanted.get(name) in steps else steps[-1]
    return st.select_slider(
        "Attention at step",
        steps,
        value=begin,
        format_func="{:,}".format,
        key=key,
        on_change=_pick,
        args=(name, key, steps),
    )


def _pick(name: str, key: str, steps: Sequence[int]) -> None:
    picked = st.session_state[key]
    st.session_state[SNAPSHOT][name] = None if picked == steps[-1] else picked  # None: whatever is the latest


def pick_shot(shots: Sequence[AttentionSnapshot]) -> AttentionSnapshot:
    """Which of the fixed sentences."""
    if len(shots) == 1:
        return shots[0]
    if st.session_state.get(SENTENCE) not in range(len(shots)):
        st.session_state.pop(SENTENCE, None)
    number = st.segmented_control(
        "Sentence",
        list(range(len(shots))),
        default=0,
        format_func=lambda number: f"sentence {number + 1}",
        key=SENTENCE,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
    )
    return shots[number]


def samples(records: RunRecords, history: Sequence[HistoryRow]) -> None:
    """What it makes of a few held-out sentences."""
    from explorer.views.training.run_watch import samples_html

    last = next((row.step for row in reversed(history) if "valid_loss" in row.values), None)
    found = records.samples(after=last - 1) if last is not None else ()
    if found:
        st.text(f"Held-out sentences as it translates them at step {found[-1].step:,}")
        st.html(samples_html([one for one in found if one.step == found[-1].step], screen.theme()))


def log(status: RunStatus, expanded: bool = False) -> None:
    """The last lines that its process wrote."""
    if status.log_tail:
        with st.expander("Last lines of its log", expanded=expanded, key=f"train_log_{expanded}"):
            st.code("\n".join(status.log_tail), language=None, wrap_lines=True)


def settings(status: RunStatus) -> None:
    """The config of the run, its event file, and pictures of its curves to take home."""
    from explorer.config.fields import flat
    from explorer.training.runs.event_files import event_file
    from explorer.training.runs.records import RunRecords
    from explorer.training.runs.request import read_config
    from explorer.views.training.run_watch import settings_html

    box = st.expander("Settings, and files to take home", key="train_settings", on_change="rerun")
    if not box.open:
        return
    with box:
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
                st.download_button(
                    "Event file for TensorBoard",
                    lambda: event_file(rows),
                    f"events.out.tfevents.{int(rows[0][0]):010d}.{status.name}",
                    "application/octet-stream",
                    key="train_events",
                    on_click="ignore",
                )
        st.html(settings_html(flat(config.to_dict()), screen.theme()))


def save_curves(runs: dict[str, Sequence[HistoryRow]], panels: Sequence[str], log_loss: bool) -> None:
    """Buttons that save the curves as they are shown."""
    from explorer.views.scene import scene_png, scene_svg
    from explorer.views.training.curves import curves_scene

    source, theme = provenance(tuple(runs)), screen.theme()
    for label, make, mime in (("PNG", scene_png, "image/png"), ("SVG", scene_svg, "image/svg+xml")):
        st.download_button(
            f"Curves as {label}",
            lambda make=make: make(curves_scene(runs, panels, theme, 1200, log_loss), source),
            f"curves.{label.lower()}",
            mime,
            key=f"train_curves_{label}",
            on_click="ignore",
        )
