"""Which words does each word look at? The page "Translate and align"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen
from explorer.pages.attention import meanings
from explorer.pages.attention.decoding_steps import step_through
from explorer.pages.attention.export import export
from explorer.pages.attention.faithfulness import faithfulness
from explorer.pages.attention.meanings import explain, meaning
from explorer.pages.attention.options import pick_options
from explorer.pages.attention.picture import draw_with_notes
from explorer.pages.attention.second_model import compare
from explorer.pages.attention.shown import Shown
from explorer.pages.attention.target import begin, pick_target, sentence
from explorer.pages.heads.switch_off import switch_off

if TYPE_CHECKING:
    from explorer.pages.sidebar import Choice

TITLE = "Which words does each word look at?"
LEAD = (
    "A row for each word the model writes, a column for each word it can look at: the stronger the "
    "colour, the more it looks."
)
BESIDE = 280  # pixels for what chooses the picture, beside it
GAP = 32


def run() -> None:
    """Draw the page."""
    choice, width = begin(TITLE, LEAD, needs=("writes",))
    if choice is not None:
        explore(choice, width)


@st.fragment
def explore(choice: Choice, width: int) -> None:
    """Everything that depends on one sentence; a change of a display option reruns this and no more."""
    info = choice.info
    top = st.container()
    room = width - BESIDE - GAP
    if room > BESIDE:
        left, right = st.columns([room, BESIDE], gap="medium")
    else:  # on a phone the picture stands above what chooses it
        room, left, right = width, st.container(), st.container()
    try:
        with right:
            target = pick_target(choice)
        shown = Shown(choice, target, passes.record(info, choice.sentence, target.value))
    except InputError as error:
        with left:
            screen.notice(str(error))
        return
    with top:
        sentence(shown)
    if not shown.record.kinds:
        with left:
            screen.notice(
                f"{info.name} has no attention to show. Put a model with attention beside it below, or "
                "pick another model.",
                icon="ℹ️",
            )
        without_attention(shown, width)
        return
    with right:
        shown = pick_options(shown)
    try:
        picture = shown.picture
    except InputError as error:
        with left:
            screen.notice(str(error))
        return
    with left:
        draw_with_notes(picture, shown.map, "picture", room)
    explain(meaning(info, shown.kind))
    step_through(shown, width)
    switch_off(shown, width)
    faithfulness(shown, width)
    compare(shown, width)
    export(shown)


def without_attention(shown: Shown, width: int) -> None:
    """What can be asked about a sentence of a model that has nothing to draw."""
    explain(meanings.BOTTLENECK)
    step_through(shown, width)
    switch_off(shown, width)
    faithfulness(shown, width)
    compare(shown, width)
