"""Draw the adverbials of a clause: when, how often, how, where, for whom, at which event."""

from __future__ import annotations

from explorer.corpora.grammar import lexicon as lex
from explorer.corpora.grammar.entries import Adverb
from explorer.corpora.grammar.measure import ends_in_relative
from explorer.corpora.grammar.phrases import Sampler
from explorer.corpora.grammar.sense import (
    EVENT_PREPOSITION,
    FOR_SOMEONE,
    FREQUENCY,
    NEGATED_FREQUENCY,
    NO_MANNER,
    PASSING,
    PERSON,
    PLACE_ADVERB,
    PLANNED,
    RANGE_TIMES,
    SIMPLE_MANNER,
    WANDERING,
    is_person,
    manner_table,
    time_table,
)
from explorer.corpora.grammar.syntax import PP, Clause, Modifier

OUTSIDE = next(adverb for adverb in lex.PLACES if adverb.en == ("outside",))


def add_time(sampler: Sampler, clause: Clause, room: int, top: bool) -> int:
    """Add a time adverb at the end, or in front of a main clause (`top`); returns the English words added, 0
    if none fits.
    """
    if not takes_time(clause):
        return 0
    adverb = draw_time(sampler, clause, room)
    if adverb is None:
        return 0
    closed = ends_in_relative(clause)
    may_be_fronted = (
        top
        and clause.question is None
        and not clause.front
        and not (clause.subordinate and clause.subordinate.fronted)
    )
    if may_be_fronted and (closed or sampler.random() < 0.4):
        clause.front = Modifier(adverb)
        return len(adverb.en) + 1
    if closed:
        return 0
    clause.time = Modifier(adverb)
    return len(adverb.en)


def takes_time(clause: Clause) -> bool:
    """Whether a time makes sense: the clause has none yet, and what it says is not always true."""
    verb = clause.verb
    timed = clause.time or clause.front and clause.front.adverb.kind == "time"
    if timed or clause.tense == "perfect" or verb.kind == "clausal":
        return False
    if any(isinstance(place, PP) and place.preposition in lex.EVENT_PREPOSITIONS for place in clause.places):
        return False
    if "imperfect" in verb.flags or clause.adjective is not None and clause.adjective.en not in PASSING:
        return False
    return "nopast" not in verb.flags and ("stative" not in verb.flags or clause.tense == "past")


def time_tags(clause: Clause) -> tuple[str, ...]:
    """The tenses with which the adverb may go, as the table of adverbs has them."""
    if clause.modal:
        return ("past",) if clause.tense == "past" else ("future",)
    if clause.tense == "progressive":
        return ("present", "tomorrow")
    return (clause.tense,)


def draw_time(sampler: Sampler, clause: Clause, room: int) -> Adverb | None:
    """A time adverb of at most `room` + 1 words; None when four draws give none that fits."""
    table = time_table(time_tags(clause))
    for _ in range(4):
        adverb = table.draw(sampler.rng)
        if time_fits(adverb, clause) and len(adverb.en) <= room + 1:
            return adverb
    return None


def time_fits(adverb: Adverb, clause: Clause) -> bool:
    """Whether the adverb goes with verb, tense and frequency of the clause."""
    verb, tense = clause.verb, clause.tense
    is_range = adverb.en[-1] in RANGE_TIMES
    if tense == "progressive" and (is_range or "tomorrow" in adverb.tenses and verb.en[0] not in PLANNED):
        return False
    if adverb.en[0] == "now" and tense == "present" and not clause.is_copular:
        return False
    if clause.is_copular and (is_range or len(adverb.en) > 1):
        return False
    return not clause.frequency or is_range and tense in ("present", "past")


def add_frequency(sampler: Sampler, clause: Clause) -> int:
    """Add often, always, … before the verb; returns the English words added."""
    if (
        clause.frequency
        or clause.manner
        or clause.tense not in ("present", "past")
        or clause.verb.kind in ("copula", "clausal")
        or clause.modal
    ):
        return 0
    if "nopast" in clause.verb.flags or clause.verb.en[0] in ("marry", "belong", "live", "have", "grow"):
        return 0
    fixed = clause.time or (clause.front if clause.front and clause.front.adverb.kind == "time" else None)
    if fixed and fixed.adverb.en[-1] not in RANGE_TIMES:
        return 0
    if clause.front and clause.front.adverb.en[0] in ("suddenly", "finally"):
        return 0
    clause.frequency = Modifier((NEGATED_FREQUENCY if clause.negated else FREQUENCY).draw(sampler.rng))
    return 1


