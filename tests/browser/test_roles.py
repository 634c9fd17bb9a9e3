"""Does the page "Head roles" do what it says, in a real browser on the shipped checkpoints?"""

from __future__ import annotations

import csv
import io
import json
import re
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from explorer.heads.roles.report import report_from_json
from explorer.results import HEAD_ROLES, HeadReport
from explorer.views.heads.roles import strongest
from tests.browser.reader import Reader, address

PATIENCE = 300_000  # milliseconds for a report to be computed, where none of these weights is there
TABLE = ".st-key-roles-table"
READ_ROWS = """rows => rows.map(row => ({
    head: row.dataset.head,
    selected: row.getAttribute('aria-selected') === 'true',
    roles: [...row.cells[1].querySelectorAll('.badge')].map(badge => badge.textContent),
    cells: [...row.cells].slice(2).map(cell => [...cell.querySelectorAll('.value, .note > span:first-child')]
        .filter(node => !node.closest('.bar')).map(node => node.textContent)),
}))"""


MODEL = "en → de transformer, grammar"


def on_roles(reader: Reader) -> Reader:
    """The page once its table is drawn; where the checkpoint has no report, one is computed."""
    reader.sees("What does each head do?")
    reader.settle()
    table, button = (
        reader.page.locator(f"{TABLE} tbody tr").first,
        reader.page.get_by_role("button", name="Compute the report", exact=True),
    )
    expect(table.or_(button)).to_be_visible()
    if button.is_visible():
        reader.pick("Sentences of each of the two sets", "50")
        button.click()
        table.wait_for(timeout=PATIENCE)
    reader.settle()
    return reader


ADDRESS = address("head-roles", model=MODEL)


@pytest.fixture(scope="module")
def roles(open_for_all) -> Reader:
    """One page with a transformer of the grammar, in which each test picks what it needs."""
    return on_roles(open_for_all(ADDRESS))


def rows_of(reader: Reader) -> list[dict]:
    reader.settle()
    return reader.page.locator(f"{TABLE} tbody tr").evaluate_all(READ_ROWS)


def saved(reader: Reader, label: str) -> str:
    """The text of the file behind a button of the box to save, which is open."""
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name=label, exact=True).click()
    return download.value.path().read_text(encoding="utf-8")


def report_of(reader: Reader) -> HeadReport:
    """The report that the page shows, from its own file."""
    reader.unfold("Save the report")
    return report_from_json(saved(reader, "JSON"))


def named(row) -> str:
    return f"{row.kind} {row.layer} {row.head}"


def test_every_number_in_the_table_is_that_of_the_report(roles):
    report = report_of(roles)
    roles.pick("Attention", "All")
    drawn = {row["head"]: row for row in rows_of(roles)}
    assert list(drawn) == [named(row) for row in report.rows]
    asked = [role for role in HEAD_ROLES if any(row.best(role) for row in report.rows)]
    for row in report.rows:
        cells = drawn[named(row)]["cells"]
        for role, cell in zip(asked, cells, strict=False):
            evidence = strongest(row, role)
            expected = (
                [
                    f"{100 * evidence.value:.1f}",
                    f"{100 * evidence.low:.1f}–{100 * evidence.high:.1f}, n {evidence.n:,}",
                ]
                if evidence
                else []
            )
            assert cell == expected
        confidence = row.figures["confidence"]
        assert cells[-1][0] == f"{100 * confidence.value:.1f}"
        with_role = [badge for badge in drawn[named(row)]["roles"] if "✗" not in badge.split("✓")[0]]
        assert len(with_role) == len(row.roles)
    n_without = sum(not row.roles for row in report.rows)
    roles.sees(
        re.compile(rf"{len(report.rows)} heads: .*, {n_without} without a role\. With random weights: ")
    )


