"""Does the page "Subwords" run without a browser: with every source and setting, bad input, work by hand,
other tools' files?
"""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from explorer.pages import PAGES, sidebar
from explorer.pages.subwords import attention as subwords_attention
from explorer.pages.subwords import learned, subwords
from explorer.pages.subwords import source as subwords_source
from explorer.pages.subwords import words as subwords_words
from explorer.tokenization.bpe import PRESETS, BPEConfig, learn, model_of, read_word_table
from explorer.tokenization.bpe.formats import write_tokenizer_json
from tests.views.samples import ATTACK, NASTY

BOXES = ("check", "cut", "compare", "languages", "attention", "files")


def page():
    from explorer.pages.subwords import subwords

    subwords.run()


def opened(*boxes: str, **state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    for box in boxes:
        app.session_state[f"subwords_{box}_box"] = True
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption, *app.subheader])


@pytest.fixture
def drawn(monkeypatch):
    """What the components are given, by their keys."""
    found = {}
    monkeypatch.setattr(
        "explorer.components.merge_stepper.merge_stepper",
        lambda data, key, on_step: found.update({key: data, "on_step": on_step}),
    )
    monkeypatch.setattr(
        "explorer.components.token_table.token_table", lambda data, key: found.update({key: data})
    )
    monkeypatch.setattr("explorer.components.drawing.drawing", lambda data, key: found.update({key: data}))
    return found


def test_the_page_opens_with_the_textbook(drawn):
    assert any(
        entry.title == "Subwords" and entry.path == "subwords" and entry.run is subwords.run
        for entry in PAGES
    )
    app = opened()
    assert not app.exception and app.title[0].value == "How does a tokenizer learn its pieces?"
    data = drawn["merge-stepper"]
    assert data["step"] == 0 and data["n_steps"] == 7 and [state["step"] for state in data["states"]][0] == 0
    made = {state["step"]: state["done"]["line"][-1] for state in data["states"]}
    assert [made[step]["label"] for step in (1, 2, 3)] == ["ug", "un", "hug"]
    assert "What does it mean?" in words(app)


@pytest.mark.parametrize("source", [*PRESETS, "grammar", "text", "table"])
def test_every_source_is_learned_and_every_section_opens(drawn, source):
    app = opened(
        "check", "cut", "files", **{subwords_source.SOURCE: source, subwords_source.N_SENTENCES: 500}
    )
    assert not app.exception
    assert drawn["merge-stepper"]["n_steps"] > 3 and drawn["subwords-tree"]["elements"]
    assert ("subwords-worked" in drawn) == (source in subwords_words.WORKED)


def test_comparisons_and_languages(drawn):
    app = opened("compare", "languages")
    assert not app.exception
    assert "The text above is too short for this" in words(app)
    names = [row["cells"][0]["text"] for row in drawn["subwords-tokenizers"]["rows"]]
    assert names[:3] == ["characters", "bytes", "words"] and "BPE, 300" in names and "Unigram, 1,000" in names
    rows = {
        row["cells"][0]["text"]: [cell.get("text", "") for cell in row["cells"]]
        for row in drawn["subwords-languages"]["rows"]
    }
    assert (
        rows["English"][4] == "1.00" and float(rows["Thai"][4]) > 3
    )  # one tokenizer does not fit every language
    app.button_group(key="subwords_language_tokenizer").set_value("bytes").run()
    rows = {
        row["cells"][0]["text"]: [cell.get("text", "") for cell in row["cells"]]
        for row in drawn["subwords-languages"]["rows"]
    }
    assert not app.exception and {row[3] for row in rows.values()} == {"1.00"}
    app.button_group(key="subwords_applied").set_value("another text").run()
    assert not app.exception
    unknown = {
        row["cells"][0]["text"]: row["cells"][5]["text"] for row in drawn["subwords-tokenizers"]["rows"]
    }
    assert float(unknown["words"]) > 0 and float(unknown["bytes"]) == 0
    app.text_area(key="subwords_other").set_value("").run()
    assert not app.exception and "The text has no words to compare on: give some text." in words(app)


def test_only_steps_that_exist_are_shown(drawn):
    app = opened()
    key = drawn["merge-stepper"]["key"].split(" ")[0]
    app.session_state[subwords_words.STEP] = (key, 3, False)
    app.run()
    assert drawn["merge-stepper"]["step"] == 3 and [
        state["step"] for state in drawn["merge-stepper"]["states"]
    ] == [3]
    app.session_state[subwords_words.STEP] = (key, 99, False)
    app.run()
    assert drawn["merge-stepper"]["step"] == 0
    app.session_state[subwords_words.STEP] = ("another corpus", 3, False)
    app.run()
    assert drawn["merge-stepper"]["step"] == 0


