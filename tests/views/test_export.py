"""Does every exported file open, hold the exact numbers, say where it comes from, and run nothing?"""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageFont

from explorer.results import Alignment, LinkErrors
from explorer.views.attention import captions
from explorer.views.attention.matrix_numbers import heads_csv, heads_json, matrix_csv, matrix_json
from explorer.views.attention.matrix_page import heatmap_html
from explorer.views.attention.matrix_picture import MatrixPicture
from explorer.views.attention.matrix_scene import heatmap_png, heatmap_svg
from explorer.views.attention.verdicts import VERDICTS
from explorer.views.numbers import exact
from explorer.views.scene.png import FONT, _dashes
from explorer.views.text import visible_text
from explorer.views.theme import THEMES, difference_color, weight_color
from tests.views.samples import (
    ATTACK,
    ERRORS,
    GOLD,
    PROVENANCE,
    difference_view,
    nasty_view,
    random_view,
    subword_view,
)
from tests.views.test_theme import TagCollector

BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
VIEWS = {
    "small": random_view(3, 4),
    "subwords": subword_view(),
    "nasty": nasty_view(),
    "difference": difference_view(),
    "one": random_view(1, 1),
}
EVERY = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
SVG = "{http://www.w3.org/2000/svg}"


# -------------------------------------------------------------------------------------------------------- SVG


@BOTH
@EVERY
def test_svg_has_a_rectangle_per_cell_with_its_exact_weight_and_colour(view, theme):
    tree = ElementTree.fromstring(heatmap_svg(MatrixPicture(view), theme, PROVENANCE))
    cells = [node for node in tree.iter(SVG + "rect") if "data-weight" in node.attrib]
    assert len(cells) == view.weights.size
    for node in cells:
        i, j = int(node.get("data-row")), int(node.get("data-col"))
        weight = view.weights[i, j]
        assert np.float32(node.get("data-weight")) == weight
        assert node.get("fill") == (
            difference_color(theme, weight) if view.signed else weight_color(theme, weight)
        )
        title = node.find(SVG + "title").text
        assert (
            title
            == f"{visible_text(view.rows.tokens[i])} → {visible_text(view.cols.tokens[j])}: {exact(weight)}"
        )
    x = sorted({float(node.get("x")) for node in cells})
    y = sorted({float(node.get("y")) for node in cells})
    assert (len(x), len(y)) == (view.weights.shape[1], view.weights.shape[0])


@EVERY
def test_svg_is_vectors_and_text_only(view):
    text = heatmap_svg(MatrixPicture(view, GOLD, ERRORS), THEMES["light"], PROVENANCE)
    tree = ElementTree.fromstring(text)
    allowed = ("svg", "title", "desc", "metadata", "rect", "path", "text", "circle")
    assert {node.tag for node in tree.iter()} <= {SVG + name for name in allowed}
    assert not [
        name
        for node in tree.iter()
        for name in node.attrib
        if name.startswith("on") or "href" in name or name == "style"
    ]
    shown = {node.text for node in tree.iter(SVG + "text")} | {node.tail for node in tree.iter(SVG + "title")}
    assert (
        {"<s>", "<b>bold</b>", "&amp;", "=SUM(A1)"} <= shown
        or "</s>" not in view.rows.tokens
        or view is not VIEWS["nasty"]
    )
    assert "<img" not in text and not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", text)
    text.encode("utf-8")


def test_svg_says_where_it_comes_from_and_describes_itself():
    view = VIEWS["subwords"]
    tree = ElementTree.fromstring(heatmap_svg(MatrixPicture(view), THEMES["light"], PROVENANCE))
    assert json.loads(tree.find(SVG + "metadata").text) == json.loads(json.dumps(asdict(PROVENANCE)))
    assert tree.find(SVG + "title").text == "Cross-attention, L0 H0"
    strongest = int(view.weights[0].argmax())
    assert f"Wir looks most at {view.cols.tokens[strongest]}" in tree.find(SVG + "desc").text
    assert any("2026-01-02" in (node.text or "") for node in tree.iter(SVG + "text"))


