"""The fields of frozen config dataclasses, with type, choices, default and meaning: flags and forms are made
from them.

`model: TransformerConfig | RNNConfig` gives `model.family`, by which one of them is chosen, and the fields of
either.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

SELECTORS = ("family", "kind")  # the field by which one of several dataclasses is chosen
FieldKind = Literal["choice", "switch", "whole", "number", "text", "list", "pairs"]
_KINDS: dict[type, FieldKind] = {bool: "switch", int: "whole", float: "number", str: "text"}


@dataclass(frozen=True)
class ConfigField:
    """One field of one config dataclass.

    path: "model.n_heads";  owner: of which dataclass, in short ("transformer");  kind: "list" is a tuple of
    `items[0]`, "pairs" a tuple of tuples with a type of `items` for each place;  choices: of a "choice";
    default: as JSON has it;  optional: whether it may be None; is_selector: whether it chooses one of several
    dataclasses.
    """

    path: str
    owner: str
    kind: FieldKind
    default: Any
    explanation: str = ""
    choices: tuple[Any, ...] = ()
    items: tuple[type, ...] = ()
    optional: bool = False
    is_selector: bool = False

    @property
    def name(self) -> str:
        """The last part of the path: "n_heads"."""
        return self.path.rpartition(".")[2]

    @property
    def group(self) -> str:
        """What it is a part of: "model", "" for a field of the whole."""
        return self.path.rpartition(".")[0]


def config_fields(classes: Iterable[type], prefix: str = "") -> tuple[ConfigField, ...]:
    """Every field of the dataclasses `classes`, which stand for one another, and of their parts.

    A field that several have is there for each. Fields of `classes` themselves come first, then those of each
    part.
    """
    classes = tuple(classes)
    own: list[ConfigField] = []
    parts: dict[str, list[type]] = {}
    for cls in classes:
        hints = typing.get_type_hints(cls)
        for field in dataclasses.fields(cls):
            members = (member for member in _members(hints[field.name]) if isinstance(member, type))
            nested = [member for member in members if dataclasses.is_dataclass(member)]
            if nested:
                parts.setdefault(f"{prefix}{field.name}", []).extend(nested)
            else:
                own.append(_field(cls, field, hints[field.name], f"{prefix}{field.name}", len(classes) > 1))
    return (
        *own,
        *(
            field
            for path, nested in parts.items()
            for field in config_fields(dict.fromkeys(nested), f"{path}.")
        ),
    )


def form_fields(config: Any, skip: Iterable[str] = ()) -> tuple[ConfigField, ...]:
    """The fields that apply to the dataclass `config`, with its values as defaults. A selector offers every
    choice.

    skip: names of fields that are not for the user to set.
    """
    values, shown = flat(dataclasses.asdict(config)), {}
    all_fields = config_fields([type(config)])
    owners = {
        group: short_name(type(_at(config, group)))
        for group in dict.fromkeys(field.group for field in all_fields)
    }
    for field in all_fields:
        if field.name in skip or field.owner != owners[field.group]:
            continue
        choices = field.choices
        if field.is_selector:
            choices = tuple(
                choice for other in all_fields if other.path == field.path for choice in other.choices
            )
        shown[field.path] = dataclasses.replace(field, choices=choices, default=values[field.path])
    return tuple(shown.values())


def field_at_fault(sentence: str, fields: Iterable[ConfigField]) -> ConfigField | None:
    """The first field that the message of an InputError mentions, by its path or else by its name."""
    fields = tuple(fields)
    named = [
        (mention.start(), field)
        for field in fields
        if (mention := re.search(rf"(?<![\w.]){re.escape(field.path)}(?!\w)", sentence))
    ]
    if not named:
        named = [
            (mention.start(), field)
            for field in fields
            if (mention := re.search(rf"(?<!\w){re.escape(field.name)}(?!\w)", sentence))
        ]
    return min(named, key=lambda entry: entry[0])[1] if named else None


def overlay(base: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """`base` overridden by `values`. Where they choose another family or kind, the base's own is dropped."""
    result = dict(base)
    for name, value in values.items():
        if isinstance(value, dict) and isinstance(base.get(name), dict):
            other = any(value.get(key, base[name].get(key)) != base[name].get(key) for key in SELECTORS)
            result[name] = dict(value) if other else overlay(base[name], value)
        else:
            result[name] = value
    return result


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as one, by path.

    >>> flat({"name": "a", "model": {"n_heads": 4}})
    {'name': 'a', 'model.n_heads': 4}
    """
    by_path: dict[str, Any] = {}
    for name, value in values.items():
        by_path |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return by_path


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """The inverse of `flat`.

    >>> nested({"name": "a", "model.n_heads": 4})
    {'name': 'a', 'model': {'n_heads': 4}}
    """
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *parts, name = path.split(".")
        inner = tree
        for part in parts:
            inner = inner.setdefault(part, {})
        inner[name] = value
    return tree


def as_text(field: ConfigField, value: Any) -> str:
    """A list or pairs as text for one box, such as "10:1 20:0.5"; `from_text` reads it back."""
    if field.kind == "pairs":
        return " ".join(
            ":".join(f"{part:g}" if isinstance(part, float) else str(part) for part in pair) for pair in value
        )
    return "\n".join(map(str, value))


def from_text(field: ConfigField, text: str) -> Any:
    """The inverse of `as_text`: a list has one entry per line, pairs are separated by white space. Text that
    cannot be read is returned as it is, for the config to refuse."""
    if field.kind == "list":
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        pairs = [pair.split(":") for pair in text.split()]
        return [[kind(part) for kind, part in zip(field.items, pair, strict=True)] for pair in pairs]
    except ValueError:
        return text


def short_name(cls: type) -> str:
    """`cls` as flags and forms call it: "transformer" for TransformerConfig."""
    return cls.__name__.removesuffix("Config").lower()


def _at(config: Any, group: str) -> Any:
    for name in filter(None, group.split(".")):
        config = getattr(config, name)
    return config


def _members(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def _field(cls: type, field: dataclasses.Field, hint: Any, path: str, is_one_of_several: bool) -> ConfigField:
    default = None if field.default is dataclasses.MISSING else field.default
    is_selector = is_one_of_several and field.name in SELECTORS
    plain = [member for member in _members(hint) if member is not type(None)]
    optional = len(plain) < len(_members(hint))
    choices: tuple[Any, ...] = ()
    items: tuple[type, ...] = ()
    kind = _KINDS.get(plain[0], "text")
    if all(typing.get_origin(member) is Literal for member in plain):
        kind, choices = "choice", tuple(value for member in plain for value in typing.get_args(member))
    elif typing.get_origin(plain[0]) is tuple:
        inner = typing.get_args(plain[0])[0]
        is_pairs = typing.get_origin(inner) is tuple
        kind, items = ("pairs", typing.get_args(inner)) if is_pairs else ("list", (inner,))
    words = explanation(cls, field.name)
    return ConfigField(path, short_name(cls), kind, default, words, choices, items, optional, is_selector)


def explanation(cls: type, field: str) -> str:
    """What the docstring of `cls` says about `field`: the text after "field:" up to a semicolon, a blank line
    or the next field.
    """
    text = " ".join((cls.__doc__ or "").split())
    if text.startswith(
        f"{cls.__name__}("
    ):  # not written by anyone: a dataclass without a docstring has its signature there
        return ""
    names = "|".join(f.name for f in dataclasses.fields(cls))
    start = re.search(rf"(?:^|[ ,;.(])(?:(?:{names}), )*{field}(?:, (?:{names}))*: ", text)
    if start is None:
        return ""
    rest = text[start.end() :]
    end = re.search(rf";|[.,]? (?:{names})(?:, (?:{names}))*: ", rest)
    return rest[: end.start() if end else None].rstrip(" .;")
