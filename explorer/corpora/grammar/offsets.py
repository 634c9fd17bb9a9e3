"""The place of each meaning among the sixteen keys of a node.

A key is the first key of the node plus one of these: ``clause.keys + at.NEG`` is what *not* and *nicht*
share.
"""

VERB, AUX, NEG, END, SUB, PARTICLE, MODAL, PREP, COMMA, QUESTION = range(10)  # of a clause
NOUN, DET, OF = range(3)  # of a noun phrase
PHRASE_PREPOSITION, PHRASE_ARTICLE, FRONT_COMMA = 1, 2, 9  # of a modifier; its own first key is its last word
