"""How does a transformer know where a word stands? The section "Positions"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.meanings import Meaning
from explorer.pages.experiments import shown_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import PositionMatrix, ShownRun

ENCODING, HEAD = "position_encoding", "position_head"  # session keys
WORDS = {  # what each does, one sentence
    "sinusoidal": "Fixed waves, from fast to slow, added to the embedding. The dot product of two positions "
    "knows their distance alone.",
    "learned": "A vector for each position, added to the embedding. Only positions that occurred in "
    "training have learned anything: beyond the dotted line are the random numbers they "
    "started from.",
    "rotary": "Queries and keys are turned by an angle that grows with the position, so that their product "
    "knows the distance.",
    "relative": "A learned vector for each distance up to 16 is added to the keys; what that adds to a "
    "score depends on the query. Here it is that of the mean query over held-out sequences.",
    "t5": "A learned number for each head and each distance up to 16 is added to the score, whatever the "
    "words are.",
    "alibi": "A fixed penalty for each token of distance is added to the score; each head has its own "
    "slope, and nothing is learned.",
}
MEANING = Meaning(
    "Attention compares words, not places: without positions a sentence is a bag of words. Sinusoidal and "
    "learned positions are added to each token, and so name places; rotary, relative, t5 and ALiBi act "
    "between two tokens, and so name distances. That alone does not make a model right on longer "
    "sequences: it also has to find the next token and the end by a way that holds beyond the lengths of "
    "training, and each of these models found its own.",
    r"\mathrm{PE}(p)\cdot\mathrm{PE}(q) = \sum_{k<d/2} \cos\frac{p-q}{10000^{2k/d}} \qquad "
    r"\text{score}_{ij} = \frac{q_i \cdot k_j}{\sqrt{d}} + b_{j-i}",
    "PE [positions, d] · b: t5 [heads, distances]; ALiBi −slope · |j − i|; relative q · a / √d",
    "Vaswani et al. 2017, 3.5; Shaw et al. 2018, eq. 4; Su et al. 2021, eq. 34; Raffel et al. 2020, 2.1; "
    "Press et al. 2022",
)


def show(runs: Sequence[ShownRun], width: int) -> None:
    """Exact match and BLEU by length, then the matrix of one encoding."""
    from explorer.experiments.positions import BLEU, EXACT, LONGEST_TRAINED
    from explorer.views.experiments.line_panels import Panel, panels_figure, run_lines

    panels = (
        Panel(
            f"all right, % (trained up to {LONGEST_TRAINED})",
            "numbers in the sequence",
            run_lines(runs, EXACT),
            (0, 100),
            percent=True,
        ),
        Panel("BLEU", "numbers in the sequence", run_lines(runs, BLEU), (0, 100)),
    )
    screen.figure(panels_figure(panels, screen.theme(), width), "position-lengths")
    st.subheader("What does each of them look like?", anchor=False)
    _matrices(runs, width)


@st.fragment
def _matrices(runs: Sequence[ShownRun], width: int) -> None:
    from explorer.views.experiments.line_panels import panels_figure
    from explorer.views.experiments.positions import distance_panel, encoding_figure

    with st.container(horizontal=True, vertical_alignment="bottom"):
        positions = st.segmented_control(
            "Encoding",
            list(WORDS),
            default="sinusoidal",
            required=True,
            key=ENCODING,
            persist_state="session",
            format_func=lambda name: {"alibi": "ALiBi"}.get(name, name),
            label_visibility="collapsed",
        )
        try:
            matrix = _matrix(positions, runs)
        except InputError as error:
            screen.notice(str(error))
            return
        head = 0
        if len(matrix.pairs) > 1:
            head = st.segmented_control(
                "Head",
                list(range(len(matrix.pairs))),
                default=0,
                required=True,
                key=HEAD,
                persist_state="session",
                format_func=lambda head: f"H{head}",
                label_visibility="collapsed",
            )
    st.text(WORDS[positions])
    theme = screen.theme()
    screen.figure(encoding_figure(matrix, theme, width, head), "position-matrix")
    figure = panels_figure((distance_panel(matrix),), theme, width)
    screen.figure(figure, "position-distance")
    read = (
        f"Read from the first encoder layer of the run {matrix.source}."
        if matrix.source
        else "Computed by the code of the models."
    )
    st.caption(read)


def _matrix(positions: str, runs: Sequence[ShownRun]) -> PositionMatrix:
    shown = next((shown for shown in runs if shown.run.key == positions and not shown.own), None)
    return shown_runs.position_matrix(
        positions, shown.run.name if shown else "", shown.run.sha256 if shown else ""
    )
