"""`python -m explorer align`: its matrix is that of the record, and its error rate that of `evaluate`."""

from __future__ import annotations

import csv
import random
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from explorer.attention.capture import replay
from explorer.attention.reading import MapReading, read_map
from explorer.checkpoints.folder import load_checkpoint
from explorer.corpora.grammar import generate_pair
from explorer.decoding.decode import translate
from explorer.evaluate import evaluate
from tests.conftest import TINY_PAIRS

SRC, TGT = TINY_PAIRS[1]


@pytest.fixture(params=["transformer", "rnn"])
def folder(request, folders):
    return folders[request.param]


def test_json_is_the_matrix_of_a_forced_target(command, folder):
    record = replay(load_checkpoint(folder), SRC, TGT)
    cross = record.map("cross")
    found = command("align", "-c", folder, SRC, "--target", TGT, "--json", "--layer", 0, "--head", 0).json
    np.testing.assert_allclose(found["weights"], cross.weights[0, 0], atol=1e-6)
    assert tuple(found["rows"]) == record.written.tokens and tuple(found["columns"]) == record.read.tokens
    assert found["log_probs"] == pytest.approx(record.log_probs.tolist(), abs=1e-5)
    assert (found["source"], found["target"], found["forced"], found["kind"]) == (SRC, TGT, True, "cross")
    assert found["provenance"]["sha256"] == load_checkpoint(folder).sha256
    assert found["provenance"]["settings"]["source"] == SRC and "gold" not in found


def test_without_a_target_it_is_the_models_own(command, folder):
    checkpoint = load_checkpoint(folder)
    own = translate(checkpoint, SRC)
    found = command("align", "-c", folder, SRC, "--json").json
    assert found["target"] == own.text and found["forced"] is False
    assert len(found["rows"]) == len(own.tokens) + (own.tokens[-1] != "</s>")


@pytest.mark.parametrize("kind", ["cross", "encoder_self", "decoder_self"])
def test_every_choice_of_reading_is_passed_on(command, folders, kind):
    record = replay(load_checkpoint(folders["transformer"]), SRC, TGT)
    how = MapReading("input", merge=True, hide=True, renormalise=True, minimum=0.1)
    view = read_map(record.map(kind), how, heads=[(1, 0), (1, 1)], reduce="max")
    options = (
        "--layer 1 --reduce max --reading input --words --hide-special --renormalise --threshold 0.1".split()
    )
    found = command(
        "align", "-c", folders["transformer"], SRC, "--target", TGT, "--kind", kind, "--json", *options
    ).json
    np.testing.assert_allclose(found["weights"], view.weights, atol=1e-6)
    assert tuple(found["rows"]) == view.rows.tokens and tuple(found["notes"]) == view.notes


def test_a_random_sentence_has_its_error_rate(command, folder):
    checkpoint = load_checkpoint(folder)
    pair = generate_pair(random.Random(7), "de", "separable_verb", max_words=14)
    result = evaluate(checkpoint, [pair])
    for reading in ("output", "input"):
        for head in result.alignment[reading]:
            found = command(
                "align",
                "-c",
                folder,
                "--random",
                "--seed",
                7,
                "--phenomenon",
                "separable_verb",
                "--json",
                "--reading",
                reading,
                "--layer",
                head.layer,
                "--head",
                head.head,
            ).json
            assert (found["source"], found["target"]) == (pair.src, pair.tgt)
            gold = found["gold"]
            assert gold["aer"] == pytest.approx(head.counts.aer) and gold["precision"] == pytest.approx(
                head.counts.precision
            )
            assert (
                len(gold["links"]) == head.counts.n_predicted
                and len(gold["hits"]) == head.counts.n_predicted_possible
            )
            assert {tuple(link) for link in gold["sure"]} == pair.alignment.sure
    assert "gold    AER " in command("align", "-c", folder, "--random", "--seed", 7).out
    other = command("align", "-c", folder, "--random", "--seed", 7, "--target", "Nein.", "--json").json
    assert "gold" not in other, "gold links are about the reference only"


def test_the_table_shows_every_weight_in_per_cent(command, folder):
    cross = replay(load_checkpoint(folder), SRC, TGT).map("cross")
    lines = command("align", "-c", folder, SRC, "--target", TGT, "--layer", 0, "--head", 0).out.split("\n")
    assert lines[0] == f"target  {TGT}"
    table = lines[-len(cross.query.tokens) - 1 : -1]
    for line, weights in zip(table, cross.weights[0, 0], strict=True):
        assert [int(number) for number in line.split()[-len(weights) :]] == pytest.approx(
            100 * weights, abs=0.51
        )


def test_files_of_every_format(command, folder, tmp_path):
    weights = replay(load_checkpoint(folder), SRC, TGT).map("cross").weights[0, 0]
    written = {}
    for suffix in ("csv", "json", "svg", "png", "html"):
        path = tmp_path / f"matrix.{suffix}"
        outcome = command(
            "align", "-c", folder, SRC, "--target", TGT, "--layer", 0, "--head", 0, "--out", path
        )
        assert outcome.code == 0 and str(path) in outcome.out and "\n" not in outcome.err
        written[suffix] = path.read_bytes()
    rows = [
        row for row in csv.reader(written["csv"].decode().split("\n")) if row and not row[0].startswith("#")
    ]
    np.testing.assert_allclose([[float(x) for x in row[1:]] for row in rows[1:]], weights, atol=1e-6)
    assert ElementTree.fromstring(written["svg"]).tag.endswith("svg")
    assert written["png"].startswith(b"\x89PNG") and written["html"].lstrip().lower().startswith(
        b"<!doctype html"
    )
    sha256 = load_checkpoint(folder).sha256.encode()
    assert all(sha256 in content for content in written.values()), "every file says where it comes from"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([SRC, "--layer", 9], "There is no head L9:"),
        ([SRC, "--head", 9], "heads 0–"),
        ([SRC, "--out", "matrix.gif"], "'.gif': choose one of .csv"),
        ([SRC, "--out", "/no/such/folder/matrix.csv"], "cannot be written"),
        ([SRC, "--random"], "either a sentence or --random"),
        ([], "either a sentence or --random"),
        ([SRC, "--seed", 3], "add --random"),
        (["--random", "--phenomenon", "ghosts"], "no phenomenon 'ghosts'"),
        ([SRC, "--threshold", 2], "threshold of 2"),
        ([SRC, "--threshold", -1], "threshold of -1"),
        ([SRC, "--threshold", "nan"], "threshold of nan"),
        ([SRC, "--renormalise"], "add --hide-special"),
        ([" "], "source is empty"),
    ],
)
def test_a_mistake_is_one_line(command, folders, arguments, sentence):
    outcome = command("align", "-c", folders["transformer"], *arguments)
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1 and sentence in outcome.err


def test_a_model_without_attention_says_so(command, folders):
    outcome = command("align", "-c", folders["none"], SRC)
    assert (
        outcome.code == 2
        and "none has no 'cross' attention" in outcome.err
        and "Pick a checkpoint with attention" in outcome.err
    )
    assert command("align", "-c", folders["rnn"], SRC, "--kind", "encoder_self").code == 2


def test_control_characters_do_not_reach_the_terminal(command, folders):
    outcome = command("align", "-c", folders["transformer"], "a \x1b[31m b", "--target", "\x1b]0;x\x07")
    assert outcome.code == 0 and "\x1b" not in outcome.out and "\x07" not in outcome.out
