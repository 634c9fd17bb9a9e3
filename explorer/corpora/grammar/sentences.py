"""Draw an abstract sentence.

A sentence is drawn towards a wished number of English words: a core (subject, verb, arguments), then
modifiers while there is room. Words are drawn by Zipf weights among those that make sense (see `sense`).
"""

from __future__ import annotations

import random

from explorer.corpora.grammar import lexicon as lex
from explorer.corpora.grammar.adverbials import add_place, add_time
from explorer.corpora.grammar.bank import bank_sentence
from explorer.corpora.grammar.clauses import SIMPLE_TENSE, draw_core
from explorer.corpora.grammar.growth import add_relative, grow, grow_noun_phrase
from explorer.corpora.grammar.measure import clause_length, core_length, may_end_in_relative
from explorer.corpora.grammar.phrases import Sampler
from explorer.corpora.grammar.sense import HEADINGS, PASSING, PERSON, adjective_table
from explorer.corpora.grammar.syntax import Clause, Conjoined, Modifier, Subordinate, new_keys


def draw_sentence(rng: random.Random, wanted: int, wish: str | None = None) -> Clause:
    """An abstract sentence of about `wanted` English words, its final mark included; `wish` is a phenomenon
    to work towards.
    """
    clause = draw_clauses(Sampler(rng, wish), wanted)
    share_subjects(clause)
    return clause


