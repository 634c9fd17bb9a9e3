"""Are the answers of heads while they learn those of plain loops over single sentences, kept whole, and
without effect on the weights?
"""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from explorer.attention.capture import replay
from explorer.checkpoints.catalogue import ROLE_CURVES, read_role_curves, read_snapshots
from explorer.checkpoints.folder import load_checkpoint, pack_record, save_checkpoint
from explorer.checkpoints.role_snapshots import pack_roles, unpack_roles
from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.errors import InputError
from explorer.heads.roles import criteria as roles
from explorer.heads.roles.batch import RULE_OFFSETS
from explorer.heads.roles.study import CONTROL_SEED, N_CONTROLS
from explorer.heads.roles.survey import with_random_weights
from explorer.results import HistoryRow
from explorer.training.runs.callbacks import Recorder
from explorer.training.runs.head_roles import HeadRoles
from explorer.training.runs.records import DATABASE, RunRecords
from explorer.training.runs.run import carry_out, resume_run, start_run
from models.config import RNNConfig
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint
from tests.heads import slow
from tests.heads.test_survey import alone
from tests.training.conftest import TINY, tiny
from tests.training.test_runs import stopping_after

ASKED = {"role_sentences": 80, "validate_sentences": 20, "bleu_sentences": 2, "snapshot_sentences": 1}


@pytest.fixture(scope="module")
def pairs():
    """Eight short sentences of the grammar with their trees and links; plain loops take their time."""
    valid = load_grammar(GrammarConfig(tgt_lang="de", n_train=1, n_valid=60, n_test=1, seed=5)).valid
    return sorted(valid, key=lambda pair: len(pair.src))[:8]


def slow_answers(checkpoint, half, relations, kind, layer, head) -> dict[str, float]:
    """Every question put to one head, one sentence after the other."""
    sums: dict[str, np.ndarray] = {}
    for prepared in half:
        sentence = alone(checkpoint, prepared, kind)
        weights = sentence.weights[layer, head]
        found = slow.positional(sentence, weights)
        found |= (
            slow.alignment(sentence, weights)
            if kind == "cross"
            else slow.syntactic(sentence, weights, relations)
        )
        for question, counts in found.items():
            sums[question] = sums.get(question, np.zeros(2)) + counts
    return {question: hits / n for question, (hits, n) in sums.items() if n}


@pytest.mark.parametrize("family", ["transformer", "rnn"])
def test_shares_accuracies_and_alignment_errors_are_those_of_plain_loops(family, pairs, monkeypatch):
    monkeypatch.setattr(roles, "MIN_N", 4)
    checkpoint = make_tiny_checkpoint(family)
    asking = HeadRoles(checkpoint, pairs)
    assert [[s.src.words for s in half] for half in asking.halves] == [
        [checkpoint.src_tokenizer.encode(pair.src).words for pair in part]
        for part in (pairs[0::2], pairs[1::2])
    ]
    found = asking.ask(7)
    assert (found.step, found.n_chosen, found.n_reported, found.n_controls) == (7, 4, 4, N_CONTROLS)
    assert {answers.kind for answers in found.answers} == (
        {"cross"} if family == "rnn" else {"cross", "encoder_self", "decoder_self"}
    )
    for answers in found.answers:
        assert {"positional", "alignment" if answers.kind == "cross" else "syntactic"} == set(answers.roles)
        for head in np.ndindex(answers.value.shape[1:]):
            for values, half in ((answers.chosen, asking.halves[0]), (answers.value, asking.halves[1])):
                expected = slow_answers(checkpoint, half, asking.relations, answers.kind, *head)
                for number, question in enumerate(answers.questions):
                    assert values[(number, *head)] == pytest.approx(expected[question], abs=2e-6), (
                        answers.kind,
                        head,
                        question,
                    )
        assert ((answers.low <= answers.value + 1e-6) & (answers.value <= answers.high + 1e-6)).all()


