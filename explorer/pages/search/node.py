"""What does a search know at one node, and how could it go on from there?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.options import Options, pick_picture
from explorer.pages.attention.picture import draw, picture, scale_of

if TYPE_CHECKING:
    from explorer.pages.search.source import Source
    from explorer.results import SearchNode, SearchSettings, SearchTree

PICKED = "beam_picked"  # session key: {key of the source: the token ids of the node that was clicked}
POSITION, WORD = "beam_position", "beam_word"


def pick(source: Source, tree: SearchTree, value: object) -> None:
    """Take the node that the browser says was clicked, if there is one; anything else is left alone."""
    from explorer.views.search.tree import node_key

    for node in tree.nodes:
        if node_key(node.token_ids) == value:
            st.session_state.setdefault(PICKED, {})[source.key] = node.token_ids


def one_node(source: Source, node: SearchNode, settings: SearchSettings, width: int, forced: str) -> None:
    """Everything about one node. forced: the session key of what the search has to begin with."""
    from explorer.views.numbers import short
    from explorer.views.search.tables import continuations_table
    from explorer.views.text import visible_line

    st.subheader(
        "The node you clicked" if source.key in st.session_state.get(PICKED, {}) else "The winner",
        anchor=False,
    )
    with st.container(key="beam_node"):
        fate = "forced by you" if node.forced else node.fate
        st.text(f"{visible_line(source.text(node.token_ids)) or '(nothing yet)'}")
        st.caption(
            f"Step {node.step + 1}, candidate {node.rank + 1}, {fate}: log-probability "
            f"{short(node.log_prob)}, score {short(node.score)} with α = {settings.length_penalty:g}."
        )
        finished = node.token_ids[-1] == source.eos_id
        try:
            if finished:
                st.caption("It has ended, so nothing follows.")
            else:
                st.text(
                    "What the table says comes next:"
                    if source.is_table
                    else "What the model finds likeliest next:"
                )
                st.html(continuations_table(source.next_tokens(node.token_ids), screen.theme()))
            attention(source, node, width)
            go_on(source, node, finished, forced)
        except InputError as error:
            screen.notice(str(error))


def attention(source: Source, node: SearchNode, width: int) -> None:
    """Where the model looked while it wrote this prefix: the rows of its tokens and no more."""
    from explorer.attention.reading import first_rows

    record = source.record(node.token_ids)
    if record is None:
        return
    if record.between is None:
        st.caption(f"{record.model_name} has no attention, so there is nothing that it looked at.")
        return
    st.text("Where it looked so far:")
    options = Options(picture=pick_picture(["matrix", "lines"], key="beam_shape"))
    whole = picture(record, record.between.kind, options)
    view = first_rows(whole.view, len(node.token_ids))
    matrix = replace(whole.matrix, view=view, vmax=scale_of(view.weights, options))
    draw(replace(whole, matrix=matrix), "beam-attention", width)
    st.caption(" ".join((f"{view.name}.", *view.notes)))


def go_on(source: Source, node: SearchNode, finished: bool, forced: str) -> None:
    """Force this prefix, or put another word into it, and let the search go on from there."""
    title = "Go on from here, or from another word"
    screen.section(title, "beam_go_on", _go_on, source, node, finished, forced, opened=True)


def _go_on(source: Source, node: SearchNode, finished: bool, forced: str) -> None:
    from explorer.views.text import visible_text

    if not finished:
        st.button(
            "Force this prefix",
            key="beam_force",
            on_click=_force,
            args=(source.key, node.token_ids, forced),
            help="The search begins with these words and goes on as it likes.",
        )
    n_tokens = len(node.token_ids)
    position = st.selectbox(
        "Replace",
        range(n_tokens),
        index=n_tokens - 1,
        key=_key(POSITION, source, node.token_ids),
        format_func=lambda place: f"{place + 1}. {visible_text(source.token(node.token_ids[place]))}",
    )
    before = node.token_ids[:position]
    others = [one for one in source.next_tokens(before) if one.token_id != node.token_ids[position]]
    words = {visible_text(one.token): (one.token_id,) for one in others}
    word = st.selectbox(
        "by",
        list(words),
        index=None,
        accept_new_options=True,
        placeholder="a likely word, or type one",
        key=_key(WORD, source, before),
    )
    st.button(
        "Search on from the new word",
        key="beam_replace",
        disabled=not word,
        on_click=_replace,
        args=(source, node.token_ids, position, words.get(word), word, forced),
    )


def _key(name: str, source: Source, token_ids: tuple[int, ...]) -> str:
    """The key of a widget that starts afresh at another place."""
    return f"{name}-{crc32(f'{source.key}/{token_ids}'.encode(errors='replace')):x}"


def _force(key: str, token_ids: tuple[int, ...], forced: str) -> None:
    st.session_state.setdefault(forced, {})[key] = token_ids


def _replace(
    source: Source,
    token_ids: tuple[int, ...],
    position: int,
    known: tuple[int, ...] | None,
    typed: str,
    forced: str,
) -> None:
    """known: the id of a word that was offered; else `typed` is cut into tokens."""
    from explorer.decoding.tree import replaced

    try:
        first, *rest = known if known is not None else source.ids(typed)
    except (InputError, ValueError) as error:
        st.session_state["beam_error"] = (
            str(error) if isinstance(error, InputError) else "Type a word to put there."
        )
        return
    prefix = (*replaced(token_ids, position, first), *rest)
    _force(source.key, prefix, forced)
    st.session_state.setdefault(PICKED, {})[source.key] = prefix
