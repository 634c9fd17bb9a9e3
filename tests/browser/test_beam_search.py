"""Can a reader grow the tree, read the attention of a pruned node and watch the winner change, in a real
browser?
"""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader, address

TREE = ".st-key-beam-tree .search-tree"
NODE = f"{TREE} .node:not(.hidden)"
FLIPS = ": a 0.6, b 0.4\nb: c 1\nb c: e 1\nb c e: f 1\nb c e f: g 1"


MODEL = "en → de transformer, grammar"


def on_search(reader: Reader) -> Reader:
    """The page once its tree is drawn."""
    reader.page.locator(NODE).first.wait_for()
    reader.settle()
    return reader


@pytest.fixture
def search(open_reader) -> Reader:
    """The page as somebody finds it who has its address, with a transformer of the grammar."""
    return on_search(open_reader(address("beam-search", model=MODEL)))


@pytest.fixture(scope="module")
def seen(open_for_all) -> Reader:
    """The same for tests that only look at the tree, whole at the start of each."""
    return on_search(open_for_all(address("beam-search", model=MODEL)))


def test_the_tree_of_a_model_that_was_picked_before_is_a_click_away(open_reader):
    reader = open_reader()
    reader.matrix()
    reader.select("Model", MODEL)
    reader.go_to("Beam search", "How does a translation grow?")
    assert {node["fate"] for node in nodes(on_search(reader))} == {"kept", "finished", "pruned"}


def nodes(reader: Reader) -> list[dict]:
    """What is drawn: step, fate, token, and the three numbers."""
    return reader.page.locator(NODE).evaluate_all(
        """nodes => nodes.map(n => ({ id: n.dataset.id, step: +n.dataset.step, fate: n.dataset.fate,
            winner: n.classList.contains('winner'),
            ...Object.fromEntries(['token', 'log-prob', 'sum', 'score'].map(name =>
                [name, n.querySelector('.' + name).textContent])) }))"""
    )


def step(reader: Reader, name: str) -> None:
    reader.page.locator(TREE).get_by_role("button", name=name, exact=True).click()


def slide(reader: Reader, name: str, key: str, times: int) -> None:
    """Move a slider by the keyboard, as dragging its thumb does."""
    thumb = reader.page.locator(f".st-key-{name} [role=slider], .st-key-{name} input[type=range]").first
    thumb.focus()
    for _ in range(times):
        thumb.press(key)
    reader.settle()


def test_the_tree_grows_step_by_step(search):
    whole = nodes(search)
    n_steps = 1 + max(node["step"] for node in whole)
    assert {node["fate"] for node in whole} == {"kept", "finished", "pruned"}
    step(search, "First step")
    for shown in range(1, n_steps + 1):
        expect(search.page.locator(f"{TREE} .said")).to_have_text(f"Step {shown} of {n_steps}")
        drawn = nodes(search)
        assert {node["id"] for node in drawn} == {node["id"] for node in whole if node["step"] < shown}
        if shown < n_steps:
            step(search, "Next step")
    assert nodes(search) == whole
    step(search, "Previous step")
    assert len(nodes(search)) < len(whole)


def test_every_number_of_a_node_follows_from_its_parent(seen):
    def value(text: str) -> float:
        return -0.0005 if text.startswith(">") else float(text.replace("−", "-"))

    drawn = {node["id"]: node for node in nodes(seen)}
    for node in drawn.values():
        parent = drawn.get(node["id"].rpartition(" ")[0])
        before = value(parent["sum"]) if parent else 0.0
        assert value(node["sum"]) == pytest.approx(before + value(node["log-prob"]), rel=0.01, abs=0.02)
        assert node["score"] == node["sum"]  # α is 0
    winner = [node for node in drawn.values() if node["winner"]]
    assert [node["step"] for node in winner] == list(range(len(winner))) and winner[-1]["fate"] == "finished"


