"""What is measured on the trained models of experiments, `MEASURES` by name, before a run is shipped."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from explorer.checkpoints.catalogue import CHECKPOINTS, read_card, read_history
from explorer.checkpoints.folder import Checkpoint, load_checkpoint
from explorer.errors import InputError
from explorer.experiments.by_length import particle_by_distance, scores_by_length
from explorer.experiments.by_position import accuracy_by_position
from explorer.experiments.experiment import Experiment
from explorer.experiments.files import thinned
from explorer.experiments.layers import frequency_loss, gradients_by_layer
from explorer.experiments.longer import scores_of_longer
from explorer.experiments.own import OwnRun, own_runs, run_without_measures
from explorer.experiments.shuffled import shuffled_words
from explorer.results import Curve, FinishedRun
from explorer.training.runs.request import read_config

MEASURES: dict[str, Callable[[Checkpoint], dict[str, Curve]]] = {
    "scores_by_length": scores_by_length,
    "particle_by_distance": particle_by_distance,
    "accuracy_by_position": accuracy_by_position,
    "shuffled_words": shuffled_words,
    "scores_of_longer": scores_of_longer,
    "gradients_by_layer": gradients_by_layer,
    "frequency_loss": frequency_loss,
}


def measure(experiment: Experiment, checkpoint: Checkpoint) -> dict[str, Curve]:
    """Everything that the experiment measures on a trained model."""
    curves = {}
    for name in experiment.measures:
        curves |= MEASURES[name](checkpoint)
    return curves


def measured_run(experiment: Experiment, own: OwnRun) -> FinishedRun:
    """The user's finished run with its measures. Raises InputError when its model cannot be read."""
    run = run_without_measures(experiment, own)
    if own.status.checkpoint is None or not experiment.measures:
        return run
    return dataclasses.replace(run, curves=measure(experiment, load_checkpoint(own.status.checkpoint)))


def measured_checkpoint(experiment: Experiment, key: str) -> FinishedRun:
    """A shipped checkpoint as a run of the experiment."""
    path = CHECKPOINTS / experiment.configs()[key].name
    checkpoint, card = load_checkpoint(path), read_card(path)
    device, minutes = (
        re.search(r"^- hardware: (.*); torch", card, re.M),
        re.search(r"in ([\d.]+) minutes of training steps", card),
    )
    return FinishedRun(
        experiment=experiment.name,
        key=key,
        name=path.name,
        config=checkpoint.config.to_dict(),
        n_parameters=checkpoint.model.n_parameters,
        reason="reached max_steps",
        sha256=checkpoint.sha256,
        device=device[1] if device else "",
        date=datetime.now(UTC).date().isoformat(),
        minutes=float(minutes[1]) if minutes else float("nan"),
        history=thinned(read_history(path)),
        curves=measure(experiment, checkpoint),
    )


def runs_to_ship(
    experiment: Experiment, root: Path | None, say: Callable[[str], None] = lambda message: None
) -> dict[str, FinishedRun]:
    """Every run of the experiment, measured: of its checkpoints, or of finished runs in `root` with its
    settings and seed.

    Raises InputError that names a run that is not there.
    """
    runs = {}
    for key, config in experiment.configs().items():
        say(f"{experiment.name}: {key}")
        if experiment.from_checkpoints:
            runs[key] = measured_checkpoint(experiment, key)
            continue
        done = (
            own for own in own_runs(experiment, root) if own.key == key and own.status.state == "finished"
        )
        same_seed = next(
            (own for own in done if read_config(own.status.folder).training.seed == config.training.seed),
            None,
        )
        if same_seed is None:
            raise InputError(
                f"The run {config.name} has not finished: `python -m explorer experiment run "
                f"{experiment.name} --seed "
                f"{config.training.seed}` does it."
            )
        runs[key] = measured_run(experiment, same_seed)
    return runs
