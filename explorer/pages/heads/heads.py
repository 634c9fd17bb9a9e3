"""What does each head look at? The page "Heads": all of them as small pictures, and any set of them large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen
from explorer.pages.attention import comparisons, meanings
from explorer.pages.attention.faithfulness import faithfulness
from explorer.pages.attention.head_inside import inside_head, tour
from explorer.pages.attention.meanings import explain, meaning
from explorer.pages.attention.options import Options, pick_kind
from explorer.pages.attention.picture import judge, read
from explorer.pages.attention.small_example import small_example
from explorer.pages.attention.target import Target, begin, pick_target, unknown_words
from explorer.pages.heads.picked import Head, picked_heads
from explorer.pages.heads.pictures import look, read_apart
from explorer.pages.heads.switch_off import switch_off
from explorer.pages.saving import export, export_overlay

if TYPE_CHECKING:
    from explorer.pages.sidebar import Choice
    from explorer.results import AttentionKind, PassRecord

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
        kind = pick_kind(record, horizontal=True)
    unknown_words(record)
    heads = picked_heads(choice, record.map(kind))
    try:
        options, overlaid = look(choice, target, record, kind, heads, width)
    except InputError as error:
        screen.notice(str(error))
        return
    explain(meaning(info, kind))
    if info.can.explains:
        inside_head(choice, target, record, kind, heads, width)
        tour(choice, target, record, kind, heads, width)
    small_example(width)
    in_bertviz(choice, target, record, kind, heads, width)
    switch_off(choice, target, record, width)
    if info.can.has("writes", "explains"):
        faithfulness(choice, target, record, width)
    save(choice, target, record, kind, options, overlaid)


def in_bertviz(
    choice: Choice,
    target: Target,
    record: PassRecord,
    kind: AttentionKind,
    heads: tuple[Head, ...],
    width: int,
) -> None:
    """The same attention in BertViz's two views."""
    box = st.expander("The same in BertViz", key="bertviz_box", on_change="rerun")
    if box.open:
        with box:
            _bertviz(choice, target, kind, heads, width)


@st.fragment
def _bertviz(
    choice: Choice, target: Target, kind: AttentionKind, heads: tuple[Head, ...], width: int
) -> None:
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
    layer, info = heads[0][0], choice.info
    shown = tuple(head for other, head in heads if other == layer)
    frame = comparisons.bertviz(
        info,
        choice.sentence,
        target.value,
        kind,
        view,
        screen.theme().name,
        layer,
        shown,
        width - 48,
    )
    how = {
        "head": "A square for each head, pale when off: click to switch it, double-click to see it alone. "
        "Point at a word for its lines.",
        "model": "Click a head to see it with its words, again to close it.",
    }[view]
    st.caption(how)
    with st.container(key=f"bertviz-{view}"):
        st.iframe(frame.html, height=frame.height, alt=f"BertViz {view} view: {frame.n_lines} lines")
    if frame.note:
        st.caption(frame.note)


def save(
    choice: Choice,
    target: Target,
    record: PassRecord,
    kind: AttentionKind,
    options: Options,
    overlaid: bool,
) -> None:
    """What is shown large, and its numbers, as files."""
    if overlaid:
        export_overlay(choice, target, record, read_apart(record, kind, options), options)
        return
    gold = target.gold if options.gold and not record.map(kind).is_self else None
    errors, _ = judge(record, options, gold) if gold is not None else (None, "")
    export(choice, target, record, read(record, kind, options), gold, errors, options)
