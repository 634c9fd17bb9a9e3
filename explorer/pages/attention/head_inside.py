"""What happens inside one head? Its numbers row by row, and the tour of its layer, as two sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen

if TYPE_CHECKING:
    from explorer.pages.attention.shown import Shown
    from explorer.results import AttentionInside, PassRecord

Head = tuple[int, int]  # (layer, head)

ROW, STOP = "inside_row", "tour_stop"  # session keys: the row that is shown, the stop of the tour
INSIDE = {  # heading and lead of the three parts of a row
    "scores": (
        "1 Scores",
        "The query of this row meets every key, unit by unit; the sum, scaled, goes through softmax.",
    ),
    "context": (
        "2 Context",
        "Each token brings its vector, as much of it as its weight says; the sum is the context.",
    ),
    "output": (
        "3 Output",
        "A last matrix carries the context into the states, where every head adds its part.",
    ),
}


def inside_head(shown: Shown, width: int) -> None:
    """Every number between the query of a row and what the head writes; of several heads, one at a time."""
    screen.section("Inside one head", "inside_box", _inside, shown, width)


def tour(shown: Shown, width: int) -> None:
    """The whole layer in the order of the paper, with a figure of its matrices at each stop."""
    screen.section("Step through the layer, as in the paper", "tour_box", _tour, shown, width)


def _numbers(shown: Shown, key: str) -> tuple[AttentionInside, Head] | None:
    """The inside of the layer of the shown head, and that head; None when the reader was told why not."""
    head, *others = shown.options.heads
    if others:
        named = {f"L{layer} H{number}": (layer, number) for layer, number in shown.options.heads}
        head = named[
            st.segmented_control(
                "Head", list(named), default=next(iter(named)), key=f"{key}-{'-'.join(named)}", required=True
            )
        ]
    try:
        return passes.inside(shown.info, shown.sentence, shown.target.value, shown.kind, head[0]), head
    except InputError as error:
        screen.notice(str(error))
        return None


# ---------------------------------------------------------------------------------------------- inside a head


@st.fragment
def _inside(shown: Shown, width: int) -> None:
    from explorer.results import names_of

    numbers = _numbers(shown, "inside_head")
    if numbers is None:
        return
    inside, (layer, head) = numbers
    part = st.segmented_control(
        "Show",
        ["one row", "whole matrices"],
        default="one row",
        key="inside_shown",
        required=True,
        persist_state="session",
    )
    st.text(f"{names_of(shown.kind).technical}, L{layer} H{head}: {inside.formula}")
    if part == "one row":
        _row(inside, shown.record, head)
    else:
        _matrices(inside, head, width)


def _row(inside: AttentionInside, record: PassRecord, head: int) -> None:
    """One row: the tokens to choose it from, then scores, context and output as strips."""
    from explorer.components.strips import strips
    from explorer.views.attention.head_inside import context_strips, output_strips, score_strips

    row = _picked_row(inside, record)
    for (name, (title, lead)), make in zip(
        INSIDE.items(), (score_strips, context_strips, output_strips), strict=True
    ):
        st.subheader(title, anchor=False)
        st.caption(lead)
        strips(make(inside, head, row, screen.theme()), key=f"inside-{name}")


def _picked_row(inside: AttentionInside, record: PassRecord) -> int:
    """The row of the token that was clicked last, 0 at first; a click is known before the tokens are drawn,
    so they are drawn once.
    """
    from explorer.components.token_chips import token_chips
    from explorer.views.attention.head_inside import row_chips

    clicked = st.session_state.get("inside-rows", {}).get("token")
    if isinstance(clicked, int):
        st.session_state[ROW] = clicked
    row = st.session_state.get(ROW, 0)
    row = row if 0 <= row < len(inside.query.tokens) else 0
    token_chips(row_chips(record, inside, row, screen.theme()), key="inside-rows")
    return row


def _matrices(inside: AttentionInside, head: int, width: int) -> None:
    """All rows at once: the matrices from queries and keys to what the head adds to the output."""
    from explorer.views.attention.tour import head_stops, tour_figure

    for number, stop in enumerate(head_stops(inside, head)):
        st.subheader(stop.title, anchor=False)
        figure = tour_figure(stop, screen.theme(), width - 48)
        screen.figure(figure, f"inside-matrices-{number}", stop.text)


# ------------------------------------------------------------------------------------------------------- tour


@st.fragment
def _tour(shown: Shown, width: int) -> None:
    from explorer.views.attention.tour import tour_figure, tour_names, tour_stop

    numbers = _numbers(shown, "tour_head")
    if numbers is None:
        return
    inside, (_, head) = numbers
    names = tour_names(inside)
    at = names.index(st.session_state[STOP]) if st.session_state.get(STOP) in names else 0
    st.session_state[STOP] = names[at]
    left, middle, right = st.columns([1, 7, 1], vertical_alignment="bottom")
    left.button(
        "Back",
        key="tour_back",
        on_click=_go,
        args=(names[max(at - 1, 0)],),
        disabled=at == 0,
        width="stretch",
    )
    last = len(names) - 1
    right.button(
        "Next",
        key="tour_next",
        on_click=_go,
        args=(names[min(at + 1, last)],),
        disabled=at == last,
        width="stretch",
    )
    with middle:
        st.segmented_control("Stop", names, key=STOP, required=True, wrap=True, label_visibility="collapsed")
    stop = tour_stop(inside, head, names[at])
    st.subheader(stop.title, anchor=False)
    st.text(stop.text)
    st.latex(stop.formula)
    figure = tour_figure(stop, screen.theme(), width - 48)
    screen.figure(figure, "tour-figure", stop.text)


def _go(name: str) -> None:
    st.session_state[STOP] = name
