"""What does a larger vocabulary buy? Tokens per word and unknown tokens, by the size of the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.results import SizeCurve, TokenizerRow
from explorer.views.escaping import escape_plotly
from explorer.views.numbers import exact, percent
from explorer.views.plotly_frame import ON_PAPER, axis_suffix, dash_style, frame
from explorer.views.theme import Theme, line_style

HEIGHT = 320
LEFT, GAP, TOP, BOTTOM = 48, 56, 40, 84  # pixels
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")


def size_figure(curves: Sequence[SizeCurve], theme: Theme, width: int = 900) -> go.Figure:
    """Two panels over the same logarithmic axis, a line for each kind of tokenizer.

    The figure is `width` pixels wide: show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    each = (width - LEFT - GAP - 8) / 2
    first, second = LEFT / width, (LEFT + each + GAP) / width
    figure = go.Figure([line for number, curve in enumerate(curves) for line in _lines(curve, number, theme)])
    for x, text in ((first, "tokens for each word"), (second, "unknown tokens, %")):
        figure.add_annotation(x=x, y=1, yshift=10, text=f"<b>{text}</b>", font={"size": 15}, **ON_PAPER)
    sizes, values = _size_axis(curves, theme), _value_axis(theme)
    figure.update_layout(
        **frame(theme, width, HEIGHT, {"l": 0, "r": 0, "t": TOP, "b": BOTTOM}),
        hovermode="closest",
        dragmode=False,
        legend={"orientation": "h", "x": first, "y": -0.28, "xanchor": "left", "yanchor": "top"},
        xaxis={**sizes, "domain": [first, first + each / width]},
        yaxis=values,
        xaxis2={**sizes, "domain": [second, second + each / width], "anchor": "y2"},
        yaxis2={**values, "anchor": "x2"},
    )
    return figure


def _lines(curve: SizeCurve, number: int, theme: Theme) -> list[go.Scatter]:
    """The line of one kind of tokenizer in each of the two panels, once in the legend."""
    color, dashes = line_style(theme, number)
    panels = (
        [row.tokens_per_word for row in curve.rows],
        [100 * row.share_unknown for row in curve.rows],
    )
    return [
        go.Scatter(
            x=[row.vocab_size for row in curve.rows],
            y=values,
            mode="lines+markers",
            line={"color": color, "width": 2, "dash": dash_style(dashes)},
            marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8, "color": color},
            name=curve.kind,
            legendgroup=curve.kind,
            showlegend=panel == 0,
            xaxis=f"x{axis_suffix(panel)}",
            yaxis=f"y{axis_suffix(panel)}",
            hoverinfo="text",
            hovertext=[_hover(row) for row in curve.rows],
        )
        for panel, values in enumerate(panels)
    ]


def _size_axis(curves: Sequence[SizeCurve], theme: Theme) -> dict:
    """The logarithmic axis of vocabulary sizes that both panels have."""
    ticks = _ticks(sorted({row.vocab_size for curve in curves for row in curve.rows}) or [1])
    return {
        "type": "log",
        "fixedrange": True,
        "gridcolor": theme.grid,
        "tickvals": ticks,
        "ticktext": [f"{size:,}" for size in ticks],
        "title": {"text": "tokens in the vocabulary", "font": {"size": 14}, "standoff": 8},
        "zeroline": False,
    }


def _value_axis(theme: Theme) -> dict:
    """The axis of what is measured, from 0 up."""
    return {
        "fixedrange": True,
        "rangemode": "tozero",
        "gridcolor": theme.grid,
        "zerolinecolor": theme.muted,
        "nticks": 6,
    }


def _ticks(sizes: Sequence[int]) -> list[int]:
    """1, 2 and 5 times powers of ten within the sizes, or the sizes themselves."""
    low, high = sizes[0], sizes[-1]
    ticks = [
        digit * 10**power for power in range(8) for digit in (1, 2, 5) if low <= digit * 10**power <= high
    ]
    return ticks if len(ticks) >= 2 else list(sizes)


def _hover(row: TokenizerRow) -> str:
    return "<br>".join(
        [
            f"<b>{escape_plotly(row.name)}</b>",
            f"vocabulary {row.vocab_size:,}",
            f"{row.n_tokens:,} tokens for {row.n_words:,} words: {exact(round(row.tokens_per_word, 6))} each",
            f"{row.n_unknown:,} unknown, {percent(row.share_unknown)}",
            f"embedding table {row.table_bytes:,} bytes",
        ]
    )
