"""`python -m explorer translate`: arguments, a pipe, JSON, and mistakes."""

from __future__ import annotations

import pytest

from explorer.checkpoints.folder import load_checkpoint
from explorer.decoding.decode import translate
from explorer.results import SearchSettings
from tests.conftest import TINY_PAIRS

SENTENCES = [src for src, _ in TINY_PAIRS]


@pytest.fixture(params=["transformer", "rnn", "none"])
def folder(request, folders):
    return folders[request.param]


def one_line(text):
    return " ".join(text.split("\n"))


def test_each_argument_is_a_sentence(command, folder):
    checkpoint = load_checkpoint(folder)
    outcome = command("translate", "-c", folder, *SENTENCES)
    assert outcome == (
        0,
        "".join(f"{one_line(translate(checkpoint, text).text)}\n" for text in SENTENCES),
        "",
    )


def test_lines_of_a_pipe_stay_in_step(command, folder):
    checkpoint = load_checkpoint(folder)
    lines = [SENTENCES[0], "", "  ", "\u2028" + SENTENCES[1], SENTENCES[2]]
    expected = [translate(checkpoint, line).text if line.strip() else "" for line in lines]
    together = command("translate", "-c", folder, stdin="\r\n".join(lines))
    assert together == (0, "".join(f"{one_line(line)}\n" for line in expected), "")
    one_by_one = command("translate", "-c", folder, "--json", stdin="\r\n".join(lines))
    assert [(found["source"], found["translation"]) for found in one_by_one.jsons] == list(
        zip(lines, expected, strict=True)
    )


def test_json_has_every_hypothesis(command, folder):
    checkpoint = load_checkpoint(folder)
    options = "--json --beam 3 --length-penalty 0.6 --max-len 6".split()
    outcome = command("translate", "-c", folder, *options, stdin=f"{SENTENCES[0]}\n\n")
    first, empty = outcome.jsons
    expected = translate(checkpoint, SENTENCES[0], SearchSettings(beam_size=3, length_penalty=0.6, max_len=6))
    assert first["translation"] == expected.text and first["strategy"] == "beam 3"
    assert (first["checkpoint"], first["sha256"], first["source"]) == (
        checkpoint.name,
        checkpoint.sha256,
        SENTENCES[0],
    )
    assert [h["score"] for h in first["hypotheses"]] == pytest.approx(expected.trace.scores)
    for found, hypothesis in zip(first["hypotheses"], expected.trace.hypotheses, strict=True):
        assert found["log_probs"] == pytest.approx(hypothesis.token_log_probs) and len(
            found["tokens"]
        ) == len(hypothesis.token_ids)
    assert (empty["source"], empty["translation"], empty["hypotheses"]) == ("", "", [])


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ([""], "The source is empty: type a sentence."),
        (["Zebra " * 600], "tokens, and this model reads at most 511"),
        (["The cat.", "--beam", 0], "A beam of 0 was asked for: choose 1 to 100."),
        (["The cat.", "--max-len", 0], "at most 0 tokens was asked for"),
        (["\ud800"], "surrogate"),
        (["The cat.", "--length-penalty", "nan"], "A length penalty of nan"),
        (["The cat.", "--beam", 2, "--length-penalty=-1e9"], "A length penalty of -1e+09"),
        (["The cat.", "--beam", 2, "--length-penalty", "1e308"], "A length penalty of 1e+308"),
    ],
)
def test_a_mistake_is_one_line(command, folders, arguments, sentence):
    outcome = command("translate", "-c", folders["transformer"], *arguments)
    assert outcome.code == 2 and outcome.out == ""
    assert outcome.err.startswith("error: ") and outcome.err.count("\n") == 1 and sentence in outcome.err


def test_a_line_that_cannot_be_read_is_counted(command, folders):
    outcome = command("translate", "-c", folders["rnn"], stdin=b"The cat.\n" * 2 + b"\xff\n")
    assert outcome.code == 2 and "not UTF-8" in outcome.err
    outcome = command("translate", "-c", folders["rnn"], stdin="The cat.\n" * 2 + "Zebra " * 600)
    assert outcome.code == 2 and outcome.err.startswith("error: Line 3: The source has")


def test_a_checkpoint_that_is_not_there_is_named(command, tmp_path):
    outcome = command("translate", "-c", tmp_path / "nothing", "The cat.")
    assert outcome.code == 2 and "There is no checkpoint" in outcome.err


def test_the_first_checkpoint_is_the_default(command, folders, monkeypatch, tmp_path):
    monkeypatch.setattr("explorer.checkpoints.catalogue.CHECKPOINTS", folders["none"].parent)
    (outcome,) = command("translate", "--json", "The cat.").jsons
    assert outcome["checkpoint"] == "transformer"
    monkeypatch.setattr("explorer.checkpoints.catalogue.CHECKPOINTS", tmp_path)
    assert "There is no trained model" in command("translate", "The cat.").err
