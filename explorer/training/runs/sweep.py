"""A sweep: a run for every combination of some fields' values, all in the queue for the machine.

The runs are named "<name>-01", "<name>-02", … in the order of the grid: a sweep that was interrupted goes on
when the same one is asked for again. Free of torch.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from explorer.checkpoints import catalogue
from explorer.config.fields import ConfigField, form_fields, nested, overlay
from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.results import RESUMABLE
from explorer.training.runs.launch import check_config, folder_name, launch, resume, run_status
from explorer.training.runs.request import holds_run, read_request
from explorer.training.runs.table import config_differences

MAX_RUNS = 200


def grid_values(config: RunConfig, path: str, texts: Sequence[str]) -> tuple[Any, ...]:
    """The values that `texts` give the field at `path`, as the config has them. Raises InputError that names
    the field.
    """
    fields = {field.path: field for field in form_fields(config, skip=("src_vocab", "tgt_vocab"))}
    if path not in fields:
        raise InputError(
            f"The grid has {path!r:.80}, and this config has no such field: give one such as "
            "training.learning_rate."
        )
    return tuple(_value(fields[path], text) for text in texts)


def _value(field: ConfigField, text: str) -> Any:
    if field.optional and text.lower() == "none":
        return None
    if field.is_selector:
        raise InputError(
            f"{field.path} decides which other fields there are, and a grid goes over one model's: make a "
            "sweep for each."
        )
    readers = {
        "whole": int,
        "number": float,
        "switch": lambda word: {"true": True, "false": False}[word.lower()],
    }
    if field.kind in ("list", "pairs"):
        raise InputError(f"{field.path} is a list, and a grid goes over single values: leave it out.")
    try:
        return readers.get(field.kind, str)(text)
    except (ValueError, KeyError):
        expected = {"whole": "a whole number", "number": "a number", "switch": "true or false"}[field.kind]
        raise InputError(f"{field.path} is {text!r:.80} in the grid; expected {expected}.") from None


def grid_points(name: str, config: RunConfig, grid: Mapping[str, Sequence[Any]]) -> dict[str, RunConfig]:
    """By the name of its run, a config for every combination of the values in `grid`, the last field changing
    first.

    Raises InputError, which names the field, when a combination cannot work.
    """
    folder_name(name)
    n_runs = 1
    for path, values in grid.items():
        if not values or len(set(values)) < len(values):
            raise InputError(f"{path} has no value or one of them twice in the grid: give each once.")
        n_runs *= len(values)
    if not grid or n_runs > MAX_RUNS:
        raise InputError(
            f"The grid has {n_runs:,} points: give at least one field, and at most {MAX_RUNS} combinations."
        )
    points = {}
    for number, values in enumerate(itertools.product(*grid.values()), 1):
        changes = dict(zip(grid, values, strict=True))
        point = RunConfig.from_dict(overlay(config.to_dict(), nested(changes)))
        run_name = f"{name}-{number:02d}"
        points[run_name] = dataclasses.replace(point, name=run_name)
    return points


def launch_sweep(
    points: Mapping[str, RunConfig], root: Path | None = None, data: Path | None = None
) -> tuple[Path, ...]:
    """Put every point that is not there yet into the line, resume those that broke off, and leave the others
    as they are.

    Raises InputError, before anything is started, when a config cannot work or another run has a point's
    name.
    """
    root = catalogue.RUNS if root is None else Path(root)
    for name, config in points.items():
        check_config(config, data)
        if holds_run(root / name) and config_differences(
            {"there": read_request(root / name).config, "asked": config}
        ):
            raise InputError(f"{root / name} holds a run with other settings: give the sweep another name.")
    for name, config in points.items():
        if not holds_run(root / name):
            launch(config, root, name, data)
        elif run_status(root / name).state in RESUMABLE:
            resume(root / name)
    return tuple(root / name for name in points)
