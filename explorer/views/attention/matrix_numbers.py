"""The numbers of one matrix or of several heads, as CSV and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from explorer.results import MatrixView, Provenance
from explorer.views.csv_table import cell_text, table_csv
from explorer.views.numbers import exact_number


def matrix_csv(view: MatrixView, provenance: Provenance) -> str:
    """The numbers as CSV: provenance and notes in leading "# " lines, then a row of column labels, then a row
    per attending token.

    Labels show invisible characters as symbols. A spreadsheet would run a label such as ``=SUM(A1)`` as a
    formula, so those get a leading apostrophe; the exact labels are in `matrix_json`.
    """
    facts: dict[str, object] = {
        "name": view.name,
        "kind": view.kind,
        "reading": view.reading,
        "hidden_mass": view.hidden_mass,
    }
    facts |= {f"note {i}": note for i, note in enumerate(view.notes, 1)}
    header = ["attending \\ attended", *map(cell_text, view.cols.tokens)]
    return table_csv(
        header,
        ((label, *row) for label, row in zip(view.rows.tokens, view.weights, strict=True)),
        provenance,
        facts,
    )


def matrix_json(view: MatrixView, provenance: Provenance) -> str:
    """The numbers as JSON, exact: {"provenance", "name", "kind", "reading", "rows", "columns", "weights",
    "hidden_mass", "notes"}.
    """
    data = {"provenance": asdict(provenance)} | _matrix(view)
    return json.dumps(data, ensure_ascii=True, indent=1, default=str) + "\n"


def _matrix(view: MatrixView) -> dict[str, object]:
    return {
        "name": view.name,
        "kind": view.kind,
        "reading": view.reading,
        "signed": view.signed,
        "hidden_mass": view.hidden_mass,
        "notes": list(view.notes),
        "rows": list(view.rows.tokens),
        "columns": list(view.cols.tokens),
        "row_word_ids": list(view.rows.word_ids),
        "column_word_ids": list(view.cols.word_ids),
        "weights": [[exact_number(w) for w in row] for row in view.weights],
    }


def heads_csv(views: Sequence[MatrixView], provenance: Provenance) -> str:
    """Several heads over the same tokens as CSV: one weight a line, with its head, row and column; otherwise
    as `matrix_csv`.
    """
    facts: dict[str, object] = {"kind": views[0].kind, "reading": views[0].reading}
    facts |= {f"hidden mass of {view.name}": view.hidden_mass for view in views}
    rows = (
        (view.name.replace(" ", ""), i, label, j, other, weight)
        for view in views
        for i, (label, row) in enumerate(zip(view.rows.tokens, view.weights, strict=True))
        for j, (other, weight) in enumerate(zip(view.cols.tokens, row, strict=True))
    )
    return table_csv(("head", "row", "attending", "column", "attended", "weight"), rows, provenance, facts)


def heads_json(views: Sequence[MatrixView], provenance: Provenance) -> str:
    """Several heads as JSON, exact: {"provenance", "heads": [what `matrix_json` has of each]}."""
    heads = [_matrix(view) for view in views]
    return (
        json.dumps(
            {"provenance": asdict(provenance), "heads": heads}, ensure_ascii=True, indent=1, default=str
        )
        + "\n"
    )
