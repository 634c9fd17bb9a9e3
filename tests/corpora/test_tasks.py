from __future__ import annotations

import dataclasses

import pytest

from explorer.corpora import load_corpus
from explorer.corpora.tasks import TASKS, TaskConfig, source_positions, task_pair
from explorer.corpora.words import split_words
from explorer.errors import InputError

SMALL = TaskConfig(n_train=200, n_valid=20, n_test=30)


@pytest.mark.parametrize(
    ("task", "answer", "sure"),
    [
        ("shift", "1 9 5 0", {(1, 0), (2, 1), (3, 2)}),
        ("copy", "5 1 9 5", {(0, 0), (1, 1), (2, 2), (3, 3)}),
        ("reverse", "5 9 1 5", {(3, 0), (2, 1), (1, 2), (0, 3)}),
        ("sort", "1 5 5 9", {(1, 0), (0, 1), (3, 2), (2, 3)}),
    ],
)
def test_the_answer_and_the_links_of_each_task(task, answer, sure):
    pair = task_pair(task, (5, 1, 9, 5))
    assert (pair.src, pair.tgt) == ("5 1 9 5", answer)
    assert pair.alignment.sure == sure
    assert pair.alignment.possible == (sure | {(3, 1), (0, 2)} if task == "sort" else sure)


@pytest.mark.parametrize("task", TASKS)
def test_every_link_joins_equal_numbers(task):
    for pair in load_corpus(dataclasses.replace(SMALL, task=task)).test:
        src, tgt = ([word.text for word in split_words(side)] for side in (pair.src, pair.tgt))
        assert len(src) == len(tgt) == 20
        assert all(src[i] == tgt[j] for i, j in pair.alignment.possible)
        assert {j for _, j in pair.alignment.sure} == {
            j for j, place in enumerate(source_positions(task, tuple(map(int, src)))) if place is not None
        }


def test_splits_have_their_sizes_and_are_disjoint():
    corpus = load_corpus(SMALL)
    sources = [{pair.src for pair in split} for split in (corpus.train, corpus.valid, corpus.test)]
    assert [len(split) for split in sources] == [200, 20, 30]
    assert len(set.union(*sources)) == 250
    assert {int(n) for source in sources[0] for n in source.split()} == set(range(100))


def test_the_seed_decides_the_corpus():
    assert load_corpus(SMALL) == load_corpus(SMALL)
    assert load_corpus(SMALL).train != load_corpus(dataclasses.replace(SMALL, seed=2)).train


def test_all_sequences_there_are_can_be_asked_for():
    corpus = load_corpus(TaskConfig(vocabulary=2, length=5, n_train=20, n_valid=6, n_test=6))
    assert len({pair.src for pair in corpus.train + corpus.valid + corpus.test}) == 32


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "double"},
        {"vocabulary": 1},
        {"length": 0},
        {"n_valid": -1},
        {"n_train": 0, "n_valid": 0, "n_test": 0},
        {"vocabulary": 2, "length": 7},
    ],
)
def test_impossible_settings_are_refused(changes):
    with pytest.raises(InputError):
        dataclasses.replace(SMALL, **changes)


def test_lengths_vary_only_if_a_shortest_is_given():
    mixed = load_corpus(dataclasses.replace(SMALL, shortest=3, length=7, n_train=2000)).train
    lengths = [len(pair.src.split()) for pair in mixed]
    assert set(lengths) == {3, 4, 5, 6, 7}
    assert all(
        300 < lengths.count(n) < 500 for n in set(lengths)
    )  # 400 of each expected, standard deviation 18
    assert {len(pair.src.split()) for pair in load_corpus(SMALL).train} == {20}


def test_every_sequence_can_be_drawn_but_not_one_more():
    there = TaskConfig(vocabulary=2, shortest=2, length=4, n_train=20, n_valid=4, n_test=4)
    corpus = load_corpus(there)
    assert len({pair.src for pair in corpus.train + corpus.valid + corpus.test}) == 4 + 8 + 16
    with pytest.raises(InputError, match="28 different sequences that there are"):
        dataclasses.replace(there, n_test=5)


@pytest.mark.parametrize("shortest", [-1, 21])
def test_a_shortest_beyond_the_length_is_refused(shortest):
    with pytest.raises(InputError, match="shortest is"):
        TaskConfig(shortest=shortest, length=20)
