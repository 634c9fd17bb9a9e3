"""Measure the length of an abstract sentence, and find where it can still grow."""

from __future__ import annotations

from explorer.corpora.grammar.syntax import NP, PP, Clause


def length(np: NP | None) -> int:
    """Roughly how many English words a noun phrase has."""
    if np is None:
        return 0
    if np.kind in ("pronoun", "name", "relative"):
        return 1
    if np.kind == "coordination":
        return 1 + sum(length(part) for part in np.parts)
    words = 1 + (not (np.det == "indef" and np.plural)) + len(np.adjectives)
    if np.genitive:
        words += 1 + length(np.genitive)
    if np.pp:
        words += len(np.pp.preposition.en) + length(np.pp.np)
    if np.relative:
        words += clause_length(np.relative)
    return words


def core_length(clause: Clause) -> int:
    """Roughly how many English words a clause has without its modifiers and its further clauses."""
    verb = clause.verb
    words = (
        length(clause.subject)
        + length(clause.object)
        + length(clause.recipient)
        + length(clause.prepositional)
        + 1
    )
    words += (
        bool(verb.particle)
        + bool(verb.en_preposition)
        + (verb.kind == "prepositional")
        + (clause.adjective is not None)
    )
    words += (clause.tense in ("progressive", "perfect", "future")) + {
        "can": 1,
        "must": 1,
        "want": 2,
        None: 0,
    }[clause.modal]
    if clause.negated:
        words += (
            1
            if clause.tense in ("progressive", "perfect", "future")
            or verb.kind == "copula"
            or clause.modal == "can"
            else 2
        )
    for place in clause.places:
        words += len(place.preposition.en) + length(place.np) if isinstance(place, PP) else 1
    return words


def clause_length(clause: Clause) -> int:
    """Roughly how many English words a clause has with its modifiers and the clause joined to it."""
    words = core_length(clause)
    for modifier in (clause.time, clause.front, clause.frequency, clause.manner):
        words += len(modifier.adverb.en) if modifier else 0
    if clause.conjoined:
        words += 1 + clause_length(clause.conjoined.clause)
    return words


def ends_in_relative(clause: Clause) -> bool:
    """Whether an argument ends in a relative clause: an adverbial after it would be read as part of that
    clause.
    """
    places = [place.np for place in clause.places if isinstance(place, PP)]
    return any(
        np is not None and np.relative
        for np in (clause.object, clause.recipient, clause.prepositional, *places)
    )


def may_end_in_relative(clause: Clause, np: NP) -> bool:
    """Whether `np`, not the subject, is the last phrase of its clause, so that a relative clause on it can
    have but one reading.
    """
    if (
        clause.time
        or clause.manner
        or ends_in_relative(clause)
        or clause.conjoined
        and clause.conjoined.shared
    ):
        return False
    if clause.recipient is not None:
        return (
            np is clause.object
            and "to" not in clause.verb.flags
            or np is clause.recipient
            and "to" in clause.verb.flags
        )
    return not clause.places or isinstance(clause.places[-1], PP) and clause.places[-1].np is np
