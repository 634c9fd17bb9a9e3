"""Does the film hold every weight, point and word of a training run, and does nothing pass for markup?"""

from __future__ import annotations

import base64
import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.heads.roles.trajectory import head_trajectories
from explorer.results import AttentionSnapshot, HistoryRow, Provenance, TrainingTimeline
from explorer.training.runs.timelines import film
from explorer.views.text import visible_line
from explorer.views.theme import THEMES, role_color
from explorer.views.training.over_training import WEIGHTS, film_data
from explorer.views.training.trajectories import discipline, summary, trajectories_csv, trajectory_rows
from tests.heads.trajectory_samples import training
from tests.views.samples import NASTY, make_record

STEPS = (10, 20, 40, 80)
VALIDATED = {"valid_accuracy": 0.5, "bleu": 12.34}
HISTORY = tuple(
    HistoryRow(
        step,
        step / 50,
        {"loss": 4.0 / step} | ({"valid_loss": 5.0 / step} | VALIDATED if step in STEPS else {}),
    )
    for step in range(5, 85, 5)
)


@pytest.fixture(scope="module")
def timeline() -> TrainingTimeline:
    """Two sentences, one of them of nasty tokens, with 2 layers of 2 heads of every kind."""
    snapshots = [
        AttentionSnapshot(
            step, make_record((*tokens, "</s>"), (*tokens, "</s>"), seed=step + sentence), sentence
        )
        for step in STEPS
        for sentence, tokens in enumerate((NASTY, ("a", "b", "c")))
    ]
    return TrainingTimeline("runs/it", "finished", 100, HISTORY, tuple(snapshots), training(STEPS))


def data_of(timeline, sentence=0, kind="cross", theme="light"):
    return film_data(
        film(timeline, sentence, kind),
        timeline,
        head_trajectories(timeline.roles),
        THEMES[theme],
        600,
    )


@pytest.mark.parametrize("kind", ["cross", "encoder_self", "decoder_self"])
def test_every_weight_of_every_step_is_there(timeline, kind):
    data = data_of(timeline, 1, kind)
    n_layers, n_heads, rows, cols = data["shape"]
    cells = np.frombuffer(base64.b64decode(data["cells"]), "<u2").reshape(
        len(STEPS), n_layers, n_heads, rows, cols
    )
    for number, step in enumerate(STEPS):
        record = next(s.record for s in timeline.snapshots if (s.step, s.sentence) == (step, 1))
        assert np.abs(cells[number] / WEIGHTS - record.map(kind).weights).max() <= 0.5 / WEIGHTS + 1e-7
    assert data["steps"] == list(STEPS) and data["max_steps"] == 100
    assert (
        data["rows"] == [visible_line(t) for t in record.map(kind).query.tokens]
        and len(data["rows"]) == rows
        and len(data["cols"]) == cols
    )
    assert [head["name"] for head in data["heads"]] == ["L0 H0", "L0 H1", "L1 H0", "L1 H1"]
    places = {
        (e["attributes"]["data-row"], e["attributes"]["data-col"])
        for e in data["picture"]["elements"]
        if "data-row" in e["attributes"]
    }
    assert places == {(str(i), str(j)) for i in range(rows) for j in range(cols)}
    json.dumps(data)


def test_curves_are_the_answers_in_the_unit_of_each_panel(timeline):
    trajectories = {(c.kind, c.name, c.role): c for c in head_trajectories(timeline.roles)}
    for kind, roles in (
        ("cross", {"Positional": "positional", "Alignment error": "alignment"}),
        ("encoder_self", {"Syntactic": "syntactic"}),
    ):
        panels = {panel["title"]: panel for panel in data_of(timeline, 1, kind)["panels"]}
        for title, role in roles.items():
            assert [line["label"] for line in panels[title]["lines"]] == ["L0 H0", "L0 H1", "L1 H0", "L1 H1"]
            for number, line in enumerate(panels[title]["lines"]):
                c = trajectories[kind, line["label"], role]
                expected = {
                    "positional": c.value,
                    "alignment": [1 - v for v in c.value],
                    "syntactic": [v - 0.3 for v in c.value],
                }[role]
                assert line["values"] == pytest.approx(expected, abs=1e-5) and line["steps"] == list(STEPS)
                assert (line["head"], line["taken"], line["color"]) == (
                    number,
                    c.taken_at,
                    role_color(THEMES["light"], role),
                )
                assert all(
                    c.name in said and f"step {step}" in said
                    for said, step in zip(line["said"], STEPS, strict=True)
                )
            low, high = panels[title]["low"], panels[title]["high"]
            values = [value for line in panels[title]["lines"] for value in line["values"]]
            assert max(values) <= high and (low <= min(values) or (role, low) == ("syntactic", -0.5))
    loss = data_of(timeline)["panels"][0]
    assert {line["label"]: len(line["values"]) for line in loss["lines"]} == {"training": 16, "validation": 4}
    assert loss["lines"][1]["values"] == pytest.approx([5.0 / step for step in STEPS], abs=1e-5)


