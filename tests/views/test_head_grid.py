"""Does each small picture hold the weights of its head, in few bytes and in the colours of the large one?"""

from __future__ import annotations

import base64
import json
import math

import numpy as np
import pytest

from explorer.views.heads.grid import MAX_SIDE, Selection, grid_data, pooled
from explorer.views.theme import COLORMAPS, THEMES, hex_color, line_style, weight_color
from tests.views.samples import a_map, softmax

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def random_weights(layers: int, heads: int, rows: int, cols: int, seed: int = 0) -> np.ndarray:
    return softmax(np.random.default_rng(seed).normal(size=(layers, heads, rows, cols)) * 2).astype(
        np.float32
    )


def cells_of(data: dict) -> np.ndarray:
    """[layers, heads, rows, cols] of bytes."""
    return np.frombuffer(base64.b64decode(data["cells"]), np.uint8).reshape(data["shape"])


@pytest.mark.parametrize("vmax", [1.0, 0.37])
def test_a_byte_is_the_nearest_step_of_the_scale(vmax):
    weights = random_weights(2, 3, 5, 7) * vmax
    cells = cells_of(grid_data(a_map("cross"), weights, THEMES["light"], vmax=vmax))
    for index in np.ndindex(weights.shape):
        assert abs(int(cells[index]) / 255 * vmax - float(weights[index])) <= vmax / 510 + 1e-9


def test_what_is_above_the_scale_has_its_strongest_colour_and_nothing_wraps_round():
    cells = cells_of(
        grid_data(a_map("cross"), np.array([[[[0.0, 0.5, 1.0, 7.0]]]]), THEMES["light"], vmax=0.5)
    )
    assert cells.ravel().tolist() == [0, 255, 255, 255]


@BOTH
@pytest.mark.parametrize("colormap", COLORMAPS)
def test_the_palette_is_the_map_of_the_large_picture(theme, colormap):
    palette = base64.b64decode(
        grid_data(a_map("cross"), random_weights(1, 1, 2, 2), theme, colormap=colormap)["palette"]
    )
    colors = [hex_color(palette[3 * step : 3 * step + 3]) for step in range(256)]
    assert colors == [weight_color(theme, step / 255, 1, colormap) for step in range(256)]
    assert colors[0] == theme.zero


@pytest.mark.parametrize(
    "rows, cols", [(3, 5), (MAX_SIDE, MAX_SIDE), (MAX_SIDE + 1, 4), (4, 3 * MAX_SIDE), (300, 257)]
)
def test_a_long_sentence_keeps_the_largest_weight_of_each_block(rows, cols):
    weights = random_weights(1, 2, rows, cols)
    block = math.ceil(max(rows, cols) / MAX_SIDE)
    found = pooled(weights)
    assert (
        found.shape == (1, 2, math.ceil(rows / block), math.ceil(cols / block))
        and max(found.shape) <= MAX_SIDE
    )
    for head in range(2):
        for i in range(found.shape[2]):
            for j in range(found.shape[3]):
                cells = [
                    weights[0, head, row, col]
                    for row in range(block * i, min(rows, block * (i + 1)))
                    for col in range(block * j, min(cols, block * (j + 1)))
                ]
                assert found[0, head, i, j] == max(cells)
    note = grid_data(a_map("cross"), weights, THEMES["light"])["note"]
    assert note == (f"Each cell is the largest weight of {block} × {block} tokens." if block > 1 else "")


def test_twelve_layers_of_twelve_heads_and_128_tokens_are_sent_in_less_than_five_megabytes():
    data = grid_data(a_map("encoder_self"), random_weights(12, 12, 128, 128), THEMES["dark"])
    assert data["shape"] == [12, 12, 128, 128]
    assert len(json.dumps(data)) < 3.2e6


@BOTH
def test_heads_laid_over_each_other_are_framed_as_their_lines_are_drawn(theme):
    heads = [(layer, head) for layer in range(5) for head in range(8)]
    data = grid_data(a_map("cross"), random_weights(5, 8, 3, 3), theme, Selection(heads, overlaid=True))
    assert [(entry["layer"], entry["head"]) for entry in data["selected"]] == heads
    assert [entry["color"] for entry in data["selected"]] == [
        line_style(theme, number)[0] for number in range(40)
    ]
    assert len({(entry["color"], entry["line"]) for entry in data["selected"][:24]}) == 24
    alone = grid_data(a_map("cross"), random_weights(5, 8, 3, 3), theme, Selection(heads[:2]))
    assert {entry["color"] for entry in alone["selected"]} == {theme.accent}
