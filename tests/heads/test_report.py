"""Does a report come back from its file, and is a damaged one refused with a sentence?"""

from __future__ import annotations

import json

import numpy as np
import pytest

from explorer.errors import InputError
from explorer.heads.roles.report import REPORT, read_report, report_from_json, report_to_json
from tests.heads.samples import head_report


def changed(path: list, value) -> str:
    """The JSON of the sample with one entry replaced."""
    values = json.loads(report_to_json(head_report()))
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(values)


def test_a_report_comes_back_and_is_written_the_same_again():
    text = report_to_json(head_report())
    report = report_from_json(text)
    assert report_to_json(report) == text
    assert [e.label for e in report.row("encoder_self", 1, 0).evidence] == [
        "offset +1",
        "nsubj, dependent → head",
        "obj, head → dependent",
        "one of the two least frequent tokens",
    ]
    assert np.isnan(report.row("encoder_self", 0, 0).figures["prefix_matching"].value)
    assert report.maps == head_report().maps and report.control_maps == head_report().control_maps


def test_roles_follow_from_the_evidence():
    report = head_report()
    assert {(row.kind, row.name): row.roles for row in report.rows if row.roles} == {
        ("encoder_self", "L0 H0"): ("positional",),
        ("encoder_self", "L0 H1"): ("rare_token",),
        ("encoder_self", "L1 H0"): ("syntactic",),
        ("cross", "L1 H0"): ("alignment",),
        ("cross", "L1 H1"): ("alignment",),
    }
    assert report.row("encoder_self", 1, 1).disputed == ("syntactic",)


def test_a_question_can_be_read():
    report = head_report()
    row = report.row("encoder_self", 1, 0)
    assert row.best("syntactic").relation == "nsubj" and row.best("syntactic").direction == "to_head"
    assert row.best("positional").offset == 1 and row.best("alignment") is None
    assert report.row("cross", 1, 1).best("alignment").reading == "input"
    assert row.best("syntactic").gain == pytest.approx(0.43)


def test_a_report_in_a_folder(tmp_path):
    assert read_report(tmp_path) is None
    (tmp_path / REPORT).write_text(report_to_json(head_report()), encoding="utf-8")
    assert read_report(tmp_path).checkpoint == "sample"
    (tmp_path / REPORT).write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=f"{REPORT} cannot be read .* write it again"):
        read_report(tmp_path)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{", "The report is not JSON"),
        ("[" * 100_000, "The report is not JSON"),
        ('{"format": NaN}', "The report is not JSON"),
        ("[]", "has format None"),
        (changed(["format"], 2), "has format 2, and this version reads 1"),
        (changed(["fields", "Measure"], ["value"]), "has other fields or texts than this version reads"),
        (changed(["texts"], [1]), "has other fields or texts"),
        (
            changed(["rows", 0, "evidence", 0, 1], 999),
            r"evidence\[0\]: question is 999; expected the number of one of \d+ texts",
        ),
        (changed(["rows", 0, "evidence", 0], [1]), r"evidence\[0\] is \[1\]; expected a list of 14 values"),
        (changed(["format"], True), "has format True"),
        (changed(["rows"], {}), r"rows is \{\}; expected a list"),
        (
            changed(["rows", 0, "kind"], "sideways"),
            r"rows\[0\]: kind is 'sideways'; expected one of encoder_self",
        ),
        (changed(["rows", 0, "layer"], "0"), r"rows\[0\]: layer is '0'; expected a whole number"),
        (changed(["rows", 0, "layer"], True), r"layer is True; expected a whole number"),
        (
            changed(["rows", 0, "evidence", 0, 4], "much"),
            r"evidence\[0\]: value is 'much'; expected a number",
        ),
        (changed(["rows", 0, "evidence", 0, 13, 0, 1], 1), "holds is 1; expected true or false"),
        (changed(["rows", 0, "offsets"], [0.1]), "has not one share for each of the 7 offsets"),
        (changed(["rows", 1, "head"], 0), "rows has a head twice"),
        (changed(["rows", 0, "extra"], 0), "has 'extra', which no report has"),
        (
            changed(["maps", 0, "distances"], [[1]]),
            r"the map of encoder_self has shapes \(1, 1\) and \(4, 2\)",
        ),
        (changed(["maps", 0, "distances"], [[1], [1, 2]]), "expected a list of rows of equal length"),
        (changed(["sha256"], None), "sha256 is None; expected text"),
        (changed(["provenance"], 5), "provenance is 5; expected an object with checkpoint"),
        (changed(["chosen_on", "n_sentences"], -1), "has -1 sentences"),
    ],
)
def test_what_is_no_report_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(InputError, match=sentence):
        report_from_json(text)
