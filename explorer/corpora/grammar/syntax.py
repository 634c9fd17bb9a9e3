"""The abstract sentence that both languages express.

Every node owns sixteen consecutive integers, its keys (see `offsets`). A realiser marks each word with the
keys of what it expresses; words of the two languages that carry the same key are translations of each other.
Nothing here knows a word order or an ending.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

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


@dataclass(slots=True, eq=False)
class NP:
    """A noun phrase: `kind` is noun, pronoun, name, relative or coordination; `value` the noun, pronoun name,
    given name or conjunction.
    """

    kind: str
    value: Noun | Connective | str | None
    plural: bool = False
    det: str = "def"
    number: Connective | None = None
    adjectives: list[tuple[Adjective, int]] = field(default_factory=list)  # each with its keys
    genitive: NP | None = None
    pp: PP | None = None
    relative: Clause | None = None
    parts: tuple[NP, ...] = ()
    antecedent: NP | None = None
    gender: str = "m"
    keys: int = field(default_factory=new_keys)

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


@dataclass(slots=True, eq=False)
class PP:
    """A preposition with its noun phrase."""

    preposition: Preposition
    np: NP
    keys: int = field(default_factory=new_keys)


@dataclass(slots=True, eq=False)
class Modifier:
    """An adverb in its place in a clause."""

    adverb: Adverb
    keys: int = field(default_factory=new_keys)


@dataclass(slots=True, eq=False)
class Conjoined:
    """A clause joined to another by "and", "but" or "or"; `shared`: the two have one subject, said once."""

    connective: Connective
    clause: Clause
    shared: bool = False
    keys: int = field(default_factory=new_keys)


@dataclass(slots=True, eq=False)
class Subordinate:
    """An adverbial clause with its conjunction; `fronted`: it stands before the main clause."""

    connective: Connective
    clause: Clause
    fronted: bool = False
    keys: int = field(default_factory=new_keys)


@dataclass(slots=True, eq=False)
class Clause:
    """A verb with its arguments and modifiers; `complement` is its that-clause."""

    verb: Verb
    subject: NP
    object: NP | None = None
    recipient: NP | None = None
    prepositional: NP | None = None
    adjective: Adjective | None = None
    tense: Literal["present", "progressive", "past", "perfect", "future"] = "present"
    modal: Literal["can", "must", "want"] | None = None
    negated: bool = False
    question: Literal["yesno"] | Modifier | None = None
    front: Modifier | None = None
    time: Modifier | None = None
    frequency: Modifier | None = None
    manner: Modifier | None = None
    places: list[PP | Modifier] = field(default_factory=list)
    complement: Clause | None = None
    conjoined: Conjoined | None = None
    subordinate: Subordinate | None = None
    keys: int = field(default_factory=new_keys)
    adjective_keys: int = field(default_factory=new_keys)

    @property
    def asks(self) -> bool:
        """Whether it is a question."""
        return self.question is not None

    @property
    def question_word(self) -> Modifier | None:
        """why, when or where; None in a yes/no question."""
        return None if self.question in (None, "yesno") else self.question

    @property
    def is_copular(self) -> bool:
        """Whether it says with a form of "be" what its adjective says."""
        return self.verb.kind == "copula"


@dataclass(slots=True, eq=False)
class Token:
    """A realised word: what it expresses for sure, what possibly, and its place in the tree.

    elides: it loses its last letter before a vowel;  aspirated: nothing elides before it;  article: a
    preposition may swallow it;  mark: "particle" or the "stem" from which that was separated.
    """

    form: str
    lemma: str
    upos: str
    relation: str
    sure: tuple[int, ...] = ()
    possible: tuple[int, ...] = ()
    head: Token | None = None
    space_after: bool = True
    space_before: bool = True
    elides: bool = False
    aspirated: bool = False
    article: bool = False
    mark: str = ""


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
