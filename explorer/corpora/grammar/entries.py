"""Lexicon entries, one class per part of speech, and how often each comes up."""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, eq=False)
class Noun:
    """A noun in three languages: (singular, plural) in each; `weak`: a German masculine in -n; `aspirated`:
    no French elision before it.
    """

    en: tuple[str, str]
    de: tuple[str, str]
    de_gender: str
    weak: bool
    fr: tuple[str, str]
    fr_gender: str
    aspirated: bool
    countable: bool
    classes: frozenset[str]


@dataclass(frozen=True, eq=False)
class Adjective:
    """An adjective in three languages; `before`: it stands before the French noun; `classes`: the noun
    classes that it goes with.
    """

    en: str
    de: str
    de_stem: str
    fr: str
    fr_vowel: str
    fr_feminine: str
    before: bool
    classes: frozenset[str]


@dataclass(frozen=True, eq=False)
class PrepositionalFrame:
    """The preposition of a prepositional object; an empty French one makes it a direct object."""

    en: str
    de: str
    case: str
    fr: str


@dataclass(frozen=True, eq=False)
class Verb:
    """A verb with its frame: `kind` is intransitive, transitive, ditransitive, prepositional, clausal or
    copula.
    """

    kind: str
    en: tuple[str, str, str]  # base form, past, participle
    de: str  # infinitive without the separable particle
    fr: str  # infinitive without "se"
    particle: str = ""  # English
    en_preposition: str = ""  # before what is an object in the other languages
    de_particle: str = ""
    de_stem: str = ""  # stem of the second and third person singular where it changes
    de_participle: str = ""  # where it is not weak and regular
    de_sein: bool = False  # the auxiliary of the perfect is sein
    reflexive: bool = False  # in French
    fr_etre: bool = False  # the auxiliary of the perfect is être
    subjects: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    dative: bool = False  # the German object is a dative
    indirect: bool = False  # the French object is introduced by à
    preposition: PrepositionalFrame | None = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Adverb:
    """A fixed expression in three languages, one or more words each; `tenses` where it is bound to some."""

    kind: str
    en: tuple[str, ...]
    de: tuple[str, ...]
    fr: tuple[str, ...]
    tenses: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Preposition:
    """A preposition in three languages with its German case; `classes`: the noun classes that it goes
    with.
    """

    en: tuple[str, ...]
    de: str
    case: str
    fr: tuple[str, ...]
    classes: frozenset[str]


@dataclass(frozen=True, eq=False)
class Connective:
    """A subordinating or coordinating conjunction, or a numeral."""

    en: tuple[str, ...]
    de: str
    fr: tuple[str, ...]


class Zipf:
    """A list drawn from with weights 1/rank."""

    def __init__(self, items: Iterable):
        self.items = tuple(items)
        self.cumulative = tuple(accumulate(1 / rank for rank in range(1, len(self.items) + 1)))
        self.total = self.cumulative[-1] if self.items else 0.0

    def draw(self, rng: random.Random):
        """One item."""
        return self.items[bisect(self.cumulative, rng.random() * self.total)]

    def __len__(self) -> int:
        return len(self.items)
