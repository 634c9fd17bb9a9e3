"""Does the page "Subwords" do what it says, in a real browser: the textbook merge by merge, a file, keys, and
no network?
"""

from __future__ import annotations

import random
import re
import time

import pytest
from playwright.sync_api import expect

from explorer.tokenization.bpe import BPEConfig, count_words, learn
from tests.browser.reader import Reader

STEPPER = ".st-key-merge-stepper"
ATTACK = "</script><img/src=x/onerror=alert(1)>"


def on_subwords(reader: Reader) -> Reader:
    """The page at the first step of the textbook's corpus."""
    expect(rule(reader)).to_contain_text("No merge yet")
    reader.settle()
    return reader


@pytest.fixture(scope="module")
def textbook(open_for_all) -> Reader:
    """One page on the textbook's corpus, whose sections are unfolded one after the other."""
    return on_subwords(open_for_all("subwords"))


@pytest.fixture(scope="module")
def upload(open_for_all) -> Reader:
    """One page to which one file after the other is given."""
    reader = on_subwords(open_for_all("subwords"))
    reader.select("Learn from", "A file")
    return reader


@pytest.fixture
def subwords(open_reader) -> Reader:
    """The page as somebody finds it who has its address."""
    return on_subwords(open_reader("subwords"))


def rule(reader: Reader):
    """What was just merged, in words."""
    return reader.page.locator(f"{STEPPER} .rule.done")


def corpus(reader: Reader) -> dict[str, str]:
    """The words of the corpus as they stand, symbols with spaces between, and their counts."""
    rows = reader.page.locator(f"{STEPPER} .word").evaluate_all(
        "rows => rows.map(row => [[...row.querySelectorAll('.chip')].map(chip => chip.textContent).join(' "
        "'), "
        "row.querySelector('.count').textContent])"
    )
    return dict(rows)


def press(reader: Reader, name: str) -> None:
    reader.page.locator(STEPPER).get_by_role("button", name=name, exact=True).click()


def go_to_step(reader: Reader, step: int) -> None:
    box = reader.page.get_by_label("Go to step")
    box.fill(str(step))
    box.press("Enter")


def test_the_textbook_is_learned_and_the_third_merge_makes_hug(textbook):
    assert corpus(textbook) == {
        "p u n": "12 ×",
        "h u g": "10 ×",
        "p u g": "5 ×",
        "h u g s": "5 ×",
        "b u n": "4 ×",
    }
    for token, said in (("ug", "20 times"), ("un", "16 times"), ("hug", "15 times")):
        press(textbook, "Next")
        expect(rule(textbook).locator(".chip.made")).to_have_text(token)
        expect(rule(textbook)).to_contain_text(f"They stood side by side {said}")
    assert corpus(textbook) == {"p un": "12 ×", "hug": "10 ×", "p ug": "5 ×", "hug s": "5 ×", "b un": "4 ×"}
    winner = textbook.page.locator(f"{STEPPER} .pair.winner")
    expect(winner).to_have_count(1)
    expect(winner.locator(".chip")).to_have_text(["p", "un"])
    expect(winner.locator(".number")).to_have_text("12")
    expect(textbook.page.locator(f"{STEPPER} .made-tokens .chip")).to_have_text(["hug", "un", "ug"])


def test_the_keyboard_steps_and_the_step_outlives_a_visit_to_another_page(subwords):
    stepper = subwords.page.locator(f"{STEPPER} .merge-stepper")
    stepper.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"):
        subwords.page.keyboard.press(key)
    expect(rule(subwords).locator(".chip.made")).to_have_text("hug")
    subwords.page.keyboard.press("End")
    expect(subwords.page.locator(f"{STEPPER} .rule.coming")).to_contain_text("The end")
    subwords.page.keyboard.press("Home")
    expect(rule(subwords)).to_contain_text("No merge yet")
    subwords.page.keyboard.press(" ")
    expect(rule(subwords).locator(".chip.made")).to_have_text("hug")  # it plays
    subwords.page.keyboard.press(" ")
    shown = rule(subwords).inner_text()
    time.sleep(1.5)  # the server hears where a reader rests, and nothing plays on
    assert rule(subwords).inner_text() == shown
    subwords.settle()
    subwords.go_to("Head roles", "What does each head do?")
    subwords.go_to("Subwords", "How does a tokenizer learn its pieces?")
    expect(rule(subwords)).to_have_text(re.sub(r"\s*\n\s*", "", shown), use_inner_text=False)


def test_ties_are_shown_and_another_rule_takes_another_pair(subwords):
    subwords.select("Learn from", "sleeplessness")
    expect(rule(subwords)).to_contain_text("No merge yet")
    expect(subwords.page.locator(f"{STEPPER} .rule.coming")).to_contain_text("as often as 2 other pairs")
    expect(subwords.page.locator(f"{STEPPER} .pair.tie")).to_have_count(2)
    expect(subwords.page.locator(f"{STEPPER} .pair.winner .chip")).to_have_text(["e", "s"])
    subwords.unfold("Settings")
    subwords.select("Of tied pairs, merge the", "last in the alphabet")
    expect(subwords.page.locator(f"{STEPPER} .pair.winner .chip")).to_have_text(["s", "s"])


