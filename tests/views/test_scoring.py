"""Does the picture of the small example show its numbers, and does the formula beside it hold them all?"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from explorer.attention.small_example import EXAMPLES, attend
from explorer.views.attention.small_example import scoring_figure
from explorer.views.attention.worked_example import decimal, slip, worked
from explorer.views.numbers import exact
from explorer.views.theme import THEMES
from tests.views.samples import ATTACK

THEME = THEMES["light"]
EVERY = pytest.mark.parametrize("name", EXAMPLES)


def trace(figure, name):
    (found,) = [each for each in figure.data if each.name == name]
    return found


@EVERY
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_bars_and_points_are_the_numbers(name, theme):
    attention = attend(EXAMPLES[name])
    figure = scoring_figure(attention, theme, 520)
    for what, values in (("score", attention.scores), ("weight", attention.weights)):
        bars = trace(figure, what)
        assert np.array_equal(bars.y, values) and list(bars.text) == [decimal(value) for value in values]
        assert all(
            hover.endswith(f"{what} {exact(value)}")
            for hover, value in zip(bars.hovertext, values, strict=True)
        )
    assert figure.layout.yaxis2.range[0] == 0 and figure.layout.yaxis2.range[1] >= 1
    if attention.context is None:
        assert len(figure.data) == 3 and "xaxis3" not in figure.layout
        return
    states = np.array(attention.given.states)
    assert np.array_equal(np.c_[trace(figure, "states").x, trace(figure, "states").y], states)
    assert (trace(figure, "context").x[0], trace(figure, "context").y[0]) == tuple(attention.context)
    assert figure.layout.xaxis3.range == figure.layout.yaxis3.range  # angles are true
    arrows = [(note.x, note.y) for note in figure.layout.annotations if note.showarrow]
    assert arrows == [*map(tuple, states), *([attention.given.query] if attention.given.query else [])]
    assert {each.xaxis for each in figure.data} == {"x", "x2", "x3"}


def test_what_a_lecture_prints_is_marked():
    figure = scoring_figure(attend(EXAMPLES["B: scores and states"]), THEME)
    assert list(trace(figure, "printed").y) == [0.15, 0.70, 0.15]
    assert (trace(figure, "printed context").x[0], trace(figure, "printed context").y[0]) == (0.55, 0.46)
    assert not [
        each.name
        for each in scoring_figure(attend(EXAMPLES["dot"]), THEME).data
        if each.name.startswith("printed")
    ]


@EVERY
def test_the_formula_holds_every_number(name):
    attention = attend(EXAMPLES[name])
    lines = worked(attention)
    text = "\n".join(lines)
    assert all(line.count("&=") == 1 for line in lines) and text.count("{") == text.count("}")
    for values in (
        attention.weights,
        attention.powers,
        *([attention.context] if attention.context is not None else []),
    ):
        assert all(decimal(value) in text for value in values)
    if attention.given.scorer != "given":
        ends = [line.rsplit("= ", 1)[1] for line in lines if line.startswith("e_")]
        assert ends == [decimal(score) for score in attention.scores]
    if attention.units is not None:
        assert all(decimal(value) in text for value in (*attention.sums.ravel(), *attention.units.ravel()))


def test_products_of_the_formula_add_up():
    """Read back as a reader would: e = a · b + c · d."""
    for name in ("dot", "bilinear", "MLP"):
        attention = attend(replace(EXAMPLES[name], query=(-0.8, 0.6)))
        lines = [line for line in worked(attention) if line.startswith("e_")]
        assert len(lines) == 3
        for line, score in zip(lines, attention.scores, strict=True):
            sums = line.rsplit("= ", 2)[1].replace(r"\cdot", "*").replace("(", "").replace(")", "")
            total = sum(float(a) * float(b) for a, b in (term.split("*") for term in sums.split("+")))
            assert total == pytest.approx(score, abs=3e-4)


def test_example_b_reads_as_in_the_textbook():
    assert worked(attend(EXAMPLES["B: scores and states"])) == (
        r"\sum_j e^{e_j} &= e^{0.2} + e^{0.8} + e^{0.3} = 1.2214 + 2.2255 + 1.3499 = 4.7968",
        r"\alpha_{1} &= \frac{1.2214}{4.7968} = \mathbf{0.2546}",
        r"\alpha_{2} &= \frac{2.2255}{4.7968} = \mathbf{0.4640}",
        r"\alpha_{3} &= \frac{1.3499}{4.7968} = \mathbf{0.2814}",
        r"c &= \sum_k \alpha_k s_k = 0.2546\,(0.1, 0.2) + 0.4640\,(0.7, 0.4) + 0.2814\,(0.3, 0.6)",
        r"&= \mathbf{(0.4347, 0.4054)}",
    )


def test_large_and_negative_numbers_stay_readable():
    attention = attend(replace(EXAMPLES["A: three scores"], scores=(100.0, -100.0, 99.0)))
    text = "\n".join(worked(attention))
    assert "e^{-100 - 100}" in text and "0.7311" in text and "inf" not in text and "nan" not in text
    attention = attend(replace(EXAMPLES["dot"], query=(-100.0, 99.0)))
    assert r"(-100) \cdot 0.1 + 99 \cdot 0.2" in "\n".join(worked(attention))
    assert [decimal(value) for value in (-0.00001, 12345.678, -1.5)] == ["0.0000", "1.235e+04", "−1.5000"]


def test_the_slip_is_explained_with_true_numbers():
    sentences = slip(attend(EXAMPLES["B: scores and states"]))
    text = " ".join(sentences)
    assert "e^0.6 = 1.8221" in text and "0.7 : 0.15 = 4.6667" in text
    assert "not the same score (0.2 and 0.3)" in text
    assert "0.2546, 0.4640, 0.2814" in text
    assert (
        "(0.55, 0.46); even the printed weights would give (0.55, 0.40). The right one is (0.4347, 0.4054)"
        in text
    )
    assert (
        "e^0.8 = 2.2255" in slip(attend(EXAMPLES["A: three scores"]))[0]
        and len(slip(attend(EXAMPLES["A: three scores"]))) == 3
    )
    assert slip(attend(EXAMPLES["dot"])) == ()


def test_words_are_text():
    attention = attend(replace(EXAMPLES["B: scores and states"], words=(ATTACK, "<b>", "c")))
    text = scoring_figure(attention, THEME).to_json()
    assert not re.search(r"<img|\\u003cimg|<b>c|</script", text)
    assert "script" not in "".join(worked(attention))
