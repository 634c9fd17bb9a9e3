from __future__ import annotations

import random
from functools import cache

import pytest

from explorer.evaluation.word_diff import word_diff
from explorer.results import WordEdit

SCRIPT = "</script><img src=x onerror=alert(1)>"


def edits(old, new):
    return [
        (edit.kind, " ".join(edit.old), " ".join(edit.new)) for edit in word_diff(old.split(), new.split())
    ]


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ("", "", []),
        ("a b", "a b", [("kept", "a b", "a b")]),
        ("", "a b", [("inserted", "", "a b")]),
        ("a b", "", [("deleted", "a b", "")]),
        ("a b c", "a x c", [("kept", "a", "a"), ("replaced", "b", "x"), ("kept", "c", "c")]),
        ("a b c", "a c", [("kept", "a", "a"), ("deleted", "b", ""), ("kept", "c", "c")]),
        ("a c", "a b c", [("kept", "a", "a"), ("inserted", "", "b"), ("kept", "c", "c")]),
        ("a b", "b a", [("deleted", "a", ""), ("kept", "b", "b"), ("inserted", "", "a")]),
        (
            "Sie steht auf .",
            "Sie steht .",
            [("kept", "Sie steht", "Sie steht"), ("deleted", "auf", ""), ("kept", ".", ".")],
        ),
        ("der Der", "Der", [("deleted", "der", ""), ("kept", "Der", "Der")]),
        ("a a a", "a a", [("kept", "a a", "a a"), ("deleted", "a", "")]),
        (SCRIPT, f"{SCRIPT} \u202e", [("kept", SCRIPT, SCRIPT), ("inserted", "", "\u202e")]),
    ],
)
def test_known_answers(old, new, expected):
    assert edits(old, new) == expected


def longest_common(old, new):
    @cache
    def length(i, j):
        if i == len(old) or j == len(new):
            return 0
        return max(length(i + 1, j), length(i, j + 1), 1 + length(i + 1, j + 1) if old[i] == new[j] else 0)

    return length(0, 0)


@pytest.mark.parametrize("seed", range(60))
def test_the_most_words_are_kept_and_none_is_lost(seed):
    rng = random.Random(seed)
    old, new = ([rng.choice("abcd") for _ in range(rng.randrange(9))] for _ in range(2))
    found = word_diff(old, new)
    assert [word for edit in found for word in edit.old] == old
    assert [word for edit in found for word in edit.new] == new
    assert sum(len(edit.old) for edit in found if edit.kind == "kept") == longest_common(
        tuple(old), tuple(new)
    )
    for edit in found:
        right = {"kept": edit.old == edit.new != (), "replaced": edit.old and edit.new,
                 "deleted": edit.old and not edit.new,
                 "inserted": edit.new and not edit.old}  # fmt: skip
        assert right[edit.kind]
    neighbours = list(zip(found, found[1:], strict=False))
    assert all((a.kind == "kept") != (b.kind == "kept") for a, b in neighbours), (
        "runs are as long as they can be"
    )


def test_an_edit_is_frozen():
    with pytest.raises(AttributeError):
        WordEdit("kept", ("a",), ("a",)).kind = "deleted"
