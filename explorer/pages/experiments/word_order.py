"""What if the words are shuffled? The section "Word order"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning
from explorer.pages.experiments import shown_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import ShownRun

SENTENCE, SEED = "word_order_sentence", "word_order_seed"  # session keys
FIRST = "The old woman does not read the book."
MEANING = Meaning(
    "Self-attention is a sum over a set: in another order the sum is the same. Without positions the "
    "encoder gives every word the same state wherever it stands, and the decoder, which sums over those "
    "states, writes the same translation: it has to guess whether the woman or the book is old. What is "
    "left of a change is rounding. With positions the states change, and so does the translation.",
    r"f(Px) = P f(x) \text{ for every permutation } P \text{ of the rows}, \qquad \sum_j \alpha_{\pi(j)} "
    r"v_{\pi(j)} = \sum_j \alpha_j v_j",
    "x [src_len, d] · P [src_len, src_len]",
    "Vaswani et al. 2017, section 3.5",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """One sentence live, then the scores over many."""
    from explorer.experiments.word_order import BLEU, LOG_PROB, SAME, STATE_GAP
    from explorer.views.experiments.line_panels import Panel, panels_figure, run_lines
    from explorer.views.experiments.word_orders import shuffle_scores_table

    _sentence(runs)
    st.text("The same over held-out sentences, each in one random order:")
    panels = (
        Panel("BLEU", "order of the words", run_lines(runs, BLEU), (0, 100)),
        Panel("log p of the reference, nats per token", "order of the words", run_lines(runs, LOG_PROB)),
    )
    screen.figure(panels_figure(panels, screen.theme(), width), "order-scores")
    names = {"same": SAME, "bleu": BLEU, "log_prob": LOG_PROB, "gap": STATE_GAP}
    st.html(shuffle_scores_table(runs, names, screen.theme()))


@st.fragment
def _sentence(runs: Sequence[ShownRun]) -> None:
    from explorer.views.experiments.word_orders import orders_table

    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "English sentence",
            FIRST,
            max_chars=200,
            key=SENTENCE,
            persist_state="session",
            help="Of the words that the grammar knows; others become <unk>.",
        )
        st.button("Other orders", key="word_order_again", icon="🔀", on_click=_draw)
    seed = st.session_state.get(SEED, 1)
    try:
        orders = [
            (shown.label, shown_runs.word_orders(shown.run.name, shown.run.sha256, text, seed))
            for shown in runs
            if not shown.own
        ]
    except InputError as error:
        screen.notice(str(error))
        return
    st.html(orders_table(orders, screen.theme()))


def _draw() -> None:
    st.session_state[SEED] = st.session_state.get(SEED, 1) + 1
