"""Short sentences beside a picture, made from its numbers, for pages, files and screen readers."""

from __future__ import annotations

from explorer.results import MatrixView, Provenance, Sanity, names_of
from explorer.views.numbers import percent, short
from explorer.views.text import text_width, visible_text


def title(view: MatrixView) -> str:
    """What a picture of `view` is called."""
    return f"{names_of(view.kind).name}, {'difference ' if view.signed else ''}{view.name}"


def sanity_sentence(sanity: Sanity) -> str:
    """The sanity line: whether rows sum to 1 and nothing lies above the causal diagonal."""
    rows = f"{sanity.n_rows} row{'' if sanity.n_rows == 1 else 's'}"
    text = f"Every row sums to 1: checked on {rows}, largest deviation {_tiny(sanity.row_deviation)}."
    if sanity.row_deviation > 1e-3:
        text = f"Rows do not sum to 1: the largest deviation in {rows} is {_tiny(sanity.row_deviation)}."
    if sanity.above_diagonal is not None:
        if sanity.above_diagonal == 0:
            text += " Nothing lies above the causal diagonal."
        else:
            text += (
                f" Above the causal diagonal lies a mass of {_tiny(sanity.above_diagonal)}; it should be 0."
            )
    return text


def hidden_sentence(view: MatrixView) -> str:
    """How much of the attention is not shown; empty when all of it is."""
    return (
        f"{percent(view.hidden_mass)} of the attention of these rows is not shown."
        if view.hidden_mass > 0
        else ""
    )


def description(view: MatrixView, limit: int = 60) -> str:
    """The matrix in words: what each row looks at most, for the alternative text of a picture."""
    n_rows, n_cols = view.weights.shape
    what = "Differences of attention weights" if view.signed else "Attention weights"
    lines = [f"{what}, {view.name}: {n_rows} rows, {n_cols} columns."]
    for i in range(min(n_rows, limit)):
        j = int(abs(view.weights[i]).argmax())
        verb = "differs most at" if view.signed else "looks most at"
        lines.append(
            f"{visible_text(view.rows.tokens[i])} {verb} {visible_text(view.cols.tokens[j])} "
            f"({short(view.weights[i, j])})."
        )
    if n_rows > limit:
        lines.append(f"{n_rows - limit} more rows.")
    return " ".join(lines)


def provenance_sentence(provenance: Provenance) -> str:
    """Which model, which weights, when: one line under an exported picture."""
    return (
        f"{visible_text(provenance.checkpoint)} · sha256 {visible_text(provenance.sha256[:12])} · "
        f"{visible_text(provenance.date)}"
    )


def _tiny(value: float) -> str:
    """A rounding error: 0, or two digits and a power of ten."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    powers = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return short(value) if value >= 0.01 else f"{mantissa} · 10{powers}"


CAPTION = 12  # pixels: the size of the words below a picture


def wrap(sentences, room: float) -> list[str]:
    """Sentences broken at spaces into lines of at most `room` pixels of caption text."""
    lines = []
    for sentence in sentences:
        line = ""
        for word in sentence.split(" "):
            if line and text_width(f"{line} {word}") * CAPTION * 0.56 > room:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines
