"""The part of the page "Train" that starts a run: a preset, every setting as a field, and Start."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.training.fields import SELECTORS, draw, pairwise, stored, title
from explorer.pages.training.needs import estimate
from explorer.pages.training.own_text import UPLOAD, own_text
from explorer.pages.training.state import FORM, RUN, runs_folder, turn_to

if TYPE_CHECKING:
    from explorer.config.fields import ConfigField
    from explorer.config.run import RunConfig
    from explorer.training.runs.form import Filled

PRESET, STARTED = "train_preset", "train_started"  # session keys
TWICE = 2.0  # seconds: a second press of Start for the same config within them is a double click
MAIN = {  # what stands in the open, by column; everything else is folded away
    "Data": ("corpus.task", "corpus.vocabulary", "corpus.length", "corpus.src_lang", "corpus.tgt_lang",
             "corpus.n_train",
             "corpus.phenomenon", "tokenizer.kind", "tokenizer.vocab_size"),
    "Model": ("model.cell", "model.attention", "model.d_model", "model.d_embedding", "model.d_hidden",
              "model.n_heads",
              "model.n_encoder_layers", "model.n_decoder_layers", "model.n_layers", "model.d_ff",
              "model.dropout", "model.positions"),
    "Training": ("training.max_steps", "training.batch_tokens", "training.learning_rate",
                 "training.warmup_steps", "training.schedule",
                 "training.label_smoothing", "training.validate_every", "training.device"),
}  # fmt: skip
OWN_PLACE = ("name", "description", "corpus.paths", *SELECTORS)
GROUPS = {"corpus": "Data", "tokenizer": "Tokens", "model": "Model", "training": "Training"}


@st.fragment
def new_run() -> None:
    """The form; a change reruns this and no more."""
    from explorer.config.presets import PRESETS
    from explorer.training.runs.form import chosen_base, fields_of, fill

    head = st.container()
    with head:
        left, middle, right = st.columns([6, 4, 2], vertical_alignment="bottom", gap="medium")
        preset = left.selectbox(
            "Start from",
            list(PRESETS),
            format_func=lambda name: PRESETS[name].title,
            key=PRESET,
            persist_state="session",
            help="A complete set of settings that works. Change anything you like below.",
        )
    first = PRESETS[preset].config
    selectors = {field.path: stored(preset, field) for field in fields_of(first) if field.path in SELECTORS}
    base = chosen_base(first, selectors)
    fields = {field.path: field for field in fields_of(base)}
    values, data = asked(preset, fields)
    filled = fill(base, values, data)
    st.session_state[FORM] = (filled.config, data)
    with head:
        name = fields["name"]
        with middle:
            draw(preset, name, filled)
        pressed = right.button(
            "Start", type="primary", key="train_start", disabled=filled.config is None, width="stretch"
        )
        st.text(PRESETS[preset].summary)
        needs = st.container(border=True, key="train_needs")
    problem = st.empty()
    settings(preset, fields, filled)
    filled = estimate(filled, base, data, needs)
    if filled.problem:
        where = f" ({title(filled.fault)})" if filled.fault else ""
        with problem.container(key="train_problem"):
            screen.notice(f"It cannot start like this{where}. {filled.problem}")
        return
    if pressed:
        begin(filled.config, data)


def asked(preset: str, fields: dict[str, ConfigField]) -> tuple[dict[str, Any], Path | None]:
    """What the form says, by path, and the folder of an uploaded file."""
    values = {path: stored(preset, field) for path, field in fields.items()}
    upload = st.session_state.get(UPLOAD, {})
    if "corpus.paths" in fields and "folder" in upload:
        return values | {"corpus.paths": [upload["paths"]]}, Path(upload["folder"])
    return values, None


def settings(preset: str, fields: dict[str, ConfigField], filled: Filled) -> None:
    """Every field: those that matter most in three columns, the others folded away."""
    columns = st.columns(3, gap="medium")
    shown = set(OWN_PLACE)
    for (heading, paths), selector, column in zip(MAIN.items(), (*SELECTORS, None), columns, strict=True):
        with column:
            if selector is None:
                st.text(heading)
            else:
                draw(preset, fields[selector], filled)
            if selector == "corpus.kind" and "corpus.paths" in fields:
                own_text(preset, fields["corpus.paths"], filled)
            here = [fields[path] for path in paths if path in fields]
            shown |= {field.path for field in here}
            pairwise(preset, here, filled)
    others = [field for field in fields.values() if field.path not in shown]
    open_it = filled.fault is not None and filled.fault.path in {field.path for field in others} | {
        "description"
    }
    with st.expander(
        "Every other setting", expanded=open_it, key="train_others_open" if open_it else "train_others"
    ):
        draw(preset, fields["description"], filled)
        for group, heading in GROUPS.items():
            here = [field for field in others if field.group == group]
            if here:
                st.text(heading)
                pairwise(preset, here, filled, 4)


def begin(config: RunConfig, data: Path | None) -> None:
    """Start the run and show it."""
    from explorer.training.runs.launch import launch

    before = st.session_state.get(STARTED)
    if before is not None and before[0] == config and time.monotonic() - before[1] < TWICE:
        turn_to("watch", **{RUN: before[2]})
    try:
        folder = launch(config, runs_folder(), data=data)
    except InputError as error:
        screen.notice(str(error))
        return
    st.session_state[STARTED] = (config, time.monotonic(), folder.name)
    turn_to("watch", **{RUN: folder.name})
