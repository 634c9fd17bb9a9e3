"""Is every number of the heatmap one of the matrix, on a fixed scale, with labels that are never markup?"""

from __future__ import annotations

import numpy as np
import pytest

from explorer.results import Alignment, LinkErrors
from explorer.views.attention.grid import axis_titles, grid, link_block, word_runs
from explorer.views.attention.heatmap import heatmap
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.numbers import exact
from explorer.views.text import visible_token
from explorer.views.theme import THEMES
from tests.views.samples import (
    ATTACK,
    ERRORS,
    GOLD,
    difference_view,
    make_view,
    nasty_view,
    random_view,
    subword_view,
)
from tests.views.test_theme import plotly_decode

LIGHT = THEMES["light"]
BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def cells(figure):
    (trace,) = [trace for trace in figure.data if trace.type == "heatmap"]
    return trace


def marks(figure) -> dict:
    return {trace.name: trace for trace in figure.data if trace.type == "scatter" and trace.name}


@BOTH
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 12), (12, 2), (60, 60)])
def test_every_cell_is_the_number_of_the_matrix_and_so_is_its_hover(theme, shape):
    view = random_view(*shape)
    trace = cells(heatmap(MatrixPicture(view), theme))
    assert np.array_equal(np.asarray(trace.z), view.weights)
    for i, row in enumerate(view.rows.tokens):
        for j, col in enumerate(view.cols.tokens):
            hover = trace.hovertext[i][j]
            assert f"weight {exact(view.weights[i, j])}" in hover
            assert f"<b>{plotly_decode(row)}</b> looks at" in plotly_decode(hover) and plotly_decode(
                col
            ) in plotly_decode(hover)
    assert trace.hoverinfo == "text"


@BOTH
@pytest.mark.parametrize("colormap", ["cividis", "viridis"])
def test_the_scale_is_fixed_whatever_the_numbers(theme, colormap):
    low, high = random_view(3, 3), make_view(np.full((2, 2), 0.5), "ab", "cd")
    for view in (low, high):
        trace = cells(heatmap(MatrixPicture(view, colormap=colormap), theme))
        assert (trace.zmin, trace.zmax, trace.zauto) == (0, 1, None)
        assert trace.colorscale == cells(heatmap(MatrixPicture(low, colormap=colormap), theme)).colorscale
        assert trace.colorscale[0][1] == theme.zero and trace.colorbar.title.text == "attention weight"
    stated = cells(heatmap(MatrixPicture(low, vmax=0.37), theme))
    assert stated.zmax == 0.37 and stated.colorbar.ticktext[-1] == "0.37"


def test_a_repeated_token_has_a_row_and_a_column_of_its_own():
    view = make_view(np.eye(3), ["the", "the", "the"], ["der", "der", "der"])
    figure = heatmap(MatrixPicture(view), LIGHT)
    assert list(figure.layout.xaxis.tickvals) == [0, 1, 2] and list(figure.layout.xaxis.ticktext)[:2] == [
        "der",
        "der",
    ]
    assert list(cells(figure).x) == [0, 1, 2] and list(cells(figure).y) == [0, 1, 2]
    assert figure.layout.xaxis.type is None and np.asarray(cells(figure).z).shape == (3, 3)


def test_columns_are_named_at_the_top_and_rows_from_the_top_down():
    figure = heatmap(MatrixPicture(random_view(3, 4)), LIGHT)
    assert figure.layout.xaxis.side == "top"
    assert list(figure.layout.yaxis.range) == [2.5, -0.5] and list(figure.layout.xaxis.range) == [-0.5, 3.5]
    assert {a.text for a in figure.layout.annotations} >= {"source: attended to"}


