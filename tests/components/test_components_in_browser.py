"""Do the interactive pictures draw what Python sends, answer to pointer and keys, and never take text for markup?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import explorer.components
from explorer.views.alignment_lines import lines_data
from explorer.views.theme import THEMES, exact, visible_text, visible_token
from explorer.views.tokens import source_chips, target_chips
from tests.chromium_page import chromium  # noqa: F401
from tests.views.samples import ERRORS, GOLD, NASTY, SRC, SRC_IDS, TGT, TGT_IDS, make_record, nasty_view, subword_view

FOLDER = Path(explorer.components.__file__).parent
VARIABLES = (
    "--st-text-color:#1b1f24;--st-border-color:#d5dae0;--st-secondary-background-color:#f3f5f7;"
    "--st-font:sans-serif;--st-code-font:monospace"
)


class Component:
    """A component in a page as Streamlit mounts it: HTML and CSS in a shadow root, then its one function."""

    def __init__(self, visit, name: str):
        self.page = visit.page
        self.page.goto("about:blank")
        self.page.set_content(f"<div id='host' style='width:820px;{VARIABLES}'></div>")
        parts = {"js": self.read(name, "js"), "css": self.read(name, "css"), "html": name.replace("_", "-")}
        self.page.evaluate(
            """async ({js, css, html}) => {
                const shadow = document.getElementById('host').attachShadow({mode: 'open'});
                const style = document.createElement('style'), root = document.createElement('div');
                style.textContent = css; root.className = html; shadow.append(root, style);
                window.root = root; window.shadow = shadow; window.sent = [];
                window.part = (await import(URL.createObjectURL(new Blob([js], {type: 'text/javascript'})))).default;
            }""",
            parts,
        )

    @staticmethod
    def read(name: str, suffix: str) -> str:
        return (FOLDER / name / f"{name}.{suffix}").read_text(encoding="utf-8")

    def show(self, data: dict) -> None:
        self.page.evaluate(
            """data => window.part({
                data, parentElement: window.shadow, setTriggerValue: (name, value) => window.sent.push([name, value])
            })""",
            data,
        )

    def texts(self, selector: str) -> list[str]:
        return self.page.locator(selector).all_text_contents()

    @property
    def sent(self) -> list:
        return self.page.evaluate("window.sent")


def test_lines_show_every_token_as_text_and_a_line_per_link(chromium):  # noqa: F811
    view = nasty_view()
    data = lines_data(view, THEMES["light"])

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(data)
        foreign = component.page.locator("#host img, #host script, #host a, #host iframe").count()
        titles = component.page.locator(".tokens.left .token").evaluate_all("nodes => nodes.map(n => n.title)")
        n_lines = component.page.locator(".lines path").count()
        return [component.texts(f".tokens.{side} .token") for side in ("left", "right")], titles, n_lines, foreign, visit.quiet

    (left, right), titles, n_lines, foreign, quiet = chromium(look)
    assert left == right == [visible_token(token) for token in NASTY] and titles == [visible_text(token) for token in NASTY]
    assert n_lines == len(data["links"]) and foreign == 0 and quiet


def test_pointing_at_a_token_shows_its_exact_weights_and_leaving_takes_them_away(chromium):  # noqa: F811
    view = subword_view()

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(lines_data(view, THEMES["light"], GOLD, ERRORS))
        component.page.locator(".tokens.right .token").nth(2).hover()
        row = component.texts(".weights.left .weight"), component.texts(".weights.right .weight")
        on = component.page.locator(".lines path.on").evaluate_all("paths => paths.map(p => p.dataset.row)")
        component.page.locator(".tokens.left .token").nth(4).hover()
        column = component.texts(".weights.right .weight")
        component.page.mouse.move(0, 600)
        return row, on, column, component.texts(".weight"), component.page.evaluate("window.root.className")

    row, on, column, after, name = chromium(look)
    assert row[0] == [exact(w) for w in view.weights[2]] and set(row[1]) == {""}
    assert set(on) == {"2"}
    assert column == [exact(w) for w in view.weights[:, 4]]
    assert set(after) == {""} and name == "alignment-lines"


def test_the_keyboard_does_what_the_pointer_does(chromium):  # noqa: F811
    view = subword_view()

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(lines_data(view, THEMES["light"]))
        component.page.keyboard.press("Tab")
        shown = component.texts(".weights.right .weight")
        component.page.keyboard.press("Enter")
        return shown, component.sent

    shown, sent = chromium(look)
    assert shown == [exact(w) for w in view.weights[:, 0]] and sent == [["token", {"side": "left", "index": 0}]]


def test_a_click_pins_a_token_and_tells_python_once(chromium):  # noqa: F811
    view = subword_view()
    data = lines_data(view, THEMES["light"])

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(data)
        token = component.page.locator(".tokens.right .token").nth(1)
        token.click()
        component.page.mouse.move(0, 600)
        component.page.evaluate("document.activeElement?.blur()")
        pinned = component.texts(".weights.left .weight")
        component.show(data)  # a rerun with the same data
        kept = component.texts(".weights.left .weight")
        token.click()
        component.page.mouse.move(0, 600)
        component.page.evaluate("window.shadow.activeElement?.blur()")
        return pinned, kept, component.texts(".weight"), component.sent

    pinned, kept, released, sent = chromium(look)
    assert pinned == kept == [exact(w) for w in view.weights[1]]
    assert set(released) == {""} and sent == [["token", {"side": "right", "index": 1}]]


def test_the_same_data_again_touches_nothing_and_new_data_starts_afresh(chromium):  # noqa: F811
    first, second = lines_data(subword_view(), THEMES["light"]), lines_data(subword_view(seed=9), THEMES["dark"])

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(first)
        component.page.evaluate("window.board = window.root.querySelector('.board')")
        component.page.locator(".tokens.right .token").nth(0).dispatch_event("pointerenter")
        focused = component.page.evaluate("window.root.className")
        component.show(first)
        same = component.page.evaluate("window.board === window.root.querySelector('.board')")
        component.show(second)
        return same, focused, component.page.evaluate("[window.root.className, window.root.children.length]")

    same, focused, (name, children) = chromium(look)
    assert same and focused == "alignment-lines focused" and name == "alignment-lines" and children == 3


def test_a_line_is_as_wide_and_dashed_as_its_verdict_says(chromium):  # noqa: F811
    data = lines_data(subword_view(), THEMES["light"], GOLD, ERRORS)

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(data)
        script = "paths => paths.map(p => [p.getAttribute('stroke'), p.getAttribute('stroke-width'), p.getAttribute('stroke-dasharray')])"
        return component.page.locator(".lines path").evaluate_all(script), component.texts(".legend .entry")

    lines, legend = chromium(look)
    assert lines == [[data["colors"][link["verdict"] or "plain"], f"{link['width']:g}", link["dash"] or "none"] for link in data["links"]]
    assert legend == ["found, right", "found, wrong", "missed"]


@pytest.mark.parametrize("motion, duration", [("no-preference", True), ("reduce", False)])
def test_nothing_moves_when_reduced_motion_is_asked(chromium, motion, duration):  # noqa: F811
    def look(visit):
        visit.page.emulate_media(reduced_motion=motion)
        component = Component(visit, "alignment_lines")
        component.show(lines_data(subword_view(), THEMES["light"]))
        return component.page.locator(".lines path").first.evaluate("path => getComputedStyle(path).transitionDuration")

    seconds = [float(part.strip().removesuffix("s")) for part in chromium(look).split(",")]
    assert any(seconds) == duration and max(seconds) <= 0.3


def test_long_sentences_stay_within_their_width(chromium):  # noqa: F811
    view = nasty_view()

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(lines_data(view, THEMES["light"]))
        return component.page.evaluate("[window.root.scrollWidth, window.root.clientWidth]")

    scroll, client = chromium(look)
    assert scroll <= client <= 820


def test_chips_show_every_token_as_text_in_its_shade(chromium):  # noqa: F811
    data = target_chips(make_record(NASTY, NASTY), THEMES["light"], selected=2)

    def look(visit):
        component = Component(visit, "token_chips")
        component.show(data)
        script = "chips => chips.map(c => [c.textContent, c.style.backgroundColor, c.ariaLabel, c.ariaPressed])"
        chips = component.page.locator(".chips .chip").evaluate_all(script)
        return chips, component.texts(".said"), component.page.locator("#host img, #host script").count(), visit.quiet

    chips, said, foreign, quiet = chromium(look)
    for (text, color, label, pressed), chip, i in zip(chips, data["chips"], range(len(NASTY)), strict=True):
        red, green, blue = (int(chip["color"][k : k + 2], 16) for k in (1, 3, 5))
        assert (text, color, label, pressed) == (chip["label"], f"rgb({red}, {green}, {blue})", chip["about"], str(i == 2).lower())
    assert said == [data["chips"][2]["about"]] and foreign == 0 and quiet


def test_pointing_at_a_chip_reads_it_out_and_a_click_tells_python(chromium):  # noqa: F811
    record = replace(make_record(SRC, TGT, SRC_IDS, TGT_IDS), unknown_src=(1,))
    target, source = target_chips(record, THEMES["dark"]), source_chips(record, THEMES["dark"])

    def look(visit):
        component = Component(visit, "token_chips")
        component.show(target)
        height = component.page.evaluate("window.root.offsetHeight")
        component.page.locator(".chip").nth(3).hover()
        said = component.texts(".said")
        grown = component.page.evaluate("window.root.offsetHeight") - height
        component.page.locator(".chip").nth(3).click()
        clicked = component.sent
        joined = component.page.locator(".chips .chip.continues").count()
        component.show(source)
        component.page.locator(".chip").nth(1).click()
        unknown = component.page.locator(".chips .chip.unknown").count()
        return said, grown, clicked, joined, unknown, component.sent, component.texts(".legend")

    said, grown, clicked, joined, unknown, sent, legend = chromium(look)
    assert said == [target["chips"][3]["about"]] and grown == 0
    assert clicked == [["token", 3]] and joined == 1
    assert unknown == 1 and sent == clicked and "not in the vocabulary" in legend[0]  # source chips are not for clicking
