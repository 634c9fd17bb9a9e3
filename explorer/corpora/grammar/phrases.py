"""Draw noun phrases."""

from __future__ import annotations

import random
from collections.abc import Iterable

from explorer.corpora.grammar import lexicon as lex
from explorer.corpora.grammar.entries import Adjective, Noun, Verb
from explorer.corpora.grammar.sense import (
    KIN,
    NAME,
    NUMERAL,
    OWNED,
    PERSON,
    PLACE_PREPOSITION,
    POSSESSED,
    SURFACE_PREPOSITION,
    adjective_table,
    noun_table,
)
from explorer.corpora.grammar.syntax import NP, PP, Clause, new_keys

SUBJECT_PRONOUNS = ("I", "he", "she", "we", "they", "you")


class Sampler:
    """Draws the noun phrases of one sentence, no noun twice where the table allows.

    `wish` is the phenomenon that the sentence should show, or None; `used` the nouns that it has already.
    """

    def __init__(self, rng: random.Random, wish: str | None = None):
        self.rng, self.random, self.wish = rng, rng.random, wish
        self.used: set[Noun] = set()

    def noun(self, classes: Iterable[str]) -> Noun:
        """A noun of `classes`, if possible one that the sentence does not have yet."""
        table = noun_table(frozenset(classes))
        for _ in range(6):
            noun = table.draw(self.rng)
            if noun not in self.used:
                break
        self.used.add(noun)
        return noun

    def noun_phrase(
        self,
        classes: Iterable[str],
        *,
        definite: bool = False,
        subject: bool = False,
        plural_share: float = 0.28,
    ) -> NP:
        """A noun with determiner and number; `definite`: nothing that negation or a recipient would not go
        with.
        """
        noun = self.noun(classes)
        draw = self.random()
        plural = noun.countable and self.random() < plural_share
        number = None
        if not noun.countable:
            det = (
                "def"
                if draw < 0.8
                else "this"
                if draw < 0.9 or not noun.classes & POSSESSED
                else self.possessor()
            )
        elif draw < 0.58:
            det = "def"
        elif draw < 0.70:
            det = self.possessor() if noun.classes & POSSESSED else "def"
        elif draw < 0.76:
            det = "this" if not noun.classes & {"sky"} else "def"
        elif definite:
            det = "def"
        elif draw < 0.90:
            det = "indef"
            plural = plural and not subject
        elif draw < 0.94:
            det, plural, number = "number", True, NUMERAL.draw(self.rng)
        elif draw < 0.965:
            det, plural = "every" if subject else "def", False
        else:
            det, plural = ("many" if draw < 0.985 else "some"), True
        if det in SUBJECT_PRONOUNS and noun.en[0] in ("mother", "father", "boss"):
            plural = False
        return NP("noun", noun, plural, det, number)

    def possessor(self) -> str:
        """A possessor: one of the six pronouns."""
        return SUBJECT_PRONOUNS[int(self.random() * 6)]

    def subject(self, classes: Iterable[str], room: int, definite: bool = False) -> NP:
        """A subject: pronouns and names only where persons are meant."""
        if "person" in classes:
            draw = self.random()
            if draw < (0.16 if room > 4 else 0.4):
                return NP("pronoun", SUBJECT_PRONOUNS[int(self.random() * 6)])
            if draw < (0.24 if room > 4 else 0.7):
                name, gender = NAME.draw(self.rng)
                return NP("name", name, gender=gender)
        return self.noun_phrase(classes, subject=True, definite=definite, plural_share=0.3)

    def coordinate(self, first: NP, classes: Iterable[str]) -> NP:
        """`first` and a second phrase of the same classes, or `first` where that does not go."""
        if (
            first.kind not in ("noun", "name")
            or not first.definite
            or first.det == "every"
            or first.genitive
            or first.pp
            or first.relative
        ):
            return first
        second = self.noun_phrase(classes, definite=True)
        if (
            not second.definite
            or second.det == "every"
            or second.value is first.value
            or not second.value.countable
        ):
            return first
        return NP("coordination", lex.COORDINATORS["and"], parts=(first, second))

    def object_pronoun(self, subject: NP, persons: bool) -> NP:
        """A pronoun that is not its own subject; only "them" for things."""
        if not persons:
            return NP("pronoun", "they")
        value = ("he", "she", "they", "I", "you", "we")[int(self.random() * 6)]
        person = NP("pronoun", value).person
        if subject.kind == "pronoun" and subject.person == person and person < 3:
            value = "she"
        return NP("pronoun", value)

    def object(self, verb: Verb, negated: bool) -> NP:
        """The direct object of `verb`."""
        np = self.noun_phrase(verb.objects)
        if verb.dative and not np.definite and np.plural:
            np.det, np.number = "def", None
        if negated and np.det in ("number", "many", "some", "every"):
            np.det, np.number = "def", None
        if negated and verb.dative and np.det == "indef":
            np.det = "def"
        return np

    def place_phrase(self) -> PP:
        """Where: a preposition and a place."""
        preposition = PLACE_PREPOSITION.draw(self.rng)
        return PP(preposition, self.noun_phrase(preposition.classes, definite=True, plural_share=0.0))

    def adjectives(self, noun: Noun, n: int) -> list[tuple[Adjective, int]]:
        """Up to `n` (adjective, keys): one that stands before the French noun, one that stands after it."""
        chosen = []
        first = self.random() < 0.45
        for before in (True, False) if n == 2 else (first,):
            table = adjective_table(noun, before)
            if len(table):
                chosen.append((table.draw(self.rng), new_keys()))
        return chosen

    def add_genitive(self, np: NP) -> int:
        """Give `np` an owner, joined by "of"; the English words added."""
        noun = np.value
        if (
            np.det not in ("def", "this")
            or not np.definite
            or not noun.countable
            and not noun.classes & OWNED
        ):
            return 0
        if noun.classes & KIN or noun.classes & OWNED:
            owner = self.noun_phrase(PERSON, definite=True, plural_share=0.25)
        elif "opening" in noun.classes or noun.en[0] == "roof":
            owner = self.noun_phrase(("building",), definite=True, plural_share=0.1)
        elif "event" in noun.classes and noun.en[0] in ("wedding", "exam", "trip", "concert"):
            owner = self.noun_phrase(PERSON, definite=True, plural_share=0.2)
        else:
            return 0
        np.det = "def"
        if owner.det == "every":
            owner.det = "def"
        if self.random() < 0.3:
            owner.adjectives += self.adjectives(owner.value, 1)
        np.genitive = owner
        return 3 + len(owner.adjectives)

    def add_noun_pp(self, clause: Clause, np: NP) -> int:
        """A preposition inside the noun phrase (the keys to the cabinet, the man with the hat); the English
        words added.
        """
        noun, others = np.value, lex.OTHER_PREPOSITIONS
        is_subject = np is clause.subject
        if noun.en[0] == "key":
            inner, preposition = self.noun_phrase(("lock",), definite=True, plural_share=0.15), others["to"]
        elif "person" in noun.classes and self.random() < 0.5:
            inner, preposition = self.noun_phrase(("clothing",), plural_share=0.1), others["with"]
            if inner.det in ("every", "many", "some", "number") or inner.det not in ("def", "indef", "this"):
                inner.det, inner.number, inner.plural = "def", None, False
        elif "person" in noun.classes and not np.adjectives and self.random() < 0.5:
            inner, preposition = (
                self.noun_phrase(("origin",), definite=True, plural_share=0.0),
                others["from"],
            )
        elif noun.classes & {"text", "film"} and noun.en[0] not in (
            "dictionary",
            "list",
            "form",
            "contract",
            "recipe",
        ):
            inner, preposition = self.noun_phrase(("person", "animal"), plural_share=0.3), others["about"]
            if inner.det not in ("def", "indef", "this"):
                inner.det, inner.number = "def", None
        elif is_subject and noun.classes & {"person", "animal"}:
            phrase = self.place_phrase()
            inner, preposition = phrase.np, phrase.preposition
        elif is_subject and noun.classes & {"object", "text", "food", "clothing"}:
            preposition = SURFACE_PREPOSITION.draw(self.rng)
            inner = self.noun_phrase(preposition.classes, definite=True, plural_share=0.0)
        else:
            return 0
        if np.det == "every":
            return 0
        if inner.det == "every":
            inner.det = "def"
        if self.random() < 0.35:
            inner.adjectives += self.adjectives(inner.value, 1)
        np.pp = PP(preposition, inner)
        return 2 + len(preposition.en) + len(inner.adjectives)
