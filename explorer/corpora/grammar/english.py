"""Realise an abstract sentence in English: noun phrases, word order and questions."""

from __future__ import annotations

from explorer.corpora.grammar import offsets as at
from explorer.corpora.grammar.english_verbs import VerbGroup, verb_group
from explorer.corpora.grammar.syntax import (
    NP,
    PP,
    Clause,
    Conjoined,
    Modifier,
    Subordinate,
    Token,
    attach,
    coordinated,
    expression,
    head_of,
)

OBJECT_PRONOUNS = {"I": "me", "you": "you", "he": "him", "she": "her", "we": "us", "they": "them"}
POSSESSIVES = {"I": "my", "you": "your", "he": "his", "she": "her", "we": "our", "they": "their"}


def article(next_word: str) -> str:
    """The article "a" or "an", by the sound of the next word."""
    vowel = next_word[0].lower() in "aeiou" and not next_word.startswith(
        ("uni", "useful", "use", "euro", "one")
    )
    return "an" if vowel or next_word.startswith(("hour", "honest")) else "a"


class English:
    """Realises one abstract sentence; `sentence` gives its tokens in order."""

    def noun_phrase(self, np: NP, relation: str, role: str = "object") -> list[Token]:
        """Its tokens; the head is the one without a head."""
        if np.kind == "noun":
            return self.noun(np, relation)
        if np.kind == "coordination":
            first, second = np.parts
            return coordinated(
                self.noun_phrase(first, relation, role),
                self.noun_phrase(second, "conj", role),
                np.value.en[0],
                np,
            )
        key = (np.keys + at.NOUN,)
        if np.kind == "pronoun":
            form = np.value if role == "subject" else OBJECT_PRONOUNS[np.value]
            return [Token(form, np.value, "PRON", relation, key)]
        if np.kind == "relative":
            word = "who" if "person" in np.antecedent.value.classes and role == "subject" else "that"
            return [Token(word, word, "PRON", relation, key)]
        return [Token(np.value, np.value, "PROPN", relation, key)]

    def noun(self, np: NP, relation: str) -> list[Token]:
        """A noun with all that belongs to it: the old man of the village who sleeps."""
        head = Token(np.value.en[np.plural], np.value.en[0], "NOUN", relation, (np.keys + at.NOUN,))
        tokens = [
            Token(adjective.en, adjective.en, "ADJ", "amod", (k,), head=head)
            for adjective, k in np.adjectives
        ]
        tokens.append(head)
        det = self.determiner(np, tokens[0].form, head)
        if det:
            tokens.insert(0, det)
        if np.genitive:
            tokens += attach(self.with_case("of", np.genitive, "nmod"), head)
        if np.pp:
            tokens += attach(self.prepositional_phrase(np.pp, "nmod"), head)
        if np.relative:
            clause, _ = self.clause(np.relative)
            tokens += attach(clause, head, "acl:relcl")
        return tokens

    def determiner(self, np: NP, next_word: str, head: Token) -> Token | None:
        """The determiner, or None."""
        key = (np.keys + at.DET,)
        det = np.det
        if det == "def":
            return Token("the", "the", "DET", "det", key, head=head)
        if det == "indef":
            if np.plural:
                return None
            return Token(article(next_word), "a", "DET", "det", key, head=head)
        if det == "this":
            return Token("these" if np.plural else "this", "this", "DET", "det", key, head=head)
        if det == "number":
            return Token(np.number.en[0], np.number.en[0], "NUM", "nummod", key, head=head)
        if det == "many":
            return Token("many", "many", "ADJ", "amod", key, head=head)
        if det in ("every", "some"):
            return Token(det, det, "DET", "det", key, head=head)
        return Token(POSSESSIVES[det], POSSESSIVES[det], "PRON", "nmod:poss", key, head=head)

    def with_case(self, word: str, np: NP, relation: str) -> list[Token]:
        """`np` after the "of" or "to" that says what other languages say by a case."""
        return self.adposition(word, self.noun_phrase(np, relation), np.keys + at.OF, np.keys + at.DET)

    def adposition(self, word: str, phrase: list[Token], sure: int, possible: int) -> list[Token]:
        """`phrase` with a preposition of one word before it, which has these keys."""
        return [Token(word, word, "ADP", "case", (sure,), (possible,), head_of(phrase)), *phrase]

    def prepositional_phrase(self, pp: PP, relation: str) -> list[Token]:
        """Preposition and noun phrase."""
        phrase = self.noun_phrase(pp.np, relation)
        return self.preposition(pp.preposition.en, pp.keys, head_of(phrase)) + phrase

    def preposition(self, words: tuple[str, ...], keys: int, head: Token) -> list[Token]:
        """The words of a preposition; those after the first are `fixed`."""
        first = Token(words[0], words[0], "ADP", "case", (keys,), head=head)
        rest = [
            Token(word, word, "NOUN" if word == "front" else "ADP", "fixed", (), (keys,), first)
            for word in words[1:]
        ]
        if words[0] == "next":
            first.upos = "ADV"
        return [first] + rest

    def adverb(self, modifier: Modifier) -> list[Token]:
        """The tokens of an adverb or time phrase."""
        return expression(modifier.adverb.en, modifier)

    def clause(self, clause: Clause, subject: bool = True) -> tuple[list[Token], Token]:
        """Tokens of the clause and its root."""
        verbs = verb_group(clause)
        root, predicate = verbs.root, verbs.predicate
        relative = self.relative_pronoun(clause, verbs)
        subject_tokens = []
        if subject and clause.subject.kind != "relative":
            subject_tokens = attach(self.noun_phrase(clause.subject, "nsubj", "subject"), root)
        tokens = self.opening(clause, verbs, relative)
        tokens += verbs.operator + subject_tokens if clause.asks else subject_tokens + verbs.operator
        tokens += self.negation(clause, verbs)
        if clause.frequency:
            tokens += attach(self.adverb(clause.frequency), predicate)
        tokens += verbs.rest
        tokens += self.complements(clause, predicate, relative)
        if clause.manner:
            tokens += attach(self.adverb(clause.manner), predicate)
        for place in clause.places:
            tokens += attach(self.place(place), predicate)
        if clause.time:
            tokens += attach(self.adverb(clause.time), predicate)
        if clause.complement:
            inner, inner_root = self.clause(clause.complement)
            inner_root.head, inner_root.relation = predicate, "ccomp"
            that = Token("that", "that", "SCONJ", "mark", (clause.complement.keys + at.SUB,), head=inner_root)
            tokens += [that, *inner]
        if clause.conjoined:
            tokens += self.conjoined(clause.conjoined, root)
        if clause.subordinate:
            tokens = self.with_subordinate(tokens, clause.subordinate, root)
        return tokens, root

    def relative_pronoun(self, clause: Clause, verbs: VerbGroup) -> Token | None:
        """The pronoun of a relative clause, its subject or its object; None in any other clause."""
        if clause.subject.kind == "relative":
            [pronoun] = attach(self.noun_phrase(clause.subject, "nsubj", "subject"), verbs.root)
        elif clause.object is not None and clause.object.kind == "relative":
            relation = "obl" if clause.verb.en_preposition else "obj"
            [pronoun] = attach(self.noun_phrase(clause.object, relation), verbs.predicate)
        else:
            return None
        return pronoun

    def opening(self, clause: Clause, verbs: VerbGroup, relative: Token | None) -> list[Token]:
        """What stands before subject and verb: a question word, a relative pronoun, a fronted adverb."""
        tokens = []
        if clause.question_word:
            tokens += attach(self.adverb(clause.question_word), verbs.predicate)
        if relative:
            tokens.append(relative)
        if clause.front:
            key = clause.front.keys + at.FRONT_COMMA
            tokens += attach(self.adverb(clause.front), verbs.root)
            tokens.append(Token(",", ",", "PUNCT", "punct", (key,), head=verbs.root))
        return tokens

    def negation(self, clause: Clause, verbs: VerbGroup) -> list[Token]:
        """The word "not", which "cannot" has in it already."""
        if not clause.negated or verbs.auxiliary and verbs.auxiliary.form == "cannot":
            return []
        return [Token("not", "not", "PART", "advmod", (clause.keys + at.NEG,), head=verbs.root)]

    def place(self, place: PP | Modifier) -> list[Token]:
        """A place: a prepositional phrase or an adverb."""
        return self.prepositional_phrase(place, "obl") if isinstance(place, PP) else self.adverb(place)

    def complements(self, clause: Clause, head: Token, relative: Token | None) -> list[Token]:
        """Recipient, object, particle and prepositional object, in their order after the verb: "gave her the
        book", but "gave the book to her".
        """
        verb, keys, tokens, after = clause.verb, clause.keys, [], []
        if clause.recipient is not None:
            object_kind = clause.object.kind if clause.object is not None else None
            if "to" in verb.flags or object_kind in ("pronoun", "relative"):
                after = attach(self.with_case("to", clause.recipient, "obl"), head)
            else:
                tokens += attach(self.noun_phrase(clause.recipient, "iobj"), head)
        tokens += self.object_and_particle(clause, head, relative) + after
        if clause.prepositional is not None:
            phrase = self.noun_phrase(clause.prepositional, "obl")
            tokens += attach(
                self.adposition(verb.preposition.en, phrase, keys + at.PREP, keys + at.VERB), head
            )
        return tokens

    def object_and_particle(self, clause: Clause, head: Token, relative: Token | None) -> list[Token]:
        """The particle stands before a noun and after a pronoun: "turn on the lamp", "turn it on". Of an
        object that is a relative pronoun only its preposition stays behind.
        """
        verb, keys, obj = clause.verb, clause.keys, clause.object
        particle = []
        if verb.particle:
            word, links = verb.particle, ((keys + at.PARTICLE,), (keys + at.VERB,))
            particle = [Token(word, word, "ADP", "compound:prt", *links, head)]
        is_relative = obj is not None and obj.kind == "relative"
        word = verb.en_preposition
        if word and is_relative:
            return [Token(word, word, "ADP", "case", (keys + at.PREP,), (keys + at.VERB,), relative)]
        if obj is None or is_relative:
            return particle
        if word:
            phrase = self.noun_phrase(obj, "obl")
            return attach(self.adposition(word, phrase, keys + at.PREP, keys + at.VERB), head)
        phrase = attach(self.noun_phrase(obj, "obj"), head)
        return phrase + particle if obj.kind == "pronoun" else particle + phrase

    def conjoined(self, joined: Conjoined, root: Token) -> list[Token]:
        """The second of two joined clauses with its conjunction, and a comma where it has its own subject."""
        inner, inner_root = self.clause(joined.clause, subject=not joined.shared)
        inner_root.head, inner_root.relation = root, "conj"
        word, comma = joined.connective.en[0], (joined.keys + at.COMMA,)
        tokens = [Token(word, word, "CCONJ", "cc", (joined.keys,), comma, inner_root), *inner]
        if not joined.shared:
            tokens.insert(0, Token(",", ",", "PUNCT", "punct", comma, head=inner_root))
        return tokens

    def with_subordinate(self, tokens: list[Token], joined: Subordinate, root: Token) -> list[Token]:
        """A clause with its adverbial clause before it, and a comma, or after it."""
        inner, inner_root = self.clause(joined.clause)
        inner_root.head, inner_root.relation = root, "advcl"
        keys, (word, *others) = joined.keys, joined.connective.en
        comma = (keys + at.COMMA,)
        mark = Token(word, word, "ADV" if others else "SCONJ", "mark", (keys,), comma, inner_root)
        fixed = [
            Token(other, other, "ADV" if other == "soon" else "SCONJ", "fixed", (), (keys,), mark)
            for other in others
        ]
        inner = [mark, *fixed, *inner]
        if joined.fronted:
            return [*inner, Token(",", ",", "PUNCT", "punct", comma, head=inner_root), *tokens]
        return tokens + inner

    def sentence(self, clause: Clause) -> list[Token]:
        """All tokens of the sentence, in order."""
        tokens, root = self.clause(clause)
        root.relation = "root"
        mark = "?" if clause.asks else "."
        tokens.append(Token(mark, mark, "PUNCT", "punct", (clause.keys + at.END,), head=root))
        return tokens
