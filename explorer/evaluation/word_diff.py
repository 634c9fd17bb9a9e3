"""The words in which two translations differ, by the fewest deletions and insertions, grouped for reading."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.results import WordEdit
from explorer.results.ablation import EditKind


def word_diff(old: Sequence[str], new: Sequence[str]) -> tuple[WordEdit, ...]:
    """The fate of the words of `old`, in order: runs of words that are kept, replaced, deleted or inserted.

    As many words as possible are kept (a longest common subsequence); of several such ways the one that keeps
    words earliest is taken.

    >>> for edit in word_diff(("der", "alte", "Mann"), ("ein", "Mann", "schläft")):
    ...     print(edit.kind, edit.old, edit.new)
    replaced ('der', 'alte') ('ein',)
    kept ('Mann',) ('Mann',)
    inserted () ('schläft',)
    """
    common = _common_lengths(old, new)
    edits: list[WordEdit] = []
    i = j = 0
    while i < len(old) or j < len(new):
        start_i, start_j = i, j
        while i < len(old) and j < len(new) and old[i] == new[j]:
            i, j = i + 1, j + 1
        if i > start_i:
            edits.append(WordEdit("kept", tuple(old[start_i:i]), tuple(new[start_j:j])))
            continue
        while (i < len(old) or j < len(new)) and not (i < len(old) and j < len(new) and old[i] == new[j]):
            if j == len(new) or (i < len(old) and common[i + 1][j] >= common[i][j + 1]):
                i += 1
            else:
                j += 1
        kind: EditKind = "inserted"
        if i > start_i:
            kind = "replaced" if j > start_j else "deleted"
        edits.append(WordEdit(kind, tuple(old[start_i:i]), tuple(new[start_j:j])))
    return tuple(edits)


def _common_lengths(old: Sequence[str], new: Sequence[str]) -> list[list[int]]:
    """[i][j]: the length of the longest common subsequence of old[i:] and new[j:]."""
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            table[i][j] = (
                table[i + 1][j + 1] + 1 if old[i] == new[j] else max(table[i + 1][j], table[i][j + 1])
            )
    return table