@pytest.mark.parametrize(
    "value", [None, 3, "x", {"at": -1}, {"at": 8}, {"at": "3"}, {"at": 2.5}, {"at": [1]}, [], {"ahead": True}]
)
def test_nonsense_from_a_browser_is_not_believed(monkeypatch, value):
    learning = learn(read_word_table(PRESETS["hug"].text, PRESETS["hug"].config), PRESETS["hug"].config)
    kept = {}
    monkeypatch.setattr(subwords.st, "session_state", kept)
    subwords.take_step("key", learning, value)
    assert kept == {}
    subwords.take_step("key", learning, {"at": 7, "ahead": 1})
    assert kept == {subwords_words.STEP: ("key", 7, False)}


@pytest.mark.parametrize(
    "source, text, expected",
    [
        ("text", "", "There are no words to learn from"),
        ("text", " \n\t", "There are no words to learn from"),
        ("text", "a", None),
        ("text", " ".join(token for token in NASTY if token != "\ud800"), None),
        ("text", ATTACK, None),
        ("text", "שלום עולם مرحبا 👨\u200d👩\u200d👧 e\u0301e\u0301 \u200b", None),
        (
            "table",
            "hug",
            "Line 1 of the table of words is 'hug': expected a word and its count, such as hug 10.",
        ),
        ("table", "hug 10\npug -1", "Line 2 of the table of words"),
        ("table", "", "There are no words to learn from"),
        ("hug", "(hug, 10) pug", "'pug' in the table of words is not a (word, count)"),
    ],
)
def test_bad_input_is_told_and_kept(drawn, source, text, expected):
    app = opened(**{subwords_source.SOURCE: source})
    app.text_area(key=f"subwords_text_{source}").set_value(text).run()
    assert not app.exception
    assert app.text_area(key=f"subwords_text_{source}").value == text
    assert app.number_input(key=f"subwords_n_merges_{source}")  # the settings are still there
    if expected:
        assert expected in words(app)
    else:
        assert json.dumps(drawn["merge-stepper"])


def test_a_pasted_book_does_not_travel_with_every_click(drawn):
    app = opened(**{subwords_source.SOURCE: "text"})
    book = "the cat sat on the mat. " * 20_000
    app.text_area(key="subwords_text_text").set_value(book).run()
    assert not app.exception and "480,000 characters, beginning with" in words(app)
    assert not any(area.key == "subwords_text_text" and area.value for area in app.text_area)
    assert "20,000" in json.dumps(drawn["merge-stepper"]) or "40,000" in json.dumps(drawn["merge-stepper"])
    app.button(key="subwords_text_text_clear").click().run()
    assert not app.exception and "characters, beginning with" not in words(app)


def test_settings_change_what_is_learned_or_are_refused(drawn):
    app = opened(**{subwords_source.SOURCE: "sleeplessness"})
    first = drawn["merge-stepper"]["states"][0]
    assert first["next"]["line"][1]["label"] == "e" and "as often as 2 other pairs" in first["next"]["words"]
    app.selectbox(key="subwords_ties_sleeplessness").set_value("last alphabetical").run()
    assert drawn["merge-stepper"]["states"][0]["next"]["line"][1]["label"] == "s"
    app.button_group(key="subwords_alphabet_sleeplessness").set_value("bytes").run()
    assert drawn["merge-stepper"]["states"][0]["vocabulary"]["title"].startswith("257 tokens")
    app.number_input(key="subwords_n_merges_sleeplessness").set_value(2).run()
    assert drawn["merge-stepper"]["n_steps"] == 2
    app.text_input(key="subwords_end_of_word_sleeplessness").set_value("s").run()
    assert not app.exception and "The end-of-word mark 's' occurs in the word" in words(app)
    app.text_input(key="subwords_end_of_word_sleeplessness").set_value("x y").run()
    assert not app.exception and "cannot be used" in words(app)
    app.text_input(key="subwords_end_of_word_sleeplessness").set_value("").run()
    assert not app.exception and drawn["merge-stepper"]["states"][0]["vocabulary"]["title"].startswith(
        "256 tokens"
    )


# ----------------------------------------------------------------------------------------------- the sections


def test_work_by_hand_is_judged(drawn):
    app = opened("check")
    rows = drawn["subwords-worked"]["rows"]
    assert [row["mark"] for row in rows] == ["right", "right", "wrong departs"]
    assert "Right up to step 2; step 3 departs" in words(app)
    app.button(key="subwords_show_step").click().run()
    assert not app.exception
    assert drawn["merge-stepper"]["step"] == 2 and drawn["merge-stepper"]["asked"] == 1
    app.text_area(key="subwords_worked_hug").set_value("u g 20\nu n 16\nh ug 15").run()
    assert "All 3 merges are right" in words(app)
    app.text_area(key="subwords_worked_hug").set_value("<script>").run()
    assert not app.exception and "Line 1 is '<script>'" in words(app)
    app.text_area(key="subwords_worked_hug").set_value("").run()
    assert not app.exception and "Work out the first merges on paper" in words(app)


