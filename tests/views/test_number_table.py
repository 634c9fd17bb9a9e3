"""Does the table hold every number of the matrix, and every token as text?"""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from explorer.views.attention.number_table import number_table
from explorer.views.numbers import exact
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import THEMES
from tests.views.samples import NASTY, difference_view, make_view, nasty_view, random_view


class Table(HTMLParser):
    """The cells of a table by row: (tag, attributes, text)."""

    def __init__(self, html: str):
        super().__init__()
        self.rows: list[list[tuple[str, dict, str]]] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append((tag, dict(attributes), ""))

    def handle_data(self, data):
        if self.rows:  # before them stands the caption
            tag, attributes, text = self.rows[-1][-1]
            self.rows[-1][-1] = (tag, attributes, text + data)


def test_every_weight_is_there_with_three_decimals_and_exactly_on_hover():
    view = random_view(6, 9)
    table = Table(number_table(view, THEMES["light"]))
    for i, row in enumerate(table.rows[1:]):
        numbers = row[1:-1]
        assert [attributes["title"] for _, attributes, _ in numbers] == [
            exact(weight) for weight in view.weights[i]
        ]
        for (_, _, text), weight in zip(numbers, view.weights[i], strict=True):
            if text == "·":
                assert 0 < weight < 0.0005
            else:
                assert abs(float(text) - weight) <= 0.0005 and text[-4] == "."
        assert float(row[-1][2]) == pytest.approx(1, abs=6e-4)
    assert len(table.rows) == 7


def test_zero_is_zero_and_a_sum_says_what_is_left():
    view = make_view(np.array([[0.25, 0.0, 0.5], [0.0, 0.0, 0.0004]]), ["a", "</s>"], ["b", "c", "</s>"])
    rows = Table(number_table(view, THEMES["dark"])).rows
    assert [text for _, _, text in rows[1]][1:] == [".250", "0", ".500", ".750"]
    assert [text for _, _, text in rows[2]][1:] == ["0", "0", "·", "·"]


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_tokens_are_text(theme):
    table = Table(number_table(nasty_view(), theme))
    assert table.tags == {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
    top, side = table.rows[0][1:-1], [row[0] for row in table.rows[1:]]
    for headers in (top, side):
        assert [text for _, _, text in headers] == [visible_token(token) for token in NASTY]
        assert [attributes["title"] for _, attributes, _ in headers] == [
            visible_text(token) for token in NASTY
        ]
        assert all(set(attributes) == {"style", "title"} for _, attributes, _ in headers)


def test_a_difference_is_refused():
    with pytest.raises(ValueError, match="difference"):
        number_table(difference_view(), THEMES["light"])
