"""The buttons of a run: stop it, resume it, delete it, open what it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import sidebar
from explorer.pages.navigation import LEAVE
from explorer.pages.training.state import runs_folder, turn_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.results import RunStatus


def buttons(status: RunStatus) -> None:
    """What can be done with the run as it is."""
    from explorer.results import ALIVE, RESUMABLE
    from explorer.training.runs.launch import delete, resume, stop

    if status.state in ALIVE:
        if st.button(
            "Stop", key="train_stop", help="It saves its state at the next step and can resume from there."
        ):
            act(stop, status.folder, "It stops at its next step.")
        return
    if status.state in RESUMABLE and st.button("Resume", key="train_resume", type="primary"):
        act(resume, status.folder, "")
        st.rerun()
    if status.checkpoint is not None:
        st.button(
            "Open in “Translate and align”",
            key="train_open",
            type="primary",
            on_click=_open,
            args=(status.folder,),
        )
    with st.popover("Delete", key=f"train_delete_{status.name}"):
        st.text(f"Delete the run {status.name} with its checkpoint and its curves? This cannot be undone.")
        if st.button("Delete it", key="train_delete_sure", type="primary"):
            if act(delete, status.folder, f"{status.name} was deleted."):
                forget()
                turn_to("watch")


def act(do: Callable[[Path], None], folder: Path, said: str) -> bool:
    """Do it, and say so or why not."""
    try:
        do(folder)
    except InputError as error:
        st.toast(str(error), icon="⚠️", duration="long")
        return False
    if said:
        st.toast(said)
    return True


def forget() -> None:
    """After runs were deleted: their checkpoints leave every picker, and files that nobody reads any more the
    disk.
    """
    from explorer.training.runs.uploads import forget_uploads

    sidebar.checkpoints.clear()
    forget_uploads(runs_folder())


def _open(folder: Path) -> None:
    """Have "Translate and align" open with the trained model and the sentence that was watched."""
    from explorer.training.runs.records import RunRecords
    from explorer.training.runs.request import read_config

    sidebar.checkpoints.clear()
    st.session_state[sidebar.MODEL] = f"runs/{folder.name}"
    try:
        samples, is_task = RunRecords(folder).samples(), read_config(folder).corpus.kind == "task"
    except InputError:
        samples, is_task = (), False
    if samples:
        st.session_state[sidebar.NUMBERS if is_task else sidebar.SENTENCE] = samples[-1].src
    st.session_state[LEAVE] = "translate-align"
