"""`python -m explorer evaluate`: the config's corpus, and scores on screen, as JSON and in the card."""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest

from explorer.checkpoints.catalogue import describe, read_card
from explorer.checkpoints.folder import Checkpoint, load_checkpoint, save_checkpoint
from explorer.corpora import load_corpus
from explorer.corpora.files import FilesConfig
from explorer.evaluate import evaluate, scores_markdown
from tests.conftest import TINY_PAIRS, make_tiny_checkpoint


@pytest.fixture(params=["transformer", "rnn", "none"])
def folder(request, folders):
    return folders[request.param]


def test_it_scores_the_test_split_of_its_corpus(command, folder):
    checkpoint = load_checkpoint(folder)
    corpus = load_corpus(checkpoint.config.corpus)
    expected = evaluate(checkpoint, corpus.test, f"{corpus.name}, test split", choose_on=corpus.valid)
    printed = command("evaluate", "-c", folder)
    assert printed.code == 0 and printed.out == scores_markdown(expected)
    found = command("evaluate", "-c", folder, "--json").json
    assert (
        found["bleu"]["score"] == pytest.approx(expected.bleu.score)
        and found["bleu"]["signature"] == expected.bleu.signature
    )
    assert (found["n_sentences"], found["sha256"]) == (len(corpus.test), checkpoint.sha256)
    assert found["loss"] == pytest.approx(expected.loss) and len(found["buckets"]) == len(expected.buckets)
    for reading, heads in expected.alignment.items():
        assert [head["aer"] for head in found["alignment"][reading]] == pytest.approx(
            [head.counts.aer for head in heads]
        )
        assert found["best_head"][reading]["aer"] == pytest.approx(expected.best_head(reading).counts.aer)
    if folder.name == "none":
        assert found["alignment"] == {} == found["best_head"]


def test_a_part_of_another_split(command, folders):
    checkpoint = load_checkpoint(folders["rnn"])
    valid = load_corpus(checkpoint.config.corpus).valid
    found = command(
        "evaluate", "-c", folders["rnn"], "--json", "--split", "valid", "--limit", 4, "--beam", 2
    ).json
    expected = evaluate(checkpoint, valid[:4], beam_size=2)
    assert (found["n_sentences"], found["beam_size"]) == (4, 2) and found["bleu"]["score"] == pytest.approx(
        expected.bleu.score
    )


def test_the_card_gets_the_scores_and_keeps_the_rest(command, folders, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(folders["rnn"], folder)
    (folder / "card.md").write_text(
        "# Mine\n\nIt is good.\n\n## Scores on held-out data\n\nunknown\n\n## Licence\n\nCC BY 2.0 FR\n"
    )
    printed = command("evaluate", "-c", folder, "--write")
    card = read_card(folder)
    assert (
        card == f"# Mine\n\nIt is good.\n\n## Scores on held-out data\n\n{printed.out.rstrip()}\n\n## "
        "Licence\n\nCC BY 2.0 FR\n"
    )
    command("evaluate", "-c", folder, "--write")
    assert read_card(folder) == card
    assert describe(folder).problem is None and load_checkpoint(folder).card == card
    with_beam = command("evaluate", "-c", folder, "--write", "--beam", 2)
    assert read_card(folder) == f"{card}\n## Scores with a beam of 2\n\n{with_beam.out.rstrip()}\n"
    (folder / "card.md").unlink()
    command("evaluate", "-c", folder, "--write")
    assert read_card(folder) == f"## Scores on held-out data\n\n{printed.out.rstrip()}\n"


@pytest.fixture
def of_files(tmp_path):
    """A checkpoint whose corpus is a file, and the folder of that file."""
    data = tmp_path / "data"
    data.mkdir()
    rows = [f"{src} {n}\t{tgt} {n}" for n in range(30) for src, tgt in TINY_PAIRS]
    (data / "pairs.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    tiny = make_tiny_checkpoint("rnn")
    config = dataclasses.replace(
        tiny.config, corpus=FilesConfig(paths=("far/away/pairs.tsv",), test_share=0.2)
    )
    return save_checkpoint(
        tmp_path / "model", Checkpoint.in_memory(config, tiny.model, tiny.src_tokenizer, tiny.tgt_tokenizer)
    ), data


def test_files_are_looked_for_where_data_says(command, of_files):
    folder, data = of_files
    found = command("evaluate", "-c", folder, "--data", data, "--json")
    corpus = load_corpus(FilesConfig(paths=(str(data / "pairs.tsv"),), test_share=0.2))
    assert found.code == 0 and found.json["n_sentences"] == len(corpus.test) > 5


def test_files_that_are_not_there_are_asked_for(command, of_files, tmp_path):
    folder, data = of_files
    outcome = command("evaluate", "-c", folder)
    assert (
        outcome.code == 2
        and "far/away/pairs.tsv is not here: name the folder that holds pairs.tsv with --data." in outcome.err
    )
    assert "is not a folder" in command("evaluate", "-c", folder, "--data", data / "pairs.tsv").err


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--limit", 0], "--limit 0 leaves nothing"),
        (["--write", "--limit", 3], "leave out --split and --limit"),
        (["--write", "--split", "valid"], "leave out --split and --limit"),
        (["-c", "nothing"], "There is no checkpoint 'nothing'"),
    ],
)
def test_a_mistake_is_one_line(command, folders, arguments, sentence):
    outcome = command("evaluate", "-c", folders["rnn"], *arguments)
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1 and sentence in outcome.err


def test_numbers_that_are_not_finite_are_null(command, folders, capsys):
    from explorer.commands.shared import print_json

    print_json({"loss": float("nan"), "bound": float("-inf"), "n": 1.5})
    assert json.loads(capsys.readouterr().out) == {"loss": None, "bound": None, "n": 1.5}
