"""How is an abstract sentence said in French?"""

from __future__ import annotations

from itertools import pairwise

from explorer.corpora.grammar import french_forms as forms
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


class French:
    """Realises one abstract sentence; `sentence` gives its tokens in order."""

    def noun_phrase(
        self, np: NP, relation: str, role: str = "object", negated: int | None = None, after_de: bool = False
    ) -> list[Token]:
        """Its tokens; the head is the one without a head. `negated`: the key of the negation that makes its
        article "de".
        """
        keys = np.keys
        if np.kind == "pronoun":
            if role == "subject":
                token = Token(SUBJECTS[np.value], SUBJECTS[np.value], "PRON", relation, (keys + at.NOUN,))
                token.elides = token.form == "je"
                return [token]
            return [Token(STRESSED[np.value], "lui", "PRON", relation, (keys + at.NOUN,))]
        if np.kind == "name":
            return [Token(np.value, np.value, "PROPN", relation, (keys + at.NOUN,))]
        if np.kind == "relative":
            if role == "subject":
                return [Token("qui", "qui", "PRON", relation, (keys + at.NOUN,))]
            return [eliding(Token("que", "que", "PRON", relation, (keys + at.NOUN,)))]
        if np.kind == "coordination":
            first, second = np.parts
            return coordinated(
                self.noun_phrase(first, relation, role),
                self.noun_phrase(second, "conj", role),
                np.value.fr[0],
                np,
            )
        noun, plural, feminine = np.value, np.plural, np.value.fr_gender == "f"
        head = Token(noun.fr[plural], noun.fr[0], "NOUN", relation, (keys + at.NOUN,))
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
        tokens = self.determiners(np, tokens[0], feminine, bool(before), negated, after_de, head) + tokens
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

    def determiners(
        self,
        np: NP,
        following: Token,
        feminine: bool,
        adjective_first: bool,
        negated: int | None,
        after_de: bool,
        head: Token,
    ) -> list[Token]:
        """The determiner, none, one word or two (beaucoup de)."""
        key, det, plural = (np.keys + at.DET,), np.det, np.plural
        vowel = starts_with_vowel(following)
        gender = 2 if plural else int(feminine)
        if det == "def":
            token = Token(("le", "la", "les")[gender], "le", "DET", "det", key, head=head)
            token.article, token.elides = True, not plural
            return [token]
        if det == "indef":
            if negated:
                return [
                    eliding(Token("de", "un", "DET", "det", (), key + (negated, np.keys + at.NOUN), head))
                ]
            if plural:
                if after_de:
                    return []
                if adjective_first:
                    return [eliding(Token("de", "un", "DET", "det", (), (np.keys + at.NOUN,), head))]
                return [Token("des", "un", "DET", "det", (), (np.keys + at.NOUN,), head)]
            return [Token(("un", "une")[gender], "un", "DET", "det", key, head=head)]
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
        forms_of = POSSESSIVES[det]
        form = forms_of[0] if gender == 1 and vowel else forms_of[gender]
        return [Token(form, forms_of[0], "DET", "det", key, head=head)]

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

    def verb_complex(self, clause: Clause) -> tuple[Token, list[Token], Token, Token]:
        """(finite, rest, root, main): the main verb is the root, but for a modal, which governs its
        infinitive.
        """
        verb, keys, np = clause.verb, clause.keys, clause.subject
        index = np.person_index
        copula = verb.kind == "copula"
        upos, relation = ("AUX", "cop") if copula else ("VERB", "root")
        sure = (keys + at.VERB,)
        particle = (keys + at.PARTICLE,) if verb.particle else ()
        past = clause.tense == "past"
        imperfect = past and (copula or "imperfect" in verb.flags)
        if clause.modal:
            infinitive = MODALS[clause.modal]
            form = forms.imperfect(infinitive, index) if past else forms.present(infinitive, index)
            finite = Token(form, infinitive, "VERB", "root", (keys + at.MODAL,))
            main = Token(verb.fr, verb.fr, upos, "xcomp", sure, particle, finite)
            return finite, [main], finite, main
        if clause.tense == "future":
            main = Token(
                forms.future(verb.fr, index), verb.fr, upos, relation, sure, particle + (keys + at.AUX,)
            )
            return main, [], main, main
        if clause.tense in ("past", "perfect") and not imperfect:
            infinitive = "être" if verb.fr_etre else "avoir"
            form = forms.participle(verb.fr)
            if verb.fr_etre:
                form = forms.agree(form, np.gender_in("fr") == "f", np.is_plural)
            elif (
                clause.object is not None
                and clause.object.kind in ("pronoun", "relative")
                and not verb.indirect
            ):
                form = forms.agree(form, clause.object.gender_in("fr") == "f", clause.object.is_plural)
            elif (
                verb.preposition
                and not verb.preposition.fr
                and clause.prepositional.kind in ("pronoun", "relative")
            ):
                form = forms.agree(
                    form, clause.prepositional.gender_in("fr") == "f", clause.prepositional.is_plural
                )
            main = Token(form, verb.fr, upos, relation, sure, particle)
            finite = Token(
                forms.present(infinitive, index), infinitive, "AUX", "aux", (keys + at.AUX,), (), main
            )
            return finite, [main], main, main
        form = forms.imperfect(verb.fr, index) if imperfect else forms.present(verb.fr, index)
        main = Token(form, verb.fr, upos, relation, sure, particle)
        return main, [], main, main

    def clitics(self, clause: Clause, main: Token) -> list[Token]:
        """Reflexive and object pronouns, in their order before the verb."""
        verb, keys, np = clause.verb, clause.keys, clause.subject
        tokens = []
        if verb.reflexive:
            form = "se" if np.person == 3 else "nous" if np.is_plural else {1: "me", 2: "te"}[np.person]
            tokens.append(Token(form, "se", "PRON", "expl", (), (keys + at.VERB, keys + at.PARTICLE), main))
        direct = indirect = None
        for argument, table in (
            (clause.object, INDIRECT if verb.indirect else DIRECT),
            (clause.recipient, INDIRECT),
        ):
            if argument is not None and argument.kind == "pronoun":
                relation = "iobj" if table is INDIRECT else "obj"
                possible = (keys + at.PREP,) if argument is clause.object and verb.indirect else ()
                token = Token(
                    table[argument.value],
                    SUBJECTS[argument.value],
                    "PRON",
                    relation,
                    (argument.keys + at.NOUN,),
                    possible,
                    main,
                )
                if argument is clause.recipient:
                    indirect = (token, argument)
                else:
                    direct = token
        if (
            clause.prepositional is not None
            and clause.prepositional.kind == "pronoun"
            and not verb.preposition.fr
        ):
            value = clause.prepositional.value
            direct = Token(
                DIRECT[value],
                SUBJECTS[value],
                "PRON",
                "obj",
                (clause.prepositional.keys + at.NOUN,),
                (keys + at.PREP,),
                main,
            )
        if indirect and direct:
            tokens += [indirect[0], direct] if indirect[1].person < 3 else [direct, indirect[0]]
        elif direct:
            tokens.append(direct)
        elif indirect:
            tokens.append(indirect[0])
        for token in tokens:
            token.elides = token.form in ("me", "te", "se", "le", "la")
        return tokens

    def clause(self, clause: Clause, subject: bool = True) -> tuple[list[Token], Token]:
        """Tokens of the clause and its root."""
        verb, keys, np = clause.verb, clause.keys, clause.subject
        finite, rest, root, main = self.verb_complex(clause)
        predicate = []
        if verb.kind == "copula":
            form = forms.adjective_form(clause.adjective, np.gender_in("fr") == "f", np.is_plural)
            root = Token(form, clause.adjective.fr, "ADJ", "root", (clause.adjective_keys,))
            predicate = [root]
            finite.head, main = root, root
        tokens = []
        asks = clause.question is not None
        if asks and clause.question != "yesno":
            tokens += attach(self.adverb(clause.question), main)
        if asks:
            est_ce = Token(
                "Est-ce" if not tokens else "est-ce",
                "est-ce",
                "ADV",
                "advmod",
                (),
                (keys + at.QUESTION,),
                root,
            )
            tokens += [
                est_ce,
                eliding(Token("que", "que", "SCONJ", "fixed", (), (keys + at.QUESTION,), est_ce)),
            ]
        if np.kind == "relative":
            tokens += attach(self.noun_phrase(np, "nsubj", "subject"), root)
        elif clause.object is not None and clause.object.kind == "relative":
            tokens += attach(self.noun_phrase(clause.object, "obj"), main)
        if clause.front is not None:
            tokens += attach(self.adverb(clause.front), root)
            tokens.append(Token(",", ",", "PUNCT", "punct", (clause.front.keys + at.FRONT_COMMA,), head=root))
        if subject and np.kind != "relative":
            tokens += attach(self.noun_phrase(np, "nsubj", "subject"), root)
        clitics = self.clitics(clause, main)
        if clause.negated:
            tokens.append(eliding(Token("ne", "ne", "ADV", "advmod", (), (keys + at.NEG,), root)))
        if not clause.modal:
            tokens += clitics
        tokens.append(finite)
        if clause.negated:
            tokens.append(Token("pas", "pas", "ADV", "advmod", (keys + at.NEG,), (), root))
        if clause.frequency:
            tokens += attach(self.adverb(clause.frequency), main)
        if clause.modal:
            tokens += clitics
        tokens += rest
        if clause.manner:
            tokens += attach(self.adverb(clause.manner), main)
        tokens += predicate
        obj = clause.object
        if obj is not None and obj.kind not in ("pronoun", "relative"):
            if verb.indirect:
                phrase = self.noun_phrase(obj, "obl:arg")
                tokens += attach(
                    self.adposition(("à",), phrase, (keys + at.PREP,), (obj.keys + at.NOUN,)), main
                )
            else:
                none = clause.negated and obj.kind == "noun" and obj.det == "indef"
                tokens += attach(self.noun_phrase(obj, "obj", negated=keys + at.NEG if none else None), main)
        recipient = clause.recipient
        if recipient is not None and recipient.kind != "pronoun":
            phrase = self.noun_phrase(recipient, "obl:arg")
            tokens += attach(
                self.adposition(("à",), phrase, (recipient.keys + at.OF,), (recipient.keys + at.NOUN,)), main
            )
        if clause.prepositional is not None:
            word = verb.preposition.fr
            if word:
                phrase = self.noun_phrase(clause.prepositional, "obl:arg", after_de=word == "de")
                tokens += attach(self.adposition((word,), phrase, (keys + at.PREP,)), main)
            elif clause.prepositional.kind != "pronoun":
                tokens += attach(self.noun_phrase(clause.prepositional, "obj"), main)
        for place in clause.places:
            tokens += attach(self.place(place), main)
        if clause.time:
            tokens += attach(self.adverb(clause.time), main)
        if clause.complement:
            inner, inner_root = self.clause(clause.complement)
            inner_root.head, inner_root.relation = main, "ccomp"
            tokens += [
                eliding(
                    Token("que", "que", "SCONJ", "mark", (clause.complement.keys + at.SUB,), head=inner_root)
                )
            ] + inner
        if clause.conjoined:
            joined = clause.conjoined
            connective, k, other, shared = joined.connective, joined.keys, joined.clause, joined.shared
            inner, inner_root = self.clause(other, subject=not shared)
            inner_root.head, inner_root.relation = root, "conj"
            word = connective.fr[0]
            if word == "mais":
                tokens.append(Token(",", ",", "PUNCT", "punct", (k + at.COMMA,), (k,), inner_root))
            tokens += [Token(word, word, "CCONJ", "cc", (k,), (k + at.COMMA,), inner_root)] + inner
        if clause.subordinate:
            joined = clause.subordinate
            connective, k, other, fronted = joined.connective, joined.keys, joined.clause, joined.fronted
            inner, inner_root = self.clause(other)
            inner_root.head, inner_root.relation = root, "advcl"
            words = connective.fr
            mark = [Token(words[0], words[0], "SCONJ", "mark", (k,), (k + at.COMMA,), inner_root)]
            mark += [Token(word, word, "SCONJ", "fixed", (), (k,), mark[0]) for word in words[1:]]
            mark[-1].elides = words[-1] in ("que", "si")
            if fronted:
                tokens = (
                    mark
                    + inner
                    + [Token(",", ",", "PUNCT", "punct", (k + at.COMMA,), (k,), inner_root)]
                    + tokens
                )
            else:
                tokens = tokens + mark + inner
        return tokens, root

    def sentence(self, clause: Clause) -> list[Token]:
        """All tokens of the sentence, in order, elided."""
        tokens, root = self.clause(clause)
        root.relation = "root"
        mark = "?" if clause.question is not None else "."
        tokens.append(Token(mark, mark, "PUNCT", "punct", (clause.keys + at.END,), head=root))
        for token, following in pairwise(tokens):
            if token.elides and (
                following.form in ("il", "ils") if token.form == "si" else starts_with_vowel(following)
            ):
                token.form = token.form[:-1] + "'"
                token.space_after = False
        return tokens
