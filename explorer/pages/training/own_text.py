"""A reader's own parallel text for a run, uploaded or already on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.config.fields import as_text
from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.training.fields import fault, key_of
from explorer.pages.training.state import runs_folder

if TYPE_CHECKING:
    from explorer.config.fields import ConfigField
    from explorer.training.runs.form import Filled

UPLOAD = "train_upload"  # session key


def own_text(preset: str, field: ConfigField, filled: Filled) -> None:
    """The reader's own parallel text: uploaded, or already on this machine."""
    upload = st.session_state.get(UPLOAD, {})
    if "folder" in upload:
        with st.container(border=True):
            st.text(f"Uploaded: {upload['paths'].replace('|', ' and ')}")
            st.button("Use another text", key="train_upload_clear", on_click=_forget, width="stretch")
    else:
        for side, label, about in (
            (
                "source",
                "Upload: source and target, or source only",
                "A table with a tab between the two, or the source, one sentence per line. UTF-8.",
            ),
            (
                "target",
                "Upload: target, if it is a separate file",
                "One line per line of the source.",
            ),
        ):
            st.file_uploader(
                label, key=f"train_upload_{side}", help=f"{about} Up to 8 MB, and it stays on this machine."
            )
        st.button("Use the upload", key="train_upload_use", on_click=_take_upload, width="stretch")
        if "problem" in upload:
            screen.notice(upload["problem"])
        st.text_area(
            "… or files on this machine",
            value=as_text(field, field.default),
            height=68,
            key=key_of(preset, field),
            persist_state="session",
            help="One path per line: a table, or two files as source.en|target.de. `corpus.paths`",
        )
    if filled.fault == field:
        fault(filled)


def _take_upload() -> None:
    from explorer.training.runs.uploads import keep_uploads

    files = [st.session_state.get(f"train_upload_{side}") for side in ("source", "target")]
    if files[0] is None:
        st.session_state[UPLOAD] = {
            "problem": "There is no file for the source yet: upload one above, then press the button again."
        }
        return
    try:
        folder, paths = keep_uploads(
            [(file.name, file.getvalue()) for file in files if file is not None], runs_folder()
        )
    except InputError as error:
        st.session_state[UPLOAD] = {"problem": str(error)}
        return
    st.session_state[UPLOAD] = {"folder": str(folder), "paths": paths}


def _forget() -> None:
    st.session_state.pop(UPLOAD, None)
