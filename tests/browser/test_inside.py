"""Does page "Heads" show the inside of a head, the tour of its layer and the small example, in a real browser
on shipped checkpoints?
"""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.attention.inside import inside
from explorer.attention.reading import sharpest_head
from explorer.checkpoints.catalogue import list_checkpoints
from explorer.decoding.decode import translate
from explorer.results import AttentionInside
from explorer.views.numbers import short
from tests.browser.reader import Reader, address
from tests.browser.test_heads import HOSTILE, SENTENCE, loaded, on_heads, record_of

READ_PANELS = """(key) => {
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    if (!plot || !plot._fullData) return null;
    const number = (value) => (Number.isFinite(value) ? value : null);
    return plot._fullData.filter((trace) => trace.type === 'heatmap')
        .map((trace) => [trace.name, Array.from(trace.z, (row) => Array.from(row, number))]);
}"""


@pytest.fixture(scope="module")
def heads(open_for_all) -> Reader:
    """One page in which each test picks the kind of attention and opens the section that it needs."""
    return on_heads(open_for_all("heads"))


def on_cross(heads: Reader) -> None:
    """The first kind of attention, with its sharpest head."""
    heads.pick("Attention", "Translation looks at source")


def inside_of(name: str, kind: str, layer: int, sentence: str = SENTENCE) -> AttentionInside:
    checkpoint = loaded(name)
    return inside(checkpoint, sentence, translate(checkpoint, sentence).trace.best.token_ids, kind, layer)


def panels(reader: Reader, key: str) -> dict[str, np.ndarray]:
    """The matrices of a figure by name, once it is drawn; NaN where a mask has taken something out."""
    found: dict[str, np.ndarray] = {}
    for name, values in reader.drawn(READ_PANELS, key):
        found.setdefault(
            name, np.array(values, dtype=np.float64)
        )  # the first of a name: the second marks what is masked
    return found


def pick_row(reader: Reader, index: int, about: str) -> None:
    """Click the token of a row; the line below the tokens then says which query is shown."""
    reader.settle()
    reader.page.locator(".st-key-inside-rows .chip").nth(index).click()
    expect(reader.page.locator(".st-key-inside-rows .said")).to_have_text(about)
    reader.settle()


def texts(reader: Reader, part: str, what: str) -> list[str]:
    return [
        text.strip("\u2007\u2008 ")
        for text in reader.page.locator(f".st-key-inside-{part} {what}").all_text_contents()
    ]


def test_a_row_of_a_head_shows_the_numbers_of_the_model(heads):
    on_cross(heads)
    record = record_of()
    layer, head = sharpest_head(record.map("cross"))
    found = inside_of(record.model_name, "cross", layer)
    heads.unfold("Inside one head")
    heads.sees(f"cross-attention, L{layer} H{head}: q·k / √d")
    for row in (0, 3):
        fed, out = found.query_stream.tokens[row], found.query.tokens[row]
        pick_row(heads, row, f"The query of {fed}, which went in when {out} came out.")
        assert texts(heads, "scores", ".cell.token")[1:-1] == list(found.key.tokens)
        assert texts(heads, "scores", ".bar .value")[:-1] == [
            short(weight) for weight in found.weights[head, row]
        ]
        assert texts(heads, "context", ".bar .value") == [
            short(weight) for weight in found.weights[head, row]
        ]
        numbers = texts(heads, "scores", ".cell.number")
        assert numbers[1:-1:3] == [short(score) for score in found.scores[head, row]]
        parts = [short(np.linalg.norm(found.part(h)[row])) for h in range(found.n_heads)]
        assert texts(heads, "output", ".cell.number")[: found.n_heads] == parts


