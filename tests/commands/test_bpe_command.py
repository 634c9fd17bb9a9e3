"""`python -m explorer bpe`: learning, applying, comparing and checking, and the files it writes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from explorer.config.run import RunConfig
from explorer.tokenization import tokenizer_from_json
from explorer.training.runs.run import start_run
from tests.source_files import ROOT

TABLE = "hug 10\npug 5\npun 12\nbun 4\nhugs 5\n"


def test_the_textbook_learns_hug_at_the_third_merge(command):
    found = command("bpe", "learn", "--preset", "hug", "--step", 3, "--json").json
    assert [(step["token"], step["count"]) for step in found["merges"][:3]] == [
        ("ug", 20),
        ("un", 16),
        ("hug", 15),
    ]
    state = found["state"]
    assert (
        state["step"] == 3
        and state["last"]["token"] == "hug"
        and state["next"]["token"] == "pun"
        and state["n_pairs"] == 4
    )
    text = command("bpe", "learn", "--table", "--min_frequency", 1, stdin=TABLE).out
    assert "     3  h + ug → hug  15\n" in text and "  5 × pug\n" in text and "(2 pairs tie)" in text
    assert text.endswith("Every word is one symbol.\n")
    assert (
        command(
            "bpe",
            "learn",
            "--table",
            "--min_frequency",
            1,
            "--text",
            "(hug, 10) (pug, 5) (pun, 12) (bun, 4) (hugs, 5)",
        ).out
        == text
    )


def test_a_preset_takes_other_settings(command):
    found = command(
        "bpe", "learn", "--preset", "sleeplessness", "--ties", "last alphabetical", "--n_merges", 1, "--json"
    ).json
    assert [step["token"] for step in found["merges"]] == ["ss"] and found["merges"][0]["n_ties"] == 3


def test_a_word_is_cut_merge_by_merge(command, tmp_path):
    (one,) = command("bpe", "apply", "hugbug", "--preset", "hug", "--n_merges", 3, "--json").json
    assert one["tokens"] == ["hug", "b", "ug"] and [step["rank"] for step in one["steps"]] == [1, 3]
    assert one["tree"][0]["left"]["token"] == "h" and one["tree"][0]["rank"] == 3
    text = command("bpe", "apply", "mug", "--preset", "hug").out
    assert text == "mug: m | u | g\n       1  m | ug\n    m (unknown)\n    ug (1)\n      u\n      g\n"
    whole = command("bpe", "apply", "hug", "--preset", "hug", "--dropout", 1, "--json").json
    assert whole[0]["tokens"] == ["h", "u", "g"]
    assert command("bpe", "apply", "--preset", "hug", "--json", stdin="hugs pun").json[1]["tokens"] == ["pun"]


def test_files_of_subwords_go_out_and_in(command, tmp_path):
    (tmp_path / "text").write_text("low low low lower lowest newest newest\n", encoding="utf-8")
    for name, options in {
        "a.json": ("--alphabet", "bytes", "--space_before"),
        "a.codes": ("--end_of_word", "</w>", "--end_mark", "last character", "--split", "spaces"),
    }.items():
        out = command(
            "bpe", "learn", "--file", tmp_path / "text", *options, "--out", tmp_path / name, "--json"
        ).json
        assert out["file"] == str(tmp_path / name)
        cut = command("bpe", "apply", "newest low", "--subwords", tmp_path / name, "--json").json
        direct = command("bpe", "apply", "newest low", "--file", tmp_path / "text", *options, "--json").json
        assert [one["tokens"] for one in cut] == [one["tokens"] for one in direct]


def test_a_model_is_trained_with_learned_subwords(command, tmp_path):
    """The merges of the file are those of both tokenizers, and decide the size of the model's vocabulary."""
    corpus = {"kind": "grammar", "n_train": 40, "n_valid": 5, "n_test": 5, "seed": 3}
    command(
        "bpe",
        "learn",
        "--text",
        "The old man sees the dog. " * 5,
        "--alphabet",
        "bytes",
        "--space_before",
        "--out",
        tmp_path / "subwords.app.json",
    )
    model = {
        "family": "transformer",
        "d_model": 16,
        "d_ff": 16,
        "n_heads": 2,
        "n_encoder_layers": 1,
        "n_decoder_layers": 1,
    }
    config = {"corpus": corpus, "tokenizer": {"files": [str(tmp_path / "subwords.app.json")]}, "model": model}
    run = start_run(RunConfig.from_dict(config), tmp_path / "run")
    saved = json.loads((tmp_path / "subwords.app.json").read_text(encoding="utf-8"))
    assert len(saved["merges"]) > 5
    assert (
        run.checkpoint.src_tokenizer.to_json()
        == saved
        == json.loads((tmp_path / "run" / "src_tokenizer.json").read_text())
    )
    assert (
        run.checkpoint.model.config.src_vocab
        == tokenizer_from_json(saved).vocab_size
        == 260 + len(saved["merges"])
    )
    dry = command("train", "--tokenizer.files", tmp_path / "subwords.app.json", "--dry-run").json
    assert dry["tokenizer"]["files"] == [str(tmp_path / "subwords.app.json")]


