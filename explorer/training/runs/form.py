"""The fields of a form as a `RunConfig`, or which of them is at fault and why. Free of torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.config.fields import ConfigField, field_at_fault, form_fields, nested, overlay
from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.training.runs.launch import check_config, folder_name

NOT_ASKED = ("src_vocab", "tgt_vocab")  # taken from the tokenizers


@dataclass(frozen=True)
class Filled:
    """config: None where something is wrong;  problem: what, "" where nothing is;  fault: the field that it
    is about, None for none.
    """

    config: RunConfig | None
    problem: str = ""
    fault: ConfigField | None = None


def chosen_base(base: RunConfig, selectors: Mapping[str, str]) -> RunConfig:
    """`base` with other families and kinds chosen by path ("model.family": "rnn"); what belongs to those has
    its defaults.
    """
    return RunConfig.from_dict(overlay(base.to_dict(), nested(dict(selectors))))


def fields_of(base: RunConfig) -> tuple[ConfigField, ...]:
    """The fields that a form asks for, those of `base` as it is."""
    return form_fields(base, skip=NOT_ASKED)


def fill(base: RunConfig, values: Mapping[str, Any], data: Path | None = None) -> Filled:
    """`base` with the values of fields by path; checked as far as it can be before the data are read.

    data: the folder in which the files of the corpus lie.
    """
    try:
        config = RunConfig.from_dict(overlay(base.to_dict(), nested(dict(values))))
        check_config(config, data)
        folder_name(config.name)
    except InputError as error:
        return Filled(None, str(error), at_fault(str(error), base))
    return Filled(config)


def at_fault(problem: str, base: RunConfig) -> ConfigField | None:
    """The field that a sentence is about; what names none is about the files, where there are any."""
    fields = fields_of(base)
    at_fault = field_at_fault(problem, fields)
    return at_fault or next((field for field in fields if field.path == "corpus.paths"), None)
