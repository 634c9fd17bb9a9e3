"""How close is a translation to its reference? The page "BLEU"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen, sidebar
from explorer.pages.attention.meanings import Meaning, explain
from explorer.pages.bleu.files import files, take_pending
from explorer.pages.bleu.switches import not_a_bleu
from explorer.pages.navigation import leave

if TYPE_CHECKING:
    from explorer.results import BleuParts, BleuSettings

TITLE = "How close is a translation to its reference?"
LEAD = (
    "A bar for each n-gram, a run of n words: does a reference have it? The score is made of these "
    "counts and nothing else."
)
EXAMPLES = {  # name: (translation, references)
    "Le chat sur tapis": ("Le chat sur tapis", "Le chat est sur le tapis"),
    "the the the the": ("the the the the the the the", "The cat is on the mat.\nThere is a cat on the mat."),
    "Right words, other order": ("Tomorrow I will call you up .", "I will call you up tomorrow ."),
    "Another correct translation": ("He is quite tired.", "He is very exhausted."),
    "Two references": ("It is a guide to action which ensures that the military obeys the party.",
                       "It is a guide to action that ensures that the military will forever heed Party commands.\n"  # noqa: E501
                       "It is the guiding principle which guarantees the military forces always being under the command of the Party."),  # noqa: E501
}  # fmt: skip
TER_AT_ONCE = 40  # words: up to here TER takes no time that one notices

# Session keys of the widgets.
EXAMPLE, HYPOTHESIS, REFERENCES, CASE, TER = (
    "bleu_example",
    "bleu_hypothesis",
    "bleu_references",
    "bleu_lowercase",
    "bleu_ter",
)
SMOOTHING, ORDER, EFFECTIVE, TOKENIZER = "bleu_smoothing", "bleu_order", "bleu_effective", "bleu_tokenizer"

MEANING = Meaning(
    "BLEU counts how many n-grams of the translation a reference has, each at most as often as that has "
    "it, for n from 1 to 4. The geometric mean of the four precisions is multiplied by a penalty for "
    "translations that are too short, since precision alone would reward saying little. It was made for "
    "whole test sets: a sentence without a match of four words scores 0, unless it is smoothed.",
    r"\mathrm{BLEU} = 100 \cdot \underbrace{\min\!\left(1, e^{1 - r/c}\right)}_{\mathrm{BP}} \cdot "
    r"\left(\prod_{n=1}^{4} p_n\right)^{1/4}, "
    r"\qquad p_n = \frac{\sum_g \min(\mathrm{count}(g), \max_r \mathrm{count}_r(g))}{\sum_g "
    r"\mathrm{count}(g)}",
    "g the n-grams of the translation · c its length, r that of the closest reference, in tokens",
    "Papineni et al. 2002; one implementation for all, so that scores can be compared: Post 2018 (sacreBLEU)",
)


def run() -> None:
    """Draw the page."""
    leave()
    take_pending()
    width = screen.opening(TITLE, LEAD)
    choice = sidebar.sidebar("writes")
    one_translation(width)
    not_a_bleu()
    files(choice)
    explain(MEANING)


@st.fragment
def one_translation(width: int) -> None:
    """Type a translation and references, see the score in its pieces."""
    from explorer.evaluation.bleu import bleu_parts

    hypothesis, references, settings = ask()
    try:
        passes.check_length(hypothesis, "translation")
        for reference in references:
            passes.check_length(reference, "reference")
        parts = bleu_parts(hypothesis, references, settings)
    except InputError as error:
        screen.notice(str(error))
        return
    picture(parts, width)
    every_number(parts)
    beside(parts, settings)


def ask() -> tuple[str, list[str], BleuSettings]:
    """What is compared, and the choices of sacreBLEU."""
    from explorer.evaluation.bleu import MAX_ORDER, SMOOTHINGS, TOKENIZERS
    from explorer.results import BleuSettings

    first, second, third = st.columns([5, 5, 3], gap="medium")
    translation, reference = next(iter(EXAMPLES.values()))
    with third:
        st.selectbox("Example", list(EXAMPLES), key=EXAMPLE, on_change=_take_example, persist_state="session")
        with st.popover("Options of sacreBLEU", width="stretch"):
            smoothing = st.selectbox("Smoothing", list(SMOOTHINGS), key=SMOOTHING, persist_state="session")
            st.caption(SMOOTHINGS[smoothing])
            order = st.slider("Longest n-grams", 1, MAX_ORDER, 4, key=ORDER, persist_state="session")
            tokenizer = st.selectbox(
                "Tokeniser",
                TOKENIZERS,
                key=TOKENIZER,
                persist_state="session",
                help="What counts as a word. 13a: sacreBLEU's default.",
            )
            lowercase = st.toggle("Ignore case", key=CASE, persist_state="session")
            effective = st.toggle(
                "Leave out orders without any n-gram",
                key=EFFECTIVE,
                persist_state="session",
                help="Effective order: sacreBLEU advises it for single sentences.",
            )
    hypothesis = first.text_area(
        "Translation", value=translation, height=96, key=HYPOTHESIS, persist_state="session"
    )
    typed = second.text_area(
        "References, one per line", value=reference, height=96, key=REFERENCES, persist_state="session"
    )
    references = [line for line in typed.split("\n") if line.strip()]
    return hypothesis, references, BleuSettings(smoothing, None, order, effective, lowercase, tokenizer)


def _take_example() -> None:
    st.session_state[HYPOTHESIS], st.session_state[REFERENCES] = EXAMPLES[st.session_state[EXAMPLE]]


def picture(parts: BleuParts, width: int) -> None:
    """The score, and which n-grams count for it."""
    from explorer.components.drawing import drawing
    from explorer.views.bleu.marks import marks_scene
    from explorer.views.numbers import exact, short
    from explorer.views.scene.svg import scene_data

    mean = parts.score / (100 * parts.brevity_penalty) if parts.brevity_penalty else 0.0
    with st.container(horizontal=True, gap="large", key="bleu_score"):
        st.metric(
            "BLEU", f"{parts.score:.2f}", help=f"0 to 100. Exactly {exact(parts.score)}.", width="content"
        )
        st.metric(
            "Mean precision",
            short(mean),
            help="The geometric mean of the precisions, 0 to 1.",
            width="content",
        )
        st.metric(
            "Brevity penalty",
            short(parts.brevity_penalty),
            help=f"Exactly {exact(parts.brevity_penalty)}.",
            width="content",
        )
        st.metric(
            "Tokens",
            f"{parts.hypothesis_len} / {parts.reference_len}",
            help="Translation / closest reference.",
            width="content",
        )
    drawing(scene_data(marks_scene(parts, screen.theme(), width)), key="bleu-marks")


def every_number(parts: BleuParts) -> None:
    """Every number with its formula."""
    from explorer.views.bleu.score import formulas

    lines = r" \\[6pt] ".join(formulas(parts))
    st.latex(rf"\begin{{aligned}} {lines} \end{{aligned}}")


def beside(parts: BleuParts, settings: BleuSettings) -> None:
    """Every n-gram; smoothing methods; other scores with sacreBLEU's signatures."""
    screen.section("Every n-gram, with its counts", "bleu_ngrams", _ngrams, parts)
    title = "Other smoothing, other scores, and sacreBLEU's signature"
    screen.section(title, "bleu_others", _others, parts, settings, opened=True)


def _ngrams(parts: BleuParts) -> None:
    from explorer.views.bleu.score import ngrams_table

    st.html(ngrams_table(parts, screen.theme()))


def _others(parts: BleuParts, settings: BleuSettings) -> None:
    from explorer.evaluation.bleu import SMOOTHINGS, bleu_parts, other_scores
    from explorer.views.bleu.score import scores_table, smoothings_table

    is_short = max(len(text.split()) for text in (parts.hypothesis, *parts.references)) <= TER_AT_ONCE
    with_ter = is_short or st.toggle(
        "TER too",
        key=TER,
        persist_state="session",
        help="Translation edit rate (Snover et al. 2006): takes seconds for long texts.",
    )
    others = other_scores([parts.hypothesis], [parts.references], with_ter=with_ter)
    st.html(scores_table([("BLEU", parts.score, parts.signature)], others, screen.theme()))
    smoothed = [
        (
            name,
            what,
            bleu_parts(parts.hypothesis, parts.references, replace(settings, smoothing=name)).score,
        )
        for name, what in SMOOTHINGS.items()
    ]
    st.html(smoothings_table(smoothed, screen.theme()))
