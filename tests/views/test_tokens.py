"""Do chips show the probability, the joins and the unknown words of a record?"""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from explorer.views.attention.tokens import source_chips, target_chips
from explorer.views.numbers import exact, short
from explorer.views.text import visible_token
from explorer.views.theme import THEMES, chip_color, contrast
from tests.views.samples import NASTY, SRC, SRC_IDS, TGT, TGT_IDS, make_record

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def record(**more):
    made = make_record(SRC, TGT, SRC_IDS, TGT_IDS, **more)
    read = replace(made.read, words=("We", "call", "unbelievable", "up"), unknown=(1,))
    return replace(made, sides=(read,))


@BOTH
def test_each_chip_has_the_probability_of_its_token_as_number_and_as_shade(theme):
    made = record()
    data = target_chips(made, theme)
    for chip, token, log_prob in zip(data["chips"], made.written.tokens, made.log_probs, strict=True):
        prob = math.exp(float(log_prob))
        assert chip["label"] == token and chip["log_prob"] == exact(log_prob) and chip["prob"] == short(prob)
        assert chip["color"] == chip_color(theme, prob) and contrast(chip["color"], chip["ink"]) >= 4.5
        assert (
            f"probability {short(prob)}" in chip["about"]
            and f"log-probability {exact(log_prob)}" in chip["about"]
        )
    assert data["legend"]["stops"][0] == chip_color(theme, 0) and (
        data["legend"]["low"],
        data["legend"]["high"],
    ) == ("0", "1")


@BOTH
def test_unknown_words_and_special_tokens_are_told(theme):
    data = source_chips(record(), theme)
    assert [chip["unknown"] for chip in data["chips"]] == [i == 1 for i in range(len(SRC))]
    assert "not in the vocabulary" in data["chips"][1]["about"] and data["unknown_label"]
    assert [chip["special"] for chip in data["chips"]] == [False] * (len(SRC) - 1) + [True]
    assert all(contrast(chip["color"], chip["ink"]) >= 4.5 for chip in data["chips"])
    made = record()
    written = replace(made.written, unknown=(0,))
    forced = target_chips(replace(made, prediction=replace(made.prediction, side=written)), theme)
    assert forced["chips"][0]["unknown"] and forced["unknown_label"]
    assert not target_chips(record(), theme)["unknown_label"]


@pytest.mark.parametrize(
    "kinds", [("cross",), ("encoder_self", "decoder_self"), ()], ids=["cross", "self", "no attention"]
)
def test_joins_are_known_with_and_without_attention(kinds):
    made = record(kinds=kinds)
    assert [chip["continues"] for chip in source_chips(made, THEMES["light"])["chips"]] == [
        False,
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert [chip["continues"] for chip in target_chips(made, THEMES["light"])["chips"]] == [
        False,
        False,
        False,
        True,
        False,
        False,
    ]


def test_the_data_is_json_whatever_was_typed_and_rtl_runs_from_the_right():
    made = make_record(NASTY, NASTY)
    for data in (source_chips(made, THEMES["dark"]), target_chips(made, THEMES["dark"], selected=3)):
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        json.dumps(data, ensure_ascii=False).encode()  # no lone surrogate reaches the browser
        assert [chip["label"] for chip in data["chips"]] == [visible_token(token) for token in NASTY]
        assert data["direction"] == "ltr"
    assert data["selected"] == 3
    assert source_chips(make_record(("שלום", "עולם", "</s>"), TGT), THEMES["dark"])["direction"] == "rtl"


def test_a_typed_special_token_is_not_dimmed():
    made = make_record(("<s>", "</s>", "</s>"), TGT, (0, 1, None))
    assert [chip["special"] for chip in source_chips(made, THEMES["light"])["chips"]] == [False, False, True]
