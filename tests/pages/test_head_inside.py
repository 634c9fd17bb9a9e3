"""Do the sections about the inside of a head run for every model, recompute only what changed, and answer bad
numbers with a sentence?
"""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

import explorer.attention.inside
from explorer.attention.small_example import EXAMPLES
from explorer.checkpoints.catalogue import list_checkpoints
from explorer.pages import passes
from explorer.pages.attention import head_inside
from explorer.pages.attention.small_example import PICKED

NAMES = [info.name for info in list_checkpoints() if info.attention != "none"]
SENTENCE = "The old man sleeps."


def sections(name: str, kind: str, heads: tuple) -> None:
    """Both sections on one sentence, as a page calls them."""
    from explorer.pages import passes, sidebar
    from explorer.pages.attention import head_inside
    from explorer.pages.attention.options import Options
    from explorer.pages.attention.shown import Shown
    from explorer.pages.attention.target import Target

    info = next(info for info in sidebar.checkpoints() if info.name == name)
    choice = sidebar.Choice(info, "7 42 3" if info.task else "The old man sleeps.", None)
    target = Target(passes.translation(info, choice.sentence).trace.best.token_ids, False, None)
    record = passes.record(info, choice.sentence, target.value)
    shown = Shown(choice, target, record, kind, Options(heads=heads))
    head_inside.inside_head(shown, 920)
    head_inside.tour(shown, 920)


def small() -> None:
    from explorer.pages.attention.small_example import small_example

    small_example(920)


def opened(name: str, kind: str = "cross", heads=((0, 0),), **state) -> AppTest:
    app = AppTest.from_function(
        sections, kwargs={"name": name, "kind": kind, "heads": heads}, default_timeout=120
    )
    for key, value in {"inside_box": True, "tour_box": True, **state}.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.text, *app.caption, *app.subheader])


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_checkpoint_has_an_inside_and_a_tour(name):
    info = next(info for info in list_checkpoints() if info.name == name)
    for kind in ("encoder_self", "decoder_self", "cross") if info.family == "transformer" else ("cross",):
        app = opened(name, kind)
        assert not app.exception
        assert (
            "L0 H0: " in words(app)
            and "1 Scores" in words(app)
            and "Each token becomes a vector" in words(app)
        )
    app.button_group(key="inside_shown").set_value("whole matrices").run()
    assert not app.exception and "Scores become shares of attention" in words(app)


@pytest.mark.parametrize("name", [NAMES[0], next(name for name in NAMES if "rnn" in name)])
def test_the_tour_goes_through_all_stops_and_back(name):
    app = opened(name, inside_box=False)
    seen = []
    while True:
        assert not app.exception
        seen.append(app.session_state[head_inside.STOP])
        if app.button(key="tour_next").disabled:
            break
        app.button(key="tour_next").click().run()
    assert len(seen) == len(set(seen)) == (6 if "rnn" in name else 9)
    for name in reversed(seen[:-1]):
        app.button(key="tour_back").click().run()
        assert app.session_state[head_inside.STOP] == name
    assert app.button(key="tour_back").disabled


def test_a_stop_that_a_model_lacks_gives_way():
    app = opened(next(name for name in NAMES if "rnn" in name), **{head_inside.STOP: "Heads"})
    assert not app.exception and app.session_state[head_inside.STOP] == "Words"


def test_another_row_stop_or_head_reuses_the_pass(monkeypatch):
    ran = []
    compute = explorer.attention.inside.inside
    monkeypatch.setattr(
        explorer.attention.inside, "inside", lambda *given: ran.append(given[3:]) or compute(*given)
    )
    passes.inside.clear()
    name = next(info.name for info in list_checkpoints() if info.family == "transformer")
    app = opened(name, heads=((1, 0), (1, 1)))
    for row in (1, 2, 99):
        app.session_state[head_inside.ROW] = row
        app.run()
        assert not app.exception
    app.button(key="tour_next").click().run()
    app.button_group(key="inside_head-L1 H0-L1 H1").set_value("L1 H1").run()
    assert not app.exception and "L1 H1: " in words(app)
    assert ran == [("cross", 1)]


def test_a_closed_section_computes_nothing(monkeypatch):
    monkeypatch.setattr(passes, "inside", lambda *given: pytest.fail("nobody looks at it"))
    app = opened(NAMES[0], inside_box=False, tour_box=False)
    assert not app.exception and "1 Scores" not in words(app)


# ---------------------------------------------------------------------------------------------- small example


def small_opened(name: str) -> AppTest:
    app = AppTest.from_function(small, default_timeout=60)
    app.session_state["small_box"] = True
    app.session_state[PICKED] = name
    return app.run()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_shows_its_formula_and_numbers(name):
    app = small_opened(name)
    assert not app.exception and len(app.latex) == 1
    example = EXAMPLES[name]
    n_numbers = sum(
        len(values) * (len(values[0]) if isinstance(values[0], tuple) else 1)
        for values in (
            example.scores,
            example.states,
            example.query,
            example.matrix,
            example.query_matrix,
            example.key_matrix,
            example.vector,
        )
        if values
    )
    assert len(app.number_input) == n_numbers
    assert ("A lecture prints" in words(app)) == bool(example.printed_weights)


def test_a_changed_number_changes_everything_after_it():
    app = small_opened("B: scores and states")
    assert "0.4640" in app.latex[0].value and "(0.4347, 0.4054)" in app.latex[0].value
    app.number_input(key="B: scores and states-scores-1-0").set_value(0.3).run()
    assert "0.4640" not in app.latex[0].value and "A lecture prints" not in words(
        app
    )  # equal scores: weights 0.3115, 0.3443, 0.3443
    assert app.latex[0].value.count(r"\mathbf{0.3443}") == 2
    app.button(key="small_reset").click().run()
    assert "0.4640" in app.latex[0].value and "A lecture prints" in words(app)


def test_the_slip_is_told_after_an_answer():
    app = small_opened("A: three scores")
    assert "Softmax turns differences into ratios" not in words(app)
    app.button_group(key="slip-A: three scores").set_value("They do").run()
    assert "Look again:" in words(app) and "The right weights are 0.2249, 0.5005, 0.2747." in words(app)
    app.button_group(key="slip-A: three scores").set_value("They do not").run()
    assert "Right, they do not:" in words(app)


@pytest.mark.parametrize("value, given", [(1e9, "1e+09 was given"), (-101.0, "-101 was given")])
def test_a_number_out_of_range_gets_a_sentence(value, given):
    app = small_opened("dot")
    app.number_input(key="dot-query-0-0").set_value(value).run()
    assert not app.exception and not app.latex
    assert f"{given}: every number here is one between −100 and 100. Type one in its place." in words(app)
