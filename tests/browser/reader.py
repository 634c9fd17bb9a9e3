"""What does somebody do who reads the page? Type, pick, open, and read the matrix that is drawn."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from playwright.sync_api import Page, TimeoutError, expect

# What watches a page from before its first script: `window.settled()` says whether everything is drawn
WATCH = Path(__file__).with_name("watch.js")
READ_PLOT = """(key) => {
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    if (!plot || !plot.data || !plot._fullLayout) return null;
    const heat = plot.data.find((trace) => trace.type === 'heatmap');
    if (!heat) return null;
    const strip = (text) => text.replace(/<[^>]*>/g, '')
        .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
    const z = plot._fullData.find((trace) => trace.type === 'heatmap').z;
    return {
        rows: plot.layout.yaxis.ticktext.map(strip),
        cols: plot.layout.xaxis.ticktext.map(strip),
        z: Array.from(z, (row) => Array.from(row)),
        zmin: heat.zmin, zmax: heat.zmax,
        traces: plot.data.map((trace) => trace.name || trace.type),
        background: plot.layout.paper_bgcolor,
    };
}"""


def address(page: str = "", **choices: str) -> str:
    """What follows the app's own address: the path of a page, and what the sidebar says there."""
    return f"{page}?{urlencode(choices)}" if choices else page


class Matrix(NamedTuple):
    """What a heatmap shows."""

    rows: list[str]
    cols: list[str]
    weights: list[list[float]]
    zmin: float
    zmax: float
    traces: list[str]
    background: str


class Reader:
    """A person at a browser."""

    def __init__(self, page: Page):
        self.page = page

    def settle(self) -> None:
        """Wait until the server has answered everything that it was asked, and the answer is drawn."""
        self.page.wait_for_function("window.settled?.()")

    def drawn(self, script: str, arg: object = None):
        """What a function of JavaScript finds, once everything is drawn and it finds something."""
        found = self.page.wait_for_function(f"arg => window.settled?.() && ({script})(arg)", arg=arg)
        return found.json_value()

    def matrix(self, key: str = "picture-matrix") -> Matrix:
        """The heatmap with this key, once it is drawn."""
        found = self.drawn(READ_PLOT, key)
        return Matrix(
            *(found[name] for name in ("rows", "cols", "z", "zmin", "zmax", "traces", "background"))
        )

    def box(self, selector: str, last: bool = False) -> dict[str, float]:
        """Where the first or the last element of a selector stands in the window. While it is drawn anew it
        stands nowhere, and is looked for again.
        """
        found = self.page.locator(selector)
        found = found.last if last else found.first
        for _ in range(3):
            self.settle()
            found.wait_for()
            if (box := found.bounding_box()) is not None:
                return box
        raise AssertionError(f"{selector} is never drawn")

    def type_sentence(self, sentence: str) -> None:
        self.fill("Sentence in English", sentence)

    def fill(self, label: str, text: str) -> None:
        box = self.page.get_by_label(label, exact=True)
        box.fill(text)
        box.press("Control+Enter")
        self.settle()

    def enter(self, label: str, number: str) -> None:
        """Type into a box for a number. Until the page is redrawn, what moves to another place stands there
        twice.
        """
        box = self.page.get_by_label(label, exact=True).first
        box.fill(number)
        box.press("Enter")
        self.settle()

    def pick(self, group: str, option: str, within: str = "") -> None:
        """Click a choice of a segmented control, pills or radio with this label."""
        root = self.page.locator(f".st-key-{within}") if within else self.page
        groups = root.locator(
            f'[role=radiogroup][aria-label="{group}"], [role=toolbar][aria-label="{group}"]'
        )
        groups.first.get_by_text(option, exact=True).click()
        self.settle()

    def press(self, button: str) -> None:
        self.settle()  # a click on a page that is being redrawn is lost
        self.page.get_by_role("button", name=button, exact=True).click()
        self.settle()

    def go_to(self, page: str, title: str) -> None:
        """Follow a link of the menu. While a page is still being redrawn the click may be lost, or a late
        message of that page takes the reader back to it; a reader clicks again."""
        self.settle()
        heading = self.page.get_by_role("heading", name=title)
        for seconds in (4, 8, 16, 32):
            self.page.get_by_role("link", name=page, exact=True).click()
            with contextlib.suppress(AssertionError):
                expect(heading).to_be_visible(timeout=1000 * seconds)
            self.settle()
            if heading.is_visible():
                return
        expect(heading).to_be_visible()

    def select(self, label: str, option: str) -> None:
        """Pick an option of a drop-down list by its text. A redraw closes an open list, and a reader opens it
        again.
        """
        self.settle()
        listed = self.page.get_by_role("option", name=option).first
        for seconds in (2, 4, 8, 16, 32):
            self.page.get_by_role("combobox", name=label).click()
            with contextlib.suppress(TimeoutError):
                listed.click(timeout=1000 * seconds)
                return self.settle()
            self.page.keyboard.press("Escape")
        raise AssertionError(f"{label} does not list {option}")

    def unfold(self, title: str) -> None:
        """Open a section, if it is not open already."""
        self.settle()
        summary = self.page.locator("summary", has_text=title)
        if not summary.evaluate("summary => summary.parentElement.open"):
            summary.click()
        self.settle()

    def options(self) -> None:
        """Open or close the reading options."""
        self.press("Reading options")

    def toggle(self, label: str) -> None:
        self.page.locator("label", has_text=label).last.click()
        self.settle()

    def chips(self) -> list[str]:
        """The tokens of the translation as they stand above the picture."""
        return self.page.locator(".st-key-chips .chips .chip").all_inner_texts()

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()
