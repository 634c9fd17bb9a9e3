"""What one head finds of the dependencies of one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.results.heads import Direction

ArcVerdict = Literal["found", "missed", "spared", "not asked"]
LookVerdict = Literal["right", "wrong", "not asked"]


@dataclass(frozen=True)
class Arc:
    """A dependency between two words of a sentence, both from 0.

    verdict: whether the head finds it; "spared" where the word looks at another one that is right too.
    """

    dependent: int
    head: int
    relation: str
    verdict: ArcVerdict = "not asked"


@dataclass(frozen=True)
class Look:
    """The other word that a word looks at most, and with which weight."""

    word: int
    at: int
    weight: float
    verdict: LookVerdict = "not asked"


@dataclass(frozen=True)
class SentenceArcs:
    """The tree of a sentence held against the maxima of one head.

    relation: the one that is asked about, None for all;  direction: who is asked, the dependents for their
    head or the other way round; arcs: every dependency whose two words are words of the tokenizer too;
    looks: one for each word that looks at another word.
    """

    words: tuple[str, ...]
    arcs: tuple[Arc, ...]
    looks: tuple[Look, ...]
    relation: str | None
    direction: Direction

    @property
    def n_asked(self) -> int:
        """How many words were asked; a word without a maximum is asked too."""
        asked = [arc for arc in self.arcs if arc.verdict != "not asked"]
        return len({arc.dependent if self.direction == "to_head" else arc.head for arc in asked})

    @property
    def n_right(self) -> int:
        return sum(look.verdict == "right" for look in self.looks)
