"""How is a report on heads kept in a file? As JSON that is read back strictly, numbers with five significant digits."""

from __future__ import annotations

import dataclasses
import json
import math
import typing
from pathlib import Path
from typing import Any, Literal

import numpy as np

from explorer.errors import InputError
from explorer.results import HeadReport, frozen_array

REPORT = "roles.json"  # its name in the folder of a checkpoint
FORMAT = 1
DIGITS = 5
MAX_BYTES = 4 * 2**20


def report_to_json(report: HeadReport) -> str:
    """The report as one JSON document; nan becomes null. Short enough to be cloned with a checkpoint."""
    values = {"format": FORMAT} | _plain(report)
    lines = [f"{json.dumps(key)}: {_lines(value)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def report_from_json(text: str, source: str = "The report") -> HeadReport:
    """The inverse of `report_to_json`. Raises InputError that names the entry at fault; source: what to call the text in it."""
    try:
        values = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source} is not JSON ({error}): write it again with `python -m explorer heads --write`.") from error
    found = values.pop("format", None) if isinstance(values, dict) else None
    if found != FORMAT or isinstance(found, bool):
        raise InputError(f"{source} has format {found!r:.40}, and this version reads {FORMAT}: write it again with "
                         "`python -m explorer heads --write`.")  # fmt: skip
    report = _built(HeadReport, values, source)
    _check(report, source)
    return report


def read_report(path: Path) -> HeadReport | None:
    """The report in a checkpoint's folder, None when it has none. Raises InputError when it cannot be read."""
    file = Path(path) / REPORT
    try:
        if not file.is_file():
            return None
        if file.stat().st_size > MAX_BYTES:
            raise InputError(f"{file} has more than {MAX_BYTES // 2**20} MB: it is no report on heads.")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read ({error}): write it again with `python -m explorer heads --write`.") from error
    return report_from_json(text, str(file))


# ----------------------------------------------------------------------------------------------------------------------- to JSON


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, float):
        short = float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
        return int(short) if short in (0, 1) else short
    return value


def _lines(value: Any) -> str:
    """One line for each entry of a list, so that two reports can be compared by eye."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(_dense(entry) for entry in value) + "\n]"
    return _dense(value)


def _dense(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


# --------------------------------------------------------------------------------------------------------------------- from JSON


def _no_constant(name: str):
    raise ValueError(f"{name} is no JSON number")


def _built(cls: type, values: Any, where: str) -> Any:
    """The dataclass `cls` from a JSON object with exactly its fields."""
    if not isinstance(values, dict):
        raise InputError(f"{where} is {values!r:.60}; expected an object with {', '.join(f.name for f in dataclasses.fields(cls))}.")
    names = [field.name for field in dataclasses.fields(cls)]
    missing, unknown = [n for n in names if n not in values], [n for n in values if n not in names]
    if missing or unknown:
        wrong = f"lacks {missing[0]!r}" if missing else f"has {unknown[0]!r:.60}, which no report has"
        raise InputError(f"{where} {wrong}: write the report again with `python -m explorer heads --write`.")
    hints = typing.get_type_hints(cls)
    return cls(**{name: _converted(hints[name], values[name], f"{where}: {name}") for name in names})


def _converted(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _built(hint, value, where)
    if origin is Literal:
        return _expect(isinstance(value, str) and value in arguments, value, where, f"one of {', '.join(arguments)}")
    if origin is tuple:
        _expect(isinstance(value, list), value, where, "a list")
        return tuple(_converted(arguments[0], entry, f"{where}[{n}]") for n, entry in enumerate(value))
    if origin is dict:
        _expect(isinstance(value, dict), value, where, "an object")
        return {key: _converted(arguments[1], entry, f"{where}[{key!r:.40}]") for key, entry in value.items()}
    if hint is np.ndarray:
        return _matrix(value, where)
    if hint is float:
        good = value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value))
        return math.nan if _expect(good, value, where, "a number") is None else float(value)
    if hint in (int, str, bool):
        return _expect(type(value) is hint, value, where, {int: "a whole number", str: "text", bool: "true or false"}[hint])
    return value  # settings: anything


def _expect(good: bool, value: Any, where: str, expected: str) -> Any:
    if not good:
        raise InputError(f"{where} is {value!r:.60}; expected {expected}.")
    return value


def _matrix(value: Any, where: str) -> np.ndarray:
    rows = value if isinstance(value, list) and all(isinstance(row, list) for row in value) else None
    if rows is None or len({len(row) for row in rows}) > 1:
        raise InputError(f"{where} is {value!r:.60}; expected a list of rows of equal length.")
    return frozen_array([[_converted(float, entry, where) for entry in row] for row in rows], np.float64)


def _check(report: HeadReport, source: str) -> None:
    """What types alone do not say: every head once, histograms and maps as large as they must be."""
    for name in ("rows", "control"):
        heads = [(row.kind, row.layer, row.head) for row in getattr(report, name)]
        if len(set(heads)) != len(heads):
            raise InputError(f"{source}: {name} has a head twice; expected each once.")
        if any(len(row.offsets) != len(report.offsets) for row in getattr(report, name)):
            raise InputError(f"{source}: a head in {name} has not one share for each of the {len(report.offsets)} offsets.")
    for entry in report.maps:
        n = entry.n_layers * entry.n_heads
        if entry.distances.shape != (n, n) or entry.layout.shape != (n, 2):
            raise InputError(f"{source}: the map of {entry.kind} has shapes {entry.distances.shape} and {entry.layout.shape}; "
                             f"expected {(n, n)} and {(n, 2)}.")  # fmt: skip
    for part in (report.chosen_on, report.reported_on):
        if part.n_sentences < 0:
            raise InputError(f"{source}: {part.name!r:.40} has {part.n_sentences} sentences; expected 0 or more.")