def test_a_file_is_learned_and_a_late_step_is_jumped_to(upload):
    chance = random.Random(4)
    stems, ends = (
        ("walk", "talk", "read", "learn", "merg", "count", "type"),
        ("", "s", "ed", "ing", "er", "ers", "able"),
    )
    text = (
        "\n".join(
            " ".join(chance.choice(stems) + chance.choice(ends) for _ in range(12)) for _ in range(2000)
        )
        + f"\n{ATTACK}"
    )
    config = BPEConfig(n_merges=1000)  # what the page begins with for a file
    learning = learn(count_words(text, config), config)
    upload.sees("Upload a file of UTF-8 text")
    upload.page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(
        {"name": "corpus.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    expect(upload.page.locator(f"{STEPPER} .jump")).to_contain_text(f"of {learning.n_steps}")
    upload.settle()
    late = learning.n_steps - 5
    go_to_step(upload, late)
    step = learning.steps[late - 1]
    expect(rule(upload)).to_contain_text(f"Merge {late}")
    expect(rule(upload).locator(".chip.made")).to_have_text(step.token)
    expect(rule(upload)).to_contain_text(f"{step.count:,} times")
    plot = upload.box(f"{STEPPER} .plot")
    upload.page.mouse.click(plot["x"] + plot["width"] * 10 / learning.n_steps, plot["y"] + plot["height"] / 2)
    expect(rule(upload).locator(".chip.made")).to_have_text(learning.steps[9].token)
    assert upload.page.locator(f"{STEPPER} img, {STEPPER} script").count() == 0


def test_a_book_is_pasted_without_the_browser_having_to_show_it(subwords):
    chance = random.Random(5)
    words = ["".join(chance.choice("abcdefghij") for _ in range(chance.randint(2, 8))) for _ in range(3000)]
    book = " ".join(chance.choice(words) for _ in range(900_000))  # about 5 MB
    subwords.select("Learn from", "My own text")
    subwords.settle()
    subwords.page.get_by_label("Text", exact=True).evaluate(
        """(box, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData('text/plain', text);
            box.select();
            box.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
        }""",
        book,
    )
    subwords.sees(f"{len(book):,} characters, beginning with")
    expect(subwords.page.locator(f"{STEPPER} .corpus-box .note")).to_contain_text(
        f"{len(set(book.split())):,} distinct words"
    )
    go_to_step(subwords, 400)
    expect(rule(subwords)).to_contain_text("Merge 400")
    subwords.press("Use another text")
    expect(subwords.page.get_by_label("Text", exact=True)).to_be_visible()


def test_a_file_that_cannot_be_used_is_a_sentence(upload):
    """One after the other, each in the place of the one before."""
    for data, expected in (
        (b"", "is empty"),
        (b"\x00\x01\x02binary", "zero byte"),
        ("naïve".encode("latin-1"), "is not UTF-8"),
        (b"x" * 9 * 2**20, "File must be 8.0MB or smaller"),
    ):
        upload.page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files(
            {"name": "corpus.txt", "mimeType": "text/plain", "buffer": data}
        )
        upload.sees(re.compile(expected))
        upload.settle()


def test_work_by_hand_leads_to_the_step_where_it_departs(textbook):
    textbook.unfold("Check your own merges")
    textbook.sees(re.compile("Right up to step 2; step 3 departs"))
    expect(textbook.page.locator(".st-key-subwords-worked tr.departs .verdict")).to_have_text(
        "✗ not most frequent"
    )
    textbook.press("Show the corpus at step 2 above")
    expect(rule(textbook).locator(".chip.made")).to_have_text("un")


def test_a_word_is_cut_as_a_tree_of_its_merges(textbook):
    textbook.unfold("Cut any word with these merges")
    tree = textbook.page.locator(".st-key-subwords-tree svg")
    tree.wait_for()
    textbook.fill("Word or sentence", f"hugs {ATTACK} bugs")
    expect(tree.locator("[data-token=hugs]")).to_have_count(1)
    ranks = tree.locator("[data-rank]").evaluate_all("nodes => nodes.map(node => node.dataset.rank)")
    assert ranks[:3] == ["1", "3", "5"]
    assert tree.locator("img, script").count() == 0


def test_tokenizers_languages_and_files_open_and_a_tokenizer_can_be_saved(textbook):
    textbook.unfold("Does one tokenizer fit every language?")
    rows = textbook.page.locator(".st-key-subwords-languages tbody tr")
    expect(rows).to_have_count(12)
    arabic = rows.filter(has_text="Arabic").locator(".chips")
    expect(arabic).to_have_attribute("dir", "rtl")
    textbook.unfold("Open, save and train with subwords")
    textbook.press("Learn as a model needs it: bytes, with the space")
    with textbook.page.expect_download() as download:
        textbook.page.get_by_role("button", name="For training here", exact=True).click()
    assert '"merges"' in download.value.path().read_text(encoding="utf-8")


def test_the_page_is_a_click_away_and_fits_a_laptop_and_a_large_screen(reader):
    reader.go_to("Subwords", "How does a tokenizer learn its pieces?")
    on_subwords(reader)
    for width, height in ((1280, 720), (1920, 1080)):
        reader.page.set_viewport_size({"width": width, "height": height})
        reader.settle()
        main = reader.page.locator("[data-testid=stMain]").evaluate(
            "main => [main.scrollWidth, main.clientWidth]"
        )
        assert main[0] <= main[1]
        pairs = reader.box(f"{STEPPER} .list.pairs")
        assert pairs["y"] + pairs["height"] <= height  # the picture is on the first screen