def test_a_click_on_a_pruned_node_shows_its_attention(search):
    pruned = next(node for node in nodes(search) if node["fate"] == "pruned" and node["step"] == 2)
    box = search.page.locator(f"{NODE}[data-id='{pruned['id']}'] .box")
    box.hover()
    expect(search.page.locator(f"{TREE} .tip")).to_contain_text("pruned: others of this step were likelier")
    box.click()
    expect(search.page.get_by_role("heading", name="The node you clicked")).to_be_visible()
    search.settle()
    matrix = search.matrix("beam-attention-matrix")
    assert len(matrix.rows) == 3 and matrix.rows[-1] == pruned["token"]
    assert all(sum(row) == pytest.approx(1, abs=1e-4) for row in matrix.weights)
    expect(search.page.locator(f"{NODE}[aria-pressed=true]")).to_have_attribute("data-id", pruned["id"])
    assert search.page.locator(".st-key-beam_node table tbody tr").count() == 5


def test_the_winner_changes_where_the_page_says(search):
    search.pick("Search on", "a table")
    search.select("A row depends on", "all words before")
    search.fill("Next-word probabilities", FLIPS)
    alpha = math.log(math.log(0.4) / math.log(0.6)) / math.log(11 / 7)
    search.sees(re.compile(f"The winner changes at α = {alpha:.6g}: “a” below"))

    def winner() -> str:
        return " ".join(node["token"] for node in nodes(search) if node["winner"])

    assert winner() == "a </s>"
    n_steps = math.floor(alpha / 0.05)
    slide(search, "beam_alpha", "ArrowRight", n_steps)
    assert winner() == "a </s>"
    slide(search, "beam_alpha", "ArrowRight", 1)
    search.sees(f"With α = {0.05 * (n_steps + 1):g} the winner is “b c e f g”.")
    expect(search.page.locator(f"{NODE}.winner")).to_have_count(6)
    assert winner() == "b c e f g </s>"


def test_another_word_at_a_node_and_the_search_goes_on(search):
    first = next(node for node in nodes(search) if node["step"] == 0 and node["fate"] == "pruned")
    search.page.locator(f"{NODE}[data-id='{first['id']}'] .box").click()
    expect(search.page.get_by_role("heading", name="The node you clicked")).to_be_visible()
    search.settle()
    search.press("Force this prefix")
    search.sees(f"You made it begin with: {first['token']}")
    search.settle()
    drawn = nodes(search)
    assert [node["token"] for node in drawn if node["step"] == 0] == [first["token"]]
    assert all(node["id"].split()[0] == first["id"] for node in drawn) and any(
        node["fate"] == "finished" for node in drawn
    )
    search.press("Search freely again")
    expect(search.page.locator(f"{NODE}[data-step='0']")).not_to_have_count(1)


def test_strategies_and_a_wide_beam(search):
    slide(search, "beam_size", "ArrowRight", 4)
    search.sees(re.compile("^beam 8, "))
    search.unfold("Strategies side by side")
    table = search.page.get_by_role("region", name="Strategies side by side")
    table.wait_for()
    assert {"greedy", "beam 8"} <= {
        text.removeprefix("★ ") for text in table.locator("tbody tr td:first-child").all_inner_texts()
    }


def test_a_table_that_is_none_is_a_sentence_and_text_stays_text(search):
    search.pick("Search on", "a table")
    search.fill("Next-word probabilities", "1: Le 0.7, La 0.2")
    search.sees(re.compile("sums to 0.9, and probabilities sum to 1"))
    attack = "<img/src=x/onerror=alert(1)>"
    search.fill("Next-word probabilities", f"1: {attack} 0.7, שלום 0.2, 👨‍👩‍👧 0.1")
    expect(search.page.locator(f"{NODE}[data-step='0']")).to_have_count(3)
    assert search.page.locator("img[src=x]").count() == 0


def test_the_page_fits_and_the_tree_is_on_the_first_screen(open_reader):
    reader = on_search(open_reader("beam-search"))
    for width, height in ((1280, 720), (1920, 1080)):
        reader.page.set_viewport_size({"width": width, "height": height})
        reader.settle()
        main = reader.page.locator("[data-testid=stMain]").evaluate(
            "main => [main.scrollWidth, main.clientWidth]"
        )
        assert main[0] <= main[1]
        box = reader.box(f"{TREE} .frame")
        assert box["y"] < 0.5 * height and box["x"] + box["width"] <= width
