"""Are the errors of a translation marked where they are, and counted right?"""

from __future__ import annotations

import pytest

from explorer.evaluation.word_diff import word_diff
from explorer.views.bleu.translation_errors import error_chips, errors_sentence
from explorer.views.theme import THEMES
from tests.views.samples import ATTACK

REFERENCE = "Wir rufen den Mann morgen an .".split()


def marks(translation: str) -> list[tuple[str, str]]:
    row = error_chips(word_diff(REFERENCE, translation.split()), THEMES["light"], "A translation")
    return [(chip["label"], chip["mark"]) for chip in row["chips"]]


def test_a_right_translation_has_no_mark():
    assert marks("Wir rufen den Mann morgen an .") == [(word, "") for word in REFERENCE]
    assert errors_sentence(word_diff(REFERENCE, REFERENCE)) == "All 7 words as in the reference."


def test_wrong_missing_and_added_words_are_marked():
    found = marks("Wir rufen die Frau morgen sehr .")
    assert found[2:4] == [("die", "replaced"), ("Frau", "replaced")] and ("sehr", "replaced") in found
    assert ("an", "deleted") in marks("Wir rufen den Mann morgen .")
    assert ("gern", "inserted") in marks("Wir rufen gern den Mann morgen an .")


@pytest.mark.parametrize(
    "translation, sentence",
    [
        ("Wir rufen den Mann morgen .", "6 of 7 words as in the reference; 0 of 6 are others."),
        ("Wir rufen die Frau morgen an .", "5 of 7 words as in the reference; 2 of 7 are others."),
        ("", "0 of 7 words as in the reference; 0 of 0 are others."),
    ],
)
def test_errors_are_counted(translation, sentence):
    assert errors_sentence(word_diff(REFERENCE, translation.split())) == sentence


def test_an_empty_translation_of_nothing_is_a_dimmed_chip_and_markup_stays_text():
    (chip,) = error_chips((), THEMES["dark"], "A translation")["chips"]
    assert chip["about"] == "an empty translation"
    (chip,) = error_chips(word_diff([], [ATTACK]), THEMES["dark"], "A translation")["chips"]
    assert chip["mark"] == "inserted", "the component writes it as textContent"
