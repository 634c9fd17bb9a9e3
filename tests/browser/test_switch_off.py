"""Mask a head and read the new translation, in a real browser on a shipped checkpoint."""

from __future__ import annotations

import functools

import pytest
from playwright.sync_api import expect

from explorer.checkpoints.folder import load_checkpoint
from explorer.corpora.words import split_words
from explorer.heads.importance.ablation import ablate, all_heads
from explorer.views.heads.ablation import changed_sentence, probability_sentence
from tests.browser.reader import Reader, address

NAME, LABEL = "grammar-en-de-transformer", "en → de transformer, grammar"
SENTENCE = "The old man is reading a book."
# this model keeps its words for shorter ones, whichever head is off
LONGER = "The teacher who the students know has read the letter."
PATIENT = 120_000  # milliseconds: a busy machine measures slowly


def texts(reader, key: str) -> list[str]:
    return reader.page.locator(f".st-key-{key} .chips .chip").all_inner_texts()


def marks(reader, key: str) -> list[str]:
    script = (
        "chips => chips.map(c => ['replaced', 'deleted', 'inserted'].find(mark => "
        "c.classList.contains(mark)) ?? '')"
    )
    return reader.page.locator(f".st-key-{key} .chips .chip").evaluate_all(script)


def toggle(reader, kind: str, layer: int, head: int):
    return (
        reader.page.locator(f".st-key-off-{kind}")
        .get_by_role("button", name=f"H{head}", exact=True)
        .nth(layer)
    )


def with_section(reader: Reader) -> Reader:
    """The section unfolded."""
    reader.matrix()
    reader.unfold("Switch heads off")
    return reader


@pytest.fixture(scope="module")
def on_the_grammar(open_for_all) -> Reader:
    """The section open, on the grammar's transformer."""
    return with_section(open_for_all(address(model=LABEL)))


@pytest.fixture
def opened(on_the_grammar) -> Reader:
    """The same with every head on."""
    all_on = on_the_grammar.page.get_by_role("button", name="All on again", exact=True)
    if all_on.count() and all_on.is_enabled():
        on_the_grammar.press("All on again")
    return on_the_grammar


@functools.cache
def model():
    return load_checkpoint(NAME)


def expected_for(heads, mode="zero", sentence=SENTENCE, **options):
    return ablate(model(), sentence, heads, mode, **options)


def assert_shown(reader, found) -> None:
    """Both translations word by word, those that changed marked, and the sentences about them."""
    for side, key in (("old", "off-old"), ("new", "off-new")):
        runs = [
            (word, "" if edit.kind == "kept" else edit.kind)
            for edit in found.edits
            for word in getattr(edit, side)
        ]
        expect(reader.page.locator(f".st-key-{key} .chips .chip")).to_have_text([word for word, _ in runs])
        assert marks(reader, key) == [mark for _, mark in runs]
    expect(reader.page.locator(".st-key-off-new .said")).to_have_text(changed_sentence(found))
    expect(reader.page.locator(".st-key-off-log-prob")).to_have_text(probability_sentence(found))


def test_a_masked_head_gives_another_translation(open_reader):
    """The head that changes most words of this sentence, found by trying all of them."""
    opened = with_section(open_reader(address(model=LABEL, sentence=LONGER)))
    every = [expected_for([head], sentence=LONGER) for head in all_heads(model())]
    found = max(
        every,
        key=lambda each: sum(len(edit.old) + len(edit.new) for edit in each.edits if edit.kind != "kept"),
    )
    assert found.changed, "no single head of this model changes this sentence: take another sentence"
    kind, layer, head = found.heads[0]
    toggle(opened, kind, layer, head).click()
    opened.settle()
    assert_shown(opened, found)
    assert (
        [word.text for word in split_words(found.new_text)]
        == texts(opened, "off-new")
        != texts(opened, "off-old")
    )
    legend = opened.page.locator(".st-key-off-new .legend .sample").all_inner_texts()
    assert len(legend) == len({edit.kind for edit in found.edits} - {"kept"}) > 0

    opened.pick("Their weights become", "equal")
    assert_shown(opened, expected_for(found.heads, "uniform", LONGER))
    opened.press("All on again")
    expect(opened.page.locator(".st-key-off-new")).to_have_count(0)


def test_attention_beside_and_the_difference(opened):
    toggle(opened, "cross", 1, 3).click()
    opened.settle()
    whole, masked, difference = (
        opened.matrix(key) for key in ("off-first-matrix", "off-second-matrix", "off-difference")
    )
    assert whole.rows == masked.rows == difference.rows and whole.cols == masked.cols == difference.cols
    assert (whole.zmin, whole.zmax, masked.zmin, masked.zmax) == (0, 1, 0, 1)
    for a, b, c in zip(whole.weights, masked.weights, difference.weights, strict=True):
        assert [x - y for x, y in zip(a, b, strict=True)] == pytest.approx(c, abs=1e-4)
    record = expected_for([("cross", 1, 3)]).target_masked
    for row, weights in zip(masked.weights, record.map("cross").weights.mean((0, 1)), strict=True):
        assert row == pytest.approx(weights.tolist(), abs=1e-5)


def test_toggles_answer_to_the_keyboard(opened):
    first = toggle(opened, "encoder_self", 0, 0)
    first.focus()
    opened.page.keyboard.press("Space")
    opened.settle()
    assert_shown(opened, expected_for([("encoder_self", 0, 0)]))
    toggle(opened, "decoder_self", 1, 2).focus()
    opened.page.keyboard.press("Enter")
    opened.settle()
    assert_shown(opened, expected_for([("encoder_self", 0, 0), ("decoder_self", 1, 2)]))


def test_whatever_is_typed_as_the_translation_stays_text(opened):
    toggle(opened, "cross", 0, 0).click()
    opened.settle()
    opened.pick("Translation", "mine")
    typed = "</script><img src=x onerror=alert(1)> ![x](http://example.invalid/a.png)"
    opened.fill("Type a translation", typed)
    found = expected_for([("cross", 0, 0)], target=typed)
    expect(opened.page.locator(".st-key-off-log-prob")).to_have_text(probability_sentence(found))
    assert len(texts(opened, "off-change")) == len(found.target.written.tokens)


def test_every_head_in_turn_is_measured_and_drawn(open_reader):
    """A model with one head, so that little has to be computed."""
    reader = open_reader(address(model="en → de rnn mlp, grammar"))
    reader.matrix()
    reader.unfold("Switch every head off in turn")
    drawn = reader.page.locator(".st-key-importance .js-plotly-plot")
    if drawn.count() == 0:  # else a measurement is kept with the checkpoint
        reader.pick("Sentences", "25", within="measure")
        reader.press("Measure")
    drawn.wait_for(timeout=PATIENT)
    reader.settle()
    reader.page.locator(".st-key-pruning .js-plotly-plot").wait_for(timeout=PATIENT)
    assert "L0 H0" in drawn.inner_text() and "change of loss" in drawn.inner_text()
    reader.sees("With one head")
    assert reader.page.get_by_role("button", name="Heads, CSV", exact=True).is_visible()
