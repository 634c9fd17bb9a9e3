"""What happens in one row of one head? Its scores, context and part of the output: data for `strips`."""

from __future__ import annotations

import numpy as np

from explorer.results import AttentionInside, PassRecord
from explorer.views.attention.strips import (
    WEIGHT,
    Scale,
    StripTable,
    Units,
    bar_cell,
    named_cell,
    number_cell,
    strip_cell,
    strip_column,
    strips_data,
    token_cell,
    token_column,
)
from explorer.views.attention.tokens import source_chips, target_chips
from explorer.views.numbers import short
from explorer.views.panel_layout import largest
from explorer.views.text import visible_text
from explorer.views.theme import Theme

NARROW, WIDE = 64, 256  # units that a strip has room for, beside others and on its own


def row_chips(record: PassRecord, inside: AttentionInside, row: int, theme: Theme) -> dict:
    """The rows of an attention as chips to choose from, those of the decoder named after what they predict:
    data for `token_chips`.
    """
    if inside.query.role == "read":
        data = source_chips(record, theme, row, clickable=True)
        said = [f"The query of {visible_text(token)}." for token in inside.query.tokens]
    else:
        data = target_chips(record, theme, row)
        pairs = zip(inside.query_stream.tokens, inside.query.tokens, strict=True)
        said = [
            f"The query of {visible_text(fed)}, which went in when {visible_text(token)} came out."
            for fed, token in pairs
        ]
    plain = [
        chip | {"about": about, "color": theme.surface, "ink": theme.muted if chip["special"] else theme.text}
        for chip, about in zip(data["chips"], said, strict=True)
    ]
    return data | {"chips": plain, "legend": None, "description": "The rows of this head"}


def score_strips(inside: AttentionInside, head: int, row: int, theme: Theme) -> dict:
    """Query, keys, what each unit adds, their sum, and on to the weight, for one row.

    Scales hold for all rows of the head, so that two rows can be compared. Where a head has more units than
    can be seen, those are shown that add most in this row, and the number column "others" says what the rest
    adds.
    """
    terms, query, keys = inside.terms(head, row), inside.queries[head, row], inside.keys[head]
    units = strongest(terms[inside.mask[row]], NARROW)
    numbers = _numbers(inside, head, row, terms, units)
    scale, said = Scale(largest(inside.queries[head], keys)), "{token}, unit {unit}: key {value}"
    columns = [
        token_column(""),
        strip_column("key", _KEY[inside.scorer], scale, Units("scores", units), said),
        *_term_columns(inside, head, Units("scores", units)),
        *({"id": name, "kind": "number", "title": title, "note": note} for name, title, note, _ in numbers),
        WEIGHT,
    ]
    fed = inside.query_stream.tokens[row]
    header = [
        token_cell(fed, row, len(inside.query.tokens), "query")
        | {"key": strip_cell(query[units]), "say": "query, unit {unit}: {value}"}
    ]
    if inside.vector is not None:
        header.append(
            named_cell("v") | {"term": strip_cell(inside.vector[units]), "say": "v, unit {unit}: {value}"}
        )
    rows = []
    for j, token in enumerate(inside.key.tokens):
        cells = token_cell(token, j, len(inside.key.tokens)) | {
            "key": strip_cell(keys[j, units]),
            "term": strip_cell(terms[j, units]),
        }
        if inside.vector is not None:
            cells["tanh"] = strip_cell(inside.units(head, row)[j, units])
        cells |= {name: number_cell(values[j]) for name, _, _, values in numbers}
        rows.append(cells | {"weight": bar_cell(inside.weights[head, row, j])})
    powers = numbers[-1][-1]
    footer = [
        named_cell("sum")
        | {"power": number_cell(powers.sum()), "weight": bar_cell(inside.weights[head, row].sum())}
    ]
    hint = "Point at a cell to read its exact number, or step with the arrow keys."
    if inside.plain_queries is not None:
        hint = f"Query and keys are shown as their positions have turned them. {hint}"
    return strips_data(StripTable(columns, rows, footer, header), theme, _best_fit(inside, head, row), hint)


def _best_fit(inside: AttentionInside, head: int, row: int) -> str:
    """Which key the query of this row fits best."""
    best = int(np.argmax(inside.weights[head, row]))
    query, key = visible_text(inside.query_stream.tokens[row]), visible_text(inside.key.tokens[best])
    return (
        f"Scores of the query {query}: it fits {key} best, with a weight of "
        f"{short(inside.weights[head, row, best])}."
    )


def context_strips(inside: AttentionInside, head: int, row: int, theme: Theme) -> dict:
    """Weights, values, what each token brings, and their sum, the context, for one row; one scale, so that
    small weights look pale.
    """
    values, weights, context = (
        inside.values[head],
        inside.weights[head, row].astype(np.float64),
        inside.context(head)[row],
    )
    mixed = weights[:, None] * values
    units = strongest(mixed, NARROW)
    scale, shown = Scale(largest(values, inside.context(head))), Units("context", units)
    name, plain = "encoder state" if inside.recurrent else "value", "{token}, dimension {unit}: {value}"
    said = f"{{token}}, dimension {{unit}}: weight {{weight}} × {name} {{content}} = {{value}}"
    columns = [
        token_column(""),
        WEIGHT,
        strip_column("content", name, scale, shown, plain),
        strip_column("mixed", f"weight × {name}", scale, shown, said),
    ]
    rows = [
        token_cell(token, j, len(inside.key.tokens))
        | {
            "weight": bar_cell(weights[j]),
            "content": strip_cell(values[j, units]),
            "mixed": strip_cell(mixed[j, units]),
        }
        for j, token in enumerate(inside.key.tokens)
    ]
    footer = [
        named_cell("context = sum")
        | {"mixed": strip_cell(context[units]), "say": "context, dimension {unit}: {value}"}
    ]
    description = f"The context is the sum of {len(rows)} {name}s, each times its weight."
    hint = f"{_left_out(len(units), len(context))}One scale for all: a small weight makes a row pale."
    return strips_data(StripTable(columns, rows, footer), theme, description, hint)


