"""Command-line flags made from frozen config dataclasses: one for each field, from its type and docstring.

`model: TransformerConfig | RNNConfig` becomes ``--model.family`` with a choice, and a flag for each field of
either. Only what was given on the command line is kept, as a nested dict that is laid over a base config;
types and names are checked where the dataclass is built.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any

from explorer.config.fields import ConfigField, config_fields, nested
from explorer.errors import InputError


def add_flags(
    parser: argparse.ArgumentParser,
    classes: Iterable[type],
    prefix: str = "",
    title: str | None = None,
    skip: Iterable[str] = (),
) -> None:
    """Add ``--<prefix><field>`` for every field of the alternative dataclasses `classes`, with a group for
    each nested one.

    skip: names of fields that are not for the user to set.
    """
    by_path: dict[str, list[ConfigField]] = {}
    for field in config_fields(classes, prefix):
        if field.name not in skip:
            by_path.setdefault(field.path, []).append(field)
    own = prefix.rstrip(".")
    groups = {own: parser.add_argument_group(title) if title else parser}
    for path, variants in by_path.items():
        name = variants[0].group
        if name not in groups:
            owners = dict.fromkeys(f.owner for fields in by_path.values() for f in fields if f.group == name)
            groups[name] = parser.add_argument_group(
                f"{name} ({' or '.join(owners)})" if len(owners) > 1 else name
            )
        groups[name].add_argument(
            f"--{path}", dest=f"config:{path}", default=argparse.SUPPRESS, **_settings(variants)
        )


def given_values(args: argparse.Namespace, prefix: str = "") -> dict[str, Any]:
    """What was given on the command line for flags with `prefix`, as nested dicts."""
    start = f"config:{prefix}"
    return nested(
        {dest.removeprefix(start): value for dest, value in vars(args).items() if dest.startswith(start)}
    )


def _settings(variants: Sequence[ConfigField]) -> dict[str, Any]:
    """The arguments of `add_argument` for one field. variants: that field in each dataclass that has it."""
    field, help_text = variants[0], _help(variants)
    optional = any(variant.optional for variant in variants)
    match field.kind:
        case "choice":
            return {
                "choices": list(dict.fromkeys(choice for variant in variants for choice in variant.choices)),
                "help": help_text,
            }
        case "switch":
            return {"action": argparse.BooleanOptionalAction, "help": help_text}
        case "pairs":
            return {"nargs": "*", "type": _pair(field.items), "metavar": "A:B", "help": help_text}
        case "list":
            return {
                "nargs": "*",
                "type": field.items[0],
                "metavar": field.items[0].__name__.upper(),
                "help": help_text,
            }
    kind, metavar = {"whole": (int, "N"), "number": (float, "X"), "text": (str, "TEXT")}[field.kind]
    return {"type": _or_none(kind) if optional else kind, "metavar": metavar, "help": help_text}


def _or_none(kind: type):
    def convert(text: str):
        return None if text.lower() == "none" else kind(text)

    convert.__name__ = kind.__name__  # what argparse calls it in an error
    return convert


def _pair(kinds: tuple[type, ...]):
    def pair(text: str):
        parts = text.split(":")
        if len(parts) != len(kinds):
            raise argparse.ArgumentTypeError(
                f"{text!r} is not {len(kinds)} values separated by ':', such as 10:0.5"
            )
        return [kind(part) for kind, part in zip(kinds, parts, strict=True)]

    return pair


def _help(variants: Sequence[ConfigField]) -> str:
    """The default of each dataclass that has the field, and what its docstring says after ``field:``."""
    if len(variants) > 1 and variants[0].is_selector:
        return "which one to use; this decides which of the flags below apply"
    defaults: dict[str, list[str]] = {}
    for field in variants:
        value = field.default
        shown = "none" if value is None or value == () else f"{value!r}" if value == "" else str(value)
        defaults.setdefault(shown, []).append(field.owner)
    if len(defaults) == 1:
        default = f"default {next(iter(defaults))}"
    else:
        default = "default " + ", ".join(
            f"{value} ({', '.join(owners)})" for value, owners in defaults.items()
        )
    explanation = next((field.explanation for field in variants if field.explanation), "")
    return (f"{explanation} ({default})" if explanation else default).replace("%", "%%")


def read_base(path: str | None) -> dict[str, Any]:
    """The values of a config.json, {} if `path` is None. Raises InputError for any other kind of file."""
    if path is None:
        return {}
    from pathlib import Path

    from explorer.checkpoints.catalogue import read_json

    values = read_json(Path(path))
    if not isinstance(values, dict):
        raise InputError(
            f"{path} holds a JSON {type(values).__name__}; expected the object of a config.json."
        )
    return values
