"""Do the pictures show in a real browser what their data says, whatever was typed?"""

from __future__ import annotations

import json
from pathlib import Path

import plotly

from explorer.views.attention.heatmap import heatmap
from explorer.views.attention.matrix_page import heatmap_html
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.attention.matrix_scene import heatmap_svg
from explorer.views.attention.steps import step_figure
from explorer.views.numbers import exact
from explorer.views.plotly_frame import PLOTLY_CONFIG
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import THEMES
from tests.views.samples import (
    ERRORS,
    GOLD,
    NASTY,
    PROVENANCE,
    make_detail,
    make_record,
    nasty_view,
    subword_view,
)

PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def draw(visit, figure) -> None:
    visit.show("<div id='figure'></div>")
    visit.page.add_script_tag(path=str(PLOTLY_JS))
    data = {"figure": json.loads(figure.to_json()), "config": PLOTLY_CONFIG}
    visit.page.evaluate(
        "({figure, config}) => Plotly.newPlot('figure', figure.data, figure.layout, config)", data
    )


def test_plotly_shows_every_token_as_it_was_typed(chromium):
    view, theme = nasty_view(), THEMES["dark"]

    def look(visit):
        draw(visit, heatmap(MatrixPicture(view), theme, 1100))
        ticks = {axis: visit.page.locator(f".{axis}tick text").all_text_contents() for axis in "xy"}
        cell = visit.page.locator(
            "#figure .heatmaplayer image, #figure .heatmaplayer .hm"
        ).first.bounding_box()
        n = len(NASTY)
        visit.page.mouse.move(cell["x"] + 2.5 * cell["width"] / n, cell["y"] + 1.5 * cell["height"] / n)
        visit.page.wait_for_selector(".hoverlayer .hovertext")
        hover = visit.page.locator(".hoverlayer .hovertext text").all_text_contents()
        buttons = visit.page.locator(".modebar-btn").evaluate_all(
            "buttons => buttons.map(b => b.dataset.title)"
        )
        return (
            ticks,
            "".join(hover),
            buttons,
            visit.page.locator("#figure img, #figure a[href], #figure script").count(),
            visit.quiet,
        )

    ticks, hover, buttons, foreign, quiet = chromium(look, viewport={"width": 1200, "height": 1000})
    expected = [visible_token(token) for token in NASTY]
    assert [text.replace("\xa0", " ") for text in ticks["x"]] == expected and [
        text.replace("\xa0", " ") for text in ticks["y"]
    ] == expected
    assert (
        f"{visible_text(NASTY[1])} looks at {visible_text(NASTY[2])}" in hover
        and exact(view.weights[1, 2]) in hover
    )
    assert "Download plot as a PNG" in buttons and not [
        title for title in buttons if "cloud" in title.lower() or "edit" in title.lower()
    ]
    assert foreign == 0 and quiet


def test_the_step_shows_nasty_tokens_as_text_too(chromium):
    record = make_record(NASTY, NASTY)

    def look(visit):
        draw(visit, step_figure(record, make_detail(record, 1), THEMES["light"]))
        return (
            visit.page.locator(".x2tick text").all_text_contents(),
            visit.page.locator(".y4tick text").all_text_contents(),
            visit.quiet,
        )

    source, candidates, quiet = chromium(look)
    assert source == [visible_token(token, 14) for token in NASTY] and quiet
    assert candidates[0] == f"▸ {visible_token(NASTY[1], 10)}"


def test_the_html_file_reads_a_cell_under_pointer_and_keys_and_runs_nothing_else(chromium, tmp_path):
    view = nasty_view()
    file = tmp_path / "attention.html"
    file.write_text(heatmap_html(MatrixPicture(view), THEMES["dark"], PROVENANCE), encoding="utf-8")

    def look(visit):
        page = visit.page
        page.goto(file.as_uri())
        data = json.loads(page.locator("#data").text_content())
        box = page.locator("#picture").bounding_box()
        said = []
        page.mouse.move(box["x"] + data["left"] + 2.5 * data["w"], box["y"] + data["top"] + 1.5 * data["h"])
        said.append(page.locator("#said").text_content())
        page.locator("#picture").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        said.append(page.locator("#said").text_content())
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.evaluate(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; "
            "document.body.append(s); }"
        )
        errors = list(visit.errors)
        return (
            said,
            background,
            page.evaluate("window.ran"),
            visit.dialogs,
            errors,
            page.locator("img, iframe").count(),
        )

    said, background, ran, dialogs, errors, foreign = chromium(look)
    assert (
        said[0]
        == f"{visible_text(NASTY[1])} looks at {visible_text(NASTY[2])}: weight {exact(view.weights[1, 2])}"
    )
    assert (
        said[1]
        == f"{visible_text(NASTY[2])} looks at {visible_text(NASTY[3])}: weight {exact(view.weights[2, 3])}"
    )
    assert background == "rgb(15, 19, 24)" and foreign == 0 and dialogs == []
    assert (
        ran is None and len(errors) == 1 and "Content Security Policy" in errors[0]
    )  # it stopped the script that this test put in


def test_the_svg_file_is_drawn(chromium, tmp_path):
    view = subword_view()
    file = tmp_path / "attention.svg"
    file.write_text(
        heatmap_svg(MatrixPicture(view, GOLD, ERRORS), THEMES["light"], PROVENANCE), encoding="utf-8"
    )

    def look(visit):
        visit.page.goto(file.as_uri())
        boxes = visit.page.locator("rect[data-weight]").evaluate_all(
            "cells => cells.map(c => c.getBoundingClientRect().width)"
        )
        return (
            boxes,
            visit.page.evaluate("document.documentElement.getBoundingClientRect().width"),
            visit.quiet,
        )

    boxes, width, quiet = chromium(look)
    assert len(boxes) == view.weights.size and min(boxes) > 10 and width < 800 and quiet
