"""Which sentence has a "bank" that another word makes a shore or an institution?

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
    noun = SHORE if shore else INSTITUTION
    cues = SHORE_SUBJECTS if shore else INSTITUTION_SUBJECTS
    np = NP("noun", noun, False, "def")
    if random() < 0.4:
        np.adjectives.append((BANK_ADJECTIVES.draw(rng), new_keys()))
    sampler.used.update((noun, *SHORE_SUBJECTS.items, *INSTITUTION_SUBJECTS.items))
    sampler.used.update(noun_table(frozenset({"waterway"})).items)
    draw = random()
    verb = BANK_VERBS.draw(rng)
    if draw < 0.35 and shore:
        subject = sampler.subject(PERSON, 6, True)
        water = noun_table(frozenset({"waterway"})).draw(rng)
        np.genitive = NP("noun", water, False, "def")
        clause = Clause(verb, subject, object=np)
    elif draw < 0.35:
        subject = sampler.subject(PERSON, 6, True)
        owner = NP("noun", INSTITUTION_SUBJECTS.draw(rng), random() < 0.4, "def")
        np.genitive = owner
        clause = Clause(verb, subject, object=np)
    elif draw < 0.65 or room < 9:
        cue = cues.draw(rng)
        subject = NP("noun", cue, random() < 0.35, "def")
        clause = Clause(verb if "person" in cue.classes else lex.TRANSITIVE[0], subject, object=np)
        if random() < 0.4:
            subject.adjectives += sampler.adjectives(cue, 1)
    else:
        clause = Clause(verb, sampler.subject(PERSON, 6, True), object=np)
        cue = cues.draw(rng)
        clause.tense = "past" if random() < 0.5 else "present"
        other = Clause(
            lex.INTRANSITIVE[int(random() * 6) % 3],
            NP("noun", cue, random() < 0.35, "def"),
            tense=clause.tense,
        )
        if other.verb.en[0] == "work" and "animal" in cue.classes:
            other.verb = lex.INTRANSITIVE[0]
        name = "because" if random() < 0.5 else "when"
        clause.subordinate = Subordinate(lex.SUBORDINATORS[name], other, name == "when" and random() < 0.5)
    if clause.subordinate is None:
        clause.tense = fit_tense(verb, draw_tense(sampler, verb))
    left = room - core_length(clause) - (5 if clause.subordinate else 0)
    for _ in range(4):
        if left > 0:
            left -= add_time(sampler, clause, left, True)
    return clause
