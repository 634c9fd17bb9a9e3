"""Does the page "BLEU" run without a browser: examples, every choice, whole files, the way to another page,
and bad input?
"""

from __future__ import annotations

from dataclasses import asdict
from zlib import crc32

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.checkpoints.catalogue import list_checkpoints
from explorer.evaluation.bleu import SMOOTHINGS, TOKENIZERS, bleu_parts
from explorer.evaluation.corpus_scores import corpus_report
from explorer.evaluation.not_bleu import AS_BLEU, EXAMPLES, switched_score
from explorer.pages import passes, sidebar
from explorer.pages.bleu import bleu, scores
from explorer.pages.bleu import files as bleu_files
from explorer.pages.bleu import switches as bleu_switches
from explorer.results import BleuSettings, MetricSwitches
from tests.views.samples import ATTACK

INFOS = {info.name: info for info in list_checkpoints()}
TRANSFORMER = "grammar-en-de-transformer"
REFERENCES = ["the cat sat on the mat", "a dog barks at night", "one two three four five six"]
HYPOTHESES = ["the cat sat on a mat", "a dog barks at night", "one two four five six"]


def page():
    from explorer.pages.bleu import bleu

    bleu.run()


def opened(**state) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    for key, value in state.items():
        app.session_state[key] = value
    return app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.title, *app.text, *app.caption, *app.subheader])


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def formulas(app: AppTest) -> str:
    return "\n".join(element.value for element in app.latex)


def test_the_page_opens_with_le_chat_sur_tapis():
    app = opened()
    assert not app.exception and app.title[0].value == "How close is a translation to its reference?"
    assert metrics(app) | {"BLEU": "23.04", "Brevity penalty": "0.607", "Tokens": "4 / 6"} == metrics(app)
    assert r"\frac{1}{3} = 0.333" in formulas(app)
    assert metrics(app)["Score, 0 to 1"] == "0.7598" and "The published number is 0.7598." in words(app)


@pytest.mark.parametrize("name", bleu.EXAMPLES)
def test_every_example_has_the_score_of_sacrebleu(name):
    app = opened()
    app.selectbox(key=bleu.EXAMPLE).set_value(name).run()
    hypothesis, references = bleu.EXAMPLES[name]
    assert (
        not app.exception
        and metrics(app)["BLEU"] == f"{bleu_parts(hypothesis, references.splitlines()).score:.2f}"
    )


@pytest.mark.parametrize(
    "state, settings",
    [({bleu.SMOOTHING: smoothing}, BleuSettings(smoothing=smoothing)) for smoothing in SMOOTHINGS]
    + [({bleu.TOKENIZER: tokenizer}, BleuSettings(tokenize=tokenizer)) for tokenizer in TOKENIZERS]
    + [({bleu.ORDER: 2}, BleuSettings(max_order=2)), ({bleu.CASE: True}, BleuSettings(lowercase=True)),
       ({bleu.EFFECTIVE: True}, BleuSettings(effective_order=True))],
)  # fmt: skip
def test_every_choice_of_sacrebleu_is_taken(state, settings):
    hypothesis, reference = "LE chat, sur tapis", "Le chat, est sur le tapis"
    app = opened(**{bleu.HYPOTHESIS: hypothesis, bleu.REFERENCES: reference}, **state)
    assert (
        not app.exception
        and metrics(app)["BLEU"] == f"{bleu_parts(hypothesis, [reference], settings).score:.2f}"
    )


@pytest.mark.parametrize(
    "hypothesis, references, expected",
    [
        ("", "a", None),
        ("a", "", "There is no reference to compare with"),
        ("a", " \n ", "There is no reference to compare with"),
        ("x" * 700, "a", "The translation has 700 characters"),
        ("a", "x" * 700, "The reference has 700 characters"),
        (ATTACK, f"{ATTACK} שלום \u202eevil 👨‍👩‍👧", None),
        ("$x^2$ **b** _a_", "$x^2$", None),
    ],
)
def test_bad_input_is_told_and_stays_in_its_box(hypothesis, references, expected):
    app = opened(**{bleu.HYPOTHESIS: hypothesis, bleu.REFERENCES: references})
    assert not app.exception
    assert (app.text_area(key=bleu.HYPOTHESIS).value, app.text_area(key=bleu.REFERENCES).value) == (
        hypothesis,
        references,
    )
    assert not any("<img" in element.value for element in app.markdown) and "img" not in formulas(app)
    if expected:
        assert expected in words(app) and "BLEU" not in metrics(app)


