"""Can everything be read, in both designs, by everybody, and can no text become markup?"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.results import HEAD_ROLES
from explorer.views.escaping import escape, escape_plotly
from explorer.views.numbers import exact, exact_number, percent, short
from explorer.views.plotly_frame import PLOTLY_CONFIG
from explorer.views.text import text_width, visible_token
from explorer.views.theme import (
    COLORMAPS,
    THEMES,
    contrast,
    difference_color,
    diverging,
    ink,
    line_style,
    luminance,
    rgb,
    role_color,
    sequential,
    weight_color,
)
from tests.views.samples import ATTACK, NASTY

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


@BOTH
def test_text_and_marks_have_enough_contrast(theme):
    for ground in (theme.background, theme.surface):
        for color in (theme.text, theme.muted, theme.accent, theme.hit, theme.missed, theme.spurious):
            assert contrast(color, ground) >= 4.5, (color, ground)


@BOTH
def test_a_role_has_a_colour_a_mark_and_a_name_of_its_own(theme):
    colors = [role_color(theme, role) for role in HEAD_ROLES]
    marks, symbols, names = zip(*((r.mark, r.symbol, r.name) for r in HEAD_ROLES.values()), strict=True)
    for of_roles in (colors, marks, symbols, names):
        assert len(set(of_roles)) == len(HEAD_ROLES)
    assert all(contrast(color, theme.background) >= 3 for color in colors)


@BOTH
@pytest.mark.parametrize("colormap", COLORMAPS)
def test_a_larger_weight_is_always_further_from_zero_also_in_grey(theme, colormap):
    lights = [luminance(color) for _, color in sequential(theme, colormap)]
    steps = np.diff(lights) if theme.name == "dark" else -np.diff(lights)
    assert (steps > 0).all()
    assert (
        weight_color(theme, 0, 1, colormap)
        == theme.zero
        == {"light": "#ffffff", "dark": "#000000"}[theme.name]
    )
    assert contrast(weight_color(theme, 1, 1, colormap), theme.zero) > 12


@BOTH
def test_the_diverging_map_is_balanced_at_zero_and_its_sides_differ_in_hue(theme):
    stops = diverging(theme)
    assert [position for position, _ in stops] == pytest.approx(
        [1 - position for position, _ in reversed(stops)]
    )
    assert difference_color(theme, 0, 1) == theme.zero
    for value in (0.33, 0.66, 1.0):
        less, more = difference_color(theme, -value), difference_color(theme, value)
        assert rgb(less)[2] > rgb(less)[0] and rgb(more)[0] > rgb(more)[2]  # blue against orange
        assert abs(luminance(less) - luminance(more)) < 0.12
    assert difference_color(theme, 0.5, 0.5) == difference_color(theme, 1, 1)


@BOTH
@pytest.mark.parametrize("weight", [0, 0.01, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 1])
def test_ink_can_be_read_on_every_shade(theme, weight):
    color = weight_color(theme, weight)
    assert contrast(ink(color), color) >= 4.5


def test_colours_are_clipped_to_the_scale():
    theme = THEMES["light"]
    assert weight_color(theme, 1.7) == weight_color(theme, 1) and weight_color(theme, -0.2) == weight_color(
        theme, 0
    )


@BOTH
def test_lines_stand_off_the_background_and_48_can_be_told_apart(theme):
    styles = [line_style(theme, number) for number in range(48)]
    assert len(set(styles)) == 48 and line_style(theme, 48) == styles[0]
    assert all(contrast(color, theme.background) >= 3 for color, _ in styles)
    assert len({color for color, _ in styles[:8]}) == 8 and {dashes for _, dashes in styles[:8]} == {()}


@BOTH
def test_categories_are_eight_different_colours(theme):
    assert len(set(theme.categories)) == 8


@pytest.mark.parametrize(
    "value, shown",
    [(0, "0"), (1, "1"), (0.98765, "0.988"), (0.04123, "0.0412"), (0.00099, "<0.001"), (-0.0002, ">−0.001"),
     (-0.5, "−0.5"),
     (12.34, "12.3"),     (999.6, "1000"), (123456, "123,456"), (float("inf"), "∞"), (float("-inf"), "−∞"),
     (float("nan"), "–")],
)  # fmt: skip
def test_short_numbers_have_three_significant_digits(value, shown):
    assert short(value) == shown


def test_percent_has_three_significant_digits():
    assert percent(0.41349) == "41.3 %" and percent(1) == "100 %" and percent(0) == "0 %"


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
@settings(max_examples=300)
def test_exact_reads_back_as_the_same_number_without_an_exponent(value):
    number = np.float32(value)
    assert np.float32(exact(number)) == number and "e" not in exact(number)
    assert np.float32(exact_number(number)) == number


def test_exact_is_the_shortest_text():
    assert exact(np.float32(0.1)) == "0.1" and exact(0.1) == "0.1" and exact(np.float32(1)) == "1.0"


# ----------------------------------------------------------------------------------------------------- tokens


@pytest.mark.parametrize(
    "token, shown",
    [("<s>", "<s>"), ("chat", "chat"), (" ", "␣"), (" a", "␣a"), ("\t", "⇥"), ("\n", "↵"), ("\r\n", "␍↵"),
     ("\u00a0", "⍽"),
     ("\u202f", "⍽"), ("", "∅"),
     ("\u200d", "⟨ZWJ⟩"), ("\u200b", "⟨ZWSP⟩"), ("\u202eevil", "⟨RLO⟩evil"), ("\x00\x1f\x7f", "␀␟␡"),
     ("\x85", "⟨U+0085⟩"),
     ("\u2028", "⟨U+2028⟩"),
     ("\u3000", "⟨U+3000⟩"), ("\ud800", "\ufffd"), ("\uffff", "\ufffd"), ("\U0001fffe", "\ufffd"),
     ("\u0301", "◌\u0301"),
     ("e\u0301", "e\u0301"),
     ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"), ("❤\ufe0f", "❤\ufe0f"), ("שלום", "\u2068שלום\u2069"),
     ("مرحبا", "\u2068مرحبا\u2069")],
)  # fmt: skip
def test_invisible_characters_become_symbols(token, shown):
    assert visible_token(token) == shown


def test_long_tokens_are_cut_between_letters():
    assert visible_token("Donaudampfschifffahrt", 10) == "Donaudamp…"
    assert text_width(visible_token("中" * 30, 10)) <= 10
    assert visible_token("שלום" * 10, 10).startswith("\u2068") and visible_token("שלום" * 10, 10).endswith(
        "…\u2069"
    )
    family = "👨\u200d👩\u200d👧"
    assert visible_token(family * 10, 10).rstrip("…").replace(family, "") == ""
    assert visible_token("a" * 8 + "e\u0301" + "a" * 8, 10) == "a" * 8 + "e\u0301…"


def test_a_pile_of_marks_is_bounded():
    assert len(visible_token("a" + "\u0301" * 5000)) < 100
    assert len(visible_token("\u0301" * 5000)) < 100


@given(st.text(alphabet=st.characters(), max_size=40))
@settings(max_examples=300)
def test_whatever_the_token_it_is_shown_cut_and_free_of_control_characters(token):
    shown = visible_token(token)
    assert shown and text_width(shown) <= 18
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]", shown)
    assert shown.count("\u2068") == shown.count("\u2069") <= 1
    assert ElementTree.fromstring(f"<t a='{escape(shown)}'>{escape(shown)}</t>").text == shown


# --------------------------------------------------------------------------------------------------- escaping


class TagCollector(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("token", [*NASTY, ATTACK, "<s>a</s>", "' onload='x", "a\u0000b"])
def test_escaped_text_is_text_in_content_and_in_attributes(token):
    html, parser = escape(token), TagCollector()
    parser.feed(f'<p title="{html}">{html}</p>')
    parser.close()
    clean = re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", token)
    assert parser.tags == [("p", {"title": clean})] and parser.text == clean


def plotly_decode(text: str) -> str:
    """What Plotly shows for a label without tags: its own list of entities, decoded once."""
    names = {
        "amp": "&",
        "lt": "<",
        "gt": ">",
        "nbsp": "\xa0",
        "times": "×",
        "plusmn": "±",
        "deg": "°",
        "mu": "μ",
    }
    return re.sub(r"&(#\d+|#x[\da-fA-F]+|[a-z]+);", lambda m: names.get(m[1], m[0]), text)


@pytest.mark.parametrize(
    "token",
    [t for t in NASTY if t.isprintable()] + ["&lt;b&gt;", "&nbsp;", "a<br>b", "<a href='javascript:x'>"],
)
def test_plotly_labels_hold_no_tags_and_show_what_was_typed(token):
    label = escape_plotly(token)
    assert "<" not in label and ">" not in label and "\n" not in label
    assert plotly_decode(label) == token


def test_the_plotly_config_sends_nothing_anywhere():
    assert (
        PLOTLY_CONFIG["showSendToCloud"] is False
        and PLOTLY_CONFIG["displaylogo"] is False
        and PLOTLY_CONFIG["typesetMath"] is False
    )
    assert PLOTLY_CONFIG["toImageButtonOptions"]["scale"] == 2
