"""Where the trained models lie that a section of the page goes on asking."""

from __future__ import annotations

import shutil
from pathlib import Path

from explorer.checkpoints.catalogue import RUN_CHECKPOINT
from explorer.checkpoints.folder import Checkpoint, load_checkpoint

WEIGHTS = Path(__file__).parent / "weights"


def shipped_model(run_name: str) -> Checkpoint:
    """The model of a shipped run. Raises InputError when it is missing or damaged."""
    return load_checkpoint(WEIGHTS / run_name)


def ship_model(run_folder: Path) -> Path:
    """Copy the checkpoint of a finished run to where shipped ones lie."""
    target = WEIGHTS / run_folder.name
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(run_folder / RUN_CHECKPOINT, target))
