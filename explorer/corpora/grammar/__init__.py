"""A bilingual grammar: English sentences with their German or French translation, links and trees.

Reading order: `nouns`, `verbs`, `modifiers` (the tables) → `lexicon` → `syntax` (the abstract sentence) →
`english`, `german`, `french` (one realiser each, inflection in `german_forms`, `french_forms`) → `pairs`
(alignment, trees, phenomena; the linking guideline) → `sense` (what goes with what) → `phrases`, `clauses`,
`adverbials`, `growth`, `bank`, `sentences` (which sentence comes next) → `load` (pairs and corpora).
"""

from explorer.corpora.grammar.load import GrammarConfig, generate_pair, load_grammar
from explorer.corpora.grammar.pairs import PHENOMENA

__all__ = ["GrammarConfig", "PHENOMENA", "generate_pair", "load_grammar"]