def test_rules_and_random_weights_are_those_of_plain_loops(pairs, monkeypatch):
    monkeypatch.setattr(roles, "MIN_N", 4)
    checkpoint = make_tiny_checkpoint("rnn", "word")
    asking = HeadRoles(checkpoint, pairs)
    answers = asking.ask(1).of("cross")
    number = answers.questions.index("aligned:output")
    random = [with_random_weights(checkpoint, CONTROL_SEED + n) for n in range(N_CONTROLS)]
    best = max(slow_answers(model, asking.halves[1], (), "cross", 0, 0)["aligned:output"] for model in random)
    assert answers.control_best[number] == pytest.approx(best, abs=2e-6)

    def rule(half, offset):
        """1 − AER of the links "the word at this distance", over all pairs of `half`."""
        hits = n = 0
        for s in half:
            links = {(t + offset, t) for t in range(len(s.tgt.words)) if 0 <= t + offset < len(s.src.words)}
            hits += len(links & s.links.sure) + len(links & s.links.possible)
            n += len(links) + len(s.links.sure)
        return hits / n

    offset = max(RULE_OFFSETS, key=lambda offset: rule(asking.halves[0], offset))
    assert (
        answers.rules[number]
        == f"always offset {'+' if offset > 0 else '−' if offset < 0 else ''}{abs(offset)}"
    )
    assert answers.chosen_baseline[number] == pytest.approx(rule(asking.halves[0], offset))
    assert answers.baseline[number] == pytest.approx(rule(asking.halves[1], offset))


def test_every_validation_is_written_with_the_answers_of_its_weights(tmp_path):
    config = tiny(**ASKED, also_validate_at=(3,))
    run = start_run(config, tmp_path / "run")
    pairs = run.corpus.valid * 4  # 20 copies of three numbers are too few to ask a head about
    asking = HeadRoles(run.checkpoint, pairs)
    run.trainer.run([asking, Recorder(run.folder, run.checkpoint, (), None, asking)])
    records = run.folder.records
    assert (
        [step for step, _ in records.packed_roles()]
        == [3, 10, 20, 30]
        == [row.step for row in records.history() if "valid_loss" in row.values]
    )
    with run.trainer.best_weights():
        now = HeadRoles(run.checkpoint, pairs).ask(30)
    assert records.packed_roles()[-1] == (30, pack_roles(now)), (
        "the answers of the averaged weights, the same bytes"
    )
    assert len({packed for _, packed in records.packed_roles()}) == 4 and all(
        snapshot.of("cross").questions for snapshot in records.roles()
    )


def test_asking_heads_changes_no_weight_and_a_resumed_run_has_the_same_answers(tmp_path):
    paths = {
        n: carry_out(start_run(tiny(**ASKED | {"role_sentences": n}), tmp_path / f"{n}"), show_progress=False)
        for n in (0, 20)
    }
    assert load_checkpoint(paths[0]).sha256 == load_checkpoint(paths[20]).sha256
    assert (
        RunRecords(tmp_path / "0").packed_roles() == []
        and read_role_curves(paths[0]) == ()
        and not (paths[0] / ROLE_CURVES).exists()
    )
    assert (
        carry_out(
            start_run(tiny(**ASKED), tmp_path / "broken"), show_progress=False, stop_asked=stopping_after(15)
        )
        is None
    )
    path = carry_out(resume_run(tmp_path / "broken"), show_progress=False)
    whole = RunRecords(tmp_path / "20").packed_roles()
    assert [step for step, _ in whole] == [10, 20, 30] and RunRecords(
        tmp_path / "broken"
    ).packed_roles() == whole
    assert [(s.step, pack_roles(s)) for s in read_role_curves(path)] == whole


def test_a_model_without_attention_has_nothing_to_say(tmp_path):
    import dataclasses

    config = dataclasses.replace(
        TINY, model=RNNConfig(d_embedding=8, d_hidden=16, attention="none", dropout=0.0)
    )
    path = carry_out(start_run(config, tmp_path / "run"), show_progress=False)
    assert RunRecords(tmp_path / "run").packed_roles() == [] and read_role_curves(path) == ()


