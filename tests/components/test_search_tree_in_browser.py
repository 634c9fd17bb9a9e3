"""The search tree grows, folds, zooms, answers to pointer and keys, and never takes text for markup."""

from __future__ import annotations

import pytest

from explorer.decoding.strategies import beam_search
from explorer.decoding.tables import TEXTBOOK_ROWS, TableScorer
from explorer.decoding.tree import search_tree
from explorer.results import SearchSettings
from explorer.views.search.tree import tree_data
from explorer.views.text import visible_token
from explorer.views.theme import THEMES
from tests.components.mounting import Component
from tests.views.samples import NASTY

NODE = ".node:not(.hidden)"


def data_of(
    rows=TEXTBOOK_ROWS, condition="position", beam_size=2, identity="a", selected=None, max_len=8, **settings
) -> dict:
    scorer = TableScorer(rows, condition)
    tree = search_tree(
        beam_search(scorer, SearchSettings(beam_size=beam_size, max_len=max_len, **settings)), scorer.token
    )
    return tree_data(tree, THEMES["light"], length_penalty=0, identity=identity, selected=selected)


def tokens(component) -> list[str]:
    return component.texts(f"{NODE} .token")


def press(component, name: str) -> None:
    component.page.get_by_role("button", name=name, exact=True).click()


def test_the_tree_grows_step_by_step_and_comes_back(chromium):
    def look(visit):
        component = Component(visit, "search_tree")
        component.show(data_of())
        seen = [sorted(tokens(component))]
        for name in ("First step", "Next step", "Previous step", "Last step"):
            press(component, name)
            seen.append(sorted(tokens(component)))
        winners = component.page.locator(".node.winner").count()
        press(component, "First step")
        return (
            seen,
            winners,
            component.page.locator(".node.winner").count(),
            component.texts(".said"),
            visit.quiet,
        )

    seen, winners, early, said, quiet = chromium(look)
    everything = ["</s>", "</s>", "La", "Le", "Un", "chat", "chat", "chien", "chien"]
    assert seen == [everything, ["La", "Le", "Un"], everything[2:], ["La", "Le", "Un"], everything]
    assert winners == 3 and early == 0  # who wins is not known before the end
    assert said == ["Step 1 of 3"] and quiet


def test_play_grows_to_the_end_and_keys_step(chromium):
    def look(visit):
        component = Component(visit, "search_tree")
        component.show(data_of())
        press(component, "Play")
        first = len(tokens(component))
        component.page.wait_for_function(
            "window.root.querySelector('.said').textContent === 'Step 3 of 3'", timeout=10_000
        )
        component.page.get_by_role("button", name="Play", exact=True).focus()
        component.page.keyboard.press("Home")
        at_home = len(tokens(component))
        component.page.keyboard.press("ArrowRight")
        return first, at_home, len(tokens(component)), visit.quiet

    assert chromium(look) == (3, 3, 7, True)


def test_a_click_a_key_and_the_pointer(chromium):
    data = data_of()

    def look(visit):
        component = Component(visit, "search_tree")
        component.show(data)
        page = component.page
        pruned = page.locator(".node[data-fate=pruned][data-step='0']")
        pruned.locator(".box").hover()
        tip = component.texts(".tip div")
        pruned.locator(".box").click()
        page.locator(".node[aria-pressed=true]").focus()
        for key in ("ArrowUp", "ArrowRight", "Enter"):
            page.keyboard.press(key)
        page.evaluate("window.picture = window.root.querySelector('svg')")
        picked = component.sent[-1][1]
        component.show(data | {"selected": picked})
        same = page.evaluate("window.picture === window.root.querySelector('svg')")
        return (
            tip,
            component.sent,
            page.locator(".node[aria-pressed=true]").evaluate_all("n => n.map(n => n.dataset.id)"),
            same,
            visit.quiet,
        )

    tip, sent, pressed, same, quiet = chromium(look)
    ids = {node["about"][0] + str(node["step"]): node["id"] for node in data["nodes"]}
    child = next(node for node in data["nodes"] if node["parent"] == ids["La0"])
    assert tip == next(node["about"] for node in data["nodes"] if node["id"] == ids["Un0"])
    assert sent == [["picked", ids["Un0"]], ["picked", child["id"]]] and pressed == [child["id"]]
    assert same and quiet  # what is drawn already is not drawn again


