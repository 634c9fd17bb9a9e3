"""How does attention come about? The page "Over training"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import saving, screen
from explorer.pages.attention.meanings import Meaning, explain
from explorer.pages.training import timelines

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.results import AttentionKind, HeadTrajectory, TrainingTimeline
    from explorer.training.runs.timelines import TimelineInfo

TITLE = "How does attention come about?"
LEAD = (
    "The same sentence at every step that a training run kept. Slide, or press Play; click a head, or a "
    "point of a curve."
)
TIMELINE, SENTENCE, KIND, TABLE = (
    "timeline",
    "timeline_sentence",
    "timeline_kind",
    "timeline_table",
)  # session keys
REFRESH = 5.0  # seconds between two redraws of a live run
CURVES = 380  # pixels that the curves have at least

MEANING = Meaning(
    "Before training, weights lie almost evenly on all words. Some heads then find a place: always the "
    "word before, say, whatever it is. Others find words by what they are: a verb its subject, a German "
    "word the English one that it translates. The curves show when, on sentences that the model is not "
    "trained on, and whether the loss falls at the same time.",
    r"\text{share}_t(o) = \frac{1}{|R|} \sum_{i \in R} \big[\arg\max_j \alpha^{(t)}_{ij} = i + o\big], "
    r"\qquad "
    r"\mathrm{AER}_t = 1 - \frac{|A_t \cap S| + |A_t \cap P|}{|A_t| + |S|}",
    "α⁽ᵗ⁾ [queries, keys], weights at step t · o, the head's offset · R, rows with a key at i + o · A, "
    "links of the maxima · S ⊆ P, gold links",
    "Voita et al. 2019, sections 5.1 and 5.2; Och & Ney 2003; criteria as on the page “Head roles”",
)


def run() -> None:
    """Draw the page."""
    width = screen.opening(TITLE, LEAD)
    infos = {info.name: info for info in timelines.timelines()}
    if not infos:
        screen.notice(
            "No training run has kept snapshots yet: start one on the page “Train”, or with `python -m "
            "explorer train`."
        )
        return
    if st.session_state.get(TIMELINE) not in infos:
        st.session_state.pop(TIMELINE, None)
    explore(infos, width)
    explain(MEANING)


@st.fragment
def explore(infos: dict[str, TimelineInfo], width: int) -> None:
    """Everything that depends on the training run that is picked; a live one is redrawn every few seconds."""
    from explorer.results import ALIVE

    left, right = st.columns([2, 3])
    with left:
        name = st.selectbox(
            "Training run",
            list(infos),
            format_func=lambda name: timeline_label(infos[name]),
            key=TIMELINE,
            bind="query-params",
            persist_state="session",
        )
    info = infos[name]
    try:
        timeline = timelines.timeline(name, timelines.timeline_stamp(name))
    except InputError as error:
        screen.notice(str(error))
        return
    if not timeline.kinds:
        screen.notice(
            f"{name} has no attention, so there is nothing to watch. Pick another training run.", icon="ℹ️"
        )
        return
    sentence, kind = pick(timeline, right)
    st.fragment(watch, run_every=REFRESH if info.state in ALIVE else None)(info, sentence, kind, width)


def open_with(name: str) -> None:
    """Have the page open with this training run, as a link from another page does."""
    st.session_state[TIMELINE] = name


def timeline_label(info: TimelineInfo) -> str:
    """One line that names a training run: the name of a shipped model, or that of a run."""
    label = info.name if info.state is None else f"run {info.path.name}"
    return label if info.has_roles else f"{label}, without roles"


def watch(info: TimelineInfo, sentence: int, kind: AttentionKind, width: int) -> None:
    """The film and the table of what has been kept by now; when a run has ended, the page learns of it."""
    from explorer.results import ALIVE

    try:
        stamp = timelines.timeline_stamp(info.name)
        timeline, trajectories = (
            timelines.timeline(info.name, stamp),
            timelines.head_trajectories(info.name, stamp),
        )
    except InputError as error:
        screen.notice(str(error))
        return
    if timeline.state != info.state:
        timelines.timelines.clear()
        st.rerun()
    if timeline.state is not None:
        again = f", redrawn every {REFRESH:.0f} seconds" if timeline.state in ALIVE else ""
        st.caption(f"Your training run, {timeline.state}{again}.")
    film(timeline, sentence, kind, trajectories, width)
    when(info, timeline, trajectories)


def pick(timeline: TrainingTimeline, beside: DeltaGenerator) -> tuple[int, AttentionKind]:
    """Which sentence, and which kind of attention; cross-attention at first, where there is any."""
    from explorer.results import KINDS, in_order, names_of

    records = timeline.sentences
    sentences = {
        number: f"{' '.join(s.read.words)} → {' '.join(s.written.words)}" for number, s in enumerate(records)
    }
    shortest = min(
        sentences, key=lambda number: len(records[number].written.tokens)
    )  # with the largest cells
    kinds = list(timeline.kinds)
    with beside:
        sentence = st.selectbox(
            "Sentence",
            list(sentences),
            index=shortest,
            format_func=sentences.get,
            key=f"{SENTENCE}-{timeline.name}",
            persist_state="session",
        )
    kind = kinds[0]
    if len(kinds) > 1:
        kind = st.segmented_control(
            "Attention",
            kinds,
            default=in_order(kinds, KINDS)[0],
            format_func=lambda kind: names_of(kind).name,
            key=f"{KIND}-{len(kinds)}",
            required=True,
            persist_state="session",
            label_visibility="collapsed",
        )
    return sentence, kind


def film(
    timeline: TrainingTimeline,
    sentence: int,
    kind: AttentionKind,
    trajectories: tuple[HeadTrajectory, ...],
    width: int,
) -> None:
    """The picture, with all its frames at once: nothing is asked of the server while it plays."""
    from explorer.components.over_training import over_training
    from explorer.training.runs.timelines import film as film_of
    from explorer.views.training.over_training import film_data
    from explorer.views.training.trajectories import NO_ROLES, discipline, summary

    try:
        frames = film_of(timeline, sentence, kind)
    except InputError as error:
        screen.notice(str(error))
        return
    room = min(620, max(360, width - CURVES - 24))
    over_training(
        film_data(frames, timeline, trajectories, screen.theme(), room),
        key="over-training",
    )
    if trajectories:
        st.text(summary(trajectories, timeline.roles))
        st.caption(discipline(timeline.roles))
    else:
        screen.notice(NO_ROLES, icon="ℹ️")


def when(info: TimelineInfo, timeline: TrainingTimeline, trajectories: tuple[HeadTrajectory, ...]) -> None:
    """Every head and role as a table, and the numbers as a file; folded."""
    if trajectories:
        screen.section("When did each head take its role?", TABLE, _when, info, timeline, trajectories)


def _when(info: TimelineInfo, timeline: TrainingTimeline, trajectories: tuple[HeadTrajectory, ...]) -> None:
    from explorer.results import HEAD_ROLES, names_of
    from explorer.views.training.trajectories import trajectories_csv, trajectory_rows

    number = st.column_config.NumberColumn
    columns = {
        "kind": st.column_config.TextColumn("Attention"),
        "taken_at": number(
            "Role from step",
            format="localized",
            help="the step from which on the criterion holds for good",
        ),
        "value": number("At the end", format="%.3f", help="share, accuracy, or 1 − AER"),
        "low": number("Low", format="%.3f", help="95 % interval"),
        "high": number("High", format="%.3f", help="95 % interval"),
        "n": number("n", help="rows asked, or links"),
        "rule": st.column_config.TextColumn("Rule", help="the best rule that looks at no weights"),
        "baseline": number("Rule gets", format="%.3f"),
        "control_best": number(
            "Random weights", format="%.3f", help="the best head of models with random weights"
        ),
    } | {name: st.column_config.Column(name.capitalize()) for name in ("layer", "head", "role", "question")}
    rows = [
        row | {"kind": names_of(row["kind"]).name, "role": HEAD_ROLES[row["role"]].name}
        for row in trajectory_rows(trajectories)
    ]
    st.dataframe(rows, hide_index=True, column_config=columns)
    saving.save(
        "Every point of every curve, CSV",
        trajectories_csv(trajectories, timelines.timeline_provenance(info, timeline)),
        f"over-training-{info.path.name}.csv",
        "timeline_save",
    )
