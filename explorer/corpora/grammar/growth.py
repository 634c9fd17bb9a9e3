"""Grow a clause to a target length, one modifier after another."""

from __future__ import annotations

from explorer.corpora.grammar import lexicon as lex
from explorer.corpora.grammar.adverbials import add_frequency, add_manner, add_place, add_time
from explorer.corpora.grammar.clauses import draw_tense, fit_tense, show_past
from explorer.corpora.grammar.measure import length, may_end_in_relative
from explorer.corpora.grammar.phrases import Sampler
from explorer.corpora.grammar.sense import HEADINGS, PERSON, SENTENCE, contrary, relative_verbs
from explorer.corpora.grammar.syntax import NP, PP, Clause, Modifier


def grow(sampler: Sampler, clause: Clause, room: int, *, top: bool = False) -> int:
    """Add modifiers worth about `room` English words; `top`: nothing stands before the clause. Returns the
    words still left.
    """
    misses = 0
    while room > 0 and misses < 14:
        added = modify(sampler, clause, room, top)
        room -= added
        misses += not added
    return room


def modify(sampler: Sampler, clause: Clause, room: int, top: bool) -> int:
    """Try one modifier; returns the English words added, 0 if it does not fit."""
    draw = sampler.random()
    if draw < 0.34:
        return grow_noun_phrase(sampler, clause, room)
    if draw < 0.46:
        return add_time(sampler, clause, room, top)
    if draw < 0.53:
        return add_frequency(sampler, clause)
    if draw < 0.60:
        return add_manner(sampler, clause)
    if draw < 0.80:
        return add_place(sampler, clause, room)
    if draw < 0.86:
        return coordinate_argument(sampler, clause, room)
    if draw < 0.90 and top and clause.front is None and clause.question is None and room >= 2:
        if clause.subordinate and clause.subordinate.fronted:
            return 0
        clause.front = Modifier(SENTENCE.draw(sampler.rng))
        if clause.front.adverb.en[0] in ("suddenly", "finally") and (
            clause.tense not in ("past", "future") or clause.frequency
        ):
            clause.front = Modifier(lex.SENTENCE_ADVERBS[int(sampler.random() * 2)])
        return 2
    return 0


def grow_noun_phrase(sampler: Sampler, clause: Clause, room: int) -> int:
    """An adjective, a genitive, a preposition or a relative clause in a noun phrase of the clause; the
    English words added.
    """
    places = [place.np for place in clause.places if isinstance(place, PP)]
    phrases = [
        np
        for np in (clause.subject, clause.object, clause.recipient, clause.prepositional, *places)
        if np is not None
    ]
    np = phrases[int(sampler.random() * len(phrases))]
    simple = np.kind == "coordination"
    if simple:
        np = np.parts[int(sampler.random() * 2)]
    if np.kind != "noun":
        return 0
    draw = sampler.random()
    if draw < 0.5 or room < 3 or simple:
        has_predicate = clause.adjective is not None and np is clause.subject
        if (
            np.adjectives
            or np.pp
            and np.pp.preposition.en == ("from",)
            or has_predicate
            and sampler.random() < 0.5
        ):
            return 0
        np.adjectives += sampler.adjectives(np.value, 2 if room > 1 and sampler.random() < 0.25 else 1)
        if has_predicate:
            np.adjectives = [pair for pair in np.adjectives if not contrary(pair[0], clause.adjective)]
        return len(np.adjectives)
    if np.genitive or np.pp or np.relative:
        return 0
    if draw < 0.65:
        return sampler.add_genitive(np)
    if draw < 0.82:
        return sampler.add_noun_pp(clause, np)
    if room >= 4 and np.det != "every" and (np is clause.subject or may_end_in_relative(clause, np)):
        return add_relative(sampler, np, room)
    return 0


def coordinate_argument(sampler: Sampler, clause: Clause, room: int) -> int:
    """Join a second phrase to the subject or the object; returns the English words added."""
    if room < 3:
        return 0
    if sampler.random() < 0.5:
        if clause.verb.kind == "copula" or clause.subject.kind == "relative":
            return 0
        new = sampler.coordinate(clause.subject, clause.verb.subjects & HEADINGS or clause.verb.subjects)
        changed = new is not clause.subject
        clause.subject = new
    else:
        obj = clause.object
        if obj is None or obj.kind != "noun" or clause.verb.kind == "ditransitive":
            return 0
        new = sampler.coordinate(obj, obj.value.classes & HEADINGS)
        changed = new is not obj
        clause.object = new
    if (
        changed
        and clause.tense == "past"
        and clause.verb.en[0] == clause.verb.en[1]
        and not clause.modal
        and not clause.negated
    ):
        if clause.subject is new:  # "they read" would look like the present
            clause.subject = new.parts[0]
        else:
            clause.object = new.parts[0]
        return 0
    return 3 if changed else 0


def add_relative(sampler: Sampler, np: NP, room: int) -> int:
    """A relative clause of which `np` is the subject or the object; the English words added."""
    subject_role = sampler.random() < 0.55
    table = relative_verbs(np.value, "subject" if subject_role else "object")
    if not len(table):
        subject_role = not subject_role
        table = relative_verbs(np.value, "subject" if subject_role else "object")
        if not len(table):
            return 0
    verb = table.draw(sampler.rng)
    relative = NP("relative", None, antecedent=np)
    if subject_role:
        clause = Clause(verb, relative)
        if verb.kind == "transitive":
            clause.object = sampler.object(verb, False)
    else:
        clause = Clause(verb, sampler.subject(PERSON, 5, True), object=relative)
    clause.tense = fit_tense(verb, draw_tense(sampler, verb, nested=True))
    show_past(clause)
    np.relative = clause
    cost = 2 + length(clause.subject) * (not subject_role) + (length(clause.object) if subject_role else 0)
    extra = min(room - cost, 4)
    if extra > 0 and sampler.random() < 0.7:
        cost += extra - grow_inner(sampler, clause, extra)
    return cost


def grow_inner(sampler: Sampler, clause: Clause, room: int) -> int:
    """Modifiers inside a relative clause: adjectives, a time, a place; never another relative clause. Returns
    the words still left.
    """
    for _ in range(4):
        if room <= 0:
            break
        draw = sampler.random()
        if draw < 0.4:
            np = (
                clause.object
                if clause.object is not None and clause.object.kind == "noun"
                else clause.subject
            )
            if np.kind == "noun" and not np.adjectives:
                np.adjectives += sampler.adjectives(np.value, 1)
                room -= len(np.adjectives)
        elif draw < 0.7:
            room -= add_time(sampler, clause, room, False)
        else:
            room -= add_place(sampler, clause, room)
    return room
