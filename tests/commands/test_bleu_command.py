"""`python -m explorer bleu`: a sentence taken apart, files, a paired test, and mistakes."""

from __future__ import annotations

import pytest
import sacrebleu

from explorer.evaluation.corpus_scores import paired_test

REFERENCES = ["Der alte Mann schläft.", "Wir rufen den Mann an.", "Sieht die Katze den Hund?"] * 4
FIRST = ["Der alte Mann schläft.", "Wir rufen die Frau an.", "Die Katze den Hund?"] * 4
SECOND = ["Der alte Mann.", "Wir rufen.", "Sieht die Katze den Hund?"] * 4


@pytest.fixture
def files(tmp_path):
    found = []
    for name, lines in (("first", FIRST), ("references", REFERENCES), ("second", SECOND)):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        found.append(tmp_path / name)
    return found


def test_one_sentence_in_pieces(command):
    outcome = command("bleu", "Le chat sur tapis", "Le chat est sur le tapis")
    assert outcome.code == 0 and "BLEU  23.04  (nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp" in outcome.out
    assert (
        "2-grams  1 of 3 match, precision 33.33 %" in outcome.out
        and "brevity penalty  0.6065 (4 tokens, reference 6)" in outcome.out
    )
    found = command(
        "bleu", "Le chat sur tapis", "Le chat est sur le tapis", "le chat", "--ter", "--lowercase", "--json"
    ).json
    expected = sacrebleu.sentence_bleu(
        "Le chat sur tapis",
        ["Le chat est sur le tapis", "le chat"],
        lowercase=True,
        use_effective_order=False,
    )
    assert found["score"] == expected.score and [other["name"] for other in found["others"]] == [
        "chrF",
        "TER",
    ]
    assert (
        command(
            "bleu", "Le chat sur tapis", "Le chat est sur le tapis", "--smoothing", "none", "--json"
        ).json["score"]
        == 0
    )


def test_files_and_a_paired_test(command, files):
    first, references, second = files
    found = command("bleu", "--files", first, references, "--against", second, "--json").json
    assert found["score"]["score"] == sacrebleu.corpus_bleu(FIRST, [REFERENCES]).score
    assert found["paired_test"]["bleu"]["value"] == paired_test(FIRST, SECOND, REFERENCES).bleu.value
    outcome = command("bleu", "--files", first, references, references, "--against", second)
    assert (
        outcome.code == 0
        and "95 % interval" in outcome.out
        and "second system: BLEU" in outcome.out
        and "nrefs:2" in outcome.out
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "b", "--against", "c"], "add --files"),
        (["a", "b", "--smoothing", "butter"], "no smoothing 'butter'"),
        (["a", "b", "--max-order", 0], "choose 1 to 8"),
        (["--files", "nowhere", "nowhere"], "cannot be read"),
    ],
)
def test_a_mistake_is_one_line(command, arguments, message):
    outcome = command("bleu", *arguments)
    assert (
        outcome.code == 2
        and outcome.err.startswith("error: ")
        and outcome.err.count("\n") == 1
        and message in outcome.err
    )


def test_files_out_of_step_are_counted(command, files, tmp_path):
    first, references, second = files
    short = tmp_path / "short"
    short.write_text("one line\n", encoding="utf-8")
    assert (
        f"{first} has 12 lines and {short} has 1: give files with the same number of lines."
        in command("bleu", "--files", first, short).err
    )
    assert "the same number of lines" in command("bleu", "--files", first, references, "--against", short).err
    short.write_bytes(b"\xff")
    assert "not UTF-8" in command("bleu", "--files", first, short).err
