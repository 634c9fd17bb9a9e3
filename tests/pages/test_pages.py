"""Does every page run without a browser: as it opens, with other models and options, and with bad input?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from explorer.checkpoints.catalogue import CheckpointInfo, list_checkpoints
from explorer.pages import PAGES, sidebar
from explorer.pages.attention import meanings
from models.config import TransformerConfig
from tests.source_files import ROOT

NAMES = [info.name for info in list_checkpoints()]


def opened(**state) -> AppTest:
    """The app after its first run, with these session keys set before."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption, *app.subheader])


def test_the_first_page_opens_with_a_picture():
    app = opened()
    assert not app.exception
    assert app.title[0].value == "Which words does each word look at?"
    assert "Every row sums to 1" in words(app)
    assert app.selectbox(key=sidebar.MODEL).value == NAMES[0]


@pytest.mark.parametrize(
    "asked", ["no such model", "<script>alert(1)</script>", "**bold** [link](http://example.org)"]
)
def test_an_unknown_model_in_the_address_is_told(asked):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.query_params[sidebar.MODEL] = asked
    app.run()
    assert not app.exception and app.selectbox(key=sidebar.MODEL).value == NAMES[0]
    assert [toast.value for toast in app.toast] == [
        "The address asks for a model that is not here, so another one is shown."
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_checkpoint_is_shown(name):
    app = opened(**{sidebar.MODEL: name})
    assert not app.exception
    assert "Every row sums to 1" in words(app) or "has no attention to show" in words(app)


@pytest.mark.parametrize("title, sentence", sidebar.PRESETS.items(), ids=list(sidebar.PRESETS))
def test_every_preset_gives_a_picture(title, sentence):
    app = opened()
    app.selectbox(key=sidebar.PRESET).set_value(title).run()
    assert not app.exception
    assert app.text_area(key=sidebar.SENTENCE).value == sentence
    assert "Every row sums to 1" in words(app)


@pytest.mark.parametrize(
    "sentence, expected",
    [
        ("", "The source is empty: type a sentence."),
        (" \t\n", "The source is empty: type a sentence."),
        (
            "a" * 10_000,
            "The sentence has 10,000 characters, and a picture has room for 600: shorten it, or use `python "
            "-m explorer align`.",
        ),
        ("\x00\x07 control", None),
        ("ﷺ" * 300, None),
        ("x" * 600, None),
    ],
    ids=["empty", "blank", "long", "control", "ligatures", "one long word"],
)
def test_bad_input_gives_a_sentence_or_a_picture(sentence, expected):
    app = opened()
    app.text_area(key=sidebar.SENTENCE).set_value(sentence).run()
    assert not app.exception
    if expected:
        assert expected in words(app)
        assert "Every row sums to 1" not in words(app)


def test_a_grammar_sentence_is_known_until_edited():
    app = opened()
    app.button(key="draw").click().run()
    assert not app.exception
    assert "grammar's" in app.button_group(key="target").options
    app.text_area(key=sidebar.SENTENCE).set_value("Something else.").run()
    assert "grammar's" not in app.button_group(key="target").options


def kinds_of_config(info: CheckpointInfo) -> set[str]:
    if info.family == "transformer":
        return {"cross", "encoder_self", "decoder_self"}
    return set() if info.attention == "none" else {"cross"}


def test_every_kind_of_every_model_has_a_meaning():
    for info in list_checkpoints():
        assert set(info.can.attention) == kinds_of_config(info)
        for kind, spec in info.can.attention.items():
            text = meanings.MEANINGS[spec.scorer, kind]
            assert text.formula and text.source and text.shapes
            assert meanings.meaning(info, kind) == text


def test_labels_tell_the_checkpoints_apart():
    labels = [sidebar.model_label(info) for info in list_checkpoints()]
    assert len(set(labels)) == len(labels)


def test_pages_have_their_own_path_and_an_emoji():
    assert len({page.path for page in PAGES}) == len(PAGES)
    assert all(not page.icon.startswith(":") and not page.icon.isascii() for page in PAGES)


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["one", "every"])
@pytest.mark.parametrize("name", [name for name in NAMES if "task" not in name])
def test_a_checkpoint_stands_beside_another(name, every):
    """Also those without attention, and pairs of a transformer and a recurrent network. One other for each,
    a different one each time; every other with --soak.
    """
    app = opened(**{sidebar.MODEL: name, "compare_box": True, "step_box": True})
    assert not app.exception
    beside = [box for box in app.selectbox if box.key == f"second-{name}"]
    n_others = len(beside[0].options) if beside else 0
    for option in range(n_others) if every or not n_others else [NAMES.index(name) % n_others]:
        app.selectbox(key=f"second-{name}").select_index(option).run()
        assert not app.exception
        assert "would translate" in words(app)


def test_models_that_are_alike_say_what_is_different(monkeypatch):
    first = CheckpointInfo(
        "a",
        ROOT,
        "transformer",
        can=TransformerConfig().can,
        corpus_kind="grammar",
        src_lang="en",
        tgt_lang="de",
        tokens="words",
        positions="sinusoidal positions",
    )
    cut, turned = (
        replace(first, name="b", tokens="500 subwords"),
        replace(first, name="c", positions="rotary positions"),
    )
    again = replace(turned, name="d")
    monkeypatch.setattr(sidebar, "checkpoints", lambda: (first, cut, turned))
    assert [sidebar.model_label(info) for info in sidebar.checkpoints()] == [
        "en → de transformer, grammar",
        "en → de transformer, grammar, 500 subwords",
        "en → de transformer, grammar, rotary positions",
    ]
    monkeypatch.setattr(sidebar, "checkpoints", lambda: (first, turned, again))
    assert [sidebar.model_label(info) for info in (turned, again)] == [
        "en → de transformer, grammar, c",
        "en → de transformer, grammar, d",
    ]
