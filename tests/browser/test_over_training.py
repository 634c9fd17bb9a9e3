"""Does the page "Over training" play what ships, in a real browser, without asking the server for
anything?
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from explorer.training.runs.timelines import film, read_timeline
from tests.browser.reader import Reader

FILM = ".over-training"
COUNT_RUNS = """() => {
    window.nRuns = 0;
    const app = document.querySelector('[data-testid="stApp"]');
    new MutationObserver(() => { window.nRuns += 1; }).observe(app, {attributes: true,
        attributeFilter: ['data-test-script-state']});
}"""
WEIGHTS = "nodes => nodes.map(node => Number(node.dataset.weight))"


@pytest.fixture
def page_of_the_film(open_reader) -> Reader:
    """By the menu, as a reader would."""
    reader = open_reader()
    reader.go_to("Over training", "How does attention come about?")
    reader.page.locator(f"{FILM} .panel").first.wait_for()
    reader.settle()
    return reader


def test_the_film_slides_and_plays_and_the_marker_moves_with_it(page_of_the_film):
    reader, page = page_of_the_film, page_of_the_film.page
    timeline = read_timeline("grammar-en-de-transformer-small")
    sentence = min(range(len(timeline.sentences)), key=lambda n: len(timeline.sentences[n].written.tokens))
    found = film(timeline, sentence, "cross")
    cells, slider = page.locator(f"{FILM} .large rect[data-row]"), page.locator(f"{FILM} .slider")
    marker, step = page.locator(f"{FILM} .marker").last, page.locator(f"{FILM} .step")
    name = page.locator(f"{FILM} .head-name").text_content()
    layer, head = map(int, re.fullmatch(r"L(\d+) H(\d+)", name).groups())

    def shows(number: int) -> None:
        expect(step).to_have_text(f"step {found.steps[number]:,} of 1,000")
        expect(marker).to_have_attribute("data-step", str(found.steps[number]))
        assert cells.evaluate_all(WEIGHTS) == pytest.approx(
            found.weights[number, layer, head].ravel().tolist(), abs=1e-4
        )

    last = len(found.steps) - 1
    shows(last)
    page.evaluate(COUNT_RUNS)
    slider.press("Home")
    shows(0)
    right = float(marker.get_attribute("d").split()[0][1:])
    page.keyboard.press("ArrowRight")
    shows(1)
    assert float(marker.get_attribute("d").split()[0][1:]) > right
    slider.press("End")
    page.locator(f"{FILM} .previous").click()
    page.locator(f"{FILM} .play").click()
    expect(page.locator(f"{FILM} .play")).to_have_text("Play")
    shows(last)
    assert page.evaluate("window.nRuns") == 0, "all frames are there: playing asks nobody"
    page.locator(f"{FILM} .tile").first.click()
    expect(page.locator(f"{FILM} .head-name")).to_have_text("L0 H0")
    reader.pick("Attention", "Encoder self-attention")
    reader.settle()
    expect(page.locator(f"{FILM} .panel").last).to_contain_text("Syntactic")
    expect(step).to_have_text("step 1,000 of 1,000")
