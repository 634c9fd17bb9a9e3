"""Does every line stand for the weight of its two tokens, in the component's data, in SVG and in PNG?"""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from explorer.attention.reading import threshold
from explorer.views.attention import alignment_lines
from explorer.views.attention.alignment_lines import (
    FAINTEST,
    attention_links,
    lines_data,
    overlay_data,
    stroke_width,
)
from explorer.views.attention.lines_scene import lines_png, lines_svg, overlay_png, overlay_svg
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.attention.verdicts import DASHES, VERDICTS
from explorer.views.numbers import exact, short
from explorer.views.theme import THEMES, contrast
from tests.views.samples import (
    ATTACK,
    ERRORS,
    GOLD,
    NASTY,
    PROVENANCE,
    difference_view,
    make_view,
    nasty_view,
    random_view,
    subword_view,
)

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
SVG = "{http://www.w3.org/2000/svg}"


def test_links_are_the_weights_that_are_large_enough_and_the_rest_is_stated():
    view = random_view(5, 7)
    links, faint = attention_links(MatrixPicture(view))
    seen = {(link.row, link.col): link.weight for link in links}
    hidden = total = 0.0
    for i in range(5):
        for j in range(7):
            weight = float(view.weights[i, j])
            total += weight
            if weight >= FAINTEST:
                assert np.float32(seen[i, j]) == view.weights[i, j]
            else:
                assert (i, j) not in seen
                hidden += weight
    assert faint == pytest.approx(hidden / total, abs=1e-6) and 0 < faint < 0.2


def test_the_strongest_line_is_drawn_last_and_gold_links_after_all():
    links, _ = attention_links(MatrixPicture(subword_view(), GOLD))
    plain = [link.weight for link in links if not link.verdict]
    assert plain == sorted(plain)
    assert [bool(link.verdict) for link in links] == sorted(bool(link.verdict) for link in links)


def test_gold_links_are_drawn_however_small_their_weight_for_every_piece_of_their_words():
    view = make_view(np.eye(3), ["a", "b", "</s>"], ["x", "y", "</s>"])
    links, _ = attention_links(MatrixPicture(view, GOLD))
    assert {(link.row, link.col): link.verdict for link in links if link.verdict} == {
        (0, 0): "sure",
        (1, 1): "sure",
    }
    links, _ = attention_links(MatrixPicture(subword_view(), GOLD, ERRORS))
    verdicts = {(link.row, link.col): link.verdict for link in links if link.verdict}
    assert {cell for cell, verdict in verdicts.items() if verdict == "missed"} == {
        (i, j) for i in (2, 3) for j in (2, 3, 4)
    }
    assert verdicts[0, 0] == "hit" and verdicts[4, 5] == "hit" and verdicts[1, 0] == "spurious"
    assert not any(
        link.verdict
        for link in attention_links(MatrixPicture(random_view(3, 3, kind="encoder_self"), GOLD, ERRORS))[0]
    )


def test_a_difference_has_no_lines():
    with pytest.raises(ValueError, match="as a heatmap"):
        attention_links(MatrixPicture(difference_view()))


@BOTH
def test_the_data_of_the_component_is_json_with_the_exact_weights(theme):
    view = subword_view()
    data = lines_data(MatrixPicture(view, GOLD, ERRORS), theme)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["weights"] == [[exact(w) for w in row] for row in view.weights]
    assert [token["full"] for token in data["left"]] == list(view.cols.tokens)
    assert [token["continues"] for token in data["right"]] == list(view.rows.continues)
    assert [token["special"] for token in data["left"]] == list(view.cols.special)
    assert {entry["verdict"] for entry in data["legend"]} == {"hit", "spurious", "missed"}
    assert set(data["colors"]) >= {link["verdict"] or "plain" for link in data["links"]}
    for name in ("plain", "hit", "spurious", "missed", "sure", "possible"):
        assert contrast(data["colors"][name], theme.background) >= 3


