"""Is attention an explanation? The section that compares readings of a sentence with blanking words out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention import comparisons

if TYPE_CHECKING:
    from explorer.attribution.questions import Question
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.pages.attention.shown import Shown
    from explorer.results import AttentionKind, Blanking, Comparison, Faithfulness

BOX, KIND = "faithfulness_box", "faithfulness_kind"  # session keys
METHOD, BLANKING = "faithfulness_method", "faithfulness_blanking"
WAYS: dict[Blanking, str] = {"unk": "replaced by <unk>", "drop": "left out"}
CELL = 26  # pixels: where a cell would have less, the pictures stand below each other
GAP = 32

LEAD = (
    "Attention says where the model looked, not what it needed. Blank each word out, and the model itself "
    "shows what it loses."
)
WAYS_HELP = (
    "Replaced by `<unk>`: all pieces of the word become the token for an unknown word, and every other "
    "word keeps its place (Abnar & Zuidema 2020). Most models here met no unknown word in training and "
    "have learned nothing about `<unk>`. Left out: the sentence closes up, which moves the words after "
    "it. Neither is the truth; one row of the table says how far the two agree."
)
LIMITS = (
    "1 means the same order, 0 no relation, −1 the opposite order. Words that hardly matter count for ρ "
    "as much as those that do, so look at the top word too. Two words that say the same thing cover for "
    "each other when one is blanked out. Of several heads or layers the table takes the one that agrees "
    "best on this very sentence, which flatters it."
)


def questions_of(info: CheckpointInfo) -> dict[AttentionKind, Question]:
    """What can be asked of this model, those about what it read first."""
    from explorer.attribution.questions import questions
    from explorer.results import KINDS, in_order

    known = questions(info.can)
    return {kind: known[kind].named(info.side_names) for kind in in_order(known, KINDS)}


def faithfulness(shown: Shown, width: int) -> None:
    """A reading of this sentence beside what blanking words out does, and how far all readings agree with
    that.
    """
    screen.section("Is attention an explanation? Measure it", BOX, _faithfulness, shown, width)


@st.fragment
def _faithfulness(shown: Shown, width: int) -> None:
    st.text(LEAD)
    asked = questions_of(shown.info)
    if st.session_state.get(KIND) not in asked:
        st.session_state.pop(KIND, None)
    kind = st.segmented_control(
        "Words",
        list(asked),
        default=next(iter(asked)),
        format_func=lambda kind: asked[kind].words,
        key=KIND,
        required=True,
        wrap=True,
    )
    blanking = st.session_state.get(BLANKING, "unk")
    try:
        comparison = comparisons.comparison(shown.info, shown.sentence, shown.target.value, kind, blanking)
    except InputError as error:
        screen.notice(str(error))
        return
    method = pictures(comparison, asked[kind], width - 48)
    table(shown.info, comparison, asked[kind], method)


def pictures(comparison: Comparison, question: Question, width: int) -> str:
    """A reading and the reference over the same rows and columns, each with its choice; beside each other
    where there is room.
    """
    from explorer.views.attention.attribution import (
        correlation,
        correlation_text,
        effect_heatmap,
        picture_text,
        reading_heatmap,
    )

    room = (width - GAP) // 2
    if (room - 190) / comparison.n_words >= CELL:
        rows = [st.columns(2, gap="medium", vertical_alignment=place) for place in ("bottom", "top", "top")]
        (choice, figure, picture), (other_choice, other_figure, other_picture) = zip(*rows, strict=True)
    else:
        room = width
        choice = figure = picture = st.container()
        other_choice = other_figure = other_picture = st.container()
    theme = screen.theme()
    with choice:
        method = pick_reading(comparison)
    reading = comparison.reading(method)
    with figure:
        st.subheader(correlation(reading), anchor=False)
        st.caption(correlation_text(reading, comparison.n_rows))
    with picture:
        text = picture_text(reading.view, reading.quantity)
        screen.figure(reading_heatmap(reading, theme, room), "faithfulness-reading", text)
        st.caption(" ".join((reading.what, f"{reading.source}.", *reading.view.notes)))
    with other_choice:
        pick_blanking()
    with other_figure:
        st.subheader("The reference", anchor=False)
        st.caption(question.asked)
    with other_picture:
        text = picture_text(comparison.effect, comparison.quantity)
        screen.figure(effect_heatmap(comparison, theme, room), "faithfulness-effect", text)
    return method


def pick_blanking() -> None:
    """What stands in the place of a word that is blanked out; read from the session."""
    st.segmented_control(
        "Blanking out: each word is",
        list(WAYS),
        default="unk",
        format_func=WAYS.get,
        key=BLANKING,
        required=True,
        help=WAYS_HELP,
    )


def pick_reading(comparison: Comparison) -> str:
    """One of the ways in which this model and sentence can be read."""
    methods = [reading.method for reading in comparison.readings]
    if st.session_state.get(METHOD) not in methods:
        st.session_state.pop(METHOD, None)
    return st.selectbox(
        "Reading", methods, format_func=lambda name: comparison.reading(name).title, key=METHOD
    )


def table(info: CheckpointInfo, comparison: Comparison, question: Question, method: str) -> None:
    """All readings, the most faithful first, on this sentence and over many."""
    from explorer.views.attention.attribution import faithfulness_table

    corpus, stale = over_many(info, comparison)
    with st.container(key="faithfulness-table"):
        st.html(faithfulness_table(comparison, corpus, screen.theme(), method))
    by_reason: dict[str, list[str]] = {}
    for refusal in comparison.refused:
        by_reason.setdefault(refusal.reason, []).append(refusal.title)
    for reason, titles in by_reason.items():
        st.text(f"Not here: {', '.join(titles)}. {reason}")
    st.caption(
        f"Measured: for each of {comparison.n_rows} tokens, Spearman’s rank correlation between the order "
        f"in which a reading puts {comparison.n_words} words and the order of how much "
        f"{question.measured}; the table has the mean. {LIMITS}"
    )
    if stale:
        st.text(stale)


def over_many(info: CheckpointInfo, comparison: Comparison) -> tuple[Faithfulness | None, str]:
    """What was measured over many sentences and is kept with the checkpoint; and what to say when there is
    nothing that counts.
    """
    again = f"python -m explorer faithfulness -c {info.name} --write"
    try:
        report = comparisons.faithfulness(info)
    except InputError as error:
        return None, str(error)
    if report is None:
        return None, f"Over many sentences: run {again}, and this table will show the result."
    if report.sha256 != info.sha256:
        return (
            None,
            "The figures over many sentences were measured with other weights (sha256 "
            f"{report.sha256[:12]}), so they are not shown. To measure again: {again}.",
        )
    return report.part(comparison.kind, comparison.blanking), ""
