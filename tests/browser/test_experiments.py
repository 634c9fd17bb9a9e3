"""Can a reader predict, see the runs, and drag a sentence until a translation breaks, in a real browser?"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from explorer.experiments.bottleneck import BOTTLENECK, LABELS
from explorer.experiments.files import read_shipped
from explorer.experiments.shift import SHIFT
from explorer.pages.experiments import experiments

OVERFLOW = (
    "(() => { const main = document.querySelector('[data-testid=stMain]'); return main.scrollWidth - "
    "main.clientWidth; })()"
)
TRACES = """(key) => document.querySelector(`.st-key-${key} .js-plotly-plot`).data
    .map((trace) => [trace.name, trace.x.length])"""


def test_a_question_is_predicted_answered_and_tried_out(open_reader):
    reader = open_reader()
    page = reader.page
    reader.go_to("Experiments", experiments.TITLE)
    reader.pick("Experiment", SHIFT.title)
    assert parse_qs(urlsplit(page.url).query)["experiment"] == [SHIFT.title]
    expect(page.get_by_role("heading", name=SHIFT.question)).to_be_visible()
    reader.settle()
    expect(page.locator(".js-plotly-plot")).to_have_count(0)
    reader.pick("Your prediction", SHIFT.options[1])
    page.locator(".st-key-shift-curves .js-plotly-plot").wait_for()
    answer = SHIFT.answer(read_shipped(SHIFT))
    reader.sees(f"You predicted: {SHIFT.options[1]}. What happened: {SHIFT.options[answer.option]}.")
    reader.sees(answer.text)
    traces = page.evaluate(TRACES, "shift-curves")
    assert [name for name, _ in traces] == [*SHIFT.labels.values()] * 3 and all(n >= 20 for _, n in traces)

    reader.pick("Experiment", BOTTLENECK.title)
    reader.press("Show the runs")
    page.locator(".st-key-bottleneck-scores .js-plotly-plot").wait_for()
    assert len(page.evaluate(TRACES, "bottleneck-scores")) == 3 * len(LABELS)
    rows = page.locator("[class*=st-key-bottleneck-grammar] .chips")
    expect(rows).to_have_count(len(LABELS))
    before = rows.first.inner_text()
    slider = page.get_by_role("slider", name="Words of the sentence")
    slider.press("End")
    reader.settle()
    expect(page.get_by_text("of 40 words as in the reference").first).to_be_visible()
    assert rows.first.inner_text() != before
    assert page.evaluate(OVERFLOW) <= 0, "nothing is wider than the page"
