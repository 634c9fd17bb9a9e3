"""Does the page "Heads" do what it says, in a real browser on the shipped checkpoints?"""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from explorer.attention.capture import replay
from explorer.attention.reading import sharpest_head
from explorer.checkpoints.catalogue import list_checkpoints
from explorer.checkpoints.folder import load_checkpoint
from explorer.decoding.decode import translate
from explorer.results import PassRecord
from explorer.views.attention.bertviz import FAINTEST
from tests.browser.reader import Reader, address

SENTENCE = "The old man is reading a book."
HOSTILE = "He wrote </script><img src=x onerror=alert(1)> and <!-- on it."
KINDS = {
    "cross": "Translation looks at source",
    "encoder_self": "Source looks at source",
    "decoder_self": "Translation looks at itself",
}


loaded = functools.cache(load_checkpoint)


def record_of(name: str | None = None, sentence: str = SENTENCE) -> PassRecord:
    """What the page should show: the pass of a shipped checkpoint, the first one by default, over its own
    translation.
    """
    checkpoint = loaded(name or list_checkpoints()[0].name)
    return replay(checkpoint, sentence, translate(checkpoint, sentence).trace.best.token_ids)


def go_to_heads(reader: Reader) -> None:
    """By the menu, as a reader would."""
    reader.go_to("Heads", "What does each head look at?")
    on_heads(reader)


def on_heads(reader: Reader) -> Reader:
    """The page once it is drawn."""
    reader.page.locator(".st-key-head-grid .tile").first.wait_for()
    reader.settle()
    return reader


@pytest.fixture(scope="module")
def heads(open_for_all) -> Reader:
    """One page in which each test picks the attention and the heads that it needs."""
    return on_heads(open_for_all("heads"))


def tiles(reader: Reader, pressed: bool = False) -> list[str]:
    return reader.page.locator(
        ".st-key-head-grid .tile" + ("[aria-pressed=true]" if pressed else "")
    ).all_inner_texts()


def click(reader: Reader, name: str, **options) -> None:
    reader.settle()
    reader.page.locator(".st-key-head-grid").get_by_role("button", name=name, exact=True).click(**options)
    reader.settle()


def assert_shows(reader: Reader, weights: np.ndarray) -> None:
    assert np.array(reader.matrix("head-matrix").weights) == pytest.approx(weights, abs=1e-6)


def test_every_head_of_every_kind_is_there_and_a_click_opens_it(heads):
    record = record_of()
    for kind, label in KINDS.items():
        heads.pick("Attention", label)
        attention = record.map(kind)
        n_layers, n_heads = attention.weights.shape[:2]
        assert tiles(heads) == [f"L{layer} H{head}" for layer in range(n_layers) for head in range(n_heads)]
        sharpest = sharpest_head(attention)
        assert tiles(heads, pressed=True) == ["L{} H{}".format(*sharpest)]
        assert_shows(heads, attention.weights[sharpest])
        layer, head = n_layers - 1, (sharpest[1] + 1) % n_heads
        click(heads, f"L{layer} H{head}")
        matrix = heads.matrix("head-matrix")
        assert matrix.rows == list(attention.query.tokens) and matrix.cols == list(attention.key.tokens)
        assert np.array(matrix.weights) == pytest.approx(attention.weights[layer, head], abs=1e-6)
        heads.sees(f"L{layer} H{head}")
        heads.sees("Every row sums to 1")


def test_small_pictures_hold_the_weights_of_their_heads(heads):
    """Each canvas against the record: the darkest cell of a row is where its weight is greatest."""
    heads.pick("Attention", KINDS["cross"])
    attention = record_of().map("cross")
    script = """tiles => tiles.map(tile => {
        const canvas = tile.querySelector('canvas');
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return [canvas.height, canvas.width, [...pixels].filter((_, k) => k % 4 === 0)];
    })"""
    pictures = heads.page.locator(".st-key-head-grid .tile").evaluate_all(script)
    assert len(pictures) == attention.n_layers * attention.n_heads
    for (n_rows, n_cols, red), weights in zip(
        pictures, attention.weights.reshape(-1, *attention.weights.shape[2:]), strict=True
    ):
        assert (n_rows, n_cols) == weights.shape
        cells = 255 - np.array(red).reshape(
            n_rows, n_cols
        )  # in the light design red falls as the weight grows
        for row, shown in zip(weights, cells, strict=True):
            assert shown[row.argmax()] >= shown.max() - 2
            assert (shown[row < 0.001] <= 2).all()


