"""What do other tokens do to attention? The section that shows a sentence under two tokenizers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import passes, screen, sidebar
from explorer.pages.attention import meanings
from explorer.pages.attention.options import Options
from explorer.pages.attention.picture import draw, draw_pair, picture
from explorer.pages.subwords import learned

if TYPE_CHECKING:
    from explorer.checkpoints.catalogue import CheckpointInfo
    from explorer.results import AttentionKind, MatrixView, PassRecord

FIRST, SECOND, SENTENCE, KIND, MERGED = (  # session keys
    "subwords_first",
    "subwords_second",
    "subwords_sentence",
    "subwords_kind",
    "subwords_merged",
)
A_SENTENCE = "The pharmacist explained the recipe to the fishermen."
BESIDE_CELL = 22  # pixels: where a cell would have less, the pictures stand below each other
LABELS = 190  # pixels of a picture that are no cells


def two_tokenizations(width: int) -> None:
    """The same sentence in the tokens of two models, and where each of them looks."""
    screen.section(
        "From tokens to attention: one sentence, two tokenizers", "subwords_attention_box", _two, width - 48
    )


@st.fragment
def _two(width: int) -> None:
    infos = {
        info.name: info
        for info in sidebar.checkpoints()
        if info.attention != "none" and info.corpus_kind != "task"
    }
    partners = {name: others(info, list(infos.values())) for name, info in infos.items()}
    firsts = sorted(
        (name for name in partners if partners[name]),
        key=lambda name: closeness(infos[name], infos[partners[name][0]]),
    )
    if not firsts:
        st.text(
            "There are no two models of the same languages with different tokenizers: train one with "
            "another vocabulary."
        )
        return
    first, second = _pick_models(infos, partners, firsts)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Sentence in English", A_SENTENCE, key=SENTENCE, persist_state="session", width=420
        )
        merged = st.toggle(
            "Merge subwords into words", key=MERGED, persist_state="session", help=meanings.MERGED
        )
    try:
        with st.spinner("Both models translate the sentence."):
            records, texts = _records([infos[first], infos[second]], text)
    except InputError as error:
        screen.notice(str(error))
        return
    kind = _pick_kind(records)
    if texts[0] != texts[1]:
        st.text(f"{second} would write: {texts[1]}")
    st.text(f"Both are made to write: {texts[0]}")
    _draw(records, (first, second), kind, merged, width)


def _pick_models(
    infos: dict[str, CheckpointInfo], partners: dict[str, list[str]], firsts: list[str]
) -> tuple[str, str]:
    """The names of two models. partners: {first model: the second models that go with it}."""
    left, right = st.columns(2)
    with left:
        first = st.selectbox(
            "First model",
            firsts,
            format_func=lambda name: label(infos[name]),
            key=FIRST,
            persist_state="session",
        )
    with right:
        second = st.selectbox(
            "Second model",
            partners[first],
            format_func=lambda name: label(infos[name]),
            key=f"{SECOND}-{first}",
            persist_state="session",
        )
    return first, second


def _pick_kind(records: list[PassRecord]) -> AttentionKind:
    """Which attention, of those that both models have."""
    from explorer.results import KINDS

    kinds = [kind for kind in KINDS if all(kind in record.kinds for record in records)]
    if len(kinds) == 1:
        return kinds[0]
    return st.segmented_control(
        "Attention",
        kinds,
        default=kinds[0],
        format_func=lambda kind: records[0].map(kind).title,
        key=KIND,
        required=True,
        persist_state="session",
    )


def _records(infos: list[CheckpointInfo], text: str) -> tuple[list[PassRecord], list[str]]:
    """Both models writing what the first translates, and the translation of each."""
    texts = [passes.translation(info, text).text for info in infos]
    return [passes.record(info, text, texts[0]) for info in infos], texts


def _draw(records: list[PassRecord], names: tuple[str, str], kind: str, merged: bool, width: int) -> None:
    from explorer.components.token_chips import token_chips
    from explorer.results import names_of
    from explorer.views.attention.tokens import source_chips

    for number, (record, name) in enumerate(zip(records, names, strict=True)):
        vocabulary = learned.tokenizer_line(name)
        st.text(f"{name} reads {len(record.read.tokens)} tokens; its vocabulary has {vocabulary}.")
        token_chips(source_chips(record, screen.theme()), key=f"subwords-chips-{number}")
    options = replace(Options(), merge=merged)
    pictures = [picture(record, kind, options) for record in records]
    views = [each.view for each in pictures]
    if merged and same(views):
        st.caption(f"{names_of(kind).name}, the mean of all heads. {views[0].notes[-1]}")
        draw_pair(pictures, names, ("subwords-first", "subwords-second", "subwords-difference"), width)
        return
    compare = (
        ""
        if merged
        else " Rows and columns differ, so the numbers do not compare: merge subwords into words to see the "
        "difference."
    )
    if not merged and same(views):
        compare = " Both cut this sentence in the same way: type a rarer word, such as “unhappily”."
    st.caption(f"{names_of(kind).name}, the mean of all heads.{compare}")
    room = (width - 32) // 2
    beside = (room - LABELS) / max(view.weights.shape[1] for view in views) >= BESIDE_CELL
    places = st.columns(2, gap="medium") if beside else (st.container(), st.container())
    keys = ("subwords-first", "subwords-second")
    for place, key, name, each in zip(places, keys, names, pictures, strict=True):
        with place:
            st.text(f"{name}, {each.view.name}")
            draw(each.scaled(1.0), key=key, max_width=room if beside else width)


def same(views: list[MatrixView]) -> bool:
    """Whether both pictures have the same rows and columns."""
    return views[0].rows.tokens == views[1].rows.tokens and views[0].cols.tokens == views[1].cols.tokens


def others(info: CheckpointInfo, infos: list[CheckpointInfo]) -> list[str]:
    """Models of the same languages with other tokens, the most alike otherwise first."""
    suitable = [
        other
        for other in infos
        if (other.src_lang, other.tgt_lang) == (info.src_lang, info.tgt_lang) and other.tokens != info.tokens
    ]
    return [other.name for other in sorted(suitable, key=lambda other: closeness(info, other))]


def closeness(info: CheckpointInfo, other: CheckpointInfo) -> tuple:
    """Orders pairs: what differs in nothing but its tokens first, then models with self-attention."""
    attentive = sum(any(a.is_self for a in each.can.attention.values()) for each in (info, other))
    return (
        info.corpus_kind != other.corpus_kind,
        info.model != other.model,
        -attentive,
        info.corpus_kind != "grammar",
        info.tgt_lang,
    )


def label(info: CheckpointInfo) -> str:
    """A model with its tokens."""
    return f"{sidebar.model_label(info)}: {learned.tokenizer_line(info.name)}"
