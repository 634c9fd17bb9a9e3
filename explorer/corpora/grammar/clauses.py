"""Draw the core of a clause: a verb with its subject and arguments, in a tense."""

from __future__ import annotations

from collections.abc import Iterable

from explorer.corpora.grammar import lexicon as lex
from explorer.corpora.grammar.entries import Verb, Zipf
from explorer.corpora.grammar.phrases import Sampler
from explorer.corpora.grammar.sense import (
    NATIONALITIES,
    PASSING,
    PERSON,
    PERSON_ADJECTIVES,
    adjective_table,
    animate,
    subject_fits,
    verb_table,
)
from explorer.corpora.grammar.syntax import NP, Clause

CORE_KINDS = (
    ("transitive", 46),
    ("intransitive", 18),
    ("copula", 14),
    ("prepositional", 11),
    ("ditransitive", 11),
)  # per cent
SIMPLE_TENSE = {"progressive": "present", "perfect": "past"}


def draw_core(
    sampler: Sampler,
    room: int,
    *,
    kind: str | None = None,
    subject: NP | None = None,
    tense: str | None = None,
    nested: bool = False,
) -> Clause:
    """A clause with its arguments and no modifiers, of about `room` English words; `nested`: it is joined or
    subordinated to another.
    """
    separable = sampler.wish == "separable_verb" and not nested
    kind = draw_kind(sampler, room, kind, nested)
    negated = sampler.random() < (
        1.0 if sampler.wish == "negation" and not nested else 0.1 if not nested else 0.05
    )
    if kind == "copula":
        return draw_copula_core(sampler, room, subject, tense, nested, negated)
    verbs = verb_table(kind, separable, tense if tense in ("past", "perfect") else "any")
    verb = draw_verb(sampler, verbs, subject if kind != "clausal" else None)
    if room <= 3 and (verb.particle or "needplace" in verb.flags):
        verb = lex.INTRANSITIVE[int(sampler.random() * 3)]
    if subject is None:
        subject = sampler.subject(verb.subjects, room, negated)
    clause = Clause(verb, subject, negated=negated)
    draw_arguments(sampler, clause, room)
    clause.tense = fit_tense(verb, tense or draw_tense(sampler, verb, nested))
    if not negated:
        show_past(clause)
    draw_modal(sampler, clause, nested)
    return clause


def draw_kind(sampler: Sampler, room: int, kind: str | None, nested: bool) -> str:
    """`kind`, or if it is None one that fits into the room; a wished phenomenon may decide."""
    if kind is None:
        kind = draw_core_kind(sampler)
        if room <= 4 and kind in ("ditransitive", "prepositional", "transitive"):
            if sampler.random() < 0.7 or room <= 3:
                kind = "intransitive"
            elif sampler.random() < 0.3:
                kind = "copula"
        if room <= 3:
            kind = "intransitive"
    wish = None if nested else sampler.wish
    if wish == "separable_verb" and kind not in ("transitive", "intransitive", "ditransitive"):
        kind = "transitive"
    if sampler.wish == "perfect" and kind == "copula":
        kind = "transitive"
    if wish == "object_clitic":
        kind = "transitive" if sampler.random() < 0.75 else "ditransitive"
    return kind


def draw_verb(sampler: Sampler, verbs: Zipf, subject: NP | None) -> Verb:
    """A verb; one that fits `subject` where there is one already."""
    verb = verbs.draw(sampler.rng)
    if subject is None:
        return verb
    for _ in range(20):
        if subject_fits(verb, subject):
            return verb
        verb = verbs.draw(sampler.rng)
    return next(verb for verb in verbs.items if "person" in verb.subjects)


def draw_copula_core(
    sampler: Sampler, room: int, subject: NP | None, tense: str | None, nested: bool, negated: bool
) -> Clause:
    """A clause that says with "be" and an adjective how somebody or something is, was or will be."""
    if subject is None:
        subject = sampler.subject(
            PERSON if nested and sampler.random() < 0.7 else draw_copula_classes(sampler), room, True
        )
        if subject.det == "every":
            subject.det = "def"
    adjectives = adjective_table(subject.value, None) if subject.kind == "noun" else PERSON_ADJECTIVES
    if not len(adjectives):
        subject = sampler.noun_phrase(PERSON, subject=True, definite=True)
        adjectives = PERSON_ADJECTIVES
    tense = tense or draw_tense(sampler, lex.COPULA, nested)
    tense = SIMPLE_TENSE.get(tense, tense)
    adjective = adjectives.draw(sampler.rng)
    while adjective.en in NATIONALITIES:
        adjective = adjectives.draw(sampler.rng)
    if tense == "future" and adjective.en not in PASSING | {"rich", "famous"}:
        tense = "present"
    return Clause(lex.COPULA, subject, adjective=adjective, tense=tense, negated=negated)