def test_several_heads_are_laid_over_each_other_averaged_and_maximised(heads):
    heads.pick("Attention", KINDS["cross"])
    attention = record_of().map("cross")
    click(heads, "L0 H0")
    click(heads, "L0 H1", modifiers=["Control"])
    click(heads, "L1 H0", modifiers=["Control"])
    assert tiles(heads, pressed=True) == ["L0 H0", "L0 H1", "L1 H0"]
    stack = attention.weights[[0, 0, 1], [0, 1, 0]].astype(float)
    overlay = heads.page.locator(".st-key-head-overlay")
    expect(overlay.locator(".legend .entry")).to_have_text(["L0 H0", "L0 H1", "L1 H0"])
    drawn = overlay.locator(".lines path").evaluate_all(
        "paths => paths.map(p => [p.dataset.verdict, p.dataset.row, p.dataset.col].join(' '))"
    )
    assert sorted(drawn) == sorted(
        f"head-{head} {row} {col}" for (head, row, col), weight in np.ndenumerate(stack) if weight >= 0.02
    )
    colors = overlay.locator(".lines path").evaluate_all(
        "paths => [...new Set(paths.map(p => p.getAttribute('stroke')))]"
    )
    assert len(colors) == 3
    heads.pick("3 heads together", "mean")
    assert_shows(heads, stack.mean(0))
    heads.pick("3 heads together", "max")
    assert_shows(heads, stack.max(0))
    heads.sees("Each cell is the maximum over the heads")
    click(heads, "L1")
    assert len(tiles(heads, pressed=True)) == attention.n_heads
    click(heads, "All")
    assert len(tiles(heads, pressed=True)) == attention.n_layers * attention.n_heads
    assert_shows(heads, attention.weights.astype(float).max((0, 1)))


def test_the_keyboard_is_enough(heads):
    heads.pick("Attention", KINDS["cross"])
    click(heads, "L0 H0")
    heads.page.keyboard.press("ArrowRight")
    heads.page.keyboard.press("Enter")
    heads.settle()
    expect(heads.page.locator(".st-key-head-grid .tile[aria-pressed=true]")).to_have_text(["L0 H1"])
    assert_shows(heads, record_of().map("cross").weights[0, 1])
    heads.page.keyboard.press("ArrowDown")
    heads.page.keyboard.press(" ")
    heads.settle()
    expect(heads.page.locator(".st-key-head-grid .tile[aria-pressed=true]")).to_have_text(["L0 H1", "L1 H1"])


def test_the_numbers_and_the_lines_are_those_of_the_head(heads):
    heads.pick("Attention", KINDS["cross"])
    click(heads, "L0 H0")
    weights = record_of().map("cross").weights[0, 0]
    heads.pick("Picture", "numbers")
    cells = heads.page.locator("[data-testid=stHtml] tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('td[title]')].map(c => c.title))"
    )
    assert np.array(cells, float) == pytest.approx(weights, abs=1e-7)
    heads.pick("Picture", "lines")
    heads.page.locator(".st-key-head-lines svg.lines").wait_for()
    expect(heads.page.locator(".st-key-head-lines svg.lines path")).to_have_count(
        int((weights >= 0.02).sum())
    )


