"""English verb forms, with the auxiliaries for tense, mood and "not"."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.corpora.grammar import offsets as at
from explorer.corpora.grammar.syntax import NP, Clause, Token
from explorer.corpora.grammar.tables import DOUBLING

PRESENT_BE = {(1, False): "am", (2, False): "are", (3, False): "is"}
PAST_MODALS = {"can": "could", "must": "must"}


def third_person(base: str) -> str:
    """reads, washes, carries, has."""
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    if base.endswith(("s", "x", "ch", "sh", "o", "z")):
        return base + "es"
    return base + "s"


def ing(base: str) -> str:
    """reading, coming, running."""
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and base not in ("be", "see") and not base.endswith("ee"):
        return base[:-1] + "ing"
    if base in DOUBLING:
        return base + base[-1] + "ing"
    return base + "ing"


def be_form(person: int, plural: bool, past: bool) -> str:
    """am, are, is, was or were."""
    if past:
        return "was" if not plural and person != 2 else "were"
    return "are" if plural else PRESENT_BE[person, plural]


def is_third_singular(np: NP) -> bool:
    """Whether the verb takes -s."""
    return np.person == 3 and not np.is_plural


@dataclass(slots=True, eq=False)
class VerbGroup:
    """The verbs of a clause, before they are put in order.

    main: the verb that has the arguments, or a form of "be";  auxiliary: can, must, will, have, be or do;
    want: the finite verb of which `main` is then the infinitive, with `to` between the two;  adjective: what
    the form of "be" leads to.
    """

    main: Token
    auxiliary: Token | None = None
    want: Token | None = None
    to: Token | None = None
    adjective: Token | None = None

    @property
    def root(self) -> Token:
        """The head of the clause: the copula depends on its adjective, an infinitive on "want"."""
        return self.adjective or self.want or self.main

    @property
    def predicate(self) -> Token:
        """The head of the arguments."""
        return self.adjective or self.main

    @property
    def operator(self) -> list[Token]:
        """What changes places with the subject in a question and stands before "not": the auxiliary, or a
        form of "be"; nothing in "she reads".
        """
        if self.auxiliary:
            return [self.auxiliary]
        return [self.main] if self.adjective else []

    @property
    def rest(self) -> list[Token]:
        """The verbs after the operator, and the adjective, in order."""
        verbs = (self.want, self.to, self.main, self.adjective)
        return [token for token in verbs if token and token not in self.operator]


def verb_group(clause: Clause) -> VerbGroup:
    """The verbs that agree with the subject of `clause` and say its tense."""
    if clause.is_copular:
        group = copula_group(clause)
    elif clause.modal in ("can", "must"):
        group = modal_group(clause)
    else:
        group = full_verb_group(clause)
    if group.auxiliary:
        group.auxiliary.head = group.root
    if clause.asks:
        group.operator[0].possible += (clause.keys + at.QUESTION,)
    return group


def copula_group(clause: Clause) -> VerbGroup:
    """is, was or will be, and an adjective."""
    keys, np = clause.keys, clause.subject
    word = clause.adjective.en
    adjective = Token(word, word, "ADJ", "root", (clause.adjective_keys,))
    main = Token("be", "be", "AUX", "cop", (keys + at.VERB,), head=adjective)
    will = None
    if clause.tense == "future":
        will = Token("will", "will", "AUX", "aux", (keys + at.AUX,), (keys + at.VERB,))
        main.possible = (keys + at.AUX,)
    else:
        main.form = be_form(np.person, np.is_plural, clause.tense == "past")
    return VerbGroup(main, will, adjective=adjective)


def modal_group(clause: Clause) -> VerbGroup:
    """can, could, cannot or must, and the verb."""
    keys, base = clause.keys, clause.verb.en[0]
    form = PAST_MODALS[clause.modal] if clause.tense == "past" else clause.modal
    modal = Token(form, clause.modal, "AUX", "aux", (keys + at.MODAL,))
    if clause.negated and form == "can":
        modal.form, modal.sure = "cannot", (keys + at.MODAL, keys + at.NEG)
    return VerbGroup(Token(base, base, "VERB", "root", (keys + at.VERB,)), modal)


def full_verb_group(clause: Clause) -> VerbGroup:
    """The verb in its tense, with will, have, be, do or nothing before it; or "want" in that tense, and the
    infinitive.
    """
    keys = clause.keys
    wants = clause.modal == "want"
    forms = ("want", "wanted", "wanted") if wants else clause.verb.en
    finite_key = keys + (at.MODAL if wants else at.VERB)
    auxiliary, form = in_tense(clause, forms, finite_key)
    past = (keys + at.AUX,) if clause.tense == "past" else ()
    finite = Token(form, forms[0], "VERB", "root", (finite_key,), past)
    if not wants:
        return VerbGroup(finite, auxiliary)
    base, verb_key = clause.verb.en[0], keys + at.VERB
    main = Token(base, base, "VERB", "xcomp", (verb_key,), head=finite)
    return VerbGroup(main, auxiliary, finite, Token("to", "to", "PART", "mark", (), (verb_key,), main))


def in_tense(clause: Clause, forms: tuple[str, str, str], key: int) -> tuple[Token | None, str]:
    """(the auxiliary, None where there is none; the form of the verb after it) of a verb with these base
    form, past and participle, to which `key` belongs.
    """
    base, past_form, participle = forms
    np, tense, keys = clause.subject, clause.tense, clause.keys
    third = is_third_singular(np)
    if tense == "future":
        return Token("will", "will", "AUX", "aux", (keys + at.AUX,), (key,)), base
    if tense == "perfect":
        have = "has" if third else "have"
        return Token(have, "have", "AUX", "aux", (keys + at.AUX,), (key,)), participle
    if tense == "progressive":
        be = be_form(np.person, np.is_plural, False)
        return Token(be, "be", "AUX", "aux", (), (key,)), ing(base)
    if clause.negated or clause.asks:
        do = "did" if tense == "past" else "does" if third else "do"
        return Token(do, "do", "AUX", "aux", (), (key, keys + at.AUX)), base
    if tense == "past":
        return None, past_form
    return None, third_person(base) if third else base