@BOTH
def test_no_token_becomes_markup(theme):
    view = nasty_view()
    figure = heatmap(MatrixPicture(view), theme)
    sides = (
        (figure.layout.xaxis, view.cols.tokens, view.cols.special),
        (figure.layout.yaxis, view.rows.tokens, view.rows.special),
    )
    for axis, tokens, special in sides:
        for label, token, dim in zip(axis.ticktext, tokens, special, strict=True):
            opening, closing = f'<span style="color:{theme.muted}">', "</span>"
            assert label.startswith(opening) == dim and label.endswith(closing) == dim
            inner = label[len(opening) : -len(closing)] if dim else label
            assert "<" not in inner and ">" not in inner and plotly_decode(inner) == visible_token(token)
    for row in cells(figure).hovertext:
        for hover in row:
            bare = hover.replace("<b>", "").replace("</b>", "").replace("<br>", "")
            assert "<" not in bare and ">" not in bare
    assert ATTACK not in figure.to_json() and "<img" not in figure.to_json()


def test_gold_links_outline_the_cells_of_their_words():
    """The link (2, 2) joins three source subwords and two target subwords: one rectangle around six cells."""
    view = subword_view()
    assert link_block(view, (2, 2)) == (2, 3, 2, 4) and link_block(view, (9, 9)) is None
    figure = heatmap(MatrixPicture(view, GOLD), LIGHT)
    sure, possible = marks(figure)["gold link, sure"], marks(figure)["gold link, possible"]
    assert sure.line.dash == "solid" and possible.line.dash != "solid"
    x, y = np.array(sure.x, dtype=float), np.array(sure.y, dtype=float)
    boxes = np.split(np.stack([x, y]), np.flatnonzero(np.isnan(x)) + 1, axis=1)[:-1]
    found = {
        tuple(round(float(v)) for v in (np.nanmin(b[1]), np.nanmax(b[1]), np.nanmin(b[0]), np.nanmax(b[0])))
        for b in boxes
    }
    assert found == {(0, 0, 0, 0), (1, 1, 1, 1), (2, 3, 2, 4)}
    assert sum(value is None for value in possible.x) == 2


def test_errors_are_marked_in_shape_and_colour_at_the_middle_of_their_words():
    figure = heatmap(MatrixPicture(subword_view(), GOLD, ERRORS), LIGHT)
    found = marks(figure)
    assert [(x, y) for x, y in zip(found["missed"].x, found["missed"].y, strict=True)] == [(3, 2.5)]
    assert sorted(zip(found["found, right"].x, found["found, right"].y, strict=True)) == [(0, 0), (5, 4)]
    assert list(zip(found["found, wrong"].x, found["found, wrong"].y, strict=True)) == [(0, 1)]
    assert found["found, wrong"].marker.symbol == "x" and found["found, right"].marker.symbol == "circle"
    colors = {found[name].marker.color for name in ("found, wrong", "found, right")} | {
        found["missed"].marker.line.color
    }
    assert len(colors) == 3 and figure.layout.showlegend
    hover = cells(figure).hovertext
    assert hover[2][3].endswith("<br>gold link, sure<br>missed") and hover[1][0].endswith("<br>found, wrong")
    assert hover[1][5].endswith("<br>gold link, possible") and "gold" not in hover[5][6]


def test_marks_never_take_the_hover_from_the_cells():
    figure = heatmap(MatrixPicture(subword_view(), GOLD, ERRORS), LIGHT)
    assert all(trace.hoverinfo == "skip" for trace in figure.data if trace.type == "scatter")


def test_a_link_between_words_that_are_not_shown_is_left_out():
    away = frozenset({(7, 7)})
    errors = LinkErrors(frozenset(), frozenset({(8, 0)}), away)
    assert not marks(heatmap(MatrixPicture(random_view(2, 2), Alignment(away, away), errors), LIGHT))


def test_self_attention_has_no_gold_links():
    assert not marks(heatmap(MatrixPicture(random_view(3, 3, kind="encoder_self"), GOLD, ERRORS), LIGHT))


