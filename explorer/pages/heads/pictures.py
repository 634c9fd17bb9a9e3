"""Every head as a small picture, and those that are picked large."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention import meanings
from explorer.pages.attention.options import Options, pick_picture, pick_reading
from explorer.pages.attention.picture import draw, judge, read, read_each, scale_of, vmax
from explorer.pages.attention.target import Target
from explorer.pages.heads.picked import Head, clicked

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.pages.sidebar import Choice
    from explorer.results import AttentionKind, AttentionMap, MatrixView, PassRecord

GAP = 32  # pixels between the grid and the large picture
# pixels: with less for a small picture, or for a cell of the large one, the grid stands above it
TILE, CELL = 50, 10


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
    from explorer.views.heads.grid import Selection, grid_data

    weights = read_each(record, kind, options)
    data = grid_data(
        record.map(kind),
        weights,
        screen.theme(),
        Selection(heads, overlaid),
        scale_of(weights, options),
        options.colormap,
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
