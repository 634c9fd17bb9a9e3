"""What does each head look at? The page "Heads": all as small pictures, any of them large."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen
from explorer.pages.attention import comparisons, meanings
from explorer.pages.attention.export import export
from explorer.pages.attention.faithfulness import faithfulness
from explorer.pages.attention.head_inside import inside_head, tour
from explorer.pages.attention.meanings import explain, meaning
from explorer.pages.attention.options import Options, pick_kind
from explorer.pages.attention.shown import Shown
from explorer.pages.attention.small_example import small_example
from explorer.pages.attention.target import begin, pick_target, unknown_words
from explorer.pages.heads.picked import picked_heads
from explorer.pages.heads.pictures import look
from explorer.pages.heads.switch_off import switch_off

if TYPE_CHECKING:
    from explorer.pages.sidebar import Choice

TITLE = "What does each head look at?"
LEAD = (
    "A small picture for each head: a row for each word that looks, a column for each word it can look "
    "at. Click one to see it large."
)
TARGET = 240  # pixels for the choice of the translation
GAP = 32


def run() -> None:
    """Draw the page."""
    choice, width = begin(TITLE, LEAD)
    if choice is not None:
        explore(choice, width)


@st.fragment
def explore(choice: Choice, width: int) -> None:
    """Everything that depends on one sentence; a click on a head or a display option reruns this and no
    more.
    """
    info = choice.info
    first, second = st.columns([TARGET, width - TARGET - GAP], gap="medium")
    try:
        with first:
            target = pick_target(choice)
        record = passes.record(info, choice.sentence, target.value)
    except InputError as error:
        screen.notice(str(error))
        return
    if not record.kinds:
        screen.notice(
            f"{info.name} has no attention, so there are no heads to look at. Pick another model.", icon="ℹ️"
        )
        explain(meanings.BOTTLENECK)
        small_example(width)
        return
    with second:
        shown = Shown(choice, target, record, pick_kind(record, horizontal=True))
    unknown_words(record)
    shown = replace(shown, options=Options(heads=picked_heads(shown)))
    try:
        shown = look(shown, width)
    except InputError as error:
        screen.notice(str(error))
        return
    explain(meaning(info, shown.kind))
    if info.can.explains:
        inside_head(shown, width)
        tour(shown, width)
    small_example(width)
    in_bertviz(shown, width)
    switch_off(shown, width)
    if info.can.has("writes", "explains"):
        faithfulness(shown, width)
    export(shown)


def in_bertviz(shown: Shown, width: int) -> None:
    """The same attention in BertViz's two views."""
    screen.section("The same in BertViz", "bertviz_box", _bertviz, shown, width)


@st.fragment
def _bertviz(shown: Shown, width: int) -> None:
    view = st.segmented_control(
        "View",
        ["head", "model"],
        default="head",
        key="bertviz_view",
        required=True,
        persist_state="session",
        format_func={"head": "head view", "model": "model view"}.get,
        help="Head view: one layer, all heads over each other. Model view: all layers and heads, at most "
        "100,000 lines. Vig 2019, bertviz.",
    )
    layer = shown.options.heads[0][0]
    heads = tuple(head for other, head in shown.options.heads if other == layer)
    how = comparisons.BertvizLook(view, screen.theme().name, layer, heads, width - 48)
    frame = comparisons.bertviz(shown.info, shown.sentence, shown.target.value, shown.kind, how)
    hint = {
        "head": "A square for each head, pale when off: click to switch it, double-click to see it alone. "
        "Point at a word for its lines.",
        "model": "Click a head to see it with its words, again to close it.",
    }[view]
    st.caption(hint)
    with st.container(key=f"bertviz-{view}"):
        st.iframe(frame.html, height=frame.height, alt=f"BertViz {view} view: {frame.n_lines} lines")
    if frame.note:
        st.caption(frame.note)
