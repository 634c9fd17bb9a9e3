"""What do the merges do to a word? Two sections of the page "Subwords"."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen
from explorer.pages.subwords import learned
from explorer.pages.subwords.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import Segmentation
    from explorer.tokenization.bpe import Learning, SubwordModel

STEP = "subwords_step"  # session key: (what is learned, the step shown, whether those beside it are wanted)
ASKED = "subwords_asked"  # session key: how often the page, not the picture, asked for a step
OPENED = "subwords_opened"  # session key: (file name, the subwords in it, the hash of the file)
LEARNED, OF_FILE = "learned above", "the opened file"  # whose merges
WORKED = {  # what stands in the box at first: work by hand with one slip, so that there is something to see
    "hug": "u g 20\nu n 16\np un 12",
    "sleeplessness": "e s 2\nes s 2\ne e 2",
    "low": "e s 9\nes t 9\nest </w> 9\nl o 7\nlo w 7",
}
WORDS = {"hug": "hugs bug mugs", "sleeplessness": "sleepless", "low": "lowest newer wide"}
A_SENTENCE = "The cats were unhappily reading naïve books."
DROPOUT_HELP = (
    "BPE-dropout: each merge that applies is skipped with this probability, so one word is cut in many "
    "ways and a model sees its parts more often (Provilkov et al. 2020). 0 is plain BPE, 1 leaves single "
    "characters. The same seed gives the same cuts."
)


def check_own(source: Source, learning: Learning) -> None:
    """A learner's own merges, each with a verdict."""
    screen.section("Check your own merges", "subwords_check_box", _check_own, source, learning)


@st.fragment
def _check_own(source: Source, learning: Learning) -> None:
    from explorer.components.token_table import token_table
    from explorer.views.subwords.tables import worked_table

    left, right = st.columns([1, 3], gap="medium")
    with left:
        worked = st.text_area(
            "Your merges, one to a line",
            value=WORKED.get(source.name, ""),
            height=220,
            placeholder="u g 20\nun d",
            key=f"subwords_worked_{source.name}",
            persist_state="session",
            help="Two symbols, then how often they stand side by side if you counted: `u g 20`, `u + g → "
            "ug (20)` or `u-g: 20`. A space that belongs to a symbol is written ␣.",
        )
    with right:
        if not worked.strip():
            st.text(
                "Work out the first merges on paper, type them on the left, and see where a count or a "
                "merge goes wrong."
            )
            return
        try:
            check = learned.worked_check(source.key, worked, learning)
        except InputError as error:
            screen.notice(str(error))
            return
        st.text(check.summary)
        token_table(worked_table(check, screen.theme()), key="subwords-worked")
        before = check.rows[: (check.departs_at or 1) - 1]
        if (
            check.departs_at
            and check.departs_at <= learning.n_steps
            and all(row.verdict == "right" for row in before)
        ):
            step = check.departs_at - 1
            if st.button(f"Show the corpus at step {step:,} above", key="subwords_show_step"):
                st.session_state[STEP] = (source.key, step, True)
                st.session_state[ASKED] = st.session_state.get(ASKED, 0) + 1
                st.rerun()


def cut_words(source: Source, learning: Learning, width: int) -> None:
    """Any text under the merges, a tree over each word."""
    screen.section(
        "Cut any word with these merges", "subwords_cut_box", _cut_words, source, learning, width - 48
    )


@st.fragment
def _cut_words(source: Source, learning: Learning, width: int) -> None:
    from explorer.components.drawing import drawing
    from explorer.tokenization.bpe import segment_text
    from explorer.views.scene.svg import scene_data
    from explorer.views.subwords.merge_tree import merge_tree, tree_sentence

    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Word or sentence",
            WORDS.get(source.name, A_SENTENCE),
            key=f"subwords_cut_{source.name}",
            persist_state="session",
            width=380,
        )
        model = pick_model(learning, "cut")
        dropout, seed = _pick_dropout()
    try:
        passes.check_length(text, "text")
        words = segment_text(model, text, dropout, seed)
    except InputError as error:
        screen.notice(str(error))
        return
    if not words:
        st.text("Type a word.")
        return
    st.text(tree_sentence(words))
    drawing(scene_data(merge_tree(words, screen.theme(), width)), key="subwords-tree")
    st.caption(
        "At the bottom what the word begins with, above it each merge with its rank: 1 was learned first "
        "and goes first. Outlined in colour are the tokens that are left; broken outlines are not in the "
        "vocabulary."
    )
    _merge_by_merge(text, words)


def _pick_dropout() -> tuple[float, int]:
    """(chance that a merge is passed over, seed)."""
    dropout = st.number_input(
        "Dropout",
        0.0,
        1.0,
        0.0,
        0.1,
        key="subwords_dropout",
        persist_state="session",
        help=DROPOUT_HELP,
        width=120,
    )
    seed = st.number_input(
        "Seed",
        0,
        10**6,
        1,
        key="subwords_seed",
        persist_state="session",
        disabled=dropout == 0,
        width=120,
    )
    return dropout, seed


def _merge_by_merge(text: str, words: Sequence[Segmentation]) -> None:
    """The merges of one of the words as a table, if there is a word with any."""
    from explorer.components.token_table import token_table
    from explorer.views.subwords.tables import steps_table
    from explorer.views.text import visible_line

    with_steps = {number: word for number, word in enumerate(words) if word.steps}
    if not with_steps:
        return
    number = st.selectbox(
        "Merge by merge",
        list(with_steps),
        format_func=lambda number: visible_line(with_steps[number].word),
        key=f"subwords_by_merge_{crc32(repr((text, list(with_steps))).encode())}",
        width=240,
    )
    token_table(steps_table(with_steps[number], screen.theme()), key="subwords-steps")


def pick_model(learning: Learning, where: str) -> SubwordModel:
    """What was learned above, or the subwords of a file that was opened."""
    from explorer.tokenization.bpe import model_of

    opened = st.session_state.get(OPENED)
    if opened is None:
        return model_of(learning)
    which = st.segmented_control(
        "Merges",
        [LEARNED, OF_FILE],
        default=OF_FILE,
        key=f"subwords_model_{where}",
        required=True,
        persist_state="session",
    )
    return opened[1].model if which == OF_FILE else model_of(learning)
