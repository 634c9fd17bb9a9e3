"""The table of runs and its exports: which step's figures, which fields differ; a grid that becomes runs and
goes on where it broke off.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re

import pytest

from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.results import HistoryRow, Provenance
from explorer.training.runs import sweep as sweeping
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import create_run_folder, write_request
from explorer.training.runs.sweep import grid_points, grid_values, launch_sweep
from explorer.training.runs.table import config_differences, kept_row, run_rows
from explorer.views.training.run_table import COLUMNS, runs_csv, runs_latex, table_cells
from models.config import RNNConfig
from tests.training.conftest import TINY, tiny

PROVENANCE = Provenance("a, b", "", {}, {"python": "3.11"}, "2026-01-01T00:00:00+00:00")


def written(root, name, config, *figures):
    """A run with rows of (step, validation loss, accuracy, BLEU), a minute apart."""
    create_run_folder(root / name)
    write_request(root / name, dataclasses.replace(config, name=name), None)
    records = RunRecords(root / name)
    for step, loss, accuracy, bleu in figures:
        records.add_history(
            HistoryRow(step, 0.1, {"loss": 9.0, "valid_loss": loss, "valid_accuracy": accuracy, "bleu": bleu})
        )
    records.set_status(state="finished")
    return root / name


@pytest.fixture
def folders(tmp_path, monkeypatch):
    clock = iter(range(0, 10**6, 60))
    monkeypatch.setattr("explorer.training.runs.records.time.time", lambda: next(clock))
    rnn = dataclasses.replace(TINY, model=RNNConfig(attention="dot", d_embedding=8, d_hidden=16))
    return (
        written(tmp_path, "a", TINY, (10, 2.0, 0.5, 10.0), (20, 1.0, 0.75, 30.0), (30, 1.5, 0.8, 40.0)),
        written(tmp_path, "b", tiny(learning_rate=0.003), (10, 3.0, 0.25, 5.0)),
        written(tmp_path, "c", rnn),
    )


def test_a_row_has_the_figures_of_the_weights_that_are_kept(folders):
    a, b, c = run_rows(folders)
    assert (a.kept_step, a.valid_loss, a.accuracy, a.bleu, a.minutes) == (20, 1.0, 0.75, 30.0, 2.0)
    assert math.isnan(a.exact_match) and (a.layers, a.heads, a.width, a.dropout) == ("1+1", "2", "16", 0.0)
    assert (c.model, c.layers, c.heads, c.width, c.kept_step) == (
        "rnn dot",
        "1",
        "–",
        "16",
        0,
    ) and math.isnan(c.bleu)
    assert (a.corpus, a.state, a.step, a.max_steps) == ("copy", "finished", 30, 30)


def test_differences_are_those_that_somebody_chose(folders):
    a, b = run_rows(folders[:2])
    assert a.differences == {"training.learning_rate": "0.01"} and b.differences == {
        "training.learning_rate": "0.003"
    }


def test_a_field_that_only_some_have_is_a_difference(folders):
    rows = {row.name: row.differences for row in run_rows(folders)}
    assert (
        rows["a"]["model.n_heads"] == "2"
        and "model.n_heads" not in rows["c"]
        and rows["c"]["model.attention"] == "dot"
    )
    assert (
        rows["a"]["model.family"] == "transformer"
        and "training.seed" not in rows["a"]
        and "name" not in rows["a"]
    )


def test_equal_configs_differ_in_nothing():
    assert (
        config_differences({"one": TINY, "other": dataclasses.replace(TINY, name="x", description="y")}) == {}
    )
    forced = tiny(teacher_forcing=((10, 1.0), (20, 0.5)))
    assert config_differences({"one": TINY, "other": forced}) == {
        "training.teacher_forcing": {"one": "none", "other": "10:1 20:0.5"}
    }


def test_before_the_first_validation_nothing_is_kept():
    assert kept_row([]) is None
    assert (
        kept_row([HistoryRow(10, 0.1, {"loss": 1.0}), HistoryRow(20, 0.2, {"valid_loss": math.nan})]) is None
    )


def test_the_csv_reads_back_with_all_digits(folders):
    text = runs_csv(run_rows(folders), PROVENANCE)
    lines = [line for line in text.splitlines() if not line.startswith("# ")]
    table = list(csv.DictReader(io.StringIO("\n".join(lines))))
    assert [row["run"] for row in table] == ["a", "b", "c"] and "# date:" in text
    assert (
        float(table[0]["dev loss"]) == 1.0
        and table[2]["BLEU"] == ""
        and table[1]["training.learning_rate"] == "0.003"
    )


def test_the_latex_table_marks_the_best_and_escapes(folders, tmp_path):
    rows = run_rows(folders[:2])
    hostile = dataclasses.replace(rows[1], name=r"50%_\input{x}&$#~^")
    text = runs_latex([rows[0], hostile], caption="A & B")
    assert (
        r"\textbf{1.0000}" in text
        and r"\textbf{30.00}" in text
        and r"\textbf{3.0000}" not in text
        and r"\caption{A \& B}" in text
    )
    assert r"50\%\_\textbackslash{}input\{x\}\&\$\#\textasciitilde{}\textasciicircum{}" in text
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
    n_columns = len(re.search(r"\\begin\{tabular\}\{(\w+)\}", text)[1])
    assert [len(re.findall(r"(?<!\\)&", line)) + 1 for line in body] == [n_columns] * 2
    header, cells = table_cells(rows)
    assert (
        len(header) == n_columns == len(cells[0]) == len(COLUMNS) + 1
        and cells[0][header.index("exact match")] == "–"
    )


# ------------------------------------------------------------------------------------------------------ sweep


def test_a_grid_is_every_combination_in_order():
    points = grid_points("s", TINY, {"training.learning_rate": (1e-3, 3e-3), "model.n_heads": (2, 4, 8)})
    assert list(points) == [f"s-{n:02d}" for n in range(1, 7)]
    found = [(c.training.learning_rate, c.model.n_heads) for c in points.values()]
    assert found == [(1e-3, 2), (1e-3, 4), (1e-3, 8), (3e-3, 2), (3e-3, 4), (3e-3, 8)]
    assert points["s-03"].name == "s-03" and points["s-03"].corpus == TINY.corpus


def test_values_are_read_as_the_field_has_them():
    assert grid_values(TINY, "training.learning_rate", ["1e-3", "3"]) == (1e-3, 3.0)
    assert grid_values(TINY, "model.n_heads", ["2"]) == (2,) and grid_values(TINY, "model.norm", ["rms"]) == (
        "rms",
    )
    assert grid_values(TINY, "tokenizer.shared", ["true", "False"]) == (True, False)
    assert grid_values(RunConfig(), "corpus.phenomenon", ["none", "separable_verb"]) == (
        None,
        "separable_verb",
    )


@pytest.mark.parametrize(
    "path, texts, sentence",
    [
        ("model.n_head", ["2"], "no such field"),
        ("model.src_vocab", ["2"], "no such field"),
        ("model.n_heads", ["two"], "model.n_heads is 'two' in the grid; expected a whole number"),
        ("training.learning_rate", ["fast"], "expected a number"),
        ("tokenizer.shared", ["yes"], "expected true or false"),
        ("training.teacher_forcing", ["1"], "is a list"),
        ("model.family", ["rnn"], "make a sweep for each"),
    ],
)
def test_a_grid_that_makes_no_sense_names_the_field(path, texts, sentence):
    with pytest.raises(InputError, match=sentence):
        grid_values(TINY, path, texts)


@pytest.mark.parametrize(
    "grid, sentence",
    [
        ({}, "The grid has 1 points"),
        ({"model.n_heads": ()}, "model.n_heads has no value"),
        ({"model.n_heads": (2, 2)}, "one of them twice"),
        ({"training.seed": tuple(range(201))}, "at most 200"),
        ({"model.n_heads": (2, 3)}, "model.n_heads=3 does not divide"),
        ({"model.norm": ("batch",)}, "model.norm is 'batch'"),
    ],
)
def test_an_impossible_point_stops_the_sweep_before_it_starts(grid, sentence):
    with pytest.raises(InputError, match=sentence):
        grid_points("s", TINY, grid)


def test_a_sweep_that_is_asked_for_again_goes_on(tmp_path, monkeypatch):
    points = grid_points("s", TINY, {"training.seed": (1, 2, 3)})
    done = []

    def launched(config, root, name, data):
        done.append(("launch", name))
        written(root, name, config)

    monkeypatch.setattr(sweeping, "launch", launched)
    monkeypatch.setattr(sweeping, "resume", lambda folder: done.append(("resume", folder.name)))
    written(tmp_path, "s-01", points["s-01"])
    RunRecords(written(tmp_path, "s-02", points["s-02"])).set_status(state="stopped")
    assert launch_sweep(points, tmp_path) == tuple(tmp_path / name for name in points)
    assert done == [("resume", "s-02"), ("launch", "s-03")], "what is finished stays as it is"
    with pytest.raises(InputError, match="s-01 holds a run with other settings: give the sweep another name"):
        launch_sweep(grid_points("s", TINY, {"training.seed": (4, 5)}), tmp_path)
    assert len(done) == 2
