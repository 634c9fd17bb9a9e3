"""In a real browser, the kinds of changed words are told apart by their lines."""

from __future__ import annotations

from explorer.views.heads.ablation import word_chips
from explorer.views.theme import THEMES
from tests.components.mounting import Component
from tests.heads.importance_samples import ablation

LINES = (
    "chips => chips.map(c => [c.textContent, getComputedStyle(c).textDecorationLine, "
    "getComputedStyle(c).textDecorationStyle])"
)


def test_marks_have_their_lines_and_the_legend_names_them(chromium):
    found = ablation("a b c d", "a x c e f")

    def look(visit):
        component, drawn = Component(visit, "token_chips"), []
        for side in ("old", "new"):
            component.show(word_chips(found, side, THEMES["light"]))
            chips = component.page.locator(".chips .chip").evaluate_all(LINES)
            drawn.append((chips, component.texts(".legend .sample")))
        component.show(word_chips(ablation("a b", "b c"), "new", THEMES["light"]))
        drawn.append(
            (component.page.locator(".chips .chip").evaluate_all(LINES), component.texts(".legend .sample"))
        )
        return drawn

    old, new, gone = chromium(look)
    wavy, none = ["underline", "wavy"], ["none", "solid"]
    assert old == ([["a", *none], ["b", *wavy], ["c", *none], ["d", *wavy]], [])
    assert new == (
        [["a", *none], ["x", *wavy], ["c", *none], ["e", *wavy], ["f", *wavy]],
        ["in place of another"],
    )
    assert gone == ([["b", *none], ["c", "underline", "double"]], ["gone", "new"])
