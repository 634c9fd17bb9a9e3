"""Which heads the page "Heads" shows large: those that were clicked, or that another page asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import sidebar

if TYPE_CHECKING:
    from explorer.pages.attention.shown import Shown
    from explorer.results import AttentionKind

PICKED = "heads_picked"  # session key: {(checkpoint, kind): the heads that are shown large}
Head = tuple[int, int]  # (layer, head)


def picked_heads(shown: Shown) -> tuple[Head, ...]:
    """The heads that are shown large, in the order in which they were picked; at first the one that is the
    surest of where to look.
    """
    from explorer.attention.reading import sharpest_head

    picked = st.session_state.setdefault(PICKED, {})
    attention_map = shown.map
    heads = picked.get((shown.info.name, shown.kind), ())
    if not heads or not all(
        layer < attention_map.n_layers and head < attention_map.n_heads for layer, head in heads
    ):
        heads = (sharpest_head(attention_map),)
        picked[shown.info.name, shown.kind] = heads
    return heads


def open_with(checkpoint: str, kind: AttentionKind, heads: tuple[Head, ...]) -> None:
    """Have the page open with these heads large: for a link from another page, in a callback or before it
    switches to this one.
    """
    st.session_state.setdefault(PICKED, {})[checkpoint, kind] = heads
    st.session_state[sidebar.MODEL] = checkpoint
    st.session_state["kind"] = kind


def clicked(shown: Shown, value: object) -> None:
    """Take what the browser says is selected, if it is a list of heads that exist; anything else is left
    alone.
    """
    from explorer.attention.reading import all_heads

    said = value if isinstance(value, list) else []
    heads = [head for pair in said for head in all_heads(shown.map) if pair == list(head)]
    if heads and len(heads) == len(said):
        picked = st.session_state.setdefault(PICKED, {})
        picked[shown.info.name, shown.kind] = tuple(dict.fromkeys(heads))
