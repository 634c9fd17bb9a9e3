"""A scene in the page is that of the file, answers to the pointer, and never takes text for markup."""

from __future__ import annotations

from explorer.heads.roles.arcs import judge_arcs
from explorer.results import Look
from explorer.views.heads.dependency_arcs import arcs_scene
from explorer.views.scene.svg import scene_data
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import THEMES
from tests.components.mounting import Component
from tests.views.samples import NASTY

TREE = [(number, number - 1, NASTY[number]) for number in range(1, len(NASTY))]
LOOKS = [Look(number, number // 2, 0.5) for number in range(2, len(NASTY))]
DATA = scene_data(arcs_scene(judge_arcs(NASTY, TREE, LOOKS), "L1 H2", THEMES["light"]))


def test_every_shape_is_drawn_and_every_text_is_text(chromium):
    def look(visit):
        component = Component(visit, "drawing")
        component.show(DATA)
        page = component.page
        words = page.locator("svg text[data-word]").evaluate_all(
            "nodes => nodes.map(n => [...n.childNodes].at(-1).textContent)"
        )
        titles = page.locator("svg text[data-word] title").all_text_contents()
        tags = page.locator("svg > *").evaluate_all("nodes => nodes.map(n => n.tagName)")
        foreign = page.locator("#host img, #host script, #host a, #host iframe").count()
        size = page.locator("svg").evaluate(
            "n => [n.getBoundingClientRect().width, n.getBoundingClientRect().height]"
        )
        return (
            words,
            titles,
            tags,
            foreign,
            size,
            page.locator("svg").get_attribute("aria-label"),
            visit.quiet,
        )

    words, titles, tags, foreign, size, label, quiet = chromium(look)
    assert words == [visible_token(word) for word in NASTY] and titles == [
        visible_text(word) for word in NASTY
    ]
    assert tags == [element["tag"] for element in DATA["elements"]]
    assert size == [DATA["width"], DATA["height"]] and label == DATA["description"]
    assert foreign == 0 and quiet


def test_pointing_at_a_word_leaves_its_own_lines(chromium):
    def look(visit):
        component = Component(visit, "drawing")
        component.show(DATA)
        component.page.evaluate("window.picture = window.root.firstChild")
        component.page.locator("rect[data-word='3']").dispatch_event("pointerenter")
        bright = component.page.locator("path[data-verdict]:not(.off)").evaluate_all(
            "nodes => nodes.map(n => n.dataset.words)"
        )
        component.page.locator("rect[data-word='3']").dispatch_event("pointerleave")
        dimmed = component.page.locator(".off").count()
        component.show(DATA)
        return bright, dimmed, component.page.evaluate("window.picture === window.root.firstChild")

    bright, dimmed, same = chromium(look)
    assert bright and all("3" in words.split() for words in bright)
    assert len(bright) == sum(
        "3" in element["attributes"].get("data-words", "").split()
        for element in DATA["elements"]
        if element["tag"] == "path" and "data-verdict" in element["attributes"]
    )
    assert dimmed == 0 and same


def test_a_tag_that_no_scene_has_is_never_made(chromium):
    hostile = [
        {"tag": tag, "attributes": {}, "title": "", "text": "alert(1)"}
        for tag in ("script", "foreignObject", "image", "a")
    ]

    def look(visit):
        component = Component(visit, "drawing")
        component.show({"width": 10, "height": 10, "description": "", "elements": hostile})
        return component.page.locator("svg > *").evaluate_all(
            "nodes => nodes.map(n => n.tagName)"
        ), visit.quiet

    tags, quiet = chromium(look)
    assert tags == ["g"] * 4 and quiet
