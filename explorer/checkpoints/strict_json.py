"""A result dataclass as a JSON file in a checkpoint's folder, read back strictly.

Numbers have five significant digits, nan is null, and a list of objects has a line for each, so that two
files can be compared by eye. What occurs by the thousand can be dense: a list of values, whose names stand
once under "fields", with its texts as numbers of "texts".
"""

from __future__ import annotations

import dataclasses
import json
import math
import typing
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from explorer.errors import InputError
from explorer.results import frozen_array

DIGITS = 5


class Kind(NamedTuple):
    """One kind of file. name: of the file;  what: it holds, for sentences;  again: the command that writes
    it;  dense: dataclasses that are written as lists."""

    name: str
    what: str
    again: str
    format: int = 1
    max_bytes: int = 4 * 2**20
    dense: tuple[type, ...] = ()


class _Dense(NamedTuple):
    """kind: of the file that is read;  texts: those that its dense entries refer to."""

    kind: Kind
    texts: list[str]


def to_json(value: Any, kind: Kind) -> str:
    """A dataclass as one JSON document, short enough to be cloned with a checkpoint."""
    texts: dict[str, int] = {}
    values = _plain(value, kind, texts)
    head = {"format": kind.format} | ({"fields": _fields(kind), "texts": list(texts)} if kind.dense else {})
    lines = [f"{json.dumps(key)}: {_lines(entry)}" for key, entry in (head | values).items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def from_json(cls: type, text: str, kind: Kind, source: str) -> Any:
    """The inverse of `to_json` for the dataclass `cls`. Raises InputError that names the entry at fault;
    source: what to call the text.
    """
    try:
        values = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source} is not JSON ({error}): write it again with `{kind.again}`.") from error
    version = values.pop("format", None) if isinstance(values, dict) else None
    if version != kind.format or isinstance(version, bool):
        raise InputError(
            f"{source} has format {version!r:.40}, and this version reads {kind.format}: write it again with "
            f"`{kind.again}`."
        )
    texts: list[str] = []
    if kind.dense:
        fields, texts = (values.pop(name, None) for name in ("fields", "texts"))
        if (
            fields != _fields(kind)
            or not isinstance(texts, list)
            or not all(isinstance(entry, str) for entry in texts)
        ):
            raise InputError(
                f"{source} has other fields or texts than this version reads: write it again with "
                f"`{kind.again}`."
            )
    return _built(cls, values, source, _Dense(kind, texts))


def read_file(folder: Path, kind: Kind) -> tuple[str, str] | None:
    """(text, path) of a file of this kind in a checkpoint's folder, None when it has none. Raises InputError
    when it cannot be read.
    """
    file = Path(folder) / kind.name
    try:
        if not file.is_file():
            return None
        if file.stat().st_size > kind.max_bytes:
            raise InputError(f"{file} has more than {kind.max_bytes // 2**20} MB: it is no {kind.what}.")
        return file.read_text(encoding="utf-8"), str(file)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read ({error}): write it again with `{kind.again}`.") from error


# ---------------------------------------------------------------------------------------------------- to JSON


def _fields(kind: Kind) -> dict[str, list[str]]:
    return {cls.__name__: [field.name for field in dataclasses.fields(cls)] for cls in kind.dense}


def _plain(value: Any, kind: Kind, texts: dict[str, int], dense: bool = False) -> Any:
    if isinstance(value, kind.dense):
        return [_plain(getattr(value, field.name), kind, texts, True) for field in dataclasses.fields(value)]
    if dataclasses.is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name), kind, texts) for field in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {str(key): _plain(entry, kind, texts) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry, kind, texts, dense) for entry in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist(), kind, texts)
    if isinstance(value, float):
        short = float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
        return int(short) if short in (0, 1) else short
    return texts.setdefault(value, len(texts)) if dense and isinstance(value, str) else value


def _lines(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], (dict, str)):
        return "[\n" + ",\n".join(_short(entry) for entry in value) + "\n]"
    return _short(value)


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


# -------------------------------------------------------------------------------------------------- from JSON


def _no_constant(name: str):
    raise ValueError(f"{name} is no JSON number")


def _built(cls: type, values: Any, where: str, file: _Dense) -> Any:
    """The dataclass `cls` from a JSON object with its fields, or if it is dense from a list of their values.

    A field that has a default may be missing: it came after the file was written.
    """
    names = [field.name for field in dataclasses.fields(cls)]
    dense = cls in file.kind.dense
    if dense:
        expect(
            isinstance(values, list) and len(values) == len(names),
            values,
            where,
            f"a list of {len(names)} values",
        )
        values = dict(zip(names, values, strict=True))
    expect(isinstance(values, dict), values, where, f"an object with {', '.join(names)}")
    required = [field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING]
    missing, unknown = [n for n in required if n not in values], [n for n in values if n not in names]
    if missing or unknown:
        wrong = f"lacks {missing[0]!r}" if missing else f"has {unknown[0]!r:.60}, which no report has"
        raise InputError(f"{where} {wrong}: write it again with `{file.kind.again}`.")
    hints = typing.get_type_hints(cls, include_extras=True)
    return cls(
        **{
            name: _converted(hints[name], values[name], f"{where}: {name}", file, dense)
            for name in names
            if name in values
        }
    )


def _converted(hint: Any, value: Any, where: str, file: _Dense, dense: bool = False) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _built(hint, value, where, file)
    if origin is Annotated:  # a text of which a file may only hold these
        origin, arguments = Literal, arguments[1]
    if dense and (hint is str or origin is Literal):
        good = type(value) is int and 0 <= value < len(file.texts)
        value = file.texts[expect(good, value, where, f"the number of one of {len(file.texts)} texts")]
    if origin is Literal:
        return expect(
            isinstance(value, str) and value in arguments, value, where, f"one of {', '.join(arguments)}"
        )
    if origin is tuple:
        expect(isinstance(value, list), value, where, "a list")
        if arguments[-1] is Ellipsis:
            arguments = arguments[:1] * len(value)
        expect(len(value) == len(arguments), value, where, f"a list of {len(arguments)}")
        return tuple(
            _converted(inner, entry, f"{where}[{n}]", file)
            for n, (inner, entry) in enumerate(zip(arguments, value, strict=True))
        )
    if origin is dict:
        expect(isinstance(value, dict), value, where, "an object")
        return {
            key: _converted(arguments[1], entry, f"{where}[{key!r:.40}]", file)
            for key, entry in value.items()
        }
    if hint is np.ndarray:
        return _matrix(value, where, file)
    if hint is float:
        good = value is None or (
            isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        )
        return math.nan if expect(good, value, where, "a number") is None else float(value)
    if hint in (int, str, bool):
        return expect(
            type(value) is hint,
            value,
            where,
            {int: "a whole number", str: "text", bool: "true or false"}[hint],
        )
    return value  # settings: anything


def expect(good: bool, value: Any, where: str, expected: str) -> Any:
    """`value`, or InputError that says what stands there and what should."""
    if not good:
        raise InputError(f"{where} is {value!r:.60}; expected {expected}.")
    return value


def _matrix(value: Any, where: str, file: _Dense) -> np.ndarray:
    rows = value if isinstance(value, list) and all(isinstance(row, list) for row in value) else None
    if rows is None or len({len(row) for row in rows}) > 1:
        raise InputError(f"{where} is {value!r:.60}; expected a list of rows of equal length.")
    return frozen_array(
        [[_converted(float, entry, where, file) for entry in row] for row in rows], np.float64
    )
