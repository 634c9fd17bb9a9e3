"""Dependency trees in CoNLL-U, ten columns per word (universaldependencies.org/format.html)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from explorer.corpora.lines import read_lines, write_lines
from explorer.errors import InputError
from explorer.results import Dependencies

_SKIPPED = re.compile(r"[0-9]+\.[0-9]+")  # an empty node, 5.1
_MULTIWORD = re.compile(r"([0-9]{1,7})-([0-9]{1,7})")  # a token of several words, 1-2
_NO_SPACE = "SpaceAfter=No"


class TreebankSentence(NamedTuple):
    """A tree and the text it is of. spans: where each word of the tree is in the text, (start, end) in
    characters, None for the words of which a row `1-2` makes one (*zum* for *zu dem*)."""

    text: str
    tree: Dependencies
    spans: tuple[tuple[int, int] | None, ...]


def read_conllu(path: str | Path) -> tuple[Dependencies, ...]:
    """The trees of `read_treebank` alone."""
    return tuple(sentence.tree for sentence in read_treebank(path))


def read_treebank(path: str | Path) -> tuple[TreebankSentence, ...]:
    """The sentences of a file, as `parse_treebank` finds them."""
    return parse_treebank(read_lines(path), path)


def parse_treebank(lines: Sequence[str], path: str | Path) -> tuple[TreebankSentence, ...]:
    """The sentences in `lines`: rows `5.1` are skipped, and a row `1-2` gives the text of its words and says
    whether a space follows.

    path: what to call the lines in a message. Raises InputError, naming the line, for a row without ten
    columns, numbers out of order, a head outside the sentence, a sentence without exactly one root, or a
    cycle.
    """
    sentences, rows = [], []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            if not line.startswith("#"):
                rows.append((number, line))
        elif rows:
            sentences.append(_sentence(rows, path))
            rows = []
    if not sentences:
        raise InputError(f"{path} has no sentences: expected CoNLL-U, ten tab-separated columns per word.")
    return tuple(sentences)


class _Rows:
    """A sentence while its rows are read.

    words: (line number, columns) of each word;  forms: the first word of a row `1-2` → its text and its last
    word;  glued: the last word of a row `1-2` → whether no space follows it;  inside: the words of such rows
    but the last.
    """

    def __init__(self, path: str | Path):
        self.path = path
        self.words: list[tuple[int, list[str]]] = []
        self.forms: dict[int, tuple[str, int]] = {}
        self.glued: dict[int, bool] = {}
        self.inside: set[int] = set()

    def fault(self, number: int, message: str) -> InputError:
        """An error at a line."""
        return InputError(f"{self.path}, line {number}: {message}")

    def add(self, number: int, line: str, n_rows: int) -> None:
        """Read one row of a sentence of `n_rows`."""
        columns = line.split("\t")
        if len(columns) != 10:
            raise self.fault(number, f"{len(columns)} columns; CoNLL-U has ten, with tabs between them.")
        if _SKIPPED.fullmatch(columns[0]):
            return
        next_word = len(self.words) + 1
        if multiword := _MULTIWORD.fullmatch(columns[0]):
            first, last = int(multiword[1]), int(multiword[2])
            if not next_word == first < last < next_word + n_rows:
                raise self.fault(
                    number,
                    f"the words {columns[0][:20]} are not those that follow: number words from 1 without "
                    "a gap.",
                )
            self.glued[last] = _no_space(columns)
            self.inside.update(range(first, last))
            self.forms[first] = columns[1], last
            return
        if columns[0] != str(next_word):
            raise self.fault(
                number,
                f"word number {columns[0][:20]!r}, expected {next_word}: number words from 1 without a gap.",
            )
        if not columns[1]:
            raise self.fault(number, "the word is empty; write _ where there is none.")
        self.words.append((number, columns))

    def heads(self) -> tuple[int, ...]:
        """The head of each word, -1 for the root."""
        heads = []
        for number, columns in self.words:
            head = columns[6]
            is_number = head.isascii() and head.isdigit() and len(head) < 8
            if not is_number or int(head) > len(self.words):
                raise self.fault(
                    number,
                    f"head {head[:20]!r} is not a word of this sentence (0 for the root, else 1 to "
                    f"{len(self.words)}).",
                )
            heads.append(int(head) - 1)
        problem = tree_problem(heads)
        if problem:
            raise self.fault(self.words[0][0], f"{problem}; expected a tree with one root.")
        return tuple(heads)

    def space_after(self, n: int, columns: list[str]) -> bool:
        """Whether a space follows word `n`, counted from 1."""
        if n in self.inside:
            return False
        return not self.glued[n] if n in self.glued else not _no_space(columns)


def _no_space(columns: list[str]) -> bool:
    return _NO_SPACE in columns[9].split("|")


def _sentence(numbered: list[tuple[int, str]], path: str | Path) -> TreebankSentence:
    rows = _Rows(path)
    for number, line in numbered:
        rows.add(number, line, len(numbered))
    if not rows.words:
        raise rows.fault(numbered[0][0], "a sentence without a word.")
    heads = rows.heads()
    texts, lemmas, upos, relations = (tuple(columns[c] for _, columns in rows.words) for c in (1, 2, 3, 7))
    spaces = tuple(rows.space_after(n, columns) for n, (_, columns) in enumerate(rows.words, 1))
    return spelled(Dependencies(texts, lemmas, upos, heads, relations, spaces), rows.forms)


def spelled(
    tree: Dependencies, forms: Mapping[int, tuple[str, int]] = MappingProxyType({})
) -> TreebankSentence:
    """The text of a tree, with the place of each word. forms: for the first word (from 1) of several that are
    written as one, how they are written and which word is the last."""
    text, spans, word, n_words = "", [], 0, len(tree.words)
    while word < n_words:
        form, last = forms.get(word + 1, (tree.words[word], word + 1))
        last = min(last, n_words)
        spans += [None] * (last - word) if word + 1 in forms else [(len(text), len(text) + len(form))]
        text += form + (" " if tree.space_after[last - 1] else "")
        word = last
    return TreebankSentence(text.rstrip(" "), tree, tuple(spans))


def tree_problem(heads: list[int] | tuple[int, ...]) -> str | None:
    """What keeps `heads` (-1 for the root) from being a tree with one root, or None."""
    n_roots = sum(head == -1 for head in heads)
    if n_roots != 1:
        return f"{n_roots} roots"
    reaches_root: set[int] = {-1}
    for word in range(len(heads)):
        seen = set()
        while word not in reaches_root:
            seen.add(word)
            reaches_root.add(word)  # for now: a second visit on this very walk is a cycle
            word = heads[word]
            if word in seen:
                return f"a cycle at word {word + 1}"
    return None


def write_conllu(path: str | Path, trees: Iterable[Dependencies]) -> None:
    """Write the trees, with their text as comments; `read_conllu` reads them back. Raises InputError for what
    the format cannot hold.
    """
    lines = []
    for number, tree in enumerate(trees, 1):
        columns = (tree.words, tree.lemmas, tree.upos, tree.heads, tree.relations, tree.space_after)
        if not tree.words or len({len(column) for column in columns}) != 1:
            raise InputError(
                f"Tree {number} cannot be written: it needs at least one word, and a lemma, tag, head and "
                "relation for each."
            )
        problem = _bad_column(tree) or tree_problem(tree.heads)
        if problem:
            raise InputError(f"Tree {number} cannot be written: {problem}.")
        lines += [f"# sent_id = {number}", f"# text = {spelled(tree).text}"]
        for n, (word, lemma, upos, head, relation, space) in enumerate(zip(*columns, strict=True), 1):
            lines.append(
                f"{n}\t{word}\t{lemma}\t{upos}\t_\t_\t{head + 1}\t{relation}\t_\t"
                f"{'_' if space else _NO_SPACE}"
            )
        lines.append("")
    write_lines(path, lines)


def _bad_column(tree: Dependencies) -> str | None:
    for head in tree.heads:
        if not -1 <= head < len(tree.words):
            return f"head {head} is outside the sentence"
    for strings in (tree.words, tree.lemmas, tree.upos, tree.relations):
        for string in strings:
            if not string or any(char in string for char in "\t\n\r"):
                return f"{string!r} cannot be a column: it must not be empty or contain tabs or line ends"
    return None
