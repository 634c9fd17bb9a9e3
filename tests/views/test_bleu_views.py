"""Do the marks, formulas and tables of a BLEU say what can be counted by hand?"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest

from explorer.evaluation.bleu import bleu_parts
from explorer.evaluation.corpus_scores import corpus_report, paired_test
from explorer.evaluation.not_bleu import EXAMPLES, switched_score
from explorer.results import BleuSettings, MetricSwitches
from explorer.views.bleu import score as bleu
from explorer.views.bleu.marks import LABEL, marks_scene
from explorer.views.scene.shapes import Rect, Text
from explorer.views.scene.svg import scene_data, scene_svg
from explorer.views.theme import THEMES
from tests.views.samples import ATTACK, NASTY

LIGHT = THEMES["light"]
CAT = bleu_parts("Le chat sur tapis", ["Le chat est sur le tapis"])
THE = bleu_parts(
    "the the the the the the the",
    ["The cat is on the mat.", "There is a cat on the mat."],
    BleuSettings(lowercase=True),
)


def bars(scene) -> list[dict]:
    return [
        dict(shape.data) for shape in scene.shapes if isinstance(shape, Rect) and dict(shape.data).get("fate")
    ]


def test_le_chat_sur_tapis_has_four_words_and_one_pair():
    scene = marks_scene(CAT, LIGHT, 900)
    counts = Counter((bar["order"], bar["fate"]) for bar in bars(scene))
    assert counts == {
        ("1", "matched"): 4,
        ("2", "matched"): 1,
        ("2", "missed"): 2,
        ("3", "missed"): 2,
        ("4", "missed"): 1,
    }
    assert [bar["start"] for bar in bars(scene) if bar["order"] == "2" and bar["fate"] == "matched"] == ["0"]
    assert scene.description.endswith(
        "4 of 4 of order 1; 1 of 3 of order 2; 0 of 2 of order 3; 0 of 1 of order 4."
    )


def test_the_the_the_is_clipped_at_two():
    """Papineni et al. 2002, section 2.1: 2 of 7, since no reference has more than two."""
    counts = Counter((bar["order"], bar["fate"]) for bar in bars(marks_scene(THE, LIGHT, 900)))
    assert counts["1", "matched"] == 2 and counts["1", "clipped"] == 5
    assert r"p_{1} &= \frac{2}{7} = 0.286" in bleu.formulas(THE)


def test_bars_of_one_order_do_not_lie_on_each_other():
    parts = bleu_parts("a b c d e f g h i j", ["a b c x d e f g y h i j"])
    rectangles = [
        shape
        for shape in marks_scene(parts, LIGHT, 2000).shapes
        if isinstance(shape, Rect) and dict(shape.data).get("order")
    ]
    for one in rectangles:
        for other in rectangles:
            if one is not other and one.y < other.y + other.h and other.y < one.y + one.h:
                assert one.x + one.w <= other.x or other.x + other.w <= one.x


def test_a_long_translation_goes_on_in_the_next_line_with_every_n_gram():
    words = [f"word{i}" for i in range(60)]
    parts = bleu_parts(" ".join(words), [" ".join(words[:30] + ["x"] + words[30:])])
    scene = marks_scene(parts, LIGHT, 700)
    assert all(shape.x + shape.w <= 700 for shape in scene.shapes if isinstance(shape, Rect))
    assert all(
        shape.x >= LABEL
        for shape in scene.shapes
        if isinstance(shape, Rect) and dict(shape.data).get("order")
    )
    starts = {(bar["order"], bar["start"]) for bar in bars(scene)}
    assert starts == {(str(n), str(start)) for n in (1, 2, 3, 4) for start in range(60 - n + 1)}


def test_the_formulas_of_le_chat_sur_tapis():
    """4/4, 1/3, then 0/2 and 0/1 smoothed to 1/2 and 1/4 of a match; e^(1 − 6/4) = 0.607; 23.04 in all."""
    lines = bleu.formulas(CAT)
    assert lines[0].endswith(r"\frac{4}{4} = 1") and lines[1].endswith(r"\frac{1}{3} = 0.333")
    assert lines[2].endswith(r"\frac{0.5}{2} = 0.25") and lines[3].endswith(r"\frac{0.25}{1} = 0.25")
    assert r"e^{1 - 6/4} = 0.607" in lines[4]
    assert lines[5].endswith(r"100 \cdot 0.607 \cdot (1 \cdot 0.333 \cdot 0.25 \cdot 0.25)^{1/4} = 23.04")


@pytest.mark.parametrize(
    "hypothesis, settings, expected",
    [
        ("", BleuSettings(), r"\mathrm{BP} &= 0"),
        ("a b", BleuSettings(), r"p_{3} &= 0 \quad\text{(there is no such } n\text{-gram)}"),
        ("a b", BleuSettings(effective_order=True), r"p_{3} &= \text{does not count"),
        ("a b c d e", BleuSettings(), r"\mathrm{BP} &= 1 \quad\text{since } c = 5 \ge r = 4"),
        (
            "a b c d",
            BleuSettings(smoothing="add-k"),
            r"p_{2} &= \frac{3}{3} \;\xrightarrow{\text{smoothed}}\; \frac{4}{4} = 1",
        ),
    ],
)
def test_formulas_of_odd_cases(hypothesis, settings, expected):
    assert any(
        line.startswith(expected) for line in bleu.formulas(bleu_parts(hypothesis, ["a b c d"], settings))
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_published_numbers_stand_at_the_end_of_their_formula(example):
    scored = switched_score(example.hypotheses, example.references, example.switches)
    assert bleu.switched_formula(scored).endswith(f"= {scored.score:.4f}") and scored.score == pytest.approx(
        example.published, abs=5e-5
    )


def test_the_formula_of_a_mean_is_a_mean():
    scored = switched_score(
        ["a b c d", "x"], ["a b c d", "y"], MetricSwitches(mean_of_sentences=True, smoothing="none")
    )
    assert bleu.switched_formula(scored) == r"\frac{1 + 0}{2} = 0.5000"


def test_switches_have_names():
    switches = replace(MetricSwitches(), max_order=3, epsilon=0.25, smoothing="epsilon")
    assert [bleu.switch_name(field, switches) for field in ("max_order", "epsilon", "smoothing")] == [
        "n-grams up to 3",
        "an empty order counts 0.25",
        "smoothing: epsilon",
    ]
    assert set(bleu.SWITCH_NAMES) == set(MetricSwitches.__dataclass_fields__)


def test_the_report_of_a_file_says_what_the_report_holds():
    references = ["the cat sat on the mat", "a dog barks at night", "one two three four five six"]
    hypotheses = ["the cat sat on a mat", "a dog barks at night", "one two four five six"]
    report = corpus_report(
        hypotheses, [[reference] for reference in references], with_ter=True, n_resamples=50
    )
    lines = " ".join(bleu.report_lines(report))
    assert f"BLEU {report.score.score:.2f}, 95 % interval {report.low:.2f} to {report.high:.2f}" in lines
    assert "15/16, 10/13, 6/10, 3/7" in lines and f"is {report.mean_of_sentences:.2f}:" in lines
    table = bleu.report_scores_table(report, LIGHT)
    assert "TER (lower is better)" in table and all(f"{one.corpus:.2f}" in table for one in report.smoothings)
    assert re.findall(r">(\d+ to \d+|\d+ or more)</td>", bleu.lengths_table(report, LIGHT)) == [
        "1 to 5",
        "6 to 10",
    ]


def test_a_paired_test_in_words():
    references = [f"the cat number {i} sat on the mat" for i in range(30)]
    worse = [reference.replace("sat on", "is at") for reference in references]
    lines = bleu.paired_lines(
        paired_test(worse, references, [[reference] for reference in references], n_resamples=100)
    )
    assert (
        "100.00 for the second" in lines[0]
        and "larger than chance" in lines[0]
        and "difference of +" in lines[0]
    )
    same = bleu.paired_lines(
        paired_test(worse, worse, [[reference] for reference in references], n_resamples=100)
    )
    assert "chance alone could make" in same[0]


def test_nothing_that_is_typed_becomes_markup():
    hypothesis, reference = " ".join(NASTY), " ".join(reversed(NASTY))
    parts = bleu_parts(hypothesis, [reference, ATTACK], BleuSettings(tokenize="none"))
    scene = marks_scene(parts, LIGHT, 900)
    scene_data(scene)
    assert "<img" not in scene_svg(scene)
    assert not any("\u202eevil" in shape.text for shape in scene.shapes if isinstance(shape, Text))
    table = bleu.ngrams_table(parts, LIGHT)
    assert "<img" not in table and "<b>" not in table and "</script" not in table
    assert not any(word in line for line in bleu.formulas(parts) for word in NASTY if len(word) > 3)
