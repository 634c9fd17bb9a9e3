"""The sections that compare search strategies, and that find sentences on which the beam matters."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen, sidebar
from explorer.pages.search import searches

if TYPE_CHECKING:
    from explorer.pages.search.source import Source
    from explorer.pages.sidebar import Choice
    from explorer.results import Sampling, SearchCase, SearchSettings

PENDING = "beam_pending"  # session key: what the widgets are to hold from the next run on
SAID = "beam_case"  # session key: (sentence, what it shows) of the case that was picked
BATCH, MOST = 8, 400  # sentences: asked at a time, between two words to the reader; and in all
KINDS = {  # field of SearchCases: (button, what is looked for)
    "greedy_loses": (
        "Greedy loses to a beam",
        "a sentence on which a beam finds a likelier translation than greedy search",
    ),
    "wider_is_worse": (
        "A wider beam is worse",
        "a sentence on which a wider beam finds a likelier translation with a lower BLEU",
    ),
}


def take_pending() -> None:
    """Give the widgets what a case asks for, before they are drawn."""
    for key, value in st.session_state.pop(PENDING, {}).items():
        st.session_state[key] = value


def presets(choice: Choice, beam_key: str) -> None:
    """Two buttons to held-out sentences on which the width of the beam matters, found by searching when they
    are asked for.
    """
    st.subheader("When does the beam matter?", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="beam_cases"):
        pressed = [kind for kind, (label, _) in KINDS.items() if st.button(label, key=f"beam_case_{kind}")]
        st.caption(
            "Found among held-out sentences with beams of 1, 4 and 16; the first search takes a while."
        )
    said = st.session_state.get(SAID)
    if said is not None and said[0] == choice.sentence:
        st.text(said[1])
    if pressed:
        case = _find(choice, pressed[0])
        if case is not None:
            _open(case, pressed[0], beam_key)


def _find(choice: Choice, kind: str) -> SearchCase | None:
    """The known case, or the first in further sentences; the reader sees how far the search is."""
    info = choice.info
    cases = searches.cases_found(info)
    if kind in cases:
        return cases[kind]
    with st.status(f"Looking for {KINDS[kind][1]}") as status:
        try:
            while kind not in cases and cases["n"] < MOST and searches.find_cases(info, BATCH):
                status.update(label=f"Looking for {KINDS[kind][1]}: {cases['n']} sentences so far")
        except InputError as error:
            status.update(label="No sentences to look at.", state="error")
            screen.notice(str(error))
            return None
        if kind not in cases:
            status.update(
                label=f"There is none among {cases['n']} held-out sentences: try another model.",
                state="complete",
            )
    return cases.get(kind)


def _open(case: SearchCase, kind: str, beam_key: str) -> None:
    """Have the page open with this sentence and the wider beam."""
    from explorer.views.numbers import short
    from explorer.views.text import visible_line

    wide = 1 if case.wide.strategy == "greedy" else int(case.wide.strategy.removeprefix("beam "))
    lines = [f"{KINDS[kind][0]}. Reference: “{visible_line(case.reference)}”."] + [
        f"{run.strategy}: “{visible_line(run.text)}”, log-probability {short(run.log_prob)}, BLEU "
        f"{run.bleu:.1f}."
        for run in (case.narrow, case.wide)
    ]
    st.session_state[SAID] = (case.src, "\n".join(lines))
    st.session_state[PENDING] = {
        sidebar.SENTENCE: case.src,
        beam_key: wide,
        reference_key(case.src): case.reference,
    }
    st.rerun(scope="app")


def reference_key(sentence: str) -> str:
    return f"beam_reference-{crc32(sentence.encode(errors='replace'))}"


def strategies(source: Source, choice: Choice, settings: SearchSettings) -> None:
    """Greedy search, beams, draws and exhaustive search on one screen."""
    screen.section("Strategies side by side", "beam_strategies", _strategies, source, choice, settings)


@st.fragment
def _strategies(source: Source, choice: Choice, settings: SearchSettings) -> None:
    from explorer.views.search.tables import strategies_table

    on_model = not source.is_table
    known = choice.pair.tgt if on_model and choice.pair is not None else ""
    samplings = _pick_samplings()
    key = reference_key(choice.sentence if on_model else "table")
    reference = st.text_input(
        "Reference, for BLEU",
        value=known,
        key=key,
        help="A correct translation. Without one there is no BLEU.",
        persist_state="session",
    )
    try:
        with st.spinner("Searching in every way"):
            comparison = source.strategies(reference or None, samplings, settings)
    except InputError as error:
        screen.notice(str(error))
        return
    st.html(strategies_table(comparison, screen.theme()))
    said = "★ marks the likeliest."
    if comparison.runs[-1].strategy != "exhaustive":
        said += " There are too many translations to try them all, so there is no exhaustive search."
    st.caption(said)


def _pick_samplings() -> tuple[Sampling, Sampling, Sampling]:
    """A draw from all tokens, one from the top k and one from the nucleus."""
    from explorer.results import Sampling

    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = st.number_input(
            "Temperature",
            0.01,
            100.0,
            1.0,
            0.1,
            key="beam_temperature",
            persist_state="session",
            width=150,
            help="Below 1: likely tokens are drawn more often. Above 1: less often.",
        )
        top_k = st.number_input(
            "Only the top k", 1, 1000, 10, 1, key="beam_top_k", persist_state="session", width=150
        )
        top_p = st.number_input(
            "Nucleus p",
            0.01,
            1.0,
            0.9,
            0.05,
            key="beam_top_p",
            persist_state="session",
            width=150,
            help="Only the fewest likeliest tokens whose probabilities reach p (Holtzman et al. 2020).",
        )
        seed = st.number_input(
            "Seed",
            0,
            10**6,
            1,
            1,
            key="beam_seed",
            persist_state="session",
            width=150,
            help="Another seed, another draw.",
        )
    return (
        Sampling(seed, temperature),
        Sampling(seed, temperature, top_k=top_k),
        Sampling(seed, temperature, top_p=top_p),
    )
