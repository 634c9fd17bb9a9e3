"""`python -m explorer over-training`: the shipped runs as text, JSON and CSV, and mistakes."""

from __future__ import annotations

import csv

from explorer.heads.roles.trajectory import head_trajectories
from explorer.training.runs.timelines import read_timeline

NAME = "grammar-en-de-transformer-small"


def test_roles_are_listed_in_the_order_they_were_taken(command, tmp_path):
    trajectories = head_trajectories(read_timeline(NAME).roles)
    told = command("over-training", "--csv", tmp_path / "curves.csv")
    lines = [
        line.split()
        for line in told.out.splitlines()
        if line.split() and line.split()[0].replace(",", "").isdigit()
    ]
    taken = sorted(c.taken_at for c in trajectories if c.taken_at is not None)
    assert (
        told.code == 0
        and told.out.startswith(f"{NAME}: 11 of 24 heads")
        and [int(line[0].replace(",", "")) for line in lines] == taken
    )
    everything = command("over-training", "-c", NAME, "--all").out
    assert sum(line.lstrip().startswith("–") for line in everything.splitlines()) == len(trajectories) - len(
        taken
    )
    values = command("over-training", "-c", NAME, "--json").json
    assert values["name"] == NAME and [
        (v["layer"], v["head"], v["role"], v["taken_at"]) for v in values["heads"]
    ] == [(c.layer, c.head, c.role, c.taken_at) for c in trajectories]
    rows = [
        row
        for row in csv.reader(open(tmp_path / "curves.csv", encoding="utf-8"))
        if not row[0].startswith("#")
    ]
    assert len(rows) == 1 + sum(len(c.steps) for c in trajectories)


def test_a_training_without_answers_says_so(command):
    told = command("over-training", "-c", "grammar-en-de-transformer")
    assert (
        told.code == 2
        and "but not the roles of its heads" in told.err
        and "training.role_sentences" in told.err
    )
    assert command("over-training", "-c", "nowhere").code == 2
