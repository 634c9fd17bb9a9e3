"""Does the section on faithfulness do what it says, in a real browser on the shipped checkpoints?"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader, address

TITLE = "Is attention an explanation?"
ROW = ".st-key-faithfulness-table tbody tr"


def with_section(reader: Reader) -> Reader:
    """The section unfolded, its pictures and its table drawn."""
    reader.settle()
    reader.unfold(TITLE)
    expect(reader.page.locator(ROW).first).to_be_visible()
    reader.settle()
    return reader


@pytest.fixture(scope="module")
def opened(open_for_all) -> Reader:
    """One page in which each test picks what it needs."""
    return with_section(open_for_all())


def table(reader) -> dict[str, tuple[float, str]]:
    """By the name of the reading: its correlation on this sentence, and for how many tokens it has the same
    top word.
    """
    reader.settle()
    found = {}
    for row in reader.page.locator(ROW).all():
        name, figure, top = (cell.strip() for cell in row.locator("td").all_inner_texts()[:3])
        found[name] = (float(figure.replace("−", "-").replace("–", "nan")), top)
    return found


def figure(reader) -> float:
    heading = reader.page.get_by_role("heading", name=re.compile(r"^ρ = "))
    expect(heading).to_be_visible()
    return float(heading.inner_text().removeprefix("ρ = ").replace("−", "-"))


def test_a_reading_stands_beside_blanking_with_its_figure(opened):
    reading, effect = opened.matrix("faithfulness-reading"), opened.matrix("faithfulness-effect")
    assert (reading.rows, reading.cols) == (effect.rows, effect.cols)
    assert (
        reading.cols == ["The", "old", "man", "is", "reading", "a", "book", "."]
        and reading.rows[-1] == "</s>"
    )
    assert reading.zmin == 0 and effect.zmin == -effect.zmax
    assert max(map(max, effect.weights)) > 1, "no word matters to any token by a nat"
    rows = table(opened)
    assert figure(opened) == rows["Attention, mean of all heads"][0]
    correlations = [rho for rho, _ in rows.values()]
    assert correlations == sorted(correlations, reverse=True) and len(set(correlations)) > 3
    assert all(-1 <= rho <= 1 for rho in correlations)


def test_other_readings_have_other_pictures(opened):
    rows = table(opened)
    seen = []
    for name in ("Attention rollout", "Attention flow", "Gradient × input", "Blanking out, the other way"):
        opened.select("Reading", name)
        matrix = opened.matrix("faithfulness-reading")
        assert figure(opened) == rows[name][0]
        assert matrix.weights not in seen
        assert (matrix.zmin < 0) == (name in ("Gradient × input", "Blanking out, the other way"))
        seen.append(matrix.weights)


def test_blanking_out_the_other_way_swaps_the_two(opened):
    opened.pick("Blanking out: each word is", "replaced by <unk>")
    by_unk = opened.matrix("faithfulness-effect").weights
    before = table(opened)["Blanking out, the other way"]
    opened.pick("Blanking out: each word is", "left out")
    left_out = opened.matrix("faithfulness-effect").weights
    assert left_out != by_unk
    after = table(opened)["Blanking out, the other way"]
    assert after[0] == before[0], "a rank correlation has no direction"
    opened.select("Reading", "Blanking out, the other way")
    assert opened.matrix("faithfulness-reading").weights == by_unk


def test_words_of_the_translation_so_far(opened):
    opened.pick("Words", "of the translation so far")
    effect = opened.matrix("faithfulness-effect")
    assert effect.cols == effect.rows[:-1]
    assert all(value == 0 for i, row in enumerate(effect.weights) for value in row[i:]), (
        "a word cannot matter before it is written"
    )
    opened.sees("how much less likely is each token?")


def test_a_recurrent_model_says_what_it_does_not_have(open_reader):
    opened = with_section(open_reader(address(model="en → de rnn mlp, real text")))
    opened.sees("has no self-attention to follow down to the words")
    assert set(table(opened)) >= {
        "Attention, mean of all heads",
        "Gradient × input",
    } and "Attention rollout" not in table(opened)


def test_markup_in_a_sentence_stays_text(open_reader):
    sentence = "Tom wrote <b>bold</b><img src=x onerror=alert(1)>"
    opened = with_section(open_reader(address(sentence=sentence)))
    matrix = opened.matrix("faithfulness-effect")
    assert {"img", "alert", "bold"} <= set(matrix.cols)
    assert opened.page.locator("[data-testid=stMain] img[src='x']").count() == 0


@pytest.mark.parametrize(
    "size, scheme, background",
    [((1280, 720), "light", "#ffffff"), ((1920, 1080), "dark", "#0f1318")],
    ids=["laptop", "projector"],
)
def test_nothing_is_wider_than_the_window_in_both_themes(open_reader, size, scheme, background):
    viewport = {"width": size[0], "height": size[1]}
    reader = with_section(open_reader(viewport=viewport, color_scheme=scheme))
    for key in ("faithfulness-reading", "faithfulness-effect"):
        assert reader.matrix(key).background == background
    overflow = reader.page.evaluate("""() =>
        [...document.querySelectorAll('[data-testid=stMain], .st-key-faithfulness-table div')]
        .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) =>
            [box.className, box.scrollWidth, box.clientWidth])""")
    assert not overflow
    tops = [
        reader.box(f".st-key-{key} .js-plotly-plot")["y"]
        for key in ("faithfulness-reading", "faithfulness-effect")
    ]
    assert tops[0] == pytest.approx(tops[1], abs=1), "the two pictures are not level"


def test_it_stands_on_the_page_of_heads_too(open_reader):
    reader = with_section(open_reader("heads"))
    assert reader.matrix("faithfulness-reading").cols == reader.matrix("faithfulness-effect").cols
