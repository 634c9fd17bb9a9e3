"""What the parts of the page "Train" share: which part and which run are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.pages import saving

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.results import Provenance

PART, RUN = "part", "run"  # session keys of widgets that are in the address too
PENDING, CHOSEN, FORM = (
    "train_pending",
    "train_chosen",
    "train_form",
)  # what the widgets are to hold; runs to compare; the config asked for
PARTS = {"new": "New run", "watch": "Watch", "compare": "Compare", "sweep": "Sweep"}
SECONDS = 1.0  # between two redraws of a live run


def runs_folder() -> Path:
    """Where the runs of this app are."""
    from explorer.checkpoints import catalogue

    return catalogue.RUNS


def take_pending() -> None:
    """Give the widgets what a button asked for, before they are drawn."""
    for key, value in st.session_state.pop(PENDING, {}).items():
        st.session_state[key] = value


def turn_to(part: str, **state: object) -> None:
    """Show another part of the page from the next run on, which begins now."""
    st.session_state[PENDING] = {PART: part, **state}
    st.rerun(scope="app")


def provenance(names: tuple[str, ...]) -> Provenance:
    """Where an export about runs comes from."""
    return saving.provenance(", ".join(names), "", {"runs": list(names)})