def has_ter(app) -> bool:
    return any(">TER</td>" in element.proto.body for element in app.get("html"))


def test_ter_of_a_long_text_waits_to_be_asked():
    assert has_ter(opened())
    app = opened(**{bleu.HYPOTHESIS: "a b c d " * 20})
    assert not has_ter(app)
    app.toggle(key=bleu.TER).set_value(True).run()
    assert not app.exception and has_ter(app)


# ------------------------------------------------------------------------------------------------- not a BLEU


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_every_known_case_gives_its_published_number(example):
    app = opened()
    app.selectbox(key=bleu_switches.EXAMPLE).set_value(example.name).run()
    assert not app.exception
    assert float(metrics(app)["Score, 0 to 1"]) == pytest.approx(example.published, abs=1e-4)
    assert f"The published number is {example.published:.4f}." in words(app)


@pytest.mark.parametrize("field", list(bleu_switches.LABELS))
def test_each_switch_moves_the_number_as_the_metric_says(field):
    example = EXAMPLES[0]
    app = opened()
    app.toggle(key=bleu_switches.SWITCH.format(field)).set_value(False).run()
    switches = MetricSwitches(**(asdict(example.switches) | {field: False}))
    score = switched_score(example.hypotheses, example.references, switches).score
    assert (
        not app.exception
        and metrics(app)["Score, 0 to 1"] == f"{score:.4f}"
        and "published" not in words(app)
    )
    app.toggle(key=bleu_switches.SWITCH.format(field)).set_value(True).run()
    assert metrics(app)["Score, 0 to 1"] == "0.7598"


def test_one_button_makes_it_bleu_again():
    app = opened()
    app.button(key="not_bleu_off").click().run()
    score = switched_score(EXAMPLES[0].hypotheses, EXAMPLES[0].references, AS_BLEU).score
    assert not app.exception and metrics(app)["Score, 0 to 1"] == f"{score:.4f}" == "0.0000"
    assert not any(app.toggle(key=bleu_switches.SWITCH.format(field)).value for field in bleu_switches.LABELS)


def test_unequal_counts_are_a_sentence():
    app = opened()
    app.text_area(key=bleu_switches.HYPOTHESES).set_value("a\nb").run()
    assert not app.exception and "2 translations and 1 references were given" in words(app)


# ------------------------------------------------------------------------------------------------------ files


def with_files(**texts) -> AppTest:
    return opened(bleu_files=True, **{f"bleu_typed_{name}": text for name, text in texts.items()})


def test_files_are_scored_and_the_worst_come_first():
    app = with_files(hypotheses="\n".join(HYPOTHESES), references="\n".join(REFERENCES) + "\n")
    assert not app.exception
    report = corpus_report(HYPOTHESES, [[reference] for reference in REFERENCES])
    assert f"BLEU {report.score.score:.2f}, 95 % interval {report.low:.2f} to {report.high:.2f}" in words(app)
    shown = [text.value for text in app.text if text.value.startswith("Line ")]
    assert shown == [
        f"Line {one.number + 1} · BLEU {one.bleu:.1f} · chrF {one.chrf:.1f}" for one in report.sentences
    ]
    assert not [
        button for button in app.button if str(button.key).startswith("bleu_open")
    ]  # it is not known what was translated


def test_several_references_stand_between_tabs():
    app = with_files(hypotheses="a b c d e", references="x y\ta b c d e")
    assert not app.exception and "BLEU 100.00" in words(app)


