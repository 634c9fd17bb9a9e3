"""Is every training found that can be watched again, and read as it was kept: shipped, finished, alive, from
before there were roles?
"""

from __future__ import annotations

import numpy as np
import pytest

from explorer.attention.capture import replay
from explorer.checkpoints import catalogue
from explorer.checkpoints.folder import pack_record, save_checkpoint
from explorer.checkpoints.role_snapshots import pack_roles
from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.errors import InputError
from explorer.heads.roles.trajectory import head_trajectories
from explorer.results import HistoryRow
from explorer.training.runs.head_roles import HeadRoles
from explorer.training.runs.records import DATABASE, RunRecords
from explorer.training.runs.request import create_run_folder, write_request
from explorer.training.runs.timelines import film, list_timelines, read_timeline, stamp
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint
from tests.training.conftest import TINY

SHIPPED = ("grammar-en-de-transformer-small", "grammar-en-de-rnn-small")


@pytest.fixture(scope="module")
def kept():
    """A tiny model's snapshots of two sentences, and what its heads answered."""
    checkpoint = make_tiny_checkpoint("rnn")
    pairs = load_grammar(GrammarConfig(tgt_lang="de", n_train=1, n_valid=40, n_test=1, seed=5)).valid
    return (
        checkpoint,
        [pack_record(replay(checkpoint, *pair)) for pair in TINY_PAIRS[:2]],
        HeadRoles(checkpoint, pairs).ask(10),
    )


@pytest.fixture
def runs(tmp_path, monkeypatch, kept):
    """Runs: one with all, one from before there were roles, one without a snapshot, one whose database is
    damaged.
    """
    monkeypatch.setattr(catalogue, "RUNS", tmp_path)
    _, snapshots, answered = kept
    for name in ("all", "old", "new", "broken"):
        create_run_folder(tmp_path / name)
        write_request(tmp_path / name, TINY, None)
    for name, roles in (("all", pack_roles(answered)), ("old", None)):
        records = RunRecords(tmp_path / name)
        records.add_history(HistoryRow(10, 0.5, {"loss": 3.0, "valid_loss": 2.0}), snapshots, roles=roles)
        records.set_status(state="finished")
    RunRecords(tmp_path / "new").add_history(HistoryRow(1, 0.1, {"loss": 3.0}))
    (tmp_path / "broken" / DATABASE).write_bytes(b"nonsense" * 1000)
    return tmp_path


def test_shipped_trainings_come_first_those_with_roles_before_all_others(runs):
    found = list_timelines()
    shipped = [info for info in found if info.state is None]
    assert {info.name for info in shipped[:2]} == set(SHIPPED) and found[: len(shipped)] == tuple(shipped)
    assert (
        all(info.has_roles for info in shipped[:2])
        and not any(info.has_roles for info in shipped[2:])
        and len(shipped) > 10
    )
    assert {(info.name, info.state, info.has_roles) for info in found[len(shipped) :]} == {
        ("runs/all", "finished", True),
        ("runs/old", "finished", False),
    }


def test_a_run_is_read_from_its_records_and_a_checkpoint_from_its_files(runs, kept, tmp_path_factory):
    checkpoint, snapshots, answered = kept
    path = save_checkpoint(
        tmp_path_factory.mktemp("saved") / "model",
        checkpoint,
        [HistoryRow(10, 0.5, {"loss": 3.0, "valid_loss": 2.0})],
        [(10, number, packed) for number, packed in enumerate(snapshots)],
        roles=[(10, pack_roles(answered))],
    )
    for name in ("runs/all", str(path)):
        timeline = read_timeline(name)
        assert (timeline.name, timeline.history) == (
            name,
            (HistoryRow(10, 0.5, {"loss": 3.0, "valid_loss": 2.0}),),
        )
        assert [(s.step, s.sentence) for s in timeline.snapshots] == [(10, 0), (10, 1)] and len(
            timeline.sentences
        ) == 2
        assert pack_roles(timeline.roles[0]) == pack_roles(answered) and head_trajectories(timeline.roles)
    assert (
        read_timeline("runs/all").max_steps == TINY.training.max_steps
        and read_timeline("runs/all").state == "finished"
    )
    old = read_timeline("runs/old")
    assert old.roles == () and old.kinds == ("cross",) and film(old, 0, "cross").weights.shape[0] == 1
    before = stamp("runs/all")
    RunRecords(runs / "all").add_history(HistoryRow(20, 1.0, {"loss": 1.0}))
    assert stamp("runs/all") != before


def test_a_film_has_the_words_and_the_weights_of_every_step(kept):
    timeline = read_timeline("tatoeba-en-de-transformer")
    for kind in timeline.kinds:
        found = film(timeline, 1, kind)
        taken = [s for s in timeline.snapshots if s.sentence == 1]
        assert found.steps == tuple(s.step for s in taken) and len(found.steps) > 5
        assert found.weights.shape[-2:] == (len(found.view.rows.tokens), len(found.view.cols.tokens))
        whole = [
            s.record.map(kind).weights.sum((-1, -2)) / len(s.record.map(kind).query.tokens) for s in taken
        ]
        rows = found.weights.sum(-1).mean(-1)
        assert np.abs(rows - np.array(whole)).max() < 0.01, "merged into words, a row still sums to 1"
    assert timeline.roles == () and timeline.history


@pytest.mark.parametrize("name", ["runs/new", "runs/../all", "runs/", "nowhere", "runs/broken"])
def test_what_is_not_there_is_said_in_a_sentence(runs, name):
    with pytest.raises(InputError):
        read_timeline(name)


def test_a_sentence_or_a_kind_that_was_not_kept_is_refused(runs):
    timeline = read_timeline("runs/all")
    for sentence, kind in ((5, "cross"), (0, "encoder_self")):
        with pytest.raises(InputError, match="pick another one"):
            film(timeline, sentence, kind)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_timelines_show_roles_being_taken(name):
    timeline = read_timeline(name)
    trajectories = head_trajectories(timeline.roles)
    steps = [snapshot.step for snapshot in timeline.roles]
    assert (
        steps == sorted({s.step for s in timeline.snapshots})
        and len(steps) >= 15
        and steps[-1] == timeline.max_steps
    )
    validated = {row.step for row in timeline.history if "valid_loss" in row.values}
    assert validated == set(steps), "the loss at every step of the curves"
    taken = [c.taken_at for c in trajectories if c.taken_at is not None]
    assert taken and all(steps[0] < step for step in taken), "no head has its role from the start"
    alignment = [c for c in trajectories if c.role == "alignment"]
    assert all(c.value[0] < 0.3 for c in alignment) and max(c.value[-1] for c in alignment) > 0.8
