"""`python -m explorer ablate`: its numbers are those of `ablate` and `measure_importance`."""

from __future__ import annotations

import csv
import json
import shutil

import numpy as np
import pytest

from explorer.checkpoints.folder import load_checkpoint, save_checkpoint
from explorer.commands.ablate import corpus as ablate_corpus
from explorer.commands.ablate.sentence import marked
from explorer.corpora.held_out import held_out
from explorer.heads.importance.ablation import ablate, all_heads
from explorer.heads.importance.measure import measure_importance
from explorer.heads.importance.report import IMPORTANCE, importance_to_json, read_importance
from explorer.results import WordEdit
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint

SRC, TGT = TINY_PAIRS[1]
QUICK = ("--sentences", 3, "--resamples", 20)


@pytest.fixture(params=["transformer", "rnn"])
def folder(request, folders):
    return folders[request.param]


def rows_of(text):
    return list(csv.DictReader(line for line in text.split("\n") if line and not line.startswith("#")))


@pytest.mark.parametrize("mode", ["zero", "uniform"])
def test_a_sentence_as_json(command, folder, mode):
    found = command(
        "ablate", "-c", folder, SRC, "--off", "cross:0:0", "--mode", mode, "--target", TGT, "--json"
    ).json
    expected = ablate(load_checkpoint(folder), SRC, [("cross", 0, 0)], mode, target=TGT)
    assert (found["old"], found["new"], found["forced"]) == (expected.old_text, expected.new_text, True)
    assert found["off"] == [{"kind": "cross", "layer": 0, "head": 0}] and found["mode"] == mode
    np.testing.assert_allclose(found["target"]["changes"], expected.deltas, atol=1e-6)
    assert found["target"]["change"] == pytest.approx(expected.deltas.sum(), abs=1e-5)
    np.testing.assert_allclose(
        found["new_translation"]["log_probs_masked"], expected.new_masked.log_probs, atol=1e-6
    )
    assert [edit["kind"] for edit in found["edits"]] == [edit.kind for edit in expected.edits]
    assert found["provenance"]["sha256"] == load_checkpoint(folder).sha256


def test_several_heads_and_a_beam(command, folders):
    off = ["--off", "cross:1:0", "--off", "encoder_self:0:1", "--off", "cross:1:0"]
    found = command("ablate", "-c", folders["transformer"], SRC, *off, "--beam", 3, "--json").json
    heads = [("encoder_self", 0, 1), ("cross", 1, 0)]
    expected = ablate(load_checkpoint(folders["transformer"]), SRC, heads, beam_size=3)
    assert [tuple(head.values()) for head in found["off"]] == heads and (found["old"], found["new"]) == (
        expected.old_text,
        expected.new_text,
    )


def test_a_sentence_as_csv_and_as_text(command, folder):
    expected = ablate(load_checkpoint(folder), SRC, [("cross", 0, 0)])
    rows = rows_of(command("ablate", "-c", folder, SRC, "--off", "cross:0:0", "--csv").out)
    np.testing.assert_allclose(
        [float(row["change"]) for row in rows], [*expected.deltas, *expected.new_deltas], atol=1e-6
    )
    text = command("ablate", "-c", folder, SRC, "--off", "cross:0:0").out
    assert "off     Cross-attention L0 H0: weights set to zero\n" in text
    table = text.rstrip("\n").split("\n")[-len(expected.deltas) :]
    for line, delta in zip(table, expected.deltas, strict=True):
        assert float(line.split()[-1]) == pytest.approx(delta, abs=6e-4)


@pytest.mark.parametrize(
    "kind, old, new, text",
    [
        ("kept", ("a", "b"), ("a", "b"), "a b"),
        ("replaced", ("ein",), ("einen", "roten"), "[-ein-] {+einen roten+}"),
        ("deleted", ("an",), (), "[-an-]"),
        ("inserted", (), ("\x1b[31m",), "{+␛[31m+}"),
    ],
)
def test_changed_words_are_marked_as_wdiff_does(kind, old, new, text):
    assert marked(WordEdit(kind, old, new)) == text


@pytest.fixture(params=["transformer", "rnn"])
def own_folder(request, tmp_path):
    """A checkpoint of few heads, to be written beside: each is switched off over the whole corpus, twice."""
    one_layer = {"n_encoder_layers": 1, "n_decoder_layers": 1} if request.param == "transformer" else {}
    checkpoint = make_tiny_checkpoint(request.param, **one_layer)
    return save_checkpoint(tmp_path / request.param, checkpoint, card="# Card\n")


def test_a_corpus_is_measured_and_kept(command, own_folder):
    outcome = command("ablate", "-c", own_folder, "--corpus", *QUICK, "--seed", 5, "--write", "--json")
    checkpoint = load_checkpoint(own_folder)
    name, pairs = held_out(checkpoint.config.corpus, 3)
    report = measure_importance(checkpoint, pairs, name, n_resamples=20, seed=5)
    assert (own_folder / IMPORTANCE).read_text() == importance_to_json(report)
    assert read_importance(own_folder).sha256 == checkpoint.sha256
    assert outcome.json["corpus"] == name and outcome.json["n_sentences"] == 3
    for found, effect in zip(outcome.json["heads"], report.heads, strict=True):
        assert (found["kind"], found["layer"], found["head"]) == effect.id
        assert found["loss"]["value"] == pytest.approx(effect.loss.value) and found[
            "gradient"
        ] == pytest.approx(effect.gradient)