def test_widths_and_opacity_grow_with_the_weight_and_verdicts_differ_in_more_than_colour():
    widths = [stroke_width(w, 1.0) for w in (0.02, 0.2, 0.5, 1.0)]
    assert (
        widths == sorted(widths)
        and len(set(widths)) == 4
        and stroke_width(0.25, 0.5) == stroke_width(0.5, 1.0)
    )
    data = lines_data(MatrixPicture(random_view(4, 4)), THEMES["light"])
    assert [link["opacity"] for link in data["links"]] == sorted(link["opacity"] for link in data["links"])
    assert len({DASHES[verdict] for verdict in ("hit", "spurious", "missed")}) == 3 and set(DASHES) == set(
        VERDICTS
    )


def test_nothing_is_hidden_without_saying_so():
    data = lines_data(MatrixPicture(random_view(5, 7)), THEMES["light"])
    assert "0.02" in data["note"] and "%" in data["note"]
    assert lines_data(MatrixPicture(make_view(np.eye(2), "ab", "cd")), THEMES["light"])["note"] == ""


@BOTH
def test_svg_lines_carry_exact_weights(theme):
    view = subword_view()
    tree = ElementTree.fromstring(lines_svg(MatrixPicture(view, GOLD, ERRORS, 1.0), theme, PROVENANCE))
    paths = [node for node in tree.iter(SVG + "path") if "data-weight" in node.attrib]
    assert len(paths) == len(attention_links(MatrixPicture(view, GOLD, ERRORS))[0])
    for node in paths:
        i, j = int(node.get("data-row")), int(node.get("data-col"))
        assert node.get("data-weight") == exact(view.weights[i, j])
        assert node.find(SVG + "title").text.startswith(
            f"{view.rows.tokens[i]} → {view.cols.tokens[j]}: {exact(view.weights[i, j])}"
        )
    assert json.loads(tree.find(SVG + "metadata").text)["sha256"] == PROVENANCE.sha256


def test_svg_shows_nasty_tokens_as_text():
    text = lines_svg(MatrixPicture(nasty_view()), THEMES["light"], PROVENANCE)
    tree = ElementTree.fromstring(text)
    assert {node.tag for node in tree.iter()} == {
        SVG + name for name in ("svg", "title", "desc", "metadata", "rect", "path", "text")
    }
    assert "<img" not in text and "<script" not in text
    titles = {node.text for node in tree.iter(SVG + "title")}
    assert ATTACK.replace(" ", "␣") in titles and len(NASTY) > 20


def test_png_of_lines_opens_and_says_where_it_comes_from():
    view = subword_view()
    image = Image.open(io.BytesIO(lines_png(MatrixPicture(view, GOLD, ERRORS), THEMES["dark"], PROVENANCE)))
    tree = ElementTree.fromstring(lines_svg(MatrixPicture(view, GOLD, ERRORS), THEMES["dark"], PROVENANCE))
    assert image.size == (2 * round(float(tree.get("width"))), 2 * round(float(tree.get("height"))))
    assert json.loads(image.text["Provenance"])["checkpoint"] == PROVENANCE.checkpoint
    assert image.convert("RGB").getpixel((1, 1)) == (0x0F, 0x13, 0x18)


def several_views(n: int, rows: int = 4, cols: int = 5):
    return [
        replace(random_view(rows, cols, seed=number), name=f"L{number // 4} H{number % 4}")
        for number in range(n)
    ]


@BOTH
def test_heads_laid_over_each_other_keep_their_weights_and_can_be_told_apart(theme):
    views = several_views(12)
    data = overlay_data(views, theme)
    drawn = {
        (int(link["verdict"].removeprefix("head-")), link["row"], link["col"]): link for link in data["links"]
    }
    hidden = 0.0
    for head, view in enumerate(views):
        for (i, j), weight in np.ndenumerate(view.weights):
            assert ((head, i, j) in drawn) == (weight >= FAINTEST)
            hidden += float(weight) if weight < FAINTEST else 0.0
    looks = {head: (data["colors"][f"head-{head}"], data["legend"][head]["dash"]) for head in range(12)}
    assert len(set(looks.values())) == 12 and [entry["label"] for entry in data["legend"]] == [
        view.name for view in views
    ]
    assert float(re.search(r"That is ([\d.]+) %", data["note"]).group(1)) == pytest.approx(
        100 * hidden / 48, rel=6e-3
    )
    tracks = [
        {
            round(link["ends"][0] - link["col"] - 0.5, 4)
            for (number, _, _), link in drawn.items()
            if number == head
        }
        for head in range(12)
    ]
    assert (
        all(len(track) == 1 for track in tracks)
        and len(set.union(*tracks)) == 12
        and max(set.union(*tracks)) < 0.5
    )
    widths = [link["width"] for link in data["links"]]
    assert max(widths) <= stroke_width(1, 1) * 3 / 12 + 0.01