def add_manner(sampler: Sampler, clause: Clause) -> int:
    """Add how it is done, if the verb allows it; returns the English words added."""
    verb = clause.verb
    if clause.manner or clause.frequency or clause.negated or ends_in_relative(clause):
        return 0
    if (
        verb.kind not in ("transitive", "intransitive")
        or verb.en[0] in NO_MANNER
        or verb.flags & {"stative", "needplace"}
    ):
        return 0
    person = is_person(clause.subject)
    clause.manner = Modifier((manner_table(verb) if person else SIMPLE_MANNER).draw(sampler.rng))
    return 1


def add_place(sampler: Sampler, clause: Clause, room: int) -> int:
    """Add where, for whom, or at which event; returns the English words added."""
    verb = clause.verb
    if (
        len(clause.places) >= (2 if room > 6 else 1)
        or ends_in_relative(clause)
        or verb.kind in ("copula", "clausal")
    ):
        return 0
    draw = sampler.random()
    has_noun = clause.object is not None and clause.object.kind == "noun"
    if draw < 0.2 and room >= 3 and has_noun and verb.en[0] in FOR_SOMEONE and not verb.particle:
        return add_beneficiary(sampler, clause)
    if (
        draw < 0.4
        and room >= 3
        and not clause.time
        and clause.tense != "progressive"
        and clause.modal is None
    ):
        return add_event(sampler, clause)
    if verb.flags & {"still", "needplace"} or any(is_location(place) for place in clause.places):
        return 0
    if clause.question_word and clause.question_word.adverb.en[0] == "where":
        return 0
    if draw < 0.55 or room < 3:
        return add_place_adverb(sampler, clause)
    phrase = sampler.place_phrase()
    if room > 4 and sampler.random() < 0.4:
        phrase.np.adjectives += sampler.adjectives(phrase.np.value, 1)
    clause.places.append(phrase)
    return 2 + len(phrase.preposition.en) + len(phrase.np.adjectives)


def add_beneficiary(sampler: Sampler, clause: Clause) -> int:
    """Add for whom; returns the English words added."""
    if any(isinstance(place, PP) for place in clause.places):
        return 0
    person = sampler.noun_phrase(PERSON, definite=True, plural_share=0.15)
    clause.places.insert(0, PP(lex.OTHER_PREPOSITIONS["for"], person))
    return 3


def add_event(sampler: Sampler, clause: Clause) -> int:
    """Add after, before or during which event, in a clause that has no time yet; returns the English words
    added.
    """
    timed = clause.front is not None and clause.front.adverb.kind == "time"
    always = clause.tense == "present" or clause.verb.flags & {"nopast", "stative"}
    if timed or clause.frequency or clause.places or always:
        return 0
    event = sampler.noun_phrase(("event",), definite=True, plural_share=0.0)
    if event.det not in ("def", "this"):
        event.det = "def"
    clause.places.append(PP(EVENT_PREPOSITION.draw(sampler.rng), event))
    return 3


def add_place_adverb(sampler: Sampler, clause: Clause) -> int:
    """Add here, there, outside or everywhere; returns the English words added."""
    if clause.negated:
        return 0
    adverb = PLACE_ADVERB.draw(sampler.rng)
    has_noun = clause.object is not None and clause.object.kind == "noun"
    if adverb.en[0] == "everywhere" and (clause.verb.en[0] not in WANDERING or has_noun):
        adverb = OUTSIDE
    clause.places.append(Modifier(adverb))
    return 1


def is_location(place: PP | Modifier) -> bool:
    """Whether a place says where, not for whom or when."""
    return isinstance(place, Modifier) or place.preposition in lex.PLACE_PREPOSITIONS
