from __future__ import annotations

import dataclasses
import gzip
import random

import pytest

from explorer.corpora import load_corpus
from explorer.corpora.augment import (
    UPPER_SHARE,
    invented_name,
    robust_copies,
    shared_names,
    with_invented_names,
)
from explorer.corpora.files import FilesConfig, load_files, source_key, split_of
from explorer.corpora.words import split_words
from explorer.errors import InputError
from explorer.results import SentencePair

SUBJECTS = ["Tom", "Mary", "the man", "my dog", "nobody", "in fact Tom"]
VERBS = ["sees", "hears", "likes", "knows", "paints", "wants"]
OBJECTS = ["Boston", "the house", "a cat", "some bread", "the old door"]
PAIRS = [
    (f"{s[0].upper()}{s[1:]} {v} {o}{end}", f"{s[0].upper()}{s[1:]} {v}xt {o}{end}")
    for s in SUBJECTS
    for v in VERBS
    for o in OBJECTS
    for end in ".!"
]


def tsv(path, pairs=tuple(PAIRS), header="", end="\n", extra=""):
    path.write_bytes((header + "".join(f"{src}\t{tgt}{extra}{end}" for src, tgt in pairs)).encode())
    return path


def config(path, **changes) -> FilesConfig:
    return FilesConfig(paths=(str(path),), valid_share=0.15, test_share=0.15, **changes)


def splits(corpus):
    return {"train": corpus.train, "valid": corpus.valid, "test": corpus.test}


def test_splits_are_disjoint_and_complete(tmp_path):
    corpus = load_corpus(config(tsv(tmp_path / "a.tsv")))
    assert sorted((p.src, p.tgt) for split in splits(corpus).values() for p in split) == sorted(PAIRS)
    keys = {name: {source_key(pair.src) for pair in split} for name, split in splits(corpus).items()}
    assert (
        not keys["train"] & keys["valid"]
        and not keys["train"] & keys["test"]
        and not keys["valid"] & keys["test"]
    )
    assert all(5 <= len(keys[name]) <= 50 for name in ("valid", "test"))


def test_the_split_depends_only_on_the_words(tmp_path):
    all_pairs = load_files(config(tsv(tmp_path / "a.tsv")))
    fewer = load_files(config(tsv(tmp_path / "b.tsv", random.Random(3).sample(PAIRS, 200))))
    for name, split in splits(fewer).items():
        assert set(split) <= set(splits(all_pairs)[name])
    settings = config("x")
    for pair in all_pairs.test:
        assert split_of(pair.src.upper().rstrip(".!") + " ?!", settings) == "test"


def test_held_out_pairs_are_shuffled(tmp_path):
    corpus = load_files(config(tsv(tmp_path / "a.tsv", sorted(PAIRS))))
    for split in (corpus.valid, corpus.test):
        assert [pair.src for pair in split] != sorted(pair.src for pair in split)


def test_the_seed_decides_the_splits(tmp_path):
    path = tsv(tmp_path / "a.tsv")
    assert load_files(config(path, robust=True)) == load_files(config(path, robust=True))
    assert set(load_files(config(path)).test) != set(load_files(config(path, seed=2)).test)


def test_repeated_pairs_count_once_and_translations_stay_together(tmp_path):
    doubled = PAIRS + PAIRS + [(src.upper(), f"other {tgt}") for src, tgt in PAIRS]
    corpus = load_files(config(tsv(tmp_path / "a.tsv", doubled)))
    assert sum(map(len, splits(corpus).values())) == 2 * len(PAIRS)
    for split in splits(corpus).values():
        assert {pair.tgt for pair in split if pair.tgt.startswith("other ")} == {
            f"other {p.tgt}" for p in split if not p.tgt.startswith("other ")
        }


