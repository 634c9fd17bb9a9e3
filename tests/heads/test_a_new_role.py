"""A role that nobody has heard of: a metric, its line in the registry and an entry in the table of roles are
enough for evidence, legends, panels and files.
"""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from explorer.checkpoints.role_snapshots import pack_roles, unpack_roles
from explorer.heads.roles.batch import AttentionBatch, per_sentence
from explorer.heads.roles.criteria import Asked, head_rows, not_asked
from explorer.heads.roles.metrics.registry import HEAD_METRICS, HeadMetric
from explorer.heads.roles.report import report_from_json, report_to_json
from explorer.heads.roles.trajectory import head_trajectories
from explorer.results import HEAD_ROLES, HeadCounts, HeadMap, HeadRole, Provenance
from explorer.results.head_roles import ABOVE_RANDOM, POINTS_ABOVE, RoleCurve, TooFew
from explorer.views.heads.map import head_map_figure
from explorer.views.heads.role_figures import evidence_figure
from explorer.views.heads.role_files import roles_csv
from explorer.views.heads.role_rows import evidence_rows
from explorer.views.heads.role_table import table_data
from explorer.views.heads.roles import roles_line
from explorer.views.theme import THEMES, line_colors
from explorer.views.training.role_curves import role_panel
from explorer.views.training.trajectories import trajectories_csv
from tests.heads.built_heads import surveyed
from tests.heads.samples import head_report
from tests.heads.trajectory_samples import snapshot

LIGHT = THEMES["light"]


def count(batch: AttentionBatch) -> HeadCounts:
    """How often the maximum of a row falls on the first key."""
    sentence, row = batch.query.real.nonzero()
    hits = batch.maxima.share(sentence, row, np.zeros_like(row))
    sums = per_sentence(hits, sentence, batch.n_sentences)
    return batch.count("opening", {"opening:first": (sums, batch.query.real.sum(1))})


OPENING = HeadRole(
    key="opening",
    name="opening",
    rule="The maximum falls on the first token, ten points more often than any rule or random weights.",
    mark="★",
    symbol="star",
    hue=4,
    questions="opening:first",
    label=lambda question: "the first token",
    short_label=lambda question: "first",
    conditions=(ABOVE_RANDOM, POINTS_ABOVE),
    curve=RoleCurve("gain", "Opening", "share of maxima on the first token minus a rule's, points"),
    too_few=TooFew("questions about the first token", "no sentence has one"),
)


@pytest.fixture
def opening(monkeypatch) -> HeadRole:
    monkeypatch.setitem(HEAD_METRICS, OPENING.key, HeadMetric(count))
    monkeypatch.setitem(HEAD_ROLES, OPENING.key, OPENING)
    return OPENING


@pytest.fixture
def report(opening):
    model, control = (
        Asked(surveyed(seed, learnt=learnt), surveyed(seed + 1, learnt=learnt))
        for seed, learnt in ((1, True), (3, False))
    )
    rows = head_rows(model, [control.reported])
    return replace(head_report(), rows=rows, best=(), offsets=tuple(range(-5, 6)), control=())


def test_heads_are_asked_by_its_criterion(report):
    with_role = [row for row in report.rows if "opening" in row.roles]
    assert [(row.kind, row.head) for row in with_role] == [("cross", 2)]  # the one built to look there
    evidence = with_role[0].best("opening")
    assert (evidence.question, evidence.label, evidence.value) == ("opening:first", "the first token", 1.0)
    assert [(c.text, c.holds) for c in evidence.criteria] == [
        (condition.text, True) for condition in (ABOVE_RANDOM, POINTS_ABOVE)
    ]
    few = Asked(surveyed(1, n=5), surveyed(2, n=5))
    assert "questions about the first token (cross)" in {entry.what for entry in not_asked(few, ())}


def test_tables_legends_and_figures_show_it(report):
    row = report.row("cross", 0, 2)
    assert "1 opening" in roles_line(report.rows)
    table = table_data(report.rows, LIGHT)
    column = next(column for column in table["columns"] if column["name"] == "★ opening")
    assert (column["color"], column["help"]) == (line_colors(LIGHT)[4], OPENING.rule)
    badges = [badge for drawn in table["rows"] for badge in drawn["roles"] if not badge["dashed"]]
    assert [badge["name"] for badge in badges if badge["mark"] == "★"] == ["opening"]
    assert "star" in evidence_figure(report, row, LIGHT).data[-1].marker.symbol
    assert "opening" in {line["role"] for line in evidence_rows(row.evidence)}
    head_map = HeadMap("cross", 1, 4, 9, np.zeros((4, 4)), np.zeros((4, 2)), 1.0)
    rows = {(row.layer, row.head): row for row in report.rows if row.kind == "cross"}
    legend = [trace.name for trace in head_map_figure(head_map, rows, LIGHT).data]
    assert "opening, 1" in legend


def test_files_hold_it_and_are_read_back(report):
    assert report_to_json(report_from_json(report_to_json(report))) == report_to_json(report)
    asked = [line for line in csv_rows(roles_csv(report)) if line["role"] == "opening"]
    assert [line["label"] for line in asked] == ["the first token"] * len(report.rows)


def test_a_training_run_has_a_panel_and_a_csv_of_it(opening):
    steps = [
        unpack_roles(pack_roles(snapshot(step, {"cross": {"opening:first": [[share]]}})))
        for step, share in ((10, 0.2), (20, 0.9))
    ]
    (trajectory,) = head_trajectories(steps)
    assert (trajectory.role, trajectory.taken_at) == ("opening", 20)
    panel = role_panel([trajectory], opening, LIGHT)
    assert (panel["title"], panel["rule"]) == ("Opening", {"at": 0.1, "label": "+10"})
    assert panel["lines"][0]["values"] == pytest.approx([-0.1, 0.6])
    points = csv_rows(trajectories_csv([trajectory], Provenance("run", "", {}, {}, "")))
    assert [(point["role"], point["step"], point["holds"]) for point in points] == [
        ("opening", "10", "0"),
        ("opening", "20", "1"),
    ]


def csv_rows(text: str) -> list[dict[str, str]]:
    """The lines of a CSV file by the names of its columns, without the facts at its top."""
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("# ")))
