"""The answer on teacher forcing follows from its runs, which differ only in what the decoder reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.experiments.files import read_shipped
from explorer.experiments.teacher_forcing import FORCED, FREE, TEACHER_FORCING, falls
from explorer.training.runs.table import config_differences
from explorer.training.trainer import teacher_forcing_share

RUNS = read_shipped(TEACHER_FORCING)


def changed(key: str, bleu: float, last_free: float = 0.5):
    """A shipped run whose every validation has this BLEU, and whose last word is right so often."""
    run = RUNS[key]
    rows = tuple(
        replace(row, values=row.values | ({"bleu": bleu} if "bleu" in row.values else {}))
        for row in run.history
    )
    free = replace(run.curves[FREE], y=(*run.curves[FREE].y[:-1], last_free))
    return replace(run, history=rows, curves=run.curves | {FREE: free})


@pytest.mark.parametrize("scores, option", [((9, 5, 1), 0), ((5, 9, 1), 1), ((1, 5, 9), 2), ((5, 5, 5), 0)])
def test_the_answer_is_the_run_with_the_best_translations(scores, option):
    runs = {key: changed(key, score) for key, score in zip(RUNS, scores, strict=True)}
    answer = TEACHER_FORCING.answer(runs)
    assert (
        answer.option == option
        and f"always {scores[0]:.1f}, scheduled {scores[1]:.1f}, never {scores[2]:.1f}." in answer.text
    )


def test_the_cost_is_what_accuracy_falls_by():
    run = changed("always", 50, last_free=0.25)
    assert falls(run)[-1] == pytest.approx(100 * (run.curves[FORCED].y[-1] - 0.25)) and falls(run)[0] == 0
    assert f"always 0.0 and {falls(run)[-1]:.1f}" in TEACHER_FORCING.answer(RUNS | {"always": run}).text


def test_the_runs_differ_in_teacher_forcing_alone():
    assert list(config_differences(TEACHER_FORCING.configs())) == ["training.teacher_forcing"]


@pytest.mark.parametrize(
    "key, shares",
    [("always", [1.0] * 6), ("scheduled", [1.0, 1.0, 0.5, 0.5, 0.0, 0.0]), ("never", [0.0] * 6)],
)
def test_each_run_read_what_its_name_says(key, shares):
    assert [
        teacher_forcing_share(TEACHER_FORCING.configs()[key].training, epoch) for epoch in range(1, 7)
    ] == shares
    by_epoch = {}
    for row in RUNS[key].history[1:]:
        by_epoch.setdefault(int(row.epoch - 1e-6), set()).add(row.values["teacher_forcing"])
    assert [share for epoch in sorted(by_epoch) for share in by_epoch[epoch]] == shares


def test_the_error_compounds_in_every_shipped_run():
    """Nothing stands before the first word; the last has the whole sentence before it."""
    for run in RUNS.values():
        assert falls(run)[0] == 0 and falls(run)[-1] > 5