def test_every_file_format_gives_the_same_corpus(tmp_path):
    expected = splits(load_files(config(tsv(tmp_path / "a.tsv"))))
    messy = tsv(tmp_path / "b.tsv", header="\ufeff1\t2\r\n", end="\r\n", extra="\tCC-BY 2.0 #1 (x)")
    assert splits(load_files(config(messy, skip_header=True))) == expected
    (tmp_path / "c.en").write_text("".join(f"{src}\n" for src, _ in PAIRS), encoding="utf-8")
    (tmp_path / "c.de.gz").write_bytes(gzip.compress("".join(f"{tgt}\n" for _, tgt in PAIRS).encode()))
    corpus = load_files(config(f"{tmp_path}/c.en|{tmp_path}/c.de.gz"))
    assert splits(corpus) == expected
    assert corpus.name == "c.en, c.de.gz"  # the folder is the user's business


def test_french_spaces_become_plain_ones(tmp_path):
    pairs = [(src, f"{tgt}\u202f? \u00a0Oui\u00a0!") for src, tgt in PAIRS]
    corpus = load_files(config(tsv(tmp_path / "a.tsv", pairs)))
    assert all(pair.tgt.endswith(" ? Oui !") for split in splits(corpus).values() for pair in split)


def test_long_pairs_are_left_out(tmp_path):
    corpus = load_files(config(tsv(tmp_path / "a.tsv", [*PAIRS, ("short one", "x " * 7 + "x")]), max_words=7))
    lengths = [
        max(len(split_words(pair.src)), len(split_words(pair.tgt)))
        for split in splits(corpus).values()
        for pair in split
    ]
    assert max(lengths) == 7 and len(lengths) == sum(len(split_words(src)) <= 7 for src, _ in PAIRS)


def test_a_header_or_truncated_last_line_can_be_dropped(tmp_path):
    path = tsv(tmp_path / "a.tsv", [("English", "German"), *PAIRS, ("They did it again.", "Sie hab")])
    corpus = load_files(config(path, skip_header=True, drop_last_line=True))
    assert {(p.src, p.tgt) for split in splits(corpus).values() for p in split} == set(PAIRS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\nonly one column\n", r"a\.tsv, line 2: no tab"),
        ("a\tb\n\tc\n", r"line 2: an empty column"),
        ("", "is empty"),
        ("a\tb\n", "split got no sentences"),
    ],
)
def test_bad_files_are_refused_whole(tmp_path, text, message):
    (tmp_path / "a.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_files(config(tmp_path / "a.tsv"))
    good = tsv(tmp_path / "good.tsv")
    if "split" not in message:
        with pytest.raises(InputError, match=message):
            load_files(FilesConfig(paths=(str(good), str(tmp_path / "a.tsv"))))


def test_bad_rows_can_be_skipped(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"{src}\t{tgt}\nbad\n\n\t\n" for src, tgt in PAIRS), encoding="utf-8")
    corpus = load_files(config(path, bad_row="skip"))
    assert sum(map(len, splits(corpus).values())) == len(PAIRS)


@pytest.mark.parametrize(
    "changes",
    [
        {"paths": "a.tsv"},
        {"valid_share": -0.1},
        {"valid_share": 0.5, "test_share": 0.5},
        {"test_share": float("nan")},
        {"max_words": 0},
        {"n_grammar": -1},
        {"bad_row": "ignore"},
    ],
)
def test_impossible_settings_are_refused(changes):
    with pytest.raises(InputError):
        FilesConfig(**changes)


def test_no_file_and_missing_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="paths is empty"):
        load_files(FilesConfig())
    for path in ("none.tsv", "none.en|none.de", "|", ""):
        with pytest.raises(InputError):
            load_files(config(tmp_path / path if path.startswith("none.tsv") else path))


