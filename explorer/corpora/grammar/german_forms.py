"""German endings: verbs, nouns, adjectives, articles and pronouns."""

from __future__ import annotations

from explorer.corpora.grammar.entries import Noun, Verb

# Endings of der/dieser by case and gender (p: plural).
DEFINITE = {
    "n": {"m": "der", "f": "die", "n": "das", "p": "die"},
    "a": {"m": "den", "f": "die", "n": "das", "p": "die"},
    "d": {"m": "dem", "f": "der", "n": "dem", "p": "den"},
    "g": {"m": "des", "f": "der", "n": "des", "p": "der"},
}
STRONG = {
    "n": {"m": "er", "f": "e", "n": "es", "p": "e"},
    "a": {"m": "en", "f": "e", "n": "es", "p": "e"},
    "d": {"m": "em", "f": "er", "n": "em", "p": "en"},
    "g": {"m": "en", "f": "er", "n": "en", "p": "er"},
}
DIESER = {**STRONG, "g": {"m": "es", "f": "er", "n": "es", "p": "er"}}
WEAK = {
    "n": {"m": "e", "f": "e", "n": "e", "p": "en"},
    "a": {"m": "en", "f": "e", "n": "e", "p": "en"},
    "d": {"m": "en", "f": "en", "n": "en", "p": "en"},
    "g": {"m": "en", "f": "en", "n": "en", "p": "en"},
}
MIXED = {
    "n": {"m": "er", "f": "e", "n": "es", "p": "en"},
    "a": {"m": "en", "f": "e", "n": "es", "p": "en"},
    "d": {"m": "en", "f": "en", "n": "en", "p": "en"},
    "g": {"m": "en", "f": "en", "n": "en", "p": "en"},
}
EIN = {
    "n": {"m": "", "f": "e", "n": "", "p": "e"},
    "a": {"m": "en", "f": "e", "n": "", "p": "e"},
    "d": {"m": "em", "f": "er", "n": "em", "p": "en"},
    "g": {"m": "es", "f": "er", "n": "es", "p": "er"},
}
RELATIVE = {"n": DEFINITE["n"], "a": DEFINITE["a"], "d": {"m": "dem", "f": "der", "n": "dem", "p": "denen"}}
PRONOUNS = {
    "I": {"n": "ich", "a": "mich", "d": "mir"},
    "you": {"n": "du", "a": "dich", "d": "dir"},
    "he": {"n": "er", "a": "ihn", "d": "ihm"},
    "she": {"n": "sie", "a": "sie", "d": "ihr"},
    "we": {"n": "wir", "a": "uns", "d": "uns"},
    "they": {"n": "sie", "a": "sie", "d": "ihnen"},
}
POSSESSIVES = {"I": "mein", "you": "dein", "he": "sein", "she": "ihr", "we": "unser", "they": "ihr"}
CONTRACTIONS = {
    ("in", "dem"): "im",
    ("an", "dem"): "am",
    ("zu", "dem"): "zum",
    ("zu", "der"): "zur",
    ("von", "dem"): "vom",
    ("in", "das"): "ins",
}

# present: ich du er wir sie; preterite the same, where the grammar uses it
IRREGULAR = {
    "sein": (("bin", "bist", "ist", "sind", "sind"), ("war", "warst", "war", "waren", "waren")),
    "haben": (("habe", "hast", "hat", "haben", "haben"), ("hatte", "hattest", "hatte", "hatten", "hatten")),
    "werden": (("werde", "wirst", "wird", "werden", "werden"), None),
    "können": (
        ("kann", "kannst", "kann", "können", "können"),
        ("konnte", "konntest", "konnte", "konnten", "konnten"),
    ),
    "müssen": (
        ("muss", "musst", "muss", "müssen", "müssen"),
        ("musste", "musstest", "musste", "mussten", "mussten"),
    ),
    "wollen": (
        ("will", "willst", "will", "wollen", "wollen"),
        ("wollte", "wolltest", "wollte", "wollten", "wollten"),
    ),
    "wissen": (("weiß", "weißt", "weiß", "wissen", "wissen"), None),
}


def stem_of(infinitive: str) -> str:
    """The stem of an infinitive."""
    return infinitive[:-2] if infinitive.endswith("en") else infinitive[:-1]


def needs_e(stem: str) -> bool:
    """Whether the endings -st and -t need an e: arbeit-e-t, öffn-e-t, but lern-t, wohn-t."""
    if stem.endswith(("t", "d")):
        return True
    return stem.endswith("chn") or stem[-1] in "mn" and stem[-2] not in "aeiouäöülrhmn"


def present(verb: Verb | str, index: int) -> str:
    """`verb` is a lexicon Verb or an infinitive; without the separable particle."""
    infinitive, changed = (verb, "") if isinstance(verb, str) else (verb.de, verb.de_stem)
    if infinitive in IRREGULAR:
        return IRREGULAR[infinitive][0][index]
    stem = stem_of(infinitive)
    if index == 0:
        return stem[:-2] + "le" if infinitive.endswith("eln") else stem + "e"
    if index >= 3:
        return infinitive
    if changed:
        if index == 1:
            return changed + ("t" if changed[-1] in "sßzx" else "st")
        return changed if changed.endswith("t") else changed + "t"
    if needs_e(stem):
        stem += "e"
    if index == 1:
        return stem + ("t" if stem[-1] in "sßzx" else "st")
    return stem + "t"


def preterite(infinitive: str, index: int) -> str:
    """The preterite of the few verbs that the grammar uses in it."""
    return IRREGULAR[infinitive][1][index]


def participle(verb: Verb) -> str:
    """The past participle, with ge- where it goes: angerufen, verkauft, repariert."""
    if verb.de_participle:
        return verb.de_participle
    stem = stem_of(verb.de)
    ending = "et" if needs_e(stem) else "t"
    if (
        verb.de.endswith("ieren")
        or verb.de.startswith(("be", "er", "ver", "ent", "zer", "ge"))
        and verb.de not in ("beten", "erben")
    ):
        prefix = ""
    else:
        prefix = "ge"
    return verb.de_particle + prefix + stem + ending


def noun_form(noun: Noun, plural: bool, case: str) -> str:
    """A noun in number and case: weak masculines, dative plural -n, genitive -s."""
    if plural:
        form = noun.de[1]
        return form + "n" if case == "d" and form[-1] not in "ns" else form
    form = noun.de[0]
    if noun.weak and case != "n":
        return noun.de[1]
    if case == "g" and noun.de_gender != "f":
        return genitive(form, noun.de[1])
    return form


def genitive(form: str, plural: str) -> str:
    """The genitive singular of a masculine or neuter noun."""
    if form.endswith("nis"):
        return form + "ses"
    if form.endswith("us") and plural.endswith("sse"):
        return form + "ses"
    if form[-1] in "sßzx" or form.endswith("sch"):
        return form + "es"
    if plural == form + "s" or form[-1] in "aeiouäöü" or form.endswith(("el", "er", "en")):
        return form + "s"
    if vowel_groups(form) == 1:
        return form + "es"
    return form + "s"


def vowel_groups(word: str) -> int:
    """How many groups of vowels a word has: about its syllables."""
    groups, before = 0, False
    for letter in word.lower():
        vowel = letter in "aeiouäöüy"
        groups += vowel and not before
        before = vowel
    return groups
