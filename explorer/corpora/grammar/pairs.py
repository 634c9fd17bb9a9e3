"""Turn an abstract sentence into a sentence pair with its alignment, trees and phenomena.

Linking guideline (read from shared keys, never guessed):

- **sure**: a content word and its translation (both the stem and the separable particle of a German verb
  without an English particle; with one, particle and particle); article and article, possessive and
  possessive, numeral and numeral; preposition and preposition, also when the target one is contracted with
  its article (*zum*, *du*); pronoun and pronoun (also a French clitic); relative pronouns; conjunctions; the
  final mark; *not* with *nicht*, *pas* or *kein*; perfect, future and modal auxiliaries with each other.
- **possible** (besides all sure links): English *do*, progressive *be* or an auxiliary without counterpart
  with the verb; the target's perfect auxiliary with an English past tense; *ne* with *not*; *a* with *kein*
  or negated *de*; the article swallowed by a contraction; a French *des* or *de* without counterpart with its
  noun; *of* with the German genitive article; a preposition that only one language needs with the verb; the
  further words of a fixed expression (*as soon as*, *à côté de*); the reflexive *se* with the verb; a German
  comma with the word that opens or joins the clause; *est-ce que* with the inverted English auxiliary.
- French *du, des, au, aux* and German *im, am, zum, zur, ins* are one word with relation ``case``; English is
  never contracted.
"""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora.grammar.english import English
from explorer.corpora.grammar.french import French
from explorer.corpora.grammar.german import German
from explorer.corpora.grammar.syntax import NP, PP, Clause, Token
from explorer.results import Alignment, Dependencies, SentencePair

ENGLISH = English()
TARGETS = {"de": German(), "fr": French()}
NO_SPACE_BEFORE = frozenset({".", ","})


def text_of(tokens: list[Token]) -> str:
    """The sentence as text; capitalises the first word."""
    tokens[0].form = tokens[0].form[0].upper() + tokens[0].form[1:]
    parts = []
    for position, token in enumerate(tokens):
        if (
            position
            and tokens[position - 1].space_after
            and token.form not in NO_SPACE_BEFORE
            and token.space_before
        ):
            parts.append(" ")
        parts.append(token.form)
    return "".join(parts)


def close_question(tokens: list[Token], lang: str) -> None:
    """Only French has a space before the question mark."""
    if tokens[-1].form == "?" and lang != "fr":
        tokens[-1].space_before = False


def tree_of(tokens: list[Token]) -> Dependencies:
    """The tree over the tokens of a sentence."""
    index = {id(token): position for position, token in enumerate(tokens)}
    last = len(tokens) - 1
    spaces = tuple(
        position != last
        and token.space_after
        and tokens[position + 1].form not in NO_SPACE_BEFORE
        and tokens[position + 1].space_before
        for position, token in enumerate(tokens)
    )
    return Dependencies(
        tuple(token.form for token in tokens),
        tuple(token.lemma for token in tokens),
        tuple(token.upos for token in tokens),
        tuple(-1 if token.head is None else index[id(token.head)] for token in tokens),
        tuple(token.relation for token in tokens),
        spaces,
    )


def align(source: list[Token], target: list[Token]) -> Alignment:
    """The links between two token lists that share keys."""
    sure_at, possible_at = {}, {}
    for i, token in enumerate(source):
        for key in token.sure:
            sure_at.setdefault(key, []).append(i)
        for key in token.possible:
            possible_at.setdefault(key, []).append(i)
    sure, possible = set(), set()
    for j, token in enumerate(target):
        for key in token.sure:
            sure.update((i, j) for i in sure_at.get(key, ()))
            possible.update((i, j) for i in possible_at.get(key, ()))
        for key in token.possible:
            possible.update((i, j) for i in (*sure_at.get(key, ()), *possible_at.get(key, ())))
    return Alignment(frozenset(sure), frozenset(possible | sure))


def clauses_of(clause: Clause) -> Iterator[Clause]:
    """The clause and every clause inside it."""
    yield clause
    inner = [
        clause.complement,
        clause.conjoined and clause.conjoined.clause,
        clause.subordinate and clause.subordinate.clause,
    ]
    inner += [np.relative for np in phrases_of(clause)]
    for other in inner:
        if other is not None:
            yield from clauses_of(other)


