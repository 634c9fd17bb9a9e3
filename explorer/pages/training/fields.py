"""A setting of a run as a widget: its name, its choices, and what is wrong with its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.config.fields import as_text, from_text
from explorer.pages import screen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.config.fields import ConfigField
    from explorer.training.runs.form import Filled

SELECTORS = ("corpus.kind", "model.family")
TITLES = {
    "corpus.kind": "Data", "corpus.paths": "Text",
    "model.family": "Model", "model.d_model": "Width d_model", "model.d_ff": "Feed-forward width",
    "model.n_heads": "Heads", "model.n_encoder_layers": "Encoder layers",
    "model.n_decoder_layers": "Decoder layers",
    "model.n_layers": "Layers", "corpus.tgt_lang": "Target language", "corpus.src_lang": "Source language",
    "corpus.n_train": "Training pairs", "corpus.n_valid": "Validation pairs", "corpus.n_test": "Test pairs",
    "tokenizer.kind": "Tokens",
    "tokenizer.vocab_size": "Largest vocabulary", "training.max_steps": "Steps",
    "training.batch_tokens": "Tokens per batch",
}  # fmt: skip
NAMES = {
    "grammar": "grammar",
    "files": "my own text",
    "task": "sequence task",
    "bpe": "subwords",
    "word": "words",
    "char": "characters",
}


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


def title(field: ConfigField) -> str:
    """What a field is called."""
    return TITLES.get(field.path) or field.name.replace("_", " ").capitalize()


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
