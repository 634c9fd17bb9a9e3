"""A table as CSV that a spreadsheet reads back to the same numbers and never runs as a formula."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from explorer.results import Provenance
from explorer.views.numbers import exact
from explorer.views.text import visible_text


def table_csv(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    provenance: Provenance,
    facts: Mapping[str, object],
    visible: Callable[[str], str] = visible_text,
) -> str:
    """A table as CSV: facts and provenance in leading "# " lines, then the header, then the rows.

    header: names that stand between quotes as they are, `cell_text` where somebody may have typed them.

    Numbers are written so that they read back the same, nan as an empty cell; text so that no spreadsheet
    takes it for a formula, its invisible characters shown by `visible`.
    """
    facts = dict(facts) | {
        "checkpoint": provenance.checkpoint,
        "sha256": provenance.sha256,
        "date": provenance.date,
    }
    facts |= {f"setting {name}": value for name, value in provenance.settings.items()}
    facts |= {f"version {name}": value for name, value in provenance.versions.items()}
    lines = [
        "# " + re.sub(r"[^\w .-]", "_", name) + f": {_comment_json(value)}\n" for name, value in facts.items()
    ]
    lines.append(",".join(f'"{name}"' for name in header) + "\n")
    lines += [",".join(_cell(value, visible) for value in row) + "\n" for row in rows]
    return "".join(lines)


def _cell(value: object, visible: Callable[[str], str]) -> str:
    if isinstance(value, str):
        return f'"{cell_text(value, visible)}"'
    if isinstance(value, int):
        return str(value)
    return "" if value != value else exact(value)


def cell_text(label: str, visible: Callable[[str], str] = visible_text) -> str:
    """A label to stand between quotes, which no spreadsheet takes for a formula, not even one that splits the
    line at a semicolon inside the label.
    """
    text = visible(label).strip("\u2068\u2069")
    return re.sub(r"""((?:^|[,;])[\s"']*)(?=[=+@＝＋＠-])""", r"\1'", text).replace('"', '""')


def _comment_json(value) -> str:
    """JSON without separators inside its strings: a spreadsheet that splits the line at one finds no piece
    that begins like a formula.
    """
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_comment_json(str(key))}: {_comment_json(part)}" for key, part in value.items())
            + "}"
        )
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_comment_json, value)) + "]"
    return json.dumps(value, ensure_ascii=True, default=str).replace(",", "\\u002c").replace(";", "\\u003b")
