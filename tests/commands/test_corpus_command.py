"""`python -m explorer corpus`: samples are those asked for, and files read back to the same pairs."""

from __future__ import annotations

import pytest

from explorer.corpora import load_corpus
from explorer.corpora.grammar import PHENOMENA, GrammarConfig
from explorer.corpora.tasks import TASKS, TaskConfig
from tests.corpora.written import read_corpus


@pytest.mark.parametrize("tgt_lang", ["de", "fr"])
def test_one_sample_of_every_phenomenon_of_the_language(command, tgt_lang):
    samples = command("corpus", "--tgt_lang", tgt_lang, "--json").json
    shown = [sample["shown_for"] for sample in samples]
    missing = {
        "de": {"adjective_after_noun", "object_clitic"},
        "fr": {"separable_verb", "adjective_endings"},
    }[tgt_lang]
    assert shown == [name for name in PHENOMENA if name not in missing]
    for sample in samples:
        assert sample["shown_for"] in sample["phenomena"]
        assert len(sample["trees"]["src"]["words"]) > max(i for i, _ in sample["links"]["possible"])
        assert sorted(sample["links"]["sure"]) == sample["links"]["sure"]


def test_samples_of_one_phenomenon_at_a_distance(command):
    options = "--phenomenon separable_verb --distance 4 --samples 3 --seed 5".split()
    samples = command("corpus", *options, "--json").json
    assert len(samples) == 3 and len({sample["src"] for sample in samples}) == 3
    assert command("corpus", *options, "--json").json == samples
    text = command("corpus", *options).out
    assert text.startswith("# separable_verb\n") and all(
        f"{sample['src']}\n{sample['tgt']}\n" in text for sample in samples
    )


def test_samples_of_a_task(command):
    (sample,) = command(
        "corpus", "--kind", "task", "--task", "reverse", "--length", 3, "--samples", 1, "--json"
    ).json
    assert sample["tgt"].split() == sample["src"].split()[::-1] and sample["links"]["sure"] == [
        [0, 2],
        [1, 1],
        [2, 0],
    ]


def test_the_list_names_everything(command):
    assert command("corpus", "--list", "--json").json == {"phenomena": PHENOMENA, "tasks": TASKS}
    text = command("corpus", "--list").out
    assert all(name in text and description in text for name, description in (PHENOMENA | TASKS).items())


def test_what_is_written_reads_back(command, tmp_path):
    outcome = command(
        "corpus", *"--n_train 12 --n_valid 3 --n_test 0 --seed 4 --out".split(), tmp_path / "grammar"
    )
    corpus = load_corpus(GrammarConfig(n_train=12, n_valid=3, n_test=0, seed=4))
    assert outcome.out.startswith("train: 12 pairs in ") and "test: " not in outcome.out
    assert read_corpus(tmp_path / "grammar", ("en", "de"), "train") == corpus.train
    assert read_corpus(tmp_path / "grammar", ("en", "de"), "valid") == corpus.valid
    names = {path.name for path in (tmp_path / "grammar").iterdir()}
    assert {
        "train.en",
        "train.de",
        "train.links",
        "train.en.conllu",
        "train.de.conllu",
    } <= names and "test.en" not in names


def test_a_task_is_written_with_its_links(command, tmp_path):
    options = "--kind task --task sort --n_train 4 --n_valid 0 --n_test 2 --json --out".split()
    outcome = command("corpus", *options, tmp_path / "task")
    assert outcome.json["sentence_pairs"] == {"train": 4, "valid": 0, "test": 2}
    assert set(outcome.json["files"]) == {"train", "test"}
    corpus = load_corpus(TaskConfig(task="sort", n_train=4, n_valid=0, n_test=2))
    assert read_corpus(tmp_path / "task", ("src", "tgt"), "test") == corpus.test


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--phenomenon", "ghosts"], "no phenomenon 'ghosts'"),
        (["--samples", 0], "--samples 0 shows nothing"),
        (["--task", "sort"], "corpus has no field 'task'"),
        (["--kind", "files"], "paths is empty"),
        (["--kind", "files", "--paths", "nothing.tsv"], "There is no file nothing.tsv"),
        (["--kind", "files", "--paths", "|"], "The path '|' names no file"),
        (["--kind", "task", "--length", 10**9], "length is 1,000,000,000"),
        (["--src_lang", "de"], "translates from English, not from 'de'"),
        (["--n_train", 0, "--n_valid", 0, "--n_test", 0, "--out", "nothing"], "no sentence pairs to write"),
        (["--min_words", 30, "--max_words", 3], "3"),
        (
            ["--n_train", 3, "--n_valid", 0, "--n_test", 0, "--out", "file/folder"],
            "file/folder cannot be written",
        ),
    ],
)
def test_a_mistake_is_one_line(command, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    outcome = command("corpus", *arguments)
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1 and sentence in outcome.err