def test_pointing_at_a_word_tells_the_strongest_head():
    views = several_views(3)
    data = overlay_data(views, THEMES["light"])
    for i, j in np.ndindex(4, 5):
        weights = [float(view.weights[i, j]) for view in views]
        best = weights.index(max(weights))
        assert data["weights"][i][j] == f"{short(max(weights))} {views[best].name}"


def test_what_the_reading_hides_is_part_of_what_is_not_drawn():
    whole = several_views(2)
    cut = [threshold(view, 0.2) for view in whole]
    note = overlay_data(cut, THEMES["light"])["note"]
    shown = sum(float(view.weights[view.weights >= np.float32(0.2)].sum()) for view in whole)
    assert "what the reading options hide" in note
    assert float(re.search(r"That is ([\d.]+) %", note).group(1)) == pytest.approx(
        100 * (1 - shown / 8), rel=6e-3
    )
    nothing = overlay_data([threshold(view, 1.0) for view in whole], THEMES["light"])
    assert nothing["links"] == [] and "That is 100 %" in nothing["note"]


def test_of_very_many_lines_the_strongest_are_drawn(monkeypatch):
    monkeypatch.setattr(alignment_lines, "MAX_LINES", 10)
    views = several_views(4)
    data = overlay_data(views, THEMES["light"])
    drawn = [
        float(views[int(link["verdict"][5:])].weights[link["row"], link["col"]]) for link in data["links"]
    ]
    assert (
        drawn
        == sorted(drawn)
        == pytest.approx(np.sort(np.stack([view.weights for view in views]).ravel())[-10:])
    )
    assert "all but the 10 strongest" in data["note"]


def test_heads_over_different_words_are_not_laid_over_each_other():
    with pytest.raises(ValueError, match="same rows and columns"):
        overlay_data([random_view(3, 3), random_view(3, 4)], THEMES["light"])


@BOTH
def test_a_file_of_heads_over_each_other_holds_every_line_of_the_page_with_its_head(theme):
    views = several_views(
        30
    )  # more than there are colours, so that dashes of every pattern are written and painted
    data = overlay_data(views, theme)
    tree = ElementTree.fromstring(overlay_svg(views, theme, provenance=PROVENANCE))
    paths = [node for node in tree.iter(SVG + "path") if "data-weight" in node.attrib]
    assert len(paths) == len(data["links"])
    for node, link in zip(paths, data["links"], strict=True):
        view = views[int(link["verdict"][5:])]
        i, j = int(node.get("data-row")), int(node.get("data-col"))
        assert (i, j) == (link["row"], link["col"]) and node.get("data-weight") == exact(view.weights[i, j])
        assert (
            node.find(SVG + "title").text
            == f"{view.rows.tokens[i]} → {view.cols.tokens[j]}: {exact(view.weights[i, j])} ({view.name})"
        )
        assert (
            node.get("stroke") == data["colors"][link["verdict"]]
            and node.get("stroke-dasharray", "") == link["dash"]
        )
    shown = {node.text for node in tree.iter(SVG + "text")}
    assert shown >= {view.name for view in views} and any("Not drawn" in (text or "") for text in shown)
    image = Image.open(io.BytesIO(overlay_png(views, theme, provenance=PROVENANCE, scale=1)))
    assert image.size == (round(float(tree.get("width"))), round(float(tree.get("height"))))
    assert json.loads(image.text["Provenance"])["sha256"] == PROVENANCE.sha256
    colors = {image.convert("RGB").getpixel((x, y)) for x in range(24, 60, 2) for y in range(image.height)}
    wanted = {
        tuple(int(color[k : k + 2], 16) for k in (1, 3, 5))
        for name, color in data["colors"].items()
        if name.startswith("head")
    }
    assert len(wanted & colors) >= 6  # the keys of the legend
