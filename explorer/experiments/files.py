"""Finished runs of experiments as files, `results/<experiment>/<run>.json`, with the hash of the weights."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from explorer.checkpoints.strict_json import Kind, from_json, read_file, to_json
from explorer.config.run import RunConfig
from explorer.durable import write_text_durably
from explorer.errors import InputError
from explorer.experiments.experiment import Experiment
from explorer.results import FinishedRun, HistoryRow

RESULTS = Path(__file__).parent / "results"
MAX_ROWS = 100  # of a history, besides those of its validations


def kind(experiment: str, key: str) -> Kind:
    """The kind of file that one run of an experiment is kept in."""
    return Kind(
        f"{key}.json",
        "run of an experiment",
        f"python -m explorer experiment write {experiment}",
        max_bytes=2**20,
    )


def run_to_json(run: FinishedRun) -> str:
    """The run as one JSON document."""
    return to_json(run, kind(run.experiment, run.key))


def run_from_json(text: str, experiment: str, key: str, source: str = "The run") -> FinishedRun:
    """The inverse of `run_to_json`. Raises InputError that names the entry at fault."""
    file = kind(experiment, key)
    run = from_json(FinishedRun, text, file, source)
    if (run.experiment, run.key) != (experiment, key):
        raise InputError(
            f"{source} is of {run.experiment:.40}/{run.key:.40}: write it again with `{file.again}`."
        )
    RunConfig.from_dict(run.config)
    return run


def read_shipped(experiment: Experiment, root: Path = RESULTS) -> dict[str, FinishedRun]:
    """The shipped runs by key, in the experiment's order; those that are missing are left out. Raises
    InputError when one is damaged.
    """
    runs = {}
    for key in experiment.labels:
        file = read_file(root / experiment.name, kind(experiment.name, key))
        if file is not None:
            runs[key] = run_from_json(file[0], experiment.name, key, file[1])
    return runs


def write_shipped(runs: Mapping[str, FinishedRun], root: Path = RESULTS) -> list[Path]:
    """Write each run into its file; returns the paths."""
    paths = []
    for key, run in runs.items():
        path = root / run.experiment / kind(run.experiment, key).name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text_durably(path, run_to_json(run))
        paths.append(path)
    return paths


def thinned(history: tuple[HistoryRow, ...]) -> tuple[HistoryRow, ...]:
    """The rows of all validations, and of the others every n-th, so that about MAX_ROWS are left; values as
    they are.
    """
    every = -(-len(history) // MAX_ROWS)
    return tuple(
        row
        for n, row in enumerate(history)
        if n % every == 0 or "valid_loss" in row.values or n == len(history) - 1
    )
