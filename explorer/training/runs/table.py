"""Runs side by side, a row each as in the table of a paper, and how their settings differ. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from explorer.config.fields import flat
from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.results import HistoryRow, RunRow
from explorer.training.runs.launch import run_status
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import read_config

NOT_A_CHOICE = (
    "name",
    "description",
    "model.src_vocab",
    "model.tgt_vocab",
)  # what differs without anybody having chosen it


def run_rows(folders: Sequence[Path]) -> tuple[RunRow, ...]:
    """A row for each run, in the order given; differences are among these. A run whose files cannot be read
    has no row.
    """
    configs: dict[Path, RunConfig] = {}
    for folder in folders:
        try:
            configs[folder] = read_config(folder)
        except InputError:
            continue
    different = config_differences({str(folder): config for folder, config in configs.items()})
    rows = []
    for folder, config in configs.items():
        settings = {path: values[str(folder)] for path, values in different.items() if str(folder) in values}
        try:
            rows.append(_row(folder, config, settings))
        except InputError:  # its database is damaged
            continue
    return tuple(rows)


def config_differences(configs: dict[str, RunConfig]) -> dict[str, dict[str, str]]:
    """By field ("training.learning_rate"), what each config sets, where they are not all alike; nothing for a
    config without the field.
    """
    values = {name: flat(config.to_dict()) for name, config in configs.items()}
    paths = dict.fromkeys(
        path for settings in values.values() for path in settings if path not in NOT_A_CHOICE
    )
    by_path = {
        path: {name: _text(settings[path]) for name, settings in values.items() if path in settings}
        for path in paths
    }
    return {
        path: texts
        for path, texts in by_path.items()
        if len(set(texts.values())) > 1 or len(texts) < len(values)
    }


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return (
            " ".join(
                ":".join(map(_text, part)) if isinstance(part, (list, tuple)) else _text(part)
                for part in value
            )
            or "none"
        )
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def kept_row(history: Sequence[HistoryRow]) -> HistoryRow | None:
    """The row with the lowest validation loss, whose weights are kept; None before the first validation."""
    validated = [row for row in history if not math.isnan(row.values.get("valid_loss", math.nan))]
    return min(validated, key=lambda row: row.values["valid_loss"], default=None)


def _row(folder: Path, config: RunConfig, differences: dict[str, str]) -> RunRow:
    status, records = run_status(folder), RunRecords(folder)
    kept = kept_row(records.history())
    values = kept.values if kept else {}
    first, last = records.times()
    model, corpus = config.model, config.corpus
    return RunRow(
        name=folder.name,
        folder=folder,
        state=status.state,
        corpus=corpus.title,
        model=model.title,
        layers=model.shape.layers,
        heads=model.shape.heads,
        width=model.shape.width,
        dropout=model.dropout,
        step=status.step,
        max_steps=status.max_steps,
        kept_step=kept.step if kept else 0,
        valid_loss=values.get("valid_loss", math.nan),
        accuracy=values.get("valid_accuracy", math.nan),
        bleu=values.get("bleu", math.nan),
        exact_match=values.get("exact_match", math.nan),
        minutes=(last - first) / 60,
        differences=differences,
    )