def test_svg_draws_gold_links_and_errors():
    tree = ElementTree.fromstring(
        heatmap_svg(MatrixPicture(VIEWS["subwords"], GOLD, ERRORS), THEMES["light"], PROVENANCE)
    )
    links = {node.get("data-link"): node for node in tree.iter(SVG + "rect") if "data-link" in node.attrib}
    assert set(links) == {"0-0", "1-1", "2-2", "3-3", "3-1"}
    assert [links[name].get("stroke-dasharray") is None for name in ("0-0", "3-1")] == [True, False]
    words = {node.text or (node[0].tail if len(node) else "") for node in tree.iter(SVG + "text")}
    assert {"gold link, sure", "gold link, possible", "found, right", "found, wrong", "missed"} <= words
    plain = ElementTree.fromstring(heatmap_svg(MatrixPicture(VIEWS["subwords"]), THEMES["light"], PROVENANCE))
    assert not [node for node in plain.iter(SVG + "rect") if "data-link" in node.attrib]


def test_a_legend_wider_than_the_picture_wraps_and_names_only_what_is_drawn():
    away = frozenset({(7, 7)})
    gold = Alignment(frozenset({(0, 0)}), frozenset({(0, 0), (1, 1)}))
    errors = LinkErrors(hits=frozenset({(0, 0)}), spurious=frozenset({(0, 1)}), missed=frozenset({(2, 2)}))
    heights = []
    for drawn in (errors, replace(errors, missed=away)):
        picture = MatrixPicture(random_view(4, 4), gold, drawn)
        tree = ElementTree.fromstring(heatmap_svg(picture, THEMES["light"], PROVENANCE))
        entries = [node for node in tree.iter(SVG + "text") if node.text in VERDICTS.values()]
        assert [node.text == "missed" for node in entries].count(True) == (drawn is errors)
        assert len({node.get("y") for node in entries}) == 2
        assert all(
            float(node.get("x")) + 7.2 * len(node.text) <= float(tree.get("width")) for node in entries
        )
        heights.append(float(tree.get("height")))
    assert heights[0] == heights[1]


def test_notes_and_the_hidden_share_stand_in_the_picture():
    view = replace(
        VIEWS["small"], notes=("Weights below 0.05 are hidden: 13.7 % of the mass.",), hidden_mass=0.137
    )
    tree = ElementTree.fromstring(heatmap_svg(MatrixPicture(view), THEMES["light"], PROVENANCE))
    assert "Weights below 0.05 are hidden: 13.7 % of the mass." in " ".join(
        node.text or "" for node in tree.iter(SVG + "text")
    )


# -------------------------------------------------------------------------------------------------------- PNG


@BOTH
@pytest.mark.parametrize("scale", [1, 2])
def test_png_opens_with_the_size_of_the_svg_and_its_colours(theme, scale):
    view = VIEWS["small"]
    image = Image.open(io.BytesIO(heatmap_png(MatrixPicture(view), theme, PROVENANCE, scale)))
    tree = ElementTree.fromstring(heatmap_svg(MatrixPicture(view), theme, PROVENANCE))
    assert image.size == (scale * int(tree.get("width")), scale * int(tree.get("height")))
    image = image.convert("RGB")
    for node in tree.iter(SVG + "rect"):
        if "data-weight" in node.attrib:
            x, y = (float(node.get(a)) + float(node.get(b)) / 2 for a, b in (("x", "width"), ("y", "height")))
            pixel = image.getpixel((round(x * scale), round(y * scale)))
            assert "#" + bytes(pixel).hex() == node.get("fill")


def test_png_says_where_it_comes_from_in_a_text_chunk():
    data = heatmap_png(MatrixPicture(VIEWS["nasty"]), THEMES["light"], PROVENANCE, 1)
    assert b"tEXtProvenance\x00" in data
    image = Image.open(io.BytesIO(data))
    assert json.loads(image.text["Provenance"]) == json.loads(json.dumps(asdict(PROVENANCE)))
    assert image.text["Title"] == "Cross-attention, L0 H0"


def test_png_has_a_letter_where_the_svg_has_a_label():
    view = VIEWS["subwords"]
    image = Image.open(io.BytesIO(heatmap_png(MatrixPicture(view), THEMES["light"], PROVENANCE))).convert("L")
    tree = ElementTree.fromstring(heatmap_svg(MatrixPicture(view), THEMES["light"], PROVENANCE))
    labels = [node for node in tree.iter(SVG + "text") if node.get("text-anchor") == "end"]
    assert len(labels) == len(view.rows.tokens)
    for node in labels:
        x, y = 2 * float(node.get("x")), 2 * float(node.get("y"))
        assert image.crop((round(x) - 24, round(y) - 16, round(x), round(y) + 16)).getextrema()[0] < 140


