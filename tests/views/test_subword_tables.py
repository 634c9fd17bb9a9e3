"""Do the tables, trees and curves about subwords say what the results say, aligned and harmless?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from explorer.results import MergeNode
from explorer.tokenization.bpe import PRESETS, learn, model_of, read_word_table, segment_text
from explorer.views.scene.shapes import Line, Rect, Text
from explorer.views.scene.svg import scene_data, scene_svg
from explorer.views.subwords.merge_tree import merge_tree, tree_sentence
from explorer.views.subwords.size_curves import size_figure
from explorer.views.subwords.tables import language_table, steps_table, tokenizer_table, worked_table
from explorer.views.text import visible_token
from explorer.views.theme import THEMES
from tests.views.bpe_samples import comparison, curves, hugs_cut, languages, leaf, mug_cut, worked_check
from tests.views.samples import NASTY

LIGHT, DARK = THEMES["light"], THEMES["dark"]


def texts(row: dict) -> list[str]:
    return [
        ""
        if cell is None
        else " ".join(chip["label"] for chip in cell["chips"])
        if "chips" in cell
        else cell["text"]
        for cell in row["cells"]
    ]


def test_a_learners_merges_stand_beside_the_right_counts():
    data = worked_table(worked_check(), LIGHT)
    assert [texts(row)[:5] for row in data["rows"]] == [
        ["1", "u g", "20", "20", "✓ right"],
        ["2", "u n", "–", "16", "✓ right"],
        ["3", "p un", "12", "12", "✗ not most frequent"],
        ["4", "<b> x", "–", "–", "– not judged"],
    ]
    assert [row["mark"] for row in data["rows"]] == ["right", "right", "wrong departs", "unjudged"]
    assert texts(data["rows"][2])[5] == "p + un occurs 12 times; the most frequent is h + ug, 15 times."
    assert json.loads(json.dumps(data)) == data


def test_a_word_merge_by_merge():
    data = steps_table(hugs_cut(), LIGHT)
    assert [texts(row) for row in data["rows"]] == [
        ["as it begins", "", "h u g s"],
        ["u g", "1", "h ug s"],
        ["h ug", "3", "hug s"],
        ["hug s", "5", "hugs"],
    ]
    made = [
        [chip["label"] for chip in row["cells"][2]["chips"] if chip["mark"] == "made"] for row in data["rows"]
    ]
    assert made == [[], ["ug"], ["hug"], ["hugs"]]


def test_every_place_that_a_rule_merged_is_marked_after_those_before_it_have_closed():
    """abab under a b: the two tokens stand at 0 and 1 afterwards, not at 0 and 2."""
    word = replace(
        hugs_cut(),
        start=tuple("abab"),
        steps=(replace(hugs_cut().steps[0], positions=(0, 2), symbols=("ab", "ab")),),
    )
    chips = steps_table(word, LIGHT)["rows"][1]["cells"][2]["chips"]
    assert [(chip["label"], chip["mark"]) for chip in chips] == [("ab", "made"), ("ab", "made")]


def test_tokenizers_with_their_figures_to_the_same_decimal():
    data = tokenizer_table(comparison(), LIGHT)
    assert [texts(row)[:7] for row in data["rows"]] == [
        ["characters", "40", "500", "5.00", "1.00", "0.0", "0.02"],
        ["words, 300", "300", "100", "1.00", "5.00", "13.0", "0.15"],
        ["BPE, 300", "300", "250", "2.50", "2.00", "0.0", "0.15"],
    ]
    assert [row["cells"][2]["bar"] for row in data["rows"]] == [1.0, 0.2, 0.5]
    assert [chip["label"] for chip in data["rows"][2]["cells"][7]["chips"]] == [
        visible_token(token) for token in NASTY[:6]
    ]
    assert data["columns"][6]["note"] == "MB at width 128"


def test_languages_under_one_tokenizer_run_the_way_they_are_read():
    data = language_table(languages(), "BPE", DARK)
    assert [[texts(row)[0], *texts(row)[2:]] for row in data["rows"]] == [
        ["English", "10", "50.00", "1.00"],
        ["Arabic", "43, 2 unknown", "11.63", "4.30"],
    ]
    english, arabic = (row["cells"][1] for row in data["rows"])
    assert (english["direction"], arabic["direction"]) == ("ltr", "rtl")
    assert english["more"] == "… 8 more" and english["note"] == "The <b>cat</b>"
    other = language_table(languages(), "other", DARK)["rows"][0]["cells"]
    assert other[0]["note"] == "no spaces between words"


# -------------------------------------------------------------------------------------------------- the trees


def drawn(scene) -> dict[str, tuple[float, float]]:
    """The middle of every token that is written, by its text."""
    return {
        shape.text: (shape.x, shape.y) for shape in scene.shapes if isinstance(shape, Text) and shape.mono
    }


def test_the_tree_of_a_word_has_each_merge_above_its_parts():
    scene = merge_tree([hugs_cut()], LIGHT)
    places = drawn(scene)
    heights = [places[token][1] for token in ("h", "ug", "hug", "hugs")]
    assert (
        heights == sorted(heights, reverse=True) and len({round(places[leaf][1], 3) for leaf in "hugs"}) == 1
    )
    assert [places[a][0] < places[b][0] for a, b in ("hu", "ug", "gs")] == [True] * 3
    assert places["ug"][0] == pytest.approx((places["u"][0] + places["g"][0]) / 2)
    assert [shape.text for shape in scene.shapes if isinstance(shape, Text) and not shape.mono] == [
        "1",
        "3",
        "5",
    ]
    assert sum(isinstance(shape, Line) for shape in scene.shapes) == 6  # two for each merge
    assert [
        dict(shape.data)["token"] for shape in scene.shapes if isinstance(shape, Rect) and shape.data
    ] == ["hugs"]


def test_what_is_unknown_has_a_broken_outline_and_says_so():
    scene = merge_tree([mug_cut()], LIGHT)
    broken = [shape for shape in scene.shapes if isinstance(shape, Rect) and shape.dash]
    assert [shape.title for shape in broken] == ["m: not in the vocabulary"]
    assert (
        tree_sentence([mug_cut(), hugs_cut()])
        == "2 words, 7 symbols, 3 tokens, 1 of them not in the vocabulary."
    )
    assert tree_sentence([hugs_cut()]) == "1 word, 4 symbols, 1 token."


def test_a_word_from_right_to_left_begins_at_the_right():
    word = replace(
        mug_cut(),
        word="شمس",
        start=tuple("شمس"),
        steps=(),
        tree=tuple(leaf(char, n) for n, char in enumerate("شمس")),
    )
    shapes = [shape for shape in merge_tree([word], LIGHT).shapes if isinstance(shape, Text)]
    assert [shape.x for shape in shapes] == sorted((shape.x for shape in shapes), reverse=True)


def test_words_that_do_not_fit_go_on_below_and_nothing_leaves_the_picture():
    scene = merge_tree([hugs_cut()] * 12, DARK, max_width=400)
    assert scene.width <= 400
    rows = {shape.y for shape in scene.shapes if isinstance(shape, Text) and shape.text == "hugs"}
    assert len(rows) > 2
    for shape in scene.shapes:
        if isinstance(shape, Rect):
            assert 0 <= shape.x and shape.x + shape.w <= scene.width and shape.y + shape.h <= scene.height


def test_chips_of_one_word_do_not_cover_each_other():
    learning = learn(read_word_table(PRESETS["low"].text, PRESETS["low"].config), PRESETS["low"].config)
    words = segment_text(
        model_of(learning), "lowest newer <script>alert(1)</script> 👨\u200d👩\u200d👧 ne\u0301e \u200bx שלום"
    )
    boxes = [
        shape for shape in merge_tree(words, LIGHT, 5000).shapes if isinstance(shape, Rect) and shape.stroke
    ]
    for number, a in enumerate(boxes):
        for b in boxes[number + 1 :]:
            apart = a.x + a.w <= b.x + 0.01 or b.x + b.w <= a.x + 0.01 or a.y + a.h <= b.y or b.y + b.h <= a.y
            assert apart, (a.title, b.title)


def test_a_token_is_never_markup():
    nodes = tuple(MergeNode(token, n, n + 1) for n, token in enumerate(NASTY))
    word = replace(mug_cut(), word="x", start=NASTY, steps=(), tree=nodes)
    scene = merge_tree([word], LIGHT)
    assert "<img" not in scene_svg(scene) and "<b>" not in scene_svg(scene)
    assert json.dumps(scene_data(scene))


# ------------------------------------------------------------------------------------------------- the curves


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_curves_have_every_figure_and_tell_the_kinds_apart_without_colour(theme):
    figure = size_figure(curves(), theme)
    by_panel = [[trace for trace in figure.data if trace.yaxis == axis] for axis in ("y", "y2")]
    assert [list(trace.x) for trace in by_panel[0]] == [[300, 1000], [300, 1000], []]
    assert [list(trace.y) for trace in by_panel[0]] == [[1.0, 1.0], [2.5, 1.25], []]
    assert [list(trace.y) for trace in by_panel[1]] == [[13.0, 2.0], [0, 0], []]
    assert len({trace.marker.symbol for trace in by_panel[0]}) == 3
    assert figure.layout.xaxis.type == "log" and list(figure.layout.xaxis.tickvals) == [500, 1000]
    assert "250 tokens for 100 words: 2.5 each" in by_panel[0][1].hovertext[0]
