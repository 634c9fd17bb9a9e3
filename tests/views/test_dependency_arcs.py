"""Is every arc and every maximum drawn, told apart without colour, readable, and harmless whatever the words
are?
"""

from __future__ import annotations

import random
import xml.etree.ElementTree as ElementTree

import pytest

from explorer.heads.roles.arcs import judge_arcs
from explorer.results import Arc, Look, SentenceArcs
from explorer.views.attention.grid import EM
from explorer.views.heads.dependency_arcs import arcs_scene, arcs_sentence, arcs_svg
from explorer.views.numbers import exact
from explorer.views.scene.png import _cubic
from explorer.views.scene.shapes import Line, Rect, Text
from explorer.views.scene.svg import scene_data
from explorer.views.text import text_width, visible_text, visible_token
from explorer.views.theme import THEMES
from tests.views.samples import ATTACK, NASTY, PROVENANCE

WORDS = ("The", "cat", "sees", "a", "dog", ".")
TREE = ((0, 1, "det"), (1, 2, "nsubj"), (3, 4, "det"), (4, 2, "obj"), (5, 2, "punct"))
LOOKS = (Look(0, 1, 0.9), Look(1, 0, 0.6), Look(2, 4, 0.5), Look(3, 2, 0.4), Look(5, 2, 1.0))
SMALL = judge_arcs(WORDS, TREE, LOOKS)
SVG = "{http://www.w3.org/2000/svg}"
BOTH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def long_sentence(n: int, seed: int = 0) -> SentenceArcs:
    """A random projective tree over n words, and a head that looks anywhere."""
    rng = random.Random(seed)
    arcs: list[tuple[int, int, str]] = []

    def grow(first: int, last: int) -> int:
        root = rng.randint(first, last)
        for a, b in ((first, root - 1), (root + 1, last)):
            if a <= b:
                arcs.append((grow(a, b), root, rng.choice(("nsubj", "obj", "nmod:poss", "det", "acl:relcl"))))
        return root

    grow(0, n - 1)
    looks = [
        Look(word, rng.choice([other for other in range(n) if other != word]), rng.random())
        for word in range(n)
    ]
    return judge_arcs(tuple(f"word{number}" for number in range(n)), arcs, looks)


def drawn(scene, name: str) -> list[Line]:
    """The curves whose data has an entry `name`."""
    return [
        shape
        for shape in scene.shapes
        if isinstance(shape, Line) and shape.curve and name in dict(shape.data)
    ]


@BOTH
def test_every_arc_and_every_maximum_is_drawn_with_its_verdict(theme):
    scene = arcs_scene(SMALL, "L1 H2", theme)
    arcs = {dict(line.data)["words"]: line for line in drawn(scene, "relation")}
    assert {words: dict(line.data)["verdict"] for words, line in arcs.items()} == {
        "0 1": "found",
        "1 2": "missed",
        "3 4": "missed",
        "4 2": "missed",
        "5 2": "not asked",
    }
    looks = {dict(line.data)["words"]: line for line in drawn(scene, "weight")}
    assert {words: dict(line.data)["verdict"] for words, line in looks.items()} == {
        "0 1": "right",
        "1 0": "wrong",
        "2 4": "not asked",
        "3 2": "wrong",
        "5 2": "not asked",
    }
    assert [dict(looks[f"{look.word} {look.at}"].data)["weight"] for look in LOOKS] == [
        exact(look.weight) for look in LOOKS
    ]
    assert (arcs["0 1"].stroke, arcs["0 1"].dash) == (theme.hit, None)
    assert arcs["1 2"].stroke == theme.missed and arcs["1 2"].dash
    assert (looks["0 1"].stroke, looks["0 1"].dash) == (theme.hit, None)
    assert (
        looks["1 0"].stroke == theme.spurious and looks["1 0"].dash and looks["1 0"].dash != arcs["1 2"].dash
    )
    assert arcs["5 2"].stroke == looks["2 4"].stroke == theme.muted
    widths = {
        look.weight: looks[f"{look.word} {look.at}"].width
        for look in LOOKS
        if dict(looks[f"{look.word} {look.at}"].data)["verdict"] == "wrong"
    }
    assert widths[0.6] > widths[0.4]


def test_gold_is_above_the_words_and_the_head_below():
    scene = arcs_scene(SMALL, "L1 H2", THEMES["light"])
    chips = [
        shape for shape in scene.shapes if isinstance(shape, Rect) and dict(shape.data).keys() == {"word"}
    ]
    assert len(chips) == len(WORDS)
    top, bottom = chips[0].y, chips[0].y + chips[0].h
    assert all(y <= top + 1e-6 for line in drawn(scene, "relation") for _, y in line.points)
    assert all(y >= bottom - 1e-6 for line in drawn(scene, "weight") for _, y in line.points)
    for line in drawn(scene, "relation"):  # from the head to the dependent, each end at its own word
        dependent, head = map(int, dict(line.data)["words"].split())
        for (x, _), word in ((line.points[0], head), (line.points[-1], dependent)):
            assert chips[word].x <= x <= chips[word].x + chips[word].w