def test_the_font_that_comes_along_knows_the_letters_of_the_project():
    font = ImageFont.truetype(str(FONT), 16)
    missing = bytes(font.getmask("\uffff"))
    assert not [
        char
        for char in "abzÄÖÜäöüßéèêëàâçîïôœùûŒÉÇñ€…␣⇥↵⟨⟩→·−–’“„«»שלוםиαع‿●"
        if bytes(font.getmask(char)) == missing
    ]


def test_dashes_cover_on_over_on_and_off_of_the_line_also_around_corners():
    corner = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]
    pieces = list(_dashes(corner, (4.0, 3.0)))
    lengths = [sum(abs(x1 - x0) + abs(y1 - y0) for (x0, y0), (x1, y1) in pairwise(piece)) for piece in pieces]
    assert lengths == pytest.approx([4, 4, 4]) and pieces[1] == [(7.0, 0.0), (10.0, 0.0), (10.0, 1.0)]


# ------------------------------------------------------------------------------------------------------- HTML


def parts(html: str) -> TagCollector:
    parser = TagCollector()
    parser.feed(html)
    parser.close()
    return parser


@BOTH
@EVERY
def test_html_holds_the_exact_numbers_and_nothing_foreign(view, theme):
    html = heatmap_html(MatrixPicture(view, GOLD, ERRORS), theme, PROVENANCE)
    tags = parts(html).tags
    foreign = {"img", "iframe", "link", "object", "embed", "base", "form", "image", "foreignobject"}
    assert not foreign & {name for name, _ in tags}
    scripts = [attributes for name, attributes in tags if name == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    assert not [
        a
        for _, attributes in tags
        for a in attributes
        if a.startswith("on") or a in ("src", "style", "srcdoc") or "href" in a
    ]
    data = json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1]
    )
    assert np.array_equal(np.float32(data["weights"]), view.weights)
    assert data["rows"] == [visible_text(token) for token in view.rows.tokens]
    assert set(re.findall(r"https?://[^\s\"'<)]+", html)) <= {"http://www.w3.org/2000/svg"}


def test_html_allows_its_own_style_and_script_by_hash_and_nothing_else():
    import base64
    import hashlib

    html = heatmap_html(MatrixPicture(VIEWS["nasty"]), THEMES["light"], PROVENANCE)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for tag in ("style", "script"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)[1]
        assert f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'" in policy
    assert html.index("Content-Security-Policy") < html.index("<style>") < html.index("<script")


def test_html_says_where_it_comes_from_in_a_comment_and_at_its_foot():
    html = heatmap_html(MatrixPicture(VIEWS["small"]), THEMES["light"], PROVENANCE)
    comment = re.search(r"<!-- provenance: (.*?) -->", html)[1]
    assert (
        json.loads(comment) == json.loads(json.dumps(asdict(PROVENANCE)))
        and "--" not in comment
        and ">" not in comment
    )
    shown = parts(html).text
    for value in (PROVENANCE.checkpoint, PROVENANCE.sha256, PROVENANCE.date):
        assert value in shown
    assert ATTACK not in html


def test_html_is_small():
    assert len(heatmap_html(MatrixPicture(VIEWS["subwords"]), THEMES["light"], PROVENANCE)) < 40_000
    assert len(heatmap_html(MatrixPicture(random_view(60, 60)), THEMES["light"], PROVENANCE)) < 200_000


# ---------------------------------------------------------------------------------------------------- numbers


@EVERY
def test_csv_reads_back_to_the_same_numbers(view):
    lines = matrix_csv(view, PROVENANCE).split("\n")
    head = [line for line in lines if line.startswith("# ")]
    assert lines[: len(head)] == head
    rows = list(csv.reader(io.StringIO("\n".join(lines[len(head) :]))))
    assert rows[0][0] == "attending \\ attended" and len(rows) == 1 + len(view.rows.tokens)
    assert np.array_equal(np.float32([row[1:] for row in rows[1:]]), view.weights)
    expected = [visible_text(token).strip("\u2068\u2069") for token in view.cols.tokens]
    assert [cell.removeprefix("'") for cell in rows[0][1:]] == [token.removeprefix("'") for token in expected]


