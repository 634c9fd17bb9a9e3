"""When is a BLEU not a BLEU? The section that switches on each choice that turns it into another metric."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.results import MetricExample, MetricSwitches

EXAMPLE, HYPOTHESES, REFERENCES = (
    "not_bleu_example",
    "not_bleu_hypotheses",
    "not_bleu_references",
)  # session keys
SWITCH = "not_bleu_{}"  # session key of a switch: the field of MetricSwitches
ORDER = (
    "lowercase",
    "drop_punctuation",
    "markers",
    "max_order",
    "smoothing",
    "epsilon",
    "mean_of_sentences",
    "drop_empty_orders",
)
LABELS = {
    "lowercase": ("Drop case", "“The” and “the” are one word."),
    "drop_punctuation": ("Drop punctuation", "Commas and full stops are taken out of both sides."),
    "markers": ("Count begin and end markers", "Two more words that always match."),
    "mean_of_sentences": ("Average sentence scores", "Instead of pooling the counts of all sentences."),
    "drop_empty_orders": (
        "Leave out orders without a match",
        "As if their precision were 1: the root stays what it was.",
    ),
}


def not_a_bleu() -> None:
    """The section."""
    st.subheader("When is a BLEU not a BLEU?", anchor=False)
    st.text(
        "Small choices of an implementation turn a wrong translation into a good score. Switch each one on "
        "and off."
    )
    _switches()


@st.fragment
def _switches() -> None:
    from explorer.evaluation.not_bleu import EXAMPLES, switched_score
    from explorer.views.bleu.score import ladder_table, switched_formula

    left, right = st.columns(2, gap="large")
    with left:
        example = _pick_example(EXAMPLES)
        texts = _pick_texts(EXAMPLES[0])
        switches = _pick_switches(EXAMPLES[0].switches)
    with right:
        try:
            scored = switched_score(*texts, switches)
            steps = _ladder(texts, switches)
        except InputError as error:
            screen.notice(str(error))
            return
        st.metric("Score, 0 to 1", f"{scored.score:.4f}")
        st.latex(switched_formula(scored))
        st.html(ladder_table(steps, screen.theme()))
        if (tuple(texts[0]), tuple(texts[1]), switches) == (
            example.hypotheses,
            example.references,
            example.switches,
        ):
            st.text(f"The published number is {example.published:.4f}. {example.note}")


def _pick_example(examples: Sequence[MetricExample]) -> MetricExample:
    """A case whose number is known; picking it fills in everything below."""
    from explorer.evaluation.not_bleu import AS_BLEU

    by_name = {example.name: example for example in examples}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Known case", list(by_name), key=EXAMPLE, on_change=_take, persist_state="session"
        )
        st.button("As BLEU has it", key="not_bleu_off", on_click=_set, args=(AS_BLEU,))
    return by_name[name]


def _pick_texts(first: MetricExample) -> tuple[list[str], list[str]]:
    """(translations, their references), a sentence each; at first those of `first`."""
    one, other = st.columns(2)
    hypotheses = one.text_area(
        "Translations, one per line",
        "\n".join(first.hypotheses),
        height=80,
        key=HYPOTHESES,
        persist_state="session",
    )
    references = other.text_area(
        "Their references",
        "\n".join(first.references),
        height=80,
        key=REFERENCES,
        persist_state="session",
    )
    return _lines(hypotheses), _lines(references)


def _pick_switches(first: MetricSwitches) -> MetricSwitches:
    """Every choice that makes another metric of BLEU; at first as in `first`."""
    from explorer.results import MetricSwitches

    chosen = {}
    for field, (label, about) in LABELS.items():
        chosen[field] = st.toggle(
            label,
            value=getattr(first, field),
            key=SWITCH.format(field),
            help=about,
            persist_state="session",
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen["smoothing"] = st.segmented_control(
            "Smoothing",
            ["exp", "none", "epsilon"],
            default=first.smoothing,
            key=SWITCH.format("smoothing"),
            required=True,
            persist_state="session",
            help="exp: sacreBLEU's. epsilon: a small number in place of a precision of 0.",
        )
        chosen["epsilon"] = st.number_input(
            "Epsilon",
            0.0,
            1.0,
            first.epsilon,
            0.01,
            key=SWITCH.format("epsilon"),
            persist_state="session",
            width=120,
            disabled=chosen["smoothing"] != "epsilon",
        )
        chosen["max_order"] = st.number_input(
            "Longest n-grams",
            1,
            4,
            first.max_order,
            1,
            key=SWITCH.format("max_order"),
            persist_state="session",
            width=140,
        )
    return MetricSwitches(**chosen)


def _ladder(texts: tuple[list[str], list[str]], switches: MetricSwitches) -> list[tuple[str, float]]:
    """(what is switched, the score from then on): from BLEU to the metric of `switches`, one at a time."""
    from explorer.evaluation.not_bleu import AS_BLEU, switched_score
    from explorer.views.bleu.score import switch_name

    steps = [("BLEU as sacreBLEU has it, of words between spaces", switched_score(*texts, AS_BLEU).score)]
    so_far = AS_BLEU
    for field in ORDER:
        value = getattr(switches, field)
        unused = field == "epsilon" and switches.smoothing != "epsilon"
        if value != getattr(AS_BLEU, field) and not unused:
            so_far = replace(so_far, **{field: value})
            steps.append((switch_name(field, switches), switched_score(*texts, so_far).score))
    return steps


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _take() -> None:
    from explorer.evaluation.not_bleu import EXAMPLES

    example = next(example for example in EXAMPLES if example.name == st.session_state[EXAMPLE])
    st.session_state[HYPOTHESES], st.session_state[REFERENCES] = (
        "\n".join(example.hypotheses),
        "\n".join(example.references),
    )
    _set(example.switches)


def _set(switches: MetricSwitches) -> None:
    for field in fields(switches):
        st.session_state[SWITCH.format(field.name)] = getattr(switches, field.name)
