"""Which words make sense together.

The sense of the grammar: the classes behind each choice, as tables to draw from with Zipf weights. A verb
chooses the classes of its arguments (see `verbs`), a noun its adjectives (see `modifiers`); the word lists
here say the rest, each as what it is for.
"""

from __future__ import annotations

from functools import cache

from explorer.corpora.grammar import lexicon as lex
from explorer.corpora.grammar.entries import Adjective, Noun, Verb, Zipf
from explorer.corpora.grammar.syntax import NP

KIN = frozenset(
    "friend mother father brother sister neighbor daughter son uncle aunt grandmother grandfather colleague "
    "boss cousin "
    "nephew niece doctor teacher".split()
)
FOR_SOMEONE = frozenset(
    "buy prepare paint draw build repair order copy translate print organize open".split()
)
NO_MANNER = frozenset(
    "fall disappear arrive bloom grow shine cough sneeze dream win get wake lose meet break depart stop "
    "land suffer hesitate "
    "live stay find catch call invite buy sell marry visit bring throw cancel turn publish sign interrupt "
    "surprise convince "
    "laugh smile cry sleep pray whistle come destroy recognize use order choose reach leave accept finish "
    "organize solve "
    "thank greet kiss photograph describe criticize accompany protect comfort park drive listen look "
    "congratulate pick jump".split()
)
ANY_SUBJECT_MANNER = frozenset({"slowly", "quickly"})
RANGE_TIMES = frozenset({"evening", "morning", "summer", "winter"})
PERSON = frozenset({"person"})
POSSESSED = (
    frozenset(
        "object text clothing vehicle food abstract dog cat horse bird cow pig donkey hen goat rabbit house "
        "garden room office "
        "apartment kitchen school city village restaurant hotel shop castle factory tent film song party "
        "wedding trip meal "
        "breakfast bed sofa desk drink".split()
    )
    | KIN
)
WANDERING = frozenset("dance sing play work look see paint read".split())
PLANNED = frozenset(
    "call invite buy sell visit meet work travel arrive depart come go play dance sing cook open close "
    "repair clean prepare "
    "bring send give return marry finish pick leave tidy plant wash paint print drive organize".split()
)
MANNERS_OF = {
    "wait": "patiently quietly calmly nervously",
    "sing": "quietly happily slowly",
    "dance": "slowly happily",
    "run": "slowly quickly",
    "swim": "slowly quickly calmly",
    "play": "quietly happily",
    "speak": "slowly quickly quietly calmly nervously",
    "fly": "slowly quickly",
    "study": "quietly patiently",
    "eat": "slowly quickly quietly secretly happily",
    "drink": "slowly quickly quietly secretly happily",
    "help": "patiently secretly happily",
    "steal": "quickly secretly quietly",
    "travel": "slowly secretly",
}
DEFAULT_MANNERS = "slowly quickly carefully quietly patiently secretly calmly"
CONTRARY = (
    {"old", "new", "young"},
    {"big", "small"},
    {"good", "bad"},
    {"clean", "dirty"},
    {"rich", "poor"},
    {"fast", "slow"},
    {"happy", "sad"},
    {"interesting", "boring"},
    {"cold", "warm"},
    {"beautiful", "pretty"},
    {"lazy", "tired", "brave", "nervous", "quiet", "shy", "strong", "sick"},
    {"red", "black", "white", "blue", "green", "yellow", "gray"},
)
PASSING = frozenset(
    "happy tired sad sick nervous curious polite hungry jealous brave lazy serious dirty clean empty "
    "quiet".split()
)
NATIONALITIES = frozenset({"German", "French", "Italian", "Spanish"})
OWNED = frozenset({"object", "text", "clothing", "vehicle", "animal", "abstract", "building"})
HEADINGS = frozenset(
    "person animal food drink object clothing place surface spot opening vehicle text song abstract event "
    "film plant waterway sky".split()
)


@cache
def noun_table(classes: frozenset[str]) -> Zipf:
    """Nouns of `classes`, those of equal rank in their own class side by side."""
    rank, ranked = {}, []
    for noun in lex.nouns_of(classes):
        heading = min(noun.classes & HEADINGS)
        rank[heading] = rank.get(heading, 0) + 1
        ranked.append((rank[heading], noun))
    return Zipf(noun for _, noun in sorted(ranked, key=lambda pair: pair[0]))


