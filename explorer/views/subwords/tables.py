"""Numbers about subwords beside the tokens they count: data for the component `token_table`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from explorer.results import (
    LanguageComparison,
    Segmentation,
    TokenizerComparison,
    TokenizerRow,
    WorkedCheck,
    WorkedRow,
)
from explorer.views.text import is_rtl, visible_line, visible_text, visible_token
from explorer.views.theme import Theme

MAX_CHIPS = 80  # tokens of one line that are drawn

VERDICTS = {
    "right": "✓ right",
    "tie": "✓ as right",
    "wrong count": "✗ count",
    "not the most frequent": "✗ not most frequent",
    "too rare": "✗ too rare",
    "too long": "✗ too long",
    "no such pair": "✗ no such pair",
    "not judged": "– not judged",
}


def worked_table(check: WorkedCheck, theme: Theme) -> dict:
    """A learner's merges with their verdicts; a thick line stands above the first that departs from the
    algorithm.
    """
    columns = [
        _column("Step", "number", width="40px"),
        _column("Your merge", "pair", width="120px"),
        _column("Your count", "number", width="60px"),
        _column("Right count", "number", width="60px"),
        _column("Verdict", "verdict", width="110px"),
        _column("Why", width="44%"),
    ]
    return _table(columns, [_worked_row(row, check) for row in check.rows], theme, check.summary)


def _worked_row(row: WorkedRow, check: WorkedCheck) -> dict:
    mark = "right" if row.accepted else "unjudged" if row.verdict == "not judged" else "wrong"
    cells = [
        _text(str(row.step)),
        {"chips": [_chip(row.left), _chip(row.right)]},
        _text("–" if row.claimed is None else f"{row.claimed:,}"),
        _text(f"{row.count:,}" if row.verdict != "not judged" else "–"),
        _text(VERDICTS[row.verdict]),
        _text(visible_line(row.why)),
    ]
    return {"mark": f"{mark} departs" if row.step == check.departs_at else mark, "cells": cells}


def steps_table(segmentation: Segmentation, theme: Theme) -> dict:
    """A word merge by merge: the rule that applied, its rank, and the word after it."""
    columns = [
        _column("Merge", "pair", width="160px"),
        _column("Rank", "number", "1 was learned first", "140px"),
        _column("The word after it", "tokens"),
    ]
    direction = "rtl" if is_rtl(segmentation.word) else "ltr"
    rows = [
        {"mark": "", "cells": [_text("as it begins"), None, chips(segmentation.start, direction=direction)]}
    ]
    for step in segmentation.steps:
        rule = {"chips": [_chip(step.left), _chip(step.right)], "direction": direction}
        if step.dropped:
            rule["note"] = f"passed over elsewhere: {len(step.dropped)}"
        made = {place - number for number, place in enumerate(step.positions)}
        after = chips(step.symbols, marked=made, direction=direction)
        rows.append({"mark": "", "cells": [rule, _text(f"{step.rank:,}"), after]})
    return _table(columns, rows, theme, f"{visible_text(segmentation.word)}, merge by merge")


def tokenizer_table(comparison: TokenizerComparison, theme: Theme) -> dict:
    """Tokenizers of one text, a row each, with the first tokens as they cut them."""
    columns = [
        _column("Tokenizer", "name", width="128px"),
        _column("Vocabulary", "number", "tokens"),
        _column("Text", "number", "tokens", "100px"),
        _column("A word", "number", "tokens"),
        _column("A token", "number", "bytes"),
        _column("Unknown", "number", "% of tokens"),
        _column("Embeddings", "number", f"MB at width {comparison.d_model:,}"),
        _column("The text begins", "tokens", width="34%"),
    ]
    most = max((row.n_tokens for row in comparison.rows), default=1)
    return _table(
        columns, [_tokenizer_row(row, most) for row in comparison.rows], theme, "Tokenizers on the same text"
    )


def _tokenizer_row(row: TokenizerRow, most: int) -> dict:
    cells = [
        _text(row.name),
        _text(f"{row.vocab_size:,}"),
        _text(f"{row.n_tokens:,}") | {"bar": round(row.n_tokens / max(1, most), 4)},
        _text(f"{row.tokens_per_word:.2f}", str(row.tokens_per_word)),
        _text(f"{row.bytes_per_token:.2f}", str(row.bytes_per_token)),
        _text(f"{100 * row.share_unknown:.1f}", f"{row.n_unknown:,} of {row.n_tokens:,} tokens"),
        _text(
            f"{row.table_bytes / 1e6:.2f}",
            f"{row.n_parameters:,} numbers of 4 bytes: {row.table_bytes:,} bytes",
        ),
        chips(row.sample[:6]),
    ]
    return {"mark": "", "cells": cells}


def language_table(comparison: LanguageComparison, name: str, theme: Theme) -> dict:
    """The same sentence in every language under the tokenizer `name`: its tokens, and how many more than
    English needs.
    """
    rows = [row for row in comparison.rows if row.row.name == name]
    most = max((row.row.n_tokens for row in rows), default=1)
    columns = [
        _column("Language"),
        _column("Its tokens", "tokens", width="58%"),
        _column("Tokens", "number", width="120px"),
        _column("A token", "number", "bytes"),
        _column("Against English", "number", "times as many"),
    ]
    drawn = []
    for row in rows:
        direction = "rtl" if is_rtl(row.text) else "ltr"
        note = "" if row.spaces else "no spaces between words"
        unknown = f", {row.row.n_unknown:,} unknown" if row.row.n_unknown else ""
        cells = [
            _text(row.language) | {"note": note},
            chips(row.row.sample, direction=direction, total=row.row.n_tokens)
            | {"note": visible_line(row.text)},
            _text(f"{row.row.n_tokens:,}{unknown}") | {"bar": round(row.row.n_tokens / max(1, most), 4)},
            _text(f"{row.row.bytes_per_token:.2f}", str(row.row.bytes_per_token)),
            _text(f"{row.ratio:.2f}", f"{row.ratio}"),
        ]
        drawn.append({"mark": "", "cells": cells})
    return _table(columns, drawn, theme, f"The same sentence in {len(rows)} languages under {name}")


def chips(
    tokens: Sequence[str],
    marked: Iterable[int] = (),
    unknown: Iterable[int] = (),
    direction: str = "ltr",
    total: int | None = None,
) -> dict:
    """A cell of tokens. marked: those just made;  unknown: those outside the vocabulary;  total: of how many
    these are the first.
    """
    made, foreign = set(marked), set(unknown)
    shown = [
        _chip(token, "made" if place in made else "unknown" if place in foreign else "")
        for place, token in enumerate(tokens[:MAX_CHIPS])
    ]
    left = (len(tokens) if total is None else total) - len(shown)
    return {"chips": shown, "direction": direction, "more": f"… {left:,} more" if left > 0 else ""}


def _chip(token: str, mark: str = "") -> dict:
    return {"label": visible_token(token), "title": visible_text(token), "mark": mark}


def _column(title: str, kind: str = "text", note: str = "", width: str = "") -> dict:
    return {"title": title, "kind": kind, "note": note, "width": width}


def _text(text: str, title: str = "") -> dict:
    return {"text": text, "title": title}


def _table(columns: list[dict], rows: list[dict], theme: Theme, description: str) -> dict:
    colors = {"accent": theme.accent, "surface": theme.surface, "background": theme.background,
              "muted": theme.muted, "right": theme.hit,
              "wrong": theme.missed}  # fmt: skip
    return {"columns": columns, "rows": rows, "description": description, "colors": colors}
