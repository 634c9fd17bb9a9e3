"""How does a translation grow? The page "Beam search"."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning, explain
from explorer.pages.attention.target import begin
from explorer.pages.search.compare import presets, strategies, take_pending
from explorer.pages.search.node import PICKED, one_node, pick
from explorer.pages.search.source import ModelSource, Source, table_editor

if TYPE_CHECKING:
    from explorer.pages.sidebar import Choice
    from explorer.results import SearchSettings, SearchTrace, SearchTree

TITLE = "How does a translation grow?"
LEAD = (
    "A column for each word: what the search kept, finished and threw away. Click a box to see below "
    "where the model looked."
)

# Session keys: what is searched, the prefix that is forced {key of the source: token ids}, the widgets.
ON, FORCED = "beam_on", "beam_forced"
BEAM, ALPHA, MAX_LEN, PRUNED, STOP, TYPED = (
    "beam_size",
    "beam_alpha",
    "beam_max_len",
    "beam_pruned",
    "beam_stop",
    "beam_typed",
)
ALL = "all"

MEANING = Meaning(
    "A model says how likely each next token is, not which translation is best: that takes a search. Beam "
    "search keeps the k likeliest beginnings at every step and throws the rest away, so it can miss the "
    "likeliest translation, and often does when k is 1. Sums of log-probabilities only fall, so long "
    "translations lose; dividing by a power of the length makes up for that. A likelier translation is "
    "not always a better one.",
    r"s(y) = \frac{\sum_{t} \log p(y_t \mid y_{<t}, x)}{\left(\frac{5 + |y|}{6}\right)^{\alpha}}",
    "|y| tokens, </s> counted · α the length penalty: 0 for none, larger for longer translations",
    "Wu et al. 2016, eq. 14; beam search for translation: Sutskever et al. 2014, section 3.2; wider beams "
    "can be worse: Koehn & Knowles 2017, section 3.6",
)


def run() -> None:
    """Draw the page."""
    take_pending()
    choice, width = begin(TITLE, LEAD, needs=("writes",))
    if choice is not None:
        explore(choice, width)


@st.fragment
def explore(choice: Choice, width: int) -> None:
    """Everything that depends on one sentence; a click on a node or a control reruns this and no more."""
    controls = st.container(horizontal=True, vertical_alignment="bottom", key="beam_controls")
    with controls:
        on = st.segmented_control(
            "Search on",
            ["model", "table"],
            default="model",
            format_func={"model": "the model", "table": "a table"}.get,
            key=ON,
            required=True,
            persist_state="session",
            help="The model in the sidebar, or a table of probabilities that you write yourself.",
        )
    source = ModelSource(choice) if on == "model" else table_editor()
    with controls:
        settings, n_pruned = pick_settings(source)
    if source is None:
        return
    try:
        trace = source.search(settings)
    except InputError as error:
        screen.notice(str(error))
        forced_prefix(source)
        return
    tree = draw(source, trace, settings, n_pruned)
    forced_prefix(source)
    left, right = st.columns(2, gap="large")
    with left:
        winners(source, trace, settings)
        if on == "model":
            presets(choice, BEAM)
    with right:
        node = picked_node(source, tree)
        one_node(source, node, settings, (width - 48) // 2, FORCED)
    strategies(source, choice, settings)
    explain(MEANING)


# --------------------------------------------------------------------------------------------------- controls


def pick_settings(source: Source | None) -> tuple[SearchSettings, int | None]:
    """How it is searched, and how many pruned candidates of a step are drawn (None: all that the search
    looked at).
    """
    from explorer.results import SearchSettings

    on_table = source is None or source.is_table
    beam_size = st.slider(
        "Beam size",
        1,
        16,
        2 if on_table else 4,
        key=f"{BEAM}_table" if on_table else BEAM,
        persist_state="session",
        width=170,
        help="How many hypotheses are kept at each step. 1 is greedy search.",
    )
    alpha = st.slider(
        "Length penalty α",
        -4.0,
        4.0,
        0.0,
        0.05,
        key=ALPHA,
        persist_state="session",
        width=230,
        help="0: the likeliest wins. Above 0: longer ones gain. Finished hypotheses are ranked again live.",
    )
    n_pruned = st.select_slider(
        "Pruned shown",
        [0, 1, 2, 3, 5, 8, ALL],
        value=2,
        key=PRUNED,
        persist_state="session",
        width=150,
        help="The likeliest candidates that were thrown away at each step.",
    )
    with st.popover("More", width="content"):
        stop, max_len = _pick_end()
        if source is not None:
            st.text_input(
                "Start the translation with",
                key=typed_key(source),
                on_change=_force_typed,
                args=(source,),
                help="Words that the translation has to begin with; then press Enter.",
            )
    prefix = () if source is None else st.session_state.get(FORCED, {}).get(source.key, ())
    settings = SearchSettings(beam_size, max_len, alpha, stop, prefix=prefix)
    return settings, None if n_pruned == ALL else n_pruned


def _pick_end() -> tuple[str, int | None]:
    """(when a search stops, the most tokens of a translation or None for what suits the sentence)."""
    from explorer.decoding.decode import MAX_TOKENS
    from explorer.results import STOP_RULES

    stop = st.selectbox(
        "Stop when",
        list(STOP_RULES),
        format_func=STOP_RULES.get,
        key=STOP,
        persist_state="session",
        width=420,
    )
    max_len = st.number_input(
        "Maximum length",
        min_value=1,
        max_value=MAX_TOKENS,
        value=None,
        step=1,
        key=MAX_LEN,
        placeholder="what suits the sentence",
        persist_state="session",
        help="Tokens of the translation, counting its end.",
    )
    return stop, max_len


def typed_key(source: Source) -> str:
    return f"{TYPED}-{crc32(source.key.encode(errors='replace')):x}"


def _force_typed(source: Source) -> None:
    typed = st.session_state[typed_key(source)]
    try:
        st.session_state.setdefault(FORCED, {})[source.key] = source.ids(typed) if typed.strip() else ()
    except InputError as error:
        st.session_state["beam_error"] = str(error)


def forced_prefix(source: Source) -> None:
    """What the search was made to begin with, and the way back."""
    from explorer.views.text import visible_line

    error = st.session_state.pop("beam_error", None)
    if error:
        screen.notice(error)
    prefix = st.session_state.get(FORCED, {}).get(source.key, ())
    if prefix:
        with st.container(horizontal=True, vertical_alignment="center", key="beam_forced_line"):
            st.text(f"You made it begin with: {visible_line(source.text(prefix))}")
            st.button("Search freely again", key="beam_free", on_click=_free, args=(source.key,))


def _free(key: str) -> None:
    st.session_state.get(FORCED, {}).pop(key, None)


# --------------------------------------------------------------------------------------------------- pictures


def draw(source: Source, trace: SearchTrace, settings: SearchSettings, n_pruned: int | None) -> SearchTree:
    """The tree."""
    from explorer.components.search_tree import search_tree as component
    from explorer.decoding.tree import search_tree
    from explorer.views.search.tree import description, tree_data

    tree = search_tree(trace, source.token, n_pruned=n_pruned, n_forced=len(settings.prefix))
    selected = st.session_state.get(PICKED, {}).get(source.key)
    identity = f"{source.key}/{settings.beam_size}/{settings.max_len}/{settings.stop}/{settings.prefix}"
    data = tree_data(
        tree,
        screen.theme(),
        length_penalty=settings.length_penalty,
        selected=selected,
        identity=f"{crc32(identity.encode(errors='replace')):x}",
    )
    component(data, key="beam-tree", on_pick=lambda value: pick(source, tree, value))
    st.caption(description(tree))
    return tree


def winners(source: Source, trace: SearchTrace, settings: SearchSettings) -> None:
    """The finished hypotheses under α, and where the winner changes."""
    from explorer.decoding.rerank import rerank
    from explorer.views.search.tables import hypotheses_table, winner_lines

    ranked = rerank(trace, settings.length_penalty)
    texts = [source.text(hypothesis.token_ids) for hypothesis in trace.hypotheses]
    st.subheader("Who wins?", anchor=False)
    with st.container(key="beam_winner"):
        for line in winner_lines(ranked, texts):
            st.text(line)
    st.html(hypotheses_table(trace, ranked, texts, screen.theme()))


def picked_node(source: Source, tree: SearchTree):
    """The node that was clicked, while it is in the tree; else the last one before the end of the winner."""
    picked = st.session_state.get(PICKED, {}).get(source.key)
    for node in tree.nodes:
        if node.token_ids == picked:
            return node
    return tree.nodes[tree.hypotheses[0]]
