"""Interactive pictures draw what Python sends, answer to pointer and keys, and never take text for markup."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.views.attention.alignment_lines import lines_data, overlay_data
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.attention.tokens import source_chips, target_chips
from explorer.views.heads.grid import Selection, grid_data
from explorer.views.numbers import exact, short
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import THEMES, rgb, weight_color
from tests.components.mounting import Component
from tests.views.samples import (
    ERRORS,
    GOLD,
    NASTY,
    SRC,
    SRC_IDS,
    TGT,
    TGT_IDS,
    a_map,
    make_record,
    nasty_view,
    random_view,
    subword_view,
)


def test_every_token_is_text_and_every_link_a_line(chromium):
    view = nasty_view()
    data = lines_data(MatrixPicture(view), THEMES["light"])

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(data)
        foreign = component.page.locator("#host img, #host script, #host a, #host iframe").count()
        titles = component.page.locator(".tokens.left .token").evaluate_all(
            "nodes => nodes.map(n => n.title)"
        )
        n_lines = component.page.locator(".lines path").count()
        return (
            [component.texts(f".tokens.{side} .token") for side in ("left", "right")],
            titles,
            n_lines,
            foreign,
            visit.quiet,
        )

    (left, right), titles, n_lines, foreign, quiet = chromium(look)
    assert left == right == [visible_token(token) for token in NASTY] and titles == [
        visible_text(token) for token in NASTY
    ]
    assert n_lines == len(data["links"]) and foreign == 0 and quiet


def test_pointing_at_a_token_shows_its_exact_weights(chromium):
    view = subword_view()

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(lines_data(MatrixPicture(view, GOLD, ERRORS), THEMES["light"]))
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


def test_the_keyboard_does_what_the_pointer_does(chromium):
    view = subword_view()

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(lines_data(MatrixPicture(view), THEMES["light"]))
        component.page.keyboard.press("Tab")
        shown = component.texts(".weights.right .weight")
        component.page.keyboard.press("Enter")
        return shown, component.sent

    shown, sent = chromium(look)
    assert shown == [exact(w) for w in view.weights[:, 0]] and sent == [
        ["token", {"side": "left", "index": 0}]
    ]


def test_a_click_pins_a_token_and_tells_python_once(chromium):
    view = subword_view()
    data = lines_data(MatrixPicture(view), THEMES["light"])

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


def test_only_new_data_redraws(chromium):
    first, second = (
        lines_data(MatrixPicture(subword_view()), THEMES["light"]),
        lines_data(MatrixPicture(subword_view(seed=9)), THEMES["dark"]),
    )

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


def test_a_verdict_decides_width_and_dashes_of_a_line(chromium):
    data = lines_data(MatrixPicture(subword_view(), GOLD, ERRORS), THEMES["light"])

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(data)
        script = (
            "paths => paths.map(p => [p.getAttribute('stroke'), p.getAttribute('stroke-width'), "
            "p.getAttribute('stroke-dasharray')])"
        )
        return component.page.locator(".lines path").evaluate_all(script), component.texts(".legend .entry")

    lines, legend = chromium(look)
    assert lines == [
        [data["colors"][link["verdict"] or "plain"], f"{link['width']:g}", link["dash"] or "none"]
        for link in data["links"]
    ]
    assert legend == ["found, right", "found, wrong", "missed"]


@pytest.mark.parametrize("motion, duration", [("no-preference", True), ("reduce", False)])
def test_nothing_moves_when_reduced_motion_is_asked(chromium, motion, duration):
    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(lines_data(MatrixPicture(subword_view()), THEMES["light"]))
        return component.page.locator(".lines path").first.evaluate(
            "path => getComputedStyle(path).transitionDuration"
        )

    seconds = [
        float(part.strip().removesuffix("s")) for part in chromium(look, reduced_motion=motion).split(",")
    ]
    assert any(seconds) == duration and max(seconds) <= 0.3


def test_long_sentences_stay_within_their_width(chromium):
    view = nasty_view()

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(lines_data(MatrixPicture(view), THEMES["light"]))
        return component.page.evaluate("[window.root.scrollWidth, window.root.clientWidth]")

    scroll, client = chromium(look)
    assert scroll <= client <= 820


def test_chips_show_every_token_as_text_in_its_shade(chromium):
    data = target_chips(make_record(NASTY, NASTY), THEMES["light"], selected=2)

    def look(visit):
        component = Component(visit, "token_chips")
        component.show(data)
        script = (
            "chips => chips.map(c => [c.textContent, c.style.backgroundColor, c.ariaLabel, c.ariaPressed])"
        )
        chips = component.page.locator(".chips .chip").evaluate_all(script)
        return (
            chips,
            component.texts(".said"),
            component.page.locator("#host img, #host script").count(),
            visit.quiet,
        )

    chips, said, foreign, quiet = chromium(look)
    for (text, color, label, pressed), chip, i in zip(chips, data["chips"], range(len(NASTY)), strict=True):
        red, green, blue = (int(chip["color"][k : k + 2], 16) for k in (1, 3, 5))
        assert (text, color, label, pressed) == (
            chip["label"],
            f"rgb({red}, {green}, {blue})",
            chip["about"],
            str(i == 2).lower(),
        )
    assert said == [data["chips"][2]["about"]] and foreign == 0 and quiet


def test_a_chip_shows_its_number_and_reports_clicks(chromium):
    made = make_record(SRC, TGT, SRC_IDS, TGT_IDS)
    record = replace(made, sides=(replace(made.read, unknown=(1,)),))
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
    assert (
        unknown == 1 and sent == clicked and "not in the vocabulary" in legend[0]
    )  # source chips are not for clicking


def test_overlaid_heads_can_be_shown_one_by_one(chromium):
    views = [replace(random_view(3, 4, seed=number), name=f"L0 H{number}") for number in range(11)]
    data = overlay_data(views, THEMES["light"])

    def look(visit):
        component = Component(visit, "alignment_lines")
        component.show(data)
        read = "paths => paths.map(p => [p.dataset.verdict, p.getAttribute('stroke'), p.getAttribute('d')])"
        lines = component.page.locator(".lines path").evaluate_all(read)
        component.page.locator(".legend .entry").nth(9).hover()
        alone = component.page.locator(".lines path.on").evaluate_all(
            "paths => paths.map(p => p.dataset.verdict)"
        )
        component.page.mouse.move(0, 600)
        after = component.page.evaluate("window.root.className")
        component.page.locator(".tokens.right .token").nth(1).hover()
        return (
            lines,
            alone,
            after,
            component.texts(".weights.left .weight"),
            component.texts(".legend .entry"),
            visit.quiet,
        )

    lines, alone, after, weights, legend, quiet = chromium(look)
    assert len(lines) == len(data["links"]) and len({path for _, _, path in lines}) == len(lines)
    assert {name: color for name, color, _ in lines} == {
        f"head-{k}": data["colors"][f"head-{k}"] for k in range(11)
    }
    assert set(alone) == {"head-9"} and len(alone) == sum(
        link["verdict"] == "head-9" for link in data["links"]
    )
    assert after == "alignment-lines" and legend == [view.name for view in views] and quiet
    best = [max(views, key=lambda view: view.weights[1, col]) for col in range(4)]
    assert weights == [f"{short(view.weights[1, col])} {view.name}" for col, view in enumerate(best)]


WEIGHTS = make_record(SRC, TGT, SRC_IDS, TGT_IDS, layers=3, heads=4).map("cross").weights


def grid(selected=((0, 1),), theme="light", weights=WEIGHTS, overlaid=False) -> dict:
    return grid_data(a_map("cross"), weights, THEMES[theme], Selection(selected, overlaid))


READ_TILES = """tiles => tiles.map(tile => {
    const canvas = tile.querySelector('canvas');
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    return {label: tile.textContent, pressed: tile.ariaPressed, color: tile.style.borderColor,
        line: tile.style.borderStyle,
            size: [canvas.height, canvas.width], pixels: [...pixels], width: tile.offsetWidth};
})"""


@pytest.mark.parametrize("theme", THEMES)
def test_heads_are_painted_in_the_colours_of_the_map(chromium, theme):
    def look(visit):
        component = Component(visit, "head_grid")
        component.show(grid(theme=theme))
        tiles = component.page.locator(".tile").evaluate_all(READ_TILES)
        return (
            tiles,
            component.texts(".layer"),
            component.texts(".legend"),
            component.texts(".note"),
            visit.quiet,
        )

    tiles, layers, legend, note, quiet = chromium(look)
    assert [tile["label"] for tile in tiles] == [
        f"L{layer} H{head}" for layer in range(3) for head in range(4)
    ]
    assert [tile["pressed"] for tile in tiles] == ["false", "true", *["false"] * 10]
    assert (
        layers == ["L0", "L1", "L2"]
        and legend == ["weight01"]
        and note == ["rows: target · columns: source"]
        and quiet
    )
    for tile, weights in zip(tiles, WEIGHTS.reshape(12, *WEIGHTS.shape[2:]), strict=True):
        assert tile["size"] == list(weights.shape)
        for k, weight in enumerate(weights.ravel()):
            color = rgb(weight_color(THEMES[theme], round(255 * float(weight)) / 255))
            assert tuple(tile["pixels"][4 * k : 4 * k + 4]) == (*color, 255)


def test_a_click_picks_a_head_and_ctrl_toggles_more(chromium):
    def look(visit):
        component = Component(visit, "head_grid")
        component.show(grid())
        tile = component.page.locator(".tile")
        tile.nth(6).click()
        tile.nth(2).click(modifiers=["Control"])
        component.page.get_by_role("button", name="Pick several").click()
        tile.nth(11).click()
        tile.nth(6).click()
        component.page.get_by_role("button", name="Pick several").click()
        tile.nth(11).click()
        tile.nth(11).click(modifiers=["Shift"])  # the last one stays
        component.page.get_by_role("button", name="L1", exact=True).click()
        component.page.get_by_role("button", name="All", exact=True).click()
        return component.sent, component.page.locator(".tile[aria-pressed=true]").count()

    sent, pressed = chromium(look)
    every = [[layer, head] for layer in range(3) for head in range(4)]
    expected = [
        [[1, 2]],
        [[1, 2], [0, 2]],
        [[1, 2], [0, 2], [2, 3]],
        [[0, 2], [2, 3]],
        [[2, 3]],
        every[4:8],
        every,
    ]
    assert sent == [["heads", heads] for heads in expected] and pressed == 12


def test_the_keyboard_walks_the_grid_and_picks(chromium):
    def look(visit):
        component = Component(visit, "head_grid")
        component.show(grid([(1, 1)]))
        stops = component.page.locator(".tile[tabindex='0']").count()
        component.page.locator(".tile[tabindex='0']").focus()
        where = []
        for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Home", "ArrowLeft", "ArrowUp", "End"):
            component.page.keyboard.press(key)
            where.append(component.page.evaluate("window.shadow.activeElement.textContent"))
        component.page.keyboard.press("Enter")
        component.page.keyboard.press("ArrowLeft")
        component.page.keyboard.press(" ")
        return stops, where, component.sent, component.page.locator(".tile[tabindex='0']").count()

    stops, where, sent, after = chromium(look)
    assert stops == after == 1
    assert where == ["L1 H2", "L2 H2", "L2 H2", "L2 H0", "L2 H0", "L1 H0", "L1 H3"]
    assert sent == [["heads", [[1, 3]]], ["heads", [[1, 3], [1, 2]]]]


def test_an_old_answer_does_not_undo_a_newer_click(chromium):
    def look(visit):
        component = Component(visit, "head_grid")
        component.show(grid([(0, 0)]))
        component.page.evaluate("window.canvas = window.root.querySelector('canvas')")
        component.page.locator(".tile").nth(1).click()
        component.page.locator(".tile").nth(2).click()

        def picked():
            return component.page.locator(".tile[aria-pressed=true]").evaluate_all(READ_TILES)

        component.show(grid([(0, 1)]))  # the answer to the first click
        early = picked()
        component.show(grid([(0, 2)]))  # and that to the second
        late = picked()
        component.show(grid([(2, 0), (0, 2)], overlaid=True))  # picked elsewhere
        other = picked()
        same = component.page.evaluate("window.canvas === window.root.querySelector('canvas')")
        component.show(grid([(1, 1)], weights=WEIGHTS[:2, :2]))
        return early, late, other, same, picked(), component.page.locator(".tile").count()

    early, late, other, same, redrawn, n_tiles = chromium(look)
    assert [[tile["label"] for tile in tiles] for tiles in (early, late)] == [["L0 H2"], ["L0 H2"]]
    frames = {
        f"L{entry['layer']} H{entry['head']}": entry["color"]
        for entry in grid([(2, 0), (0, 2)], overlaid=True)["selected"]
    }
    assert {tile["label"]: tile["color"] for tile in other} == {
        name: "rgb({}, {}, {})".format(*rgb(color)) for name, color in frames.items()
    }
    assert same and [tile["label"] for tile in redrawn] == ["L1 H1"] and n_tiles == 4


@pytest.mark.parametrize("layers, heads", [(1, 1), (2, 3), (12, 12)])
def test_any_number_of_heads_fits_the_width(chromium, layers, heads):
    weights = make_record(SRC, TGT, layers=layers, heads=heads).map("cross").weights

    def look(visit):
        component = Component(visit, "head_grid")
        component.show(grid([(0, 0)], weights=weights))
        tiles = component.page.locator(".tile").evaluate_all(READ_TILES)
        return (
            component.page.evaluate("[window.root.scrollWidth, window.root.clientWidth]"),
            tiles,
            component.texts(".tool"),
        )

    (scroll, client), tiles, tools = chromium(look)
    assert (
        scroll <= client <= 820
        and len(tiles) == layers * heads
        and min(tile["width"] for tile in tiles) >= 56
    )
    assert tools == ([] if layers * heads == 1 else ["Pick several", "All"])
