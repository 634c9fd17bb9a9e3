"""Do the sections on positions, word order, normalisation and depth show what the shipped runs measured?
Without a browser.
"""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from explorer.checkpoints.folder import load_checkpoint
from explorer.decoding.decode import translate
from explorer.experiments import EXPERIMENTS
from explorer.experiments.depth import DEEPEST, FREQUENCIES
from explorer.experiments.files import read_shipped
from explorer.experiments.weights import WEIGHTS
from explorer.pages.experiments import positions as experiment_positions
from explorer.pages.experiments import word_order as experiment_word_order
from explorer.views.text import visible_line
from tests.views.samples import ATTACK


def page():
    from explorer.pages.experiments import experiments

    experiments.run()


def opened(name: str, **state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    for key, value in {"experiment": name, f"looked-{name}": True, **state}.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption, *app.subheader])


def tables(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_positions_are_drawn_for_every_encoding():
    app = opened("positions")
    assert not app.exception and EXPERIMENTS["positions"].question in words(app)
    for positions, sentence in experiment_positions.WORDS.items():
        app.segmented_control(key=experiment_positions.ENCODING).set_value(positions).run()
        assert not app.exception and sentence in words(app)
        assert (f"experiment-positions-{positions}" in words(app)) == (
            positions in EXPERIMENTS["positions"].models
        )
        assert any(control.key == experiment_positions.HEAD for control in app.segmented_control) == (
            positions in ("relative", "t5", "alibi")
        )


def test_own_sentences_are_shuffled_and_translated_by_both_models():
    app = opened("word-order")
    assert not app.exception
    for key in EXPERIMENTS["word-order"].models:
        model = load_checkpoint(WEIGHTS / f"experiment-word-order-{key}")
        first, backwards = (
            translate(model, text).text
            for text in (experiment_word_order.FIRST, ". book the read not does woman old The")
        )
        assert visible_line(first) in tables(app) and visible_line(backwards) in tables(app)
        assert (first == backwards) == (key == "none")
    first = tables(app)
    app.button(key="word_order_again").click().run()
    assert tables(app) != first
    app.text_input(key=experiment_word_order.SENTENCE).set_value(ATTACK).run()
    assert not app.exception and "<script" not in tables(app)
    app.text_input(key=experiment_word_order.SENTENCE).set_value("dog").run()
    assert not app.exception and "One word has no order" in words(app)


@pytest.mark.parametrize("name", ["normalisation", "depth"])
def test_the_curves_stand_below_the_answer(name):
    runs = read_shipped(EXPERIMENTS[name])
    app = opened(name)
    assert not app.exception and EXPERIMENTS[name].answer(runs).text in words(app)
    if name == "depth":
        assert f"has a loss of {runs[DEEPEST].curves[FREQUENCIES].y[0]:.2f} nats" in words(app)
        assert all(figure in tables(app) for figure in ("4.775", "0.3154", "1.943", "2.075"))


@pytest.mark.parametrize("name", ["word-order", "positions", "normalisation", "depth"])
def test_nothing_is_shown_before_the_reader_has_predicted(name):
    app = opened(name, **{f"looked-{name}": False})
    assert not app.exception and EXPERIMENTS[name].prediction in words(app)
    assert EXPERIMENTS[name].measured not in words(app)
