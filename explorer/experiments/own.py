"""The user's own runs of an experiment: all with its settings, whatever their name and seed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from explorer.checkpoints import catalogue
from explorer.checkpoints.catalogue import MANIFEST, WEIGHTS, read_json
from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.experiments.experiment import Experiment, same_question
from explorer.experiments.files import thinned
from explorer.results import FinishedRun, RunStatus
from explorer.training.runs.launch import list_runs
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import read_config
from explorer.training.runs.sweep import launch_sweep


@dataclass(frozen=True)
class OwnRun:
    """A run in the user's folder that asks the question of the experiment's run `key`."""

    key: str
    status: RunStatus


def own_runs(experiment: Experiment, root: Path | None = None) -> tuple[OwnRun, ...]:
    """The user's runs of this experiment in any state, the newest first."""
    configs, mine = experiment.configs(), []
    for status in list_runs(root):
        try:
            config = read_config(status.folder)
        except InputError:
            continue
        key = next((key for key, asked in configs.items() if same_question(asked, config)), None)
        if key is not None:
            mine.append(OwnRun(key, status))
    return tuple(mine)


def again(experiment: Experiment, seed: int) -> dict[str, RunConfig]:
    """The settings of every run of the experiment with another seed, by the name of the run."""
    points = {}
    for config in experiment.configs().values():
        name = config.name if seed == config.training.seed else f"{config.name}-seed{seed}"
        points[name] = dataclasses.replace(
            config, name=name, training=dataclasses.replace(config.training, seed=seed)
        )
    return points


def run_again(experiment: Experiment, seed: int, root: Path | None = None) -> tuple[Path, ...]:
    """Put all runs of the experiment into the line; those with this seed that are there already stay, or go
    on where they broke off.
    """
    return launch_sweep(again(experiment, seed), catalogue.RUNS if root is None else root)


def run_without_measures(experiment: Experiment, own: OwnRun) -> FinishedRun:
    """What the user's finished run has written down: all but the curves that are measured afterwards."""
    folder, records = own.status.folder, RunRecords(own.status.folder)
    config = read_config(folder)
    first, last = records.times()
    return FinishedRun(
        experiment=experiment.name,
        key=own.key,
        name=folder.name,
        config=config.to_dict(),
        n_parameters=config.model.n_parameters,
        reason=own.status.reason,
        sha256=weights_hash(own.status.checkpoint),
        device=own.status.device,
        date=datetime.fromtimestamp(last, UTC).date().isoformat(),
        minutes=(last - first) / 60,
        history=thinned(tuple(records.history())),
        samples=records.samples(),
    )


def weights_hash(checkpoint: Path | None) -> str:
    """The sha256 of the weights in a checkpoint's folder; "" where there is none."""
    return "" if checkpoint is None else read_json(checkpoint / MANIFEST)["sha256"][WEIGHTS]
