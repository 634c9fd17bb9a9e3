"""Does the page "Over training" run without a browser: with curves, without them, for a run that is alive,
and with nothing there?
"""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from explorer.pages.training import over_training, timelines
from explorer.results import ALIVE
from explorer.training.runs import launch
from explorer.training.runs.process import holding
from explorer.training.runs.records import RunRecords
from tests.training.test_timelines import kept, runs  # noqa: F401


def page():
    from explorer.pages.training import over_training

    over_training.run()


@pytest.fixture
def drawn(monkeypatch):
    """What the component was given last."""
    found = {}
    monkeypatch.setattr(
        "explorer.components.over_training.over_training", lambda data, key: found.update(data)
    )
    for cached in (timelines.timelines, timelines.timeline, timelines.head_trajectories):
        cached.clear()
    return found


def opened(**state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=120)
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption])


def test_every_kind_and_sentence_can_be_picked(drawn):
    app = opened(**{over_training.TABLE: True})
    assert not app.exception and app.title[0].value == over_training.TITLE
    assert app.selectbox(key=over_training.TIMELINE).value == "grammar-en-de-transformer-small"
    assert "11 of 24 heads have a role at step 1,000" in words(
        app
    ) and "is chosen once, at step 1,000, on 300" in words(app)
    assert [panel["title"] for panel in drawn["panels"]] == ["Loss", "Positional", "Alignment error"] and len(
        drawn["steps"]
    ) >= 15
    (table,) = app.dataframe
    assert len(table.value) == 48 and table.value["taken_at"].tolist()[0] == 130
    app.button_group[0].set_value("encoder_self").run()
    assert not app.exception and [panel["title"] for panel in drawn["panels"]] == [
        "Loss",
        "Positional",
        "Syntactic",
    ]
    before = drawn["rows"]
    box = next(box for box in app.selectbox if box.label == "Sentence")
    box.set_value(next(number for number in (0, 1, 2) if number != box.value)).run()
    assert not app.exception and drawn["rows"] != before


def test_training_runs_say_what_they_lack(drawn):
    app = opened(**{over_training.TIMELINE: "shift-transformer"})
    assert not app.exception and "there are only its snapshots and its loss" in words(app)
    assert [panel["title"] for panel in drawn["panels"]] == ["Loss"] and not app.dataframe
    app.selectbox(key=over_training.TIMELINE).set_value("grammar-en-de-rnn-none").run()
    assert not app.exception and "grammar-en-de-rnn-none has no attention" in words(app)
    app.selectbox(key=over_training.TIMELINE).set_value("grammar-en-de-rnn-small").run()
    assert not app.exception and "The one head has a role at step 1,800" in words(app)


def test_a_run_that_is_alive_is_read_again(drawn, runs, monkeypatch):  # noqa: F811
    RunRecords(runs / "all").set_status(state="running")
    with holding(runs / "all"):
        assert launch.run_status(runs / "all").state in ALIVE
        app = opened(**{over_training.TIMELINE: "runs/all"})
        assert (
            not app.exception
            and drawn["timeline"] == "runs/all"
            and drawn["steps"] == [10]
            and drawn["max_steps"] == 30
        )
        labels = app.selectbox(key=over_training.TIMELINE).options
        assert (
            "run all" in labels
            and "run old, without roles" in labels
            and "Your training run, running, redrawn" in words(app)
        )


def test_nothing_to_watch_is_said(drawn, monkeypatch):
    monkeypatch.setattr("explorer.training.runs.timelines.list_timelines", lambda: ())
    app = opened()
    assert not app.exception and "No training run has kept snapshots" in words(app)
