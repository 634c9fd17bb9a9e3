"""`python -m explorer decode`: a search on a model and on a table, strategies side by side, and mistakes."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading

import pytest

from explorer.checkpoints.folder import load_checkpoint
from explorer.corpora import load_corpus
from explorer.decoding.cases import compare_strategies, find_cases
from explorer.decoding.decode import sample_translation, translate
from explorer.results import Sampling, SearchSettings
from tests.conftest import TINY_PAIRS
from tests.source_files import ROOT

TEXT = TINY_PAIRS[0][0]


@pytest.mark.parametrize("name", ["transformer", "rnn", "none"])
def test_the_json_is_the_whole_search(command, folders, name):
    checkpoint = load_checkpoint(folders[name])
    options = "--beam 3 --max-len 7 --length-penalty 0.6 --stop length --pruned 2 --json".split()
    found = command("decode", "-c", folders[name], TEXT, *options).json
    translation = translate(
        checkpoint,
        TEXT,
        SearchSettings(beam_size=3, max_len=7, length_penalty=0.6, stop="length", n_pruned=2),
    )
    trace = translation.trace
    assert (found["checkpoint"], found["sha256"], found["source"]) == (
        checkpoint.name,
        checkpoint.sha256,
        TEXT,
    )
    assert len(found["tree"]["nodes"]) == sum(len(step.candidates) for step in trace.steps)
    assert [h["score"] for h in found["hypotheses"]] == pytest.approx(trace.scores)
    assert found["hypotheses"][0]["text"] == translation.text
    nodes = found["tree"]["nodes"]
    for hypothesis, expected in zip(found["hypotheses"], trace.hypotheses, strict=True):
        assert tuple(nodes[hypothesis["node"]]["token_ids"]) == expected.token_ids


def test_a_draw_and_a_prefix(command, folders):
    checkpoint = load_checkpoint(folders["rnn"])
    found = command(
        "decode", "-c", folders["rnn"], TEXT, "--seed", 4, "--top-k", 5, "--max-len", 6, "--json"
    ).json
    assert (
        found["hypotheses"][0]["text"]
        == sample_translation(checkpoint, TEXT, Sampling(4, top_k=5), max_len=6).text
    )
    prefix = checkpoint.tgt_tokenizer.encode("Der Hund").ids
    found = command(
        "decode", "-c", folders["rnn"], TEXT, "--prefix", "Der Hund", "--max-len", 8, "--json"
    ).json
    assert [node["token_ids"][-1] for node in found["tree"]["nodes"] if node["forced"]] == list(prefix)


def test_strategies_and_cases_are_those_of_the_library(command, folders):
    checkpoint = load_checkpoint(folders["rnn"])
    found = command(
        "decode",
        "-c",
        folders["rnn"],
        TEXT,
        "--compare",
        "--reference",
        "Der alte Mann.",
        "--max-len",
        5,
        "--json",
    ).json
    expected = compare_strategies(checkpoint, TEXT, "Der alte Mann.", max_len=5)
    assert [run["text"] for run in found["runs"]] == [run.text for run in expected.runs] and found[
        "best"
    ] == expected.best
    found = command("decode", "-c", folders["rnn"], "--find", 6, "--json").json
    cases = find_cases(checkpoint, load_corpus(checkpoint.config.corpus).test[:6])
    assert (found["n_sources"], found["n_greedy_loses"]) == (cases.n_sources, cases.n_greedy_loses)
    for arguments in ((TEXT, "--compare", "--max-len", 5), ("--find", 3), (TEXT, "--max-len", 5)):
        outcome = command("decode", "-c", folders["rnn"], *arguments)
        assert outcome.code == 0 and len(outcome.out.split("\n")) > 3


def test_the_textbook_table(command, tmp_path):
    outcome = command("decode", "--table", "The textbook tree", "--beam", 2)
    assert outcome.code == 0 and "*   -0.5798     0.0000  Le chat [</s>]" in outcome.out
    file = tmp_path / "table.txt"
    file.write_text(": Le .6, Un .4\nLe: chat .4, chien .6\nUn: chat 1\n", encoding="utf-8")
    found = command("decode", "--table", file, "--beam", 2, "--json").json
    assert [(h["text"], round(math.exp(h["log_prob"]), 9)) for h in found["hypotheses"]] == [
        ("Un chat", 0.4),
        ("Le chien", 0.36),
    ]
    found = command("decode", "--table", file, "--compare", "--json").json
    assert [run["text"] for run in found["runs"]][:2] == ["Le chien", "Un chat"] and found["runs"][-1][
        "strategy"
    ] == "exhaustive"


def test_a_table_is_read_once_for_all_strategies(command, tmp_path):
    """So that it may come from a pipe."""
    pipe = tmp_path / "table"
    os.mkfifo(pipe)
    text = ": Le .6, Un .4\nLe: chat .4, chien .6\nUn: chat 1\n"
    writer = threading.Thread(target=pipe.write_text, args=(text,), daemon=True)
    writer.start()
    comparison = command("decode", "--table", pipe, "--compare", "--json").json
    file = tmp_path / "table.txt"
    file.write_text(text, encoding="utf-8")
    again = command("decode", "--table", file, "--compare", "--json").json
    assert comparison["runs"] == again["runs"] and len(again["runs"]) > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to translate"),
        ([""], "source is empty"),
        ([TEXT, "--beam", 0], "A beam of 0 was asked for: choose 1 to 100."),
        ([TEXT, "--beam", 10_000], "A beam of 10000 was asked for: choose 1 to 100."),
        ([TEXT, "--pruned=-1"], "give 0 or more"),
        ([TEXT, "--prefix", "Hund " * 600], "The prefix has"),
        ([TEXT, "--seed", 1, "--temperature", 0], "temperature of 0"),
        (["--find", 0], "leaves nothing"),
        ([TEXT, "--table", "The textbook tree"], "leave out the sentence"),
        (["--table", "The textbook tree", "--beam", 10_000], "choose 1 to 100"),
        (["--table", "The textbook tree", "--prefix", "Der"], "no word 'Der'"),
        (["--table", "nowhere.txt"], "cannot be read"),
    ],
)
def test_a_mistake_is_one_line(command, folders, arguments, message):
    outcome = command("decode", "-c", folders["transformer"], *arguments)
    assert (
        outcome.code == 2
        and outcome.err.startswith("error: ")
        and outcome.err.count("\n") == 1
        and message in outcome.err
    )


def test_a_row_with_a_wrong_sum_is_named(command, tmp_path):
    file = tmp_path / "table.txt"
    file.write_text(": Le .6, Un .4\nLe: chat .4, chien .5\n", encoding="utf-8")
    assert "The row 'Le' of the table sums to 0.9" in command("decode", "--table", file).err
    file.write_bytes(b"\xff")
    assert "not UTF-8" in command("decode", "--table", file).err


@pytest.mark.process
@pytest.mark.parametrize("name", ["decode", "bleu"])
def test_help_and_tables_need_no_torch(name):
    script = (
        "import sys\nfrom explorer.__main__ import main\n"
        f"try:\n    main(['{name}', '--help'])\nexcept SystemExit:\n    pass\n"
        "main(['bleu', 'a', 'b'])\nmain(['decode', '--table', 'The textbook tree'])\nprint('torch' in "
        "sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and done.stdout.endswith("\nFalse\n"), done.stderr
