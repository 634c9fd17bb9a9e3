"""Do BertViz's two views draw with the network cut, answer to the reader, and let no token run anything?"""

from __future__ import annotations

import colorsys
import re

import numpy as np
import pytest

from explorer.results import AttentionMap
from explorer.views.attention.bertviz import FAINTEST, TOKEN_WIDTH, head_view, model_view
from explorer.views.text import visible_token
from explorer.views.theme import THEMES, line_colors, rgb
from tests.views.samples import NASTY, SRC, SRC_IDS, TGT, TGT_IDS, make_record

LIGHT = THEMES["light"]
CROSS = make_record(SRC, TGT, SRC_IDS, TGT_IDS, layers=3, heads=4).map("cross")
NAMES = ("left-token-index", "right-token-index", "stroke", "stroke-opacity", "visibility")
READ_LINES = """(lines, names) => lines.map(line => Object.fromEntries(
    [...names.map(name => [name, line.getAttribute(name)]),
        ['head', line.parentNode.parentNode.getAttribute('head-index')]]))"""


def lines_of(visit) -> list[dict]:
    return visit.page.locator("#attention line").evaluate_all(READ_LINES, NAMES)


def expected_lines(attention_map: AttentionMap, layer: int) -> dict[tuple[int, int, int], float]:
    weights = attention_map.weights[layer]
    return {index: float(weight) for index, weight in np.ndenumerate(weights) if weight >= FAINTEST}


def seen_lines(lines: list[dict]) -> dict[tuple[int, int, int], float]:
    where = ("head", "left-token-index", "right-token-index")
    return {tuple(int(line[name]) for name in where): float(line["stroke-opacity"]) for line in lines}


def test_the_head_view_draws_a_line_for_every_weight_and_changes_its_layer(chromium):
    def look(visit):
        visit.show(head_view(CROSS, LIGHT, layer=1).html)
        first = lines_of(visit)
        layers = (
            visit.page.locator("#layer option").all_text_contents(),
            visit.page.locator("#layer").input_value(),
        )
        texts = [visit.page.locator(f"#{side} text").all_text_contents() for side in ("left", "right")]
        visit.page.locator("#layer").select_option("2")
        return first, layers, texts, lines_of(visit), visit.page.locator("svg").count(), visit.quiet

    first, (layers, current), texts, second, n_pictures, quiet = chromium(look)
    assert (
        (layers, current) == (["0", "1", "2"], "1")
        and texts == [list(TGT), list(SRC)]
        and n_pictures == 1
        and quiet
    )
    for lines, layer in ((first, 1), (second, 2)):
        expected = {
            index: weight / 4 for index, weight in expected_lines(CROSS, layer).items()
        }  # BertViz shares opacity among heads
        seen = seen_lines(lines)
        assert seen.keys() == expected.keys() and len(lines) == len(seen)
        assert all(seen[index] == pytest.approx(expected[index], abs=2e-4) for index in seen)
    assert {line["head"]: line["stroke"] for line in first} == {
        str(k): color for k, color in enumerate(line_colors(LIGHT)[:4])
    }