def test_the_table_sorts_and_filters(roles):
    roles.pick("Attention", "Source looks at source")
    before = rows_of(roles)
    assert all(row["head"].startswith("encoder_self") for row in before)
    roles.page.locator(f"{TABLE} th button", has_text="syntactic").click()
    scores = [float(row["cells"][1][0]) for row in rows_of(roles)]
    assert scores == sorted(scores, reverse=True) and len(scores) == len(before)
    roles.select("Only", "no role")
    assert all(not [badge for badge in row["roles"] if not badge.count("✗")] for row in rows_of(roles))
    roles.select("Only", "all heads")
    assert [float(row["cells"][1][0]) for row in rows_of(roles)] == scores  # still sorted


def test_a_click_on_a_row_shows_its_evidence_and_on_its_name_its_attention(open_reader):
    """With a model that was picked on the first page, and by the menu, as a reader would come."""
    roles = open_reader()
    roles.matrix()
    roles.select("Model", MODEL)
    roles.go_to("Head roles", "What does each head do?")
    on_roles(roles)
    roles.pick("Attention", "Source looks at source")
    roles.page.locator(f"{TABLE} tr[data-head='encoder_self 1 3'] td").nth(2).click()
    expect(roles.page.get_by_role("heading", name="L1 H3, source looks at source")).to_be_visible()
    roles.settle()
    assert [row["head"] for row in rows_of(roles) if row["selected"]] == ["encoder_self 1 3"]
    for key in ("roles-offsets", "roles-evidence"):
        roles.page.locator(f".st-key-{key} .js-plotly-plot .main-svg").first.wait_for()

    roles.page.locator(f"{TABLE} tr[data-head='encoder_self 0 2'] .open").click()
    roles.sees("What does each head look at?")
    pressed = roles.page.locator(".st-key-head-grid .tile[aria-pressed=true]")
    expect(pressed).to_have_text("L0 H2")
    roles.settle()
    assert roles.page.locator("[role=radiogroup][aria-label=Attention] input:checked").count() == 1
    assert "grammar" in roles.page.url  # the model is still in the address
    roles.page.get_by_role("link", name="Head roles", exact=True).click()
    expect(roles.page.get_by_role("heading", name="L0 H2, source looks at source")).to_be_visible()


@pytest.mark.parametrize("how", ["row", "button"])
def test_a_head_is_opened_with_its_model_in_the_address(open_reader, how):
    """Also when the reader came by an address and picked no model by hand; the address can be sent on."""
    reader = on_roles(open_reader(ADDRESS))
    if how == "row":
        reader.page.locator(f"{TABLE} tr .open").first.click()
    else:
        reader.press("See its attention")
    reader.sees("What does each head look at?")
    reader.settle()
    reader.page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("model") == [MODEL])
    reader.page.reload()
    reader.settle()
    assert urlsplit(reader.page.url).path == "/heads"
    expect(reader.page.get_by_role("combobox", name="Model")).to_have_value(MODEL)


def test_dependency_arcs_are_drawn_and_counted(roles):
    roles.press("Draw a sentence")
    roles.pick("Attention", "Source looks at source")
    picture = roles.page.locator(".st-key-roles-arcs svg")
    picture.wait_for()
    roles.select("Relation", "all relations")
    roles.pick("Who is asked", "dependent → head")
    n_words = roles.page.locator(".st-key-roles-arcs rect[data-word]").count()
    assert n_words >= 3 and roles.page.locator(".st-key-roles-arcs path[data-relation]").count() >= 1
    right = roles.page.locator(".st-key-roles-arcs path[data-verdict=right]").count()
    found = roles.page.locator(".st-key-roles-arcs path[data-verdict=found]").count()
    missed = roles.page.locator(".st-key-roles-arcs path[data-verdict=missed]").count()
    assert right == found
    roles.sees(re.compile(rf"L\d H\d finds {right} of {found + missed} here"))
    sentence = roles.page.get_by_label("Sentence in English", exact=True).input_value()
    words = roles.page.locator(".st-key-roles-arcs text[data-word]").evaluate_all(
        "nodes => nodes.map(n => [...n.childNodes].at(-1).textContent)"
    )
    assert "".join(words) == re.sub(r"\s", "", sentence)


