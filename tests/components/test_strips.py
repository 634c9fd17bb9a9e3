"""Strips show what Python sends, cell by cell, answer to pointer and keys, and never take text for markup."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from explorer.views.attention.head_inside import context_strips, output_strips, score_strips
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import THEMES
from tests.components.mounting import Component
from tests.views.inside_samples import SCORERS, make_inside
from tests.views.samples import NASTY

THEME = THEMES["light"]

READ_STRIP = """canvas => {
    const pen = canvas.getContext('2d'), n = Number(canvas.dataset.n), out = [];
    for (let k = 0; k < n; k += 1) {
        const pixel = pen.getImageData(Math.round(k * canvas.width / n) + 1, canvas.height / 2, 1, 1).data;
        out.push('#' + [...pixel].slice(0, 3).map((part) => part.toString(16).padStart(2, '0')).join(''));
    }
    return out;
}"""


def strips_app():
    import streamlit as st

    from explorer.components.strips import strips
    from explorer.views.attention.head_inside import score_strips
    from explorer.views.theme import THEMES
    from tests.views.inside_samples import make_inside
    from tests.views.samples import NASTY

    st.text(repr(strips(score_strips(make_inside(src=NASTY, tgt=NASTY)[0], 0, 0, THEMES["light"]), key="a")))


def test_it_mounts():
    test = AppTest.from_function(strips_app).run(timeout=30)
    assert not test.exception and [text.value for text in test.text] == ["None"]


def said(component: Component) -> str:
    return component.texts(".said")[0]


@pytest.mark.parametrize("scorer", SCORERS)
def test_every_cell_has_the_colour_of_its_number(chromium, scorer):
    data = score_strips(make_inside("cross", scorer)[0], 0, 1, THEME)

    def look(visit):
        component = Component(visit, "strips")
        component.show(data)
        canvases = component.page.locator("canvas")
        sizes = {each["id"]: len(each["units"]) for each in data["columns"] if each["kind"] == "strip"}
        found = []
        for k in range(canvases.count()):
            canvas = canvases.nth(k)
            row, name = canvas.evaluate("(c) => [Number(c.dataset.row), c.dataset.column]")
            canvas.evaluate("(c, n) => { c.dataset.n = n; }", sizes[name])
            found.append((row, name, canvas.evaluate(READ_STRIP)))
        return found, visit.quiet

    found, quiet = chromium(look)
    scales = {each["id"]: each["scale"] for each in data["columns"] if each["kind"] == "strip"}
    lines = [*data["header"], *data["rows"], *data["footer"]]
    assert quiet and len(found) == sum(name in line for line in lines for name in scales)
    half = (len(data["stops"]) - 1) // 2
    for row, name, colours in found:
        shares = [max(-1.0, min(1.0, value / scales[name])) for value in lines[row][name]]
        for colour, share in zip(colours, shares, strict=True):
            at = half + half * share
            near = {
                data["stops"][k] for k in (int(at), min(int(at) + 1, 2 * half))
            }  # a number between two stops takes the nearer one
            assert colour in near


def test_tokens_numbers_and_bars_are_text(chromium):
    inside, _ = make_inside("cross", src=NASTY, tgt=NASTY)
    data = score_strips(inside, 1, 3, THEME)

    def look(visit):
        component = Component(visit, "strips")
        component.show(data)
        foreign = component.page.locator("#host img, #host script, #host a, #host iframe").count()
        titles = component.page.locator(".cell.token").evaluate_all("nodes => nodes.map(n => n.title)")
        widths = component.page.locator(".bar .fill").evaluate_all(
            "fills => fills.map(f => parseFloat(f.style.width))"
        )
        tracks = component.page.locator(".bar .track").evaluate_all(
            "tracks => tracks.map(t => t.getBoundingClientRect().width)"
        )
        tokens = component.texts(".cell.token span:last-child")
        return (
            tokens,
            titles,
            component.texts(".cell.number"),
            component.texts(".bar .value"),
            widths,
            tracks,
            foreign,
            visit.quiet,
        )

    tokens, titles, numbers, bars, widths, tracks, foreign, quiet = chromium(look)
    assert quiet and foreign == 0 and max(tracks) - min(tracks) < 0.5
    assert tokens[0] == visible_token(inside.query_stream.tokens[3], 14)
    assert tokens[1:-1] == [visible_token(token, 14) for token in NASTY] and titles[1:-1] == [
        visible_text(token) for token in NASTY
    ]
    names = [each["id"] for each in data["columns"] if each["kind"] == "number"]
    assert numbers == [
        cells[name]["text"] for cells in (*data["rows"], *data["footer"]) for name in names if name in cells
    ]
    assert bars == [cells["weight"]["text"] for cells in (*data["rows"], *data["footer"])]
    assert widths == pytest.approx(
        [100 * cells["weight"]["share"] for cells in (*data["rows"], *data["footer"])], abs=1e-3
    )


def test_pointing_at_a_cell_explains_its_number(chromium):
    inside, _ = make_inside("encoder_self", d=8)
    data = score_strips(inside, 0, 2, THEME)

    def look(visit):
        component = Component(visit, "strips")
        component.show(data)
        before = said(component)
        height = component.page.evaluate("window.root.offsetHeight")
        canvas = component.page.locator('canvas[data-column="term"]').nth(4)
        box = canvas.bounding_box()
        component.page.mouse.move(box["x"] + 5.5 * box["width"] / 8, box["y"] + box["height"] / 2)
        pointed = said(component)
        grown = component.page.evaluate("window.root.offsetHeight") - height
        component.page.mouse.move(0, 0)
        return before, pointed, grown, said(component)

    before, pointed, grown, after = chromium(look)
    query, key, term = data["header"][0]["key"][5], data["rows"][4]["key"][5], data["rows"][4]["term"][5]
    assert before == after == data["hint"] and grown == 0
    token, *numbers = re.fullmatch(r"(.*), unit 5: query (\S+) × key (\S+) = (\S+)", pointed).groups()
    assert token == inside.key.tokens[4] and [float(number) for number in numbers] == [query, key, term]
    assert query * key == pytest.approx(term, abs=1e-6)


@pytest.mark.parametrize(
    "make, scorer, column, pattern",
    [
        (score_strips, "mlp", "tanh", r"un, unit 2: tanh\(query (\S+) \+ key (\S+)\) = (\S+)"),
        (score_strips, "mlp", "term", r"un, unit 2: v (\S+) × (\S+) = (\S+)"),
        (context_strips, "dot", "mixed", r"un, dimension 2: weight (\S+) × encoder state (\S+) = (\S+)"),
        (context_strips, "scaled dot", "content", r"un, dimension 2: (\S+)"),
        (output_strips, "scaled dot", "part", r"bias, dimension 2: (\S+)"),
    ],
)
def test_each_strip_says_what_its_numbers_are(chromium, make, scorer, column, pattern):
    data = make(make_inside("cross", scorer, d=4)[0], 0, 1, THEME)

    def look(visit):
        component = Component(visit, "strips")
        component.show(data)
        canvas = component.page.locator(f'canvas[data-column="{column}"]').nth(
            2 + (column == "term" and scorer == "mlp")
        )
        box, n = (
            canvas.bounding_box(),
            len(next(each["units"] for each in data["columns"] if each["id"] == column)),
        )
        component.page.mouse.move(box["x"] + 2.5 * box["width"] / n, box["y"] + box["height"] / 2)
        return said(component)

    numbers = [float(number) for number in re.fullmatch(pattern, chromium(look)).groups()]
    assert numbers[-1] == data["rows"][2][column][2]
    if column == "tanh":
        assert numbers[:2] == [data["header"][0]["key"][2], data["rows"][2]["key"][2]]
    elif column == "term":
        assert numbers[0] * numbers[1] == pytest.approx(numbers[2], abs=1e-6)
    elif column == "mixed":
        assert numbers[0] == float(data["rows"][2]["weight"]["exact"]) and numbers[0] * numbers[
            1
        ] == pytest.approx(numbers[2], abs=1e-6)


def test_a_unit_is_marked_in_its_whole_group(chromium):
    data = score_strips(make_inside("cross", d=4)[0], 0, 1, THEME)
    accent = f"rgb({', '.join(str(int(THEME.accent[k : k + 2], 16)) for k in (1, 3, 5))})"

    def look(visit):
        component = Component(visit, "strips")
        component.show(data)
        count = """(accent) => [...window.root.querySelectorAll('canvas')].filter((c) => {
            const data = c.getContext('2d')
                .getImageData(Math.round(c.width / 2) + 2, 0, Math.round(c.width / 4), c.height).data;
            for (let k = 0; k < data.length;
                k += 4) if (`rgb(${data[k]}, ${data[k + 1]}, ${data[k + 2]})` === accent) return true;
            return false;
        }).length"""
        before = component.page.evaluate(count, accent)
        box = component.page.locator('canvas[data-column="key"]').nth(3).bounding_box()
        component.page.mouse.move(box["x"] + 2.5 * box["width"] / 4, box["y"] + 4)
        return before, component.page.evaluate(count, accent), component.page.locator("canvas").count()

    before, marked, n = chromium(look)
    assert before == 0 and marked == n


def test_arrow_keys_do_what_the_pointer_does(chromium):
    data = score_strips(make_inside("cross", d=4)[0], 0, 1, THEME)

    def look(visit):
        component = Component(visit, "strips")
        component.show(data)
        component.page.keyboard.press("Tab")
        heard = []
        for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", *["ArrowRight"] * 3, "ArrowUp"):
            component.page.keyboard.press(key)
            heard.append(said(component))
        component.page.keyboard.press("Tab")
        return heard, said(component)

    heard, after = chromium(look)
    assert heard[0].startswith("query, unit 0: ") and heard[1].startswith("query, unit 1: ")
    assert heard[2].startswith("We, unit 1: key ") and heard[3].startswith("call, unit 1: key ")
    assert heard[6].startswith("call, unit 0: query ")  # past the end of the key begins the product
    assert heard[7].startswith("We, unit 0: query ")


def test_only_new_data_redraws(chromium):
    inside, _ = make_inside("cross")

    def look(visit):
        component = Component(visit, "strips")
        component.show(score_strips(inside, 0, 1, THEME))
        component.page.evaluate("window.before = window.root.querySelector('.rows')")
        component.show(score_strips(inside, 0, 1, THEME))
        same = component.page.evaluate("window.before === window.root.querySelector('.rows')")
        component.show(score_strips(inside, 0, 2, THEME))
        return (
            same,
            component.page.evaluate("window.before === window.root.querySelector('.rows')"),
            component.texts(".cell.token")[0],
        )

    same, still, query = chromium(look)
    assert same and not still and query == "query" + inside.query_stream.tokens[2]


def test_it_grows_with_its_place(chromium):
    data = score_strips(make_inside("cross")[0], 0, 1, THEME)

    def look(visit):
        component = Component(visit, "strips")
        component.show(data)
        small = component.page.evaluate("window.root.offsetHeight")
        component.page.evaluate("document.getElementById('host').style.width = '1500px'")
        component.page.wait_for_function("window.root.classList.contains('large')")
        sharp = component.page.locator("canvas").evaluate_all(
            "all => all.every(c => Math.abs(c.width - c.clientWidth) <= 1)"
        )
        return small, component.page.evaluate("window.root.offsetHeight"), sharp

    small, large, sharp = chromium(look, viewport={"width": 1600, "height": 900})
    assert large > 1.1 * small and sharp


@pytest.mark.parametrize("n", [3, 60])
def test_it_stays_within_its_width(chromium, n):
    tokens = (*("Donaudampfschifffahrtsgesellschaft" + str(i) for i in range(n - 1)), "</s>")
    inside, _ = make_inside("encoder_self", positions="relative", src=tokens, tgt=tokens, d=64)

    def look(visit):
        component = Component(visit, "strips")
        sizes = []
        for make in (score_strips, context_strips, output_strips):
            component.show(make(inside, 0, 1, THEME))
            sizes.append(
                component.page.evaluate(
                    "[window.root.scrollWidth, window.root.clientWidth, window.root.offsetHeight]"
                )
            )
        narrowest = component.page.locator("canvas").evaluate_all(
            "all => Math.min(...all.map(c => c.clientWidth))"
        )
        return sizes, narrowest

    sizes, narrowest = chromium(look)
    assert (
        all(scroll <= client <= 820 and height < 1500 for scroll, client, height in sizes) and narrowest > 60
    )
