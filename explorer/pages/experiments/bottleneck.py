"""How long a sentence fits into one vector? The section "The bottleneck"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen, sidebar
from explorer.pages.attention.meanings import Meaning
from explorer.pages.experiments import shown_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.results import SentencePair, ShownRun

KIND, LENGTH, DISTANCE, NUMBER = (
    "bottleneck_kind",
    "bottleneck_length",
    "bottleneck_distance",
    "bottleneck_number",
)  # session keys
BY_LENGTH, BY_DISTANCE = "Words of the sentence", "Words between verb and particle"

MEANING = Meaning(
    "Without attention the encoder has to put the whole sentence into its last state: the same few "
    "hundred numbers for three words and for forty. What does not fit is lost, and the decoder goes on in "
    "fluent German about something else. With attention the decoder looks back at every word, and a "
    "longer sentence only means more places to look at.",
    r"\text{without: } s_0 = h_T, \quad p(y_t \mid y_{<t}, h_T) \qquad \text{with: } c_t = \sum_i "
    r"\alpha_{ti}\, h_i, \quad "
    r"p(y_t \mid y_{<t}, c_t)",
    "h_i [d] the encoder's state at source word i of T · s_0 the decoder's first state · c_t [d] the "
    "context, mixed anew at each step",
    "Sutskever et al. 2014; Cho et al. 2014; Bahdanau et al. 2015, section 5",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """Scores by length, the particle by distance."""
    from explorer.experiments.bottleneck import BLEU, EXACT, PARTICLE
    from explorer.views.experiments.line_panels import Panel, panels_figure, run_lines

    theme = screen.theme()
    panels = (
        Panel("BLEU", "words of the sentence", run_lines(runs, BLEU), (0, 100)),
        Panel("exact match, %", "words of the sentence", run_lines(runs, EXACT), (0, 100), percent=True),
        Panel(
            "particle right, %",
            "words between verb and particle",
            run_lines(runs, PARTICLE),
            (0, 100),
            percent=True,
        ),
    )
    screen.figure(panels_figure(panels, theme, width), "bottleneck-scores")


@st.fragment
def one_sentence() -> None:
    """A new sentence as long as the slider says, translated by every model."""
    from explorer.experiments.bottleneck import LABELS, NAMES

    st.subheader("Drag, and look where it breaks", anchor=False)
    by = st.segmented_control(
        "Sentence by",
        [BY_LENGTH, BY_DISTANCE],
        default=BY_LENGTH,
        required=True,
        key=KIND,
        label_visibility="collapsed",
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if by == BY_LENGTH:
            length, distance = st.slider(by, 3, 40, 12, key=LENGTH, persist_state="session"), None
        else:
            length, distance = None, st.slider(by, 0, 16, 6, key=DISTANCE, persist_state="session")
        st.button("Another sentence", key="bottleneck-another", on_click=_another, width="content")
    try:
        pair = shown_runs.held_out_sentence(length, distance, st.session_state.get(NUMBER, 0))
    except InputError as error:
        screen.notice(str(error))
        return
    st.text(f"Source: {pair.src}")
    st.text(f"Reference: {pair.tgt}")
    infos = {info.name: info for info in sidebar.checkpoints()}
    for key, name in NAMES.items():
        if name in infos:
            translated(LABELS[key], infos[name], pair, has_particle=distance is not None)


def _another() -> None:
    st.session_state[NUMBER] = st.session_state.get(NUMBER, 0) + 1


def translated(label: str, info: CheckpointInfo, pair: SentencePair, has_particle: bool) -> None:
    """One model's translation with its errors marked, and whether the particle is right."""
    from explorer.components.token_chips import token_chips
    from explorer.corpora.words import split_words
    from explorer.evaluation.particles import particle_is_right
    from explorer.evaluation.word_diff import word_diff
    from explorer.views.bleu.translation_errors import error_chips

    text = passes.translation(info, pair.src).text
    edits = word_diff(*([word.text for word in split_words(side)] for side in (pair.tgt, text)))
    particle = (
        f" · particle {'right' if particle_is_right(pair, text) else 'wrong or missing'}"
        if has_particle
        else ""
    )
    st.text(f"{label}{particle}")
    token_chips(error_chips(edits, screen.theme(), f"Translation by {label}"), key=f"bottleneck-{info.name}")