def test_pointing_at_a_unit_reads_how_its_product_comes_about(heads):
    on_cross(heads)
    record = record_of()
    layer, head = sharpest_head(record.map("cross"))
    found = inside_of(record.model_name, "cross", layer)
    heads.unfold("Inside one head")
    pick_row(
        heads,
        0,
        f"The query of {found.query_stream.tokens[0]}, which went in when {found.query.tokens[0]} came out.",
    )
    said = heads.page.locator(".st-key-inside-scores .said")
    expect(said).to_contain_text("Point at a cell")
    cell = heads.page.locator('.st-key-inside-scores canvas[data-column="term"]').nth(1)
    # the event itself, as a page that still moves under a pointer takes it away; test_strips has a real
    # pointer
    box = cell.bounding_box()
    cell.dispatch_event(
        "pointermove", {"clientX": box["x"] + box["width"] / 2, "clientY": box["y"] + box["height"] / 2}
    )
    expect(said).to_contain_text("×")
    token, unit, *numbers = re.fullmatch(
        r"(.*), unit (\d+): query (\S+) × key (\S+) = (\S+)", said.text_content()
    ).groups()
    query, key = found.queries[head, 0, int(unit)], found.keys[head, 1, int(unit)]
    assert token == found.key.tokens[1] and [np.float32(number) for number in numbers[:2]] == [query, key]
    assert float(numbers[2]) == pytest.approx(float(query) * float(key), abs=1e-5)


def test_the_inside_follows_the_head_that_is_picked(heads):
    heads.pick("Attention", "Source looks at source")
    heads.unfold("Inside one head")
    heads.page.locator(".st-key-head-grid").get_by_role("button", name="L1 H0", exact=True).click()
    heads.sees("encoder self-attention, L1 H0: q·k / √d")
    found = inside_of(list_checkpoints()[0].name, "encoder_self", 1)
    pick_row(heads, 2, f"The query of {found.query.tokens[2]}.")
    assert texts(heads, "scores", ".bar .value")[:-1] == [short(weight) for weight in found.weights[0, 2]]


def test_whole_matrices_are_those_of_the_pass(heads):
    heads.pick("Attention", "Translation looks at itself")
    record = record_of()
    layer, head = sharpest_head(record.map("decoder_self"))
    found = inside_of(record.model_name, "decoder_self", layer)
    heads.unfold("Inside one head")
    heads.pick("Show", "whole matrices")
    made = panels(heads, "inside-matrices-0")
    for name, values in (("queries Q", found.queries), ("keys K", found.keys), ("values V", found.values)):
        np.testing.assert_allclose(made[name], values[head], atol=1e-6)
    softmax = panels(heads, "inside-matrices-3")
    assert np.array_equal(np.isfinite(softmax["scores"]), found.mask)
    np.testing.assert_allclose(softmax["scores"][found.mask], found.scores[head][found.mask], rtol=1e-6)
    np.testing.assert_allclose(softmax["weights A"], found.weights[head], atol=1e-6)
    np.testing.assert_allclose(
        panels(heads, "inside-matrices-5")[f"what H{head} adds"], found.part(head), atol=1e-5
    )


def test_the_tour_goes_from_the_words_to_the_output(heads):
    on_cross(heads)
    record = record_of()
    layer, head = sharpest_head(record.map("cross"))
    found = inside_of(record.model_name, "cross", layer)
    heads.unfold("Step through the layer")
    expected = {
        "Each token becomes a vector": ("source: embedding", found.key_stream.embedding),
        f"What reaches the attention of layer L{layer}": ("after the norm", found.query_stream.inputs),
        "A question, an answer and a content for every token": ("queries Q", found.queries[head]),
        "How well does each query fit each key?": ("Q Kᵀ", found.products(head)),
        "What may a token not look at?": ("S + M", found.scores[head]),
        "Scores become shares of attention": ("weights A", found.weights[head]),
        "The weights mix what they point at": ("context C", found.context(head)),
        "All heads, side by side": (
            f"contexts of H0 … H{found.n_heads - 1}",
            np.concatenate([found.context(h) for h in range(found.n_heads)], -1)
        ),
        "The heads become one vector again": ("output", found.output),
    }  # fmt: skip
    for number, (title, (name, values)) in enumerate(expected.items()):
        if number:
            heads.press("Next")
        heads.sees(title)
        np.testing.assert_allclose(panels(heads, "tour-figure")[name], values, rtol=1e-5, atol=1e-5)
    expect(heads.page.locator(".st-key-tour_next button")).to_be_disabled()
    heads.press("Back")
    heads.sees("All heads, side by side")
    heads.pick("Stop", "Softmax")
    heads.sees("Scores become shares of attention")


