"""How is an abstract sentence said in English?"""

from __future__ import annotations

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
from explorer.corpora.grammar.tables import DOUBLING

OBJECT_PRONOUNS = {"I": "me", "you": "you", "he": "him", "she": "her", "we": "us", "they": "them"}
POSSESSIVES = {"I": "my", "you": "your", "he": "his", "she": "her", "we": "our", "they": "their"}
PRESENT_BE = {(1, False): "am", (2, False): "are", (3, False): "is"}


def third_person(base: str) -> str:
    """reads, washes, carries, has."""
    if base == "have":
        return "has"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    if base.endswith(("s", "x", "ch", "sh", "o", "z")):
        return base + "es"
    return base + "s"


def ing(base: str) -> str:
    """reading, coming, running."""
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and base not in ("be", "see") and not base.endswith("ee"):
        return base[:-1] + "ing"
    if base in DOUBLING:
        return base + base[-1] + "ing"
    return base + "ing"


def be_form(person: int, plural: bool, past: bool) -> str:
    """am, are, is, was or were."""
    if past:
        return "was" if not plural and person != 2 else "were"
    return "are" if plural else PRESENT_BE[person, plural]


def article(next_word: str) -> str:
    """The article "a" or "an", by the sound of the next word."""
    vowel = next_word[0].lower() in "aeiou" and not next_word.startswith(
        ("uni", "useful", "use", "euro", "one")
    )
    return "an" if vowel or next_word.startswith(("hour", "honest")) else "a"


def is_third_singular(np: NP) -> bool:
    """Whether the verb takes -s."""
    return np.person == 3 and not np.is_plural