def test_heads_are_switched_by_their_squares_and_a_word_shows_its_own_lines(chromium):
    def look(visit):
        visit.show(head_view(CROSS, LIGHT, layer=0, heads=[2]).html)
        square = visit.page.locator("svg > g:last-child rect")
        fills = square.evaluate_all("all => all.map(node => node.getAttribute('fill'))")
        alone = lines_of(visit)
        square.nth(0).click()
        two = lines_of(visit)
        square.nth(3).dblclick()
        other = lines_of(visit)
        visit.page.locator("#left text").nth(1).hover()
        pointed = lines_of(visit)
        hidden = visit.page.locator("#attention").get_attribute("visibility")
        boxes = visit.page.locator("#right .attentionBoxes rect").evaluate_all(
            "all => all.map(node => Number(node.style.opacity))"
        )
        visit.page.mouse.move(0, 700)
        visit.page.wait_for_function(
            "document.querySelector('#attention').getAttribute('visibility') === 'visible'"
        )
        return (
            fills,
            alone,
            two,
            other,
            pointed,
            hidden,
            boxes,
            visit.page.locator("line[visibility]").count(),
            visit.quiet,
        )

    fills, alone, two, other, pointed, hidden, boxes, left_over, quiet = chromium(look)
    colors = line_colors(LIGHT)
    assert fills[2] == colors[2] and all(fill.startswith("hsl(") for k, fill in enumerate(fills) if k != 2)
    active = [
        {head for (head, _, _), opacity in seen_lines(lines).items() if opacity > 0}
        for lines in (alone, two, other)
    ]
    assert active == [{2}, {0, 2}, {3}]
    shown = {
        (int(line["head"]), int(line["left-token-index"]), int(line["right-token-index"]))
        for line in pointed
        if line["visibility"]
    }
    assert hidden == "hidden" and shown == {index for index in expected_lines(CROSS, 0) if index[1] == 1}
    weights = np.where(CROSS.weights[0, 3, 1] >= FAINTEST, CROSS.weights[0, 3, 1], 0)
    assert boxes == pytest.approx([*np.zeros(3 * len(SRC)), *weights], abs=6e-4) and left_over == 0 and quiet


def test_a_pale_square_is_a_paler_shade_of_its_colour(chromium):
    """BertViz's `lighten`, on the stand-in of d3.hsl: the hue stays, lightness goes 60 % of the way to
    white.
    """

    def look(visit):
        visit.show(head_view(CROSS, LIGHT, heads=[3]).html)
        squares = visit.page.locator("svg > g:last-child rect")
        return squares.evaluate_all(
            "all => all.map(node => [node.getAttribute('fill'), getComputedStyle(node).fill])"
        )

    for (written, computed), color in zip(chromium(look)[:3], line_colors(LIGHT), strict=False):
        hue, lightness, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in rgb(color)))
        more = (1 - lightness) * 0.6
        parts = [float(number) for number in re.findall(r"[\d.]+", written)]
        assert parts == pytest.approx(
            [360 * hue, 100 * max(0, saturation - more), 100 * (lightness + more)], abs=1e-6
        )
        expected = colorsys.hls_to_rgb(hue, lightness + more, max(0, saturation - more))
        assert [int(part) for part in re.findall(r"\d+", computed)] == pytest.approx(
            [255 * part for part in expected], abs=1
        )


def test_the_model_view_draws_every_head_and_opens_the_one_that_is_clicked(chromium):
    frame = model_view(CROSS, LIGHT, width=800)

    def look(visit):
        visit.show(frame.html)
        opacities = visit.page.locator("line").evaluate_all(
            "lines => lines.map(line => Number(line.getAttribute('stroke-opacity')))"
        )
        size = visit.page.evaluate(
            "[document.documentElement.scrollWidth, document.querySelector('svg').getAttribute('width')]"
        )
        regions = visit.page.locator("svg > g > rect:last-child")
        n_heads = regions.count()
        regions.nth(6).click()
        heading = visit.page.locator("text.detail").text_content()
        tokens = visit.page.locator("text.token").all_text_contents()
        detail = visit.page.locator("g.detail line").evaluate_all(
            "lines => lines.map(line => Number(line.getAttribute('stroke-opacity')))"
        )
        visit.page.locator("g.detail .token").nth(2).hover()
        groups = visit.page.locator(".attn-line-group").evaluate_all(
            "all => all.map(node => node.style.opacity)"
        )
        regions.nth(6).dispatch_event("click")
        return (
            opacities,
            size,
            n_heads,
            heading,
            tokens,
            detail,
            groups,
            visit.page.locator(".detail").count(),
            visit.quiet,
        )

    opacities, size, n_heads, heading, tokens, detail, groups, closed, quiet = chromium(
        look, viewport={"width": 820, "height": 900}
    )
    drawn = np.where(CROSS.weights >= FAINTEST, CROSS.weights, 0)
    assert len(opacities) == frame.n_lines == np.count_nonzero(drawn)
    assert opacities == pytest.approx(drawn[drawn > 0].tolist(), abs=6e-4)
    assert n_heads == 12 and heading == "Layer 1, Head 2" and tokens == [*TGT, *SRC] and size == [820, "800"]
    assert detail == pytest.approx(drawn[1, 2][drawn[1, 2] > 0].tolist(), abs=6e-4)
    assert groups == ["0", "0", "1", "0", "0", "0"] and closed == 0 and quiet


