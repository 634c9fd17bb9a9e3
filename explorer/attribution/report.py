"""The faithfulness of a checkpoint as a file beside it, with the hash of the weights that were measured."""

from __future__ import annotations

from pathlib import Path

from explorer.checkpoints.strict_json import Kind, from_json, read_file, to_json
from explorer.errors import InputError
from explorer.results import FaithfulnessReport

FILE = Kind("faithfulness.json", "report on faithfulness", "python -m explorer faithfulness --write")


def report_to_json(report: FaithfulnessReport) -> str:
    """The report as one JSON document."""
    return to_json(report, FILE)


def report_from_json(text: str, source: str = "The report") -> FaithfulnessReport:
    """The inverse of `report_to_json`. Raises InputError that names the entry at fault."""
    report = from_json(FaithfulnessReport, text, FILE, source)
    questions = [(part.kind, part.blanking) for part in report.parts]
    if len(set(questions)) < len(questions):
        raise InputError(f"{source} has two parts on the same question: write it again with `{FILE.again}`.")
    return report


def read_report(path: Path) -> FaithfulnessReport | None:
    """The report in a checkpoint's folder, None when it has none. Raises InputError when it cannot be
    read.
    """
    content = read_file(path, FILE)
    return None if content is None else report_from_json(*content)
