"""`python -m explorer heads`: its output is the report of `study`, and bad input is refused."""

from __future__ import annotations

import csv
import functools
import shutil

import pytest

from explorer.checkpoints.folder import load_checkpoint
from explorer.corpora.folder import write_corpus
from explorer.heads.roles.corpus import grammar_corpus
from explorer.heads.roles.report import REPORT, read_report, report_to_json
from explorer.heads.roles.study import study
from explorer.results import Provenance

FEW = ("--sentences", 15)


@pytest.fixture(params=["transformer", "rnn"])
def folder(request, folders):
    return folders[request.param]


@functools.cache
def expected(folder, n: int):
    checkpoint = load_checkpoint(folder)
    return study(
        checkpoint, grammar_corpus("de", n, checkpoint.config.corpus.seed), Provenance("", "", {}, {}, "")
    )


def test_json_is_the_report(command, folder):
    found = command("heads", "-c", folder, *FEW, "--json").json
    report = expected(folder, 15)
    assert [(row["kind"], row["layer"], row["head"]) for row in found["rows"]] == [
        (row.kind, row.layer, row.head) for row in report.rows
    ]
    for row, other in zip(found["rows"], report.rows, strict=True):
        assert [e["question"] for e in row["evidence"]] == [e.question for e in other.evidence]
        assert [e["value"] for e in row["evidence"]] == pytest.approx([e.value for e in other.evidence])
    assert (
        found["sha256"] == load_checkpoint(folder).sha256
        and found["provenance"]["settings"]["sentences"] == 15
    )


def test_the_text_has_every_head_and_all_omissions(command, folder):
    found = command("heads", "-c", folder, *FEW)
    report = expected(folder, 15)
    assert found.code == 0
    for row in report.rows:
        assert f"  {row.name:<7}" in found.out
    assert "chosen on the valid split (15 sentences), answered on the test split (15)" in found.out
    for row in (*report.rows, *report.control):
        assert not row.roles or row.roles[0] in found.out
    assert ("random weights: no head has a role." in found.out) == (
        not any(row.roles for row in report.control)
    )
    assert "where a punctuation mark hangs is a convention" in found.out
    assert "random weights: 15 sentences of the test split" in found.err


def test_a_written_report_survives_reading(command, folders, tmp_path, monkeypatch):
    monkeypatch.setattr("explorer.commands.heads.N_SENTENCES", 15)
    folder = shutil.copytree(folders["transformer"], tmp_path / "own")
    assert command("heads", "-c", folder, "--write").code == 0
    first = read_report(folder)
    assert (
        first.checkpoint == "own" and first.sha256 == load_checkpoint(folder).sha256
    )  # a checkpoint with a report still loads
    assert command("heads", "-c", folder, "--write").code == 0
    again = read_report(folder)
    assert report_to_json(again).split('"provenance"')[0] == report_to_json(first).split('"provenance"')[0]
    assert (folder / REPORT).stat().st_size < 300_000


def test_tables_are_written(command, folder, tmp_path):
    assert (
        command("heads", "-c", folder, *FEW, "--csv", tmp_path / "a.csv", "--latex", tmp_path / "a.tex").code
        == 0
    )
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").split("\n")
    rows = list(csv.DictReader(line for line in lines if line and not line.startswith("#")))
    report = expected(folder, 15)
    assert {(row["kind"], row["layer"], row["head"]) for row in rows} == {
        (r.kind, str(r.layer), str(r.head)) for r in report.rows
    }
    assert r"\begin{tabular}" in (tmp_path / "a.tex").read_text(encoding="utf-8")


CONLLU = """1\tThe\tthe\tDET\t_\t_\t2\tdet\t_\t_
2\tdog\tdog\tNOUN\t_\t_\t3\tnsubj\t_\t_
3\tsleeps\tsleep\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t_\t_\t3\tpunct\t_\t_

"""


def test_any_treebank(command, folder, tmp_path):
    (tmp_path / "a.conllu").write_text(CONLLU * 4, encoding="utf-8")
    found = command("heads", "-c", folder, "--conllu", tmp_path / "a.conllu", "--json").json
    assert (found["corpus"], found["target"], found["frequencies"]) == (
        "a.conllu",
        "own translation",
        "the 4 sentences that were analysed",
    )
    assert (found["chosen_on"]["n_sentences"], found["reported_on"]["n_sentences"]) == (2, 2)


def test_any_parallel_text_with_links(command, folder, tmp_path):
    pairs = [known.pair for known in grammar_corpus("de", 12).reported]
    write_corpus(tmp_path, pairs, ("en", "de"))
    text = f"{tmp_path / 'pairs.en'}|{tmp_path / 'pairs.de'}"
    found = command(
        "heads", "-c", folder, "--parallel", text, "--links", tmp_path / "pairs.links", "--json"
    ).json
    asked = {e["question"] for row in found["rows"] for e in row["evidence"] if row["kind"] == "cross"}
    assert {"aligned:output", "aligned:input"} <= asked and found["corpus"] == "pairs.en, pairs.de"


def test_a_models_own_data(command, folder):
    found = command("heads", "-c", folder, "--corpus", "own", "--sentences", 4, "--json").json
    assert found["reported_on"]["n_sentences"] == 4 and found["frequencies"] == "50 training sentences"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--corpus", "own", "--conllu", "x"], "--corpus and --conllu were given: choose one of them"),
        (["--links", "x"], "--links belong to parallel text: add --parallel"),
        (["--sentences", "0"], "--sentences 0 leaves nothing to measure: give at least 1"),
        (["--seed", "-1"], "--seed -1 is out of range"),
        (
            ["--write", "--sentences", "5"],
            "--write saves the report of the default settings: leave out --seed, --sentences",
        ),
        (["--data", "."], "--data is the folder of the model's own data: add --corpus own"),
        (["--conllu", "nowhere.conllu"], "There is no file nowhere.conllu: check the path"),
        (["--parallel", "nowhere.tsv"], "There is no file nowhere.tsv"),
        (["--sentences", "15", "--csv", "/nowhere/a.csv"], "/nowhere/a.csv cannot be written"),
    ],
)
def test_bad_input_is_one_sentence(command, folders, arguments, sentence):
    found = command("heads", "-c", folders["transformer"], *arguments)
    assert found.code == 2 and found.out == ""
    assert found.err.strip().split("\n")[-1].startswith("error: ") and sentence in found.err


def test_a_model_without_attention_is_refused(command, folders):
    found = command("heads", "-c", folders["none"], *FEW)
    assert (found.code, found.out) == (
        2,
        "",
    ) and "has no attention, so it has no heads: pick a checkpoint with attention" in found.err


def test_a_treebank_that_matches_no_word(command, folders, tmp_path):
    """Nothing of it can be asked about, and that is said; positions can."""
    glued = CONLLU.replace("2\tdet\t_\t_", "2\tdet\t_\tSpaceAfter=No")
    (tmp_path / "a.conllu").write_text(glued * 3, encoding="utf-8")
    found = command("heads", "-c", folders["transformer"], "--conllu", tmp_path / "a.conllu", "--json").json
    reasons = [
        (entry["what"], entry["reason"], entry["count"], entry["total"]) for entry in found["left_out"]
    ]
    assert (
        "dependencies (odd sentences)",
        "a word of the treebank is not one word of the tokenizer",
        4,
        6,
    ) in reasons


def test_help_says_what_can_be_given(command):
    assert "--conllu FILE" in command("heads", "--help").out