@pytest.mark.parametrize("text", ["", " ", "m", ATTACK, "\u200b\u0301", "👩‍🦰 naïve שלום", "x" * 600])
def test_any_word_is_cut(drawn, text):
    app = opened("cut")
    app.text_input(key="subwords_cut_hug").set_value(text).run()
    assert not app.exception and json.dumps(drawn["subwords-tree"])


def test_too_long_a_text_to_cut_and_dropout(drawn):
    app = opened("cut")
    app.text_input(key="subwords_cut_hug").set_value("hug " * 200).run()
    assert not app.exception and "The text has 800 characters, and a picture has room for 600" in words(app)
    app.text_input(key="subwords_cut_hug").set_value("hugs hugs hugs hugs").run()
    whole = drawn["subwords-tree"]
    app.number_input(key="subwords_dropout").set_value(0.5).run()
    dropped = drawn["subwords-tree"]
    app.run()
    assert not app.exception and dropped != whole and drawn["subwords-tree"] == dropped
    app.number_input(key="subwords_dropout").set_value(1.0).run()
    assert "16 symbols, 16 tokens" in words(app)


def test_files_are_saved_where_their_format_holds_the_merges(drawn):
    app = opened("files")
    assert not app.exception
    assert "subword-nmt codes merge characters" in words(
        app
    ) and "These subwords cannot train a model" in words(app)
    app.button(key="subwords_as_needed").click().run()
    assert not app.exception and "These subwords cannot train" not in words(app)
    assert (
        app.button_group(key="subwords_alphabet_hug").value == "bytes"
        and app.toggle(key="subwords_space_before_hug").value
    )
    assert any("--tokenizer.files subwords.json" in code.value for code in app.code)


def test_the_command_line_takes_the_command_that_trains(tmp_path, capsys, monkeypatch):
    from explorer.__main__ import main
    from explorer.pages.subwords.files import COMMAND, FILE

    config = BPEConfig(n_merges=20, alphabet="bytes", space_before=True, min_frequency=1)
    learning = learn(read_word_table(PRESETS["hug"].text, config), config)
    name, content, problem = learned.subword_files.__wrapped__("key", learning)[learned.FOR_TRAINING]
    assert name == FILE and not problem
    (tmp_path / FILE).write_text(content)
    monkeypatch.chdir(tmp_path)
    arguments = COMMAND.replace("\\\n", " ").split()
    assert arguments[:3] == ["python", "-m", "explorer"]
    small = "--corpus.n_train 50 --corpus.n_valid 5 --corpus.n_test 5 --dry-run".split()
    assert main([*arguments[3:], *small]) in (0, None)


def test_every_section_can_use_an_opened_file(drawn):
    config = BPEConfig(n_merges=3, min_frequency=1)
    text = write_tokenizer_json(model_of(learn(read_word_table("pun 3\nbun 2", config), config)))
    from explorer.tokenization.bpe.formats import read_subwords

    app = opened(
        "cut",
        "languages",
        **{subwords_words.OPENED: ("<b>mine</b>.json", read_subwords(text.encode()), "0" * 64)},
    )
    assert not app.exception
    assert app.button_group(key="subwords_model_cut").value == "the opened file"
    assert "11 symbols, 11 tokens" in words(app)  # hugs bug mugs: nothing of pun and bun
    app.button_group(key="subwords_model_cut").set_value("learned above").run()
    assert "11 symbols, 6 tokens" in words(app)
    app.button_group(key="subwords_language_tokenizer").set_value("the opened file").run()
    assert not app.exception
    english = drawn["subwords-languages"]["rows"][0]["cells"][2]["text"]
    app.session_state[subwords_words.OPENED] = None
    app.run()
    assert not app.exception and drawn["subwords-languages"]["rows"][0]["cells"][2]["text"] != english


def test_one_sentence_under_two_tokenizers():
    app = opened("attention")
    assert not app.exception
    first = app.selectbox(key=subwords_attention.FIRST).value
    second = app.selectbox(key=f"{subwords_attention.SECOND}-{first}").value
    infos = {info.name: info for info in sidebar.checkpoints()}
    assert (infos[first].src_lang, infos[first].tgt_lang) == (infos[second].src_lang, infos[second].tgt_lang)
    assert learned.tokenizer_line(first) != learned.tokenizer_line(second)
    assert "Rows and columns differ" in words(app) and f"{first} reads " in words(app)
    app.toggle(key=subwords_attention.MERGED).set_value(True).run()
    assert (
        not app.exception
        and "Subwords are merged into words" in words(app)
        and "The difference: orange where" in words(app)
    )
    app.text_input(key=subwords_attention.SENTENCE).set_value("").run()
    assert not app.exception and "The source is empty: type a sentence." in words(app)
