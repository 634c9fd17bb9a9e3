"""Realise an abstract sentence in French: noun phrases, clitics, word order and elision."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from explorer.corpora.grammar import french_forms as forms
from explorer.corpora.grammar import offsets as at
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

SUBJECTS = {"I": "je", "you": "tu", "he": "il", "she": "elle", "we": "nous", "they": "ils"}
DIRECT = {"I": "me", "you": "te", "he": "le", "she": "la", "we": "nous", "they": "les"}
INDIRECT = {"I": "me", "you": "te", "he": "lui", "she": "lui", "we": "nous", "they": "leur"}
STRESSED = {"I": "moi", "you": "toi", "he": "lui", "she": "elle", "we": "nous", "they": "eux"}
POSSESSIVES = {
    "I": ("mon", "ma", "mes"),
    "you": ("ton", "ta", "tes"),
    "he": ("son", "sa", "ses"),
    "she": ("son", "sa", "ses"),
    "we": ("notre", "notre", "nos"),
    "they": ("leur", "leur", "leurs"),
}
MODALS = {"can": "pouvoir", "must": "devoir", "want": "vouloir"}
CONTRACTIONS = {("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux"}
VOWELS = frozenset("aeiouàâäéèêëîïôöùûüœæh")


def starts_with_vowel(token: Token) -> bool:
    """Whether a word elides the one before it."""
    return token.form[0].lower() in VOWELS and not token.aspirated


def eliding(token: Token) -> Token:
    """Mark a token as one that elides."""
    token.elides = True
    return token


def pronoun_before(table: dict[str, str], np: NP, verb: Token, possible: tuple[int, ...] = ()) -> Token:
    """The object pronoun of `np` that stands before `verb`; `table` is DIRECT or INDIRECT."""
    relation = "iobj" if table is INDIRECT else "obj"
    key = (np.keys + at.NOUN,)
    return Token(table[np.value], SUBJECTS[np.value], "PRON", relation, key, possible, verb)


class VerbGroup(NamedTuple):
    """The verbs of a clause. finite: the one that agrees;  rest: those after it;  root: the head of the
    clause;  main: the head of the arguments;  adjective: what the copula leads to.
    """

    finite: Token
    rest: list[Token]
    root: Token
    main: Token
    adjective: Token | None = None


class French:
    """Realises one abstract sentence; `sentence` gives its tokens in order."""

    def noun_phrase(
        self, np: NP, relation: str, role: str = "object", negated: int | None = None, after_de: bool = False
    ) -> list[Token]:
        """Its tokens; the head is the one without a head. `negated`: the key of the negation that makes its
        article "de".
        """
        if np.kind == "noun":
            return self.noun(np, relation, negated, after_de)
        if np.kind == "coordination":
            first, second = np.parts
            return coordinated(
                self.noun_phrase(first, relation, role),
                self.noun_phrase(second, "conj", role),
                np.value.fr[0],
                np,
            )
        key = (np.keys + at.NOUN,)
        if np.kind == "relative":
            word = "qui" if role == "subject" else "que"
            token = Token(word, word, "PRON", relation, key)
        elif np.kind == "pronoun" and role == "subject":
            token = Token(SUBJECTS[np.value], SUBJECTS[np.value], "PRON", relation, key)
        elif np.kind == "pronoun":
            token = Token(STRESSED[np.value], "lui", "PRON", relation, key)
        else:
            token = Token(np.value, np.value, "PROPN", relation, key)
        token.elides = token.upos == "PRON" and token.form in ("je", "que")
        return [token]

    def noun(self, np: NP, relation: str, negated: int | None, after_de: bool) -> list[Token]:
        """A noun with all that belongs to it, its adjectives on both sides."""
        noun, plural, feminine = np.value, np.plural, np.value.fr_gender == "f"
        head = Token(noun.fr[plural], noun.fr[0], "NOUN", relation, (np.keys + at.NOUN,))
        head.aspirated = noun.aspirated
        before, after = [], []
        for adjective, k in np.adjectives:
            form = forms.adjective_form(adjective, feminine, plural)
            if adjective.before and not plural and not feminine and starts_with_vowel(head):
                form = adjective.fr_vowel
            (before if adjective.before else after).append(
                Token(form, adjective.fr, "ADJ", "amod", (k,), head=head)
            )
        tokens = before + [head] + after
        if np.det == "indef":
            tokens = self.indefinite(np, tokens, head, negated, after_de) + tokens
        else:
            tokens = self.determiner(np, tokens[0], head) + tokens
        if np.genitive:
            phrase = self.noun_phrase(np.genitive, "nmod", after_de=True)
            tokens += attach(self.adposition(("de",), phrase, (np.genitive.keys + at.OF,)), head)
        if np.pp:
            tokens += attach(self.prepositional_phrase(np.pp, "nmod"), head)
        if np.relative:
            clause, root = self.clause(np.relative)
            root.head, root.relation = head, "acl:relcl"
            tokens += clause
        return tokens

    def indefinite(
        self, np: NP, phrase: list[Token], head: Token, negated: int | None, after_de: bool
    ) -> list[Token]:
        """un, une or des before `phrase`; "de" after a negation or before an adjective in the plural, nothing
        after another "de".
        """
        key, noun_key = np.keys + at.DET, np.keys + at.NOUN
        if negated:
            return [eliding(Token("de", "un", "DET", "det", (), (key, negated, noun_key), head))]
        if not np.plural:
            form = "une" if np.value.fr_gender == "f" else "un"
            return [Token(form, "un", "DET", "det", (key,), head=head)]
        if after_de:
            return []
        if phrase[0] is not head:
            return [eliding(Token("de", "un", "DET", "det", (), (noun_key,), head))]
        return [Token("des", "un", "DET", "det", (), (noun_key,), head)]

    def determiner(self, np: NP, following: Token, head: Token) -> list[Token]:
        """Any determiner but the indefinite article, one word or two (beaucoup de)."""
        key, det, plural = (np.keys + at.DET,), np.det, np.plural
        feminine, vowel = np.value.fr_gender == "f", starts_with_vowel(following)
        column = 2 if plural else int(feminine)
        if det == "def":
            token = Token(("le", "la", "les")[column], "le", "DET", "det", key, head=head)
            token.article, token.elides = True, not plural
            return [token]
        if det == "this":
            form = "ces" if plural else "cette" if feminine else "cet" if vowel else "ce"
            return [Token(form, "ce", "DET", "det", key, head=head)]
        if det == "every":
            return [Token("chaque", "chaque", "DET", "det", key, head=head)]
        if det == "some":
            return [Token("quelques", "quelque", "DET", "det", key, head=head)]
        if det == "many":
            many = Token("beaucoup", "beaucoup", "ADV", "det", key, head=head)
            return [many, eliding(Token("de", "de", "ADP", "fixed", (), key, many))]
        if det == "number":
            form = np.number.fr[0]
            token = Token(form, form, "NUM", "nummod", key, head=head)
            token.aspirated = form == "huit"
            return [token]
        masculine = POSSESSIVES[det][0]
        form = masculine if column == 1 and vowel else POSSESSIVES[det][column]
        return [Token(form, masculine, "DET", "det", key, head=head)]

    def adposition(
        self,
        words: tuple[str, ...],
        phrase: list[Token],
        sure: tuple[int, ...],
        possible: tuple[int, ...] = (),
    ) -> list[Token]:
        """`phrase` with its preposition; de and à contract with le and les."""
        head = head_of(phrase)
        tokens = []
        for position, word in enumerate(words):
            if position == 0:
                token = Token(word, word, "ADP", "case", sure, possible, head)
            else:
                token = Token(word, word, "NOUN" if word == "côté" else "ADP", "fixed", (), sure, tokens[0])
            tokens.append(token)
        last, first = tokens[-1], phrase[0]
        if (
            first.article
            and (first.form == "les" or first.form == "le" and not starts_with_vowel(phrase[1]))
            and last.form in ("de", "à")
        ):
            last.lemma = last.form
            last.form = CONTRACTIONS[last.form, first.form]
            last.possible += first.sure + first.possible
            return tokens + phrase[1:]
        last.elides = last.form == "de"
        return tokens + phrase

    def prepositional_phrase(self, pp: PP, relation: str) -> list[Token]:
        """Preposition and noun phrase."""
        words = pp.preposition.fr
        phrase = self.noun_phrase(pp.np, relation, after_de=words[-1] == "de")
        return self.adposition(words, phrase, (pp.keys,))

    def adverb(self, modifier: Modifier) -> list[Token]:
        """The tokens of an adverb or time phrase."""
        return expression(modifier.adverb.fr, modifier)

    def place(self, place: PP | Modifier) -> list[Token]:
        """A place: a prepositional phrase or an adverb."""
        return self.prepositional_phrase(place, "obl") if isinstance(place, PP) else self.adverb(place)

    def verb_group(self, clause: Clause) -> VerbGroup:
        """The verbs that agree with the subject of `clause` and say its tense; a copula depends on its
        adjective.
        """
        group, np = self.verbs(clause), clause.subject
        if not clause.is_copular:
            return group
        form = forms.adjective_form(clause.adjective, np.gender_in("fr") == "f", np.is_plural)
        adjective = Token(form, clause.adjective.fr, "ADJ", "root", (clause.adjective_keys,))
        group.finite.head = adjective
        return group._replace(root=adjective, main=adjective, adjective=adjective)

    def verbs(self, clause: Clause) -> VerbGroup:
        """The verbs alone: a modal verb is the root of its clause and governs the infinitive."""
        verb, keys, index = clause.verb, clause.keys, clause.subject.person_index
        past = clause.tense == "past"
        imperfect = past and (clause.is_copular or "imperfect" in verb.flags)
        upos, relation = ("AUX", "cop") if clause.is_copular else ("VERB", "root")
        particle = (keys + at.PARTICLE,) if verb.particle else ()
        main = Token(verb.fr, verb.fr, upos, relation, (keys + at.VERB,), particle)
        if clause.modal:
            infinitive = MODALS[clause.modal]
            form = forms.imperfect(infinitive, index) if past else forms.present(infinitive, index)
            modal = Token(form, infinitive, "VERB", "root", (keys + at.MODAL,))
            main.relation, main.head = "xcomp", modal
            return VerbGroup(modal, [main], modal, main)
        if clause.tense in ("past", "perfect") and not imperfect:
            main.form = self.participle(clause)
            infinitive = "être" if verb.fr_etre else "avoir"
            form = forms.present(infinitive, index)
            auxiliary = Token(form, infinitive, "AUX", "aux", (keys + at.AUX,), (), main)
            return VerbGroup(auxiliary, [main], main, main)
        if clause.tense == "future":
            main.form = forms.future(verb.fr, index)
            main.possible += (keys + at.AUX,)
        else:
            main.form = forms.imperfect(verb.fr, index) if imperfect else forms.present(verb.fr, index)
        return VerbGroup(main, [], main, main)

    def participle(self, clause: Clause) -> str:
        """The past participle: with être it agrees with the subject, with avoir with a direct object that
        stands before the verb.
        """
        verb, controller = clause.verb, None
        if verb.fr_etre:
            controller = clause.subject
        elif (
            clause.object is not None and clause.object.kind in ("pronoun", "relative") and not verb.indirect
        ):
            controller = clause.object
        elif verb.preposition and not verb.preposition.fr:
            if clause.prepositional.kind in ("pronoun", "relative"):
                controller = clause.prepositional
        form = forms.participle(verb.fr)
        if controller is None:
            return form
        return forms.agree(form, controller.gender_in("fr") == "f", controller.is_plural)

    def clitics(self, clause: Clause, main: Token) -> list[Token]:
        """Reflexive and object pronouns, in their order before the verb: me le, but le lui."""
        keys, np = clause.keys, clause.subject
        tokens = []
        if clause.verb.reflexive:
            form = "se" if np.person == 3 else "nous" if np.is_plural else {1: "me", 2: "te"}[np.person]
            tokens.append(Token(form, "se", "PRON", "expl", (), (keys + at.VERB, keys + at.PARTICLE), main))
        direct = self.object_clitic(clause, main)
        recipient = clause.recipient
        indirect = []
        if recipient is not None and recipient.kind == "pronoun":
            indirect = [pronoun_before(INDIRECT, recipient, main)]
        tokens += indirect + direct if indirect and recipient.person < 3 else direct + indirect
        for token in tokens:
            token.elides = token.form in ("me", "te", "se", "le", "la")
        return tokens

    def object_clitic(self, clause: Clause, main: Token) -> list[Token]:
        """The pronoun of the object, or of what is an object in French alone (look for: chercher)."""
        verb = clause.verb
        preposition = (clause.keys + at.PREP,)
        other = clause.prepositional
        if other is not None and other.kind == "pronoun" and not verb.preposition.fr:
            return [pronoun_before(DIRECT, other, main, preposition)]
        if clause.object is not None and clause.object.kind == "pronoun":
            if verb.indirect:
                return [pronoun_before(INDIRECT, clause.object, main, preposition)]
            return [pronoun_before(DIRECT, clause.object, main)]
        return []

    def clause(self, clause: Clause, subject: bool = True) -> tuple[list[Token], Token]:
        """Tokens of the clause and its root."""
        group = self.verb_group(clause)
        root, main = group.root, group.main
        tokens = self.opening(clause, group)
        if subject and clause.subject.kind != "relative":
            tokens += attach(self.noun_phrase(clause.subject, "nsubj", "subject"), root)
        tokens += self.predicate(clause, group)
        tokens += self.complements(clause, main)
        for place in clause.places:
            tokens += attach(self.place(place), main)
        if clause.time:
            tokens += attach(self.adverb(clause.time), main)
        if clause.complement:
            inner, inner_root = self.clause(clause.complement)
            inner_root.head, inner_root.relation = main, "ccomp"
            key = (clause.complement.keys + at.SUB,)
            tokens += [eliding(Token("que", "que", "SCONJ", "mark", key, head=inner_root)), *inner]
        if clause.conjoined:
            tokens += self.conjoined(clause.conjoined, root)
        if clause.subordinate:
            tokens = self.with_subordinate(tokens, clause.subordinate, root)
        return tokens, root

    def opening(self, clause: Clause, group: VerbGroup) -> list[Token]:
        """What stands before the subject: question word, est-ce que, relative pronoun, fronted adverb."""
        tokens, root = [], group.root
        if clause.question_word:
            tokens += attach(self.adverb(clause.question_word), group.main)
        if clause.asks:
            key = (clause.keys + at.QUESTION,)
            est_ce = Token("est-ce" if tokens else "Est-ce", "est-ce", "ADV", "advmod", (), key, root)
            tokens += [est_ce, eliding(Token("que", "que", "SCONJ", "fixed", (), key, est_ce))]
        if clause.subject.kind == "relative":
            tokens += attach(self.noun_phrase(clause.subject, "nsubj", "subject"), root)
        elif clause.object is not None and clause.object.kind == "relative":
            tokens += attach(self.noun_phrase(clause.object, "obj"), group.main)
        if clause.front:
            key = (clause.front.keys + at.FRONT_COMMA,)
            tokens += attach(self.adverb(clause.front), root)
            tokens.append(Token(",", ",", "PUNCT", "punct", key, head=root))
        return tokens

    def predicate(self, clause: Clause, group: VerbGroup) -> list[Token]:
        """The verbs with what stands before and between them: clitics, which belong to the infinitive of a
        modal verb, ne and pas around the finite verb, adverbs of frequency and manner.
        """
        key, root, main = clause.keys + at.NEG, group.root, group.main
        clitics = self.clitics(clause, main)
        tokens = [] if clause.modal else [*clitics]
        tokens.append(group.finite)
        if clause.negated:
            tokens.insert(0, eliding(Token("ne", "ne", "ADV", "advmod", (), (key,), root)))
            tokens.append(Token("pas", "pas", "ADV", "advmod", (key,), (), root))
        if clause.frequency:
            tokens += attach(self.adverb(clause.frequency), main)
        if clause.modal:
            tokens += clitics
        tokens += group.rest
        if clause.manner:
            tokens += attach(self.adverb(clause.manner), main)
        if group.adjective:
            tokens.append(group.adjective)
        return tokens

    def complements(self, clause: Clause, main: Token) -> list[Token]:
        """Object, recipient and prepositional object after the verb; pronouns are before it (`clitics`)."""
        verb, keys, tokens = clause.verb, clause.keys, []
        obj, recipient, prepositional = clause.object, clause.recipient, clause.prepositional
        if obj is not None and obj.kind not in ("pronoun", "relative"):
            if verb.indirect:
                phrase = self.noun_phrase(obj, "obl:arg")
                phrase = self.adposition(("à",), phrase, (keys + at.PREP,), (obj.keys + at.NOUN,))
            else:
                none = clause.negated and obj.kind == "noun" and obj.det == "indef"
                phrase = self.noun_phrase(obj, "obj", negated=keys + at.NEG if none else None)
            tokens += attach(phrase, main)
        if recipient is not None and recipient.kind != "pronoun":
            phrase = self.noun_phrase(recipient, "obl:arg")
            links = (recipient.keys + at.OF,), (recipient.keys + at.NOUN,)
            tokens += attach(self.adposition(("à",), phrase, *links), main)
        if prepositional is not None and verb.preposition.fr:
            word = verb.preposition.fr
            phrase = self.noun_phrase(prepositional, "obl:arg", after_de=word == "de")
            tokens += attach(self.adposition((word,), phrase, (keys + at.PREP,)), main)
        elif prepositional is not None and prepositional.kind != "pronoun":
            tokens += attach(self.noun_phrase(prepositional, "obj"), main)
        return tokens

    def conjoined(self, joined: Conjoined, root: Token) -> list[Token]:
        """The second of two joined clauses with its conjunction, and a comma before "mais"."""
        inner, inner_root = self.clause(joined.clause, subject=not joined.shared)
        inner_root.head, inner_root.relation = root, "conj"
        word, key, comma = joined.connective.fr[0], (joined.keys,), (joined.keys + at.COMMA,)
        tokens = [Token(word, word, "CCONJ", "cc", key, comma, inner_root), *inner]
        if word == "mais":
            tokens.insert(0, Token(",", ",", "PUNCT", "punct", comma, key, inner_root))
        return tokens

    def with_subordinate(self, tokens: list[Token], joined: Subordinate, root: Token) -> list[Token]:
        """A clause with its adverbial clause before it, and a comma, or after it."""
        inner, inner_root = self.clause(joined.clause)
        inner_root.head, inner_root.relation = root, "advcl"
        key, comma = (joined.keys,), (joined.keys + at.COMMA,)
        word, *others = joined.connective.fr
        mark = [Token(word, word, "SCONJ", "mark", key, comma, inner_root)]
        mark += [Token(other, other, "SCONJ", "fixed", (), key, mark[0]) for other in others]
        mark[-1].elides = mark[-1].form in ("que", "si")
        if joined.fronted:
            return [*mark, *inner, Token(",", ",", "PUNCT", "punct", comma, key, inner_root), *tokens]
        return [*tokens, *mark, *inner]

    def sentence(self, clause: Clause) -> list[Token]:
        """All tokens of the sentence, in order, elided."""
        tokens, root = self.clause(clause)
        root.relation = "root"
        mark = "?" if clause.asks else "."
        tokens.append(Token(mark, mark, "PUNCT", "punct", (clause.keys + at.END,), head=root))
        for token, following in pairwise(tokens):
            if token.elides and (
                following.form in ("il", "ils") if token.form == "si" else starts_with_vowel(following)
            ):
                token.form = token.form[:-1] + "'"
                token.space_after = False
        return tokens