def phrases_of(clause: Clause) -> Iterator[NP]:
    """Every noun phrase of the clause itself, coordinated parts and nested phrases included."""
    places = [place.np for place in clause.places if isinstance(place, PP)]
    stack = [
        np
        for np in (clause.subject, clause.object, clause.recipient, clause.prepositional, *places)
        if np is not None
    ]
    while stack:
        np = stack.pop()
        yield np
        stack.extend(np.parts)
        if np.genitive:
            stack.append(np.genitive)
        if np.pp:
            stack.append(np.pp.np)


def phenomena_of(clause: Clause, source: list[Token], target: list[Token], tgt_lang: str) -> tuple[str, ...]:
    """The names of the phenomena that the pair shows, in the order of PHENOMENA."""
    names = set()
    for part in clauses_of(clause):
        verb = part.verb
        simple_past = verb.kind == "copula" or "imperfect" in verb.flags
        if part.tense == "perfect" or part.tense == "past" and not simple_past and not part.modal:
            names.add("perfect")
        if part.complement or part.subordinate:
            names.add("subordinate_clause")
        if part.conjoined:
            names.add("coordination")
        if part.negated:
            names.add("negation")
        subject = part.subject
        if subject.kind == "noun" and (subject.genitive or subject.pp):
            inner = subject.genitive or subject.pp.np
            if inner.is_plural != subject.is_plural:
                names.add("agreement_across")
        if tgt_lang == "fr" and any(
            np is not None and np.kind == "pronoun" for np in (part.object, part.recipient)
        ):
            names.add("object_clitic")
        for np in phrases_of(part):
            if np.kind == "coordination":
                names.add("coordination")
            if np.relative:
                names.add("relative_clause")
            if np.adjectives:
                if tgt_lang == "de":
                    names.add("adjective_endings")
                elif any(not adjective.before for adjective, _ in np.adjectives):
                    names.add("adjective_after_noun")
            if np.kind == "noun" and np.value.en[0] == "bank":
                names.add("ambiguous_bank")
    if any(token.lemma == "do" for token in source):
        names.add("do_support")
    if tgt_lang == "de" and any(token.mark == "particle" for token in target):
        names.add("separable_verb")
    return tuple(name for name in PHENOMENA if name in names)


PHENOMENA = {
    "separable_verb": "German separable verbs: the particle goes to the end of the clause (rufen … an).",
    "perfect": "The perfect: an auxiliary, and a participle that German puts at the end of the clause.",
    "subordinate_clause": "Subordinate clauses: the German verb goes to the end of the clause.",
    "adjective_endings": "German adjective endings: they depend on case, gender, number and article.",
    "adjective_after_noun": "French adjectives that follow the noun and agree with it.",
    "negation": "Negation: not becomes nicht or kein in German, ne … pas in French.",
    "object_clitic": "French object pronouns, which precede the verb (me, te, le, la, les, lui, leur).",
    "do_support": "English do-support: the auxiliary of negation and questions has no counterpart.",
    "agreement_across": "Agreement across an intervening phrase: the keys to the old cabinet are dirty.",
    "coordination": "Coordination: two phrases or two clauses joined by and, but, or.",
    "relative_clause": "Relative clauses: who, that; the German verb goes to the end between commas.",
    "ambiguous_bank": "The word bank, a shore or an institution: another word in the sentence decides.",
}
ONLY_IN = {
    "separable_verb": "de",
    "adjective_endings": "de",
    "adjective_after_noun": "fr",
    "object_clitic": "fr",
}


def particle_distance(tokens: list[Token]) -> int | None:
    """Words between a separated German stem and its particle, the largest in the sentence; None without
    one.
    """
    index = {id(token): position for position, token in enumerate(tokens)}
    distances = [
        position - index[id(token.head)] - 1
        for position, token in enumerate(tokens)
        if token.mark == "particle"
    ]
    return max(distances, default=None)


def pair_of(clause: Clause, source: list[Token], target: list[Token], tgt_lang: str) -> SentencePair:
    """The pair of two realised token lists."""
    phenomena = phenomena_of(clause, source, target, tgt_lang)
    alignment = align(source, target)
    close_question(source, "en")
    close_question(target, tgt_lang)
    return SentencePair(
        text_of(source), text_of(target), alignment, tree_of(source), tree_of(target), phenomena
    )