def test_filters_state_what_they_hide_and_the_small_pictures_follow(open_reader):
    heads = on_heads(open_reader("heads"))
    click(heads, "L0 H0")
    weights = record_of().map("cross").weights[0, 0].astype(float)
    heads.options()
    slider = heads.page.get_by_role("slider", name="Show the strongest")
    slider.focus()
    slider.press("Home")
    for _ in range(9):
        slider.press("ArrowRight")
    heads.settle()
    n_kept = -(-weights.size // 10)
    kept = np.sort(weights.ravel())[::-1][:n_kept]
    shown = np.array(heads.matrix("head-matrix").weights)
    assert np.sort(shown[shown > 0])[::-1] == pytest.approx(kept, abs=1e-6)
    line = heads.page.get_by_text("Only the strongest 10 %").first.inner_text()
    stated = re.search(rf"\({n_kept} of {weights.size}\): ([\d.]+) % of the mass is hidden", line)
    assert float(stated.group(1)) == pytest.approx(100 * (1 - kept.sum() / weights.sum()), rel=6e-3)
    painted = """canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]
        .filter((value, k) => k % 4 === 0 && value < 255).length"""
    assert heads.page.locator(".st-key-head-grid .tile canvas").first.evaluate(painted) <= n_kept


def bertviz(reader: Reader, view: str):
    """The frame of one of BertViz's views, once it has drawn."""
    reader.pick("View", f"{view} view")
    frame = reader.page.frame_locator(f".st-key-bertviz-{view} iframe")
    frame.locator("line").first.wait_for(state="attached")
    return frame


def test_bertviz_draws_its_two_views_without_a_network(heads):
    """The browser resolves no name but localhost, and a request to anything else fails the test."""
    heads.pick("Attention", KINDS["cross"])
    attention = record_of().map("cross")
    click(heads, "L1 H2")
    heads.unfold("The same in BertViz")
    frame = bertviz(heads, "head")
    expect(frame.locator("line")).to_have_count(int((attention.weights[1] >= FAINTEST).sum()))
    assert frame.locator("#left text").all_text_contents() == list(attention.query.tokens)
    visible = frame.locator("line").evaluate_all(
        "lines => lines.filter(l => Number(l.getAttribute('stroke-opacity')) > 0).length"
    )
    assert visible == int(
        (attention.weights[1, 2] >= FAINTEST).sum()
    )  # the head that is large on the page is the one switched on
    frame = bertviz(heads, "model")
    expect(frame.locator("line")).to_have_count(int((attention.weights >= FAINTEST).sum()))
    frame.locator("svg > g > rect:last-child").nth(1).click()
    expect(frame.locator("text.detail")).to_have_text("Layer 0, Head 1")


def test_hostile_tokens_stay_text_in_every_picture(open_reader):
    heads = on_heads(open_reader(address("heads", sentence=HOSTILE)))
    heads.pick("Attention", KINDS["encoder_self"])
    assert "".join(heads.matrix("head-matrix").cols).startswith("He")
    heads.pick("Picture", "numbers")
    click(heads, "All")
    heads.page.locator(".st-key-head-overlay .lines path").first.wait_for(state="attached")
    heads.unfold("The same in BertViz")
    for view in ("head", "model"):
        frame = bertviz(heads, view)
        assert frame.locator("img, svg image").count() == 0
        assert frame.locator("script").count() == 1
    main = heads.page.locator("[data-testid=stMain]")
    assert main.locator("img[src='x'], img[src^='http'], script").count() == 0


def test_what_is_picked_outlives_a_visit_to_another_page_and_another_sentence(open_reader):
    heads = on_heads(open_reader("heads"))
    click(heads, "L0 H1")
    heads.type_sentence("Birds sing.")
    assert tiles(heads, pressed=True) == ["L0 H1"]
    heads.go_to("Translate and align", "Which words does each word look at?")
    heads.matrix()
    go_to_heads(heads)
    assert tiles(heads, pressed=True) == ["L0 H1"]
    assert_shows(heads, record_of(sentence="Birds sing.").map("cross").weights[0, 1])


def test_a_model_with_one_head_and_one_with_none(open_reader):
    heads = on_heads(open_reader("heads"))
    heads.select("Model", "rnn mlp")
    name = next(info.name for info in list_checkpoints() if info.model == "rnn mlp")
    assert tiles(heads) == tiles(heads, pressed=True) == ["L0 H0"]
    assert_shows(heads, record_of(name).map("cross").weights[0, 0])
    heads.unfold("The same in BertViz")
    for view in ("head", "model"):
        expect(bertviz(heads, view).locator("line")).to_have_count(
            int((record_of(name).map("cross").weights >= FAINTEST).sum())
        )
    heads.select("Model", "rnn none")
    heads.sees("there are no heads to look at")
    expect(heads.page.locator(".st-key-head-grid")).to_have_count(0)


def test_whatever_is_typed_gives_heads_or_a_sentence(open_reader):
    heads = on_heads(open_reader("heads"))
    for text, expected in (
        ("", "The source is empty"),
        ("very " * 2000, "10,000 characters"),
        ("\u202e 🍕 שלום", None),
    ):
        heads.type_sentence(text)
        if expected:
            heads.sees(expected)
        else:
            assert heads.matrix("head-matrix").cols
        assert heads.page.locator("[data-testid=stException]").count() == 0


def test_a_target_can_be_forced_and_a_picture_saved(open_reader):
    heads = on_heads(open_reader("heads"))
    heads.pick("Translation", "mine")
    heads.fill("Type a translation", "Katzen mögen Fisch.")
    assert "".join(heads.matrix("head-matrix").rows).startswith("Katzen")
    heads.unfold("Save the picture or the numbers")
    with heads.page.expect_download() as waiting:
        heads.page.get_by_role("button", name="CSV", exact=True).click()
    with open(waiting.value.path(), encoding="utf-8") as file:
        assert "Katzen" in file.read()


@pytest.mark.parametrize(
    "size, scheme, background",
    [((1280, 720), "light", "rgb(255, 255, 255)"), ((1920, 1080), "dark", "rgb(15, 19, 24)")],
    ids=["laptop", "projector"],
)
def test_grid_and_large_picture_are_on_the_first_screen_in_both_designs(
    open_reader, size, scheme, background
):
    reader = open_reader("heads", viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    reader.matrix("head-matrix")
    overflow = reader.page.evaluate("""() => [...document.querySelectorAll(
        '[data-testid=stMain], [data-testid=stMain] .stPlotlyChart')]
        .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) =>
            [box.className, box.scrollWidth, box.clientWidth])""")
    assert not overflow
    last = reader.box(".st-key-head-grid .tile", last=True)
    cells = reader.box(".st-key-head-matrix .hm")
    assert last["y"] + last["height"] < size[1] and cells["y"] + cells["height"] / 2 < size[1]
    assert (
        reader.page.evaluate(
            "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
        == background
    )


def test_on_a_wide_screen_the_large_picture_stands_beside_the_grid_on_every_visit(reader):
    """The server forgets a page's width when another page is opened, and the browser does not repeat
    itself.
    """
    page = reader.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    reader.settle()
    for _ in range(2):
        go_to_heads(reader)
        grid, large = reader.box(".st-key-head-grid"), reader.box(".st-key-head-matrix")
        assert large["x"] >= grid["x"] + grid["width"] and large["y"] < grid["y"] + grid["height"]
        reader.go_to("Translate and align", "Which words does each word look at?")
