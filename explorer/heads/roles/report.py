"""The file of a report on heads: JSON that is read back strictly."""

from __future__ import annotations

from pathlib import Path

from explorer.checkpoints.strict_json import Kind, from_json, read_file, to_json
from explorer.errors import InputError
from explorer.results import Criterion, Evidence, HeadReport, Measure

REPORT = "roles.json"  # its name in the folder of a checkpoint
KIND = Kind(
    REPORT, "report on heads", "python -m explorer heads --write", dense=(Evidence, Measure, Criterion)
)


def report_to_json(report: HeadReport) -> str:
    """The report as one JSON document; nan becomes null. Short enough to be cloned with a checkpoint."""
    return to_json(report, KIND)


def report_from_json(text: str, source: str = "The report") -> HeadReport:
    """The inverse of `report_to_json`. Raises InputError that names the entry at fault; source: what to call
    the text in it.
    """
    report = from_json(HeadReport, text, KIND, source)
    _check(report, source)
    return report


def read_report(path: Path) -> HeadReport | None:
    """The report in a checkpoint's folder, None when it has none. Raises InputError when it cannot be
    read.
    """
    found = read_file(path, KIND)
    return None if found is None else report_from_json(*found)


def _check(report: HeadReport, source: str) -> None:
    """What types alone do not say: every head once, histograms and maps as large as they must be."""
    for name in ("rows", "control"):
        heads = [row.id for row in getattr(report, name)]
        if len(set(heads)) != len(heads):
            raise InputError(f"{source}: {name} has a head twice; expected each once.")
        if any(len(row.offsets) != len(report.offsets) for row in getattr(report, name)):
            raise InputError(
                f"{source}: a head in {name} has not one share for each of the {len(report.offsets)} offsets."
            )
    for entry in (*report.maps, *report.control_maps):
        n = entry.n_layers * entry.n_heads
        if entry.distances.shape != (n, n) or entry.layout.shape != (n, 2):
            raise InputError(
                f"{source}: the map of {entry.kind} has shapes {entry.distances.shape} and "
                f"{entry.layout.shape}; "
                f"expected {(n, n)} and {(n, 2)}."
            )
    for part in (report.chosen_on, report.reported_on):
        if part.n_sentences < 0:
            raise InputError(
                f"{source}: {part.name!r:.40} has {part.n_sentences} sentences; expected 0 or more."
            )
