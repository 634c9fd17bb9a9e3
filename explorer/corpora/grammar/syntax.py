"""What is the abstract sentence that both languages express?

Every node owns sixteen consecutive integers, its keys (see `offsets`). A realiser marks each word with the
keys of what it expresses; words of the two languages that carry the same key are translations of each other.
Nothing here knows a word order or an ending.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from explorer.corpora.grammar import offsets as at
from explorer.corpora.grammar.entries import Adjective, Adverb, Connective, Noun, Preposition, Verb

_ids = count(1)


def new_keys() -> int:
    """The first of sixteen fresh keys."""
    return next(_ids) * 16


# Pronouns: name -> (person, plural, gender)
PRONOUNS = {
    "I": (1, False, "m"),
    "you": (2, False, "m"),
    "he": (3, False, "m"),
    "she": (3, False, "f"),
    "we": (1, True, "m"),
    "they": (3, True, "m"),
}


class NP:
    """A noun phrase: `kind` is noun, pronoun, name, relative or coordination; `value` the noun, pronoun name,
    given name or conjunction.
    """

    __slots__ = (
        "kind",
        "value",
        "plural",
        "det",
        "number",
        "adjectives",
        "genitive",
        "pp",
        "relative",
        "parts",
        "antecedent",
        "keys",
        "gender",
    )

    def __init__(
        self,
        kind: str,
        value: Noun | Connective | str | None,
        plural: bool = False,
        det: str = "def",
        number: Connective | None = None,
        adjectives: Iterable[Adjective] = (),
        genitive: NP | None = None,
        pp: PP | None = None,
        relative: Clause | None = None,
        parts: tuple[NP, ...] = (),
        antecedent: NP | None = None,
        gender: str = "m",
    ):
        self.kind, self.value, self.plural, self.det, self.number = kind, value, plural, det, number
        self.adjectives = [(adjective, new_keys()) for adjective in adjectives]
        self.genitive, self.pp, self.relative, self.parts, self.antecedent = (
            genitive,
            pp,
            relative,
            parts,
            antecedent,
        )
        self.gender = gender
        self.keys = new_keys()

    @property
    def person(self) -> int:
        """1, 2 or 3."""
        return PRONOUNS[self.value][0] if self.kind == "pronoun" else 3

    @property
    def person_index(self) -> int:
        """The column of its verb form in a table of conjugation: 0 I, 1 you, 2 he, 3 we, 4 they."""
        return (3 if self.person == 1 else 4) if self.is_plural else self.person - 1

    @property
    def is_plural(self) -> bool:
        """Whether a verb agrees with it in the plural."""
        if self.kind == "pronoun":
            return PRONOUNS[self.value][1]
        if self.kind == "coordination":
            return True
        if self.kind == "relative":
            return self.antecedent.is_plural
        return self.plural

    @property
    def definite(self) -> bool:
        """True unless the phrase is a noun with an indefinite determiner."""
        return not (self.kind == "noun" and self.det in ("indef", "number", "many", "some"))

    def gender_in(self, lang: str) -> str:
        """Grammatical gender, "m", "f" or (German) "n"; a coordination is feminine when all its parts are."""
        if self.kind == "noun":
            return self.value.de_gender if lang == "de" else self.value.fr_gender
        if self.kind == "pronoun":
            return PRONOUNS[self.value][2]
        if self.kind == "relative":
            return self.antecedent.gender_in(lang)
        if self.kind == "coordination":
            return "f" if all(part.gender_in(lang) == "f" for part in self.parts) else "m"
        return self.gender


class PP:
    """A preposition with its noun phrase."""

    __slots__ = ("preposition", "np", "keys")

    def __init__(self, preposition: Preposition, np: NP):
        self.preposition, self.np, self.keys = preposition, np, new_keys()


class Modifier:
    """An adverb in its place in a clause."""

    __slots__ = ("adverb", "keys")

    def __init__(self, adverb: Adverb):
        self.adverb, self.keys = adverb, new_keys()


JoinedClause = tuple[Connective, int, "Clause", bool]  # see Clause


class Clause:
    """A verb with its arguments and modifiers.

    tense: present, progressive, past, perfect, future;  modal: None, can, must, want;  question: None,
    "yesno" or a Modifier. complement: the that-clause;  conjoined: (connective, keys, clause, shares the
    subject);
    subordinate: (connective, keys, clause, fronted).
    """

    __slots__ = (
        "verb",
        "subject",
        "object",
        "recipient",
        "prepositional",
        "adjective",
        "adjective_keys",
        "tense",
        "modal",
        "negated",
        "question",
        "front",
        "time",
        "frequency",
        "manner",
        "places",
        "complement",
        "conjoined",
        "subordinate",
        "keys",
    )

    def __init__(
        self,
        verb: Verb,
        subject: NP,
        object: NP | None = None,
        recipient: NP | None = None,
        prepositional: NP | None = None,
        adjective: Adjective | None = None,
        tense: str = "present",
        modal: str | None = None,
        negated: bool = False,
        question: str | Modifier | None = None,
        front: Modifier | None = None,
        time: Modifier | None = None,
        frequency: Modifier | None = None,
        manner: Modifier | None = None,
        places: Iterable[PP | Modifier] = (),
        complement: Clause | None = None,
        conjoined: JoinedClause | None = None,
        subordinate: JoinedClause | None = None,
    ):
        self.verb, self.subject, self.object, self.recipient, self.prepositional = (
            verb,
            subject,
            object,
            recipient,
            prepositional,
        )
        self.adjective, self.adjective_keys = adjective, new_keys()
        self.tense, self.modal, self.negated, self.question = tense, modal, negated, question
        self.front, self.time, self.frequency, self.manner, self.places = (
            front,
            time,
            frequency,
            manner,
            list(places),
        )
        self.complement, self.conjoined, self.subordinate = complement, conjoined, subordinate
        self.keys = new_keys()


class Token:
    """A realised word: what it expresses for sure, what possibly, and its place in the tree."""

    __slots__ = (
        "form",
        "lemma",
        "upos",
        "relation",
        "sure",
        "possible",
        "head",
        "space_after",
        "space_before",
        "elides",
        "aspirated",
        "article",
        "mark",
    )

    def __init__(
        self,
        form: str,
        lemma: str,
        upos: str,
        relation: str,
        sure: tuple[int, ...] = (),
        possible: tuple[int, ...] = (),
        head: Token | None = None,
    ):
        self.form, self.lemma, self.upos, self.relation = form, lemma, upos, relation
        self.sure, self.possible, self.head = sure, possible, head
        self.space_after = self.space_before = True
        self.elides = self.aspirated = self.article = False
        self.mark = ""


def head_of(tokens: Iterable[Token]) -> Token:
    """The token of a phrase that has no head yet."""
    return next(token for token in tokens if token.head is None)


def coordinated(first: list[Token], second: list[Token], conjunction: str, np: NP) -> list[Token]:
    """Two realised phrases of the coordination `np`, joined by a conjunction; the head of the first is the
    head of all.
    """
    head, second_head = head_of(first), head_of(second)
    second_head.head = head
    return (
        first
        + [Token(conjunction, conjunction, "CCONJ", "cc", (np.keys + at.NOUN,), head=second_head)]
        + second
    )


def attach(tokens: list[Token], head: Token, relation: str | None = None) -> list[Token]:
    """Make the root of `tokens` (the token without a head) a dependent of `head`."""
    for token in tokens:
        if token.head is None and token is not head:
            token.head = head
            if relation:
                token.relation = relation
            return tokens
    return tokens


_ADPOSITIONS = frozenset({"in", "on", "am", "im", "en"})
_ARTICLES = frozenset({"the", "le"})
_PROPER = frozenset({"Monday", "Friday", "Sunday"})
_BARE_NOUNS = frozenset({"lundi", "vendredi", "dimanche"})


def expression(forms: tuple[str, ...], modifier: Modifier) -> list[Token]:
    """The tokens of an adverb or of a time phrase (``in the evening``, ``am Abend``, ``le soir``), the last
    word being the head.
    """
    keys = modifier.keys
    last = forms[-1]
    phrase = len(forms) > 1 and (forms[0] in _ADPOSITIONS or forms[0] in _ARTICLES)
    if not phrase:
        noun = last in _BARE_NOUNS
        possible = (keys + at.PHRASE_PREPOSITION, keys + at.PHRASE_ARTICLE)
        head = Token(last, last, "NOUN" if noun else "ADV", "obl" if noun else "advmod", (keys,), possible)
    else:
        head = Token(last, last, "PROPN" if last in _PROPER else "NOUN", "obl", (keys,))
    tokens = []
    for form in forms[:-1]:
        if form in _ADPOSITIONS:
            lemma = {"am": "an", "im": "in"}.get(form, form)
            tokens.append(
                Token(
                    form,
                    lemma,
                    "ADP",
                    "case",
                    (keys + at.PHRASE_PREPOSITION,),
                    (keys + at.PHRASE_ARTICLE,),
                    head,
                )
            )
        elif form in _ARTICLES:
            tokens.append(
                Token(
                    form,
                    form,
                    "DET",
                    "det",
                    (keys + at.PHRASE_ARTICLE,),
                    (keys + at.PHRASE_PREPOSITION,),
                    head,
                )
            )
        else:  # plus tard
            tokens.append(Token(form, form, "ADV", "advmod", (), (keys,), head))
    return tokens + [head]
