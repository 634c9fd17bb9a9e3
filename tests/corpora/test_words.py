from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora.words import join_words, plain_spaces, split_words
from explorer.results import Word


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \t\n\u00a0 ", []),
        ("Tom's dog doesn't bark.", ["Tom's", "dog", "doesn't", "bark", "."]),
        (
            "L'homme qu'il a vu, aujourd'hui !",
            ["L'", "homme", "qu'", "il", "a", "vu", ",", "aujourd'hui", "!"],
        ),
        (
            "J’ai puisqu’elle m'a dit jusqu'ici",
            ["J’", "ai", "puisqu’", "elle", "m'", "a", "dit", "jusqu'", "ici"],
        ),
        ("quelqu'un LORSQU'ON Quelqu'une", ["quelqu'", "un", "LORSQU'", "ON", "Quelqu'", "une"]),
        ("l'aujourd'hui", ["l'", "aujourd'hui"]),
        ("presqu'île O'Brien don't", ["presqu'île", "O'Brien", "don't"]),
        ("l' 5 d'11 l'", ["l", "'", "5", "d'11", "l", "'"]),
        ("A-t-il dix-sept ans?", ["A-t-il", "dix-sept", "ans", "?"]),
        ("-- a- -b 'c'", ["-", "-", "a", "-", "-", "b", "'", "c", "'"]),
        ("Straße über Äpfel", ["Straße", "über", "Äpfel"]),
        ("e\u0301te\u0301 na\u0308iv", ["e\u0301te\u0301", "na\u0308iv"]),
        ("snake_case 3.5%", ["snake", "_", "case", "3", ".", "5", "%"]),
        ("<pad></s>", ["<", "pad", ">", "<", "/", "s", ">"]),
        ("hi👋🏽!👩‍💻❤️🇩🇪🇫🇷x", ["hi", "👋🏽", "!", "👩‍💻", "❤️", "🇩🇪", "🇫🇷", "x"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("我爱你", ["我", "爱", "你"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
    ],
)
def test_known_splits(text, words):
    assert [word.text for word in split_words(text)] == words


def test_every_kind_of_white_space_counts_as_space_before():
    assert split_words(" a,\tb\u202f!c") == (
        Word("a", True),
        Word(",", False),
        Word("b", True),
        Word("!", True),
        Word("c", False),
    )


@pytest.mark.parametrize("text", ["Qu'est-ce que c'est ?", "I don't know, Tom.", "“Nein!” (sagte er)"])
def test_joining_gives_the_text_back(text):
    assert join_words(split_words(text)) == text


def test_joining_uses_single_spaces_and_none_in_front():
    assert join_words(split_words("  a \t b,\u00a0c\n")) == "a b, c"


def test_white_space_of_any_kind_becomes_one_plain_space():
    assert plain_spaces("\u00a0 Quoi\u202f?\t\tNon\u00a0!\r\n") == "Quoi ? Non !"
    assert plain_spaces(" \n") == ""


@given(st.text())
def test_no_character_is_lost_but_white_space(text):
    words = split_words(text)
    assert "".join(word.text for word in words) == re.sub(r"\s+", "", text)
    assert all(word.text and not any(c.isspace() for c in word.text) for word in words)


@given(st.text(alphabet="abl'’-d é\u0301,.", max_size=30))
def test_splitting_the_joined_words_gives_the_same_words(text):
    words = [word.text for word in split_words(text)]
    assert [word.text for word in split_words(join_words(split_words(text)))] == words


def test_a_long_text_of_one_character_splits_at_once():
    for char in ("a", "'", "a-", "l'", "\u0301", "\u200d", " "):
        assert "".join(w.text for w in split_words(char * 50_000)) == (char * 50_000).replace(" ", "")
