"""Does the page "Train" run without a browser: the form and what it refuses, runs in every state, comparison,
sweep, deletion?
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.checkpoints import catalogue
from explorer.checkpoints.snapshots import pack_record
from explorer.config.presets import PRESETS
from explorer.pages import sidebar
from explorer.pages.training import compare as train_compare
from explorer.pages.training import fields as train_fields
from explorer.pages.training import form as train_form
from explorer.pages.training import state as train_state
from explorer.pages.training import watch as train_watch
from explorer.results import HistoryRow, SampleTranslation
from explorer.training.runs import launch as launching
from explorer.training.runs import sweep as sweeping
from explorer.training.runs.process import note_process, take_lock
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import LOG, create_run_folder, write_request
from tests.training.conftest import TINY, tiny
from tests.views.samples import ATTACK, make_record

FIRST = next(iter(PRESETS))
N_TRAIN = f"train-{FIRST}-task-corpus.n_train"


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch) -> Path:
    """An empty folder for the runs of a test."""
    monkeypatch.setattr(catalogue, "RUNS", tmp_path)
    sidebar.checkpoints.clear()
    yield tmp_path
    sidebar.checkpoints.clear()


def page():
    from explorer.pages.training import train

    train.run()


def opened(part: str = "new", **state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    for key, value in ({train_state.PART: part, N_TRAIN: 400} | state).items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(
        element.value for element in [*app.title, *app.text, *app.caption, *app.subheader, *app.code]
    )


def html(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.get("html"))


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def field(path: str, preset: str = FIRST, owner: str = "transformer") -> str:
    return f"train-{preset}-{owner}-{path}"


def written(root: Path, name: str, config=TINY, state: str = "finished", steps=(10, 20, 30)) -> Path:
    """A run with history, samples and attention, as its process would have written it."""
    create_run_folder(root / name)
    write_request(root / name, dataclasses.replace(config, name=name), None)
    records = RunRecords(root / name)
    for step in steps:
        values = {
            "loss": 3 / step,
            "accuracy": step / 40,
            "learning_rate": 0.01,
            "gradient_norm": 1.0,
            "tokens_per_second": 1000.0,
        }
        values |= {
            "valid_loss": 2 / step,
            "valid_accuracy": step / 50,
            "bleu": float(step),
            "exact_match": step / 60,
        }
        snapshot = pack_record(make_record(("a", "b", "</s>"), ("x", "y", "</s>"), seed=step))
        samples = [
            SampleTranslation(step, 0, "1 2 3", "1 2 3", f"1 2 {step}"),
            SampleTranslation(step, 1, ATTACK, "x", "**x**"),
        ]
        records.add_history(HistoryRow(step, step / 100, values), [snapshot, snapshot], samples)
    records.set_status(
        state=state,
        device="CPU (here, 1 threads)",
        started_at="1.0",
        phase="training" if state == "running" else "",
    )
    return root / name


@pytest.fixture
def alive():
    """Makes a written run look alive, as its process would: by holding its lock."""
    locks = []

    def hold(folder: Path) -> Path:
        locks.append(take_lock(folder))
        note_process(locks[-1], os.getpid())
        return folder

    yield hold
    for lock in locks:
        os.close(lock)


# ------------------------------------------------------------------------------------------------------- form


def test_the_form_says_what_a_run_will_need():
    app = opened()
    assert not app.exception and app.title[0].value == "How does a model learn where to look?"
    assert "97,280 parameters" in words(app) and "time about" in words(app) and "Runs on the " in words(app)
    assert not app.button(key="train_start").disabled


@pytest.mark.parametrize("preset", ["laptop-rnn", "own-text"])
def test_every_field_has_its_value_and_meaning(preset):
    from explorer.training.runs.form import fields_of

    app = opened(**{train_form.PRESET: preset, f"train-{preset}-grammar-corpus.n_train": 300})
    assert not app.exception
    kinds = ("selectbox", "number_input", "text_input", "text_area", "toggle")
    widgets = {widget.key: widget for kind in kinds for widget in app.get(kind)}
    for one in fields_of(PRESETS[preset].config):
        widget = widgets[train_fields.key_of(preset, one)]
        assert f"`{one.path}`" in widget.help
        if one.name != "n_train":
            assert widget.value in (one.default, one.default or ""), one.path


@pytest.mark.parametrize("family, kind", [("rnn", "task"), ("transformer", "grammar")])
def test_other_data_and_models_bring_their_own_fields(family, kind):
    small = {f"train-{FIRST}-grammar-corpus.n_train": 300}
    app = opened(**{f"train-{FIRST}-model.family": family, f"train-{FIRST}-corpus.kind": kind}, **small)
    assert not app.exception and "parameters" in words(app)
    titles = [widget.label for widget in [*app.number_input, *app.selectbox]]
    assert ("Heads" in titles) == (family == "transformer") and ("Cell" in titles) == (family == "rnn")
    assert ("Length" in titles) == (kind == "task") and ("Phenomenon" in titles) == (kind == "grammar")


@pytest.mark.parametrize(
    "key, value, said",
    [
        (field("model.n_heads"), 5, "model.n_heads=5 does not divide model.d_model=64"),
        (field("corpus.vocabulary", owner="task"), 0, "vocabulary is 0"),
        (field("training.weight_decay", owner="training"), -1.0, "training.weight_decay is -1.0"),
        (field("name", owner="run"), "../x", "cannot be that of a folder"),
    ],
)
def test_an_impossible_setting_is_refused_beside_its_field(key, value, said):
    app = opened(**{key: value})
    assert not app.exception and app.button(key="train_start").disabled
    assert sum(said in text.value for text in app.text) == 2, "at the top, and beside the field"


def test_a_file_that_vanished_is_refused(tmp_path):
    file = tmp_path / "mine.tsv"
    file.write_text("".join(f"number {n}\tNummer {n}\n" for n in range(300)), encoding="utf-8")
    app = opened(**{train_form.PRESET: "own-text", field("corpus.paths", "own-text", "files"): str(file)})
    assert not app.exception and "parameters" in words(app) and not app.button(key="train_start").disabled
    file.unlink()
    app.run()
    assert (
        not app.exception
        and "corpus.paths" in words(app)
        and "mine.tsv" in words(app)
        and app.button(key="train_start").disabled
    )


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"no tab here\n"])
def test_a_file_without_parallel_text_is_told(tmp_path, content):
    (tmp_path / "mine.tsv").write_bytes(content)
    app = opened(
        **{
            train_form.PRESET: "own-text",
            field("corpus.paths", "own-text", "files"): str(tmp_path / "mine.tsv"),
        }
    )
    assert not app.exception and "It cannot start like this" in words(app) and "mine.tsv" in words(app)
    app.button(key="train_start").click().run()
    assert not app.exception and not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_start_starts_what_was_asked_for_and_shows_it(runs, monkeypatch):
    asked = []

    def launch(config, root=None, name=None, data=None):
        asked.append((config, root, data))
        return written(runs, "shift", state="finished")

    monkeypatch.setattr(launching, "launch", launch)
    app = opened(**{field("model.n_heads"): 8})
    app.button(key="train_start").click().run()
    assert not app.exception and len(asked) == 1
    config, root, data = asked[0]
    base = PRESETS[FIRST].config
    assert (root, data) == (runs, None)
    assert config == dataclasses.replace(
        base,
        model=dataclasses.replace(base.model, n_heads=8),
        corpus=dataclasses.replace(base.corpus, n_train=400),
    )
    assert app.session_state[train_state.PART] == "watch" and "Finished at step 30" in words(app)
    assert app.query_params[train_state.RUN] in ("shift", ["shift"])


def test_a_disk_that_refuses_the_run_is_a_sentence(runs, monkeypatch):
    monkeypatch.setattr(catalogue, "RUNS", runs / "file")
    (runs / "file").write_text("no folder")
    app = opened()
    app.button(key="train_start").click().run()
    assert not app.exception and "cannot become the folder of a run" in words(app)


# ------------------------------------------------------------------------------------------------------ watch


def test_without_a_run_there_is_a_way_to_one():
    for part in ("watch", "compare"):
        app = opened(part)
        assert not app.exception and "There are no runs yet." in words(app)
    app.button(key="train_first").click().run()
    assert app.session_state[train_state.PART] == "new"


def test_a_run_that_died_shows_its_last_words(runs, monkeypatch):
    folder = written(runs, "shift", state="running")
    (folder / LOG).write_text("".join(f"line {n}\n" for n in range(40)) + "Segmentation fault\n")
    app = opened("watch")
    assert (
        not app.exception
        and "Died at step 30" in words(app)
        and "Segmentation fault" in words(app)
        and "line 3\n" not in words(app)
    )
    assert "Resume" in labels(app) and "Stop" not in labels(app)
    resumed = []
    monkeypatch.setattr(launching, "resume", resumed.append)
    app.button(key="train_resume").click().run()
    assert not app.exception and resumed == [folder]


@pytest.mark.parametrize(
    "state, has, lacks",
    [("finished", "Delete it", "Resume"), ("stopped", "Resume", "Stop"), ("failed", "Resume", "Stop")],
)
def test_a_finished_run_has_the_buttons_of_its_state(runs, state, has, lacks):
    written(runs, "shift", state=state)
    app = opened("watch")
    assert not app.exception and has in labels(app) and lacks not in labels(app)
    assert ("Last lines of its log" in [box.label for box in app.expander]) is False, "it wrote none"


def test_a_run_that_lives_is_stopped_and_never_deleted(runs, alive, monkeypatch):
    folder = alive(written(runs, "shift", state="running"))
    app = opened("watch")
    assert not app.exception and "Training: step 30 of 30" in words(app) and "Resume" not in labels(app)
    assert "Delete it" not in labels(app), "it has to be stopped first"
    stopped = []
    monkeypatch.setattr(launching, "stop", stopped.append)
    app.button(key="train_stop").click().run()
    assert stopped == [folder] and not app.exception
    compared = opened("compare", **{train_state.CHOSEN: ["shift"]})
    compared.button(key="train_delete_many_sure").click().run()
    assert folder.is_dir() and "is alive: stop it first" in " ".join(toast.value for toast in compared.toast)


def test_a_queued_run_says_how_many_are_ahead(runs, alive):
    from explorer.training.runs.tickets import take_ticket

    for name in ("a", "b", "c"):
        folder = written(runs, name, state="waiting", steps=())
        take_ticket(folder)
        alive(folder)
    app = opened("watch", **{train_state.RUN: "c"})
    assert not app.exception and "Queued: 2 runs are ahead of it." in words(app) and "Stop" in labels(app)


def test_figures_samples_and_pictures_of_a_run(runs):
    written(runs, "shift")
    app = opened("watch")
    assert not app.exception and len(app.get("plotly_chart")) == 2
    assert ">50.0 %<" in html(app) and "1 2 30" in html(app) and "1 2 20" not in html(app), (
        "those of the last validation"
    )
    assert "<img" not in html(app) and "**x**" in html(app)
    assert app.select_slider[0].value == 30
    app.select_slider[0].set_value(10).run()
    assert not app.exception and "Step 10: where the output looks in the source" in words(app)


def test_a_run_before_its_first_step_has_empty_curves(runs, alive):
    alive(written(runs, "shift", state="running", steps=()))
    app = opened("watch")
    assert (
        not app.exception
        and len(app.get("plotly_chart")) == 1
        and "The first picture of attention comes" in words(app)
    )


def test_an_address_brings_back_its_run(runs):
    for name in ("a", "b"):
        written(runs, name)
    app = AppTest.from_function(page, default_timeout=120)
    app.query_params[train_state.PART], app.query_params[train_state.RUN] = "Watch", "a"
    app.session_state[train_state.PART] = "watch"
    app.run()
    assert not app.exception and app.selectbox(key=train_state.RUN).value == "a" and not app.toast
    app = AppTest.from_function(page, default_timeout=120)
    app.session_state[train_state.PART] = "watch"
    app.query_params[train_state.RUN] = ATTACK
    app.run()
    assert not app.exception and [toast.value for toast in app.toast] == [
        "The address asks for a run that is not here, so another one is shown."
    ]


def test_deletion_asks_first_and_leaves_nothing(runs):
    folder, other = written(runs, "shift"), written(runs, "other")
    app = opened("watch", **{train_state.RUN: "shift"})
    assert folder.is_dir() and "This cannot be undone." in words(app)
    app.button(key="train_delete_sure").click().run()
    assert not app.exception and not folder.exists() and other.is_dir()
    assert app.selectbox(key=train_state.RUN).value == "other"


def test_what_was_deleted_elsewhere_is_gone_here_too(runs):
    written(runs, "other")
    folder = written(runs, "shift")
    app = opened("watch", **{train_state.RUN: "shift"})
    launching.delete(folder)
    app.run()
    assert not app.exception and app.selectbox(key=train_state.RUN).value == "other"


def test_a_damaged_run_is_a_sentence(runs):
    (written(runs, "shift") / "metrics.db").write_bytes(b"no database" * 1000)
    app = opened("watch")
    assert not app.exception and "cannot be read" in words(app)
    assert not opened("compare").exception


def test_files_to_take_home(runs):
    written(runs, "shift")
    app = opened("watch", train_settings=True)
    assert not app.exception
    assert [button.label for button in app.get("download_button")] == [
        "Curves as PNG",
        "Curves as SVG",
        "Event file for TensorBoard",
    ]
    assert "training.learning_rate" in html(app)


def test_a_trained_model_opens_with_the_watched_sentence(runs):
    from explorer.training.runs.run import carry_out, start_run

    assert not any(info.run for info in sidebar.checkpoints()), "cached before there is a run"
    run = start_run(dataclasses.replace(tiny(max_steps=10, validate_every=5), name="shift"), runs / "shift")
    assert carry_out(run, show_progress=False) is not None
    app = opened("watch")
    assert not app.exception and [info.name for info in sidebar.checkpoints() if info.run] == ["runs/shift"]
    app.button(
        key="train_open"
    ).click().run()  # the way to the other page needs the whole app: tests/browser goes it
    assert app.session_state[sidebar.MODEL] == "runs/shift"
    assert app.session_state[sidebar.NUMBERS] == RunRecords(runs / "shift").samples()[-1].src


# ---------------------------------------------------------------------------------------------------- compare


def test_runs_stand_beside_each_other_with_what_is_different(runs):
    written(runs, "a")
    written(runs, "b", tiny(learning_rate=0.003))
    app = opened("compare")
    assert (
        not app.exception
        and "training.learning_rate" in html(app)
        and ">0.003<" in html(app)
        and ">0.01<" in html(app)
    )
    table = app.dataframe[0].value
    assert (
        list(table["run"]) == ["b", "a"]
        and list(table["exact match"]) == [0.5, 0.5]
        and list(table["width"]) == ["16", "16"]
    )
    assert [button.label for button in app.get("download_button")] == [
        "Curves as PNG",
        "Curves as SVG",
        "Table as CSV",
        "Table as LaTeX",
    ]


@pytest.mark.parametrize(
    "typed, states, expected",
    [
        ("", [], ["c", "b", "a"]),
        ("learning_rate=0.003", [], ["b"]),
        ("COPY transformer", ["finished"], ["b", "a"]),
        ("", ["died"], ["c"]),
    ],
)
def test_the_table_is_filtered(runs, typed, states, expected):
    written(runs, "a")
    written(runs, "b", tiny(learning_rate=0.003))
    written(runs, "c", state="running")
    app = opened("compare", **{train_compare.FILTER: typed, train_compare.STATES: states})
    assert not app.exception
    assert [name for table in app.dataframe for name in table.value["run"]] == expected


def test_runs_that_were_chosen_are_deleted_after_asking(runs):
    a, b, c = (written(runs, name) for name in "abc")
    app = opened("compare", **{train_state.CHOSEN: ["a", "b"]})
    assert all(map(Path.is_dir, (a, b, c))) and "Delete b, a, with checkpoints and curves?" in words(app)
    app.button(key="train_delete_many_sure").click().run()
    assert not app.exception and not a.exists() and not b.exists() and c.is_dir()


# ------------------------------------------------------------------------------------------------------ sweep


def test_a_grid_becomes_runs_and_one_table(runs, monkeypatch):
    started = []

    def launch_sweep(points, root=None, data=None):
        started.append((points, root))
        return tuple(written(root, name, config) for name, config in points.items())

    monkeypatch.setattr(sweeping, "launch_sweep", launch_sweep)
    base = dataclasses.replace(TINY, name="tiny")
    values = {
        "train_sweep_values-model.n_heads": "1, 2",
        "train_sweep_values-training.learning_rate": "1e-3,3e-3, 1e-2",
    }
    app = opened(
        "sweep",
        **{train_state.FORM: (base, None), "train_sweep_fields": ["model.n_heads", "training.learning_rate"]},
        **values,
    )
    assert not app.exception and "6 runs, one after the other. Together about" in words(app)
    app.button(key="train_sweep_start").click().run()
    assert not app.exception
    points, root = started[0]
    assert root == runs and list(points) == [f"tiny-sweep-0{n}" for n in range(1, 7)]
    assert [(p.model.n_heads, p.training.learning_rate) for p in points.values()] == [
        (h, r) for h in (1, 2) for r in (1e-3, 3e-3, 1e-2)
    ]
    assert app.session_state[train_state.PART] == "compare" and len(app.dataframe[0].value) == 6
    assert html(app).count("tiny-sweep-06") >= 2, "in what is different, and in the table of a paper"


@pytest.mark.parametrize(
    "fields, values, said",
    [
        (["model.n_heads"], {"model.n_heads": "1, 3"}, "model.n_heads=3 does not divide"),
        (["model.n_heads"], {"model.n_heads": "two"}, "expected a whole number"),
        (["training.seed"], {"training.seed": ",".join(map(str, range(41)))}, "starts 40 at most"),
        ([], {}, "give at least one field"),
    ],
)
def test_a_grid_that_cannot_work_is_a_sentence(fields, values, said):
    typed = {f"train_sweep_values-{path}": text for path, text in values.items()}
    app = opened("sweep", **{train_state.FORM: (TINY, None), "train_sweep_fields": fields}, **typed)
    assert not app.exception and said in words(app) and "Start the sweep" not in labels(app)


def test_the_watched_panels_are_those_that_there_are():
    from explorer.views.training.curves import PANELS

    assert set(train_watch.PANELS) | set(train_compare.PANELS) <= set(PANELS)