def test_pieces_of_a_word_are_joined_by_a_thin_line_outside_the_cells():
    assert word_runs((False, False, False, True, True, False, False)) == [(2, 4)]
    assert word_runs((False, True, False, False, True)) == [(0, 1), (3, 4)]
    lines = heatmap(MatrixPicture(subword_view()), LIGHT).layout.shapes
    columns, rows = ([line for line in lines if line[f"{axis}ref"] == axis] for axis in "xy")
    assert [(line.x0, line.x1) for line in columns] == [(1.65, 4.35)] and [
        (line.y0, line.y1) for line in rows
    ] == [(1.65, 3.35)]
    assert all(line.y0 > 0 and line.yanchor == 1 for line in columns)


@pytest.mark.parametrize("n_cols", [3, 8, 20, 40, 60, 120])
@pytest.mark.parametrize("n_rows", [3, 20, 60])
@pytest.mark.parametrize("max_width", [480, 800])
def test_a_picture_stays_within_its_width_and_its_labels_can_be_read(n_rows, n_cols, max_width):
    view = random_view(n_rows, n_cols)
    figure, g = heatmap(MatrixPicture(view), LIGHT, max_width), grid(view, max_width)
    assert figure.layout.width <= max_width + 1
    assert g.col_size >= 9 and g.row_size >= 9 and g.row_size <= g.cell_h
    assert g.col_size <= g.cell_w * g.col_every + 1
    if n_cols <= 40 and max_width == 800:
        assert 0.4 <= g.cell_w / g.cell_h <= 2.2
    if n_cols <= 20 and max_width == 800:
        assert g.col_size >= 14
    plot = figure.layout.width - figure.layout.margin.l - figure.layout.margin.r
    assert plot == pytest.approx(g.cell_w * n_cols, abs=2) and not figure.layout.margin.autoexpand


def test_a_wide_screen_is_used():
    view = random_view(9, 9)
    small, large = grid(view, 800), grid(view, 1200)
    assert large.cell_w > small.cell_w and large.col_size > small.col_size and large.row_size > small.row_size
    assert grid(random_view(60, 60), 1200).cell_w > grid(random_view(60, 60), 800).cell_w
    assert heatmap(MatrixPicture(view), LIGHT, 1200).layout.width <= 1200


def test_long_labels_leave_room_for_cells():
    view = make_view(np.full((3, 30), 1 / 30), ["x" * 40] * 3, ["y" * 40] * 30)
    figure = heatmap(MatrixPicture(view), LIGHT)
    assert figure.layout.width <= 801 and grid(view).cell_w >= 12


def test_titles_say_whether_a_token_goes_in_or_comes_out():
    view = random_view(9, 9)
    assert axis_titles(view, grid(view))[1] == "target: attending as it comes out"
    assert axis_titles(random_view(9, 9, reading="input"), grid(view))[1] == "target: attending as it goes in"
    assert axis_titles(random_view(9, 9, kind="encoder_self"), grid(view)) == (
        "source: attended to",
        "source: attending",
    )


@BOTH
def test_a_difference_is_balanced_at_zero(theme):
    view = difference_view()
    trace = cells(heatmap(MatrixPicture(view), theme))
    assert np.array_equal(np.asarray(trace.z), view.weights)
    assert (trace.zmin, trace.zmax) == (-1, 1) and trace.colorscale[len(trace.colorscale) // 2] == (
        0.5,
        theme.zero,
    )
    assert f"difference {exact(view.weights[1, 2])}" in trace.hovertext[1][2]
    assert cells(heatmap(MatrixPicture(view, vmax=0.5), theme)).zmin == -0.5


def test_weights_and_differences_are_not_mixed_up():
    weights, difference = (
        cells(heatmap(MatrixPicture(view), LIGHT)) for view in (random_view(2, 2), difference_view())
    )
    assert (weights.colorbar.title.text, weights.zmin) == ("attention weight", 0)
    assert (difference.colorbar.title.text, difference.zmin) == ("difference of weights", -1)
    assert weights.colorscale != difference.colorscale


def test_drawing_changes_nothing():
    view = subword_view()
    before = view.weights.copy()
    first, again = (heatmap(MatrixPicture(view, GOLD, ERRORS), LIGHT).to_json() for _ in range(2))
    assert np.array_equal(view.weights, before) and first == again