def draw_core_kind(sampler: Sampler) -> str:
    """A kind of verb, by the shares of CORE_KINDS."""
    draw = sampler.random() * 100
    for kind, weight in CORE_KINDS:
        draw -= weight
        if draw < 0:
            return kind
    return CORE_KINDS[-1][0]


def draw_copula_classes(sampler: Sampler) -> Iterable[str]:
    """Noun classes of the subject of "is" and an adjective."""
    draw = sampler.random()
    if draw < 0.4:
        return PERSON
    return (
        ("object", "clothing"),
        ("animal",),
        ("place",),
        ("vehicle",),
        ("text", "film"),
        ("food",),
        ("abstract",),
        ("surface", "opening"),
        ("plant",),
        ("event",),
    )[int(sampler.random() * 10)]


def draw_tense(sampler: Sampler, verb: Verb, nested: bool = False) -> str:
    """A tense for `verb`, within the wished phenomenon and the verb's own limits."""
    if "nopast" in verb.flags:
        return "present"
    draw = sampler.random()
    dynamic = "stative" not in verb.flags
    if sampler.wish == "perfect":
        return "past" if draw < 0.7 or "imperfect" in verb.flags else "perfect"
    if draw < 0.45:
        return "progressive" if dynamic and sampler.random() < 0.4 else "present"
    if draw < 0.75:
        return "past"
    if draw < 0.85:
        return "past" if "imperfect" in verb.flags or verb.kind == "copula" else "perfect"
    return "future" if not nested else "present"


def fit_tense(verb: Verb, tense: str) -> str:
    """`tense`, or the nearest one that the verb has."""
    if "nopast" in verb.flags:
        return "present"
    if tense == "progressive" and "stative" in verb.flags:
        return "present"
    if tense == "perfect" and "imperfect" in verb.flags:
        return "past"
    return tense


def show_past(clause: Clause) -> None:
    """Put a past that looks like the present (they read) into the perfect (they have read)."""
    third = clause.subject.person == 3 and not clause.subject.is_plural
    if clause.tense == "past" and clause.verb.en[0] == clause.verb.en[1] and not third:
        clause.tense = "perfect"


def draw_modal(sampler: Sampler, clause: Clause, nested: bool) -> None:
    """Give some clauses about persons or animals a modal verb."""
    verb = clause.verb
    plain = sampler.wish not in ("separable_verb", "perfect", "do_support") or nested
    dynamic = "stative" not in verb.flags and "person" in verb.subjects and verb.kind != "clausal"
    if plain and dynamic and clause.tense in ("present", "past") and sampler.random() < 0.22:
        modal = ("can", "must", "want")[int(sampler.random() * 3)]
        if modal == "must" and (clause.negated or clause.tense == "past"):
            modal = "want"
        if modal == "can" and clause.negated and clause.tense == "past":
            modal = "want"
        if animate(clause.subject):
            clause.modal = modal


def draw_arguments(sampler: Sampler, clause: Clause, room: int) -> None:
    """Draw the objects that the verb's frame requires."""
    verb, negated = clause.verb, clause.negated
    persons = "person" in verb.objects
    subject = clause.subject
    if verb.kind == "transitive":
        clitic = sampler.wish == "object_clitic" or sampler.random() < (0.12 if room > 4 else 0.4)
        if clitic:
            clause.object = sampler.object_pronoun(subject, persons)
        else:
            clause.object = sampler.object(verb, negated)
    elif verb.kind == "ditransitive":
        clause.object = sampler.object(verb, negated)
        if sampler.random() < (0.8 if sampler.wish == "object_clitic" else 0.25):
            clause.recipient = sampler.object_pronoun(subject, True)
            theme = clause.object
            if (
                clause.recipient.value == "she"
                and theme.kind == "noun"
                and theme.det == "indef"
                and theme.plural
            ):
                theme.det = "def"  # "gave her books" could also be read as the books that are hers
        else:
            clause.recipient = sampler.noun_phrase(PERSON, definite=True, plural_share=0.2)
            if clause.recipient.det == "every":
                clause.recipient.det = "def"
    elif verb.kind == "prepositional":
        if persons and sampler.random() < 0.12:
            clause.prepositional = sampler.object_pronoun(subject, True)
        else:
            clause.prepositional = sampler.noun_phrase(
                verb.objects,
                definite=negated or verb.preposition.en in ("to", "from", "in"),
                plural_share=0.15,
            )
    if "needplace" in verb.flags:
        clause.places.append(sampler.place_phrase())
