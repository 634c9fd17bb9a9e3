"""Does the page "Heads" run without a browser, for every model, and does it take only heads that exist?"""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from explorer.checkpoints.catalogue import list_checkpoints
from explorer.pages import sidebar

INFOS = {info.name: info for info in list_checkpoints()}


def page():
    from explorer.pages.heads import heads

    heads.run()


def opened(**state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120)
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption, *app.subheader])


@pytest.mark.parametrize("name", INFOS)
def test_every_checkpoint_shows_its_heads_or_has_none(name):
    app = opened(**{sidebar.MODEL: name, "bertviz_box": True, "export_box": True})
    assert not app.exception
    if INFOS[name].attention == "none":
        assert "there are no heads to look at" in words(app) and "What does it mean?" in words(app)
        return
    assert "Every row sums to 1" in words(app)
    kinds = ("encoder_self", "decoder_self", "cross") if INFOS[name].family == "transformer" else ()
    for kind in kinds:
        app.radio(key="kind").set_value(kind).run()
        assert not app.exception and "Every row sums to 1" in words(app)


@pytest.mark.parametrize("sentence", ["", "\x00\x07 control", "ﷺ" * 300, "x" * 600, "very " * 120])
def test_bad_input_gives_a_sentence_or_a_picture(sentence):
    app = opened(**{sidebar.SENTENCE: sentence, "bertviz_box": True})
    assert not app.exception


def clicks():
    import streamlit as st

    from explorer.pages.attention.shown import Shown
    from explorer.pages.attention.target import Target
    from explorer.pages.heads import picked
    from explorer.pages.sidebar import Choice
    from tests.views.samples import SRC, TGT, make_record

    choice = Choice(st.session_state["info"], "", None)
    shown = Shown(choice, Target((), False, None), make_record(SRC, TGT, layers=2, heads=3), "cross")
    for value in st.session_state["values"]:
        picked.clicked(shown, value)
    st.text(repr(picked.picked_heads(shown)))


NONSENSE = (
    None,
    [],
    "x",
    7,
    {},
    [[2, 0]],
    [[0, 3]],
    [[-1, 0]],
    [[0]],
    [["0", 0]],
    [None],
    [[[0, 0], 0]],
    [{"layer": 0}],
    [[0, 0], "x"],
)


@pytest.mark.parametrize(
    "values, expected",
    [
        ([[[1, 2]]], ((1, 2),)),
        ([[[1, 2], [0, 0], [1, 2]]], ((1, 2), (0, 0))),
        ([[[1, 2]], *NONSENSE], ((1, 2),)),
    ],
    ids=["one", "twice the same", "nonsense is left alone"],
)  # fmt: skip
def test_only_heads_that_exist_are_taken_from_the_browser(values, expected):
    app = AppTest.from_function(clicks)
    app.session_state["info"], app.session_state["values"] = next(iter(INFOS.values())), values
    app.run()
    assert not app.exception and app.text[0].value == repr(expected)


def linked():
    import streamlit as st

    from explorer.pages.heads import heads, picked

    if "came" not in st.session_state:
        st.session_state["came"] = True
        picked.open_with(*st.session_state["link"])
    heads.run()


def test_a_link_opens_model_kind_and_head():
    name = next(
        name for name, info in INFOS.items() if info.family == "transformer" and info.corpus_kind == "grammar"
    )
    app = AppTest.from_function(linked, default_timeout=120)
    app.session_state["link"] = (name, "encoder_self", ((1, 2),))
    app.run()
    assert not app.exception
    assert app.selectbox(key=sidebar.MODEL).value == name and app.radio(key="kind").value == "encoder_self"
    assert "Encoder self-attention, L1 H2" in words(app)
