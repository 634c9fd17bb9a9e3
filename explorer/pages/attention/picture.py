"""One matrix of attention: read, held against gold links and drawn, for every page that shows one."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.options import Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from explorer.attention.reading import MapReading
    from explorer.results import Alignment, AttentionKind, LinkErrors, MatrixView, PassRecord

BESIDE_CELL = 24  # pixels: where a cell would have less, two pictures stand below each other
MAX_CELLS = 14_400  # 120 × 120 tokens; beyond that nothing can be read


def read(record: PassRecord, kind: AttentionKind, options: Options) -> MatrixView:
    """The matrix to draw."""
    from explorer.attention.reading import read_map

    view = read_map(record.map(kind), _how(options), heads=options.heads, reduce=options.reduce)
    n_rows, n_cols = view.weights.shape
    if n_rows * n_cols > MAX_CELLS:
        raise InputError(
            f"This picture would have {n_rows} × {n_cols} cells, too many to read: merge subwords into "
            "words, or shorten the sentence."
        )
    return view


def read_each(record: PassRecord, kind: AttentionKind, options: Options) -> np.ndarray:
    """Every head by itself, read in the same way: [layers, heads, rows, cols]."""
    from explorer.attention.reading import read_heads

    return read_heads(record.map(kind), _how(options))


def _how(options: Options) -> MapReading:
    """What is done to the matrix of every head alike."""
    from explorer.attention.reading import MapReading

    return MapReading(**{field.name: getattr(options, field.name) for field in fields(MapReading)})


def judge(record: PassRecord, options: Options, gold: Alignment) -> tuple[LinkErrors, str]:
    """The links of the chosen heads held against the gold links, and a line about them.

    Links are read from words, without special tokens, whatever the picture shows: each word of the
    translation is linked to the one it looks at most.
    """
    from explorer.attention.reading import link_errors, word_links
    from explorer.evaluation.alignment import Example, best_head, count_links
    from explorer.views.numbers import percent

    between = record.between
    links = word_links(between, options.heads, options.reduce, options.reading)
    counts = count_links(links, gold)
    line = (
        f"Alignment error rate {percent(counts.aer)} on this sentence: of {counts.n_predicted} links found "
        f"{counts.n_predicted_possible} "
        f"are right, and of {counts.n_sure} sure links {counts.n_predicted_sure} are found."
    )
    if between.n_layers * between.n_heads > 1:
        best = best_head(
            [Example(between.weights, between.query.word_ids, between.key.word_ids, gold)], options.reading
        )
        line += f" The best single head here is L{best.layer} H{best.head}: {percent(best.best.aer)}."
    return link_errors(links, gold), line


def draw(
    view: MatrixView,
    gold: Alignment | None,
    errors: LinkErrors | None,
    options: Options,
    key: str,
    max_width: int,
    scale: float | None = None,
) -> None:
    """One picture, as a matrix, as lines or as a table of numbers."""
    from explorer.components.alignment_lines import alignment_lines
    from explorer.views.attention.alignment_lines import lines_data
    from explorer.views.attention.captions import description
    from explorer.views.attention.heatmap import heatmap
    from explorer.views.attention.matrix_picture import MatrixPicture
    from explorer.views.attention.number_table import number_table
    from explorer.views.plotly_frame import PLOTLY_CONFIG

    theme = screen.theme()
    scale = vmax(view, options) if scale is None else scale
    picture = MatrixPicture(view, gold, errors, scale, options.colormap)
    if options.picture == "lines":
        alignment_lines(lines_data(picture, theme), key=f"{key}-lines")
    elif options.picture == "numbers":
        st.html(number_table(view, theme, scale, options.colormap))
    else:
        figure = heatmap(picture, theme, max_width)
        st.plotly_chart(
            figure,
            key=f"{key}-matrix",
            width="content",
            theme=None,
            config=PLOTLY_CONFIG,
            alt=description(view),
        )


def draw_pair(
    views: Sequence[MatrixView], names: Sequence[str], keys: Sequence[str], options: Options, width: int
) -> None:
    """Two pictures of the same rows and columns with one scale, and their difference. keys: of the first, the
    second, the difference.
    """
    from explorer.attention.reading import difference
    from explorer.views.attention.heatmap import heatmap
    from explorer.views.attention.matrix_picture import MatrixPicture
    from explorer.views.plotly_frame import PLOTLY_CONFIG

    scale = max(vmax(view, options) for view in views)  # one scale, or the colours could not be compared
    room = (width - 48) // 2
    if (room - 190) / views[0].weights.shape[1] >= BESIDE_CELL:
        places = st.columns(2, gap="medium")
    else:  # one above the other, the same columns below each other
        room, places = width, (st.container(), st.container())
    for place, key, name, view in zip(places, keys, names, views, strict=False):
        with place:
            st.text(f"{name}, {view.name}")
            draw(view, None, None, options, key=key, max_width=room, scale=scale)
    figure = heatmap(MatrixPicture(difference(*views), vmax=scale), screen.theme(), width)
    st.text(f"The difference: orange where {names[0]} looks more, blue where {names[1]} does.")
    st.plotly_chart(figure, key=keys[2], width="content", theme=None, config=PLOTLY_CONFIG)


def vmax(view: MatrixView, options: Options) -> float:
    """The weight that has the strongest colour: 1, or the largest of the picture, rounded up to
    hundredths.
    """
    return scale_of(view.weights, options)


def scale_of(weights: np.ndarray, options: Options) -> float:
    """The same for any weights."""
    largest = float(weights.max(initial=0.0))
    if options.full_scale and largest <= 1.0001:
        return 1.0
    return max(0.01, math.ceil(100 * largest) / 100)
