"""What does a larger vocabulary buy? Tokens for each word and the share of unknown tokens over the size of
the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.results import SizeCurve, TokenizerRow
from explorer.views.theme import SANS, Theme, escape_plotly, exact, hover_style, line_style, percent

HEIGHT = 320
LEFT, GAP, TOP, BOTTOM = 48, 56, 40, 84  # pixels
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star")


def size_figure(curves: Sequence[SizeCurve], theme: Theme, width: int = 900) -> go.Figure:
    """Two panels over the same logarithmic axis, a line for each kind of tokenizer.

    The figure is `width` pixels wide: show it with width="content", theme=None and `PLOTLY_CONFIG`.
    """
    each = (width - LEFT - GAP - 8) / 2
    figure = go.Figure()
    for number, curve in enumerate(curves):
        color, dashes = line_style(theme, number)
        marker = {"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8, "color": color}
        line = {"color": color, "width": 2, "dash": ",".join(f"{dash}px" for dash in dashes) or "solid"}
        for panel, values in enumerate(
            ([row.tokens_per_word for row in curve.rows], [100 * row.share_unknown for row in curve.rows])
        ):
            place = str(panel + 1) if panel else ""
            figure.add_trace(
                go.Scatter(
                    x=[row.vocab_size for row in curve.rows],
                    y=values,
                    mode="lines+markers",
                    line=line,
                    marker=marker,
                    name=curve.kind,
                    legendgroup=curve.kind,
                    showlegend=panel == 0,
                    xaxis=f"x{place}",
                    yaxis=f"y{place}",
                    hoverinfo="text",
                    hovertext=[_hover(row) for row in curve.rows],
                )
            )
    sizes = sorted({row.vocab_size for curve in curves for row in curve.rows}) or [1]
    ticks = _ticks(sizes)
    axis = {"type": "log", "fixedrange": True, "gridcolor": theme.grid, "tickvals": ticks,
            "ticktext": [f"{v:,}" for v in ticks],
            "title": {"text": "tokens in the vocabulary", "font": {"size": 14}, "standoff": 8},
            "zeroline": False}  # fmt: skip
    numbers = {
        "fixedrange": True,
        "rangemode": "tozero",
        "gridcolor": theme.grid,
        "zerolinecolor": theme.muted,
        "nticks": 6,
    }
    first, second = LEFT / width, (LEFT + each + GAP) / width
    words = {
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "y": 1,
        "yshift": 10,
    }
    for x, text in ((first, "tokens for each word"), (second, "unknown tokens, %")):
        figure.add_annotation(x=x, text=f"<b>{text}</b>", font={"size": 15}, **words)
    figure.update_layout(
        template=go.layout.Template(),
        width=width,
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": TOP, "b": BOTTOM, "autoexpand": False},
        paper_bgcolor=theme.background,
        plot_bgcolor=theme.background,
        font={"family": SANS, "size": 14, "color": theme.text},
        hoverlabel=hover_style(theme),
        hovermode="closest",
        dragmode=False,
        legend={"orientation": "h", "x": first, "y": -0.28, "xanchor": "left", "yanchor": "top"},
        xaxis={**axis, "domain": [first, first + each / width]},
        yaxis={**numbers},
        xaxis2={**axis, "domain": [second, second + each / width], "anchor": "y2"},
        yaxis2={**numbers, "anchor": "x2"},
    )
    return figure


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
