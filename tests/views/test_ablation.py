"""Do chips and sentences say which words changed, and by how much each token?"""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from explorer.evaluation.word_diff import word_diff
from explorer.results import frozen_array
from explorer.views.heads.ablation import (
    ablation_csv,
    change,
    change_chips,
    changed_sentence,
    head_names,
    probability_sentence,
    word_chips,
)
from explorer.views.numbers import exact
from explorer.views.text import visible_token
from explorer.views.theme import THEMES, contrast, difference_color
from tests.heads.importance_samples import ablation, record
from tests.views.samples import NASTY, PROVENANCE

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def marked(data):
    return [(chip["label"], chip["mark"]) for chip in data["chips"]]


@BOTH
def test_words_that_changed_have_a_line_and_a_colour(theme):
    """der alte Mann schläft → der Mann ruft an: alte is gone, schläft became ruft an."""
    found = ablation()
    old, new = word_chips(found, "old", theme), word_chips(found, "new", theme)
    assert marked(old) == [("der", ""), ("alte", "deleted"), ("Mann", ""), ("schläft", "replaced")]
    assert marked(new) == [("der", ""), ("Mann", ""), ("ruft", "replaced"), ("an", "replaced")]
    assert (
        old["chips"][3]["about"] == "schläft: became ruft an"
        and new["chips"][2]["about"] == "ruft: was schläft"
    )
    assert old["chips"][1]["about"] == "alte: gone without these heads"
    assert old["samples"] == [] and {sample["mark"] for sample in new["samples"]} == {"deleted", "replaced"}
    for chip in (*old["chips"], *new["chips"]):
        assert contrast(chip["ink"], chip["color"]) >= 4.5
        assert not chip["mark"] or contrast(old["colors"][chip["mark"]], theme.background) >= 3
    assert word_chips(ablation("a", "a b"), "new", theme)["chips"][1]["mark"] == "inserted"


def test_a_translation_that_is_gone_is_shown_as_empty():
    data = word_chips(ablation("der Mann", ""), "new", THEMES["light"])
    assert [chip["label"] for chip in data["chips"]] == ["∅"] and data["chips"][0][
        "about"
    ] == "an empty translation"


@BOTH
def test_each_token_has_the_colour_of_its_change(theme):
    found = ablation()
    data = change_chips(found, theme)
    largest = 3.0  # the last word loses three nats
    assert [chip["label"] for chip in data["chips"]] == ["der", "alte", "Mann", "schläft", "</s>"]
    for chip, delta, before, after in zip(
        data["chips"], found.deltas, found.target.log_probs, found.target_masked.log_probs, strict=True
    ):
        assert (
            chip["color"] == difference_color(theme, delta, largest)
            and contrast(chip["color"], chip["ink"]) >= 4.5
        )
        assert f"{exact(before)} with all heads, {exact(after)} without: {change(delta)}" in chip["about"]
    assert (data["legend"]["low"], data["legend"]["high"]) == ("−3", "+3")
    assert data["chips"][-1]["special"] and not data["chips"][0]["special"]


def test_small_changes_are_not_blown_up():
    quiet = ablation()
    quiet = replace(
        quiet,
        target_masked=replace(
            quiet.target_masked,
            prediction=replace(
                quiet.target_masked.prediction, log_probs=frozen_array(quiet.target.log_probs + 0.01)
            ),
        ),
    )
    assert change_chips(quiet, THEMES["light"])["legend"]["high"] == "+1"


def test_whatever_was_typed_stays_data():
    nasty = tuple(token for token in NASTY if token.strip() and token != "\ud800")
    found = replace(
        ablation(),
        old_text=" ".join(nasty),
        edits=word_diff(nasty, nasty[::-1]),
        target=record(("x",), nasty, [-1.0] * (len(nasty) + 1)),
        target_masked=record(("x",), nasty, [-2.0] * (len(nasty) + 1)),
    )
    for data in (
        word_chips(found, "old", THEMES["dark"]),
        word_chips(found, "new", THEMES["dark"]),
        change_chips(found, THEMES["dark"]),
    ):
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        json.dumps(data, ensure_ascii=False).encode()
    assert [chip["label"] for chip in word_chips(found, "old", THEMES["dark"])["chips"]] == [
        visible_token(word) for word in nasty
    ]


def test_right_to_left_runs_from_the_right():
    assert word_chips(ablation("שלום עולם", "שלום"), "old", THEMES["light"])["direction"] == "rtl"


@pytest.mark.parametrize(
    "value, text",
    [
        (0.0, "0"),
        (0.1234, "+0.123"),
        (-3.456, "−3.46"),
        (1e-5, "+<0.001"),
        (-1e-5, ">−0.001"),
        (float("nan"), "–"),
    ],
)
def test_changes_have_a_sign(value, text):
    assert change(value) == text


def test_sentences():
    assert (
        changed_sentence(ablation())
        == "2 of 4 words are gone or replaced; 2 of 4 in the new translation are new."
    )
    assert (
        changed_sentence(ablation("a b", "a c d"))
        == "1 of 2 words is gone or replaced; 2 of 3 in the new translation are new."
    )
    assert changed_sentence(ablation("a b", "a b")) == "The translation stays the same: 2 words."
    assert (
        changed_sentence(ablation("a b", "a  b"))
        == "The words stay the same; only the spaces between them change."
    )
    text = probability_sentence(ablation())
    assert (
        text
        == (  # before: 4 · −0.1 − 0.75; after: −0.1 −1.1 −2.1 −3.1 −0.25; new: 5 tokens of −2 and of −0.5
            "Log-probability of the old translation: −1.15 with all heads, −6.65 without, a change of −5.5, "
            "or −1.1 per token. "
            "Log-probability of the new translation: −10 with all heads, −2.5 without, a change of +7.5, or "
            "+1.5 per token."
        )
    )
    assert "of the translation that was given: " in probability_sentence(ablation(forced=True))
    assert probability_sentence(ablation("a b", "a b")).count("Log-probability") == 1


def test_heads_are_named_by_kind_and_many_are_counted():
    heads = (("encoder_self", 0, 2), ("cross", 1, 0), ("cross", 1, 3))
    assert head_names(heads) == "Encoder self-attention L0 H2; Cross-attention L1 H0, L1 H3"
    assert head_names(heads, most=2) == "1 of encoder self-attention; 2 of cross-attention"


def test_csv_has_every_token_of_both_translations():
    found = ablation("=SUM(A1) Mann", "Mann")
    lines = [
        line for line in ablation_csv(found, PROVENANCE).split("\n") if line and not line.startswith("#")
    ]
    rows = list(csv.DictReader(lines))
    assert [row["translation"] for row in rows] == ["target"] * 3 + ["new"] * 2
    assert rows[0]["token"] == "'=SUM(A1)"
    np.testing.assert_allclose(
        [float(row["change"]) for row in rows], [*found.deltas, *found.new_deltas], atol=1e-7
    )
    for row in rows:
        assert float(row["log_prob_masked"]) - float(row["log_prob"]) == pytest.approx(
            float(row["change"]), abs=1e-6
        )
