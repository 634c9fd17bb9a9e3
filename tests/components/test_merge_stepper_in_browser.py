"""The merge stepper follows buttons, keys, numbers and curves, and requests the steps it lacks."""

from __future__ import annotations

import pytest

from explorer.tokenization.bpe import PRESETS, history, learn, read_word_table, state_at
from explorer.views.subwords.merge_curves import curves_data
from explorer.views.subwords.merge_stepper import Merges, state_data, stepper_data
from explorer.views.subwords.tables import tokenizer_table, worked_table
from explorer.views.text import visible_text, visible_token
from explorer.views.theme import THEMES
from tests.components.mounting import Component
from tests.views.bpe_samples import comparison, nasty_state, textbook_history, worked_check
from tests.views.samples import NASTY

LIGHT = THEMES["light"]
PRESET = PRESETS["hug"]
LEARNING = learn(read_word_table(PRESET.text, PRESET.config), PRESET.config)
TOKENS = ("ug", "un", "hug")  # of the first three merges


def data_of(steps=range(8), step: int = 0, key: str = "hug", asked: int = 0) -> dict:
    states = [state_data(state_at(LEARNING, each), "alphabetical") for each in steps]
    merges = Merges(key, LEARNING.n_steps, curves_data(history(LEARNING)))
    return stepper_data(merges, states, step, LIGHT, asked)


def made(component) -> str:
    """The token that the rule says was just made, "" at the start."""
    return "".join(component.texts(".rule.done .made"))


def at(component) -> str:
    return component.page.get_by_label("Go to step").input_value()


def press(component, name: str) -> None:
    component.page.get_by_role("button", name=name, exact=True).click()


def corpus(component) -> list[str]:
    return component.page.locator(".corpus .symbols").evaluate_all(
        "lines => lines.map(line => [...line.children].map(chip => chip.textContent).join(' '))"
    )


def test_buttons_go_through_the_textbook(chromium):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of())
        seen = [(made(component), corpus(component))]
        for _ in range(3):
            press(component, "Next")
            seen.append((made(component), corpus(component)))
        press(component, "Previous")
        back = made(component), at(component)
        press(component, "Last")
        last = (
            at(component),
            component.page.get_by_role("button", name="Next", exact=True).is_disabled(),
            component.texts(".rule.coming")[0],
        )
        press(component, "First")
        first = at(component), component.page.get_by_role("button", name="Previous", exact=True).is_disabled()
        return seen, back, last, first, visit.quiet

    seen, back, last, first, quiet = chromium(look)
    assert [token for token, _ in seen] == ["", *TOKENS]
    assert [words for _, words in seen] == [
        ["p u n", "h u g", "p u g", "h u g s", "b u n"],
        ["p u n", "h ug", "p ug", "h ug s", "b u n"],
        ["p un", "h ug", "p ug", "h ug s", "b un"],
        ["p un", "hug", "p ug", "hug s", "b un"],
    ]
    assert (
        back == ("un", "2")
        and last[:2] == ("7", True)
        and last[2].startswith("The end")
        and first == ("0", True)
        and quiet
    )


def test_keys_do_what_the_buttons_do(chromium):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of())
        component.page.locator(".merge-stepper").focus()
        places = []
        for key in (
            "ArrowRight",
            "ArrowRight",
            "ArrowRight",
            "ArrowLeft",
            "End",
            "ArrowRight",
            "Home",
            "ArrowLeft",
        ):
            component.page.keyboard.press(key)
            places.append(at(component))
        component.page.keyboard.press(" ")
        playing = at(component), component.texts(".play")
        component.page.keyboard.press(" ")
        paused = component.texts(".play")
        component.page.get_by_label("Go to step").focus()
        component.page.keyboard.press("End")  # moves the caret of the box, not the step
        return (
            places,
            playing,
            paused,
            at(component),
            component.page.evaluate("document.querySelector('#host').scrollTop"),
        )

    places, playing, paused, in_box, _ = chromium(look)
    assert places == ["1", "2", "3", "2", "7", "7", "0", "0"]
    assert playing == ("1", ["Pause"]) and paused == ["Play"] and in_box == "1"


def test_arrow_keys_step_only_while_nothing_has_the_focus(chromium):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of())
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", " "):
            component.page.keyboard.press(key)
        before = at(component)
        component.page.evaluate(
            "document.body.append(document.createElement('input')); document.querySelector('input').focus()"
        )
        component.page.keyboard.press("ArrowRight")
        return before, at(component), component.texts(".play")

    assert chromium(look) == ("1", "1", ["Play"])


def test_playing_goes_on_by_itself_to_the_end(chromium):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of(step=4))
        press(component, "Play")
        component.page.wait_for_function("window.root.querySelector('.number').value === '7'", timeout=20_000)
        return component.texts(".play")

    assert chromium(look) == ["Play"]


