"""The lexicon, built from the tables of nouns, verbs and modifiers, with the words that go together."""

from __future__ import annotations

from collections.abc import Iterable

from explorer.corpora.grammar import modifiers, nouns, verbs
from explorer.corpora.grammar.entries import Adjective, Noun, Verb
from explorer.corpora.grammar.tables import (
    read_adjectives,
    read_adverbs,
    read_connectives,
    read_nouns,
    read_prepositions,
    read_verbs,
)

NOUNS = read_nouns(nouns.NOUN_TABLE)
BANK_NOUNS = read_nouns(nouns.BANK_TABLE)
NAMES = nouns.NAMES
ADJECTIVES = read_adjectives(modifiers.ADJECTIVES_BEFORE, True) + read_adjectives(
    modifiers.ADJECTIVES_AFTER, False
)
INTRANSITIVE = read_verbs(verbs.INTRANSITIVE, "intransitive")
TRANSITIVE = read_verbs(verbs.TRANSITIVE, "transitive")
DITRANSITIVE = read_verbs(verbs.DITRANSITIVE, "ditransitive")
PREPOSITIONAL = read_verbs(verbs.PREPOSITIONAL, "prepositional")
CLAUSAL = read_verbs(verbs.CLAUSAL, "clausal")
VERBS = INTRANSITIVE + TRANSITIVE + DITRANSITIVE + PREPOSITIONAL + CLAUSAL
COPULA = Verb(
    kind="copula",
    en=("be", "was", "been"),
    de="sein",
    de_participle="gewesen",
    de_sein=True,
    fr="être",
    flags=frozenset({"stative"}),
)
TIMES = read_adverbs(modifiers.TIME_ADVERBS, "time") + read_adverbs(modifiers.TIME_PHRASES, "time")
FREQUENCIES = read_adverbs(modifiers.FREQUENCY_ADVERBS, "frequency")
MANNERS = read_adverbs(modifiers.MANNER_ADVERBS, "manner")
PLACES = read_adverbs(modifiers.PLACE_ADVERBS, "place")
SENTENCE_ADVERBS = read_adverbs(modifiers.SENTENCE_ADVERBS, "sentence")
QUESTION_ADVERBS = read_adverbs(modifiers.QUESTION_ADVERBS, "question")
PLACE_PREPOSITIONS = read_prepositions(modifiers.PLACE_PREPOSITIONS)
SURFACE_PREPOSITIONS = read_prepositions(modifiers.SURFACE_PREPOSITIONS)
EVENT_PREPOSITIONS = read_prepositions(modifiers.EVENT_PREPOSITIONS)
OTHER_PREPOSITIONS = {" ".join(p.en): p for p in read_prepositions(modifiers.OTHER_PREPOSITIONS)}
SUBORDINATORS = {" ".join(c.en): c for c in read_connectives(modifiers.SUBORDINATORS)}
COORDINATORS = {" ".join(c.en): c for c in read_connectives(modifiers.COORDINATORS)}
NUMERALS = read_connectives(modifiers.NUMERALS)


_DISHES = frozenset({"cup", "glass", "plate", "bottle"})
_UNLIKELY = frozenset(
    {
        ("old", "child"),
        ("old", "girl"),
        ("old", "boy"),
        ("old", "baby"),
        ("young", "baby"),
        ("young", "grandmother"),
        ("young", "grandfather"),
        ("old", "grandson"),
        ("small", "baby"),
        ("rich", "baby"),
        ("rich", "child"),
        ("rich", "king"),
        ("famous", "baby"),
        ("polite", "baby"),
        ("proud", "baby"),
        ("honest", "baby"),
    }
)


def classes_of(noun: Noun) -> frozenset[str]:
    """The classes of `noun`, its own English singular among them, and "dish" for tableware."""
    return noun.classes | {"dish"} if noun.classes & _DISHES else noun.classes


def nouns_of(classes: Iterable[str]) -> tuple[Noun, ...]:
    """The nouns of any of `classes`, in table order."""
    return tuple(noun for noun in NOUNS if classes_of(noun) & set(classes))


def adjectives_of(noun: Noun, before: bool | None = None) -> tuple[Adjective, ...]:
    """The adjectives that go with `noun`; `before` picks those that stand before (True) or after (False) the
    French noun.
    """
    return tuple(
        adjective
        for adjective in ADJECTIVES
        if adjective.classes & classes_of(noun)
        and before in (None, adjective.before)
        and (adjective.en, noun.en[0]) not in _UNLIKELY
    )