@pytest.mark.parametrize("n_layers, n_heads", [(1, 1), (10, 12)])
@pytest.mark.parametrize("view", [head_view, model_view])
def test_one_head_and_more_than_ten_of_each(chromium, view, n_layers, n_heads):
    attention_map = make_record(SRC, TGT, layers=n_layers, heads=n_heads).map("cross")
    frame = view(attention_map, LIGHT)

    def look(visit):
        visit.show(frame.html)
        return visit.page.locator("line").evaluate_all(
            "lines => lines.map(line => line.getAttribute('stroke'))"
        ), visit.quiet

    colors, quiet = chromium(look)
    n_lines = frame.n_lines if view is model_view else len(expected_lines(attention_map, 0))
    assert len(colors) == n_lines and quiet
    assert len(set(colors)) == (n_heads if view is head_view else n_layers) and "undefined" not in colors


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("view", [head_view, model_view])
def test_tokens_are_text_in_both_designs(chromium, view, theme):
    def look(visit):
        visit.show(view(make_record(NASTY, NASTY).map("cross"), theme).html)
        if view is model_view:
            visit.page.locator("svg > g > rect:last-child").first.dispatch_event("click")
        texts = visit.page.locator("text.token, #left text, #right text")
        color = texts.first.evaluate("node => getComputedStyle(node).fill")
        ground = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return (
            texts.all_text_contents(),
            color,
            ground,
            visit.page.locator("img, a, b, iframe").count(),
            visit.quiet,
        )

    texts, color, ground, foreign, quiet = chromium(look)
    assert texts == 2 * [visible_token(token, TOKEN_WIDTH) for token in NASTY] and foreign == 0 and quiet
    assert [color, ground] == [
        "rgb({}, {}, {})".format(*rgb(each)) for each in (theme.text, theme.background)
    ]


def test_the_policy_lets_nothing_else_run_and_nothing_load(chromium):
    """The second wall: as if a token had got out of the script after all."""
    planted = (
        "<script>window.ran = 1</script><img src='x' onerror='window.ran = 2'><img "
        "src='http://localhost:9/a.png'>"
        "<link rel='stylesheet' href='http://localhost:9/a.css'><iframe src='http://localhost:9/'></iframe>"
        "<a id='trap' href='javascript:void(window.ran = 3)'>x</a>"
    )
    html = head_view(CROSS, LIGHT).html.replace("</body>", f"{planted}</body>")

    def look(visit, html=html, until=None):
        sent = []  # what the policy blocks is announced by the browser, but never gets as far as a route
        visit.page.route(
            "http://localhost:9/**", lambda route: (sent.append(route.request.url), route.abort())
        )
        visit.show(html)
        visit.page.locator("#trap").click()
        if until:  # a browser runs the script of a link after the click, in its own time
            visit.page.wait_for_function(until)
        return visit.page.locator("line").count(), visit.page.evaluate("window.ran"), sent, visit.errors

    n_lines, ran, sent, errors = chromium(look)
    assert n_lines == len(expected_lines(CROSS, 0)) and ran is None and sent == []
    assert any("Content Security Policy" in error for error in errors)
    bare = re.sub("<meta http-equiv[^>]*>", "", html)
    _, ran, sent, _ = chromium(lambda visit: look(visit, bare, "window.ran === 3"))
    assert ran == 3 and len(sent) == 3  # without the policy all of it works: the trap is a real one
