"""Every head as a small picture, and the picked ones large."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import screen
from explorer.pages.attention.options import pick_picture, pick_reading
from explorer.pages.attention.picture import draw_with_notes, read_each, scale_of
from explorer.pages.heads.picked import clicked

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.pages.attention.shown import Shown
    from explorer.results import AttentionMap

GAP = 32  # pixels between the grid and the large picture
# pixels: with less for a small picture, or for a cell of the large one, the grid stands above it
TILE, CELL = 50, 10


def look(shown: Shown, width: int) -> Shown:
    """The grid and, beside or below it, the picked heads large; returns the pass with how they are read."""
    small, large, room = places(shown.map, width)
    with large:
        shown = controls(shown)
    with small:
        grid(shown)
    with large:
        if shown.options.picture == "overlay":
            overlay(shown)
        else:
            together(shown, room)
    return shown


def places(attention_map: AttentionMap, width: int) -> tuple[DeltaGenerator, DeltaGenerator, int]:
    """Where the grid goes, where the large picture goes, and the width of the latter in pixels."""
    n_heads = attention_map.n_heads
    grid_width = min(max(int(0.41 * width), 56 + n_heads * TILE), 56 + max(2, n_heads) * 136)
    room = width - grid_width - GAP
    if room < max(width // 2 - GAP, 190 + CELL * len(attention_map.key.tokens)):
        return st.container(), st.container(), width
    small, large = st.columns([grid_width, room], gap="medium")
    return small, large, room


def controls(shown: Shown) -> Shown:
    """How the picked heads are drawn; several of them can be laid over each other, as lines."""
    heads = shown.options.heads
    row = st.container(horizontal=True, vertical_alignment="bottom")
    combined = "mean"
    if len(heads) > 1:
        with row:
            combined = st.segmented_control(
                f"{len(heads)} heads together",
                ["overlay", "mean", "max"],
                default="overlay",
                key="together",
                required=True,
                persist_state="session",
                help="Overlay: the lines of each head in its own colour. Mean, max: one matrix, cell by "
                "cell.",
            )
    overlaid = combined == "overlay"
    with row:
        picture = pick_picture(["matrix", "lines", "numbers"], key="head_shape", disabled=overlaid)
        options = pick_reading(shown.map, shown.choice.pair is not None, width="content")
    reduce, picture = ("mean", "overlay") if overlaid else (combined, picture)
    return replace(shown, options=replace(options, heads=heads, reduce=reduce, picture=picture))


def grid(shown: Shown) -> None:
    """Every head as a small picture, read and coloured as the large one is."""
    from explorer.components.head_grid import head_grid
    from explorer.views.heads.grid import Selection, grid_data

    options = shown.options
    weights = read_each(shown.record, shown.kind, options)
    data = grid_data(
        shown.map,
        weights,
        screen.theme(),
        Selection(options.heads, options.picture == "overlay"),
        scale_of(weights, options),
        options.colormap,
    )
    head_grid(data, key="head-grid", on_pick=lambda value: clicked(shown, value))


def together(shown: Shown, room: int) -> None:
    """One head, or several as one matrix, with what was done to the numbers."""
    from explorer.views.attention.captions import title as title_of

    picture = shown.picture
    st.text(title_of(picture.view))
    draw_with_notes(picture, shown.map, "head", room)


def overlay(shown: Shown) -> None:
    """The lines of several heads over each other, a colour and dashes for each."""
    from explorer.components.alignment_lines import alignment_lines
    from explorer.views.attention.alignment_lines import overlay_data

    pictures = shown.apart
    views, scale = [each.view for each in pictures], max(each.matrix.vmax for each in pictures)
    alignment_lines(overlay_data(views, screen.theme(), scale), key="head-overlay")
    st.caption(
        "Point at a head's name to see its lines alone, at a word to see the largest weight of these heads "
        "on each other word."
    )