def test_csv_says_where_it_comes_from():
    facts = {}
    for line in matrix_csv(VIEWS["small"], PROVENANCE).split("\n"):
        if line.startswith("# "):
            name, _, value = line[2:].partition(": ")
            facts[name] = json.loads(value)
    assert (
        facts["checkpoint"] == PROVENANCE.checkpoint
        and facts["sha256"] == PROVENANCE.sha256
        and facts["date"] == PROVENANCE.date
    )
    assert facts["setting sentence"] == PROVENANCE.settings["sentence"] and facts["setting heads"] == [
        [0, 0],
        [1, 1],
    ]
    assert facts["version numpy"] == "2.4.6" and facts["hidden_mass"] == 0.0


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_of_the_csv_is_a_formula_however_a_spreadsheet_splits_it(separator):
    plain = difference_view()
    view = replace(
        plain,
        rows=replace(plain.rows, tokens=("=1+1", "-2", "@x")),
        cols=replace(plain.cols, tokens=("+1", "\t=2", ' =3";=4;"=5', "＝5,=6")),
        notes=("=1+1, =2; =3",),
    )
    text = matrix_csv(view, PROVENANCE)
    for row in csv.reader(io.StringIO(text), delimiter=separator):
        for cell in row:
            assert not re.match(r"\s*[=+@＝＋＠]", cell), cell
            assert not cell.startswith("-") or re.fullmatch(r"-[0-9.]+(,-?[0-9.]+)*", cell), cell
    naive = [cell for line in text.split("\n") if line.startswith("#") for cell in line.split(separator)]
    assert not [cell for cell in naive if re.match(r"[=+\-@]", cell)]


@EVERY
def test_json_reads_back_to_the_same_view(view):
    text = matrix_json(view, PROVENANCE)
    text.encode("ascii")
    data = json.loads(text)
    assert np.array_equal(np.float32(data["weights"]), view.weights)
    assert tuple(data["rows"]) == view.rows.tokens and tuple(data["columns"]) == view.cols.tokens
    assert (
        tuple(data["row_word_ids"]) == view.rows.word_ids
        and data["provenance"]["settings"] == PROVENANCE.settings
    )
    assert (data["name"], data["kind"], data["reading"], data["signed"]) == (
        view.name,
        view.kind,
        view.reading,
        view.signed,
    )
    assert "0.30000001192" not in text


def test_the_same_export_made_twice_is_the_same_file():
    for make in (heatmap_svg, heatmap_html, heatmap_png):
        first, second = (
            make(MatrixPicture(VIEWS["subwords"], GOLD, ERRORS), THEMES["dark"], PROVENANCE) for _ in range(2)
        )
        assert first == second


# --------------------------------------------------------------------------------------------------- captions


def test_the_sanity_sentence_tells_good_from_bad():
    from explorer.results import Sanity

    good = captions.sanity_sentence(Sanity(54, 1.2e-7, 0.0))
    assert (
        good
        == "Every row sums to 1: checked on 54 rows, largest deviation 1.2 · 10⁻⁷. Nothing lies above the "
        "causal diagonal."
    )
    bad = captions.sanity_sentence(Sanity(1, 0.25, 0.5))
    assert bad.startswith("Rows do not sum to 1: the largest deviation in 1 row is 0.25.")
    assert bad.endswith(" Above the causal diagonal lies a mass of 0.5; it should be 0.")
    assert "diagonal" not in captions.sanity_sentence(Sanity(3, 0.0, None))


def test_the_hidden_sentence_is_there_only_when_something_is_hidden():
    assert captions.hidden_sentence(VIEWS["small"]) == ""
    assert (
        captions.hidden_sentence(replace(VIEWS["small"], hidden_mass=0.1234))
        == "12.3 % of the attention of these rows is not shown."
    )


def test_a_description_names_the_strongest_of_each_row_and_ends():
    view = random_view(70, 4)
    text = captions.description(view)
    assert f"r0 looks most at {view.cols.tokens[int(view.weights[0].argmax())]}" in text and text.endswith(
        "10 more rows."
    )


def test_several_heads_read_back_to_the_same_numbers_of_each():
    views = [replace(random_view(3, 4, seed=number), name=f"L0 H{number}") for number in range(3)]
    text = heads_csv(views, PROVENANCE)
    lines = [line for line in text.split("\n") if not line.startswith("# ")]
    found = {(row["head"], int(row["row"]), int(row["column"])): row for row in csv.DictReader(lines)}
    assert len(found) == 3 * 3 * 4
    for view in views:
        for (i, j), weight in np.ndenumerate(view.weights):
            assert np.float32(found[view.name.replace(" ", ""), i, j]["weight"]) == weight
    data = json.loads(heads_json(views, PROVENANCE))
    assert data["provenance"]["sha256"] == PROVENANCE.sha256 and [head["name"] for head in data["heads"]] == [
        view.name for view in views
    ]
    for head, view in zip(data["heads"], views, strict=True):
        assert (
            np.array_equal(np.float32(head["weights"]), view.weights)
            and tuple(head["rows"]) == view.rows.tokens
        )
