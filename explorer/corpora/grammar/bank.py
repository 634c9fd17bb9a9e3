"""Sentences with a "bank" that another word makes a shore or an institution.

Nouns that decide the sense (fisherman or duck, customer or cashier, the river's name) are kept from turning
up elsewhere in the sentence.
"""

from __future__ import annotations

from explorer.corpora.grammar import lexicon as lex
from explorer.corpora.grammar.adverbials import add_time
from explorer.corpora.grammar.clauses import draw_tense, fit_tense
from explorer.corpora.grammar.entries import Zipf
from explorer.corpora.grammar.measure import core_length
from explorer.corpora.grammar.phrases import Sampler
from explorer.corpora.grammar.sense import PERSON, noun_table
from explorer.corpora.grammar.syntax import NP, Clause, Subordinate, new_keys

SHORE, INSTITUTION = lex.BANK_NOUNS
NOUN_BY_NAME = {noun.en[0]: noun for noun in lex.NOUNS}
SHORE_SUBJECTS = Zipf(NOUN_BY_NAME[name] for name in ("fisherman", "sailor", "duck", "swan", "frog"))
INSTITUTION_SUBJECTS = Zipf(NOUN_BY_NAME[name] for name in ("customer", "banker", "cashier", "thief"))
WATERWAYS = noun_table(frozenset({"waterway"}))
BANK_VERBS = Zipf(
    verb
    for verb in lex.TRANSITIVE
    if verb.en[0]
    in ("see", "visit", "leave", "reach", "paint", "photograph", "describe", "observe", "find", "recognize")
)
BANK_ADJECTIVES = Zipf(
    adjective
    for adjective in lex.ADJECTIVES
    if adjective.en in ("old", "small", "big", "quiet", "beautiful", "modern")
)


def bank_sentence(sampler: Sampler, wanted: int) -> Clause:
    """A sentence with "bank", whose sense another word decides: its subject, its genitive, or the subject of
    another clause.
    """
    rng, random = sampler.rng, sampler.random
    shore = random() < 0.5
    room = wanted - 1
    bank = NP("noun", SHORE if shore else INSTITUTION)
    if random() < 0.4:
        bank.adjectives.append((BANK_ADJECTIVES.draw(rng), new_keys()))
    sampler.used.update((bank.value, *SHORE_SUBJECTS.items, *INSTITUTION_SUBJECTS.items))
    sampler.used.update(WATERWAYS.items)
    draw = random()
    verb = BANK_VERBS.draw(rng)
    cues = SHORE_SUBJECTS if shore else INSTITUTION_SUBJECTS
    if draw < 0.35:
        clause = Clause(verb, sampler.subject(PERSON, 6, True), object=bank)
        if shore:
            bank.genitive = NP("noun", WATERWAYS.draw(rng))
        else:
            bank.genitive = NP("noun", INSTITUTION_SUBJECTS.draw(rng), random() < 0.4)
    elif draw < 0.65 or room < 9:
        cue = cues.draw(rng)
        subject = NP("noun", cue, random() < 0.35)
        clause = Clause(verb if "person" in cue.classes else lex.TRANSITIVE[0], subject, object=bank)
        if random() < 0.4:
            subject.adjectives += sampler.adjectives(cue, 1)
    else:
        clause = Clause(verb, sampler.subject(PERSON, 6, True), object=bank)
        add_cue_clause(sampler, clause, cues)
    if clause.subordinate is None:
        clause.tense = fit_tense(verb, draw_tense(sampler, verb))
    left = room - core_length(clause) - (5 if clause.subordinate else 0)
    for _ in range(4):
        if left > 0:
            left -= add_time(sampler, clause, left, True)
    return clause


def add_cue_clause(sampler: Sampler, clause: Clause, cues: Zipf) -> None:
    """Subordinate a clause whose subject decides what "bank" means: because the swan is sleeping."""
    rng, random = sampler.rng, sampler.random
    cue = cues.draw(rng)
    clause.tense = "past" if random() < 0.5 else "present"
    verb = lex.INTRANSITIVE[int(random() * 6) % 3]
    other = Clause(verb, NP("noun", cue, random() < 0.35), tense=clause.tense)
    if verb.en[0] == "work" and "animal" in cue.classes:
        other.verb = lex.INTRANSITIVE[0]
    name = "because" if random() < 0.5 else "when"
    clause.subordinate = Subordinate(lex.SUBORDINATORS[name], other, name == "when" and random() < 0.5)