def test_robust_adds_copies_to_train_alone(tmp_path):
    path = tsv(tmp_path / "a.tsv")
    plain, robust = load_files(config(path)), load_files(config(path, robust=True))
    assert (robust.valid, robust.test) == (plain.valid, plain.test)
    assert robust.train[: len(plain.train)] == plain.train
    copies = robust.train[len(plain.train) :]
    assert len(copies) > 0.5 * len(plain.train) and len(set(robust.train)) == len(robust.train)
    held_out = {source_key(pair.src) for pair in plain.valid + plain.test}
    assert not held_out & {source_key(pair.src) for pair in copies}
    lower = [
        pair
        for pair in copies
        if pair.src.islower() and not pair.src[0].isdigit() and pair.src.endswith((".", "!"))
    ]
    assert len(lower) > 20 and all(
        any(pair.src == p.src.lower() and pair.tgt == p.tgt for p in plain.train) for pair in lower
    )
    bare = [pair for pair in copies if not pair.src.endswith((".", "!"))]
    assert len(bare) > 20 and not any(pair.tgt.endswith((".", "!")) for pair in bare)


def test_names_are_distinguished_from_words_both_languages_share():
    pairs = [
        SentencePair("Tom is in Boston.", "Tom ist in Boston."),
        SentencePair("In May!", "In Mai!"),
        SentencePair("Warm OK x A", "Warm OK x A"),
        SentencePair("warm", "ja"),
    ]
    assert shared_names(pairs) == {"Tom", "Boston"}


def test_an_invented_name_replaces_a_name_on_both_sides():
    pair = SentencePair("Tom saw Anna and Tom.", "Tom a vu Anna et l'ami d'Anna, Tom.")
    rng = random.Random(1)
    for _ in range(200):
        new = with_invented_names(pair, frozenset({"Tom", "Anna"}), {"tom", "anna"}, rng)
        first, _, anna, _, last, _ = (word.text for word in split_words(new.src))
        assert first == last != "Tom" and anna[0] in "AEIOU" and anna != "Anna"
        assert new.tgt == f"{first} a vu {anna} et l'ami d'{anna}, {first}."
    assert with_invented_names(SentencePair("No name.", "Kein Name."), frozenset({"Tom"}), set(), rng) is None


def test_invented_names_are_varied_capitalised_and_new():
    rng = random.Random(2)
    names = {invented_name(rng) for _ in range(2000)}
    assert len(names) > 1500 and all(
        name.isalpha() and name.istitle() and len(split_words(name)) == 1 for name in names
    )
    known = {invented_name(random.Random(7)).casefold()}
    replaced = with_invented_names(SentencePair("Tom", "Tom"), frozenset({"Tom"}), known, random.Random(7))
    assert replaced.src.casefold() not in known and replaced.src == replaced.tgt


def test_about_one_invented_name_in_seven_is_a_number():
    pairs = [SentencePair(f"Tom has {n} of them.", f"Tom hat {n} davon.") for n in range(100_000, 101_000)]
    firsts = [
        pair.src.split()[0] for pair in robust_copies(pairs, 1) if not pair.src.lower().startswith("tom has")
    ]
    numbers = [first for first in firsts if first.isdigit()]
    assert len(firsts) == 1000 and 100 < len(numbers) < 200


def test_some_sources_are_shouted_and_their_targets_are_not():
    pairs = [SentencePair(f"We saw {n} of them.", f"Wir sahen {n} davon.") for n in range(1000)]
    shouted = [pair for pair in robust_copies(pairs, 1) if pair.src.isupper()]
    assert 0.8 * UPPER_SHARE < len(shouted) / len(pairs) < 1.2 * UPPER_SHARE
    assert all(pair.src.startswith("WE SAW") and pair.tgt.startswith("Wir sahen") for pair in shouted)


def test_copies_of_the_same_pairs_are_the_same():
    pairs = [SentencePair(src, tgt) for src, tgt in PAIRS]
    assert list(robust_copies(pairs, 5)) == list(robust_copies(pairs, 5)) != list(robust_copies(pairs, 6))


def test_the_grammar_has_no_other_languages(tmp_path):
    for languages in ({"tgt_lang": "es"}, {"src_lang": "de", "tgt_lang": "en"}):
        with pytest.raises(InputError, match="set n_grammar to 0"):
            load_files(config(tsv(tmp_path / "a.tsv"), n_grammar=5, **languages))


def test_paths_are_all_that_a_config_must_name():
    assert dataclasses.asdict(FilesConfig())["paths"] == ()
