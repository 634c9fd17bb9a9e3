"""The beginning of a page: the model and sentence of the sidebar, and what the model is made to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen, sidebar

if TYPE_CHECKING:
    from explorer.pages.attention.shown import Shown
    from explorer.pages.sidebar import Choice
    from explorer.results import Alignment, PassRecord


@dataclass(frozen=True)
class Target:
    """What the model is made to write. value: a text, or the ids of its own search; gold: the truth about
    this very pair.
    """

    value: str | tuple[int, ...]
    forced: bool
    gold: Alignment | None


def begin(
    title: str, lead: str, translated: bool = True, needs: tuple[str, ...] = ()
) -> tuple[Choice | None, int]:
    """The first words of a page, the sidebar, and the model's own translation; the width of the page in
    pixels.

    None when there is nothing to look at: no model, or a sentence that no model reads, which the reader was
    told.
    translated: whether the page needs the sentence; one that does not shows the rest whatever the sentence
    is;  needs: what a model must be able to do to be offered.
    """
    width = screen.opening(title, lead)
    waiting = st.empty()
    if translated and not st.session_state.get("warm"):
        with waiting.container():
            st.text("Loading the model and translating the sentence: the first time takes a few seconds.")
            st.skeleton(height=470)
    choice = sidebar.sidebar(*needs)
    if choice is None:
        waiting.empty()
        return None, width
    try:
        if translated and choice.info.can.writes:
            own_text(choice)
    except InputError as error:
        waiting.empty()
        screen.notice(str(error))
        return None, width
    waiting.empty()
    st.session_state["warm"] = st.session_state.get("warm", False) or translated
    return choice, width


def pick_target(choice: Choice) -> Target:
    """Whose translation is shown: the model's own, the grammar's, or one that the reader types."""
    if not choice.info.can.writes:
        return Target((), False, None)
    own = passes.translation(choice.info, choice.sentence)
    pair = choice.pair
    what = noun(choice)
    labels = {"own": "model's", "right": "right" if choice.info.task else "grammar's", "typed": "mine"}
    options = [name for name in labels if name != "right" or pair is not None]
    if st.session_state.get("target", "own") not in options:
        del st.session_state[
            "target"
        ]  # the default comes back; a value set here would be lost in a second run before the first is drawn
    picked = st.segmented_control(
        what.capitalize(),
        options,
        default="own",
        format_func=labels.get,
        key="target",
        required=True,
        wrap=True,
        help=f"Any {what} can be forced on the model: it then says how likely it finds each token, and "
        "where it looks.",
    )
    if picked == "right":
        return Target(pair.tgt, True, pair.alignment)
    if picked == "typed":
        key = f"typed-{crc32(f'{choice.info.name}/{choice.sentence}'.encode(errors='replace'))}"
        text = st.text_area(
            f"Type {'an' if choice.info.task else 'a'} {what}", value=own.text, key=key, height=80
        )
        passes.check_length(text, what)
        return Target(text, True, pair.alignment if pair is not None and text == pair.tgt else None)
    if pair is not None and own.text != pair.tgt:
        st.caption(f"The model wrote a different {what}. Pick “{labels['right']}” to see the gold links.")
    return Target(
        own.trace.best.token_ids, False, pair.alignment if pair is not None and own.text == pair.tgt else None
    )


def noun(choice: Choice) -> str:
    """What the model writes is called."""
    return choice.info.side_names[choice.info.can.writes]


def own_text(choice: Choice) -> str:
    """The model's own translation."""
    return passes.translation(choice.info, choice.sentence).text


def sentence(shown: Shown) -> None:
    """The target as chips, each shaded by its probability, and what the model could not read."""
    from explorer.components.token_chips import token_chips
    from explorer.views.attention.tokens import target_chips

    chips = target_chips(shown.record, screen.theme()) | {"hint": probability_line(shown)}
    clicked = token_chips(chips, key="chips")
    if clicked is not None:
        st.session_state["step"] = clicked
    unknown_words(shown.record)


def unknown_words(record: PassRecord) -> None:
    """What the model could not read, if anything."""
    from explorer.views.text import visible_text

    if record.read.unknown:
        unknown = ", ".join(dict.fromkeys(visible_text(record.read.tokens[i]) for i in record.read.unknown))
        screen.notice(f"Not in the vocabulary, so the model reads “unknown” instead: {unknown}", icon="❔")


def probability_line(shown: Shown) -> str:
    """The log-probability of the whole target and of a token on average."""
    from explorer.views.numbers import short

    total = float(shown.record.log_probs.sum())
    mean = total / len(shown.record.log_probs)
    what = noun(shown.choice)
    who = f"A forced {what}" if shown.target.forced else f"The model's own {what}, by greedy search"
    return (
        f"{who}: log-probability {short(total)}, or {short(mean)} per token. Point at a token to see its own."
    )
