"""A finished run of an experiment without the training: what it leaves in its folder, with a few rows that
are easy to check.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from explorer.config.run import RunConfig
from explorer.results import HistoryRow, SampleTranslation
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import create_run_folder, write_request


def written(root: Path, name: str, config: RunConfig, state: str = "finished") -> Path:
    """A run of four rows, two of them validations."""
    create_run_folder(root / name)
    write_request(root / name, dataclasses.replace(config, name=name), None)
    records = RunRecords(root / name)
    for step in (5, 10, 15, 20):
        values = {"loss": 300.0 - step} | (
            {"valid_loss": float(step), "exact_match": step / 20} if step % 10 == 0 else {}
        )
        samples = (SampleTranslation(step, 0, "1 2", "2 0", "2 0"),) if step % 10 == 0 else ()
        records.add_history(HistoryRow(step, step / 100, values), samples=samples)
    records.set_status(state=state, device="a CPU", reason="reached max_steps")
    return root / name
