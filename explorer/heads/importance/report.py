"""The file of a measurement of heads, importance.json, which says which weights it is about."""

from __future__ import annotations

from pathlib import Path

from explorer.checkpoints.strict_json import Kind, from_json, read_file, to_json
from explorer.errors import InputError
from explorer.results import ImportanceReport

IMPORTANCE = "importance.json"  # its name in the folder of a checkpoint
KIND = Kind(IMPORTANCE, "measurement of heads", "python -m explorer ablate --corpus --write")


def importance_to_json(report: ImportanceReport) -> str:
    """The report as one JSON document."""
    return to_json(report, KIND)


def importance_from_json(text: str, source: str = "The measurement") -> ImportanceReport:
    """The inverse of `importance_to_json`. Raises InputError that names the entry at fault; source: what to
    call the text in it.
    """
    report = from_json(ImportanceReport, text, KIND, source)
    heads = [effect.id for effect in report.heads]
    if len(set(heads)) != len(heads) or not heads:
        raise InputError(
            f"{source}: it has {len(heads)} heads, {len(set(heads))} of them different; expected each once."
        )
    for curve in report.curves:
        removed = [head for step in curve.steps for head in step.removed]
        if sorted(removed) != sorted(heads) or not curve.steps or curve.steps[-1].n_removed != len(heads):
            raise InputError(f"{source}: the curve by {curve.order} does not remove every head once.")
    return report


def read_importance(folder: Path) -> ImportanceReport | None:
    """The measurement in a checkpoint's folder, None when it has none; it may be about other weights,
    `sha256` tells.

    Raises InputError when it cannot be read.
    """
    found = read_file(folder, KIND)
    return None if found is None else importance_from_json(*found)
