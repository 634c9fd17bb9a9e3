"""`python -m explorer faithfulness`: it prints what `measure` finds, and saves it where the page looks."""

from __future__ import annotations

import shutil

import pytest

from explorer.attribution.corpus import held_out_sentences, measure
from explorer.attribution.methods import METHODS
from explorer.attribution.report import FILE, read_report
from explorer.checkpoints.folder import load_checkpoint


@pytest.fixture
def own_folder(folders, tmp_path):
    """A copy that may be written to, by name."""

    def copy(name):
        return shutil.copytree(folders[name], tmp_path / name)

    return copy


def test_json_is_what_is_measured(command, folders):
    checkpoint = load_checkpoint(folders["transformer"])
    expected = measure(checkpoint, held_out_sentences(checkpoint, 3), ("cross",), ("unk", "drop"))
    found = command("faithfulness", "-c", folders["transformer"], "--sentences", 3, "--json").json
    assert (found["checkpoint"], found["sha256"]) == (checkpoint.name, checkpoint.sha256)
    for part, other in zip(found["parts"], expected.parts, strict=True):
        assert (part["kind"], part["blanking"], part["n_sentences"], part["n_chosen_on"]) == (
            "cross",
            other.blanking,
            3,
            3,
        )
        for row, row_of_other in zip(part["rows"], other.rows, strict=True):
            assert (row["method"], row["chosen"]) == (row_of_other.method, row_of_other.chosen)
            assert row["mean"] == pytest.approx(row_of_other.mean, abs=1e-6)


def test_the_table_has_a_line_for_every_reading(command, folders):
    outcome = command("faithfulness", "-c", folders["rnn"], "--sentences", 3, "--blanking", "drop")
    assert outcome.code == 0
    assert "words are left out" in outcome.out and "words are replaced" not in outcome.out
    for method in METHODS.values():
        assert f"{method.title} " in outcome.out or f"not read: {method.title}." in outcome.out
    assert "picking heads and layers" in outcome.err and "picking heads and layers" not in outcome.out


@pytest.mark.parametrize("name, kinds", [("transformer", 3), ("rnn", 2), ("none", 2)])
def test_what_is_written_covers_everything_and_comes_back(command, own_folder, name, kinds):
    folder = own_folder(name)
    assert command("faithfulness", "-c", folder, "--sentences", 2, "--write").code == 0
    report = read_report(folder)
    assert report.sha256 == load_checkpoint(folder).sha256
    assert len(report.parts) == 2 * kinds == len({(part.kind, part.blanking) for part in report.parts})
    assert (folder / FILE.name).stat().st_size < 64 * 1024


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--sentences", "1"], "an interval over sentences needs at least 2"),
        (["--write", "--kind", "cross"], "leave out --kind and --blanking"),
        (["--write", "--blanking", "unk"], "leave out --kind and --blanking"),
    ],
)
def test_what_makes_no_sense_is_refused(command, folders, arguments, sentence):
    outcome = command("faithfulness", "-c", folders["transformer"], *arguments)
    assert outcome.code == 2 and sentence in outcome.err and not outcome.out
