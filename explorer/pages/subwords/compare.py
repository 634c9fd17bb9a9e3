"""Which tokenizer suits which text? Two sections of the page "Subwords"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.subwords import learned
from explorer.pages.subwords.source import Source
from explorer.pages.subwords.words import LEARNED, OF_FILE, OPENED

if TYPE_CHECKING:
    from explorer.results import SizeCurve, TokenizerComparison
    from explorer.tokenization.bpe import Learning

LANGUAGE = "subwords_language_tokenizer"  # session key
LEAST = 2000  # characters: from a shorter text no vocabulary can be learned
MOST = 400_000  # characters that are compared on a page, so that it takes seconds
N_SENTENCES = 2000
SIZES = (300, 500, 1000, 2000, 4000)
CURVE = (280, 350, 500, 700, 1000, 1400, 2000, 4000)
OTHER = (
    "Zorbax naïvely bought Krankenversicherungen on the Internet 😀. Unbelievably, nobody had "
    "misunderstood the counterrevolutionary mathematician."
)
D_MODEL_HELP = (
    "Each token is a vector of this many numbers in the model, so a larger vocabulary needs a larger table."
)
ENGLISH = f"byte BPE of {N_SENTENCES:,} English sentences"


def compare_text(source: Source, width: int) -> None:
    """Characters, words, bytes and subwords on the same text."""
    screen.section(
        "Compare tokenizers on the same text", "subwords_compare_box", _compare_text, source, width - 48
    )


@st.fragment
def _compare_text(source: Source, width: int) -> None:
    text, about = corpus(source)
    sizes, d_model, applied = _pick_comparison()
    st.caption(about)
    if not sizes:
        st.text("Pick at least one vocabulary size.")
        return
    key = learned.learning_key(text, False, source.config)
    try:
        waiting = st.empty()
        with (
            waiting,
            st.status(
                "Learning words, BPE, WordPiece and Unigram in several sizes: the first time takes some "
                "seconds"
            ),
        ):
            comparison = learned.tokenizer_comparison(key, tuple(sorted(sizes)), d_model, applied, text)
            curves = learned.tokenizer_curves(key, CURVE, applied, text)
        waiting.empty()
    except InputError as error:
        waiting.empty()
        screen.notice(str(error))
        return
    _draw_comparison(comparison, curves, width)


def _pick_comparison() -> tuple[list[int], int, str | None]:
    """(sizes of a vocabulary, width of a vector, the other text that is cut or None for the same one)."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sizes = st.pills(
            "Vocabularies",
            SIZES,
            selection_mode="multi",
            default=[300, 1000],
            format_func="{:,}".format,
            key="subwords_sizes",
            persist_state="session",
        )
        d_model = st.number_input(
            "Width of a vector",
            1,
            100_000,
            128,
            1,
            key="subwords_width",
            persist_state="session",
            help=D_MODEL_HELP,
            width=160,
        )
        other = st.segmented_control(
            "Applied to",
            ["the same text", "another text"],
            default="the same text",
            key="subwords_applied",
            required=True,
            persist_state="session",
        )
    applied = None
    if other == "another text":
        applied = st.text_area(
            "The other text",
            OTHER,
            height=96,
            key="subwords_other",
            persist_state="session",
            max_chars=20_000,
        )
    return sizes, int(d_model), applied


def _draw_comparison(comparison: TokenizerComparison, curves: tuple[SizeCurve, ...], width: int) -> None:
    from explorer.components.token_table import token_table
    from explorer.views.subwords.size_curves import size_figure
    from explorer.views.subwords.tables import tokenizer_table

    token_table(tokenizer_table(comparison, screen.theme()), key="subwords-tokenizers")
    figure = size_figure(curves, screen.theme(), width)
    screen.figure(figure, "subwords-curves")
    for note in comparison.notes:
        st.text(note)


def corpus(source: Source) -> tuple[str, str]:
    """(the text to learn tokenizers from, a sentence about it)."""
    if len(source.real) < LEAST:
        n_sentences = f"{N_SENTENCES:,} sentences of the grammar"
        return learned.grammar_text(
            N_SENTENCES
        ), f"The text above is too short for this, so all learn from {n_sentences}."
    if len(source.real) > MOST:
        return source.real[:MOST], f"All learn from the first {MOST:,} characters of the text above."
    return source.real, "All learn from the text above."


def compare_languages(source: Source, learning: Learning) -> None:
    """One tokenizer on the same sentences in many languages and scripts."""
    screen.section(
        "Does one tokenizer fit every language?",
        "subwords_languages_box",
        _compare_languages,
        source,
        learning,
    )


@st.fragment
def _compare_languages(source: Source, learning: Learning) -> None:
    from explorer.components.token_table import token_table
    from explorer.views.subwords.tables import language_table

    opened = st.session_state.get(OPENED)
    names = [ENGLISH, LEARNED, *([OF_FILE] if opened else []), "bytes", "characters", "words"]
    if st.session_state.get(LANGUAGE) not in names:  # the file was taken away
        st.session_state[LANGUAGE] = ENGLISH
    name = st.segmented_control(
        "Tokenizer", names, key=LANGUAGE, required=True, wrap=True, persist_state="session"
    )
    model, key = (opened[1].model, opened[2]) if opened and name == OF_FILE else (learning, source.key)
    comparison = learned.language_comparison(name, key, model, source.real)
    st.text(
        "The same two sentences everywhere. A language that the tokenizer has not learned from costs more "
        "tokens."
    )
    token_table(language_table(comparison, comparison.names[0], screen.theme()), key="subwords-languages")
    for note in comparison.notes:
        st.text(note)
