"""The figures of a comparison are those of tokenizing the whole text."""

from __future__ import annotations

import pytest

from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.corpora.words import plain_spaces, split_words
from explorer.errors import InputError
from explorer.tokenization import BPETokenizer, WordTokenizer
from explorer.tokenization.bpe import BPEConfig, count_words, learn, model_of
from explorer.tokenization.bpe.compare import (
    KINDS,
    MAX_COMPARED,
    Applied,
    characters,
    compare,
    compare_languages,
    size_curves,
    subwords,
    utf8_bytes,
    words,
)
from explorer.tokenization.bpe.parallel import PARALLEL

OTHER = "Die Frau sieht naïve  Männer.\nXylophon! 我"


@pytest.fixture(scope="module")
def english() -> str:
    """Sentences of the grammar, one on each line."""
    corpus = load_grammar(GrammarConfig(n_train=700, n_valid=0, n_test=0, seed=7))
    return "\n".join(pair.src for pair in corpus.train)


@pytest.fixture(scope="module")
def comparison(english):
    return compare(english, (300, 500), d_model=64)


@pytest.fixture(scope="module")
def on_another(english):
    return compare(OTHER, (300, 500), d_model=64, train_text=english)


def rows_of(comparison) -> dict:
    return {row.name: row for row in comparison.rows}


def test_characters_bytes_and_words_are_counted_as_they_stand(english, comparison, on_another):
    met = set(plain_spaces(english))
    for found, text in ((comparison, english), (on_another, OTHER)):
        rows, plain = rows_of(found), plain_spaces(text)
        assert rows["characters"].n_tokens == len(plain)
        assert rows["characters"].n_unknown == sum(char not in met for char in plain)
        assert (
            rows["bytes"].n_tokens == len(plain.encode()) == rows["bytes"].n_bytes
            and rows["bytes"].bytes_per_token == 1
        )
        assert rows["words"].n_tokens == len(split_words(plain)) == rows["words"].n_words
        known = {word.text for word in split_words(english)}
        assert rows["words"].n_unknown == sum(word.text not in known for word in split_words(plain))
        assert (
            rows["words"].vocab_size
            <= 4 + len({(word.text, word.space_before) for word in split_words(english)}) + 1
        )
    assert comparison.same_text and not on_another.same_text
    assert rows_of(on_another)["words"].share_unknown > 0 == rows_of(comparison)["words"].share_unknown


@pytest.mark.parametrize("size", [300, 500])
def test_words_and_bpe_match_those_of_the_app(english, comparison, on_another, size):
    word, bpe = (
        kind.train([plain_spaces(english)], vocab_size=size, min_count=n)
        for kind, n in ((WordTokenizer, 1), (BPETokenizer, 2))
    )
    for found, text in ((comparison, english), (on_another, OTHER)):
        rows, plain = rows_of(found), plain_spaces(text)
        assert rows[f"words, {size}"].vocab_size == rows[f"BPE, {size}"].vocab_size == size
        assert rows[f"words, {size}"].n_unknown == word.encode(plain).ids.count(1)
        row = rows[f"BPE, {size}"]
        lone_space = row.sample[0] == " "  # before the text, which the app's tokenizer then takes away
        assert row.n_tokens == len(bpe.encode(plain).ids) + lone_space and row.n_unknown == 0


def test_wordpiece_and_unigram_are_those_of_the_library(english, comparison):
    """Their tokens joined are the words; a vocabulary is as large as asked for, where the text gives so
    many.
    """
    rows = rows_of(comparison)
    first = english.split()[0]
    pieces = rows["WordPiece, 500"].sample
    assert "".join(pieces).replace("##", "").startswith(first) and not pieces[0].startswith("##")
    assert "".join(rows["Unigram, 500"].sample).startswith(f" {first}")
    for name in ("WordPiece, 500", "Unigram, 500"):
        assert rows[name].n_unknown == 0 and rows[name].vocab_size <= 500
        assert rows["words"].n_tokens < rows[name].n_tokens < rows["characters"].n_tokens


def test_the_derived_figures(comparison):
    for row in comparison.rows:
        assert row.n_parameters == row.vocab_size * 64 and row.table_bytes == 4 * row.n_parameters
        assert (
            row.tokens_per_word == row.n_tokens / row.n_words
            and row.bytes_per_token == row.n_bytes / row.n_tokens
        )
        assert 0 < len(row.sample) <= 24


