"""What is the lexicon, read from the tables, and how often does each word come up?"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from explorer.corpora.grammar import modifiers, nouns, verbs


@dataclass(frozen=True, eq=False)
class Noun:
    """A noun in three languages: (singular, plural) in each; `weak`: a German masculine in -n; `aspirated`: no French elision before it."""

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
    """An adjective in three languages; `before`: it stands before the French noun; `classes`: the noun classes that it goes with."""

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
    """A verb with its frame: `kind` is intransitive, transitive, ditransitive, prepositional, clausal or copula."""

    kind: str
    en: tuple[str, str, str]
    particle: str  # English particle, or ""
    en_preposition: str
    de: str  # infinitive without the separable particle
    de_particle: str
    de_stem: str  # stem of the second and third person singular where it changes, else ""
    de_participle: str  # "" when weak and regular
    de_sein: bool
    fr: str
    reflexive: bool
    fr_etre: bool
    subjects: frozenset[str]
    objects: frozenset[str]
    dative: bool
    indirect: bool  # the French object is introduced by à
    preposition: PrepositionalFrame | None
    flags: frozenset[str]


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
    """A preposition in three languages with its German case; `classes`: the noun classes that it goes with."""

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


DOUBLING = frozenset("stop swim run cut put win get forget".split())  # verbs that double their last letter


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


def rows(table: str) -> Iterator[list[str]]:
    """Yield the stripped columns of every row that is not a heading."""
    for line in table.strip().split("\n"):
        line = line.strip()
        if line and not line.startswith("#"):
            yield [column.strip() for column in line.split("|")]


def english_plural(singular: str) -> str:
    """The regular plural."""
    if singular.endswith("y") and singular[-2] not in "aeiou":
        return singular[:-1] + "ies"
    if singular.endswith(("s", "x", "ch", "sh")):
        return singular + "es"
    return singular + "s"


def french_plural(singular: str) -> str:
    """The regular plural."""
    if singular.endswith(("s", "x", "z")):
        return singular
    if singular.endswith(("eau", "eu")):
        return singular + "x"
    if singular.endswith("al"):
        return singular[:-2] + "aux"
    return singular + "s"


def read_nouns(table: str) -> tuple[Noun, ...]:
    """The nouns of a table; the format stands in `nouns`."""
    result, heading = [], ""
    for line in table.strip().split("\n"):
        line = line.strip()
        if line.startswith("#"):
            heading = line[1:].strip()
        if not line or line.startswith("#"):
            continue
        english, german, french = (column.strip() for column in line.split("|"))
        french, _, extra = french.partition("+")
        countable = not english.endswith(" u")
        english = english.removesuffix(" u")
        singular, _, plural = english.partition("/")
        german_words, french_words = german.split(), french.split()
        aspirated = "*" in french_words
        french_words = [word for word in french_words if word != "*"]
        french_plural_form = french_words[2] if len(french_words) > 2 else french_plural(french_words[0])
        result.append(
            Noun(
                (singular, plural or english_plural(singular)),
                (german_words[0], german_words[2]),
                german_words[1],
                german_words[-1] == "w",
                (french_words[0], french_plural_form),
                french_words[1],
                aspirated,
                countable,
                frozenset([heading, singular, *extra.split()]),
            )
        )
    return tuple(result)


def read_adjectives(table: str, before: bool) -> tuple[Adjective, ...]:
    """The adjectives of a table."""
    result = []
    for english, german, french, classes in rows(table):
        german, _, stem = german.partition("/")
        masculine, feminine = french.split()
        masculine, _, vowel = masculine.partition("/")
        result.append(
            Adjective(english, german, stem or german, masculine, vowel or masculine, feminine, before, frozenset(classes.split()))
        )
    return tuple(result)


def read_verbs(table: str, kind: str) -> tuple[Verb, ...]:
    """The verbs of a table; the format stands in `verbs`."""
    result = []
    for line in table.strip().split("\n"):
        english, german, french, frame = line.split(" | ")
        frame, _, flags = frame.partition(";")
        particle = preposition = ""
        forms = []
        for word in english.split():
            if word[0] == "+":
                particle = word[1:]
            elif word[0] == "@":
                preposition = "" if word == "@-" else word[1:]
            else:
                forms.append(word)
        if len(forms) == 1:
            past = english_past(forms[0])
            forms += [past, past]
        infinitive, *german_rest = german.split()
        german_particle, _, simple = infinitive.rpartition("|")
        stem = participle = ""
        for word in german_rest:
            if word[0] == "~":
                stem = word[1:]
            elif word != "s":
                participle = word
        reflexive = french.startswith("se ")
        french_words = french.removeprefix("se ").split()
        frame = frame.replace(">>", "")
        subjects, _, objects = frame.partition(">")
        subjects, _, prepositional = subjects.partition("&")
        prepositional_frame = None
        if prepositional.strip():
            prepositional_frame = PrepositionalFrame(*prepositional.strip().split(":"))
        object_classes = set(objects.split())
        dative, indirect = "dat" in object_classes, "à" in object_classes
        result.append(
            Verb(
                kind,
                tuple(forms),
                particle,
                preposition,
                simple,
                german_particle,
                stem,
                participle,
                "s" in german_rest,
                french_words[0],
                reflexive,
                "e" in french_words[1:] or reflexive,
                frozenset(subjects.split()),
                frozenset(object_classes - {"dat", "à"}),
                dative,
                indirect,
                prepositional_frame,
                frozenset(flags.split()),
            )
        )
    return tuple(result)


def english_past(base: str) -> str:
    """The regular past."""
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    if base in DOUBLING:
        return base + base[-1] + "ed"
    return base + "ed"


def read_adverbs(table: str, kind: str) -> tuple[Adverb, ...]:
    """The adverbs of a table."""
    result = []
    for english, german, french, *tenses in rows(table):
        result.append(
            Adverb(
                kind,
                tuple(english.split()),
                tuple(german.split()),
                tuple(french.replace("_", " ").split()),
                frozenset(tenses[0].split()) if tenses else frozenset(),
            )
        )
    return tuple(result)


def read_prepositions(table: str) -> tuple[Preposition, ...]:
    """The prepositions of a table."""
    result = []
    for english, german, french, classes in rows(table):
        word, case = german.split()
        result.append(Preposition(tuple(english.split()), word, case, tuple(french.split()), frozenset(classes.split())))
    return tuple(result)


def read_connectives(table: str) -> tuple[Connective, ...]:
    """The conjunctions or numerals of a table."""
    return tuple(Connective(tuple(english.split()), german, tuple(french.split())) for english, german, french in rows(table))


NOUNS = read_nouns(nouns.NOUN_TABLE)
BANK_NOUNS = read_nouns(nouns.BANK_TABLE)
NAMES = nouns.NAMES
ADJECTIVES = read_adjectives(modifiers.ADJECTIVES_BEFORE, True) + read_adjectives(modifiers.ADJECTIVES_AFTER, False)
INTRANSITIVE = read_verbs(verbs.INTRANSITIVE, "intransitive")
TRANSITIVE = read_verbs(verbs.TRANSITIVE, "transitive")
DITRANSITIVE = read_verbs(verbs.DITRANSITIVE, "ditransitive")
PREPOSITIONAL = read_verbs(verbs.PREPOSITIONAL, "prepositional")
CLAUSAL = read_verbs(verbs.CLAUSAL, "clausal")
VERBS = INTRANSITIVE + TRANSITIVE + DITRANSITIVE + PREPOSITIONAL + CLAUSAL
COPULA = Verb(
    "copula",
    ("be", "was", "been"),
    "",
    "",
    "sein",
    "",
    "",
    "gewesen",
    True,
    "être",
    False,
    False,
    frozenset(),
    frozenset(),
    False,
    False,
    None,
    frozenset({"stative"}),
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
    """The adjectives that go with `noun`; `before` picks those that stand before (True) or after (False) the French noun."""
    return tuple(
        adjective
        for adjective in ADJECTIVES
        if adjective.classes & classes_of(noun) and before in (None, adjective.before) and (adjective.en, noun.en[0]) not in _UNLIKELY
    )


def content_lemmas() -> tuple[tuple[str, str, str, str], ...]:
    """Every (part of speech, English, German, French) content lemma; senses of one English word count once."""
    lemmas = {}
    for noun in NOUNS + BANK_NOUNS:
        lemmas.setdefault(("NOUN", noun.en[0]), (noun.de[0], noun.fr[0]))
    for verb in VERBS:
        english = " ".join(filter(None, (verb.en[0], verb.particle, verb.en_preposition)))
        lemmas.setdefault(("VERB", english), (verb.de_particle + verb.de, ("se " if verb.reflexive else "") + verb.fr))
    for adjective in ADJECTIVES:
        lemmas.setdefault(("ADJ", adjective.en), (adjective.de, adjective.fr))
    for adverb in TIMES + FREQUENCIES + MANNERS + PLACES + SENTENCE_ADVERBS:
        if len(adverb.en) == 1:
            lemmas.setdefault(("ADV", adverb.en[0]), (" ".join(adverb.de), " ".join(adverb.fr)))
    return tuple((upos, english, *rest) for (upos, english), rest in lemmas.items())
