"""What did each run come to? The table of runs as CSV for a spreadsheet and as LaTeX for a paper."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import Provenance, RunRow
from explorer.views.csv_table import table_csv

# What a column is called, and how it is written in a table to be read: number of decimals, None for text.
COLUMNS: dict[str, tuple[str, int | None]] = {
    "name": ("run", None),
    "state": ("state", None),
    "corpus": ("data", None),
    "model": ("model", None),
    "layers": ("layers", None),
    "heads": ("heads", None),
    "width": ("width", None),
    "dropout": ("dropout", 2),
    "step": ("step", 0),
    "kept_step": ("kept step", 0),
    "valid_loss": ("dev loss", 4),
    "accuracy": ("accuracy", 4),
    "bleu": ("BLEU", 2),
    "exact_match": ("exact match", 4),
    "minutes": ("minutes", 1),
}
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "→": r"$\to$",
}
_LATEX |= {char: "\\" + char for char in "&%$#_{}"}


def table_cells(rows: Sequence[RunRow]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and cells as a reader should see them: the columns above, then the fields that differ; "–" where
    there is nothing.
    """
    fields = different_fields(rows)
    header = (*(name for name, _ in COLUMNS.values()), *fields)
    cells = []
    for row in rows:
        own = (row.differences.get(field, "–") for field in fields)
        cells.append(
            (*(_cell(getattr(row, key), n_decimals) for key, (_, n_decimals) in COLUMNS.items()), *own)
        )
    return header, cells


def different_fields(rows: Sequence[RunRow]) -> tuple[str, ...]:
    """The fields that some rows set otherwise than others and that no column shows already."""
    shown = (
        "model.n_heads",
        "model.d_model",
        "model.d_hidden",
        "model.dropout",
        "model.family",
        "model.attention",
        "corpus.kind",
    )
    shown += ("model.n_encoder_layers", "model.n_decoder_layers", "model.n_layers", "corpus.task")
    return tuple(dict.fromkeys(field for row in rows for field in row.differences if field not in shown))


def _cell(value: object, n_decimals: int | None) -> str:
    if n_decimals is None:
        return str(value) or "–"
    return "–" if math.isnan(value) else f"{value:.{n_decimals}f}"


def runs_csv(rows: Sequence[RunRow], provenance: Provenance) -> str:
    """The rows as CSV with provenance in leading "# " lines; numbers in full, nan as an empty cell."""
    fields = different_fields(rows)
    header = (*(name for name, _ in COLUMNS.values()), *fields)
    values = (
        [*(getattr(row, key) for key in COLUMNS), *(row.differences.get(field, "") for field in fields)]
        for row in rows
    )
    return table_csv(header, values, provenance, {"n_runs": len(rows)})


def runs_latex(rows: Sequence[RunRow], caption: str = "") -> str:
    """The rows as a LaTeX table with the rules of booktabs; the best dev loss, accuracy and BLEU in bold."""
    header, cells = table_cells(rows)
    best = {}
    for key, choose in {"valid_loss": min, "accuracy": max, "bleu": max, "exact_match": max}.items():
        known = [getattr(row, key) for row in rows if not math.isnan(getattr(row, key))]
        best[list(COLUMNS).index(key)] = (key, choose(known)) if known and len(rows) > 1 else None
    lines = []
    for row, texts in zip(rows, cells, strict=True):
        marked = [
            rf"\textbf{{{_latex(text)}}}"
            if (found := best.get(number)) and getattr(row, found[0]) == found[1]
            else _latex(text)
            for number, text in enumerate(texts)
        ]
        lines.append(" & ".join(marked) + r" \\")
    kinds = "".join("l" if n is None else "r" for _, n in COLUMNS.values()) + "l" * (
        len(header) - len(COLUMNS)
    )
    begin = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{{kinds}}}",
        r"\toprule",
    ]
    end = [
        r"\bottomrule",
        r"\end{tabular}",
        *([rf"\caption{{{_latex(caption)}}}"] if caption else []),
        r"\end{table}",
    ]
    return "\n".join([*begin, " & ".join(map(_latex, header)) + r" \\", r"\midrule", *lines, *end]) + "\n"


def _latex(text: str) -> str:
    """`text` so that LaTeX prints it and obeys nothing in it."""
    return "".join(_LATEX.get(char, char if char.isprintable() else " ") for char in text)