@cache
def adjective_table(noun: Noun, before: bool | None) -> Zipf:
    """Adjectives that go with `noun`."""
    return Zipf(lex.adjectives_of(noun, before))


@cache
def verb_table(kind: str, separable: bool = False, tense: str = "any") -> Zipf:
    """Verbs of one kind, narrowed to separable ones or to those that have a past."""
    table = {
        "transitive": lex.TRANSITIVE,
        "intransitive": lex.INTRANSITIVE,
        "ditransitive": lex.DITRANSITIVE,
        "prepositional": lex.PREPOSITIONAL,
        "clausal": lex.CLAUSAL,
    }[kind]
    return Zipf(
        verb
        for verb in table
        if (verb.de_particle or not separable) and (tense == "any" or "nopast" not in verb.flags)
    )


@cache
def relative_verbs(noun: Noun, role: str) -> Zipf:
    """Verbs of which `noun` can be the relative subject, or the relative object."""
    classes = lex.classes_of(noun)
    if role == "subject":
        chosen = [
            verb
            for verb in lex.TRANSITIVE + lex.INTRANSITIVE
            if verb.subjects & noun.classes and "needplace" not in verb.flags
        ]
        return Zipf(sorted(chosen, key=_rank))
    return Zipf(
        verb
        for verb in lex.TRANSITIVE
        if verb.objects & classes and not verb.indirect and "person" in verb.subjects
    )


def _rank(verb: Verb) -> int:
    """The rank of a verb in its own table."""
    return lex.TRANSITIVE.index(verb) if verb.kind == "transitive" else lex.INTRANSITIVE.index(verb)


@cache
def time_table(tags: tuple[str, ...]) -> Zipf:
    """Times that go with any of the tense `tags`."""
    return Zipf(adverb for adverb in lex.TIMES if adverb.tenses & set(tags))


FREQUENCY, PLACE_ADVERB, SENTENCE = Zipf(lex.FREQUENCIES), Zipf(lex.PLACES), Zipf(lex.SENTENCE_ADVERBS)
SIMPLE_MANNER = Zipf(adverb for adverb in lex.MANNERS if adverb.en[0] in ANY_SUBJECT_MANNER)
NEGATED_FREQUENCY = Zipf(adverb for adverb in lex.FREQUENCIES if adverb.en[0] in ("often", "always"))
PLACE_PREPOSITION, SURFACE_PREPOSITION = Zipf(lex.PLACE_PREPOSITIONS), Zipf(lex.SURFACE_PREPOSITIONS)
EVENT_PREPOSITION, NUMERAL, NAME = Zipf(lex.EVENT_PREPOSITIONS), Zipf(lex.NUMERALS), Zipf(lex.NAMES)
PERSON_ADJECTIVES = Zipf(adjective for adjective in lex.ADJECTIVES if "person" in adjective.classes)


@cache
def manner_table(verb: Verb) -> Zipf:
    """Manners that go with `verb`."""
    allowed = MANNERS_OF.get(verb.en[0], DEFAULT_MANNERS).split()
    return Zipf(adverb for adverb in lex.MANNERS if adverb.en[0] in allowed)


def contrary(one: Adjective, other: Adjective) -> bool:
    """Whether two adjectives should not describe the same thing in one sentence."""
    return one is other or any(one.en in group and other.en in group for group in CONTRARY)


def is_person(np: NP) -> bool:
    """Whether a noun phrase speaks of persons only."""
    if np.kind == "coordination":
        return all(is_person(part) for part in np.parts)
    if np.kind == "relative":
        return is_person(np.antecedent)
    return np.kind in ("pronoun", "name") or "person" in np.value.classes


def animate(np: NP) -> bool:
    """Whether a noun phrase speaks of persons or animals."""
    if np.kind == "noun":
        return bool(np.value.classes & {"person", "animal"})
    return is_person(np) or np.kind == "coordination"


def subject_fits(verb: Verb, np: NP) -> bool:
    """Whether `verb` can have `np` as its subject."""
    if np.kind == "coordination":
        return all(subject_fits(verb, part) for part in np.parts)
    if np.kind in ("pronoun", "name"):
        return "person" in verb.subjects
    if np.kind == "relative":
        return subject_fits(verb, np.antecedent)
    return bool(verb.subjects & np.value.classes)