def test_a_recurrent_model_has_a_tour_and_an_inside_of_its_own(open_reader):
    heads = on_heads(open_reader(address("heads", model="en → de rnn mlp, real text")))
    name = next(info.name for info in list_checkpoints() if info.attention == "mlp")
    found = inside_of(name, "cross", 0)
    heads.unfold("Inside one head")
    heads.sees("vᵀ tanh(W₁ h + W₂ s)")
    assert texts(heads, "scores", ".bar .value")[:-1] == [short(weight) for weight in found.weights[0, 0]]
    heads.unfold("Step through the layer")
    for title in (
        "Both networks have read",
        "How well does each step fit each source token?",
        "Scores become shares of attention",
    ):
        heads.press("Next")
        heads.sees(title)
    np.testing.assert_allclose(panels(heads, "tour-figure")["weights A"], found.weights[0], atol=1e-6)


def test_hostile_tokens_stay_text_inside_a_head(open_reader):
    heads = on_heads(open_reader(address("heads", sentence=HOSTILE)))
    heads.unfold("Inside one head")
    tokens = heads.page.locator(".st-key-inside-scores .cell.token")
    expect(tokens.first).to_be_visible()
    assert "script" in "".join(texts(heads, "scores", ".cell.token"))
    heads.pick("Show", "whole matrices")
    panels(heads, "inside-matrices-0")
    heads.unfold("Step through the layer")
    panels(heads, "tour-figure")
    assert (
        heads.page.locator("[data-testid=stMain] img[src=x]").count() == 0
    )  # a dialog would fail the test by itself


def test_a_number_of_the_small_example_moves_scores_weights_and_context(heads):
    heads.unfold("Three words to change")
    formula = heads.page.locator(".st-key-small_box .katex-html")
    expect(formula).to_contain_text("0.5005")
    heads.pick("Do they follow?", "They do not")
    heads.sees("The right weights are 0.2249, 0.5005, 0.2747.")
    heads.pick("Example", "B: scores and states")
    expect(formula).to_contain_text("0.4347")
    heads.enter("e 2, 1", "0.3")
    expect(formula).to_contain_text("0.3443")
    bars = heads.drawn("""() => document.querySelector('.st-key-small-figure .js-plotly-plot')._fullData
        .filter((trace) => trace.type === 'bar').map((trace) => Array.from(trace.y))""")
    weights = np.exp([0.2, 0.3, 0.3]) / np.exp([0.2, 0.3, 0.3]).sum()
    assert bars[0] == [0.2, 0.3, 0.3] and bars[1] == pytest.approx(weights)
    heads.enter("e 2, 1", "1e9")
    heads.sees("1e+09 was given: every number here is one between −100 and 100.")
    heads.press("Back to the textbook")
    expect(formula).to_contain_text("0.4640")
    heads.sees("A lecture prints the weights 0.15, 0.7, 0.15 and the context (0.55, 0.46)")
    heads.pick("Example", "MLP")
    expect(formula).to_contain_text("1.2763")


@pytest.mark.parametrize(
    "size, scheme", [((1280, 720), "dark"), ((1920, 1080), "light")], ids=["laptop", "projector"]
)
def test_nothing_is_wider_than_the_window(open_reader, size, scheme):
    reader = on_heads(
        open_reader("heads", viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    )
    for title in ("Inside one head", "Step through the layer", "Three words to change"):
        reader.unfold(title)
    panels(reader, "tour-figure")
    reader.page.locator(".st-key-inside-output canvas").first.wait_for()
    overflow = reader.page.evaluate("""() => [...document.querySelectorAll(
        '[data-testid=stMain], [data-testid=stMain] .stPlotlyChart, .strips, .stLatex')]
        .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) =>
            [box.className, box.scrollWidth, box.clientWidth])""")
    assert not overflow
