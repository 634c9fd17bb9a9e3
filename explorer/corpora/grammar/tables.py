"""How are the tables of words read? Rows of columns divided by "|", with regular forms filled in where a
table leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora.grammar.entries import (
    Adjective,
    Adverb,
    Connective,
    Noun,
    Preposition,
    PrepositionalFrame,
    Verb,
)

DOUBLING = frozenset("stop swim run cut put win get forget".split())  # verbs that double their last letter


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
            Adjective(
                english,
                german,
                stem or german,
                masculine,
                vowel or masculine,
                feminine,
                before,
                frozenset(classes.split()),
            )
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
        result.append(
            Preposition(tuple(english.split()), word, case, tuple(french.split()), frozenset(classes.split()))
        )
    return tuple(result)


def read_connectives(table: str) -> tuple[Connective, ...]:
    """The conjunctions or numerals of a table."""
    return tuple(
        Connective(tuple(english.split()), german, tuple(french.split()))
        for english, german, french in rows(table)
    )