def test_tokenizers_are_compared(command):
    text = "the man sees the old man and the men see him " * 20
    found = command("bpe", "compare", "--sizes", 270, "--d_model", 8, "--json", stdin=text).json
    rows = {row["tokenizer"]: row for row in found["rows"]}
    assert (
        rows["bytes"]["n_tokens"] == len(text.strip())
        and rows["words"]["n_tokens"] == 220
        and rows["words"]["tokens_per_word"] == 1
    )
    assert rows["BPE, 270"]["table_bytes"] == 270 * 8 * 4
    shown = command("bpe", "compare", "--sizes", 270, stdin=text).out
    assert shown.startswith("tokenizer ") and "\nnote: " in shown and "\nWordPiece, 270" in shown
    languages = command("bpe", "compare", "--languages", "--sizes", 270, "--json", stdin=text).json
    assert {row["language"] for row in languages["rows"]} >= {"English", "Thai", "Chinese", "Arabic", "Emoji"}
    assert "Thai " in command("bpe", "compare", "--languages", "--sizes", 270, stdin=text).out


def test_a_table_worked_by_hand_is_judged(command, tmp_path):
    found = command("bpe", "check", "--preset", "hug", "--json", stdin="u g 20\nu n 15\n").json
    assert found["departs_at"] == 2 and [row["verdict"] for row in found["rows"]] == ["right", "wrong count"]
    (tmp_path / "merges").write_text("S S 2\nL E 2\n")
    text = command("bpe", "check", "--preset", "sleeplessness", "--merges", tmp_path / "merges").out
    assert text.count("✓") == 2 and "as right as" in text
    both = command("bpe", "check", "--merges", tmp_path / "merges", "--json", stdin="SS SS LE LE LEE").json
    assert [(row["verdict"], row["count"]) for row in both["rows"]] == [
        ("not the most frequent", 2),
        ("wrong count", 3),
    ]


@pytest.mark.parametrize(
    "arguments, stdin, sentence",
    [
        (["learn"], "", "Standard input is empty"),
        (["learn"], b"\xff\xfe\x00", "UTF-16"),
        (["learn"], b"na\xefve", "Standard input is not UTF-8 (byte 0xEF in line 1)"),
        (["learn", "--file", "missing"], "", "missing cannot be read"),
        (["learn", "--text", "a b", "--step", 7], "", "There is no step 7: choose 0 to 0"),
        (["learn", "--text", "a b", "--n_merges", -1], "", "n_merges is -1"),
        (["learn", "--text", "a b", "--pairs", -1], "", "cannot be shown"),
        (["learn", "--table", "--text", "a b"], "", "Line 1 of the table of words"),
        (["learn", "--text", "a b", "--out", "x.codes"], "", "subword-nmt codes merge characters"),
        (["learn", "--text", "a b", "--out", "x.app.json"], "", "cannot train a model of this app"),
        (["apply", "word"], "", "There are no subwords yet"),
        (["apply", "word", "--subwords", "codes", "--ties", "first seen"], "", "are learned already"),
        (["apply", "word", "--subwords", "codes"], "", "codes, line 2 is 'abc'"),
        (["apply", "word", "--preset", "hug", "--dropout", 2], "", "The dropout is 2"),
        (["compare"], "", "Standard input is empty"),
        (["compare", "--sizes", 2], "a", "A vocabulary cannot have 2"),
        (["check"], "u g", "Standard input holds the merges"),
        (["check", "--preset", "hug"], "ug", "Line 1 is 'ug'"),
    ],
)
def test_a_mistake_is_one_line(command, tmp_path, monkeypatch, arguments, stdin, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codes").write_text("a b\nabc\n")
    outcome = command("bpe", *arguments, stdin=stdin)
    assert outcome.code == 2 and outcome.out == "" and outcome.err.count("\n") == 1
    assert outcome.err.startswith("error: ") and sentence in outcome.err


@pytest.mark.process
def test_help_and_learning_need_no_network_library():
    script = (
        "import sys; from explorer.__main__ import main\ntry: main({0})\nexcept SystemExit: "
        "pass\nprint('torch' in sys.modules)"
    )
    for arguments in (["bpe", "learn", "--help"], ["bpe", "learn", "--preset", "hug"]):
        done = subprocess.run(
            [sys.executable, "-c", script.format(arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0 and done.stdout.splitlines()[-1] == "False", done.stderr
