"""One matrix of attention, read, compared with gold links and drawn, for every page that shows one."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import InputError
from explorer.pages import screen
from explorer.pages.attention.meanings import ERROR_RATE
from explorer.pages.attention.options import Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from explorer.attention.reading import MapReading
    from explorer.results import Alignment, AttentionKind, AttentionMap, LinkErrors, MatrixView, PassRecord
    from explorer.views.attention.matrix_picture import MatrixPicture

BESIDE_CELL = 24  # pixels: with less for a cell, two pictures stand one above the other
MAX_CELLS = 14_400  # 120 × 120 tokens; beyond that nothing can be read


@dataclass(frozen=True)
class Picture:
    """A matrix that is ready to draw. report: a sentence on the links it finds, where gold ones are known."""

    matrix: MatrixPicture
    options: Options
    report: str = ""

    @property
    def view(self) -> MatrixView:
        """The numbers, and what was done to them."""
        return self.matrix.view

    def scaled(self, vmax: float) -> Picture:
        """The same with `vmax` as the weight that gets the strongest colour."""
        return replace(self, matrix=replace(self.matrix, vmax=vmax))


def picture(
    record: PassRecord, kind: AttentionKind, options: Options, gold: Alignment | None = None
) -> Picture:
    """The matrix of the chosen heads, ready to draw. Raises InputError where nobody could read it."""
    from explorer.attention.reading import read_map
    from explorer.views.attention.matrix_picture import MatrixPicture

    view = read_map(record.map(kind), _how(options), heads=options.heads, reduce=options.reduce)
    n_rows, n_cols = view.weights.shape
    if n_rows * n_cols > MAX_CELLS:
        raise InputError(
            f"This picture would have {n_rows} × {n_cols} cells, too many to read: merge subwords into "
            "words, or shorten the sentence."
        )
    errors, report = _judge(record, options, gold) if gold is not None else (None, "")
    scale = scale_of(view.weights, options)
    return Picture(MatrixPicture(view, gold, errors, scale, options.colormap), options, report)


def read_each(record: PassRecord, kind: AttentionKind, options: Options) -> np.ndarray:
    """Every head by itself, read in the same way: [layers, heads, rows, cols]."""
    from explorer.attention.reading import read_heads

    return read_heads(record.map(kind), _how(options))


def _how(options: Options) -> MapReading:
    """What is done to the matrix of every head alike."""
    from explorer.attention.reading import MapReading

    return MapReading(**{field.name: getattr(options, field.name) for field in fields(MapReading)})


def _judge(record: PassRecord, options: Options, gold: Alignment) -> tuple[LinkErrors, str]:
    """The links of the chosen heads compared with the gold links, and a line about them.

    Links are read from words, without special tokens, whatever the picture shows: each word of the
    translation is linked to the one it looks at most.
    """
    from explorer.attention.reading import best_aligned, link_errors, word_links
    from explorer.evaluation.alignment import count_links
    from explorer.views.numbers import percent

    between = record.between
    links = word_links(between, options.heads, options.reduce, options.reading)
    counts = count_links(links, gold)
    line = (
        f"Alignment error rate {percent(counts.aer)} on this sentence: of {counts.n_predicted} links found "
        f"{counts.n_predicted_possible} are right, and of {counts.n_sure} sure links "
        f"{counts.n_predicted_sure} are found."
    )
    if between.n_layers * between.n_heads > 1:
        best = best_aligned(between, gold, options.reading)
        line += f" The best single head here is L{best.layer} H{best.head}: {percent(best.counts.aer)}."
    return link_errors(links, gold), line


def draw(picture: Picture, key: str, max_width: int) -> None:
    """A picture as a matrix, as lines or as a table of numbers."""
    from explorer.components.alignment_lines import alignment_lines
    from explorer.views.attention.alignment_lines import lines_data
    from explorer.views.attention.captions import description
    from explorer.views.attention.heatmap import heatmap
    from explorer.views.attention.number_table import number_table

    theme, matrix = screen.theme(), picture.matrix
    if picture.options.picture == "lines":
        alignment_lines(lines_data(matrix, theme), key=f"{key}-lines")
    elif picture.options.picture == "numbers":
        st.html(number_table(matrix.view, theme, matrix.vmax, matrix.colormap))
    else:
        screen.figure(heatmap(matrix, theme, max_width), f"{key}-matrix", description(matrix.view))


def draw_with_notes(picture: Picture, attention_map: AttentionMap, key: str, max_width: int) -> None:
    """A picture, and below it how well it finds the gold links and what was done to its numbers."""
    from explorer.attention.reading import sanity
    from explorer.views.attention.captions import sanity_sentence

    draw(picture, key, max_width)
    if picture.report:
        st.caption(picture.report, help=ERROR_RATE)
    said = sanity_sentence(sanity(attention_map, picture.options.heads))
    st.caption(" ".join((said, *picture.view.notes)))


def draw_pair(pictures: Sequence[Picture], names: Sequence[str], keys: Sequence[str], width: int) -> None:
    """Two pictures of the same rows and columns on one scale, and their difference.

    keys: of the first, the second and the difference.
    """
    from explorer.attention.reading import difference
    from explorer.views.attention.heatmap import heatmap
    from explorer.views.attention.matrix_picture import MatrixPicture

    vmax = max(each.matrix.vmax for each in pictures)  # on two scales the colours could not be compared
    views = [each.view for each in pictures]
    room = (width - 48) // 2
    if (room - 190) / views[0].weights.shape[1] >= BESIDE_CELL:
        places = st.columns(2, gap="medium")
    else:  # one above the other, the same columns below each other
        room, places = width, (st.container(), st.container())
    for place, key, name, each in zip(places, keys, names, pictures, strict=False):
        with place:
            st.text(f"{name}, {each.view.name}")
            draw(each.scaled(vmax), key, room)
    st.text(f"The difference: orange where {names[0]} looks more, blue where {names[1]} does.")
    screen.figure(heatmap(MatrixPicture(difference(*views), vmax=vmax), screen.theme(), width), keys[2])


def scale_of(weights: np.ndarray, options: Options) -> float:
    """The weight that gets the strongest colour: 1, or the largest there is, rounded up to hundredths."""
    largest = float(weights.max(initial=0.0))
    if options.full_scale and largest <= 1.0001:
        return 1.0
    return max(0.01, math.ceil(100 * largest) / 100)
