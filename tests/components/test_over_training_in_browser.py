"""The film of a training run plays, slides and answers to keys, always with the weights of its step."""

from __future__ import annotations

import pytest

from explorer.heads.roles.trajectory import head_trajectories
from explorer.results import AttentionSnapshot, HistoryRow, TrainingTimeline
from explorer.training.runs.timelines import film
from explorer.views.text import visible_line
from explorer.views.theme import THEMES
from explorer.views.training.over_training import film_data
from tests.components.mounting import Component
from tests.heads.trajectory_samples import training
from tests.views.samples import NASTY, make_record

STEPS = (10, 20, 40, 80)
HISTORY = tuple(HistoryRow(step, 0.0, {"loss": 4.0 / step, "valid_loss": 5.0 / step}) for step in STEPS)
TOKENS = (*NASTY[:6], "</s>")
SNAPSHOTS = tuple(AttentionSnapshot(step, make_record(TOKENS, TOKENS, seed=step)) for step in STEPS)
READ = """() => ({
    at: Number(root.querySelector('.slider').value),
    step: root.querySelector('.step').textContent,
    facts: root.querySelector('.facts').textContent,
    marker: [...root.querySelectorAll('.marker')].map(m => [m.dataset.step,
        Number(m.getAttribute('d').match(/^M([0-9.]+)/)[1])]),
    weights: [...root.querySelectorAll('.large rect[data-row]')].map(n => Number(n.dataset.weight)),
    titles: [...root.querySelectorAll('.large rect[data-row] title')].map(n => n.textContent),
    head: root.querySelector('.head-name').textContent,
    chosen: [...root.querySelectorAll('.tile')].findIndex(n => n.getAttribute('aria-pressed') === 'true'),
    lines: [...root.querySelectorAll('.line.chosen')].length,
    marks: [...root.querySelectorAll('.tile .marks')].map(n => n.textContent),
    play: root.querySelector('.play').textContent,
    foreign: root.querySelectorAll('img, script, a, iframe').length,
})"""


def data_of(n_steps: int = 4, theme: str = "light", name: str = "runs/it") -> dict:
    """The film of the first `n_steps`, as of a run that is still alive."""
    timeline = TrainingTimeline(
        name, "running", 100, HISTORY[:n_steps], SNAPSHOTS[:n_steps], training(STEPS)[:n_steps]
    )
    return film_data(
        film(timeline, 0, "cross"),
        timeline,
        head_trajectories(timeline.roles),
        THEMES[theme],
        420,
    )


def shown(step: int, layer: int, head: int) -> list[float]:
    return SNAPSHOTS[STEPS.index(step)].record.map("cross").weights[layer, head].ravel().tolist()


def test_slider_keys_and_playback_show_their_steps_weights(chromium):
    def look(visit):
        component = Component(visit, "over_training")
        page, seen = component.page, {}
        component.show(data_of())

        def read(name):
            seen[name] = page.evaluate(READ)

        read("opening")
        page.evaluate("root.querySelector('svg.large').dataset.kept = 'yes'")
        page.locator(".slider").evaluate("n => { n.value = 1; n.dispatchEvent(new Event('input')); }")
        read("slid")
        page.locator(".over-training").focus()
        page.keyboard.press("ArrowLeft")
        read("back")
        page.keyboard.press("End")
        page.locator(".tile").nth(1).click()
        read("picked")
        page.locator(".play").click()
        seen["playing"] = page.evaluate(
            f"""() => new Promise(resolve => {{
                const look = setInterval(() => {{
                    if (root.querySelector('.slider').value === '1') {{ clearInterval(look);
                        resolve(({READ})()); }}
                }}, 5);
            }})"""
        )
        page.wait_for_function("root.querySelector('.play').textContent === 'Play'", timeout=10_000)
        read("played")
        page.keyboard.press("Home")
        page.locator(".scale").click()
        read("linear")
        kept = page.locator("svg.large").get_attribute("data-kept")
        return seen, kept, visit.quiet

    seen, kept, quiet = chromium(look)
    data = data_of()
    layer, head = divmod(data["head"], 2)
    steps = {"opening": 80, "slid": 20, "back": 10, "picked": 80, "playing": 20, "played": 80, "linear": 10}
    for name, step in steps.items():
        at = (layer, head) if name in ("opening", "slid", "back") else (0, 1)
        found = seen[name]
        assert found["weights"] == pytest.approx(shown(step, *at), abs=1e-4), name
        assert found["step"] == f"step {step} of 100" and found["facts"] == f"validation loss {5 / step:.3g}"
        assert {marked for marked, _ in found["marker"]} == {str(step)} and len(found["marker"]) == len(
            data["panels"]
        ) == 3
        assert (
            found["head"] == f"L{at[0]} H{at[1]}"
            and found["chosen"] == 2 * at[0] + at[1]
            and found["lines"] == 2
        )
        number = STEPS.index(step)
        assert found["marks"] == [
            "".join(r["mark"] for r in h["roles"] if r["holds"][number]) for h in data["heads"]
        ]
        label = visible_line(TOKENS[1])
        assert (
            found["titles"][1].startswith(f"{visible_line(TOKENS[0])} → {label}: ") and found["foreign"] == 0
        )
    x = {name: seen[name]["marker"][0][1] for name in steps}
    assert x["back"] < x["slid"] < x["opening"] == x["played"] and x["linear"] == x["back"]
    assert x["slid"] - x["back"] == pytest.approx((x["opening"] - x["back"]) / 3, abs=0.1), (
        "20 is a third of the way from 10 to 80 by doublings"
    )
    assert seen["playing"]["play"] == "Pause" and kept == "yes" and quiet, (
        "nothing is built anew while it plays"
    )


def test_a_live_run_leaves_the_viewer_in_place(chromium):
    def look(visit):
        component = Component(visit, "over_training")
        page, seen = component.page, []
        component.show(data_of(2))
        seen.append(page.evaluate(READ))
        component.show(data_of(3))
        seen.append(page.evaluate(READ))
        page.locator(".tile").nth(2).click()
        page.locator(".previous").click()
        component.show(data_of(4))
        seen.append(page.evaluate(READ))
        component.show(data_of(4, "dark"))
        seen.append(page.evaluate(READ))
        component.show(data_of(4, name="runs/other"))
        seen.append(page.evaluate(READ))
        return seen, component.sent

    seen, sent = chromium(look)
    assert [found["step"].split()[1] for found in seen] == ["20", "40", "20", "20", "80"], (
        "who is at the end stays at the end"
    )
    assert [found["head"] for found in seen[2:4]] == ["L1 H0", "L1 H0"] and sent == []


def test_a_curve_describes_and_selects_its_points(chromium):
    def look(visit):
        component = Component(visit, "over_training")
        component.show(data_of())
        page = component.page
        place = (
            page.locator(".panel")
            .nth(1)
            .locator("[data-head='3'] path")
            .evaluate(
                """n => {
                    const box = n.closest('.plot').getBoundingClientRect(), p = n.getPointAtLength(0);
                    return [box.x + p.x, box.y + p.y];
                }"""
            )
        )
        page.mouse.move(*place)
        said = page.locator(".panel").nth(1).locator(".said").text_content()
        page.mouse.down()
        page.mouse.up()
        return said, page.evaluate(READ)

    said, found = chromium(look)
    line = data_of()["panels"][1]["lines"][3]
    others = [other["said"][0] for other in data_of()["panels"][1]["lines"]]
    assert said in others and (said == line["said"][0] or len(set(others)) < 4 or found["head"] in said)
    assert found["step"] == "step 10 of 100" and said.startswith(found["head"])
