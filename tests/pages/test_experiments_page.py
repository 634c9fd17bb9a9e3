"""Does the page "Experiments" ask first and show then, with the shipped runs, the user's own beside them, and
a way to run them again?
"""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from explorer.checkpoints import catalogue
from explorer.experiments import EXPERIMENTS
from explorer.experiments.bottleneck import NAMES
from explorer.experiments.files import read_shipped
from explorer.experiments.own import OwnRun
from explorer.experiments.shift import SHIFT
from explorer.pages import passes, sidebar
from explorer.pages.experiments import bottleneck as experiment_bottleneck
from explorer.pages.experiments import experiments, shown_runs
from explorer.pages.experiments import shift as experiment_shift
from explorer.results import RunStatus
from tests.experiments.finished_runs import written


def page():
    from explorer.pages.experiments import experiments

    experiments.run()


def opened(name: str, looked: bool = True, **state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    for key, value in {experiments.PICKED: name, f"looked-{name}": looked, **state}.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption, *app.subheader])


def tables(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def figures(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def answer(name: str):
    return EXPERIMENTS[name].answer(read_shipped(EXPERIMENTS[name]))


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """A folder of runs of this test's own."""
    monkeypatch.setattr(catalogue, "RUNS", tmp_path)
    shown_runs.own_experiment_runs.clear()
    yield tmp_path
    shown_runs.own_experiment_runs.clear()


def test_every_experiment_has_a_section_in_its_order():
    assert list(experiments.SECTIONS) == list(EXPERIMENTS)


def test_nothing_is_shown_before_a_prediction():
    app = opened("shift", looked=False)
    assert not app.exception and app.title[0].value == experiments.TITLE
    assert figures(app) == 0 and "What happened" not in words(app) and SHIFT.prediction in words(app)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_prediction_brings_runs_answer_and_machine(name):
    app = opened(name, looked=False, **{f"prediction-{name}": EXPERIMENTS[name].options[-1]})
    assert not app.exception and figures(app) >= 1
    found = answer(name)
    right, said = EXPERIMENTS[name].options[found.option], EXPERIMENTS[name].options[-1]
    beginning = "As you predicted." if right == said else f"You predicted: {said}."
    assert f"{beginning} What happened: {right}." in words(app) and found.text in words(app)
    for run in read_shipped(EXPERIMENTS[name]).values():
        assert (
            f"{run.n_parameters:,}" in tables(app) and run.device in tables(app) and run.date in tables(app)
        )


def test_who_would_rather_look_can():
    app = opened("shift", looked=False)
    next(button for button in app.button if button.label == "Show the runs").click().run()
    assert not app.exception and f"What happened: {SHIFT.options[answer('shift').option]}." in words(app)


def test_samples_of_the_shift_task_exist_at_every_validation():
    app = opened("shift")
    late = tables(app)
    assert late.count("✓") == 10 and "✗" not in late, "five sequences, two runs, all right in the end"
    early = app.select_slider(key=experiment_shift.STEP).set_value(50).run()
    assert not early.exception and tables(early).count("✗") == 10
    sample = next(one for one in read_shipped(SHIFT)["rnn"].samples if one.step == 50)
    assert sample.src in tables(early) and f"✗ {sample.translation}" in tables(early)


def test_all_models_translate_a_sentence_of_any_length():
    app = opened("bottleneck", **{experiment_bottleneck.LENGTH: 7})
    pair = shown_runs.held_out_sentence(7, None, 0)
    assert (
        not app.exception and f"Source: {pair.src}" in words(app) and f"Reference: {pair.tgt}" in words(app)
    )
    infos = {info.name: info for info in sidebar.checkpoints()}
    expected = [passes.translation(infos[name], pair.src).text.replace(" ", "") for name in NAMES.values()]
    assert translations(app) == expected
    first = words(app)
    next(button for button in app.button if button.label == "Another sentence").click().run()
    assert not app.exception and words(app) != first


def translations(app: AppTest) -> list[str]:
    """The words that each row of chips says are in a translation, without spaces."""
    rows = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [
        "".join(chip["label"] for chip in row["chips"] if chip["mark"] != "deleted")
        for row in rows
        if "chips" in row
    ]


def test_the_particle_is_judged_at_any_distance():
    app = opened(
        "bottleneck",
        **{experiment_bottleneck.KIND: experiment_bottleneck.BY_DISTANCE, experiment_bottleneck.DISTANCE: 2},
    )
    assert not app.exception
    judged = re.findall(r" · particle (right|wrong or missing)", words(app))
    assert len(judged) == len(NAMES)


def test_ones_own_finished_run_stands_beside_the_shipped_ones(own_folder):
    written(own_folder, "my <b>run", SHIFT.configs()["rnn"])
    written(own_folder, "stopped-run", SHIFT.configs()["transformer"], "stopped")
    app = opened("shift")
    assert (
        not app.exception
        and "LSTM with MLP attention (yours, seed 1): my &lt;b&gt;run" in tables(app)
        and "<b>run" not in tables(app)
    )
    assert "Transformer · stopped-run: stopped at step 20" in words(app)
    assert answer("shift").text in words(app), "the answer is that of the shipped runs"


def test_running_again_takes_the_seed_and_reports_errors(own_folder, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "explorer.experiments.own.run_again", lambda experiment, seed: asked.append((experiment.name, seed))
    )
    app = opened("shift")
    app.number_input(key="seed-shift").set_value(5).run()
    app.button(key="again-shift").click().run()
    assert not app.exception and asked == [("shift", 5)]

    def refuse(experiment, seed):
        from explorer.errors import InputError

        raise InputError("The disk is full.")

    monkeypatch.setattr("explorer.experiments.own.run_again", refuse)
    app.button(key="again-shift").click().run()
    assert not app.exception and [toast.value for toast in app.toast] == ["The disk is full."]


@pytest.mark.parametrize(
    "status, text",
    [
        (RunStatus("r", None, "waiting", n_ahead=2), "queued, 2 ahead of it"),
        (RunStatus("r", None, "running", step=1200, max_steps=3000), "step 1,200 of 3,000"),
        (RunStatus("r", None, "failed", reason="the loss became nan"), "failed: the loss became nan"),
        (RunStatus("r", None, "died", step=7), "died at step 7"),
        (RunStatus("r", None, "finished"), "finished"),
    ],
)
def test_runs_under_way_say_how_far_they_are(status, text):
    assert experiments.state_text(OwnRun("rnn", status)) == text


def test_a_missing_run_is_told(monkeypatch):
    shipped = dict(list(read_shipped(SHIFT).items())[:1])
    monkeypatch.setattr(shown_runs, "_shipped_runs", lambda name: shipped)
    app = opened("shift")
    assert not app.exception and "There is no finished run of Transformer" in words(app) and figures(app) == 1
    monkeypatch.setattr(shown_runs, "_shipped_runs", lambda name: {})
    app = opened("shift")
    assert not app.exception and figures(app) == 0 and "a few minutes each" in words(app)


def test_a_damaged_file_is_told_in_one_sentence(monkeypatch):
    from explorer.errors import InputError

    def damaged(name):
        raise InputError("rnn.json is not JSON: write it again.")

    monkeypatch.setattr(shown_runs, "_shipped_runs", damaged)
    app = opened("shift")
    assert not app.exception and "rnn.json is not JSON: write it again." in words(app)
