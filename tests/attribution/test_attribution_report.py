"""faithfulness.json: comes back as it was, and says what is wrong with it when it does not."""

import json

import pytest

from explorer.attribution.report import FILE, read_report, report_from_json, report_to_json
from explorer.errors import InputError
from explorer.results import Faithfulness, FaithfulnessReport, FaithfulnessRow, LeftOut, Refusal

ROW = FaithfulnessRow("attention", "Attention, mean of all heads", "", 0.41, 0.35, 0.47, 0.9, 99, 1200, 1210)
PART = Faithfulness(
    "cross",
    "unk",
    "grammar-en-de, test split",
    100,
    100,
    (ROW,),
    (Refusal("flow", "Attention flow", "There is none."),),
    (LeftOut("sentences", "too long", 1, 101),),
)
REPORT = FaithfulnessReport("a model", "ab" * 32, (PART,))


def test_it_comes_back_as_it_was(tmp_path):
    assert report_from_json(report_to_json(REPORT)) == REPORT
    (tmp_path / FILE.name).write_text(report_to_json(REPORT), encoding="utf-8")
    assert read_report(tmp_path) == REPORT
    assert REPORT.part("cross", "unk") == PART and REPORT.part("cross", "drop") is None


def test_a_folder_without_one_has_none(tmp_path):
    assert read_report(tmp_path) is None


@pytest.mark.parametrize(
    "change, sentence",
    [
        (lambda values: values.update(format=7), "has format 7"),
        (lambda values: values["parts"][0].update(kind="self"), "expected one of"),
        (lambda values: values["parts"][0]["rows"][0].update(mean="high"), "expected a number"),
        (lambda values: values["parts"].append(values["parts"][0]), "two parts on the same question"),
        (lambda values: values.pop("sha256"), "lacks 'sha256'"),
    ],
)
def test_a_damaged_one_is_told_apart(tmp_path, change, sentence):
    values = json.loads(report_to_json(REPORT))
    change(values)
    (tmp_path / FILE.name).write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        read_report(tmp_path)
