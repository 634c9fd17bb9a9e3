"""Does a run have a sentence for every state, figures with units, and samples that stay text?"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest

from explorer.results import RUN_STATES, DataSize, Estimate, RunStatus, SampleTranslation
from explorer.views.theme import THEMES
from explorer.views.training.run_watch import (
    differences_html,
    duration,
    estimate_lines,
    samples_html,
    settings_html,
    share_done,
    status_line,
    tiles,
    tiles_html,
)
from tests.views.samples import ATTACK

LIGHT = THEMES["light"]
RUNNING = RunStatus(
    "shift",
    Path("runs/shift"),
    "running",
    phase="training",
    step=300,
    max_steps=600,
    epoch=0.96,
    seconds_left=75.0,
    values={"loss": 0.05, "accuracy": 0.9876, "learning_rate": 0.0015, "tokens_per_second": 41234.5},
)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, "Training: step 300 of 600, about 75 s left."),
        ({"seconds_left": None}, "Training: step 300 of 600."),
        ({"phase": "preparing"}, "Reading its data and making the vocabulary."),
        ({"phase": "measuring"}, "Trained. The kept weights are measured on held-out sentences now."),
        ({"state": "waiting", "n_ahead": 0}, "Starting: its process is coming up."),
        ({"state": "waiting", "n_ahead": 1}, "Queued: 1 run is ahead of it."),
        ({"state": "waiting", "n_ahead": 3}, "Queued: 3 runs are ahead of it."),
        (
            {"state": "finished", "reason": "reached max_steps"},
            "Finished at step 300 of 600: reached max_steps.",
        ),
        ({"state": "stopped"}, "Stopped at step 300 of 600. It can go on from there."),
        ({"state": "failed", "reason": "The disk is full."}, "Failed at step 300 of 600. The disk is full."),
    ],
)
def test_every_state_is_a_sentence(changes, expected):
    assert status_line(dataclasses.replace(RUNNING, **changes)) == expected


def test_no_state_is_without_words_and_a_dead_run_is_not_called_running():
    lines = {state: status_line(dataclasses.replace(RUNNING, state=state)) for state in RUN_STATES}
    assert len(set(lines.values())) == len(RUN_STATES)
    assert lines["died"].startswith("Died at step 300") and "go on" in lines["died"]


def test_figures_have_units_and_the_exact_number_at_the_pointer():
    found = {
        tile.name: tile
        for tile in tiles(
            RUNNING, {"valid_loss": 0.0419, "valid_accuracy": 0.99, "bleu": 97.25, "exact_match": 0.912}
        )
    }
    assert {name: tile.text for name, tile in found.items()} == {
        "Training loss": "0.05",
        "Held-out loss": "0.0419",
        "Training accuracy": "98.8 %",
        "Held-out accuracy": "99.0 %",
        "BLEU": "97.2",
        "Exact match": "91.2 %",
        "Learning rate": "0.0015",
        "Tokens / s": "41,234",
    }
    assert found["Training accuracy"].exact == "0.9876"
    html = tiles_html(list(found.values()), LIGHT)
    assert "0.9876" in html and 'data-figure="Exact match"' in html


def test_what_is_not_known_yet_is_a_dash():
    nothing = dataclasses.replace(RUNNING, values={"loss": math.nan})
    assert {tile.text for tile in tiles(nothing, {})} == {"–"}


@pytest.mark.parametrize("step, most, share", [(0, 0, 0.0), (0, 10, 0.0), (5, 10, 0.5), (12, 10, 1.0)])
def test_the_bar_is_between_nothing_and_all(step, most, share):
    assert share_done(dataclasses.replace(RUNNING, step=step, max_steps=most)) == share


@pytest.mark.parametrize(
    "seconds, text",
    [(0.2, "1 s"), (89, "89 s"), (90, "2 min"), (600, "10 min"), (5400, "1 h 30 min"), (7500, "2 h 05 min")],
)
def test_time_is_as_exact_as_anybody_needs(seconds, text):
    assert duration(seconds) == text


def test_samples_are_marked_where_they_are_right_and_stay_text():
    html = samples_html(
        [
            SampleTranslation(50, 0, "1 2 3", "2 3 0", "2 3 0"),
            SampleTranslation(50, 1, ATTACK, "<b>x</b>", "**y** שלום"),
        ],
        LIGHT,
    )
    assert html.count("✓</td>") == 1 and "<img" not in html and "<b>x" not in html and "**y**" in html


def test_settings_and_differences_stay_text():
    html = settings_html({"name": ATTACK, "model.n_heads": 4, "corpus.distance": None}, LIGHT)
    html += differences_html(
        {"model.n_heads": {"a": "4", ATTACK: "8"}, "x": {"a": "1"}}, ["a", ATTACK], LIGHT
    )
    assert "<img" not in html and ">–</td>" in html and ">8</td>" in html


def test_an_estimate_says_what_will_be_needed():
    size = DataSize(20_000, 300, 200, 7, 104, 105, 420_000, 313, 21)
    lines = estimate_lines(Estimate(97_280, 382_600_192, 34.9, "From a matrix product.", 1.917, size))
    assert lines[0] == "97,280 parameters · 383 MB of memory · time about 35 s"
    assert "20,000 sentence pairs, 1.92 times over" in lines[1] and "104 → 105" in lines[1]
    assert lines[2].startswith("7 pairs are left out") and lines[-1] == "From a matrix product."
    assert "time not known yet" in estimate_lines(Estimate(1, 3 * 10**9, None, "", 1.0, size))[0]
