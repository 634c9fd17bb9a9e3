"""Merges, counts and ties are those of byte-pair encoding, and every step can be rebuilt."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.corpora.words import split_words
from explorer.errors import InputError
from explorer.results import MAX_TIES
from explorer.tokenization import BPETokenizer
from explorer.tokenization.bpe import (
    APP_CONFIG,
    PRESETS,
    BPEConfig,
    WordCounts,
    count_words,
    decode_text,
    history,
    learn,
    merge_steps,
    model_of,
    read_word_table,
    state_at,
    to_app_tokenizer,
)
from explorer.tokenization.bpe.words import MAX_TEXT_BYTES
from explorer.tokenization.tokenizers import byte_alphabet
from tests.source_files import ROOT
from tests.tokenization import slow_bpe

TIES = ("alphabetical", "last alphabetical", "first seen", "tokenizers")
HUG = "(hug, 10) (pug, 5) (pun, 12) (bun, 4) (hugs, 5)"


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    pairs = load_grammar(GrammarConfig(n_train=1500, n_valid=0, n_test=0, seed=3)).train
    return [pair.src for pair in pairs] + [pair.tgt for pair in pairs]


@pytest.fixture(scope="module")
def prose() -> str:
    """Real text: what this project says about itself, and its code on words."""
    return "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((*ROOT.glob("*.md"), *ROOT.glob("explorer/corpora/**/*.py")))
    )


def start_of(words: WordCounts, config: BPEConfig) -> dict[tuple[str, ...], int]:
    """The words as the symbols that files write, and how often each occurs."""
    mark, corpus = config.end_of_word, {}
    for word, count in zip(words.words, words.counts, strict=True):
        symbols = (
            [byte_alphabet()[byte] for byte in word.encode()] if config.alphabet == "bytes" else list(word)
        )
        if mark and config.end_mark == "symbol":
            symbols.append(mark)
        elif mark:
            symbols[-1] += mark
        corpus[tuple(symbols)] = count
    return corpus


def check_all_steps(words: WordCounts, config: BPEConfig, every: int = 1) -> None:
    """Each merge, and the whole state before it, against the slow reference."""
    learning = learn(words, config)
    expected = list(
        slow_bpe.steps(
            start_of(words, config), config.n_merges, config.min_frequency, config.ties, config.max_token
        )
    )
    assert learning.merges == tuple(step.pair for step in expected)
    assert [step.count for step in learning.steps] == [step.count for step in expected]
    assert [step.n_ties for step in learning.steps] == [len(step.best) for step in expected]
    assert [step.number for step in learning.steps] == list(range(1, len(expected) + 1))
    show = dict(zip(learning.tokens, learning.shown, strict=True))
    for step in range(0, len(expected), every):
        pair, count, best, corpus, counts = expected[step]
        state = state_at(learning, step, n_pairs=7, n_words=1000)
        assert state.n_pairs == len(counts) and state.n_ties == len(best)
        assert [entry.count for entry in state.pairs] == sorted(counts.values(), reverse=True)[:7]
        able = [entry for entry in state.pairs if entry.allowed]
        if able:
            assert (able[0].left, able[0].right, able[0].count) == (show[pair[0]], show[pair[1]], count)
        shown_counts = {(show[left], show[right]): n for (left, right), n in counts.items()}
        assert all(shown_counts[entry.left, entry.right] == entry.count for entry in state.pairs)
        assert {(tie.left, tie.right) for tie in state.ties} <= {(show[a], show[b]) for a, b in best}
        assert len(state.ties) == min(len(best), MAX_TIES) and state.ties[0] == replace(
            able[0] if able else state.ties[0]
        )
        by_word = {word.word: word for word in state.words}
        for word, (symbols, n) in zip(words.words, corpus.items(), strict=True):
            if word in by_word:
                assert (
                    by_word[word].symbols == tuple(show[symbol] for symbol in symbols)
                    and by_word[word].count == n
                )
        assert state.n_tokens == sum(len(symbols) * n for symbols, n in corpus.items())
        assert state.n_tokens == history(learning).n_tokens[step]
        in_corpus = {}
        for symbols, n in corpus.items():
            for symbol in symbols:
                in_corpus[symbol] = in_corpus.get(symbol, 0) + n
        assert dict(zip(learning.tokens, state.token_counts, strict=False)) == {
            token: in_corpus.get(token, 0) for token in learning.tokens[: len(state.vocabulary)]
        }


# ---------------------------------------------------------------------------------------------- known answers


def test_the_table_of_hug_and_pug():
    """u-g = 10 + 5 + 5, u-n = 12 + 4, h-ug = 10 + 5; the alphabet is b g h n p s u."""
    preset = PRESETS["hug"]
    learning = learn(read_word_table(preset.text, preset.config), preset.config)
    assert [(step.token, step.count) for step in learning.steps[:3]] == [("ug", 20), ("un", 16), ("hug", 15)]
    start, third = state_at(learning, 0), state_at(learning, 3)
    assert start.vocabulary == tuple("bghnpsu") and start.n_tokens == 3 * 31 + 4 * 5
    assert start.next == learning.steps[0] and start.last is None and start.n_ties == 1
    assert [(pair.left, pair.right, pair.count) for pair in start.pairs] == [
        ("u", "g", 20),
        ("p", "u", 17),
        ("u", "n", 16),
        ("h", "u", 15),
        ("g", "s", 5),
        ("b", "u", 4),
    ]
    assert third.last.token == "hug" and third.vocabulary == (*"bghnpsu", "ug", "un", "hug")
    assert {word.word: word.symbols for word in third.words} == {
        "hug": ("hug",),
        "pug": ("p", "ug"),
        "pun": ("p", "un"),
        "bun": ("b", "un"),
        "hugs": ("hug", "s"),
    }


def test_sleeplessness_has_three_winners():
    """S L E E P L E S S N E S S ⟨w⟩: LE, ES and SS occur twice, all else once; ES, then ESS, then every pair
    once.
    """
    preset = PRESETS["sleeplessness"]
    learning = learn(count_words("SLEEPLESSNESS", preset.config), preset.config)
    start = state_at(learning, 0)
    assert {(tie.left, tie.right, tie.count) for tie in start.ties} == {
        ("l", "e", 2),
        ("e", "s", 2),
        ("s", "s", 2),
    }
    assert start.n_ties == 3 and {pair.count for pair in start.pairs[3:]} == {1}
    assert [(step.token, step.count) for step in learning.steps[:3]] == [("es", 2), ("ess", 2), ("ee", 1)]
    after = state_at(learning, 2)
    assert after.n_ties == after.n_pairs == 9
    assert after.words[0].symbols == ("s", "l", "e", "e", "p", "l", "ess", "n", "ess", "</w>")


def test_the_table_of_the_paper():
    """Sennrich et al. 2016, figure 1 of section 3.2: e-s and s-t both occur 9 times, then est and est</w>,
    then lo, low.
    """
    preset = PRESETS["low"]
    words = read_word_table(preset.text, preset.config)
    steps = learn(words, preset.config).steps
    assert [(step.token, step.count) for step in steps[:5]] == [
        ("es", 9),
        ("est", 9),
        ("est</w>", 9),
        ("lo", 7),
        ("low", 7),
    ]
    assert steps[0].n_ties == 3 and steps[3].n_ties == 2


def test_repeated_symbols_merge_from_the_left():
    """aaaaa has a-a four times; after one merge it is aa aa a, with aa-aa once and aa-a once."""
    config = BPEConfig(n_merges=1, min_frequency=1)
    learning = learn(WordCounts(("aaaaa",), (3,)), config)
    assert learning.steps[0].count == 12
    state = state_at(learning, 1)
    assert state.words[0].symbols == ("aa", "aa", "a")
    assert [(pair.left, pair.right, pair.count) for pair in state.pairs] == [("aa", "a", 3), ("aa", "aa", 3)]


# ----------------------------------------------------------------------------------------- against references


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("alphabet", ["characters", "bytes"])
def test_every_step_on_sentences_matches_the_slow_reference(sentences, ties, alphabet):
    config = BPEConfig(
        n_merges=150, alphabet=alphabet, ties=ties, space_before=alphabet == "bytes", end_of_word="</w>"
    )
    check_all_steps(count_words("\n".join(sentences[:200]), config), config, every=10)


@settings(deadline=None, max_examples=150)
@given(
    table=st.dictionaries(st.text("abc", min_size=1, max_size=9), st.integers(1, 4), min_size=1, max_size=8),
    ties=st.sampled_from(TIES),
    mark=st.sampled_from([("", "symbol"), ("</w>", "symbol"), ("</w>", "last character")]),
    min_frequency=st.integers(1, 3),
    max_token=st.sampled_from([2, 3, 64]),
)
def test_every_step_on_small_corpora_matches_the_slow_reference(table, ties, mark, min_frequency, max_token):
    """Three letters and long words: runs, ties, tokens that two merges make."""
    config = BPEConfig(
        30,
        min_frequency,
        end_of_word=mark[0],
        end_mark=mark[1],
        ties=ties,
        max_token=max_token if not mark[0] else 64,
    )
    if mark[0] and ties == "tokenizers":
        config = replace(
            config, ties="alphabetical"
        )  # the alphabet of the reference is ordered by the strings with their mark
    check_all_steps(WordCounts(tuple(table), tuple(table.values())), config)


@settings(deadline=None, max_examples=60)
@given(
    words=st.lists(
        st.text(min_size=1, max_size=6).filter(lambda word: not any("\ud800" <= c <= "\udfff" for c in word)),
        min_size=1,
    )
)
def test_every_step_on_bytes_matches_the_slow_reference(words):
    config = BPEConfig(20, 1, alphabet="bytes", ties="tokenizers")
    table = dict.fromkeys(words, 2)
    check_all_steps(WordCounts(tuple(table), tuple(table.values())), config)


def test_two_merges_may_make_one_token():
    """abc is a+bc in one word and ab+c in another; it has one id, and counts add."""
    config = BPEConfig(n_merges=20, min_frequency=1)
    words = WordCounts(("ab", "bc", "abc", "xbc", "abcd", "dabc"), (9, 8, 1, 6, 3, 2))
    learning = learn(words, config)
    check_all_steps(words, config)
    assert len(set(learning.tokens)) == len(learning.tokens)
    crafted = [
        WordCounts(("abcab", "cabca", "bcabc", "aabbcc", "abcabcabc"), (n, 7 - n, 3, 2, 1))
        for n in range(1, 7)
    ]
    for corpus in crafted:
        check_all_steps(corpus, replace(config, n_merges=40))


@pytest.mark.parametrize("which", ["sentences", "prose"])
def test_merges_over_bytes_are_those_of_the_tokenizers_library(which, sentences, prose):
    text = " ".join(sentences if which == "sentences" else prose.split())
    theirs = BPETokenizer.train([text], vocab_size=260 + 700, min_count=2)
    learning = learn(count_words(text, replace(APP_CONFIG, n_merges=700)), replace(APP_CONFIG, n_merges=700))
    assert learning.n_steps > 500
    assert learning.merges == theirs.merges
    mine = to_app_tokenizer(model_of(learning))
    assert mine.to_json() == theirs.to_json() and mine.encode("A naïve café 👩‍💻") == theirs.encode(
        "A naïve café 👩‍💻"
    )


def test_merges_over_characters_are_those_of_the_tokenizers_library(prose):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    library = Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    library.train_from_iterator(
        [prose], trainers.BpeTrainer(vocab_size=1000, min_frequency=2, show_progress=False, special_tokens=[])
    )
    theirs = [tuple(pair) for pair in json.loads(library.to_str())["model"]["merges"]]
    config = BPEConfig(n_merges=len(theirs), split="spaces", ties="tokenizers")
    assert len(theirs) > 500 and list(learn(count_words(prose, config), config).merges) == theirs


@pytest.mark.parametrize("ties", TIES)
def test_the_generator_gives_the_steps_of_the_plain_function(sentences, ties):
    config = BPEConfig(n_merges=60, ties=ties)
    words = count_words(" ".join(sentences), config)
    assert tuple(merge_steps(words, config)) == learn(words, config).steps


def test_every_state_follows_from_the_one_before(sentences):
    config = BPEConfig(n_merges=400)
    learning = learn(count_words("\n".join(sentences), config), config)
    gone = history(learning)
    assert len(gone.n_tokens) == learning.n_steps + 1 and np.all(np.diff(gone.n_tokens) < 0)
    for step in range(0, learning.n_steps, 23):
        state = state_at(learning, step)
        assert state.next == learning.steps[step]
        assert (state.pairs[0].left, state.pairs[0].right, state.pairs[0].count) == (
            state.next.left,
            state.next.right,
            state.next.count,
        )
        assert state.ties[0] == state.pairs[0] and state.n_ties == state.next.n_ties
    last = state_at(learning, learning.n_steps)
    assert last.next is None and last.why_end
    found = state_at(learning, 400, search="garden", n_words=50).words
    assert found and all("garden" in word.word for word in found)


# ------------------------------------------------------------------------------------------------------ words


def test_words_are_those_of_the_word_rule(prose):
    config = BPEConfig()
    counts = count_words(prose, config)
    expected = {}
    for word in split_words(prose):
        expected[word.text] = expected.get(word.text, 0) + 1
    assert dict(zip(counts.words, counts.counts, strict=True)) == expected and list(expected) == list(
        counts.words
    )


def test_settings_of_words():
    text = "The cat, the\u00a0CAT!"
    assert count_words(text, BPEConfig(case="lower")).words == ("the", "cat", ",", "!")
    assert count_words(text, BPEConfig(split="spaces")).words == ("The", "cat,", "the", "CAT!")
    assert count_words(text, BPEConfig(space_before=True)).words == (" The", " cat", ",", " the", " CAT", "!")


@pytest.mark.parametrize(
    "text",
    [
        HUG,
        "('hug', 10), (\"pug\", 5)\n(pun,12);(bun, 4) (hugs, 5).",
        "hug 10\npug\t5\n\npun: 12\nbun,4\nhugs = 5",
    ],
)
def test_tables_of_words(text):
    assert read_word_table(text, BPEConfig()) == WordCounts(
        ("hug", "pug", "pun", "bun", "hugs"), (10, 5, 12, 4, 5)
    )


def test_repeated_words_in_a_table_add_up():
    assert read_word_table("Hug 1\nhug 2", BPEConfig(case="lower")) == WordCounts(("hug",), (3,))


@pytest.mark.parametrize(
    "read, sentence",
    [
        (lambda: count_words("", BPEConfig()), "no words to learn from"),
        (lambda: count_words(" \n ", BPEConfig()), "no words to learn from"),
        (
            lambda: count_words("a </w> b", BPEConfig(end_of_word="</w>", split="spaces")),
            "end-of-word mark '</w>' occurs in the word",
        ),
        (lambda: count_words("x" * (MAX_TEXT_BYTES + 1), BPEConfig()), "more than the 32 MB"),
        (lambda: count_words("\ud800", BPEConfig()), "surrogate"),
        (lambda: count_words("x" * 5_000_000, BPEConfig()), "check that it has spaces between words"),
        (lambda: read_word_table("", BPEConfig()), "no words to learn from"),
        (lambda: read_word_table("hug", BPEConfig()), "Line 1 of the table of words is 'hug'"),
        (lambda: read_word_table("hug 1\na b c", BPEConfig()), "Line 2"),
        (
            lambda: read_word_table("(hug, 1) pug", BPEConfig()),
            "'pug' in the table of words is not a (word, count)",
        ),
        (lambda: read_word_table("hug 0", BPEConfig()), "The count 0 at line 1"),
        (lambda: read_word_table(f"hug {'9' * 5000}", BPEConfig()), "is out of range"),
        (lambda: decode_text(b"", "a.txt"), "a.txt is empty"),
        (lambda: decode_text(b"x" * (50 * 2**20), "a.txt"), "a.txt has 52,428,800 bytes"),
        (lambda: decode_text(b"\x7fELF\x00\x01", "a.txt"), "a.txt has a zero byte at position 4"),
        (lambda: decode_text(b"fine\nna\xefve", "a.txt"), "byte 0xEF in line 2"),
        (lambda: decode_text("\ufeffx".encode("utf-16"), "a.txt"), "UTF-16"),
        (lambda: BPEConfig(n_merges=-1), "n_merges is -1"),
        (lambda: BPEConfig(min_frequency=0), "min_frequency is 0"),
        (lambda: BPEConfig(end_of_word="a b"), "end-of-word mark 'a b'"),
        (lambda: BPEConfig(ties="random"), "ties is 'random'"),
        (lambda: BPEConfig(max_token=1), "max_token is 1"),
        (
            lambda: state_at(learn(WordCounts(("ab",), (2,)), BPEConfig()), 2),
            "There is no step 2: choose 0 to 1",
        ),
        (
            lambda: learn(WordCounts(("ab",), (2,)), BPEConfig(alphabet="bytes", end_of_word="Ġ")),
            "looks like bytes",
        ),
    ],
)
def test_what_cannot_be_used_is_one_sentence(read, sentence):
    with pytest.raises(InputError) as error:
        read()
    assert sentence in str(error.value)


def test_one_character_is_learned_from_without_a_merge():
    learning = learn(count_words("x", BPEConfig()), BPEConfig())
    state = state_at(learning, 0)
    assert (
        learning.n_steps == 0
        and state.vocabulary == ("x",)
        and state.pairs == ()
        and state.why_end == "Every word is one symbol."
    )


def test_a_pair_that_is_too_long_cannot_win():
    config = BPEConfig(n_merges=10, min_frequency=1, max_token=2)
    learning = learn(WordCounts(("abc",), (4,)), config)
    state = state_at(learning, 1)
    assert learning.n_steps == 1 and state.next is None and "at most 2 characters" in state.why_end
    assert [(pair.left, pair.right, pair.allowed) for pair in state.pairs] == [
        ("ab", "c", False)
    ] and state.n_ties == 0
