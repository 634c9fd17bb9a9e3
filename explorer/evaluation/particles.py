"""Check the particle of a German separable verb: "an" in "Ich rufe den alten Mann morgen an"."""

from __future__ import annotations

from explorer.corpora.words import split_words
from explorer.results import SentencePair

PARTICLE_RELATION = "compound:prt"  # in Universal Dependencies


def far_particle(pair: SentencePair) -> tuple[int, int] | None:
    """(place in the reference, words between it and its verb) of the particle that is farthest from its verb;
    None without one.
    """
    tree = pair.tgt_tree
    apart = (
        [
            (i - tree.heads[i] - 1, i)
            for i, relation in enumerate(tree.relations)
            if relation == PARTICLE_RELATION
        ]
        if tree
        else []
    )
    return max(apart)[::-1] if apart else None


def particle_is_right(pair: SentencePair, translation: str) -> bool:
    """Whether `translation` has the reference's particle that is farthest from its verb, before the same word
    or mark.

    What follows tells it from a preposition of the same letters: a particle ends its clause. False for a pair
    without a particle.
    """
    particle = far_particle(pair)
    if particle is None or pair.tgt_tree is None:
        return False
    place, _ = particle
    expected = pair.tgt_tree.words[place : place + 2]
    words = tuple(word.text for word in split_words(translation))
    return any(words[i : i + 2] == expected for i in range(len(words)))