def test_a_corpus_as_csv(command, folders):
    heads = all_heads(load_checkpoint(folders["rnn"]))
    rows = rows_of(command("ablate", "-c", folders["rnn"], "--corpus", *QUICK, "--csv").out)
    assert [(row["kind"], int(row["layer"]), int(row["head"])) for row in rows] == list(heads)
    steps = rows_of(command("ablate", "-c", folders["rnn"], "--corpus", *QUICK, "--csv", "pruning").out)
    assert [int(step["n_removed"]) for step in steps] == 2 * list(range(len(heads) + 1))


def test_a_corpus_as_text(command, folders):
    text = command("ablate", "-c", folders["transformer"], "--corpus", *QUICK, "--mode", "uniform").out
    assert "A head is off with its weights made equal" in text and "by gradient importance" in text
    assert all(
        f"{kind} L{layer} H{head}" in text
        for kind, layer, head in all_heads(load_checkpoint(folders["transformer"]))
    )
    assert not (folders["transformer"] / IMPORTANCE).exists()


def test_progress_goes_to_standard_error(command, folders, monkeypatch):
    monkeypatch.setattr(ablate_corpus, "SAY_EVERY", 0.0)
    outcome = command("ablate", "-c", folders["rnn"], "--corpus", *QUICK, "--json")
    assert outcome.json["n_sentences"] == 3
    assert (
        "switching every head off in turn" in outcome.err
        and "100 %, pruning, the least important first" in outcome.err
    )


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([SRC, "--off", "cross:9:0"], "There is no head cross L9 H0 to switch off"),
        ([SRC, "--off", "cross:0"], "--off cross:0 names no head: give kind:layer:head"),
        ([SRC, "--off", "self:0:0"], "the kinds are encoder_self, decoder_self, cross"),
        ([SRC, "--off", "cross:0:-1"], "names no head"),
        ([SRC, "--off", "cross:²:0"], "names no head"),
        ([SRC, "--off", "cross:0:99999999999999999999"], "names no head"),
        ([SRC], "No head is switched off"),
        ([" ", "--off", "cross:0:0"], "source is empty"),
        ([SRC, "--off", "cross:0:0", "--target", "der " * 2000], "The target has"),
        ([SRC, "--off", "cross:0:0", "--beam", 0], "A beam of 0"),
        ([SRC, "--off", "cross:0:0", "--json", "--csv"], "choose one"),
        ([SRC, "--off", "cross:0:0", "--csv", "pruning"], "has no pruning curve"),
        ([SRC, "--off", "cross:0:0", "--write"], "--write belongs to a corpus"),
        ([SRC, "--off", "cross:0:0", "--sentences", 3], "--sentences belongs to a corpus"),
        ([SRC, "--corpus"], "either a sentence or --corpus"),
        ([], "either a sentence or --corpus"),
        (["--corpus", "--off", "cross:0:0"], "leave out --off"),
        (["--corpus", "--sentences", 0], "0 sentences leave nothing to measure"),
        (["--corpus", "--sentences", 2, "--resamples", 0], "at least 1"),
    ],
)
def test_a_mistake_is_one_line(command, folders, arguments, sentence):
    outcome = command("ablate", "-c", folders["transformer"], *arguments)
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1 and sentence in outcome.err


@pytest.mark.parametrize("arguments", [[SRC, "--off", "cross:0:0"], ["--corpus"]])
def test_a_model_without_attention_says_so(command, folders, arguments):
    outcome = command("ablate", "-c", folders["none"], *arguments)
    assert outcome.code == 2 and "none has no attention, so there is no head to switch off" in outcome.err


def test_a_folder_that_cannot_be_written_is_one_line(command, folders, tmp_path):
    own_folder = shutil.copytree(folders["rnn"], tmp_path / "rnn")
    (own_folder / (IMPORTANCE + ".part")).mkdir()
    outcome = command("ablate", "-c", own_folder, "--corpus", *QUICK, "--write")
    assert (
        outcome.code == 2
        and f"{IMPORTANCE} cannot be written" in outcome.err
        and outcome.err.count("error:") == 1
    )


def test_control_characters_do_not_reach_the_terminal(command, folders):
    outcome = command(
        "ablate", "-c", folders["rnn"], "a \x1b[31m b", "--off", "cross:0:0", "--target", "\x1b]0;x\x07"
    )
    assert outcome.code == 0 and "\x1b" not in outcome.out and "\x07" not in outcome.out
    assert json.dumps(
        command("ablate", "-c", folders["rnn"], "a \x1b b", "--off", "cross:0:0", "--json").json
    )
