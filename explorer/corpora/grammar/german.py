"""Realise an abstract sentence in German: cases, the position of the verb, and commas."""

from __future__ import annotations

from typing import Literal, NamedTuple

from explorer.corpora.grammar import german_forms as forms
from explorer.corpora.grammar import offsets as at
from explorer.corpora.grammar.syntax import (
    NP,
    PP,
    Clause,
    Modifier,
    Subordinate,
    Token,
    attach,
    coordinated,
    expression,
    head_of,
)

Order = Literal["v2", "v1", "final"]  # where the finite verb stands: second, first or last
MODALS = {"can": "können", "must": "müssen", "want": "wollen"}


def comma(head: Token, possible: tuple[int, ...]) -> Token:
    """A comma that only German has."""
    return Token(",", ",", "PUNCT", "punct", (), possible, head)


class VerbGroup(NamedTuple):
    """The verbs of a clause. finite: the one that agrees;  rest: what goes before it at the end of a clause,
    and is left there when it stands further in front;  root: the head of the clause;  adjective: what the
    copula leads to.
    """

    finite: Token
    rest: list[Token]
    root: Token
    adjective: Token | None = None


class German:
    """Realises one abstract sentence; `sentence` gives its tokens in order."""

    def noun_phrase(self, np: NP, relation: str, case: str, negated: int | None = None) -> list[Token]:
        """Its tokens; the head is the one without a head. `negated`: the key of the negation that makes its
        article "kein".
        """
        if np.kind == "noun":
            return self.noun(np, relation, case, negated)
        if np.kind == "coordination":
            first, second = np.parts
            return coordinated(
                self.noun_phrase(first, relation, case),
                self.noun_phrase(second, "conj", case),
                np.value.de,
                np,
            )
        key = (np.keys + at.NOUN,)
        if np.kind == "pronoun":
            row = forms.PRONOUNS[np.value]
            return [Token(row[case], row["n"], "PRON", relation, key)]
        if np.kind == "relative":
            column = "p" if np.is_plural else np.gender_in("de")
            return [Token(forms.RELATIVE[case][column], "der", "PRON", relation, key)]
        return [Token(np.value, np.value, "PROPN", relation, key)]

    def noun(self, np: NP, relation: str, case: str, negated: int | None) -> list[Token]:
        """A noun with all that belongs to it; its relative clause stands between commas."""
        noun, plural = np.value, np.plural
        column = "p" if plural else noun.de_gender
        head = Token(forms.noun_form(noun, plural, case), noun.de[0], "NOUN", relation, (np.keys + at.NOUN,))
        det, endings = self.determiner(np, case, column, negated, head)
        tokens = [det] if det else []
        for adjective, k in np.adjectives:
            form = adjective.de_stem + endings[case][column]
            tokens.append(Token(form, adjective.de, "ADJ", "amod", (k,), head=head))
        tokens.append(head)
        if np.genitive:
            tokens += attach(self.noun_phrase(np.genitive, "nmod", "g"), head)
        if np.pp:
            tokens += attach(self.prepositional_phrase(np.pp, "nmod"), head)
        if np.relative:
            clause, root = self.clause(np.relative, "final")
            root.head, root.relation = head, "acl:relcl"
            pronoun = np.relative.subject if np.relative.subject.kind == "relative" else np.relative.object
            key = (pronoun.keys + at.NOUN,)
            tokens += [comma(root, key), *clause, comma(root, key)]
        return tokens

    def determiner(
        self, np: NP, case: str, column: str, negated: int | None, head: Token
    ) -> tuple[Token | None, dict[str, dict[str, str]]]:
        """The determiner, or None, and the table of the adjective endings that follow it."""
        key, det = (np.keys + at.DET,), np.det
        if det == "def":
            token = Token(forms.DEFINITE[case][column], "der", "DET", "det", key, head=head)
            token.article = True
            return token, forms.WEAK
        if det == "indef":
            if negated:
                form = "kein" + forms.EIN[case][column]
                return Token(
                    form, "kein", "DET", "det", (negated,), key + (np.keys + at.NOUN,), head
                ), forms.MIXED
            if column == "p":
                return None, forms.STRONG
            return Token("ein" + forms.EIN[case][column], "ein", "DET", "det", key, head=head), forms.MIXED
        if det == "this":
            return Token(
                "dies" + forms.DIESER[case][column], "dieser", "DET", "det", key, head=head
            ), forms.WEAK
        if det == "every":
            return Token(
                "jed" + forms.DIESER[case][column], "jeder", "DET", "det", key, head=head
            ), forms.WEAK
        if det == "number":
            return Token(np.number.de, np.number.de, "NUM", "nummod", key, head=head), forms.STRONG
        if det in ("many", "some"):
            stem = "viel" if det == "many" else "einig"
            return Token(stem + forms.DIESER[case][column], stem, "DET", "det", key, head=head), forms.STRONG
        base = forms.POSSESSIVES[det]
        return Token(base + forms.EIN[case][column], base, "DET", "det:poss", key, head=head), forms.MIXED

    def adposition(
        self, word: str, phrase: list[Token], sure: tuple[int, ...], possible: tuple[int, ...] = ()
    ) -> list[Token]:
        """`phrase` with its preposition, contracted with a definite article where German does so."""
        head = head_of(phrase)
        first = phrase[0]
        if first.article and (word, first.form) in forms.CONTRACTIONS:
            token = Token(
                forms.CONTRACTIONS[word, first.form],
                word,
                "ADP",
                "case",
                sure,
                possible + first.sure + first.possible,
                head,
            )
            return [token] + phrase[1:]
        return [Token(word, word, "ADP", "case", sure, possible, head)] + phrase

    def prepositional_phrase(self, pp: PP, relation: str) -> list[Token]:
        """Preposition and noun phrase."""
        phrase = self.noun_phrase(pp.np, relation, pp.preposition.case)
        return self.adposition(pp.preposition.de, phrase, (pp.keys,))

    def adverb(self, modifier: Modifier) -> list[Token]:
        """The tokens of an adverb or time phrase."""
        return expression(modifier.adverb.de, modifier)

    def place(self, place: PP | Modifier) -> list[Token]:
        """A place: a prepositional phrase or an adverb."""
        return self.prepositional_phrase(place, "obl") if isinstance(place, PP) else self.adverb(place)

    def verb_group(self, clause: Clause, order: Order) -> VerbGroup:
        """The verbs that agree with the subject of `clause` and say its tense; a copula depends on its
        adjective.
        """
        group = self.verbs(clause, order)
        if clause.is_copular:
            word = clause.adjective.de
            adjective = Token(word, word, "ADJ", "root", (clause.adjective_keys,))
            for token in (group.finite, *group.rest):
                token.head = adjective
            return group._replace(root=adjective, adjective=adjective)
        if group.finite is not group.root:
            group.finite.head = group.root
        return group

    def verbs(self, clause: Clause, order: Order) -> VerbGroup:
        """The verbs alone: an auxiliary or a modal with a participle or an infinitive, or one finite verb."""
        verb, keys = clause.verb, clause.keys
        lemma = verb.de_particle + verb.de
        upos, relation = ("AUX", "cop") if clause.is_copular else ("VERB", "root")
        particle = (keys + at.PARTICLE,) if verb.particle else ()
        main = Token(lemma, lemma, upos, relation, (keys + at.VERB,), particle)
        index = clause.subject.person_index
        past = clause.tense == "past"
        preterite = past and (clause.is_copular or "imperfect" in verb.flags)
        if clause.modal:
            infinitive, key = MODALS[clause.modal], at.MODAL
            form = forms.preterite(infinitive, index) if past else forms.present(infinitive, index)
        elif clause.tense == "future":
            infinitive, key = "werden", at.AUX
            form = forms.present(infinitive, index)
        elif clause.tense in ("past", "perfect") and not preterite:
            infinitive, key = "sein" if verb.de_sein else "haben", at.AUX
            form = forms.present(infinitive, index)
            main.form = forms.participle(verb)
        else:
            main.form = forms.preterite(verb.de, index) if preterite else forms.present(verb, index)
            return VerbGroup(main, self.separated(clause, main, order), main)
        return VerbGroup(Token(form, infinitive, "AUX", "aux", (keys + key,)), [main], main)

    def separated(self, clause: Clause, main: Token, order: Order) -> list[Token]:
        """The separable particle of the finite verb `main`, which stands apart unless the verb is the last
        word of its clause.
        """
        verb, keys = clause.verb, clause.keys
        word = verb.de_particle
        if not word:
            return []
        if order == "final":
            main.form = word + main.form
            return []
        particle = Token(word, word, "ADP", "compound:prt", main.sure, (), main)
        if verb.particle:
            particle.sure, particle.possible = (keys + at.PARTICLE,), (keys + at.VERB,)
        main.mark, particle.mark = "stem", "particle"
        return [particle]

    def middle_field(self, clause: Clause, head: Token) -> list[Token]:
        """Everything between the finite verb (or the conjunction) and the end of the clause, without the
        subject: what is known stands early, what is new late, and "nicht" before the first adverb of
        frequency or manner, else before a place, else last.
        """
        obj, object_tokens = clause.object, self.object(clause, head)
        is_early = obj is not None and (obj.kind == "pronoun" or obj.definite)
        early, late = (object_tokens, []) if is_early else ([], object_tokens)
        recipient = []
        if clause.recipient is not None and clause.recipient.kind != "relative":
            recipient = attach(self.noun_phrase(clause.recipient, "iobj", "d"), head)
        tokens = early + recipient if is_early and obj.kind == "pronoun" else recipient + early
        nicht = []
        if clause.negated and not self.has_kein(clause):
            nicht = [Token("nicht", "nicht", "PART", "advmod", (clause.keys + at.NEG,), head=head)]
        if clause.time:
            tokens += attach(self.adverb(clause.time), head)
        for modifier in (clause.frequency, clause.manner):
            if modifier:
                tokens += nicht + attach(self.adverb(modifier), head)
                nicht = []
        tokens += late
        places = [token for place in clause.places for token in attach(self.place(place), head)]
        tokens += places + nicht if clause.prepositional is not None else nicht + places
        return tokens + self.prepositional_object(clause, head)

    def has_kein(self, clause: Clause) -> bool:
        """Whether the negation is in the article of the object."""
        obj = clause.object
        indefinite = obj is not None and obj.kind == "noun" and obj.det == "indef"
        return clause.negated and indefinite and not clause.verb.dative

    def object(self, clause: Clause, head: Token) -> list[Token]:
        """The accusative or dative object; none where a relative pronoun is the object."""
        obj, dative = clause.object, clause.verb.dative
        if obj is None or obj.kind == "relative":
            return []
        negated = clause.keys + at.NEG if self.has_kein(clause) else None
        return attach(
            self.noun_phrase(obj, "obl:arg" if dative else "obj", "d" if dative else "a", negated), head
        )

    def prepositional_object(self, clause: Clause, head: Token) -> list[Token]:
        """The object with the preposition that the verb asks for."""
        if clause.prepositional is None:
            return []
        frame = clause.verb.preposition
        phrase = self.noun_phrase(clause.prepositional, "obl:arg", frame.case)
        return attach(self.adposition(frame.de, phrase, (clause.keys + at.PREP,)), head)

    def clause(self, clause: Clause, order: Order, subject: bool = True) -> tuple[list[Token], Token]:
        """Tokens of the clause and its root."""
        if clause.subordinate and clause.subordinate.fronted and order == "v2":
            order = "v1"
        group = self.verb_group(clause, order)
        root = group.root
        subject_tokens = []
        if subject and clause.subject.kind != "relative":
            subject_tokens = attach(self.noun_phrase(clause.subject, "nsubj", "n"), root)
        middle = self.middle_field(clause, root)
        if group.adjective:
            middle.append(group.adjective)
        front = self.relative_pronoun(clause, root) if order == "final" else self.fronted(clause, root)
        if order == "final":
            tokens = front + subject_tokens + middle + group.rest + [group.finite]
        elif front or order == "v1" or clause.asks:
            tokens = front + [group.finite] + subject_tokens + middle + group.rest
        else:
            tokens = subject_tokens + [group.finite] + middle + group.rest
        if clause.complement:
            inner, inner_root = self.clause(clause.complement, "final")
            inner_root.head, inner_root.relation = root, "ccomp"
            key = (clause.complement.keys + at.SUB,)
            dass = Token("dass", "dass", "SCONJ", "mark", key, head=inner_root)
            tokens += [comma(inner_root, key), dass, *inner]
        if clause.conjoined:
            tokens += self.conjoined(clause, root, order)
        if clause.subordinate:
            tokens = self.with_subordinate(tokens, clause.subordinate, root)
        return tokens, root

    def fronted(self, clause: Clause, root: Token) -> list[Token]:
        """What stands before the finite verb of a main clause in place of the subject: an adverb or a
        question word.
        """
        modifier = clause.front or clause.question_word
        return attach(self.adverb(modifier), root) if modifier else []

    def relative_pronoun(self, clause: Clause, root: Token) -> list[Token]:
        """The pronoun of a relative clause, its subject or its object; nothing in any other clause."""
        obj = clause.object
        if clause.subject.kind == "relative":
            return attach(self.noun_phrase(clause.subject, "nsubj", "n"), root)
        if obj is None or obj.kind != "relative":
            return []
        dative = clause.verb.dative
        return attach(self.noun_phrase(obj, "obl:arg" if dative else "obj", "d" if dative else "a"), root)

    def conjoined(self, clause: Clause, root: Token, order: Order) -> list[Token]:
        """The clause joined to `clause`, with its conjunction, and a comma before "aber" or after a
        that-clause.
        """
        joined = clause.conjoined
        inner_order = "final" if order == "final" else "v1" if joined.shared else "v2"
        inner, inner_root = self.clause(joined.clause, inner_order, subject=not joined.shared)
        inner_root.head, inner_root.relation = root, "conj"
        word, key, comma_key = joined.connective.de, (joined.keys,), (joined.keys + at.COMMA,)
        tokens = [Token(word, word, "CCONJ", "cc", key, comma_key, inner_root), *inner]
        if word == "aber" or clause.complement:
            tokens.insert(0, Token(",", ",", "PUNCT", "punct", comma_key, key, inner_root))
        return tokens

    def with_subordinate(self, tokens: list[Token], joined: Subordinate, root: Token) -> list[Token]:
        """A clause with its adverbial clause before or after it; "when" in the past is "als"."""
        inner, inner_root = self.clause(joined.clause, "final")
        inner_root.head, inner_root.relation = root, "advcl"
        word, key, comma_key = joined.connective.de, (joined.keys,), (joined.keys + at.COMMA,)
        if joined.connective.en == ("when",) and joined.clause.tense in ("past", "perfect"):
            word = "als"
        mark = Token(word, word, "SCONJ", "mark", key, comma_key, inner_root)
        bound = Token(",", ",", "PUNCT", "punct", comma_key, key, inner_root)
        if joined.fronted:
            return [mark, *inner, bound, *tokens]
        return [*tokens, bound, mark, *inner]

    def sentence(self, clause: Clause) -> list[Token]:
        """All tokens of the sentence, in order."""
        tokens, root = self.clause(clause, "v2")
        root.relation = "root"
        mark = "?" if clause.asks else "."
        tokens.append(Token(mark, mark, "PUNCT", "punct", (clause.keys + at.END,), head=root))
        return settle_commas(tokens)


def settle_commas(tokens: list[Token]) -> list[Token]:
    """Drop a comma before another mark; the mark that stays expresses what both did."""
    settled = []
    for token in tokens:
        if settled and token.upos == "PUNCT" and settled[-1].form == ",":
            before = settled.pop()
            if token.form == ",":
                token.possible += before.possible
                token.sure += before.sure
        settled.append(token)
    return settled
