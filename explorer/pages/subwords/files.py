"""The section that opens, saves and trains with subwords."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import saving, screen
from explorer.pages.subwords import learned
from explorer.pages.subwords.source import Source
from explorer.pages.subwords.words import OPENED

if TYPE_CHECKING:
    from explorer.tokenization.bpe import Learning

FILE = "subwords.json"  # the tokenizer of this app, as a download
COMMAND = (
    f"python -m explorer train --out runs/my-subwords \\\n    --tokenizer.files {FILE} \\\n    "
    "--corpus.kind grammar --corpus.tgt_lang de"
)
NEEDED = {
    "alphabet": "bytes",
    "space_before": True,
    "end_of_word": "",
    "case": "as is",
    "split": "words",
}  # what a model here reads
OPEN_HELP = (
    "A tokenizer.json of Hugging Face, codes of subword-nmt, or a sentencepiece .model trained as BPE."
)


def open_or_save(source: Source, learning: Learning) -> None:
    """Subwords from a file, and those learned above as files."""
    screen.section(
        "Open, save and train with subwords", "subwords_files_box", _open_or_save, source, learning
    )


def _open_or_save(source: Source, learning: Learning) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        _open()
    with right:
        _save(source, learning)


def _open() -> None:
    """A file of subwords, to be had in the sections above while it is there."""
    file = st.file_uploader("Open subwords", key="subwords_open", help=OPEN_HELP)
    opened = st.session_state.get(OPENED)
    if file is None:
        if opened is not None:
            del st.session_state[OPENED]
            st.rerun()
        st.caption("From Hugging Face, subword-nmt or sentencepiece. It is read here and sent nowhere else.")
        return
    data = file.getvalue()
    digest = sha256(data).hexdigest()
    if opened is None or opened[2] != digest:
        from explorer.tokenization.bpe.formats import read_subwords

        try:
            imported = read_subwords(data, file.name)
        except InputError as error:
            st.session_state.pop(OPENED, None)
            screen.notice(str(error))
            return
        st.session_state[OPENED] = (file.name, imported, digest)
        st.rerun()  # the sections above offer it
    _, imported, _ = opened
    st.text(f"{imported.kind}: {len(imported.model.merges):,} merges, {len(imported.model.tokens):,} tokens.")
    st.caption("Cut words with it, or try it on other languages, above.")
    for note in imported.notes:
        st.text(note)


def _save(source: Source, learning: Learning) -> None:
    """What was learned, in the formats that can hold it; why the others cannot; the command that trains with
    it.
    """
    st.text(f"Save the {learning.n_steps:,} merges learned above")
    files = learned.subword_files(source.key, learning)
    with st.container(horizontal=True):
        for label, file in files.items():
            key, missing = f"subwords-save-{label}", file.content is None
            saving.save(label, file.content or "", file.name, key, disabled=missing)
    reasons = dict.fromkeys(file.problem for file in files.values() if file.problem)
    for reason in reasons:
        st.text(reason)
    if files[learned.FOR_TRAINING].content is None:
        st.button(
            "Learn as a model needs it: bytes, with the space",
            key="subwords_as_needed",
            on_click=_as_needed,
            args=(source.name,),
        )
    st.caption(
        f"Train a model with {FILE}. A second file after it is for the target language; one alone serves "
        "both."
    )
    st.code(COMMAND, language="bash")


def _as_needed(name: str) -> None:
    for field, value in NEEDED.items():
        st.session_state[f"subwords_{field}_{name}"] = value