def test_marks_stand_where_the_criterion_holds_and_facts_are_those_of_the_step(timeline):
    data = data_of(timeline, 1, "encoder_self")
    for head, found in zip(("L0 H0", "L0 H1", "L1 H0", "L1 H1"), data["heads"], strict=True):
        own = [c for c in head_trajectories(timeline.roles) if (c.kind, c.name) == ("encoder_self", head)]
        assert [role["holds"] for role in found["roles"]] == [list(c.holds) for c in own]
    assert data["facts"][0] == "validation loss 0.5 · right tokens 50.0 % · BLEU 12.3"


def test_without_answers_there_is_the_loss_alone_and_without_history_not_even_that(timeline):
    bare = replace(timeline, roles=(), history=())
    data = data_of(bare)
    assert (
        [panel["title"] for panel in data["panels"]] == ["Loss"]
        and data["panels"][0]["lines"] == []
        and data["facts"] == [""] * 4
    )
    assert (
        all(not head["roles"] for head in data["heads"])
        and data["axis"]["low"] == 10
        and data["axis"]["high"] == 80
    )
    one = replace(timeline, snapshots=timeline.snapshots[:1], history=())
    assert data_of(one)["steps"] == [10]


def test_the_words_say_when_and_how(timeline):
    trajectories = head_trajectories(timeline.roles)
    taken = sorted((c.taken_at, c.name) for c in trajectories if c.taken_at is not None)
    line = summary(trajectories, timeline.roles)
    with_role = {(c.kind, c.layer, c.head) for c in trajectories if c.taken_at is not None}
    assert (
        line.startswith(f"{len(with_role)} of 8 heads")
        and f"from step {taken[0][0]} on" in line
        and f"from step {taken[-1][0]} on" in line
    )
    said = discipline(timeline.roles)
    assert "at step 80, on 30 validation sentences" in said and "on 31 others" in said and "4 models" in said
    weak = [replace(c, holds=(False,) * 4) for c in trajectories]
    assert summary(weak, timeline.roles).startswith("None of 8 heads has a role at step 80")
    rows = trajectory_rows(trajectories)
    assert len(rows) == 16 and [row["taken_at"] for row in rows if row["taken_at"]] == [
        step for step, _ in taken
    ]
    assert all(row["taken_at"] is None for row in rows[len(taken) :])


def test_the_table_as_csv_has_every_point_exactly(timeline):
    trajectories = head_trajectories(timeline.roles)
    text = trajectories_csv(trajectories, Provenance("runs/it", "abc", {}, {}, "today"))
    table = list(
        csv.reader(io.StringIO("".join(line for line in text.splitlines(True) if not line.startswith("#"))))
    )
    header, rows = table[0], table[1:]
    assert len(rows) == 16 * 4 and "# checkpoint" in text
    first = dict(zip(header, rows[0], strict=True))
    assert (
        float(first["value"]) == trajectories[0].value[0] and first["step"] == "10" and first["holds"] in "01"
    )


def test_hostile_tokens_stay_text(timeline):
    data = data_of(timeline, 0, "cross", "dark")
    assert all(not math.isnan(len(label)) for label in data["rows"])
    texts = [e["text"] for e in data["picture"]["elements"] if e["tag"] == "text"]
    assert any("<" in text for text in texts), "as they are: the component puts them in as text"
