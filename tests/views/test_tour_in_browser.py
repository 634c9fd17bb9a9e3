"""Does a real browser name the tokens and read the exact numbers of the matrices on the tour?"""

from __future__ import annotations

import re

import numpy as np
import pytest

from explorer.views.attention.tour import tour_figure, tour_stop
from explorer.views.text import visible_token
from explorer.views.theme import THEMES
from tests.views.inside_samples import make_inside
from tests.views.samples import NASTY
from tests.views.test_pictures_in_browser import draw


def hover(visit, number: int, row: int, col: int, shape: tuple[int, int]) -> str:
    """What Plotly says when the pointer is over a cell of the panel `number`, from 1."""
    area = visit.page.evaluate(
        """number => { const full = document.getElementById('figure')._fullLayout, at = number === 1 ?
            '' : number;
            const x = full['xaxis' + at], y = full['yaxis' + at];
                return [x._offset, y._offset, x._length, y._length]; }""",
        number,
    )
    frame = visit.page.locator("#figure").bounding_box()
    visit.page.mouse.move(0, 0)
    visit.page.mouse.move(
        frame["x"] + area[0] + (col + 0.5) * area[2] / shape[1],
        frame["y"] + area[1] + (row + 0.5) * area[3] / shape[0],
    )
    visit.page.wait_for_selector(".hoverlayer .hovertext")
    return "".join(visit.page.locator(".hoverlayer .hovertext text").all_text_contents())


@pytest.mark.parametrize("tokens", [NASTY, tuple("abcdefghi")], ids=["nasty", "with numbers in the cells"])
def test_a_cell_names_its_tokens_and_its_exact_number(chromium, tokens):
    inside, _ = make_inside("decoder_self", src=tokens, tgt=tokens)
    shape = inside.weights.shape[1:]

    def look(visit):
        draw(visit, tour_figure(tour_stop(inside, 1, "Softmax"), THEMES["dark"], 1100))
        said = hover(visit, 1, 3, 2, shape), hover(visit, 2, 3, 2, shape), hover(visit, 1, 3, 7, shape)
        return said, visit.page.locator("#figure img, #figure a[href], #figure script").count(), visit.quiet

    (score, weight, masked), foreign, quiet = chromium(look, viewport={"width": 1200, "height": 1000})
    row, col = visible_token(inside.query.tokens[3], 12), visible_token(inside.key.tokens[2], 12)
    assert quiet and foreign == 0
    for text, name, value in (
        (score, "scores", inside.scores[1, 3, 2]),
        (weight, "weights A", inside.weights[1, 3, 2]),
    ):
        assert text.startswith(f"{row}, {col}")  # also where the labels are not drawn a second time
        assert np.float32(re.search(rf"{name} (\S+)$", text).group(1).replace("−", "-")) == value
    assert masked.endswith("masked: −∞") and visible_token(inside.key.tokens[7], 12) in masked


def test_a_dimension_of_a_vector_is_named_by_its_number(chromium):
    inside, _ = make_inside("encoder_self")

    def look(visit):
        draw(visit, tour_figure(tour_stop(inside, 0, "Words"), THEMES["light"], 872))
        return hover(visit, 2, 1, 5, inside.query_stream.position.shape), visit.quiet

    text, quiet = chromium(look, viewport={"width": 900, "height": 700})
    assert quiet and text.startswith("call, dimension 5")
    assert np.float32(text.rsplit(" ", 1)[1].replace("−", "-")) == inside.query_stream.position[1, 5]
