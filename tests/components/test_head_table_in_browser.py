"""The table of heads shows what Python sends, sorts, reports clicks, and never takes text for markup."""

from __future__ import annotations

import pytest

from explorer.views.heads.role_table import table_data
from explorer.views.theme import THEMES
from tests.components.mounting import Component
from tests.heads.samples import head_report
from tests.views.role_samples import empty_report, hostile_report, large_report

LIGHT = THEMES["light"]


def names(component) -> list[str]:
    return component.page.locator("tbody tr").evaluate_all("rows => rows.map(row => row.dataset.head)")


def sort_by(component, column: str) -> None:
    component.page.locator("th button", has_text=column).click()


def selected(component) -> list[str]:
    return component.page.locator("tr[aria-selected=true]").evaluate_all(
        "rows => rows.map(row => row.dataset.head)"
    )


def head(row) -> str:
    return f"{row.kind} {row.layer} {row.head}"


@pytest.mark.parametrize(
    "report", [head_report(), hostile_report(), empty_report()], ids=["sample", "hostile", "empty"]
)
def test_every_number_stands_in_its_cell_as_text(chromium, report):
    data = table_data(report.rows, LIGHT)

    def look(visit):
        component = Component(visit, "head_table")
        component.show(data)
        rows = component.page.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.cells].map(cell => [cell.querySelector('.value')?.textContent "
            "?? '', cell.title, "
            "cell.querySelector('.note')?.firstChild.textContent ?? '', "
            "cell.querySelector('.label')?.textContent ?? '']))"
        )
        foreign = component.page.locator("#host img, #host script, #host a, #host iframe").count()
        return rows, component.texts("tbody .open"), component.texts("tbody .badge"), foreign, visit.quiet

    rows, opened, badges, foreign, quiet = chromium(look)
    assert opened == [row["name"] for row in data["rows"]]
    assert badges == [badge["mark"] + badge["name"] for row in data["rows"] for badge in row["roles"]]
    for drawn, row in zip(rows, data["rows"], strict=True):
        for (value, title, note, label), cell in zip(drawn[2:], row["cells"], strict=True):
            expected = (
                ("", "", "–", "")
                if cell is None
                else (cell["value"], cell["title"], cell["note"], cell["label"])
            )
            assert (value, title, note, label) == expected
    assert foreign == 0 and quiet


def test_clicking_a_column_sorts_and_clicking_again_reverses(chromium):
    report = head_report()
    order = sorted(
        (row for row in report.rows if row.best("syntactic")), key=lambda row: -row.best("syntactic").value
    )
    strongest, others = (
        [head(row) for row in order],
        [head(row) for row in report.rows if not row.best("syntactic")],
    )

    def look(visit):
        component = Component(visit, "head_table")
        component.show(table_data(report.rows, LIGHT))
        first = names(component)
        sort_by(component, "syntactic")
        down = names(component), component.page.locator("th").nth(3).get_attribute("aria-sort")
        component.show(table_data(report.rows, LIGHT, ("cross", 1, 1)))  # a rerun keeps the order
        kept = names(component)
        sort_by(component, "syntactic")
        up = names(component), component.page.locator("th").nth(3).get_attribute("aria-sort")
        sort_by(component, "Role")
        by_role = names(component)
        sort_by(component, "Head")
        return first, down, kept, up, by_role, names(component)

    first, down, kept, up, by_role, last = chromium(look)
    assert first == last == [head(row) for row in report.rows]
    assert down == ([*strongest, *others], "descending") and kept == down[0]
    assert up == ([*strongest[::-1], *others], "ascending")
    assert by_role[:3] == ["encoder_self 0 0", "encoder_self 1 0", "encoder_self 0 1"]


def test_clicking_a_row_picks_and_a_name_opens(chromium):
    report = head_report()

    def look(visit):
        component = Component(visit, "head_table")
        component.show(table_data(report.rows, LIGHT, ("encoder_self", 0, 0)))
        before = selected(component)
        component.page.locator("tbody tr").nth(2).locator("td").nth(3).click()
        picked = selected(component), component.sent
        component.show(
            table_data(report.rows, LIGHT, ("encoder_self", 0, 0))
        )  # an answer to something else, under way before the click
        waiting = selected(component)
        component.show(table_data(report.rows, LIGHT, ("encoder_self", 1, 0)))
        component.show(table_data(report.rows, LIGHT, ("encoder_self", 0, 1)))
        answered = selected(component)
        component.page.locator("tbody .open").nth(5).click()
        return before, picked, waiting, answered, component.sent

    before, picked, waiting, answered, sent = chromium(look)
    assert before == ["encoder_self 0 0"]
    assert picked == (["encoder_self 1 0"], [["picked", ["encoder_self", 1, 0]]])
    assert waiting == ["encoder_self 1 0"] and answered == ["encoder_self 0 1"]
    assert sent == [["picked", ["encoder_self", 1, 0]], ["opened", ["cross", 0, 1]]]


def test_the_keyboard_does_what_the_pointer_does(chromium):
    def look(visit):
        component = Component(visit, "head_table")
        component.show(table_data(head_report().rows, LIGHT))
        component.page.locator("tbody tr").first.focus()
        component.page.keyboard.press("ArrowDown")
        component.page.keyboard.press("Enter")
        component.page.keyboard.press("Tab")
        component.page.keyboard.press("Enter")
        return component.sent

    assert chromium(look) == [["picked", ["encoder_self", 0, 1]], ["opened", ["encoder_self", 0, 1]]]


def test_marks_stand_where_the_numbers_say(chromium):
    report = head_report()
    evidence = report.rows[0].best("positional")

    def look(visit):
        component = Component(visit, "head_table")
        component.show(table_data(report.rows, LIGHT))
        bar = component.page.locator("tbody tr").first.locator(".bar").first
        return bar.evaluate(
            """bar => {
                const box = bar.getBoundingClientRect();
                const at = (name, side) => {
                    const mark = bar.querySelector('.' + name).getBoundingClientRect();
                    return ((side === 'middle' ?
                        (mark.left + mark.right) / 2 : mark[side]) - box.left) / box.width;
                };
                return {value: at('value', 'middle'), baseline: at('baseline', 'middle'),
                    control: at('control', 'middle'),
                        low: at('interval', 'left'), high: at('interval', 'right')};
            }"""
        )

    found = chromium(look)
    fields = {"control": "control_best"}
    assert found == pytest.approx(
        {name: getattr(evidence, fields.get(name, name)) for name in found}, abs=0.02
    )


def test_432_heads_scroll_in_their_own_frame(chromium):
    data = table_data(large_report().rows, LIGHT)

    def look(visit):
        component = Component(visit, "head_table")
        component.show(data)
        component.page.locator("tbody tr").nth(300).scroll_into_view_if_needed()
        sizes = component.page.locator(".frame").evaluate(
            "f => [f.clientHeight, f.scrollHeight, f.scrollTop, f.scrollWidth - f.clientWidth]"
        )
        stuck = component.page.evaluate(
            "window.root.querySelector('th').getBoundingClientRect().top - "
            "window.root.querySelector('.frame').getBoundingClientRect().top"
        )
        component.page.locator("tbody tr").nth(300).click()
        assert component.sent[0][0] == "picked"
        after = component.page.locator(".frame").evaluate("f => f.scrollTop")
        return sizes, stuck, after, component.page.locator("tbody tr").count(), visit.quiet

    (height, whole, scrolled, too_wide), stuck, after, n_rows, quiet = chromium(look)
    assert n_rows == 432 and whole > 10 * height and scrolled > 0 and too_wide <= 0
    assert stuck <= 2 and after == scrolled and quiet


def test_the_row_that_is_shown_below_can_be_seen(chromium):
    report = large_report()

    def look(visit):
        component = Component(visit, "head_table")
        component.show(table_data(report.rows, LIGHT, ("cross", 11, 3)))
        return component.page.evaluate(
            """() => {
                const frame = window.root.querySelector('.frame').getBoundingClientRect();
                const row = window.root.querySelector('tr[aria-selected=true]').getBoundingClientRect();
                return [row.top - frame.top, frame.bottom - row.bottom];
            }"""
        )

    above, below = chromium(look)
    assert above > 0 and below > 0


def test_nothing_to_show_is_said(chromium):
    def look(visit):
        component = Component(visit, "head_table")
        component.show(table_data(head_report().rows, LIGHT))
        sort_by(component, "alignment")
        component.show(table_data((), LIGHT))
        return component.texts(".empty"), component.page.locator("tbody tr").count(), visit.quiet

    texts, n_rows, quiet = chromium(look)
    assert texts == ["No head is left: pick another kind or role."] and n_rows == 0 and quiet
