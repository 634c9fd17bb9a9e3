"""One axis of a picture: `Side`, a sequence of tokens with all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from explorer.results.text import BOS

SideRole = Literal["read", "written", "fed"]


@dataclass(frozen=True)
class Side:
    """The tokens along one axis, and what is known of each.

    name: what the side is called in a sentence ("source", "translation", "text", "image").
    word_ids: for each token the number of the word it is part of, None for a token of no word;
    words: what these numbers point to, () where nobody asks for words;
    special: True for ``<s>``, ``[CLS]``, ``<pad>`` and the like; unless given, for every token of no word
    that is not white space;  unknown: positions of tokens outside the vocabulary;
    grid: (rows, columns) of the patches of an image, None for a text.
    role: "read" for tokens that are there at once; "written" where place t belongs to the step that puts
    token t out; "fed" for the same tokens as they go in, one place later;
    start: of a written side, the special token that goes in before its first.
    """

    name: str
    tokens: tuple[str, ...]
    word_ids: tuple[int | None, ...]
    words: tuple[str, ...] = ()
    special: tuple[bool, ...] = ()
    unknown: tuple[int, ...] = ()
    grid: tuple[int, int] | None = None
    role: SideRole = "read"
    start: str = BOS

    def __post_init__(self):
        if not self.special:
            pairs = zip(self.tokens, self.word_ids, strict=False)
            marks = tuple(word is None and bool(token.strip()) for token, word in pairs)
            object.__setattr__(self, "special", marks)
        for name in ("word_ids", "special"):
            if len(getattr(self, name)) != len(self.tokens):
                n_given = len(getattr(self, name))
                raise ValueError(f"The {self.name} has {len(self.tokens)} tokens and {n_given} {name}.")

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def title(self) -> str:
        """The name on an axis: "translation", or "translation so far" for what goes in."""
        return f"{self.name} so far" if self.role == "fed" else self.name

    @property
    def continues(self) -> tuple[bool, ...]:
        """True where a token goes on with the word of the token before it."""
        ids = self.word_ids
        return tuple(i > 0 and word is not None and word == ids[i - 1] for i, word in enumerate(ids))

    def groups(self) -> list[list[int]]:
        """The places of each word, and of each token of no word by itself, in order of the first of each."""
        return word_groups(self.word_ids)

    def take(self, places: Sequence[int]) -> Side:
        """Only these places, in this order; a picture that lacks some of an image's patches has no grid."""
        return replace(
            self,
            tokens=tuple(self.tokens[i] for i in places),
            word_ids=tuple(self.word_ids[i] for i in places),
            special=tuple(self.special[i] for i in places),
            unknown=tuple(new for new, i in enumerate(places) if i in self.unknown),
            grid=self.grid if list(places) == list(range(len(self))) else None,
        )

    def merge(self) -> Side:
        """Whole words in place of their tokens; without `words`, a word is its tokens joined."""
        groups = self.groups()
        firsts = self.take([group[0] for group in groups])
        labels = []
        for group, word in zip(groups, firsts.word_ids, strict=True):
            if word is not None and word < len(self.words):
                labels.append(self.words[word])
            else:
                labels.append("".join(self.tokens[i] for i in group))
        unknown = tuple(new for new, group in enumerate(groups) if any(i in self.unknown for i in group))
        return replace(firsts, tokens=tuple(labels), unknown=unknown)

    def shift(self) -> Side:
        """The tokens as they go in: `start` and all but the last. Raises ValueError for a side that is not
        written.
        """
        if self.role != "written":
            raise ValueError(
                f"The {self.name} is {self.role}, and only what is written goes in a step later."
            )
        return replace(
            self,
            tokens=(self.start, *self.tokens[:-1]),
            word_ids=(None, *self.word_ids[:-1]),
            special=(True, *self.special[:-1]),
            unknown=tuple(i + 1 for i in self.unknown if i + 1 < len(self)),
            role="fed",
        )


def word_groups(word_ids: Sequence[int | None]) -> list[list[int]]:
    """The places of each word, and of each token of no word by itself, in order of the first of each.

    >>> word_groups((0, 0, None, 1, None))
    [[0, 1], [2], [3], [4]]
    """
    groups: dict[object, list[int]] = {}
    for place, word in enumerate(word_ids):
        groups.setdefault(("token", place) if word is None else word, []).append(place)
    return list(groups.values())
