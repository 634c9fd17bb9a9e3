"""Does the stepper show the textbook's numbers, every tie and the next merge, and never trust a token?"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from explorer.results import MergeStep, SegmentedWord
from explorer.tokenization.bpe import PRESETS, history, learn, read_word_table, state_at
from explorer.views.subwords.merge_curves import MAX_POINTS, curves_data
from explorer.views.subwords.merge_stepper import TIE_RULES, Merges, pair_places, state_data, stepper_data
from explorer.views.text import visible_text
from explorer.views.theme import THEMES
from tests.views.bpe_samples import HUG, nasty_state, textbook_history, textbook_state, tied_state


def said(rule: dict) -> str:
    return " ".join(
        [*(piece if isinstance(piece, str) else piece["label"] for piece in rule["line"]), rule["words"]]
    )


def labels(chips: list[dict], mark: str) -> list[str]:
    return [chip["label"] for chip in chips if mark in chip["mark"].split()]


def test_the_textbook_after_two_merges():
    data = state_data(textbook_state(), "alphabetical")
    assert (
        said(data["done"])
        == "Merge 2 u + n → un They stood side by side 16 times, more often than any other pair."
    )
    assert said(data["next"]) == "Next h + ug Side by side 15 times, more than any other pair."
    assert data["corpus"] == "5 distinct words, 77 tokens (at the start 113)" and not data["ends"]
    assert [
        (pair["left"]["label"], pair["right"]["label"], pair["count"], pair["mark"]) for pair in data["pairs"]
    ] == [
        ("h", "ug", "15", "winner"),
        ("p", "un", "12", ""),
        ("p", "ug", "5", ""),
        ("ug", "s", "5", ""),
        ("b", "un", "4", ""),
    ]
    assert [pair["share"] for pair in data["pairs"]] == [1.0, 0.8, 0.3333, 0.3333, 0.2667]
    (group,) = data["groups"]
    words = group["words"]
    assert group["title"] == "" and [word["count"] for word in words] == ["12", "10", "5", "5", "4"]
    assert [[chip["label"] for chip in word["chips"]] for word in words] == [
        ["p", "un"],
        ["h", "ug"],
        ["p", "ug"],
        ["h", "ug", "s"],
        ["b", "un"],
    ]
    assert [labels(word["chips"], "made") for word in words] == [["un"], [], [], [], ["un"]]
    assert [labels(word["chips"], "next-left") + labels(word["chips"], "next-right") for word in words] == [
        [],
        ["h", "ug"],
        [],
        ["h", "ug"],
        [],
    ]
    vocabulary = data["vocabulary"]
    assert vocabulary["title"] == "9 tokens: 7 to begin with, 2 made"
    assert [chip["label"] for chip in vocabulary["made"]] == ["un", "ug"] and labels(
        vocabulary["made"], "made"
    ) == ["un"]
    assert labels(vocabulary["initial"], "gone") == ["g", "n", "u"]  # used up by ug and un


@pytest.mark.parametrize("ties", TIE_RULES)
def test_every_tie_is_named_as_good_as_the_winner(ties):
    data = state_data(tied_state(), ties)
    assert [pair["mark"] for pair in data["pairs"]] == ["winner", "tie", "tie", "barred"]
    assert (
        said(data["next"]) == f"Next e + s Side by side twice, as often as 2 other pairs: {TIE_RULES[ties]}."
    )
    assert data["pairs_note"] == "4 of 9 pairs; 3 tied for the win"
    assert said(data["done"]) == "Start No merge yet: every word is split into its characters."
    chips = data["groups"][0]["words"][0]["chips"]
    assert [place for place, chip in enumerate(chips) if "next-left" in chip["mark"]] == [
        6,
        10,
    ]  # sleeplESsnESs


@pytest.mark.parametrize(
    "symbols, places", [("aaa", [0]), ("aaaa", [0, 2]), ("aaaaa", [0, 2]), ("baab", [1]), ("a", []), ("", [])]
)
def test_a_run_is_merged_from_the_left_and_no_symbol_twice(symbols, places):
    assert sorted(pair_places(tuple(symbols), MergeStep(1, "a", "a", "aa", 9, 1))) == places
    assert pair_places(tuple(symbols), None) == set()


def test_words_that_a_merge_changed_come_first_and_once():
    state = replace(textbook_state(), n_words=5000)
    changed = (SegmentedWord("bun", 4, ("b", "un")), SegmentedWord("sung", 1, ("s", "u", "ng")))
    data = state_data(state, "alphabetical", changed=changed)
    assert [(group["title"], [word["count"] for word in group["words"]]) for group in data["groups"]] == [
        ("words that this merge changed", ["4"]),
        ("the most frequent words", ["12", "10", "5", "5"]),
    ]


def test_a_merge_that_made_a_token_again_and_the_end_are_said():
    data = state_data(nasty_state(), "alphabetical")
    assert said(data["done"]).endswith(
        "and one other pair just as often. The vocabulary had this token already."
    )
    assert said(data["next"]) == "The end No pair is seen 2 times or more." and data["ends"]
    assert {word["direction"] for group in data["groups"] for word in group["words"]} == {"ltr", "rtl"}
    chips = [chip for group in data["groups"] for word in group["words"] for chip in word["chips"]]
    assert all(
        chip["label"] and "\u202e" not in chip["label"] and "\n" not in chip["label"] for chip in chips
    )
    assert visible_text("\u202eevil") in {chip["title"] for chip in chips}


def test_a_long_word_and_a_long_vocabulary_are_cut_and_say_so():
    tokens = tuple(f"t{n}" for n in range(500))
    state = replace(
        textbook_state(),
        vocabulary=tokens,
        token_counts=(1,) * 500,
        n_initial=256,
        words=(SegmentedWord("x" * 100, 1, ("x",) * 100),),
    )
    data = state_data(state, "alphabetical")
    assert (
        len(data["groups"][0]["words"][0]["chips"]) == 60
        and data["groups"][0]["words"][0]["more"] == "… 40 more"
    )
    vocabulary = data["vocabulary"]
    assert vocabulary["initial_more"] == "and 196 more" and vocabulary["made_more"] == "and 184 made earlier"
    assert vocabulary["made"][0]["label"] == "t499" and len(vocabulary["made"]) == 60


def test_curves_stand_at_the_heights_of_their_numbers():
    counts, tokens = curves_data(textbook_history())
    assert counts["steps"] == [1, 2, 3, 4, 5, 6, 7] and counts["values"] == [20, 16, 15, 12, 5, 5, 4]
    assert counts["heights"] == [1, 0.8, 0.75, 0.6, 0.25, 0.25, 0.2] and (
        counts["top"],
        counts["bottom"],
    ) == ("20", "0")
    assert tokens["steps"] == list(range(8)) and tokens["values"] == [113, 93, 77, 62, 50, 45, 40, 36]
    assert tokens["heights"][3] == round(62 / 113, 4)


def test_long_curves_are_thinned_to_their_ends_and_say_when_they_are_logarithmic():
    import numpy as np

    from explorer.results import MergeHistory

    counts = np.array([10_000 // (n + 1) for n in range(8000)])
    counts, _ = curves_data(MergeHistory(counts, np.ones(8000), np.arange(8001)[::-1]))
    assert counts["title"].endswith("logarithmic") and (counts["top"], counts["bottom"]) == ("10,000", "1")
    assert len(counts["steps"]) <= MAX_POINTS and (counts["steps"][0], counts["steps"][-1]) == (1, 8000)
    assert counts["heights"][0] == 1 and counts["heights"][-1] == 0


def naive(words: dict[tuple[str, ...], int]) -> Counter:
    pairs: Counter = Counter()
    for symbols, count in words.items():
        for pair in zip(symbols, symbols[1:], strict=False):
            pairs[pair] += count
    return pairs


@pytest.mark.parametrize("name", [name for name, preset in PRESETS.items() if preset.is_table])
def test_every_number_of_every_step_is_that_of_a_plain_count(name):
    """The words as they are drawn, counted with two loops, give the table of pairs that is drawn."""
    preset = PRESETS[name]
    learning = learn(read_word_table(preset.text, preset.config), preset.config)
    for step in range(learning.n_steps + 1):
        data = state_data(state_at(learning, step), preset.config.ties)
        words = {
            tuple(chip["label"] for chip in word["chips"]): int(word["count"])
            for word in data["groups"][0]["words"]
        }
        pairs = naive(words)
        assert {
            (pair["left"]["label"], pair["right"]["label"]): int(pair["count"]) for pair in data["pairs"]
        } == dict(pairs)
        if not data["ends"]:
            top = max(pairs.values())
            assert sum(pair["mark"] in ("winner", "tie") for pair in data["pairs"]) == sum(
                count == top for count in pairs.values()
            )
        assert f"{sum(len(symbols) * count for symbols, count in words.items()):,} token" in data["corpus"]


def test_the_data_is_json_and_names_what_it_is_about():
    learning = learn(read_word_table(PRESETS["hug"].text, PRESETS["hug"].config), PRESETS["hug"].config)
    states = [state_data(state_at(learning, step), "alphabetical") for step in (2, 3)]
    merges = Merges("abc", learning.n_steps, curves_data(history(learning)))
    data = stepper_data(merges, states, 2, THEMES["dark"], asked=4)
    assert json.loads(json.dumps(data)) == data
    assert (data["key"], data["step"], data["asked"], data["n_steps"]) == ("abc dark", 2, 4, 7)
    assert (
        states[1]["done"]["line"][1]["label"] == HUG.left and states[1]["done"]["line"][5]["label"] == "hug"
    )
