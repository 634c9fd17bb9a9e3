"""The sidebar: model and sentence, the same on every page and kept from page to page."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.results import SentencePair


LANGUAGES = {"en": "English", "de": "German", "fr": "French"}


CORPORA = {"files": "real text", "grammar": "grammar", "task": "sequence task"}


PRESETS = {  # what it shows: the sentence
    "A first sentence": "The old man is reading a book.",
    "A verb that splits in German": "She gets up early.",
    "A verb that waits for the end": "I know that she bought the red car.",
    "A participle at the end": "I have lost my key.",
    "Negation": "Tom does not speak French.",
    "An adjective that moves in French": "I see a black cat.",
    "A question without capitals": "where is the station",
    "Capitals only": "I AM TIRED.",
    "A word it has never seen": "Did you see Zorbax?",
    "Which bank?": "I arrived at the bank after crossing the river.",
}


ANY = "any phenomenon"


SEQUENCE = "7 42 3 99 15 8 61 27 50 4 88 13 36 72 9 21 64 5 47 30"


# Session keys. Those of the sidebar are widgets' own, bound to the address, so that a link brings back model
# and sentence.
MODEL, SENTENCE, NUMBERS = "model", "sentence", "numbers"


PRESET, PHENOMENON, DISTANCE = "preset", "phenomenon", "distance"


# how the grammar drew the sentence, such as "de.20417.separable_verb.3": in the address too, so that gold
# links come back
DRAWN = "drawn"


@dataclass(frozen=True)
class Choice:
    """What the sidebar says. pair: the sentence with the truth about it, when it comes from the grammar or is
    a task's.
    """

    info: CheckpointInfo
    sentence: str
    pair: SentencePair | None


def sidebar(*needs: str) -> Choice | None:
    """Model and sentence, the same on every page and kept from page to page; None when there is no model.

    needs: what a model must be able to do to be offered (`Capabilities.has`).
    """
    infos = {info.name: info for info in checkpoints() if info.can.has(*needs)}
    if not infos:
        screen.notice(
            "There is no trained model in checkpoints/: train one with `python -m explorer train`, or get a "
            "complete copy of the project."
        )
        return None
    if st.query_params.get(MODEL, "") not in ("", *map(model_label, infos.values())):
        st.toast(
            "The address asks for a model that is not here, so another one is shown.",
            icon="ℹ️",
            duration="long",
        )
    with st.sidebar:
        name = st.selectbox(
            "Model",
            list(infos),
            format_func=lambda name: model_label(infos[name]),
            key=MODEL,
            bind="query-params",
            persist_state="session",
        )
        info = infos[name]
        if info.corpus_kind == "task":
            return _numbers(info)
        return _sentence(info)


def _sentence(info: CheckpointInfo) -> Choice:
    language = LANGUAGES.get(info.src_lang, info.src_lang)
    sentence = st.text_area(
        f"Sentence in {language}",
        value=next(iter(PRESETS.values())),
        height=96,
        key=SENTENCE,
        bind="query-params",
        persist_state="session",
        help="Type anything, then press Ctrl+Enter or click elsewhere.",
    )
    st.selectbox(
        "Or an example",
        list(PRESETS),
        index=None,
        placeholder="Pick one",
        key=PRESET,
        on_change=_take_preset,
        help="Each shows one thing that attention has to deal with.",
    )
    if info.tgt_lang in ("de", "fr"):
        _grammar_draw(info.tgt_lang)
    return Choice(info, sentence, _truth(info.tgt_lang, sentence))


def _truth(tgt_lang: str, sentence: str) -> SentencePair | None:
    """The pair that the grammar drew, while its sentence is still the one in the box."""
    drawn = st.session_state.get(DRAWN) or st.query_params.get(DRAWN, "")
    pair = drawn_pair(drawn) if drawn.startswith(f"{tgt_lang}.") else None
    if pair is None or pair.src != sentence:
        st.query_params.pop(DRAWN, None)
        return None
    st.session_state[DRAWN] = st.query_params[DRAWN] = drawn
    return pair


def _take_preset() -> None:
    if st.session_state[PRESET] is not None:
        st.session_state[SENTENCE] = PRESETS[st.session_state[PRESET]]


def _grammar_draw(tgt_lang: str) -> None:
    phenomena = _phenomena(tgt_lang)
    picked = st.selectbox(
        "Or one from the grammar",
        [ANY, *phenomena],
        format_func=lambda name: name.replace("_", " "),
        key=PHENOMENON,
        persist_state="session",
        help="A grammar writes the sentence and its translation, so it knows which word belongs to which.",
    )
    distance = None
    if picked != ANY:
        st.caption(phenomena[picked])
    if picked == "separable_verb":
        distance = st.slider(
            "Words between verb and particle", 0, 10, 3, key=DISTANCE, persist_state="session"
        )
    st.button(
        "Draw a sentence",
        key="draw",
        on_click=_draw,
        args=(tgt_lang, None if picked == ANY else picked, distance),
        width="stretch",
    )


def _draw(tgt_lang: str, phenomenon: str | None, distance: int | None) -> None:
    drawn = f"{tgt_lang}.{random.randrange(10**6)}.{phenomenon or ''}.{'' if distance is None else distance}"
    pair = drawn_pair(drawn)
    if pair is None:
        st.toast("The grammar found no such sentence: try another distance.")
        return
    st.session_state[DRAWN] = drawn
    st.session_state[SENTENCE] = pair.src
    st.session_state[PRESET] = None


@st.cache_resource(max_entries=512, show_spinner=False)
def drawn_pair(drawn: str) -> SentencePair | None:
    """The sentence pair that "language.seed.phenomenon.distance" draws; None for anything else, as somebody
    may have edited the address.
    """
    from explorer.corpora.grammar import generate_pair

    parts = re.fullmatch(r"(de|fr)\.([0-9]{1,6})\.([a-z_]*)\.([0-9]{0,2})", drawn)
    if parts is None:
        return None
    tgt_lang, seed, phenomenon, distance = parts.groups()
    n_between = int(distance) if distance else None
    try:
        return generate_pair(
            random.Random(int(seed)),
            tgt_lang,
            phenomenon or None,
            max_words=14 + (n_between or 0),
            distance=n_between,
        )
    except InputError:
        return None


@st.cache_resource(show_spinner=False)
def _phenomena(tgt_lang: str) -> dict[str, str]:
    from explorer.corpora.grammar.pairs import ONLY_IN, PHENOMENA

    return {name: line for name, line in PHENOMENA.items() if ONLY_IN.get(name, tgt_lang) == tgt_lang}


def _numbers(info: CheckpointInfo) -> Choice:
    from explorer.corpora.tasks import task_pair

    st.button("Draw a sequence", key="draw_numbers", on_click=_draw_numbers, width="stretch")
    sequence = st.text_area(
        "Sequence",
        value=SEQUENCE,
        height=96,
        key=NUMBERS,
        bind="query-params",
        persist_state="session",
        help="Numbers below 100, separated by spaces.",
    )
    words = sequence.split()
    known = all(word.isascii() and word.isdigit() and len(word) <= 6 for word in words)
    return Choice(info, sequence, task_pair(info.task, tuple(map(int, words))) if known and words else None)


def _draw_numbers() -> None:
    st.session_state[NUMBERS] = " ".join(str(random.randrange(100)) for _ in range(20))


def model_label(info: CheckpointInfo) -> str:
    """One line that tells checkpoints apart: "en → de transformer, real text"; of one's own runs with their
    name.

    Of several that are alike the first in the list has the short line, the others say what is different about
    them.
    """
    short = _short_label(info)
    first, *others = [other for other in checkpoints() if _short_label(other) == short] or [info]
    if info.name == first.name:
        return short
    for detail in ("tokens", "positions"):
        value = getattr(info, detail)
        if value != getattr(first, detail) and [
            other.name for other in others if getattr(other, detail) == value
        ] == [info.name]:
            return f"{short}, {value}"
    return f"{short}, {info.name}"


def _short_label(info: CheckpointInfo) -> str:
    own = f"{info.run}: " if info.run else ""
    if info.corpus_kind == "task":
        return f"{own}{info.task} task, {info.model}"
    languages = f"{info.src_lang} → {info.tgt_lang}" if info.can.writes else info.src_lang
    return f"{own}{languages} {info.model}, {CORPORA[info.corpus_kind]}"


@st.cache_resource(ttl=10, show_spinner=False)
def checkpoints() -> tuple[CheckpointInfo, ...]:
    """Every checkpoint that can be used, the one to begin with first."""
    from explorer.checkpoints.catalogue import list_checkpoints

    return tuple(info for info in list_checkpoints() if info.problem is None)
