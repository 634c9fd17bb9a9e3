"""Can a reader take a BLEU apart, switch it into something else, and go from a bad sentence to its attention,
in a real browser?
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader, address

MARKS = ".st-key-bleu-marks svg"


def on_bleu(reader: Reader) -> Reader:
    """The page once the n-grams are drawn."""
    reader.page.locator(MARKS).wait_for()
    reader.settle()
    return reader


ADDRESS = address("bleu", model="en → de transformer, grammar")


@pytest.fixture(scope="module")
def bleu(open_for_all) -> Reader:
    """One page in which each test puts the translation that it needs."""
    return on_bleu(open_for_all(ADDRESS))


def score(reader: Reader, label: str = "BLEU") -> str:
    return (
        reader.page.get_by_test_id("stMetric")
        .filter(has_text=label)
        .get_by_test_id("stMetricValue")
        .first.inner_text()
    )


def bars(reader: Reader, order: int) -> list[str]:
    reader.settle()
    return reader.page.locator(f"{MARKS} rect[data-order='{order}']").evaluate_all(
        "bars => bars.map(bar => bar.dataset.fate)"
    )


def test_a_bleu_is_taken_apart(bleu):
    assert score(bleu) == "23.04"
    assert sorted(bars(bleu, 1)) == ["matched"] * 4 and sorted(bars(bleu, 2)) == [
        "matched",
        "missed",
        "missed",
    ]
    title = bleu.page.locator(f"{MARKS} rect[data-order='2'][data-fate=matched] title").text_content()
    assert title == "“Le chat”: 1 here, at most 1 in a reference, 1 matched. This one is matched."
    formulas = " ".join(bleu.page.locator(".katex annotation").all_text_contents())
    assert r"\frac{1}{3} = 0.333" in formulas and "= 23.04" in formulas
    bleu.fill("Translation", "Le chat est sur le tapis")
    expect(bleu.page.locator(f"{MARKS} rect[data-order][data-fate=missed]")).to_have_count(0)
    bleu.settle()
    assert score(bleu) == "100.00"
    bleu.fill("Translation", "Le le Le tapis")
    assert bars(bleu, 1).count("clipped") == 1


def test_a_wrong_translation_gets_three_quarters(bleu):
    assert score(bleu, "Score, 0 to 1") == "0.7598"
    bleu.toggle("Count begin and end markers")
    expect(bleu.page.get_by_test_id("stMetricValue").filter(has_text="0.0000")).to_be_visible()
    bleu.toggle("Count begin and end markers")
    expect(bleu.page.get_by_test_id("stMetricValue").filter(has_text="0.7598")).to_be_visible()
    bleu.press("As BLEU has it")
    assert score(bleu, "Score, 0 to 1") == "0.0000"


def test_files_are_uploaded_and_a_sentence_opens_with_its_attention(open_reader):
    bleu = on_bleu(open_reader(ADDRESS))
    bleu.unfold("Score files, compare two systems, see the worst sentences")
    texts = {
        "translations": "Die Hund schläft.\nDie Katze sieht den Hund.\n",
        "references": "Der Hund schläft.\nDie Katze sieht den Hund.\n",
        "sources": "The dog sleeps.\nThe cat sees the dog.\n",
    }
    for label, text in texts.items():
        upload = (
            bleu.page.get_by_test_id("stFileUploader")
            .filter(has_text=f"… or a file: {label}")
            .locator("input")
        )
        upload.set_input_files({"name": f"{label}.txt", "mimeType": "text/plain", "buffer": text.encode()})
        bleu.settle()
    bleu.sees(re.compile(r"BLEU \d+\.\d\d, 95 % interval"))
    first = bleu.page.locator("[class*=st-key-bleu_worst_]").first
    expect(first).to_contain_text("Line 1 · BLEU")
    first.get_by_role("button").click()
    expect(bleu.page.get_by_role("heading", name="Which words does each word look at?")).to_be_visible()
    matrix = bleu.matrix()
    assert "".join(matrix.rows).startswith("DieHund") and matrix.cols[:2] == ["The", "dog"]
    expect(bleu.page.get_by_label("Sentence in English", exact=True)).to_have_value("The dog sleeps.")


def test_what_is_typed_stays_text(bleu):
    attack = "</script><img src=x onerror=alert(1)>"
    bleu.fill("Translation", f"{attack} שלום 👨‍👩‍👧")
    bleu.fill("References, one per line", f"{attack} مرحبا")
    assert bleu.page.locator(f"{MARKS} rect[data-order='1']").count() > 5
    assert bleu.page.locator("img[src=x]").count() == 0


def test_the_page_is_a_click_away_and_fits(reader):
    reader.go_to("BLEU", "How close is a translation to its reference?")
    on_bleu(reader)
    for width, height in ((1280, 720), (1920, 1080)):
        reader.page.set_viewport_size({"width": width, "height": height})
        reader.settle()
        main = reader.page.locator("[data-testid=stMain]").evaluate(
            "main => [main.scrollWidth, main.clientWidth]"
        )
        assert main[0] <= main[1]
        assert reader.box(MARKS)["y"] < 0.6 * height