def test_curves_fall_as_the_vocabulary_grows(english):
    curves = {curve.kind: curve.rows for curve in size_curves(english, (280, 350, 500), KINDS, 64)}
    assert set(curves) == set(KINDS) and all(len(rows) == 3 for rows in curves.values())
    for kind in ("BPE", "WordPiece", "Unigram"):
        tokens = [row.n_tokens for row in curves[kind]]
        assert tokens == sorted(tokens, reverse=True) and tokens[0] > tokens[-1]
    unknown = [row.n_unknown for row in curves["words"]]
    assert unknown == sorted(unknown, reverse=True) and unknown[0] > unknown[-1]


def test_a_size_that_cannot_be_reached_is_told():
    found = compare("Tom sees Tom.", (100, 400), 8)
    assert any("BPE begins with 256 symbols, so it has no vocabulary of 100" in note for note in found.notes)
    assert any("BPE ends after" in note for note in found.notes)
    assert "BPE, 100" not in rows_of(found) and rows_of(found)["BPE, 400"].vocab_size < 400


def test_one_tokenizer_does_not_fit_every_language(english):
    config = BPEConfig(200, alphabet="bytes", space_before=True)
    bpe = subwords(model_of(learn(count_words(english, config), config)), "BPE")
    found = compare_languages([characters(english), utf8_bytes(), words(english), bpe], 64)
    rows = {(row.code, row.row.name): row for row in found.rows}
    assert len(found.rows) == 4 * len(PARALLEL) and found.names == ("characters", "bytes", "words", "BPE")
    for language in PARALLEL:
        text = " ".join(language.sentences)
        assert rows[language.code, "bytes"].row.n_tokens == len(text.encode())
        assert rows[language.code, "characters"].row.n_tokens == len(text)
        for name in found.names:
            row = rows[language.code, name]
            assert row.ratio == row.row.n_tokens / rows["en", name].row.n_tokens and row.text == text
    assert rows["en", "BPE"].row.bytes_per_token > 1.5 * rows["ru", "BPE"].row.bytes_per_token
    assert rows["th", "bytes"].row.n_bytes == 3 * rows["th", "characters"].row.n_tokens - 2 * text_spaces(
        "th"
    )
    assert rows["zh", "words"].row.n_words > 10 and rows["th", "words"].row.n_words == 2
    assert any("no spaces between words" in note for note in found.notes) and any(
        "Emoji" in note for note in found.notes
    )
    assert not next(row for row in found.rows if row.code == "th").spaces


def text_spaces(code: str) -> int:
    return next(" ".join(language.sentences) for language in PARALLEL if language.code == code).count(" ")


def test_parallel_sentences_are_as_many_in_every_language():
    assert len({len(language.sentences) for language in PARALLEL}) == 1 and len(
        {language.code for language in PARALLEL}
    ) == len(PARALLEL)
    texts = " ".join(sentence for language in PARALLEL for sentence in language.sentences)
    assert "naïve" in texts and "Krankenversicherung" in texts


@pytest.mark.parametrize("start", ["x" * 400, "😀 hi", "我", "a"])
def test_the_first_word_is_counted_once_without_a_space(start):
    text = f"{start} b {start}"
    assert utf8_bytes().row(text, 8).n_tokens == len(text.encode())
    assert "".join(characters(text).row(text, 8).sample) == text[:24]


@pytest.mark.parametrize(
    "do, sentence",
    [
        (lambda: compare("", (300,)), "no word"),
        (lambda: compare(" \n", (300,)), "no word"),
        (lambda: compare("a", ()), "no size"),
        (lambda: compare("a", (3,)), "A vocabulary cannot have 3"),
        (lambda: compare("a", (300,), 0), "d_model is 0"),
        (
            lambda: compare("x" * (MAX_COMPARED + 1), (300,)),
            "more than the 8,388,608 that are compared at once",
        ),
        (lambda: compare("\udc00", (300,)), "surrogate"),
        (lambda: size_curves("a b", (300,), ("magic",)), "no tokenizer of kind 'magic'"),
        (lambda: compare_languages([]), "nothing to compare"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(do, sentence):
    with pytest.raises(InputError) as error:
        do()
    assert sentence in str(error.value)


def test_one_letter_can_be_compared():
    rows = rows_of(compare("x", (300,), 8))
    assert rows["characters"].n_tokens == rows["words"].n_tokens == rows["bytes"].n_tokens == 1
    assert isinstance(utf8_bytes(), Applied)
