"""What a run was asked for, `request.json` in its folder: the config, and where its files lie.

From it alone a run can be started, also one that was killed before it had read its data. Free of torch.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from explorer.checkpoints.catalogue import read_json, tokenizer_file
from explorer.config.run import RunConfig
from explorer.durable import sync_folder, write_text_durably
from explorer.errors import InputError
from explorer.training.runs.process import LOCK
from explorer.training.runs.records import RunRecords

REQUEST, CONFIG, LOG = "request.json", "config.json", "log.txt"
SRC_TOKENIZER, TGT_TOKENIZER = tokenizer_file("source"), tokenizer_file("target")
PREPARED = (
    CONFIG,
    SRC_TOKENIZER,
    TGT_TOKENIZER,
)  # there once the data have been read; the vocabularies in config.json are filled in


@dataclass(frozen=True)
class Request:
    """data: the folder in which the corpus' files lie;  working_folder: from which relative paths in the
    config count.
    """

    config: RunConfig
    data: Path | None
    working_folder: Path


def create_run_folder(path: Path) -> None:
    """An empty run folder. Raises InputError when something is there already, or no folder can be there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        held = [entry.name for entry in path.iterdir() if entry.name != LOCK]
        sync_folder(path.parent)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{str(path)!r} cannot become the folder of a run ({reason}): choose another --out."
        ) from error
    if held:
        problem = "already holds a run" if holds_run(path) else "is not empty"
        raise InputError(f"{path} {problem}: choose another --out, or continue a run with --resume.")


def holds_run(path: Path) -> bool:
    """Whether `path` is the folder of a run."""
    try:
        return (path / REQUEST).is_file() or (path / CONFIG).is_file()
    except (OSError, ValueError):
        return False


def is_prepared(path: Path) -> bool:
    """Whether the run in `path` has read its data and made its tokenizers."""
    return all((path / name).is_file() for name in PREPARED)


def write_request(path: Path, config: RunConfig, data: Path | None) -> None:
    """Note what is asked for, and when, in the run's folder."""
    values = {
        "config": config.to_dict(),
        "data": None if data is None else str(data.resolve()),
        "working_folder": os.getcwd(),
    }
    write_text_durably(path / REQUEST, json.dumps(values, indent=1, ensure_ascii=False))
    RunRecords(path).set_status(created_at=str(time.time()))


def read_request(path: Path) -> Request:
    """What the run in `path` was asked for. Raises InputError when `path` holds no run, or its request is
    damaged.
    """
    if not holds_run(path):
        raise InputError(
            f"{path} holds no run that could be resumed ({REQUEST} missing): give the folder that --out "
            "named."
        )
    if not (path / REQUEST).is_file():  # a run from before there were requests
        return Request(RunConfig.from_dict(read_json(path / CONFIG)), None, Path.cwd())
    values = read_json(path / REQUEST)
    try:
        data, working_folder = values["data"], Path(values["working_folder"])
        return Request(
            RunConfig.from_dict(values["config"]), None if data is None else Path(data), working_folder
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{path / REQUEST} is damaged ({error!r}): start the run again.") from error


def read_config(path: Path) -> RunConfig:
    """The config of the run in `path`: with the sizes of its vocabularies once it has read its data."""
    return (
        RunConfig.from_dict(read_json(path / CONFIG))
        if (path / CONFIG).is_file()
        else read_request(path).config
    )
