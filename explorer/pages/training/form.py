"""What shall be trained, and how? A part of the page "Train": a preset, every setting as a field, what it
will need, and Start.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.config.fields import as_text, from_text
from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.training import timelines
from explorer.pages.training.state import FORM, RUN, runs_folder, turn_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.config.fields import ConfigField
    from explorer.config.run import RunConfig
    from explorer.training.runs.form import Filled

PRESET, UPLOAD, STARTED = "train_preset", "train_upload", "train_started"  # session keys
MOST_COUNTED = 200_000  # pairs that are drawn and counted while somebody fills in the form
TWICE = 2.0  # seconds: a second press of Start for the same config within them is a double click
SELECTORS = ("corpus.kind", "model.family")
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
TITLES = {
    "corpus.kind": "Data", "corpus.paths": "Text",
    "model.family": "Model", "model.d_model": "Width d_model", "model.d_ff": "Feed-forward width",
    "model.n_heads": "Heads", "model.n_encoder_layers": "Encoder layers",
    "model.n_decoder_layers": "Decoder layers",
    "model.n_layers": "Layers", "corpus.tgt_lang": "Target language", "corpus.src_lang": "Source language",
    "corpus.n_train": "Training pairs", "corpus.n_valid": "Validation pairs", "corpus.n_test": "Test pairs",
    "tokenizer.kind": "Tokens",
    "tokenizer.vocab_size": "Vocabulary at most", "training.max_steps": "Steps",
    "training.batch_tokens": "Tokens in a batch",
}  # fmt: skip
NAMES = {
    "grammar": "grammar",
    "files": "a text of mine",
    "task": "sequence task",
    "bpe": "subwords",
    "word": "words",
    "char": "characters",
}
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
            "Begin with",
            list(PRESETS),
            format_func=lambda name: PRESETS[name].title,
            key=PRESET,
            persist_state="session",
            help="A whole set of settings that works. Change below whatever you like.",
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


# ----------------------------------------------------------------------------------------------------- values


def key_of(preset: str, field: ConfigField) -> str:
    """The session key of a field: each preset, and each kind of data or model, remembers its own values."""
    owner = "" if field.path in SELECTORS else f"-{field.owner}"
    return f"train-{preset}{owner}-{field.path}"


def stored(preset: str, field: ConfigField) -> Any:
    """The value of a field as the config wants it, before its widget is drawn."""
    key = key_of(preset, field)
    if key not in st.session_state:
        return field.default
    value = st.session_state[key]
    if field.kind in ("list", "pairs"):
        return from_text(field, value)
    return None if field.optional and value == "" else value


def asked(preset: str, fields: dict[str, ConfigField]) -> tuple[dict[str, Any], Path | None]:
    """What the form says, by path, and the folder of an uploaded file."""
    values = {path: stored(preset, field) for path, field in fields.items()}
    upload = st.session_state.get(UPLOAD, {})
    if "corpus.paths" in fields and "folder" in upload:
        return values | {"corpus.paths": [upload["paths"]]}, Path(upload["folder"])
    return values, None


def title(field: ConfigField) -> str:
    """What a field is called."""
    return TITLES.get(field.path) or field.name.replace("_", " ").capitalize()


# ----------------------------------------------------------------------------------------------------- fields


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


def pairwise(preset: str, fields: Iterable[ConfigField], filled: Filled, n: int = 2) -> None:
    """Fields in lines of `n`; the one at fault has its problem below the line."""
    fields = list(fields)
    for first in range(0, len(fields), n):
        line = fields[first : first + n]
        for column, field in zip(st.columns(n), line, strict=False):
            with column:
                draw(preset, field, None)
        if filled.fault in line:
            fault(filled)


def fault(filled: Filled) -> None:
    """What is wrong with the field above."""
    with st.container(key="train_fault"):
        screen.notice(filled.problem)


def draw(preset: str, field: ConfigField, filled: Filled | None) -> None:
    """The widget of a field; with `filled`, below it what is wrong with it."""
    label, help_text = (
        title(field),
        f"{field.explanation[:1].upper()}{field.explanation[1:]}. `{field.path}`".lstrip(". "),
    )
    common = {"key": key_of(preset, field), "help": help_text, "persist_state": "session"}
    choices = field.choices or known_choices(field)
    if choices:
        index = choices.index(field.default) if field.default in choices else 0
        st.selectbox(label, choices, index=index, format_func=choice_name, **common)
    elif field.kind == "switch":
        st.toggle(label, value=field.default, **common)
    elif field.kind == "whole":
        st.number_input(label, value=field.default, step=1, placeholder="none", **common)
    elif field.kind == "number":
        st.number_input(label, value=field.default, step=step_of(field.default), format="%g", **common)
    elif field.kind == "list":
        st.text_area(label, value=as_text(field, field.default), height=68, **common)
    else:
        st.text_input(
            label,
            value=as_text(field, field.default) if field.kind == "pairs" else field.default or "",
            **common,
        )
    if filled is not None and filled.fault == field:
        fault(filled)


def choice_name(value: Any) -> str:
    """What a choice is called."""
    return "any" if value is None else NAMES.get(value, str(value).replace("_", " "))


def known_choices(field: ConfigField) -> tuple[Any, ...]:
    """What a text can be, where that is known."""
    if field.owner != "grammar":
        return ()
    if field.name == "phenomenon":
        from explorer.corpora.grammar.pairs import PHENOMENA

        return (None, *PHENOMENA)
    return {"src_lang": ("en",), "tgt_lang": ("de", "fr")}.get(field.name, ())


def step_of(value: float) -> float:
    """How far one press of + goes: a tenth of the first digit, 0.05 for 0 and for shares."""
    if not 0 < value < 0.05:
        return 0.05 if value < 1 else 0.1
    step = 0.01
    while step * 10 > value:
        step /= 10
    return step


def own_text(preset: str, field: ConfigField, filled: Filled) -> None:
    """Parallel text of one's own: uploaded, or named where it lies on this machine."""
    upload = st.session_state.get(UPLOAD, {})
    if "folder" in upload:
        with st.container(border=True):
            st.text(f"Uploaded: {upload['paths'].replace('|', ' and ')}")
            st.button("Take another text", key="train_upload_clear", on_click=_forget, width="stretch")
    else:
        for side, label, about in (
            (
                "source",
                "Upload: source and target, or source only",
                "A table with a tab between the two, or the source, line by line. UTF-8.",
            ),
            (
                "target",
                "Upload: target, where it is a file of its own",
                "One line for each line of the source.",
            ),
        ):
            st.file_uploader(
                label, key=f"train_upload_{side}", help=f"{about} Up to 8 MB, and it stays on this machine."
            )
        st.button("Use what is uploaded", key="train_upload_use", on_click=_take_upload, width="stretch")
        if "problem" in upload:
            screen.notice(upload["problem"])
        st.text_area(
            "… or files on this machine",
            value=as_text(field, field.default),
            height=68,
            key=key_of(preset, field),
            persist_state="session",
            help="One path on each line: a table, or two files as source.en|target.de. `corpus.paths`",
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


# ------------------------------------------------------------------------------------------- before it starts


def estimate(filled: Filled, base: RunConfig, data: Path | None, place: Any) -> Filled:
    """Say what the run will need; `filled` with what only the data could tell."""
    from explorer.training.runs.estimate import estimate
    from explorer.training.runs.form import Filled, at_fault
    from explorer.views.training.run_watch import estimate_lines

    config = filled.config
    if config is None:
        place.text("What it needs can be said when every setting fits.")
        return filled
    if getattr(config.corpus, "n_train", 0) > MOST_COUNTED:
        place.text(
            f"More than {MOST_COUNTED:,} pairs take minutes to count: what it needs is said when it has "
            "begun."
        )
        return filled
    try:
        with place, st.spinner("Reading the data to count them: some seconds the first time"):
            size = timelines.data_size(data_key(config, data), config, data)
        rate = timelines.machine_rate(config.model.family, config.training.device, config)
        lines = estimate_lines(estimate(config, size, rate))
    except InputError as error:
        return Filled(None, str(error), at_fault(str(error), base))
    with place:
        st.text(lines[0])
        for line in lines[1:-1]:
            st.caption(line)
        st.caption(f"{device_line(config)} {lines[-1]}")
    return filled


def data_key(config: RunConfig, data: Path | None) -> str:
    """Names all on which the size of the data depends, files as they are now."""
    from explorer.corpora.files import find_files

    values, files = config.to_dict(), []
    if config.corpus.kind == "files":
        for path in find_files(config.corpus, data).paths:
            for part in path.split("|"):
                try:
                    found = os.stat(part.strip())
                except OSError as error:
                    raise InputError(
                        f"corpus.paths: {part} cannot be read ({error.strerror}): check that it is still "
                        "there."
                    ) from error
                files.append((part, found.st_size, found.st_mtime_ns))
    training = {name: values["training"][name] for name in ("batch_tokens", "seed", "validate_sentences")}
    return json.dumps(
        [
            values["corpus"],
            values["tokenizer"],
            values["model"]["max_len"],
            values["model"].get("tie_embeddings"),
            training,
            files,
        ]
    )


def device_line(config: RunConfig) -> str:
    """Where the run will be computed."""
    from explorer.training.runs.estimate import has_gpu

    if config.training.device == "cuda" or (config.training.device == "auto" and has_gpu()):
        return (
            "Runs on the GPU of this machine."
            if has_gpu()
            else "A GPU is asked for, and none is to be seen here."
        )
    return "Runs on the CPU." if has_gpu() else "Runs on the CPU: this machine has no GPU to be seen."


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