def output_strips(inside: AttentionInside, head: int, row: int, theme: Theme) -> dict:
    """What each head adds to the output of one row, the rest, and the sum; lengths are Euclidean."""
    heads = range(inside.n_heads)
    contexts, parts = [inside.context(h)[row] for h in heads], [inside.part(h)[row] for h in heads]
    rest, total = inside.rest[row].astype(np.float64), inside.total()[row]
    inner, outer = strongest(np.stack(contexts), NARROW), strongest(np.stack([*parts, rest]), WIDE)
    columns = _output_columns(
        Scale(largest(*contexts)), Units("inner", inner), usual(inside.total()), Units("outer", outer)
    )

    def line(name: str, vector: np.ndarray, **more) -> dict:
        return (
            named_cell(name)
            | {"part": strip_cell(vector[outer]), "length": number_cell(np.linalg.norm(vector))}
            | more
        )

    names = ["from the context"] if inside.recurrent else [f"H{h}" for h in heads]
    rows = [
        line(name, part, context=strip_cell(context[inner]))
        for name, part, context in zip(names, parts, contexts, strict=True)
    ]
    rows[head]["token"]["strong"] = inside.n_heads > 1
    rows.append(line("from the state h" if inside.recurrent else "bias", rest))
    footer = (
        [line("sum", total), line("h̃ = tanh(sum)", inside.output[row])]
        if inside.recurrent
        else [line("output = sum", total)]
    )
    who, what = ("The context", "a sum") if inside.recurrent else (f"H{head}", "an output")
    added = (
        f"{who} adds a vector of length {short(np.linalg.norm(parts[head]))} to {what} of length "
        f"{short(np.linalg.norm(total))}."
    )
    hint = f"{_left_out(len(outer), len(total))}{added}"
    return strips_data(StripTable(columns, rows, footer), theme, added, hint)


def _output_columns(inner_scale: Scale, inner: Units, outer_scale: Scale, outer: Units) -> list[dict]:
    """A head's context, what the output matrix makes of it, and its length; inner, outer: the dimensions that
    are shown of each.
    """
    return [
        token_column(""),
        strip_column("context", "context", inner_scale, inner, "{token}, context, dimension {unit}: {value}"),
        strip_column(
            "part",
            "context × output matrix",
            outer_scale,
            outer,
            "{token}, dimension {unit}: {value}",
        )
        | {"share": 2},
        {"id": "length", "kind": "number", "title": "length", "note": ""},
    ]


def strongest(terms: np.ndarray, limit: int) -> np.ndarray:
    """The `limit` columns of terms, [rows, units], with the largest sum of absolute values, in their own
    order.
    """
    n = terms.shape[1]
    if n <= limit:
        return np.arange(n)
    return np.sort(np.argsort(-np.abs(terms).sum(0), kind="stable")[:limit])


def usual(values: np.ndarray) -> Scale:
    """A scale for numbers of which a few stand out: 99 of 100 lie within it, and the others keep the
    strongest colour.
    """
    return Scale(largest(np.quantile(np.abs(values), 0.99, keepdims=True)), clipped=True)


def _numbers(
    inside: AttentionInside, head: int, row: int, terms: np.ndarray, units: np.ndarray
) -> list[tuple[str, str, str, np.ndarray]]:
    """(id, title, note, values [key_len]) of the columns from the sum of the units to what softmax
    divides.
    """
    d, product = terms.shape[1], terms.sum(1)
    scores = inside.scores[head, row].astype(np.float64)
    columns = []
    if len(units) < d:
        columns.append(("others", "others", f"{d - len(units)} units", product - terms[:, units].sum(1)))
    if not inside.recurrent:
        columns.append(("product", "q · k", "sum", product))
    if inside.position_bias is not None:
        columns.append(("position", "position", "bias", inside.position_bias[head, row]))
    note = "sum" if inside.recurrent else f"÷ √{d}" if inside.position_bias is None else "÷ √d, + position"
    columns.append(("score", "score", note, scores))
    columns.append(("power", "e^(s − m)", f"m = {short(scores.max())}", np.exp(scores - scores.max())))
    return columns


def _term_columns(inside: AttentionInside, head: int, units: Units) -> list[dict]:
    """What is multiplied with what, unit by unit."""
    if inside.vector is None:
        said = "{token}, unit {unit}: query {^key} × key {key} = {value}"
        everywhere = np.abs(inside.queries[head][:, None] * inside.keys[head])  # [query_len, key_len, d]
        return [strip_column("term", "query × key", usual(everywhere), units, said)]
    return [
        strip_column(
            "tanh",
            "tanh(query + key)",
            Scale(1.0),
            units,
            "{token}, unit {unit}: tanh(query {^key} + key {key}) = {value}",
        ),
        strip_column(
            "term",
            "v × tanh",
            Scale(largest(inside.vector)),
            units,
            "{token}, unit {unit}: v {^term} × {tanh} = {value}",
        ),
    ]


_KEY = {"scaled dot": "key", "dot": "encoder state s", "bilinear": "W s", "mlp": "W₂ s"}


def _left_out(shown: int, n: int) -> str:
    return (
        ""
        if shown == n
        else f"Shown are the {shown} of {n} dimensions with the largest numbers in this row. "
    )