def test_records_and_checkpoints_from_before_there_were_roles_are_read(tmp_path):
    RunRecords(tmp_path).add_history(HistoryRow(1, 0.0, {"loss": 1.0}), roles=b"x")
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        connection.execute("DROP TABLE roles")
    assert (
        RunRecords(tmp_path).roles() == ()
        and not RunRecords(tmp_path).has_roles()
        and len(RunRecords(tmp_path).history()) == 1
    )
    checkpoint = make_tiny_checkpoint()
    record = pack_record(replay(checkpoint, *TINY_PAIRS[0]))
    path = save_checkpoint(
        tmp_path / "old", checkpoint, snapshots=[(5, 0, record), (5, 1, record), (10, 0, record)]
    )
    assert read_role_curves(path) == () and [(s.step, s.sentence) for s in read_snapshots(path)] == [
        (5, 0),
        (5, 1),
        (10, 0),
    ]


def test_a_row_and_the_answers_of_its_step_are_written_together_or_not_at_all(tmp_path, monkeypatch):
    records = RunRecords(tmp_path)
    records.add_history(HistoryRow(1, 0.0, {"loss": 1.0}), roles=b"one")
    connect = sqlite3.connect

    def small(*args, **options):
        connection = connect(*args, **options)
        connection.execute("PRAGMA max_page_count = 14")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", small)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            records.add_history(HistoryRow(2, 0.0, {"loss": 0.5}), roles=b"two" * 100_000)
    assert [row.step for row in records.history()] == [1] and records.packed_roles() == [(1, b"one")]


# ---------------------------------------------------------------------------------------------- damaged files


@pytest.fixture(scope="module")
def answered():
    checkpoint = make_tiny_checkpoint("rnn")
    pairs = load_grammar(GrammarConfig(tgt_lang="de", n_train=1, n_valid=40, n_test=1, seed=5)).valid
    return HeadRoles(checkpoint, pairs).ask(5)


def test_answers_come_back_exactly(answered):
    again = unpack_roles(pack_roles(answered))
    assert (
        pack_roles(again) == pack_roles(answered)
        and again.of("cross").questions == answered.of("cross").questions
    )
    assert (again.of("cross").value == answered.of("cross").value).all() and not again.of(
        "cross"
    ).value.flags.writeable
    assert again.of("encoder_self") is None


def test_anything_else_is_refused_in_a_sentence(answered, tmp_path):
    from dataclasses import replace

    from safetensors.numpy import load, save

    from explorer.checkpoints.role_snapshots import role_parts

    whole = pack_roles(answered)
    arrays, facts = role_parts(answered)
    for damaged in (
        b"",
        whole[:-4],
        whole[8:],
        b"\xff" * 64,
        save(load(whole), {"roles": "[]"}),
        save(load(whole), {"other": facts}),
    ):
        with pytest.raises(InputError):
            unpack_roles(damaged)
    cross = answered.of("cross")
    questions = cross.questions
    for wrong in (
        {"questions": questions[:-1]},
        {"questions": ("offset:x", *questions[1:])},
        {"questions": (questions[1], *questions[1:])},
        {"roles": ("king", *cross.roles[1:])},
        {"value": cross.value[:-1]},
        {"n": cross.n[:-1]},
        {"low": cross.low * np.inf},
    ):
        with np.errstate(invalid="ignore"), pytest.raises(InputError, match="damaged"):
            unpack_roles(pack_roles(replace(answered, answers=(replace(cross, **wrong),))))
    for changed in ({"cross/extra": arrays["cross/n"]}, {"cross/n": arrays["cross/n"].astype(np.int32)}):
        with pytest.raises(InputError, match="damaged"):
            unpack_roles(save(arrays | changed, {"roles": facts}))
    path = save_checkpoint(tmp_path / "model", make_tiny_checkpoint("rnn"), roles=[(5, whole)])
    assert read_role_curves(path)[0].step == 5
    for content in (b"", b"nonsense" * 20, save({"a": np.zeros(1)}, {"5": "{}"})):
        (path / ROLE_CURVES).write_bytes(content)
        with pytest.raises(InputError):
            read_role_curves(path)
