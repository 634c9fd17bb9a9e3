"""Does the page "Translate and align" do what it says, in a real browser on the shipped checkpoints?"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from xml.etree import ElementTree

import pytest

from tests.browser.reader import Matrix, Reader, address

SCRIPT = "</script><img src=x onerror=alert(1)>"


def joined(tokens: list[str]) -> str:
    """Tokens as the characters they stand for, without white space, special tokens and invisible isolates."""
    return re.sub(
        r"\s|[␣\u2066-\u2069]", "", "".join(token for token in tokens if token not in ("<s>", "</s>"))
    )


def assert_rows_sum_to_one(matrix: Matrix) -> None:
    assert matrix.weights
    for row in matrix.weights:
        assert sum(row) == pytest.approx(1, abs=1e-4)


def assert_matrices_equal(found: list[list[float]], expected: list[list[float]]) -> None:
    for a, b in zip(found, expected, strict=True):
        assert a == pytest.approx(b, abs=1e-6)


def log_probability(reader) -> float:
    line = reader.page.get_by_text("og-probability").first.inner_text()
    return float(re.search(r"og-probability ([−-]?[\d.]+)", line).group(1).replace("−", "-"))


@pytest.fixture(scope="module")
def writer(open_for_all) -> Reader:
    """One page into which one sentence after the other is typed."""
    reader = open_for_all()
    reader.matrix()
    return reader


@pytest.fixture(scope="module")
def looker(open_for_all) -> Reader:
    """One page whose sections are unfolded one after the other."""
    reader = open_for_all()
    reader.matrix()
    return reader


def test_the_first_picture_needs_no_click(writer):
    reader = writer
    matrix = reader.matrix()
    assert joined(matrix.cols) == "Theoldmanisreadingabook."
    assert matrix.rows[-1] == "</s>" and len(matrix.rows) >= 3
    assert (matrix.zmin, matrix.zmax) == (0, 1)
    assert_rows_sum_to_one(matrix)
    reader.sees("Which words does each word look at?")
    reader.sees("Every row sums to 1")
    reader.sees("What does it mean?")


def test_a_typed_sentence_gives_its_own_matrix(writer):
    reader = writer
    before = reader.matrix()
    reader.type_sentence("The little girl saw a black cat.")
    matrix = reader.matrix()
    assert joined(matrix.cols) == "Thelittlegirlsawablackcat."
    assert matrix.rows != before.rows
    assert_rows_sum_to_one(matrix)
    assert reader.chips() == matrix.rows


def test_kinds_and_heads(reader):
    reader.pick("Attention", "Source looks at source")
    matrix = reader.matrix()
    assert matrix.rows == matrix.cols
    assert_rows_sum_to_one(matrix)

    reader.pick("Attention", "Translation looks at itself")
    matrix = reader.matrix()
    assert matrix.cols[0] == "<s>" and matrix.cols[1:] == matrix.rows[:-1]
    assert all(weight == 0 for i, row in enumerate(matrix.weights) for weight in row[i + 1 :])
    reader.sees("Nothing lies above the causal diagonal.")

    reader.pick("Attention", "Translation looks at source")
    mean = reader.matrix().weights
    reader.pick("Heads", "max")
    largest = reader.matrix().weights
    assert (
        all(
            b >= a - 1e-6
            for low, high in zip(mean, largest, strict=True)
            for a, b in zip(low, high, strict=True)
        )
        and mean != largest
    )
    reader.sees("Each cell is the maximum over the heads")

    reader.pick("Heads", "one")
    first = reader.matrix().weights
    reader.pick("Layer L0", "H1")
    second = reader.matrix()
    assert second.weights != first
    assert_rows_sum_to_one(second)
    assert all(
        b <= a + 1e-6
        for high, low in zip(largest, second.weights, strict=True)
        for a, b in zip(high, low, strict=True)
    )

    reader.pick("Heads", "some")
    reader.pick("Layer L0", "H0")
    one = reader.matrix().weights
    reader.pick("Layer L0", "H1")
    assert_matrices_equal(
        reader.matrix().weights,
        [[(a + b) / 2 for a, b in zip(x, y, strict=True)] for x, y in zip(one, second.weights, strict=True)],
    )
    reader.pick("Combined by", "max")
    assert_matrices_equal(
        reader.matrix().weights,
        [[max(a, b) for a, b in zip(x, y, strict=True)] for x, y in zip(one, second.weights, strict=True)],
    )


def test_a_target_can_be_forced(reader):
    reader.pick("Translation", "mine")
    reader.fill("Type a translation", "Katzen mögen Fisch.")
    matrix = reader.matrix()
    assert joined(matrix.rows) == "KatzenmögenFisch."
    reader.sees("forced")
    forced = log_probability(reader)
    reader.pick("Translation", "model's")
    assert forced < log_probability(reader) < 0


def test_stepping_through_decoding(looker):
    reader = looker
    matrix = reader.matrix()
    reader.unfold("Step through decoding")
    plot = reader.page.locator(".st-key-step-figure .js-plotly-plot")
    plot.wait_for()
    first = plot.inner_text()
    assert "scores" in first and "softmax" in first and "context" in first
    assert f"1 of {len(matrix.rows)}" in first
    reader.press("Next")
    second = plot.inner_text()
    assert f"2 of {len(matrix.rows)}" in second
    assert matrix.rows[0] in first and matrix.rows[1] in second
    reader.press("Back")
    assert f"1 of {len(matrix.rows)}" in plot.inner_text()


def test_a_second_model_beside_and_the_difference(looker):
    reader = looker
    reader.unfold("Put a second model beside it")
    reader.select("Second model", "rnn mlp")
    first, second, difference = (
        reader.matrix(key) for key in ("first-matrix", "second-matrix", "difference")
    )
    assert first.rows == second.rows == difference.rows and first.cols == second.cols == difference.cols
    assert (first.zmin, first.zmax, second.zmin, second.zmax) == (0, 1, 0, 1)
    assert (difference.zmin, difference.zmax) == (-1, 1)
    for a, b, c in zip(first.weights, second.weights, difference.weights, strict=True):
        assert [x - y for x, y in zip(a, b, strict=True)] == pytest.approx(c, abs=1e-4)


def test_a_sentence_of_the_grammar_has_gold_links_and_an_error_rate(reader):
    reader.press("Draw a sentence")
    reader.pick("Translation", "grammar's")
    matrix = reader.matrix()
    assert "gold link, sure" in matrix.traces
    reader.sees("Alignment error rate")
    reader.options()
    reader.toggle("Mark gold links and errors")
    assert "gold link, sure" not in reader.matrix().traces


def test_a_link_to_a_sentence_of_the_grammar_brings_back_its_gold_links(reader, open_reader):
    reader.press("Draw a sentence")
    reader.matrix()
    reader.page.wait_for_function("location.search.includes('drawn')")
    again = open_reader(reader.page.evaluate("location.search"))
    again.pick("Translation", "grammar's")
    assert "gold link, sure" in again.matrix().traces
    again.type_sentence("Birds sing.")
    again.page.wait_for_function("!location.search.includes('drawn')")
    forged = open_reader("?drawn=de.1.no_such_thing.99&sentence=Birds+sing.")
    assert "gold link, sure" not in forged.matrix().traces


def test_reading_options_say_what_they_do(reader):
    reader.type_sentence("An extraordinarily unbelievable story.")
    plain = reader.matrix()
    reader.options()
    reader.pick("A row belongs to the token that", "goes in")
    shifted = reader.matrix()
    assert shifted.weights == plain.weights and shifted.rows == ["<s>", *plain.rows[:-1]]
    reader.pick("A row belongs to the token that", "comes out")

    reader.toggle("Merge subwords into words")
    merged = reader.matrix()
    assert [col for col in merged.cols if col != "</s>"] == [
        "An",
        "extraordinarily",
        "unbelievable",
        "story",
        ".",
    ]
    assert_rows_sum_to_one(merged)
    reader.sees("summed over the attended word, averaged over the attending word")

    reader.toggle("Hide special tokens")
    hidden = reader.matrix()
    assert "</s>" not in hidden.cols + hidden.rows
    reader.sees("so rows sum to less than 1")
    reader.toggle("… and scale rows back to 1")
    assert_rows_sum_to_one(reader.matrix())
    reader.sees("each row is scaled up")

    slider = reader.page.get_by_role("slider", name="Hide weights below")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowRight")
    reader.settle()
    weights = [weight for row in reader.matrix().weights for weight in row]
    assert all(weight == 0 or weight >= 0.1 for weight in weights)
    assert re.search(
        r"Weights below 0\.1 are hidden: [\d.]+ % of the mass", reader.page.inner_text("[data-testid=stMain]")
    )


def test_the_same_as_lines_between_the_sentences(looker):
    reader = looker
    matrix = reader.matrix()
    reader.pick("Picture", "lines")
    picture = reader.page.locator(".st-key-picture-lines")
    picture.locator("svg").first.wait_for()
    reader.settle()
    assert picture.locator(".tokens.left .token").all_inner_texts() == matrix.cols
    assert picture.locator(".tokens.right .token").all_inner_texts() == matrix.rows
    assert picture.locator("svg.lines path, svg.lines line").count() >= len(matrix.rows)


BAD = {
    "empty": ("", "The source is empty: type a sentence."),
    "blank": ("   \n ", "The source is empty: type a sentence."),
    "long": ("very " * 2000, "10,000 characters"),
    "emoji": ("I love 🍕 and 👩‍👩‍👧.", None),
    "right to left": ("I said שלום to مريم today.", None),
    "unknown": ("Qwxzy blorptang zzyzx.", None),
    "markup": (f"He wrote {SCRIPT} on it.", None),
    "markdown": ("![x](http://example.invalid/a.png) **bold** $x$ :red[y]", None),
    "special tokens": ("<pad> <unk> <s> </s>", None),
    "nothing but marks": ("\u202e\u200b\u0301\u0301", None),
}


@pytest.mark.parametrize("text, expected", BAD.values(), ids=BAD)
def test_whatever_is_typed_gives_a_picture_or_a_sentence(writer, text, expected):
    reader = writer
    reader.type_sentence(text)
    main = reader.page.locator("[data-testid=stMain]")
    if expected:
        reader.sees(expected)
        assert reader.page.locator(".js-plotly-plot").count() == 0
    else:
        matrix = reader.matrix()
        assert_rows_sum_to_one(matrix)
        if "wrote" in text:
            assert joined(matrix.cols) == joined([text])
    assert (
        "Traceback" not in main.inner_text() and reader.page.locator("[data-testid=stException]").count() == 0
    )
    assert main.locator("img[src='x'], img[src^='http'], script, strong:has-text('bold')").count() == 0


def test_a_hostile_target_is_shown_as_text(reader):
    reader.pick("Translation", "mine")
    reader.fill("Type a translation", f"Er schrieb {SCRIPT}")
    matrix = reader.matrix()
    assert joined(matrix.rows) == joined(["Erschrieb", SCRIPT])
    reader.pick("Picture", "lines")
    reader.unfold("Step through decoding")
    reader.page.locator(".st-key-step-figure .js-plotly-plot").wait_for()
    assert reader.page.locator("[data-testid=stMain] img[src='x']").count() == 0


def download(reader, label: str) -> bytes:
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("button", name=label, exact=True).click()
    with open(waiting.value.path(), "rb") as file:
        return file.read()


def test_the_picture_and_its_numbers_can_be_saved(reader, open_reader, tmp_path):
    reader.type_sentence(f"Tom wrote {SCRIPT}.")
    matrix = reader.matrix()
    reader.unfold("Save the picture or the numbers")

    values = json.loads(download(reader, "JSON"))
    assert values["provenance"]["checkpoint"] and re.fullmatch(
        r"[0-9a-f]{64}", values["provenance"]["sha256"]
    )
    assert values["provenance"]["settings"]["sentence"] == f"Tom wrote {SCRIPT}."
    for saved, shown in zip(values["weights"], matrix.weights, strict=True):
        assert saved == pytest.approx(shown, abs=1e-6)

    text = download(reader, "CSV").decode("utf-8")
    comments = [line for line in text.splitlines() if line.startswith("# ")]
    assert any(values["provenance"]["sha256"] in line for line in comments)
    rows = list(
        csv.reader(io.StringIO("\n".join(line for line in text.splitlines() if not line.startswith("# "))))
    )
    assert len(rows) == len(matrix.rows) + 1
    assert [float(cell) for cell in rows[1][-len(matrix.cols) :]] == pytest.approx(
        matrix.weights[0], abs=1e-6
    )

    svg = ElementTree.fromstring(download(reader, "SVG"))
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [
        element for element in svg.iter() if element.tag.endswith(("script", "image", "foreignObject"))
    ]

    png = download(reader, "PNG")
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and min(struct.unpack(">II", png[16:24])) > 200

    page = tmp_path / "picture.html"
    page.write_bytes(download(reader, "HTML"))
    context = reader.page.context.browser.new_context(offline=True)
    try:
        saved = context.new_page()
        problems = []
        saved.on("pageerror", lambda error: problems.append(str(error)))
        saved.on("dialog", lambda dialog: (problems.append("a dialog"), dialog.dismiss()))
        saved.on(
            "request",
            lambda request: (
                problems.append(request.url)
                if not request.url.startswith(("file:", "data:", "blob:"))
                else None
            ),
        )
        saved.goto(page.as_uri())
        saved.wait_for_timeout(500)
        assert saved.locator("svg, canvas, table").count() > 0
        assert not problems
    finally:
        context.close()


@pytest.mark.parametrize(
    "size, scheme, background",
    [((1280, 720), "light", "#ffffff"), ((1920, 1080), "dark", "#0f1318")],
    ids=["laptop", "projector"],
)
def test_the_picture_fits_the_first_screen_in_both_themes(open_reader, size, scheme, background):
    reader = open_reader(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    assert reader.matrix().background == background
    color = reader.page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert "#{:02x}{:02x}{:02x}".format(*map(int, re.findall(r"\d+", color)[:3])) == background
    overflow = reader.page.evaluate("""() => [...document.querySelectorAll(
        '[data-testid=stMain], [data-testid=stMain] .stPlotlyChart')]
        .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) =>
            [box.className, box.scrollWidth, box.clientWidth])""")
    assert not overflow, "something is wider than the window"
    cells = reader.page.wait_for_function("""() => {
        const box = document.querySelector('.st-key-picture-matrix .hm')?.getBoundingClientRect();
        return box?.height ? { y: box.y, height: box.height } : null;
    }""").json_value()  # also while the picture is drawn anew
    assert cells["y"] + min(cells["height"], 120) < size[1], "the matrix begins below the first screen"


def test_a_link_brings_back_model_and_sentence(reader, open_reader):
    reader.select("Model", "rnn mlp")
    reader.type_sentence("Birds sing.")
    first = reader.matrix()
    reader.page.wait_for_function("location.search.includes('sentence') && location.search.includes('model')")
    query = reader.page.evaluate("location.search")
    again = open_reader(query)
    second = again.matrix()
    assert (second.rows, second.cols) == (first.rows, first.cols)
    assert again.page.get_by_label("Sentence in English", exact=True).input_value() == "Birds sing."
    hostile = open_reader("?model=../../etc/passwd&kind=%3Cscript%3E")
    assert hostile.matrix().cols


def test_a_model_without_attention_says_so(open_reader):
    reader = open_reader(address(model="en → de rnn none, grammar"))
    reader.sees("has no attention to show")
    assert reader.page.locator(".st-key-picture-matrix").count() == 0
    reader.unfold("Step through decoding")
    reader.sees("only the tokens it finds likely next")


def test_a_sequence_task_shows_its_numbers(open_reader):
    numbers = " ".join(map(str, range(20, 40)))
    reader = open_reader(address(model="shift task, transformer", numbers=numbers))
    matrix = reader.matrix()
    assert matrix.cols[:-1] == [str(number) for number in range(20, 40)]
    assert matrix.rows[:-1] == [*(str(number) for number in range(21, 40)), "0"]
    reader.sees("Alignment error rate")


def test_a_phone_shows_the_picture_above_what_chooses_it(open_reader):
    reader = open_reader(viewport={"width": 390, "height": 844})
    assert reader.matrix().rows[0] == "Der"
    reader.page.wait_for_function("""() => {
        const [picture, choices] = ['.st-key-picture-matrix', '.st-key-kind'].map((place) =>
            [...document.querySelectorAll(place)].filter((node) => node.dataset.stale !== 'true'));
        return picture.length === 1 && choices.length === 1 &&
            picture[0].getBoundingClientRect().bottom <= choices[0].getBoundingClientRect().top;
    }""")