@pytest.mark.parametrize("n", [2, 5, 9, 14, 20, 40])
@pytest.mark.parametrize("seed", range(3))
def test_a_sentence_of_any_length_fits_and_its_labels_stand_apart(n, seed):
    arcs = long_sentence(n, seed)
    scene = arcs_scene(arcs, "L0 H0", THEMES["light"], 900)
    assert scene.width <= 900
    for shape in scene.shapes:
        points = shape.points if isinstance(shape, Line) else [(shape.x, shape.y)]
        points = _cubic(points) if getattr(shape, "curve", False) else points
        assert all(0 <= x <= scene.width and 0 <= y <= scene.height for x, y in points)
    labels = [shape for shape in scene.shapes if isinstance(shape, Text) and "relation" in dict(shape.data)]
    assert len(labels) == len(arcs.arcs) == n - 1
    boxes = []
    for label in labels:
        half = text_width(label.text) * EM * label.size / 2
        boxes.append((label.x - half, label.x + half, label.y - label.size / 2, label.y + label.size / 2))
        assert boxes[-1][0] >= 0
    for i, (left, right, top, bottom) in enumerate(boxes):
        assert not [
            other
            for other in boxes[:i]
            if left < other[1] and other[0] < right and top < other[3] and other[2] < bottom
        ]


def test_the_words_stand_upright_only_where_they_must():
    def upright(n: int) -> bool:
        chips = [
            shape
            for shape in arcs_scene(long_sentence(n), "L0 H0", THEMES["light"], 900).shapes
            if isinstance(shape, Rect) and shape.data
        ]
        return chips[0].x == chips[1].x

    assert not upright(6) and upright(30)


@pytest.mark.parametrize("relation", ["nsubj", None, ATTACK, "\u202eevil", "{%s}"])
def test_hostile_words_and_relations_stay_text(relation):
    tree = [(number, number - 1, NASTY[number]) for number in range(1, len(NASTY))]
    looks = [Look(number, number - 1, 0.5) for number in range(1, len(NASTY))]
    arcs = judge_arcs(NASTY, tree, looks, False, relation)
    text = arcs_svg(arcs, ATTACK, THEMES["dark"], PROVENANCE)
    root = ElementTree.fromstring(text)
    assert {node.tag for node in root.iter()} <= {
        SVG + name for name in ("svg", "title", "desc", "metadata", "rect", "path", "text", "circle")
    }
    texts = [node.text or next(iter(node)).tail for node in root.iter(SVG + "text")]
    for word in NASTY:
        assert visible_token(word) in texts
    assert "<script" not in text and "<img" not in text
    data = scene_data(arcs_scene(arcs, ATTACK, THEMES["dark"]))
    assert {element["tag"] for element in data["elements"]} <= {"rect", "path", "text", "circle"}
    assert all(not name.startswith("on") for element in data["elements"] for name in element["attributes"])


def test_the_sentence_says_how_many_are_found():
    assert arcs_sentence(SMALL, "L1 H2") == "L1 H2 finds 1 of 4 here (25 %): all relations, dependent → head."
    none = judge_arcs(WORDS, TREE, LOOKS, False, ATTACK, "to_dependent")
    assert (
        arcs_sentence(none, "L1 H2")
        == f"There is nothing to ask in this sentence: {visible_text(ATTACK)}, head → dependent."
    )


@pytest.mark.parametrize(
    "words, arcs, looks", [((), (), ()), (("One",), (), ()), (("a", "b"), (), (Look(0, 1, 1.0),))]
)
def test_hardly_anything_to_draw_is_a_picture_all_the_same(words, arcs, looks):
    scene = arcs_scene(SentenceArcs(words, arcs, looks, None, "to_head"), "L0 H0", THEMES["light"])
    assert len(drawn(scene, "weight")) == len(looks) and scene.width > 0


def test_an_arc_that_another_answer_spares_is_said_to_be():
    arcs = SentenceArcs(
        ("a", "b", "c"),
        (Arc(0, 1, "det", "found"), Arc(2, 1, "det", "spared")),
        (Look(1, 0, 1.0, "right"),),
        "det",
        "to_dependent",
    )
    texts = [
        shape.text for shape in arcs_scene(arcs, "L0 H0", THEMES["light"]).shapes if isinstance(shape, Text)
    ]
    assert "not asked about, or answered by another word" in texts