def test_a_missing_step_is_requested_and_shown_on_arrival(chromium):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of([0, 1]))
        component.page.get_by_label("Go to step").fill("5")
        component.page.keyboard.press("Enter")
        component.page.wait_for_function("window.sent.length > 0")
        waiting = component.texts(".waiting"), component.texts(".rule.done")
        sent = component.sent[-1]
        component.show(data_of([5], step=5))
        shown = at(component), made(component), component.texts(".waiting")
        component.page.wait_for_function(
            "window.sent.at(-1)[1].ahead === true"
        )  # at rest: those beside it, please
        component.show(data_of([5, 6, 4, 7, 3], step=5))
        press(component, "Next")
        component.page.wait_for_function("window.sent.at(-1)[1].at === 6")
        return waiting, sent, shown, made(component), component.sent[-1]

    waiting, sent, shown, after, last = chromium(look)
    assert waiting[0] == ["step 5 …"] and waiting[1][0].startswith("Start")
    assert sent == ["step", {"at": 5, "ahead": False}]
    assert shown == ("5", LEARNING.steps[4].token, [""]) and after == LEARNING.steps[5].token
    assert last == ["step", {"at": 6, "ahead": False}]


def test_a_click_on_a_curve_goes_to_its_step(chromium):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of())
        plot = component.page.locator(".plot").nth(1)
        box = plot.bounding_box()
        found = []
        for step in (3, 7, 0):
            component.page.mouse.click(
                box["x"] + box["width"] * step / 7 - (0.5 if step == 7 else 0), box["y"] + 20
            )
            found.append((at(component), component.texts(".curve .about")[1]))
        return found

    assert chromium(look) == [
        ("3", "after merge 3: 62 tokens"),
        ("7", "after merge 7: 36 tokens"),
        ("0", "after merge 0: 113 tokens"),
    ]


def test_a_new_corpus_restarts_the_stepper(chromium):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of(step=3))
        component.show(data_of(step=1))  # an answer to something else: a reader stays where he is
        stays = at(component)
        component.show(data_of(step=1, asked=1))
        asked = at(component)
        component.show(data_of(step=0, key="other", asked=1))
        return stays, asked, at(component)

    assert chromium(look) == ("3", "1", "0")


def test_nothing_jumps_from_step_to_step(chromium):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of())
        places = set()
        for _ in range(7):
            box = component.page.locator(".curves").bounding_box()
            places.add((round(box["y"]), round(component.page.locator(".corpus").bounding_box()["y"])))
            press(component, "Next")
        return places

    assert len(chromium(look)) == 1


@pytest.mark.parametrize("reduced", ["reduce", "no-preference"])
def test_a_merge_moves_only_where_motion_is_welcome(chromium, reduced):
    def look(visit):
        component = Component(visit, "merge_stepper")
        component.show(data_of(step=3))
        return component.page.locator(".symbols .chip.made").first.evaluate(
            "node => [getComputedStyle(node).animationName, "
            "parseFloat(getComputedStyle(node).animationDuration)]"
        )

    name, seconds = chromium(look, reduced_motion=reduced)
    assert (name == "none") == (reduced == "reduce") and seconds < 0.3


def test_tokens_are_text_in_the_stepper_and_in_tables(chromium):
    states = [state_data(nasty_state(), "alphabetical")]
    data = stepper_data(Merges("nasty", 1, curves_data(textbook_history())), states, 1, LIGHT)

    def look(visit):
        stepper = Component(visit, "merge_stepper")
        stepper.show(data)
        shown = stepper.page.locator(".symbols .chip:first-child").all_text_contents()
        titles = stepper.page.locator(".symbols .chip:first-child").evaluate_all(
            "nodes => nodes.map(n => n.title)"
        )
        directions = set(stepper.page.locator(".symbols").evaluate_all("nodes => nodes.map(n => n.dir)"))
        found = stepper.page.locator("#host img, #host script, #host b").count()
        table = Component(visit, "token_table")
        table.show(tokenizer_table(comparison(), LIGHT))
        rows = table.page.locator("tbody tr").count()
        found += table.page.locator("#host img, #host script, #host b").count()
        table.show(worked_table(worked_check(), LIGHT))
        return shown, titles, directions, found, rows, table.texts("tr.departs td")[0], visit.quiet

    shown, titles, directions, found, rows, departs, quiet = chromium(look)
    expected = [token for token in NASTY if token]
    assert shown == [visible_token(token, 24) for token in expected] and titles == [
        visible_text(token) for token in expected
    ]
    assert directions == {"ltr", "rtl"} and found == 0 and rows == 3 and departs == "3" and quiet
