"""What does attention do to three words? A section with a textbook example whose numbers can be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen

if TYPE_CHECKING:
    from explorer.results import SmallAttention, SmallExample

PICKED = "small_example"  # session key: the example that is shown
FIELDS = {  # field of SmallExample: (what it is, its symbol)
    "scores": ("Scores", "e"),
    "states": ("Encoder states s", "s"),
    "query": ("Decoder state h", "h"),
    "matrix": ("Matrix W", "W"),
    "query_matrix": ("Matrix W₁, for the query", "W₁"),
    "key_matrix": ("Matrix W₂, for the states", "W₂"),
    "vector": ("Vector v", "v"),
}
FORMULAS = {
    "given": "The scores are given; softmax and the context follow.",
    "dot": "Dot product: the score of a state is h · s (Luong et al. 2015, eq. 8).",
    "bilinear": "Bilinear: a matrix stands between, hᵀ W s (Luong et al. 2015, eq. 8, “general”).",
    "mlp": "MLP: a small network, vᵀ tanh(W₁ h + W₂ s) (Bahdanau et al. 2015, A.1.2).",
}
INPUTS = 360  # pixels for the numbers, beside the picture


def small_example(width: int) -> None:
    """Pick an example, change a number, see scores, weights and context follow."""
    screen.section("Three words to change", "small_box", _small, width)


@st.fragment
def _small(width: int) -> None:
    from explorer.attention.small_example import EXAMPLES, attend
    from explorer.views.attention.small_example import scoring_figure
    from explorer.views.attention.worked_example import worked

    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        name = st.segmented_control(
            "Example",
            list(EXAMPLES),
            default=next(iter(EXAMPLES)),
            key=PICKED,
            required=True,
            wrap=True,
            persist_state="session",
        )
        st.button("Back to the textbook", key="small_reset", on_click=_reset, args=(name,))
    textbook = EXAMPLES[name]
    st.text(FORMULAS[textbook.scorer])
    left, right = st.columns([INPUTS, max(240, width - INPUTS - 80)], gap="medium")
    with left:
        given = _numbers(name, textbook)
    try:
        attention = attend(given)
    except InputError as error:
        with right:
            screen.notice(str(error))
        return
    with right:
        figure = scoring_figure(attention, screen.theme(), min(640, width - INPUTS - 80))
        screen.figure(figure, "small-figure")
    if given.printed_weights:
        _find_the_slip(name, attention)
    lines = r" \\[4pt] ".join(worked(attention))
    st.latex(rf"\begin{{aligned}} {lines} \end{{aligned}}")


def _numbers(name: str, textbook: SmallExample) -> SmallExample:
    """The example with the numbers that stand in the boxes; once they are others, no lecture's answer belongs
    to them.
    """
    typed = {}
    for field, (title, symbol) in FIELDS.items():
        values = getattr(textbook, field)
        if values:
            st.caption(title)
            typed[field] = _boxes(
                f"{name}-{field}", symbol, values, textbook.words if field in ("scores", "states") else ()
            )
    given = replace(textbook, **typed)
    return given if given == textbook else replace(given, printed_weights=(), printed_context=())


def _boxes(key: str, symbol: str, values: tuple, words: tuple[str, ...]) -> tuple:
    """A box for each number: a line for each row of a matrix or word, or one line for a vector."""
    nested = isinstance(values[0], tuple)
    lines = values if nested else tuple((value,) for value in values) if words else (values,)
    rows = []
    for i, line in enumerate(lines):
        columns = st.columns([1.1, *[2] * len(line)], vertical_alignment="center", gap="small")
        columns[0].text(words[i] if words else symbol if i == 0 else "")
        rows.append(
            tuple(
                column.number_input(
                    f"{symbol} {i + 1}, {j + 1}",
                    value=value,
                    step=0.1,
                    format="%g",
                    key=f"{key}-{i}-{j}",
                    label_visibility="collapsed",
                )
                for j, (column, value) in enumerate(zip(columns[1:], line, strict=True))
            )
        )
    if nested:
        return tuple(rows)
    return tuple(value for line in rows for value in line)


def _reset(name: str) -> None:
    for key in list(st.session_state):
        if isinstance(key, str) and key.startswith(tuple(f"{name}-{field}-" for field in FIELDS)):
            del st.session_state[key]


def _find_the_slip(name: str, attention: SmallAttention) -> None:
    """What a lecture prints for these scores, and whether that can be."""
    from explorer.views.attention.worked_example import slip

    given = attention.given
    printed = ", ".join(f"{weight:g}" for weight in given.printed_weights)
    context = (
        f" and the context ({', '.join(f'{value:g}' for value in given.printed_context)})"
        if given.printed_context
        else ""
    )
    with st.container(border=True):
        st.text(
            f"A lecture prints the weights {printed}{context} for these numbers: the marks in the picture. "
            "Do they follow?"
        )
        answer = st.segmented_control(
            "Do they follow?",
            ["They do", "They do not"],
            key=f"slip-{name}",
            label_visibility="collapsed",
            persist_state="session",
        )
        if answer is not None:
            st.text("Look again:" if answer == "They do" else "Right, they do not:")
            for sentence in slip(attention):
                st.text(sentence)
