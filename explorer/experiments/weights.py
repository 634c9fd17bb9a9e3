"""Where are the trained models that a section of the page asks again? Those of shipped runs lie in `weights/<run>`, those of one's own in runs."""

from __future__ import annotations

import shutil
from pathlib import Path

from explorer import catalogue
from explorer.checkpoints import Checkpoint, load_checkpoint

WEIGHTS = Path(__file__).parent / "weights"


def trained_model(run_name: str, own: bool) -> Checkpoint:
    """The model of a finished run of an experiment. Raises InputError when it is missing or damaged."""
    return load_checkpoint(catalogue.RUNS / run_name / catalogue.RUN_CHECKPOINT if own else WEIGHTS / run_name)


def ship_model(run_folder: Path) -> Path:
    """Copy the checkpoint of a finished run to where shipped ones lie."""
    target = WEIGHTS / run_folder.name
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(run_folder / catalogue.RUN_CHECKPOINT, target))