def test_branches_fold_and_one_path_can_be_followed(chromium):
    def look(visit):
        component = Component(visit, "search_tree")
        component.show(data_of())
        page = component.page
        page.locator(".node[data-step='0'] .fold").first.click()
        folded = tokens(component)
        press(component, "Unfold all")
        unfolded = len(tokens(component))
        page.locator(f"{NODE}[data-fate=finished] .box").first.click()
        press(component, "Follow one path")
        return folded, unfolded, tokens(component), visit.quiet

    folded, unfolded, followed, quiet = chromium(look)
    assert sorted(folded) == ["</s>", "La", "Le", "Un", "chat", "chien"] and unfolded == 9
    assert sorted(followed) == [
        "</s>",
        "La",
        "Le",
        "Un",
        "chat",
        "chien",
    ]  # the path, and what was considered on the way
    assert quiet


def test_dragging_pans_and_zoom_keeps_the_middle(chromium):
    place = (
        "root => { const m = new DOMMatrix(getComputedStyle(root.querySelector('.world')).transform); "
        "return [m.a, m.e, m.f]; }"
    )

    def look(visit):
        component = Component(visit, "search_tree")
        component.show(data_of())
        page = component.page

        def where():
            return page.evaluate(f"({place})(window.root)")

        frame = page.locator(".frame").bounding_box()
        before = where()
        page.mouse.move(frame["x"] + 300, frame["y"] + 60)
        page.mouse.down()
        page.mouse.move(frame["x"] + 260, frame["y"] + 50, steps=4)
        page.mouse.up()
        dragged = where()
        press(component, "Zoom in")
        zoomed = where()
        for _ in range(8):
            press(component, "Zoom out")
        far = page.locator("svg.far").count(), page.locator(f"{NODE} .number").first.is_visible()
        return before, dragged, zoomed, far, (frame["width"] - 2) / 2, component.sent, visit.quiet

    before, dragged, zoomed, far, middle, sent, quiet = chromium(look)
    assert [dragged[1] - before[1], dragged[2] - before[2]] == pytest.approx([-40, -10], abs=0.5)
    assert zoomed[0] == pytest.approx(1.25 * dragged[0], rel=1e-3)
    assert (middle - zoomed[1]) / zoomed[0] == pytest.approx((middle - dragged[1]) / dragged[0], abs=1)
    assert far == (1, False) and sent == [] and quiet


def test_only_a_new_search_resets_the_view(chromium):
    def look(visit):
        component = Component(visit, "search_tree")
        component.show(data_of())
        press(component, "First step")
        component.show(data_of(length_penalty=1.0))
        kept = component.texts(".said")
        component.show(data_of(beam_size=1, identity="b"))
        return kept, component.texts(".said"), visit.quiet

    assert chromium(look) == (["Step 1 of 3"], ["Step 3 of 3"], True)


def test_a_large_tree_is_drawn_fast_without_overlap(chromium):
    words = [f"word{n}" for n in range(12)]
    rows = {"": dict.fromkeys(words, 1 / 12)} | {
        word: {other: (1 + n) / 78 for n, other in enumerate(words)} for word in words
    }
    data = data_of(rows, "previous", beam_size=8, max_len=30, n_pruned=3)

    def look(visit):
        component = Component(visit, "search_tree")
        took = component.page.evaluate(
            """data => { const start = performance.now();
                window.part({data, parentElement: window.shadow, setTriggerValue: () => {}});
                    window.root.offsetHeight;
                return performance.now() - start; }""",
            data,
        )
        boxes = component.page.locator(".node").evaluate_all(
            "nodes => nodes.map(n => n.getAttribute('transform').match(/[-0-9.]+/g).map(Number))"
        )
        press(component, "Fit")
        return took, boxes, component.page.locator("svg.far").count(), visit.quiet

    took, boxes, far, quiet = chromium(look)
    assert len(boxes) == len(data["nodes"]) > 300 and len({tuple(box) for box in boxes}) == len(boxes)
    by_column = {}
    for x, y in boxes:
        by_column.setdefault(x, []).append(y)
    assert all(
        b - a >= 48
        for column in by_column.values()
        for a, b in zip(sorted(column), sorted(column)[1:], strict=False)
    )
    assert max(map(len, by_column.values())) <= 11 and took < 2000 and far == 1 and quiet


def test_words_stay_text(chromium):
    words = [word for word in NASTY if word.split() == [word] and word not in ("<s>", "</s>", "\ud800")]
    data = data_of({"1": {word: 1 / len(words) for word in words}}, beam_size=len(words))

    def look(visit):
        component = Component(visit, "search_tree")
        component.show(data)
        foreign = component.page.locator("#host img, #host script, #host a, #host iframe, #host b").count()
        return component.texts(".node[data-step='0'] .token"), foreign, visit.quiet

    shown, foreign, quiet = chromium(look)
    assert sorted(shown) == sorted(visible_token(word, 10) for word in words) and foreign == 0 and quiet