def test_a_second_system_is_tested_against_the_first():
    app = with_files(
        hypotheses="\n".join(HYPOTHESES * 10),
        references="\n".join(REFERENCES * 10),
        second="\n".join(REFERENCES * 10),
    )
    assert (
        not app.exception
        and "100.00 for the second system" in words(app)
        and "Paired bootstrap over 30 sentences" in words(app)
    )


@pytest.mark.parametrize(
    "texts, expected",
    [
        ({"hypotheses": "a\nb", "references": "a"}, "2 translations and 1 references were given"),
        ({"references": "a"}, "There is no translation to score"),
        (
            {"hypotheses": "a", "references": "a", "second": "a\nb"},
            "The first system has 1 translations and the second 2",
        ),
        (
            {"hypotheses": "a", "references": "a", "sources": "a\nb"},
            "1 translations and 2 sources were given",
        ),
        ({"hypotheses": "a"}, "1 translations and 0 references were given"),
        ({}, "Paste or upload translations and references."),
    ],
)
def test_files_that_are_not_in_step_are_a_sentence(texts, expected):
    app = with_files(**texts)
    assert not app.exception and expected in words(app)
    assert all(app.text_area(key=f"bleu_typed_{name}").value == text for name, text in texts.items())


@pytest.mark.parametrize("text, lines",
                         [("", ()), ("a", ("a",)), ("a\n", ("a",)), ("a\r\nb\r\n", ("a", "b")),
                          ("a\n\nb", ("a", "", "b")),
                                         ("a\u2028b\x85c\x0cd", ("a\u2028b\x85c\x0cd",)),
                                         (" \n ", ())])  # fmt: skip
def test_lines_end_where_lines_end(text, lines):
    assert bleu_files.lines_of(text) == lines


def test_more_sentences_are_shown_when_asked_for():
    app = with_files(
        hypotheses="\n".join(f"a b {n}" for n in range(25)),
        references="\n".join(f"a c {n}" for n in range(25)),
    )
    assert len([text for text in app.text if text.value.startswith("Line ")]) == bleu_files.PAGE
    app.button(key="bleu_more").click().run()
    assert len([text for text in app.text if text.value.startswith("Line ")]) == 2 * bleu_files.PAGE


def test_a_model_fills_boxes_whose_sentences_open_elsewhere(monkeypatch):
    left = []
    monkeypatch.setattr(st, "switch_page", lambda page, **options: left.append(page.title))
    rows = (
        ("The dog sleeps.", "Der Hund schläft.", "Die Hund schläft ."),
        ("The cat sleeps.", "Die Katze schläft.", "Die Katze schläft."),
    )
    monkeypatch.setattr(scores, "held_out_translations", lambda info, n: rows)
    app = opened(bleu_files=True, **{sidebar.MODEL: TRANSFORMER})
    app.button(key="bleu_own").click().run()
    assert (
        not app.exception
        and app.text_area(key="bleu_typed_sources").value == "The dog sleeps.\nThe cat sleeps."
    )
    app.button(key="bleu_open_0").click().run()
    assert not app.exception and left == ["Translate and align"]
    assert app.session_state[sidebar.SENTENCE] == "The dog sleeps." and app.session_state["target"] == "typed"
    # where `pick_target` keeps a translation that was typed
    key = f"typed-{crc32(f'{TRANSFORMER}/The dog sleeps.'.encode())}"
    assert app.session_state[key] == "Die Hund schläft ."


def test_held_out_translations_are_the_models_own():
    info = INFOS[TRANSFORMER]
    rows = scores.held_out_translations(info, 3)
    assert len(rows) == 3
    for source, _, text in rows:
        assert text == passes.translation(info, source).text


def test_hostile_lines_are_text():
    app = with_files(hypotheses=f"{ATTACK}\n# a *b*", references="$x$\nc", sources="<script>\n**d**")
    assert not app.exception
    assert not any(ATTACK in element.value or "**d**" in element.value for element in app.markdown)
    assert f"Translation: {ATTACK}" in words(app)
