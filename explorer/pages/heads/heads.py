"""What does each head look at? The page "Heads": all of them as small pictures, and any set of them large."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen, sidebar
from explorer.pages.attention import comparisons, meanings
from explorer.pages.attention.faithfulness import faithfulness
from explorer.pages.attention.head_inside import inside_head, tour
from explorer.pages.attention.meanings import explain, meaning
from explorer.pages.attention.options import Options, pick_kind, pick_picture, pick_reading
from explorer.pages.attention.picture import draw, judge, read, read_each, scale_of, vmax
from explorer.pages.attention.small_example import small_example
from explorer.pages.attention.target import Target, begin, pick_target, unknown_words
from explorer.pages.heads.switch_off import switch_off
from explorer.pages.saving import export, export_overlay

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.pages.sidebar import Choice
    from explorer.results import AttentionKind, AttentionMap, MatrixView, PassRecord

TITLE = "What does each head look at?"
LEAD = (
    "A small picture for each head: a row for each word that looks, a column for each word it can look "
    "at. Click one to see it large."
)
TARGET = 240  # pixels for the choice of the translation
GAP = 32
# pixels: with less for a small picture, or for a cell of the large one, the grid stands above it
TILE, CELL = 50, 10
PICKED = "heads_picked"  # session key: {(checkpoint, kind): the heads that are shown large}

Head = tuple[int, int]  # (layer, head)


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


# --------------------------------------------------------------------------------------------- what is picked


def picked_heads(choice: Choice, attention_map: AttentionMap) -> tuple[Head, ...]:
    """The heads that are shown large, in the order in which they were picked; at first the one that is the
    surest of where to look.
    """
    from explorer.attention.reading import sharpest_head

    picked = st.session_state.setdefault(PICKED, {})
    heads = picked.get((choice.info.name, attention_map.kind), ())
    if not heads or not all(
        layer < attention_map.n_layers and head < attention_map.n_heads for layer, head in heads
    ):
        heads = (sharpest_head(attention_map),)
        picked[choice.info.name, attention_map.kind] = heads
    return heads


def open_with(checkpoint: str, kind: AttentionKind, heads: tuple[Head, ...]) -> None:
    """Have the page open with these heads large: for a link from another page, in a callback or before it
    switches to this one.
    """
    st.session_state.setdefault(PICKED, {})[checkpoint, kind] = heads
    st.session_state[sidebar.MODEL] = checkpoint
    st.session_state["kind"] = kind


def clicked(choice: Choice, attention_map: AttentionMap, value: object) -> None:
    """Take what the browser says is selected, if it is a list of heads that exist; anything else is left
    alone.
    """
    from explorer.attention.reading import all_heads

    said = value if isinstance(value, list) else []
    heads = [head for pair in said for head in all_heads(attention_map) if pair == list(head)]
    if heads and len(heads) == len(said):
        st.session_state.setdefault(PICKED, {})[choice.info.name, attention_map.kind] = tuple(
            dict.fromkeys(heads)
        )


# --------------------------------------------------------------------------------------------------- pictures


def look(
    choice: Choice,
    target: Target,
    record: PassRecord,
    kind: AttentionKind,
    heads: tuple[Head, ...],
    width: int,
) -> tuple[Options, bool]:
    """The grid and, beside or below it, the picked heads large; returns how they are read, and whether they
    lie over each other.
    """
    small, large, room = places(record.map(kind), width)
    with large:
        options, overlaid = controls(choice, record.map(kind), heads)
    with small:
        grid(choice, record, kind, heads, options, overlaid)
    with large:
        if overlaid:
            overlay(record, kind, options)
        else:
            picture(target, record, kind, options, room)
    return options, overlaid


def places(attention_map: AttentionMap, width: int) -> tuple[DeltaGenerator, DeltaGenerator, int]:
    """Where the grid goes, where the large picture goes, and the width of the latter in pixels."""
    n_heads = attention_map.n_heads
    grid_width = min(max(int(0.41 * width), 56 + n_heads * TILE), 56 + max(2, n_heads) * 136)
    room = width - grid_width - GAP
    if room < max(width // 2 - GAP, 190 + CELL * len(attention_map.key.tokens)):
        return st.container(), st.container(), width
    small, large = st.columns([grid_width, room], gap="medium")
    return small, large, room


def controls(choice: Choice, attention_map: AttentionMap, heads: tuple[Head, ...]) -> tuple[Options, bool]:
    """How the picked heads are drawn; whether they are laid over each other, which only lines can be."""
    row = st.container(horizontal=True, vertical_alignment="bottom")
    reduce, overlaid = "mean", False
    if len(heads) > 1:
        with row:
            together = st.segmented_control(
                f"{len(heads)} heads together",
                ["overlay", "mean", "max"],
                default="overlay",
                key="together",
                required=True,
                persist_state="session",
                help="Overlay: the lines of each head in its own colour. Mean, max: one matrix, cell by "
                "cell.",
            )
        overlaid = together == "overlay"
        reduce = together if not overlaid else "mean"
    with row:
        shape = pick_picture(["matrix", "lines", "numbers"], key="head_shape", disabled=overlaid)
        options = pick_reading(attention_map, choice.pair is not None, width="content")
    return replace(options, heads=heads, reduce=reduce, picture=shape), overlaid


def grid(
    choice: Choice,
    record: PassRecord,
    kind: AttentionKind,
    heads: tuple[Head, ...],
    options: Options,
    overlaid: bool,
) -> None:
    """Every head as a small picture, read and coloured as the large one is."""
    from explorer.components.head_grid import head_grid
    from explorer.views.heads.grid import grid_data

    weights = read_each(record, kind, options)
    data = grid_data(
        record.map(kind),
        weights,
        screen.theme(),
        heads,
        scale_of(weights, options),
        options.colormap,
        overlaid,
    )
    head_grid(data, key="head-grid", on_pick=lambda value: clicked(choice, record.map(kind), value))


def picture(target: Target, record: PassRecord, kind: AttentionKind, options: Options, room: int) -> None:
    """One head, or several as one matrix, with what was done to the numbers."""
    from explorer.attention.reading import sanity
    from explorer.views.attention.captions import sanity_sentence
    from explorer.views.attention.captions import title as title_of

    view = read(record, kind, options)
    gold = target.gold if options.gold and not record.map(kind).is_self else None
    errors, report = judge(record, options, gold) if gold is not None else (None, "")
    st.text(title_of(view))
    draw(view, gold, errors, options, key="head", max_width=room)
    if report:
        st.caption(report, help=meanings.ERROR_RATE)
    st.caption(" ".join((sanity_sentence(sanity(record.map(kind), options.heads)), *view.notes)))


def overlay(record: PassRecord, kind: AttentionKind, options: Options) -> None:
    """The lines of several heads over each other, a colour and dashes for each."""
    from explorer.components.alignment_lines import alignment_lines
    from explorer.views.attention.alignment_lines import overlay_data

    views = read_apart(record, kind, options)
    scale = max(vmax(view, options) for view in views)
    alignment_lines(overlay_data(views, screen.theme(), scale), key="head-overlay")
    st.caption(
        "Point at a head's name to see its lines alone, at a word to see the largest weight of these heads "
        "on each other word."
    )


def read_apart(record: PassRecord, kind: AttentionKind, options: Options) -> list[MatrixView]:
    """Each picked head as a matrix of its own."""
    return [read(record, kind, replace(options, heads=(head,))) for head in options.heads]


# -------------------------------------------------------------------------------------------- everything else


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