def draw_clauses(sampler: Sampler, wanted: int) -> Clause:
    """The sentence before its shared subjects are settled."""
    if sampler.wish == "ambiguous_bank" or sampler.wish is None and sampler.random() < 0.02 and wanted >= 6:
        return bank_sentence(sampler, wanted)
    room = wanted - 1
    structure = draw_structure(sampler, room)
    if structure == "question":
        return draw_question(sampler, room)
    if structure == "simple":
        clause = draw_core(sampler, room)
        grant_wish(sampler, clause)
        grow(sampler, clause, room - core_length(clause), top=True)
        return clause
    if structure == "complement":
        clause = draw_core(
            sampler,
            4,
            kind="clausal",
            tense="past" if sampler.wish == "perfect" or sampler.random() < 0.35 else "present",
        )
        clause.negated, clause.modal = False, None
        inner = room - core_length(clause) - 1
        clause.complement = draw_inner_clause(
            sampler, inner, tense="past" if clause.tense in ("past", "perfect") else None
        )
        return clause
    share = 0.35 + 0.3 * sampler.random()
    main_room = max(3, int(room * share))
    main = draw_core(sampler, main_room)
    if structure == "conjoined":
        grant_wish(sampler, main)
        conjoin(sampler, main, room - main_room)
        left = room - core_length(main) - clause_length(main.conjoined.clause) - 1
        grow(sampler, main, left, top=True)
        return main
    grant_wish(sampler, main)
    left = room - main_room - 1
    if main_room > 13 and not main.negated:
        conjoin(sampler, main, main_room // 2)
        grow(sampler, main, main_room // 2 - core_length(main), top=False)
    else:
        grow(sampler, main, main_room - core_length(main), top=False)
    subordinate(sampler, main, left)
    return main


def draw_structure(sampler: Sampler, room: int) -> str:
    """question, simple, complement (a that-clause), conjoined or subordinate."""
    wish = sampler.wish
    if wish == "coordination" and room >= 7 and sampler.random() < 0.6:
        return "conjoined"
    if wish == "subordinate_clause":
        return "complement" if sampler.random() < 0.4 else "subordinate"
    if wish == "do_support" and sampler.random() < 0.5:
        return "question"
    if wish in ("separable_verb", "do_support", "agreement_across"):
        return "simple"
    draw = sampler.random()
    if draw < 0.08 and 3 <= room <= 14:
        return "question"
    if room < 7:
        return "simple"
    if room < 11:
        return (
            "simple"
            if draw < 0.62
            else "complement"
            if draw < 0.75
            else "conjoined"
            if draw < 0.85
            else "subordinate"
        )
    if room < 18:
        return (
            "simple"
            if draw < 0.3
            else "complement"
            if draw < 0.5
            else "conjoined"
            if draw < 0.72
            else "subordinate"
        )
    return "complement" if draw < 0.35 else "conjoined" if draw < 0.5 else "subordinate"


def grant_wish(sampler: Sampler, clause: Clause) -> None:
    """Change `clause` so that it shows the wished phenomenon."""
    wish = sampler.wish
    if wish == "separable_verb" and clause.verb.de_particle:
        clause.modal = None
        if clause.tense not in ("present", "progressive"):
            clause.tense = (
                "present" if "stative" in clause.verb.flags or sampler.random() < 0.5 else "progressive"
            )
    elif wish == "relative_clause":
        for np in (clause.object, clause.subject):
            if np is None or np.kind != "noun" or np.det == "every" or np.relative:
                continue
            if np is clause.subject or may_end_in_relative(clause, np):
                add_relative(sampler, np, 6)
                break
    elif wish in ("adjective_endings", "adjective_after_noun"):
        for np in (clause.subject, clause.object):
            if np is not None and np.kind == "noun" and not np.adjectives:
                table = adjective_table(np.value, False if wish == "adjective_after_noun" else None)
                if len(table):
                    np.adjectives.append((table.draw(sampler.rng), new_keys()))
    elif wish == "agreement_across" and clause.subject.kind == "noun":
        if not sampler.add_genitive(clause.subject):
            sampler.add_noun_pp(clause, clause.subject)
    elif wish == "coordination":
        classes = clause.subject.value.classes & HEADINGS if clause.subject.kind == "noun" else PERSON
        clause.subject = sampler.coordinate(clause.subject, classes)
    elif wish == "do_support" and clause.question is None:
        clause.negated, clause.modal = True, None
        if clause.tense not in ("present", "past"):
            clause.tense = "present"
        make_arguments_definite(clause)


def make_arguments_definite(clause: Clause) -> None:
    """Make arguments definite where an indefinite one would not fit a negation or question."""
    for np in (clause.subject, clause.object, clause.prepositional):
        if np is not None and np.kind == "noun" and np.det in ("number", "many", "some", "every", "indef"):
            np.det, np.number = "def", None


def draw_question(sampler: Sampler, room: int) -> Clause:
    """A yes/no, why, when or where question."""
    clause = draw_core(sampler, room)
    clause.negated = False
    if clause.tense == "past":
        clause.modal = None
    if sampler.wish == "do_support":
        clause.modal = None
        clause.tense = "past" if sampler.random() < 0.4 and "nopast" not in clause.verb.flags else "present"
    clause.question = "yesno"
    if sampler.random() < 0.3 and clause.verb.kind != "copula":
        adverb = lex.QUESTION_ADVERBS[int(sampler.random() * 3)]
        if adverb.en[0] == "where" and (
            "still" in clause.verb.flags or clause.places or clause.verb.kind == "prepositional"
        ):
            adverb = lex.QUESTION_ADVERBS[0]
        if adverb.en[0] == "when" and (
            clause.tense in ("perfect", "progressive") or "nopast" in clause.verb.flags
        ):
            adverb = lex.QUESTION_ADVERBS[0]
        clause.question = Modifier(adverb)
        room -= 1
    when = clause.question != "yesno" and clause.question.adverb.en[0] == "when"
    left = room - core_length(clause) - 1
    for _ in range(8):
        if left <= 0:
            break
        draw = sampler.random()
        if draw < 0.5:
            left -= grow_noun_phrase(sampler, clause, left)
        elif draw < 0.75:
            left -= add_place(sampler, clause, left) if not when else 0
        elif not when:
            left -= add_time(sampler, clause, left, False)
    return clause


def conjoin(sampler: Sampler, main: Clause, room: int) -> None:
    """Join a second clause of about `room` English words to `main`; the two share the subject or not."""
    draw = sampler.random()
    connective = lex.COORDINATORS["and" if draw < 0.65 else "but" if draw < 0.92 else "or"]
    shared = (
        sampler.random() < 0.5
        and main.subject.kind != "relative"
        and connective.en[0] != "but"
        and main.verb.kind != "copula"
    )
    if shared:
        other = draw_core(
            sampler,
            max(3, room),
            kind=("transitive", "intransitive", "transitive")[int(sampler.random() * 3)],
            subject=main.subject,
            tense=main.tense,
            nested=True,
        )
        if main.negated or connective.en[0] == "or" and main.tense in ("past", "perfect"):
            connective = lex.COORDINATORS["and"]
        other.negated = main.negated = False
        other.modal = main.modal = None
        if other.tense != main.tense or other.verb is main.verb:
            shared = False
    if not shared:
        connective = connective if connective.en[0] != "or" else lex.COORDINATORS["and"]
        other = draw_core(sampler, max(3, room), tense=SIMPLE_TENSE.get(main.tense, main.tense), nested=True)
        other.modal = None if other.negated else other.modal
    main.conjoined = Conjoined(connective, other, shared)
    grow(sampler, other, room - core_length(other))


def draw_inner_clause(sampler: Sampler, room: int, tense: str | None) -> Clause:
    """A clause for the inside of another: no question, nothing fronted; long ones are two joined clauses."""
    if room > 12:
        first = draw_core(sampler, room // 2, tense=tense, nested=True)
        conjoin(sampler, first, room // 2 - 1)
        left = room - core_length(first) - clause_length(first.conjoined.clause) - 1
        grow(sampler, first, left, top=False)
        return first
    clause = draw_core(sampler, room, tense=tense, nested=True)
    grow(sampler, clause, room - core_length(clause), top=False)
    return clause


def subordinate(sampler: Sampler, main: Clause, room: int) -> None:
    """Add an adverbial clause of about `room` English words to `main`, before or after it."""
    draw = sampler.random()
    name = (
        "because"
        if draw < 0.4
        else "when"
        if draw < 0.65
        else "if"
        if draw < 0.8
        else "while"
        if draw < 0.92
        else "as soon as"
    )
    if name in ("if", "as soon as") and main.tense != "present":
        name = "because"
    if main.tense in ("future", "perfect") and name in ("when", "while"):
        name = "because"
    tense = {"future": "present", "progressive": "present", "perfect": "past"}.get(main.tense, main.tense)
    inner = draw_inner_clause(sampler, room - (2 if name == "as soon as" else 0), tense)
    for clause in (inner, inner.conjoined.clause if inner.conjoined else inner):
        if any(part.verb.kind == "copula" and part.adjective.en not in PASSING for part in (main, clause)):
            name = "because"
        dynamic = clause.verb.kind != "copula" and "stative" not in clause.verb.flags
        if (
            name == "while"
            and tense == clause.tense == "present"
            and dynamic
            and not clause.modal
            and not clause.frequency
        ):
            clause.tense = "progressive"
        if name in ("when", "while", "as soon as") and tense == "past":
            clause.time = None
    fronted = (
        main.front is None
        and not main.conjoined
        and name != "because"
        and sampler.random() < 0.5
        and main.question is None
    )
    if main.verb.kind == "clausal" or main.complement:
        fronted = False
    main.subordinate = Subordinate(lex.SUBORDINATORS[name], inner, fronted)


def share_subjects(clause: Clause | None) -> None:
    """Give clauses that share a subject the same one also where one of them has grown it."""
    while clause is not None:
        following = clause.complement or clause.subordinate and clause.subordinate.clause or None
        if clause.conjoined:
            if clause.conjoined.shared:
                clause.conjoined.clause.subject = clause.subject
            following = following or clause.conjoined.clause
        clause = following
