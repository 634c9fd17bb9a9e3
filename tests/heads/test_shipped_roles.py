"""Does the grammar's transformer have the heads that the app is there to show? On held-out sentences, and not
with random weights.
"""

from __future__ import annotations

import pytest

from explorer.checkpoints.folder import load_checkpoint
from explorer.heads.roles.corpus import grammar_corpus
from explorer.heads.roles.study import study
from explorer.results import Provenance

NAME = "grammar-en-de-transformer"


@pytest.fixture(scope="module")
def report():
    checkpoint = load_checkpoint(NAME)
    return study(checkpoint, grammar_corpus("de", 200), Provenance(NAME, checkpoint.sha256, {}, {}, ""))


def test_a_head_of_the_encoder_looks_at_the_word_before(report):
    found = [
        e
        for row in report.rows
        for e in row.evidence
        if e.role == "positional" and e.holds and row.kind == "encoder_self"
    ]
    assert any(e.offset == -1 and e.value >= 0.9 and e.n >= 1000 for e in found)


def test_a_head_follows_a_relation_ten_points_better_than_its_position_would(report):
    found = [e for row in report.rows for e in row.evidence if e.role == "syntactic" and e.holds]
    assert any(e.value >= e.baseline + 0.1 and e.low > e.baseline for e in found)


def test_with_random_weights_no_head_has_a_role(report):
    assert len(report.control) == len(report.rows) and not any(row.roles for row in report.control)
