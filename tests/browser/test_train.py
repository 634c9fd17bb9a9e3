"""Can somebody train a model from the page, come back to it after a reload, and look at its attention, in a
real browser?
"""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader

TITLE = "How does a model learn where to look?"
TRAINING = 420_000  # milliseconds for a run of half a minute, on a machine that is busy with other work


def figure(reader: Reader, name: str) -> str:
    return reader.page.locator(f"[data-figure='{name}']").inner_text()


def fits_both_screens(reader: Reader) -> None:
    for width, height in ((1920, 1080), (1280, 720)):
        reader.page.set_viewport_size({"width": width, "height": height})
        start = reader.box('role=button[name="Start"]')
        main = reader.page.locator("[data-testid=stMain]").evaluate(
            "main => [main.scrollWidth, main.clientWidth]"
        )
        assert main[0] <= main[1], "nothing beyond the right edge"
        assert start["y"] < 0.5 * height


def test_a_run_is_started_watched_through_a_reload_and_opened(open_reader):
    """The whole way in one go with sixty steps: form, start, reload, end, attention, comparison, deletion.
    What the task needs is learned in a longer run, below.
    """
    reader = open_reader()
    page = reader.page
    reader.go_to("Train", TITLE)
    reader.sees("97,280 parameters")
    reader.sees("Runs on the")
    fits_both_screens(reader)

    reader.enter("Heads", "5")
    expect(page.locator(".st-key-train_fault")).to_contain_text(
        "model.n_heads=5 does not divide model.d_model=64"
    )
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    reader.enter("Heads", "4")
    expect(page.locator(".st-key-train_fault")).to_have_count(0)
    reader.enter("Steps", "60")

    reader.press("Start")
    expect(page).to_have_url(re.compile("run=shift"))
    page.reload()
    expect(page.get_by_text("Finished at step 60 of 60")).to_be_visible()
    reader.settle()
    assert reader.matrix("train-attention").rows

    reader.press("Open in “Translate and align”")
    expect(page.get_by_role("heading", name="Which words does each word look at?")).to_be_visible()
    assert reader.matrix().rows
    assert page.get_by_role("combobox", name="Model").input_value().startswith("shift: shift task")

    compare_and_delete(reader)


def compare_and_delete(reader: Reader) -> None:
    """Back on the page, the curves of the run as a picture, then the run is gone."""
    page = reader.page
    reader.go_to("Train", TITLE)
    reader.pick("Part", "Compare")
    reader.sees("As the table of a paper")
    with page.expect_download() as download:
        page.get_by_role("button", name="Curves as PNG").click()
    with open(download.value.path(), "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    reader.pick("Part", "Watch")
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Delete it").click()
    reader.sees("There are no runs yet.")


@pytest.mark.soak
def test_the_shift_task_is_learned_before_ones_eyes(open_reader, record_property):
    """A run of half a minute, reloaded half-way: the attention that the task needs is there at its end."""
    reader = open_reader("train")
    page = reader.page
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()

    started = time.monotonic()
    reader.press("Start")
    expect(page).to_have_url(re.compile("run=shift"))
    expect(page.get_by_text(re.compile(r"Training: step (2[5-9]\d|[3-5]\d\d) of 600"))).to_be_visible(
        timeout=TRAINING
    )
    assert page.locator(".st-key-train-attention .js-plotly-plot").count() == 1
    page.reload()
    expect(
        page.get_by_text(re.compile(r"Training: step \d+ of 600|Trained\.|Finished at step 600"))
    ).to_be_visible()
    expect(page.get_by_text("Finished at step 600 of 600")).to_be_visible(timeout=TRAINING)
    record_property("seconds", round(time.monotonic() - started, 1))
    reader.settle()
    assert float(figure(reader, "Exact match").removesuffix(" %")) > 99
    matrix = reader.matrix("train-attention")
    assert sum(row[place + 1] > 0.5 for place, row in enumerate(matrix.weights[:-2])) >= 18, (
        "each number looks one place to the right"
    )

    reader.press("Open in “Translate and align”")
    expect(page.get_by_role("heading", name="Which words does each word look at?")).to_be_visible()
    matrix = reader.matrix()
    assert matrix.rows[:-2] == matrix.cols[1:-1] and matrix.rows[-2:] == ["0", "</s>"], (
        "it translates as the task has it"
    )
    assert page.get_by_role("combobox", name="Model").input_value().startswith("shift: shift task")

    compare_and_delete(reader)
