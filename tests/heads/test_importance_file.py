"""Does a measurement come back from its file, and is a damaged one refused with a sentence?"""

from __future__ import annotations

import json
import math

import pytest

from explorer.errors import InputError
from explorer.heads.importance.report import (
    IMPORTANCE,
    importance_from_json,
    importance_to_json,
    read_importance,
)
from tests.heads.importance_samples import importance_report


def changed(path: list, value) -> str:
    """The JSON of the sample with one entry replaced."""
    values = json.loads(importance_to_json(importance_report()))
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(values)


def test_a_measurement_comes_back():
    report = importance_report()
    assert importance_from_json(importance_to_json(report)) == report


def test_numbers_are_kept_to_five_digits_and_nan_stays_nan():
    text = importance_to_json(importance_report(1, 1, ("cross",)))
    assert math.isnan(importance_from_json(text).correlation.value)
    exact = importance_from_json(changed(["heads", 0, "gradient"], 0.123456789)).heads[0].gradient
    assert exact == 0.123456789
    assert '"gradient":0.12346,' in importance_to_json(
        importance_from_json(changed(["heads", 0, "gradient"], 0.123456789))
    )


def test_it_is_small():
    """54 heads, as many as the largest shipped model has."""
    assert len(importance_to_json(importance_report(3, 6))) < 48_000


def test_a_measurement_in_a_folder(tmp_path):
    assert read_importance(tmp_path) is None
    (tmp_path / IMPORTANCE).write_text(importance_to_json(importance_report()), encoding="utf-8")
    assert read_importance(tmp_path) == importance_report()
    (tmp_path / IMPORTANCE).write_bytes(b"\xff")
    with pytest.raises(
        InputError,
        match=f"{IMPORTANCE} cannot be read .* write it again with `python -m explorer ablate --corpus "
        "--write`",
    ):
        read_importance(tmp_path)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{", "The measurement is not JSON"),
        ("[]", "has format None"),
        (changed(["format"], 9), "has format 9, and this version reads 1"),
        (changed(["heads"], []), "it has 0 heads"),
        (changed(["heads", 1, "head"], 0), "it has 12 heads, 11 of them different"),
        (changed(["heads", 0, "kind"], "<script>"), "kind is '<script>'; expected one of"),
        (
            changed(["heads", 0, "loss"], 0.1),
            r"heads\[0\]: loss is 0.1; expected an object with value, low, high, p_value",
        ),
        (changed(["heads", 0, "n_changed"], 1.5), "n_changed is 1.5; expected a whole number"),
        (changed(["mode"], "loud"), "mode is 'loud'; expected one of zero, uniform"),
        (changed(["curves", 0, "order"], "alphabet"), "order is 'alphabet'"),
        (changed(["curves", 0, "steps", 1, "removed"], [["cross", 0]]), "expected a list of 3"),
        (
            changed(["curves", 0, "steps", 1, "removed"], []),
            "the curve by loss does not remove every head once",
        ),
        (changed(["curves", 1, "steps"], []), "the curve by gradient does not remove every head once"),
        (changed(["whole", "bleu"], "high"), "bleu is 'high'; expected a number"),
    ],
)
def test_what_is_no_measurement_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(InputError, match=sentence):
        importance_from_json(text)
