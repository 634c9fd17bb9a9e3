"""How does a frozen config dataclass become command-line flags? One flag per field, read from its type, its default and its docstring.

`model: TransformerConfig | RNNConfig` becomes ``--model.family`` with a choice, and a flag for each field of either. Only what was given on
the command line is kept, as a nested dict to be laid over a base; types and names are checked where the dataclass is built.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import types
import typing
from collections.abc import Iterable
from typing import Any, Literal

from explorer.errors import InputError

SELECTORS = ("family", "kind")  # the field by which one of several dataclasses is chosen


def add_flags(
    parser: argparse.ArgumentParser, classes: Iterable[type], prefix: str = "", title: str | None = None, skip: Iterable[str] = ()
) -> None:
    """Add ``--<prefix><field>`` for every field of the dataclasses `classes`, which stand for one another; nested ones get a group each.

    skip: names of fields that are not for the user to set.
    """
    classes = tuple(classes)
    group = parser.add_argument_group(title) if title else parser
    nested: list[tuple[str, tuple[type, ...]]] = []
    for name, variants in _fields(classes).items():
        if name in skip:
            continue
        hints = [hint for _, hint, _ in variants]
        parts = tuple(part for hint in hints for part in _members(hint) if dataclasses.is_dataclass(part))
        if parts:
            nested.append((name, parts))
            continue
        group.add_argument(f"--{prefix}{name}", dest=f"config:{prefix}{name}", default=argparse.SUPPRESS, **_settings(hints, variants))
    for name, parts in nested:
        add_flags(parser, parts, f"{prefix}{name}.", title=_title(f"{prefix}{name}", parts), skip=skip)


def given_values(args: argparse.Namespace, prefix: str = "") -> dict[str, Any]:
    """What was given on the command line for flags with `prefix`, as nested dicts."""
    values: dict[str, Any] = {}
    for dest, value in vars(args).items():
        if dest.startswith(f"config:{prefix}"):
            *path, name = dest.removeprefix(f"config:{prefix}").split(".")
            inner = values
            for part in path:
                inner = inner.setdefault(part, {})
            inner[name] = value
    return values


def overlay(base: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """`base` with `values` laid over it. Where another family or kind is chosen, nothing of the base's other one is kept."""
    result = dict(base)
    for name, value in values.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            other = any(value.get(key, base[name].get(key)) != base[name].get(key) for key in SELECTORS)
            result[name] = dict(value) if other else overlay(base[name], value)
        else:
            result[name] = value
    return result


def _fields(classes: tuple[type, ...]) -> dict[str, list[tuple[type, Any, dataclasses.Field]]]:
    """Every field name of any of `classes` with (class, type, field) of those that have it."""
    found: dict[str, list] = {}
    for cls in classes:
        hints = typing.get_type_hints(cls)
        for field in dataclasses.fields(cls):
            found.setdefault(field.name, []).append((cls, hints[field.name], field))
    return found


def _members(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _title(name: str, classes: tuple[type, ...]) -> str:
    names = " or ".join(map(_short, classes))
    return f"{name} ({names})" if len(classes) > 1 else name


def _short(cls: type) -> str:
    return cls.__name__.removesuffix("Config").lower()


def _settings(hints: list[Any], variants: list[tuple[type, Any, dataclasses.Field]]) -> dict[str, Any]:
    """The arguments of `add_argument` for a field with these types."""
    help_text = _help(variants)
    members = [member for hint in hints for member in _members(hint)]
    plain = [member for member in members if member is not type(None)]
    optional = len(plain) < len(members)
    hint = plain[0]
    if all(typing.get_origin(member) is Literal for member in plain):
        choices = list(dict.fromkeys(value for member in plain for value in typing.get_args(member)))
        return {"choices": choices, "help": help_text}
    if hint is bool:
        return {"action": argparse.BooleanOptionalAction, "help": help_text}
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        if typing.get_origin(inner) is tuple:
            return {"nargs": "*", "type": _pair(typing.get_args(inner)), "metavar": "A:B", "help": help_text}
        return {"nargs": "*", "type": inner, "metavar": inner.__name__.upper(), "help": help_text}
    kind = hint if hint in (int, float) else str
    metavar = {int: "N", float: "X", str: "TEXT"}[kind]
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
            raise argparse.ArgumentTypeError(f"{text!r} is not {len(kinds)} values with ':' between them, such as 10:0.5")
        return [kind(part) for kind, part in zip(kinds, parts, strict=True)]

    return pair


def _help(variants: list[tuple[type, Any, dataclasses.Field]]) -> str:
    """The default of each class that has the field, and what its docstring says after ``field:``."""
    name = variants[0][2].name
    if name in SELECTORS and len(variants) > 1:
        return "which of them; it decides which of the other flags count"
    defaults: dict[str, list[str]] = {}
    for cls, _, field in variants:
        value = field.default if field.default is not dataclasses.MISSING else None
        shown = "none" if value is None or value == () else f"{value!r}" if value == "" else str(value)
        defaults.setdefault(shown, []).append(_short(cls))
    if len(defaults) == 1:
        default = f"default {next(iter(defaults))}"
    else:
        default = "default " + ", ".join(f"{value} ({', '.join(owners)})" for value, owners in defaults.items())
    explanation = next(filter(None, (_explanation(cls, name) for cls, _, _ in variants)), "")
    return (f"{explanation} ({default})" if explanation else default).replace("%", "%%")


def _explanation(cls: type, field: str) -> str:
    """What the docstring of `cls` says about `field`: the text after "field:" up to a semicolon, a blank line or the next field."""
    text = " ".join((cls.__doc__ or "").split())
    if text.startswith(f"{cls.__name__}("):  # not written by anyone: a dataclass without a docstring has its signature there
        return ""
    names = "|".join(f.name for f in dataclasses.fields(cls))
    start = re.search(rf"(?:^|[ ,;.(])(?:(?:{names}), )*{field}(?:, (?:{names}))*: ", text)
    if start is None:
        return ""
    rest = text[start.end() :]
    end = re.search(rf";|[.,]? (?:{names})(?:, (?:{names}))*: ", rest)
    return rest[: end.start() if end else None].rstrip(" .;")


def read_base(path: str | None) -> dict[str, Any]:
    """The values of a config.json to start from, {} without one. Raises InputError when it is not one."""
    if path is None:
        return {}
    from pathlib import Path

    from explorer.catalogue import read_json

    values = read_json(Path(path))
    if not isinstance(values, dict):
        raise InputError(f"{path} holds {type(values).__name__}; expected the object of a config.json.")
    return values