class English:
    """Realises one abstract sentence; `sentence` gives its tokens in order."""

    def noun_phrase(self, np: NP, relation: str, role: str = "object") -> list[Token]:
        """Its tokens; the head is the one without a head."""
        keys = np.keys
        if np.kind == "pronoun":
            form = np.value if role == "subject" else OBJECT_PRONOUNS[np.value]
            return [Token(form, np.value, "PRON", relation, (keys + at.NOUN,))]
        if np.kind == "name":
            return [Token(np.value, np.value, "PROPN", relation, (keys + at.NOUN,))]
        if np.kind == "relative":
            who = "person" in np.antecedent.value.classes and role == "subject"
            return [
                Token("who" if who else "that", "who" if who else "that", "PRON", relation, (keys + at.NOUN,))
            ]
        if np.kind == "coordination":
            first, second = np.parts
            return coordinated(
                self.noun_phrase(first, relation, role),
                self.noun_phrase(second, "conj", role),
                np.value.en[0],
                np,
            )
        noun = np.value
        head = Token(noun.en[np.plural], noun.en[0], "NOUN", relation, (keys + at.NOUN,))
        tokens = [
            Token(adjective.en, adjective.en, "ADJ", "amod", (k,), head=head)
            for adjective, k in np.adjectives
        ]
        tokens.append(head)
        det = self.determiner(np, tokens[0].form, head)
        if det:
            tokens.insert(0, det)
        if np.genitive:
            phrase = self.noun_phrase(np.genitive, "nmod")
            noun_head = head_of(phrase)
            noun_head.head = head
            tokens += [
                Token(
                    "of",
                    "of",
                    "ADP",
                    "case",
                    (np.genitive.keys + at.OF,),
                    (np.genitive.keys + at.DET,),
                    noun_head,
                )
            ] + phrase
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
        keys, verb, np = clause.keys, clause.verb, clause.subject
        base, past_form, participle = verb.en
        third = is_third_singular(np)
        past = clause.tense == "past"
        relative_object = clause.object is not None and clause.object.kind == "relative"
        auxiliaries, infinitive_marker = [], None
        asks = clause.question is not None
        v, sure_verb = keys + at.VERB, (keys + at.VERB,)

        def aux(form, lemma, sure=(), possible=()):
            auxiliaries.append(Token(form, lemma, "AUX", "aux", sure, possible))

        modal_verb = None
        if verb.kind == "copula":
            if clause.tense == "future":
                aux("will", "will", (keys + at.AUX,), (v,))
                main = Token("be", "be", "AUX", "cop", sure_verb, (keys + at.AUX,))
            else:
                main = Token(be_form(np.person, np.is_plural, past), "be", "AUX", "cop", sure_verb)
        elif clause.modal in ("can", "must"):
            form = {"can": "could" if past else "can", "must": "must"}[clause.modal]
            if clause.negated:
                if form == "can":
                    auxiliaries.append(Token("cannot", "can", "AUX", "aux", (keys + at.MODAL, keys + at.NEG)))
                else:
                    aux(form, clause.modal, (keys + at.MODAL,))
            else:
                aux(form, clause.modal, (keys + at.MODAL,))
            main = Token(base, base, "VERB", "root", sure_verb)
        else:
            if clause.modal == "want":
                finite_base, finite_past, finite_key = "want", "wanted", keys + at.MODAL
            else:
                finite_base, finite_past, finite_key = base, past_form, v
            lemma = finite_base
            if clause.tense == "future":
                aux("will", "will", (keys + at.AUX,), (finite_key,))
                form = finite_base
            elif clause.tense == "perfect":
                aux("has" if third else "have", "have", (keys + at.AUX,), (finite_key,))
                form = participle
            elif clause.tense == "progressive":
                aux(be_form(np.person, np.is_plural, False), "be", (), (finite_key,))
                form = ing(finite_base)
            elif clause.negated or asks:
                aux("did" if past else "does" if third else "do", "do", (), (finite_key, keys + at.AUX))
                form = finite_base
            else:
                form = finite_past if past else third_person(finite_base) if third else finite_base
            finite = Token(form, lemma, "VERB", "root", (finite_key,), (keys + at.AUX,) if past else ())
            if clause.modal == "want":
                modal_verb = finite
                main = Token(base, base, "VERB", "xcomp", sure_verb, head=finite)
                infinitive_marker = Token("to", "to", "PART", "mark", (), (v,), main)
            else:
                main = finite

        root = modal_verb or main
        predicate = main
        if verb.kind == "copula":
            predicate = root = Token(
                clause.adjective.en, clause.adjective.en, "ADJ", "root", (clause.adjective_keys,)
            )
            main.head = root
        for token in auxiliaries:
            token.head = root
        if asks:
            inverted = auxiliaries[0] if auxiliaries else main
            inverted.possible += (keys + at.QUESTION,)

        subject_tokens = []
        if subject and np.kind != "relative":
            subject_tokens = attach(self.noun_phrase(np, "nsubj", "subject"), root)
        tokens = []
        if clause.question is not None and clause.question != "yesno":
            tokens += attach(self.adverb(clause.question), predicate)
        if np.kind == "relative":
            tokens += attach(self.noun_phrase(np, "nsubj", "subject"), root)
        if relative_object:
            tokens += attach(
                self.noun_phrase(clause.object, "obl" if verb.en_preposition else "obj"), predicate
            )
            relative_object = tokens[-1]
        if clause.front is not None:
            tokens += attach(self.adverb(clause.front), root)
            tokens.append(Token(",", ",", "PUNCT", "punct", (clause.front.keys + at.FRONT_COMMA,), head=root))
        not_token = []
        if clause.negated and not (auxiliaries and auxiliaries[0].form == "cannot"):
            not_token = [Token("not", "not", "PART", "advmod", (keys + at.NEG,), head=root)]
        frequency = attach(self.adverb(clause.frequency), predicate) if clause.frequency else []
        if verb.kind == "copula" and not auxiliaries:
            verbs = [main]
            tokens += (verbs + subject_tokens) if asks else (subject_tokens + verbs)
            tokens += not_token + frequency + [predicate]
        else:
            if asks:
                tokens += auxiliaries[:1] + subject_tokens + not_token + frequency
            else:
                tokens += subject_tokens + auxiliaries[:1] + not_token + frequency
            tokens += auxiliaries[1:]
            if verb.kind == "copula":
                tokens += [main, predicate]
            elif modal_verb is not None:
                tokens += [modal_verb, infinitive_marker, main]
            else:
                tokens.append(main)
        tokens += self.complements(clause, predicate, relative_object)
        for modifier in [clause.manner] if clause.manner else []:
            tokens += attach(self.adverb(modifier), predicate)
        for place in clause.places:
            tokens += attach(self.place(place), predicate)
        if clause.time:
            tokens += attach(self.adverb(clause.time), predicate)
        if clause.complement:
            inner, inner_root = self.clause(clause.complement)
            inner_root.head, inner_root.relation = predicate, "ccomp"
            tokens += [
                Token("that", "that", "SCONJ", "mark", (clause.complement.keys + at.SUB,), head=inner_root)
            ] + inner
        return self.combined(clause, tokens, root), root

    def place(self, place: PP | Modifier) -> list[Token]:
        """A place: a prepositional phrase or an adverb."""
        return self.prepositional_phrase(place, "obl") if isinstance(place, PP) else self.adverb(place)

    def complements(self, clause: Clause, head: Token, relative_object: Token | None) -> list[Token]:
        """Objects, particle and prepositional object, in their order after the verb."""
        verb, keys, tokens = clause.verb, clause.keys, []
        particle = []
        if verb.particle:
            particle = [
                Token(
                    verb.particle,
                    verb.particle,
                    "ADP",
                    "compound:prt",
                    (keys + at.PARTICLE,),
                    (keys + at.VERB,),
                    head,
                )
            ]
        after = []
        if clause.recipient is not None:
            pronoun_object = clause.object is not None and clause.object.kind == "pronoun"
            if "to" in verb.flags or pronoun_object or relative_object:
                phrase = self.noun_phrase(clause.recipient, "obl")
                noun_head = head_of(phrase)
                noun_head.head = head
                after = [
                    Token(
                        "to",
                        "to",
                        "ADP",
                        "case",
                        (clause.recipient.keys + at.OF,),
                        (clause.recipient.keys + at.DET,),
                        noun_head,
                    )
                ] + phrase
            else:
                tokens += attach(self.noun_phrase(clause.recipient, "iobj"), head)
        if clause.object is not None:
            if verb.en_preposition:
                phrase = [] if relative_object else self.noun_phrase(clause.object, "obl")
                noun_head = next((token for token in phrase if token.head is None), None)
                word = verb.en_preposition
                case = Token(
                    word,
                    word,
                    "ADP",
                    "case",
                    (keys + at.PREP,),
                    (keys + at.VERB,),
                    noun_head or relative_object,
                )
                if noun_head is not None:
                    noun_head.head = head
                tokens += [case] + phrase
            elif relative_object:
                tokens += particle
            elif clause.object.kind == "pronoun":
                tokens += attach(self.noun_phrase(clause.object, "obj"), head) + particle
            else:
                tokens += particle + attach(self.noun_phrase(clause.object, "obj"), head)
        else:
            tokens += particle
        tokens += after
        if clause.prepositional is not None:
            phrase = self.noun_phrase(clause.prepositional, "obl")
            noun_head = head_of(phrase)
            noun_head.head = head
            word = verb.preposition.en
            tokens += [
                Token(word, word, "ADP", "case", (keys + at.PREP,), (keys + at.VERB,), noun_head)
            ] + phrase
        return tokens

    def combined(self, clause: Clause, tokens: list[Token], root: Token) -> list[Token]:
        """The clause with the clauses joined and subordinated to it."""
        if clause.conjoined:
            joined = clause.conjoined
            connective, keys, other, shared = joined.connective, joined.keys, joined.clause, joined.shared
            inner, inner_root = self.clause(other, subject=not shared)
            inner_root.head, inner_root.relation = root, "conj"
            word = connective.en[0]
            if not shared:
                tokens.append(Token(",", ",", "PUNCT", "punct", (keys + at.COMMA,), head=inner_root))
            tokens += [Token(word, word, "CCONJ", "cc", (keys,), (keys + at.COMMA,), head=inner_root)] + inner
        if clause.subordinate:
            joined = clause.subordinate
            connective, keys, other, fronted = joined.connective, joined.keys, joined.clause, joined.fronted
            inner, inner_root = self.clause(other)
            inner_root.head, inner_root.relation = root, "advcl"
            words = connective.en
            mark = [
                Token(
                    words[0],
                    words[0],
                    "SCONJ" if len(words) == 1 else "ADV",
                    "mark",
                    (keys,),
                    (keys + at.COMMA,),
                    head=inner_root,
                )
            ]
            mark += [
                Token(word, word, "ADV" if word == "soon" else "SCONJ", "fixed", (), (keys,), mark[0])
                for word in words[1:]
            ]
            if fronted:
                tokens = (
                    mark
                    + inner
                    + [Token(",", ",", "PUNCT", "punct", (keys + at.COMMA,), head=inner_root)]
                    + tokens
                )
            else:
                tokens = tokens + mark + inner
        return tokens

    def sentence(self, clause: Clause) -> list[Token]:
        """All tokens of the sentence, in order."""
        tokens, root = self.clause(clause)
        root.relation = "root"
        mark = "?" if clause.question is not None else "."
        tokens.append(Token(mark, mark, "PUNCT", "punct", (clause.keys + at.END,), head=root))
        return tokens
