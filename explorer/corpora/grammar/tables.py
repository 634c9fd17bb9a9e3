"""Read the word tables, with columns separated by "|", and fill in the regular forms they leave out."""

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
    """The nouns of a table in the format that `nouns` describes."""
    result, heading = [], ""
    for line in table.strip().split("\n"):
        line = line.strip()
        if line.startswith("#"):
            heading = line[1:].strip()
        elif line:
            result.append(read_noun(line, heading))
    return tuple(result)


def read_noun(line: str, heading: str) -> Noun:
    """The noun of one line; `heading` is the class of all nouns below it."""
    english, german, french = (column.strip() for column in line.split("|"))
    french, _, classes = french.partition("+")
    singular, _, plural = english.removesuffix(" u").partition("/")
    german_singular, gender, german_plural, *weak = german.split()
    french_singular, french_gender, *others = (word for word in french.split() if word != "*")
    return Noun(
        en=(singular, plural or english_plural(singular)),
        de=(german_singular, german_plural),
        de_gender=gender,
        weak="w" in weak,
        fr=(french_singular, others[0] if others else french_plural(french_singular)),
        fr_gender=french_gender,
        aspirated="*" in french.split(),
        countable=not english.endswith(" u"),
        classes=frozenset([heading, singular, *classes.split()]),
    )


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
    """The verbs of a table in the format that `verbs` describes."""
    result = []
    for line in table.strip().split("\n"):
        english, german, french, frame = line.split(" | ")
        entry = english_verb(english) | german_verb(german) | french_verb(french) | verb_frame(frame)
        result.append(Verb(kind=kind, **entry))
    return tuple(result)


def english_verb(column: str) -> dict:
    """The fields of a `Verb` in ``wake woke woken +up`` or ``look @for``."""
    forms, particle, preposition = [], "", ""
    for word in column.split():
        if word[0] == "+":
            particle = word[1:]
        elif word[0] == "@":
            preposition = "" if word == "@-" else word[1:]
        else:
            forms.append(word)
    if len(forms) == 1:
        forms += [english_past(forms[0])] * 2
    return {"en": tuple(forms), "particle": particle, "en_preposition": preposition}


def german_verb(column: str) -> dict:
    """The fields of a `Verb` in ``an|rufen angerufen`` or ``laufen ~läuf gelaufen s``."""
    infinitive, *rest = column.split()
    particle, _, simple = infinitive.rpartition("|")
    stem = participle = ""
    for word in rest:
        if word[0] == "~":
            stem = word[1:]
        elif word != "s":
            participle = word
    return {
        "de": simple,
        "de_particle": particle,
        "de_stem": stem,
        "de_participle": participle,
        "de_sein": "s" in rest,
    }


def french_verb(column: str) -> dict:
    """The fields of a `Verb` in ``se réveiller`` or ``venir e``."""
    reflexive = column.startswith("se ")
    infinitive, *rest = column.removeprefix("se ").split()
    return {"fr": infinitive, "reflexive": reflexive, "fr_etre": "e" in rest or reflexive}


def verb_frame(column: str) -> dict:
    """The fields of a `Verb` in ``person > person dat ; still`` or ``person & for:auf:a: > answer``."""
    frame, _, flags = column.partition(";")
    subjects, _, objects = frame.replace(">>", "").partition(">")
    subjects, _, prepositional = subjects.partition("&")
    prepositional = prepositional.strip()
    classes = set(objects.split())
    return {
        "subjects": frozenset(subjects.split()),
        "objects": frozenset(classes - {"dat", "à"}),
        "dative": "dat" in classes,
        "indirect": "à" in classes,
        "preposition": PrepositionalFrame(*prepositional.split(":")) if prepositional else None,
        "flags": frozenset(flags.split()),
    }


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
