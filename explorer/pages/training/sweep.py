"""What does each combination of settings do? The part of the page "Train" that starts a grid of runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.training import timelines
from explorer.pages.training.form import PRESET
from explorer.pages.training.needs import data_key
from explorer.pages.training.state import CHOSEN, FORM, runs_folder, turn_to

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.config.fields import ConfigField
    from explorer.config.run import RunConfig

NAME, FIELDS, VALUES = "train_sweep_name", "train_sweep_fields", "train_sweep_values"  # session keys
FIRST = (
    "model.n_heads",
    "training.learning_rate",
    "model.attention",
)  # what a sweep begins with, where the model has it
MOST = 40  # runs of a sweep from the page: each is a process that waits


def sweep() -> None:
    """A grid over the settings of "New run"."""
    from explorer.config.presets import PRESETS
    from explorer.training.runs.sweep import grid_points, grid_values, launch_sweep

    config, data = st.session_state.get(FORM, (None, None))
    if config is None:
        preset = st.session_state.get(PRESET, next(iter(PRESETS)))
        config, data = PRESETS[preset].config, None
    st.text(
        "Each combination of the values below becomes a run; everything else is as “New run” has it now: "
        f"{config.name}."
    )
    name, typed = _pick_values(config)
    try:
        grid = {path: grid_values(config, path, _split(text)) for path, text in typed.items()}
        points = grid_points(name, config, grid)
        if len(points) > MOST:
            raise InputError(
                f"The grid has {len(points):,} points, but the page starts {MOST} at most: give fewer values."
            )
    except InputError as error:
        screen.notice(str(error))
        return
    st.text(
        f"{len(points)} {'run' if len(points) == 1 else 'runs'}, one after the other. {_time(points, data)}"
    )
    st.caption(
        "They are named "
        + ", ".join(list(points)[:3])
        + (" …" if len(points) > 3 else "")
        + ". A sweep that is started again continues."
    )
    if st.button("Start the sweep", key="train_sweep_start", type="primary"):
        try:
            folders = launch_sweep(points, runs_folder(), data)
        except InputError as error:
            screen.notice(str(error))
            return
        turn_to("compare", **{CHOSEN: [folder.name for folder in folders]})


def _pick_values(config: RunConfig) -> tuple[str, dict[str, str]]:
    """(the name of the sweep, {path of a setting: its values as they were typed})."""
    from explorer.training.runs.form import fields_of

    fields = {
        field.path: field
        for field in fields_of(config)
        if field.kind not in ("list", "pairs") and not field.is_selector
    }
    fields = {path: field for path, field in fields.items() if path not in ("name", "description")}
    first = [path for path in FIRST if path in fields][:1]
    if not set(st.session_state.get(FIELDS, ())) <= set(fields):
        st.session_state.pop(FIELDS, None)
    left, right = st.columns([1, 2], gap="medium")
    name = left.text_input(
        "Name of the sweep", value=f"{config.name}-sweep", key=NAME, persist_state="session"
    )
    paths = right.multiselect(
        "Settings to vary", list(fields), default=first, key=FIELDS, persist_state="session"
    )
    typed = {}
    for path in paths:
        field = fields[path]
        help_text = f"{field.explanation}. " if field.explanation else ""
        help_text += f"One of {', '.join(map(str, field.choices))}." if field.choices else ""
        typed[path] = st.text_input(
            f"Values of {path}, separated by commas",
            value=_first_values(field),
            key=f"{VALUES}-{path}",
            persist_state="session",
            help=help_text or None,
        )
    return name, typed


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _first_values(field: ConfigField) -> str:
    """What the box of a field begins with: every choice, or half of the value and the value."""
    value = field.default
    if field.choices or field.kind == "switch":
        return ", ".join(map(str, field.choices)) or "false, true"
    if field.kind == "whole" and value is not None and value > 1:
        return f"{value // 2}, {value}"
    if field.kind == "number":
        return f"{value / 2:g}, {value:g}" if value else "0, 0.1"
    return "none" if value is None else str(value)


def _time(points: dict[str, RunConfig], data: Path | None) -> str:
    """What all of them need together, where it is known already."""
    from explorer.training.runs.estimate import estimate
    from explorer.views.training.run_watch import duration

    if len(points) > 12:
        return ""
    total = 0.0
    try:
        for config in points.values():
            size = timelines.data_size(data_key(config, data), config, data)
            seconds = estimate(
                config, size, timelines.machine_rate(config.model.family, config.training.device, config)
            ).seconds
            total += math.nan if seconds is None else seconds
    except InputError as error:
        screen.notice(str(error))
        return ""
    return "" if math.isnan(total) else f"Together about {duration(total)}."