def test_a_pasted_tree_is_drawn_and_its_words_stay_text(open_reader):
    roles = on_roles(open_reader(ADDRESS))
    roles.pick("Attention", "Source looks at source")
    roles.pick("Sentence", "CoNLL-U")
    word = "</script><img/src=x/onerror=alert(1)>"
    rows = [
        ("1", "The", "2", "det"),
        ("2", "cat", "3", "nsubj"),
        ("3", "sees", "0", "root"),
        ("4", word, "3", "obj"),
    ]
    text = "\n".join(
        "\t".join((n, form, "_", "_", "_", "_", head, relation, "_", "_")) for n, form, head, relation in rows
    )
    roles.fill("Sentences in CoNLL-U, ten columns with tabs", text)
    roles.page.locator(".st-key-roles-arcs path[data-relation=nsubj]").wait_for()
    assert roles.page.locator(".st-key-roles-arcs img, .st-key-roles-arcs script").count() == 0
    roles.sees(re.compile("a word of the treebank is not one word of the tokenizer"))


def test_every_file_holds_the_report_and_says_where_it_is_from(roles):
    report = report_of(roles)
    table = saved(roles, "CSV")
    rows = list(
        csv.DictReader(io.StringIO("\n".join(line for line in table.split("\n") if not line.startswith("#"))))
    )
    evidence = [row for row in rows if row["what"] == "evidence" and row["model"] == "trained"]
    values = [e.value for row in report.rows for e in row.evidence]  # the JSON has five digits
    assert [float(row["value"]) for row in evidence] == pytest.approx(values, rel=1e-4)
    latex = saved(roles, "LaTeX")
    assert latex.count(r"\toprule") == 1 and latex.count(r"\\" + "\n") == 1 + sum(
        max(1, len(row.roles)) for row in report.rows
    )
    for text in (table, latex):
        assert report.sha256 in text
    roles.pick("Attention", "Source looks at source")
    root = ElementTree.fromstring(saved(roles, "Arcs as SVG"))
    assert json.loads(root.find("{http://www.w3.org/2000/svg}metadata").text)["sha256"] == report.sha256
    assert any("data-relation" in node.attrib for node in root.iter())


def test_the_map_and_the_tables_open_and_show_every_head(roles):
    report = report_of(roles)
    roles.pick("Attention", "Source looks at source")
    roles.unfold("Which heads are alike? A map")
    plot = roles.page.locator(".st-key-roles-map-trained .js-plotly-plot")
    plot.locator(".main-svg").first.wait_for()
    names = plot.evaluate("plot => plot.data.filter(trace => trace.text).flatMap(trace => trace.text)")
    assert sorted(names) == sorted(row.name for row in report.rows if row.kind == "encoder_self")
    roles.unfold("Which head is best at each question?")
    roles.page.locator(".st-key-roles-best-table canvas").first.wait_for()
    roles.unfold("Where do the numbers come from, and what was left out?")
    roles.sees(re.compile(f"{report.reported_on.n_sentences:,} sentences"))
    for entry in report.left_out[:2]:
        roles.sees(re.compile(f"{entry.count:,} of {entry.total:,} "))


def test_the_page_fits_a_laptop_and_a_model_with_one_head_says_so(open_reader):
    roles = on_roles(open_reader(ADDRESS))
    sizes = roles.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    main = roles.page.locator("[data-testid=stMain]").evaluate("main => [main.scrollWidth, main.clientWidth]")
    assert sizes[0] <= sizes[1] and main[0] <= main[1]
    roles.select("Model", "en → de rnn none, grammar")
    roles.sees("has no attention, so it has no heads and no roles")
    roles.select("Model", "shift task, rnn mlp")
    message, button = (
        roles.page.get_by_text("This model has one head"),
        roles.page.get_by_role("button", name="Compute the report", exact=True),
    )
    expect(message.or_(button).first).to_be_visible()
    if button.is_visible():
        roles.pick("Sentences of each of the two sets", "50")
        button.click()
        message.wait_for(timeout=PATIENCE)
    assert [row["head"] for row in rows_of(roles)] == ["cross 0 0"]
