"""Streamlit mounts every component, with data of every shape, under any key."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from streamlit.testing.v1 import AppTest

from explorer.components import FOLDER
from tests.components.mounting import Component, assembled

NAMES = sorted(path.parent.name for path in FOLDER.glob("*/__init__.py"))
PICTURES = [name for name in NAMES if (FOLDER / name / f"{name}.css").exists()]


def lines_app():
    import streamlit as st

    from explorer.components.alignment_lines import alignment_lines
    from explorer.views.attention.alignment_lines import lines_data
    from explorer.views.attention.matrix_picture import MatrixPicture
    from explorer.views.theme import THEMES
    from tests.views.samples import ERRORS, GOLD, nasty_view, subword_view

    picture = MatrixPicture(subword_view(), GOLD, ERRORS)
    st.text(repr(alignment_lines(lines_data(picture, THEMES["light"]), key="a")))
    st.text(repr(alignment_lines(lines_data(MatrixPicture(nasty_view()), THEMES["dark"]), key="b")))


def chips_app():
    import streamlit as st

    from explorer.components.token_chips import token_chips
    from explorer.views.attention.tokens import source_chips, target_chips
    from explorer.views.theme import THEMES
    from tests.views.samples import NASTY, make_record

    record = make_record(NASTY, NASTY)
    st.text(repr(token_chips(target_chips(record, THEMES["light"]), key="target")))
    st.text(repr(token_chips(source_chips(record, THEMES["dark"]), key="source")))


def grid_app():
    import streamlit as st

    from explorer.components.head_grid import head_grid
    from explorer.views.heads.grid import Selection, grid_data
    from explorer.views.theme import THEMES
    from tests.views.samples import NASTY, a_map, make_record

    weights = make_record(NASTY, NASTY, layers=2, heads=3).map("cross").weights
    st.text(
        repr(
            head_grid(
                grid_data(a_map("cross"), weights, THEMES["light"], Selection([(0, 1)])),
                key="one",
                on_pick=print,
            )
        )
    )
    st.text(
        repr(
            head_grid(
                grid_data(
                    a_map("cross"), weights[:1, :1], THEMES["dark"], Selection([(0, 0)], overlaid=True)
                ),
                key="two",
                on_pick=print,
            )
        )
    )


def subwords_app():
    import streamlit as st

    from explorer.components.long_paste import long_paste
    from explorer.components.merge_stepper import merge_stepper
    from explorer.components.token_table import token_table
    from explorer.views.subwords.merge_curves import curves_data
    from explorer.views.subwords.merge_stepper import Merges, state_data, stepper_data
    from explorer.views.subwords.tables import worked_table
    from explorer.views.theme import THEMES
    from tests.views.bpe_samples import nasty_state, textbook_history, worked_check

    states = [state_data(nasty_state(), "alphabetical")]
    merges = Merges("nasty", 1, curves_data(textbook_history()))
    long_paste("Text", 10, key="paste", on_paste=print)
    st.text(
        repr(merge_stepper(stepper_data(merges, states, 1, THEMES["light"]), key="stepper", on_step=print))
    )
    st.text(repr(token_table(worked_table(worked_check(), THEMES["dark"]), key="table")))


@pytest.mark.parametrize("app", [lines_app, chips_app, grid_app, subwords_app])
def test_a_component_mounts_and_returns_none_until_a_click(app):
    test = AppTest.from_function(app).run(timeout=30)
    assert not test.exception
    assert [text.value for text in test.text] == ["None", "None"]


@pytest.mark.parametrize("name", NAMES)
def test_text_is_never_run_and_nothing_is_fetched(name):
    script, style = assembled(name).js, assembled(name).css
    assert not re.search(r"(inner|outer)H[T]ML|insertAdjacent|createContextualFragment|DOMParser", script)
    assert not re.search(r"\beval\b|Function\(|import\(|fetch\(|XMLHttp", script)
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)", script + style)


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_write_text_and_follow_the_theme(name):
    style = assembled(name).css
    assert "textContent" in assembled(name).js
    assert "var(--st-text-color)" in style and not re.search(r"#[0-9a-fA-F]{3,8}\b", style)


def test_every_folder_is_a_component_with_one_shared_script():
    """Two functions of one name in a script are an error in a browser, but two copies of one are not."""
    assert set(PICTURES) < set(NAMES) and len(NAMES) == 12
    own = Counter()
    for path in [*FOLDER.glob("*.js"), *FOLDER.glob("*/*.js")]:
        own.update(re.findall(r"^(?:function|class) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    shared = {"element", "shape", "picture", "button", "chip", "setColors", "bytes", "paintCells", "Player"}
    assert {name: own[name] for name in shared} == dict.fromkeys(shared, 1)


def test_a_visit_leaves_nothing_for_the_next(chromium):
    """The page of one test is that of the next, emptied."""

    def litter(visit):
        component = Component(visit, "drawing")
        component.page.evaluate("window.left = 1; document.addEventListener('click', () => alert('left'))")
        component.page.route("file://**", lambda route: route.abort())
        component.page.mouse.move(300, 300)
        component.page.evaluate("console.error('left')")
        return visit.errors

    def look(visit):
        visit.page.evaluate("document.body.click()")
        state = visit.page.evaluate("[typeof window.left, document.body.childElementCount]")
        return state, visit.quiet, visit.errors

    assert chromium(litter) == ["left"] and chromium(look) == (["undefined", 0], True, [])
