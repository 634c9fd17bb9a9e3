"""How does a tokenizer learn its pieces? The page "Subwords"."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning, explain
from explorer.pages.subwords import learned
from explorer.pages.subwords.attention import two_tokenizations
from explorer.pages.subwords.compare import compare_languages, compare_text
from explorer.pages.subwords.files import open_or_save
from explorer.pages.subwords.source import Source, pick_source
from explorer.pages.subwords.words import ASKED, STEP, check_own, cut_words

if TYPE_CHECKING:
    from explorer.tokenization.bpe import Learning

TITLE = "How does a tokenizer learn its pieces?"
LEAD = (
    "It starts from single characters and keeps merging the two neighbours that stand side by side most "
    "often."
)
AHEAD = 0.3  # seconds in which neighbouring steps are made while a reader looks at one
WINDOW = 12  # steps at most to either side
QUICK = 20_000  # characters that are learned before anybody could read that they are being learned

MEANING = Meaning(
    "A model has a fixed list of tokens, and every text has to be written with them. Whole words would "
    "need an endless list and still meet words that are not on it; single characters make sentences long. "
    "Byte-pair encoding lets the corpus decide: frequent words become one token, rare ones stay in pieces "
    "that occur elsewhere too. The merges are the tokenizer: a new word is cut by applying them in the "
    "order in which they were learned.",
    r"(a, b)_k = \arg\max_{(a, b)} \sum_{w} f(w)\, n_k(a, b; w), \qquad V_k = V_{k-1} \cup \{ab\}",
    "f(w), how often word w occurs · n_k(a, b; w), how often a stands before b in w after k − 1 merges · "
    "V_0, the characters",
    "Gage 1994; Sennrich et al. 2016, algorithm 1; over bytes: Radford et al. 2019, section 2.2",
)


def run() -> None:
    """Draw the page."""
    width = screen.opening(TITLE, LEAD)
    place = st.empty()  # the picture, or why there is none; what learns says so here
    with place.container():
        source = pick_source()
        learning = learn(source) if source is not None else None
    if learning is not None:
        with place.container():
            stepper(source.key, learning)
    explain(MEANING)
    if learning is not None:
        check_own(source, learning)
        cut_words(source, learning, width)
        compare_text(source, width)
        compare_languages(source, learning)
    two_tokenizations(width)
    if learning is not None:
        open_or_save(source, learning)


def learn(source: Source) -> Learning | None:
    """The merges, saying what is done while it takes time; None and a sentence where there is nothing to
    learn.
    """
    try:
        if learned.learned(source.key) or len(source.text) <= QUICK:
            return learned.learning(source.key, source.text, source.is_table, source.config)
        with st.status(
            f"Learning up to {source.config.n_merges:,} merges from {len(source.text):,} characters: a few "
            "seconds"
        ):
            return learned.learning(source.key, source.text, source.is_table, source.config)
    except InputError as error:
        screen.notice(str(error))
        return None


@st.fragment
def stepper(key: str, learning: Learning) -> None:
    """The corpus between two merges; a step reruns this and no more, and only one that the browser does not
    have.
    """
    from explorer.components.merge_stepper import merge_stepper
    from explorer.views.subwords.merge_stepper import Merges, stepper_data

    step, ahead = shown_step(key, learning)
    states = [
        learned.merge_state(key, near, learning)
        for near in steps_near(step, learning.n_steps, AHEAD if ahead else 0.0)
    ]
    merges = Merges(key, learning.n_steps, learned.merge_curves(key, learning))
    data = stepper_data(
        merges,
        states,
        step,
        screen.theme(),
        st.session_state.get(ASKED, 0),
        "Keys: ← → Home End space",
    )
    merge_stepper(data, key="merge-stepper", on_step=lambda value: take_step(key, learning, value))


def shown_step(key: str, learning: Learning) -> tuple[int, bool]:
    """The step to show, the last one that was shown of these merges, else the start; and whether those beside
    it are wanted too.
    """
    of, step, ahead = st.session_state.get(STEP, ("", 0, True))
    return (step, ahead) if of == key and 0 <= step <= learning.n_steps else (0, True)


def steps_near(step: int, n_steps: int, seconds: float):
    """`step`, then those around it, the next ones first, until some time has passed."""
    started = time.monotonic()
    yield step
    for distance in range(1, WINDOW + 1):
        for near in (step + distance, step - distance):
            if 0 <= near <= n_steps and time.monotonic() - started < seconds:
                yield near


def take_step(key: str, learning: Learning, value: object) -> None:
    """Remember where the browser says that its reader is, if there is such a step."""
    if isinstance(value, dict) and isinstance(step := value.get("at"), int) and 0 <= step <= learning.n_steps:
        st.session_state[STEP] = (key, step, value.get("ahead") is True)
