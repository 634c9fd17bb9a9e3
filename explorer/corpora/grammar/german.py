"""How is an abstract sentence said in German?"""

from __future__ import annotations

from explorer.corpora.grammar import german_forms as forms
from explorer.corpora.grammar import offsets as at
from explorer.corpora.grammar.syntax import (
    NP,
    PP,
    Clause,
    Modifier,
    Token,
    attach,
    coordinated,
    expression,
    head_of,
)

MODALS = {"can": "können", "must": "müssen", "want": "wollen"}


def comma(head: Token, possible: tuple[int, ...]) -> Token:
    """A comma that only German has."""
    return Token(",", ",", "PUNCT", "punct", (), possible, head)


class German:
    """Realises one abstract sentence; `sentence` gives its tokens in order."""

    def noun_phrase(self, np: NP, relation: str, case: str, negated: int | None = None) -> list[Token]:
        """Its tokens; the head is the one without a head. `negated`: the key of the negation that makes its
        article "kein".
        """
        keys = np.keys
        if np.kind == "pronoun":
            form = forms.PRONOUNS[np.value][case]
            return [Token(form, forms.PRONOUNS[np.value]["n"], "PRON", relation, (keys + at.NOUN,))]
        if np.kind == "name":
            return [Token(np.value, np.value, "PROPN", relation, (keys + at.NOUN,))]
        if np.kind == "relative":
            column = "p" if np.is_plural else np.gender_in("de")
            return [Token(forms.RELATIVE[case][column], "der", "PRON", relation, (keys + at.NOUN,))]
        if np.kind == "coordination":
            first, second = np.parts
            return coordinated(
                self.noun_phrase(first, relation, case),
                self.noun_phrase(second, "conj", case),
                np.value.de,
                np,
            )
        noun, plural = np.value, np.plural
        column = "p" if plural else noun.de_gender
        head = Token(forms.noun_form(noun, plural, case), noun.de[0], "NOUN", relation, (keys + at.NOUN,))
        det, endings = self.determiner(np, case, column, negated, head)
        tokens = [det] if det else []
        for adjective, k in np.adjectives:
            tokens.append(
                Token(adjective.de_stem + endings[case][column], adjective.de, "ADJ", "amod", (k,), head=head)
            )
        tokens.append(head)
        if np.genitive:
            tokens += attach(self.noun_phrase(np.genitive, "nmod", "g"), head)
        if np.pp:
            tokens += attach(self.prepositional_phrase(np.pp, "nmod"), head)
        if np.relative:
            clause, root = self.clause(np.relative, "final")
            pronoun = np.relative.subject if np.relative.subject.kind == "relative" else np.relative.object
            root.head, root.relation = head, "acl:relcl"
            tokens += (
                [comma(root, (pronoun.keys + at.NOUN,))] + clause + [comma(root, (pronoun.keys + at.NOUN,))]
            )
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

    def verb_complex(self, clause: Clause, order: str) -> tuple[Token, list[Token], Token]:
        """(finite, rest before a final finite verb, root): the separable particle stands apart only when it
        can.
        """
        verb, keys, np = clause.verb, clause.keys, clause.subject
        index = np.person_index
        lemma = verb.de_particle + verb.de
        sure, possible = (keys + at.VERB,), (keys + at.PARTICLE,) if verb.particle else ()
        past = clause.tense == "past"
        preterite = past and (verb.kind == "copula" or "imperfect" in verb.flags)
        copula = verb.kind == "copula"
        upos, relation = ("AUX", "cop") if copula else ("VERB", "root")

        def auxiliary(infinitive, form, sure_keys, possible_keys=()):
            return Token(form, infinitive, "AUX", "aux", sure_keys, possible_keys)

        if clause.modal:
            infinitive = MODALS[clause.modal]
            form = forms.preterite(infinitive, index) if past else forms.present(infinitive, index)
            main = Token(lemma, lemma, upos, relation, sure, possible)
            return auxiliary(infinitive, form, (keys + at.MODAL,)), [main], main
        if clause.tense == "future":
            main = Token(lemma, lemma, upos, relation, sure, possible)
            return auxiliary("werden", forms.present("werden", index), (keys + at.AUX,)), [main], main
        if clause.tense in ("past", "perfect") and not preterite:
            infinitive = "sein" if verb.de_sein else "haben"
            main = Token(forms.participle(verb), lemma, upos, relation, sure, possible)
            return auxiliary(infinitive, forms.present(infinitive, index), (keys + at.AUX,)), [main], main
        form = forms.preterite(verb.de, index) if preterite else forms.present(verb, index)
        if verb.de_particle and order == "final":
            main = Token(verb.de_particle + form, lemma, upos, relation, sure, possible)
            return main, [], main
        main = Token(form, lemma, upos, relation, sure, possible)
        if verb.de_particle:
            if verb.particle:
                particle = Token(
                    verb.de_particle,
                    verb.de_particle,
                    "ADP",
                    "compound:prt",
                    (keys + at.PARTICLE,),
                    (keys + at.VERB,),
                    main,
                )
                main.possible = (keys + at.PARTICLE,)
            else:
                particle = Token(verb.de_particle, verb.de_particle, "ADP", "compound:prt", sure, (), main)
            particle.mark = "particle"
            main.mark = "stem"
            return main, [particle], main
        return main, [], main

    def middle_field(self, clause: Clause, head: Token) -> list[Token]:
        """Everything between the finite verb (or the conjunction) and the end of the clause, without the
        subject.
        """
        verb, keys = clause.verb, clause.keys
        obj, recipient = clause.object, clause.recipient
        object_case = "d" if verb.dative else "a"
        none = (
            clause.negated
            and obj is not None
            and obj.kind == "noun"
            and obj.det == "indef"
            and not verb.dative
        )
        tokens = []

        def phrase(np, relation, case, negated=None):
            return attach(self.noun_phrase(np, relation, case, negated), head)

        object_relation = "obl:arg" if verb.dative else "obj"
        has_object = obj is not None and obj.kind != "relative"
        if has_object and obj.kind == "pronoun":
            tokens += phrase(obj, object_relation, object_case)
        if recipient is not None and recipient.kind == "pronoun":
            tokens += phrase(recipient, "iobj", "d")
        if recipient is not None and recipient.kind not in ("pronoun", "relative"):
            tokens += phrase(recipient, "iobj", "d")
        if has_object and obj.kind != "pronoun" and obj.definite:
            tokens += phrase(obj, object_relation, object_case)
        if clause.time:
            tokens += attach(self.adverb(clause.time), head)
        nicht = []
        if clause.negated and not none:
            nicht = [Token("nicht", "nicht", "PART", "advmod", (keys + at.NEG,), head=head)]
        if clause.frequency:
            tokens += nicht + attach(self.adverb(clause.frequency), head)
            nicht = []
        if clause.manner:
            tokens += nicht + attach(self.adverb(clause.manner), head)
            nicht = []
        if has_object and obj.kind != "pronoun" and not obj.definite:
            tokens += phrase(obj, object_relation, object_case, keys + at.NEG if none else None)
        if clause.places and clause.prepositional is None:
            tokens += nicht
            nicht = []
        for place in clause.places:
            tokens += attach(self.place(place), head)
        tokens += nicht
        if clause.prepositional is not None:
            frame = verb.preposition
            inner = self.noun_phrase(clause.prepositional, "obl:arg", frame.case)
            head_of(inner).head = None
            tokens += attach(self.adposition(frame.de, inner, (keys + at.PREP,)), head)
        return tokens

    def clause(self, clause: Clause, order: str, subject: bool = True) -> tuple[list[Token], Token]:
        """Tokens of the clause and its root; `order` is v2, v1 (verb first) or final."""
        np = clause.subject
        if clause.subordinate and clause.subordinate.fronted and order == "v2":
            order = "v1"
        finite, rest, root = self.verb_complex(clause, order)
        predicate = []
        if clause.verb.kind == "copula":
            root = Token(clause.adjective.de, clause.adjective.de, "ADJ", "root", (clause.adjective_keys,))
            predicate = [root]
            for token in [finite, *rest]:
                token.head = root
        elif finite is not root:
            finite.head = root
        subject_tokens = []
        if subject and np.kind != "relative":
            subject_tokens = attach(self.noun_phrase(np, "nsubj", "n"), root)
        middle = self.middle_field(clause, root) + predicate
        if order == "final":
            opening = []
            if np.kind == "relative":
                opening = attach(self.noun_phrase(np, "nsubj", "n"), root)
            elif clause.object is not None and clause.object.kind == "relative":
                dative = clause.verb.dative
                opening = attach(
                    self.noun_phrase(clause.object, "obl:arg" if dative else "obj", "d" if dative else "a"),
                    root,
                )
            tokens = opening + subject_tokens + middle + rest + [finite]
        else:
            question = clause.question if clause.question not in (None, "yesno") else None
            front = (
                attach(self.adverb(clause.front), root)
                if clause.front
                else attach(self.adverb(question), root)
                if question
                else []
            )
            if front:
                tokens = front + [finite] + subject_tokens + middle + rest
            elif order == "v1" or clause.question == "yesno":
                tokens = [finite] + subject_tokens + middle + rest
            else:
                tokens = subject_tokens + [finite] + middle + rest
        if clause.complement:
            inner, inner_root = self.clause(clause.complement, "final")
            inner_root.head, inner_root.relation = root, "ccomp"
            key = clause.complement.keys + at.SUB
            tokens += [
                comma(inner_root, (key,)),
                Token("dass", "dass", "SCONJ", "mark", (key,), head=inner_root),
            ] + inner
        if clause.conjoined:
            joined = clause.conjoined
            connective, k, other, shared = joined.connective, joined.keys, joined.clause, joined.shared
            inner_order = "final" if order == "final" else "v1" if shared else "v2"
            inner, inner_root = self.clause(other, inner_order, subject=not shared)
            inner_root.head, inner_root.relation = root, "conj"
            word = connective.de
            if word == "aber" or clause.complement:
                tokens.append(Token(",", ",", "PUNCT", "punct", (k + at.COMMA,), (k,), inner_root))
            tokens += [Token(word, word, "CCONJ", "cc", (k,), (k + at.COMMA,), inner_root)] + inner
        if clause.subordinate:
            joined = clause.subordinate
            connective, k, other, fronted = joined.connective, joined.keys, joined.clause, joined.fronted
            inner, inner_root = self.clause(other, "final")
            inner_root.head, inner_root.relation = root, "advcl"
            word = (
                "als" if connective.en == ("when",) and other.tense in ("past", "perfect") else connective.de
            )
            mark = [Token(word, word, "SCONJ", "mark", (k,), (k + at.COMMA,), inner_root)]
            bound = Token(",", ",", "PUNCT", "punct", (k + at.COMMA,), (k,), inner_root)
            tokens = mark + inner + [bound] + tokens if fronted else tokens + [bound] + mark + inner
        return tokens, root

    def sentence(self, clause: Clause) -> list[Token]:
        """All tokens of the sentence, in order."""
        tokens, root = self.clause(clause, "v2")
        root.relation = "root"
        mark = "?" if clause.question is not None else "."
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
