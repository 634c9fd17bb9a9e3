"""Copies of training pairs that teach a model to cope with what people type.

A copy is in lower case, in capitals, without its final full stop, or with an invented name; held-out pairs
are never copied. The last kind teaches a small model to copy: a name that is on both sides becomes an
invented one, different in every copy, so that only copying can get it right.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

from explorer.corpora.words import join_words, split_words
from explorer.results import SentencePair, Word

LOWER_SHARE = 0.4  # of the pairs get a lower-cased copy
UPPER_SHARE = 0.12
UNPUNCTUATED_SHARE = 0.4
NUMBER_SHARE = 0.15  # of the invented names are numbers

_FINAL = re.compile(r"\s*[.!?…]+$")
_VOWELS = "aeiouyàâäéèêëîïôöûüœæ"
_ONSETS = "b bl br ch d dr f fl fr g gl gr h j k kl kr l m n p pl pr r s sch sh sk sl st t tr v w z".split()
_MIDDLES = "a e i o u a e i o ai au ei ie ou".split()
_CODAS = ["", "", "", *"l m n r s t x ck nd nn rt ss".split()]


def robust_copies(pairs: Iterable[SentencePair], seed: int) -> Iterator[SentencePair]:
    """The copies of `pairs`, in the same order; the same pairs and seed always give the same copies, which
    carry no gold links or trees.
    """
    pairs = tuple(pairs)
    rng = random.Random(f"robust copies {seed}")
    names = shared_names(pairs)
    known = {
        word.text.casefold() for pair in pairs for side in (pair.src, pair.tgt) for word in split_words(side)
    }
    for pair in pairs:
        lower, unpunctuated = rng.random() < LOWER_SHARE, rng.random() < UNPUNCTUATED_SHARE
        src, tgt = (_FINAL.sub("", side) for side in (pair.src, pair.tgt))
        if unpunctuated and src and tgt and src != pair.src and tgt != pair.tgt:
            yield SentencePair(src.lower() if lower else src, tgt)
        if lower and pair.src.lower() != pair.src:
            yield SentencePair(pair.src.lower(), pair.tgt)
        if rng.random() < UPPER_SHARE and pair.src.upper() != pair.src:
            yield SentencePair(pair.src.upper(), pair.tgt)
        renamed = with_invented_names(pair, names, known, rng)
        if renamed is not None:
            yield renamed


def shared_names(pairs: Iterable[SentencePair]) -> frozenset[str]:
    """Words that look like names: capitalised, the same on both sides of some pair, and never in lower case
    anywhere.

    Tom and Boston are; In, which stands first in English and in German sentences, is not, for there is an
    "in".
    """
    capitalised, lower = set(), set()
    for pair in pairs:
        src, tgt = ({word.text for word in split_words(side)} for side in (pair.src, pair.tgt))
        capitalised |= {word for word in src & tgt if len(word) > 1 and word.isalpha() and word.istitle()}
        lower |= {word for word in src | tgt if word[0].islower()}
    return frozenset(word for word in capitalised if word.lower() not in lower)


def with_invented_names(
    pair: SentencePair, names: frozenset[str], known: set[str], rng: random.Random
) -> SentencePair | None:
    """`pair` with each name that is on both sides replaced on both by an invented one that is not in `known`;
    None if it has no names.

    A name in a vowel stays one in a vowel and never becomes a number, so that French elision (`d'Anna`) stays
    right.
    """
    src, tgt = split_words(pair.src), split_words(pair.tgt)
    shared = sorted({word.text for word in src} & {word.text for word in tgt} & names)
    if not shared:
        return None
    invented: dict[str, str] = {}
    for name in shared:
        vowel = name[0].lower() in _VOWELS
        while name not in invented:
            number = not vowel and rng.random() < NUMBER_SHARE
            new = str(rng.randrange(2, 10 ** rng.randrange(1, 6))) if number else invented_name(rng, vowel)
            if new.casefold() not in known and new not in invented.values():
                invented[name] = new
    src, tgt = (
        [Word(invented.get(word.text, word.text), word.space_before) for word in side] for side in (src, tgt)
    )
    return SentencePair(join_words(src), join_words(tgt))


def invented_name(rng: random.Random, vowel: bool = False) -> str:
    """A pronounceable capitalised word that nobody has seen, such as Kraudor; it begins with a vowel if
    `vowel`.
    """
    syllables = [rng.choice(_ONSETS) + rng.choice(_MIDDLES) for _ in range(rng.choice((1, 2, 2, 2, 3)))]
    if vowel:
        syllables.insert(0, rng.choice("aeiou"))
    return ("".join(syllables) + rng.choice(_CODAS)).capitalize()
