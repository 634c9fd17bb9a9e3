"""What does byte-pair encoding do? Its merges, the corpus between two of them, a word under them, and what
they cost against others.

Symbols are strings as a reader should see them: a byte that is no whole character is ``⟨C3⟩``, a space that
belongs to a word is a space. Steps count from 1; the state of step 0 is the corpus before any merge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

MAX_TIES = 20  # of equally good pairs that are named


@dataclass(frozen=True, slots=True)
class MergeStep:
    """One merge as it was learned: `left` and `right` become `token`.

    count: how often the pair stood in the corpus;  n_ties: pairs with that count, this one included: each was
    as good;
    is_new: whether the vocabulary grew, False where an earlier merge of two other symbols made the same
    token.
    """

    number: int
    left: str
    right: str
    token: str
    count: int
    n_ties: int
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class PairCount:
    """How often two symbols are neighbours. allowed: False where the token would be longer than the longest
    allowed, so it cannot win.
    """

    left: str
    right: str
    count: int
    allowed: bool = True


@dataclass(frozen=True)
class SegmentedWord:
    """A distinct word of the corpus, how often it occurs and its symbols as of a step."""

    word: str
    count: int
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class MergeState:
    """The corpus after `step` merges.

    n_steps: merges in all;  last: the merge that led here, None at step 0;
    next: the merge that follows, None when no pair is frequent enough or the number of merges asked for is
    reached;
    pairs: the most frequent pairs, the winner first, equal counts in the order of the tie rule;
    n_pairs: distinct pairs, of which `pairs` are the first;
    ties: all that are as good as the winner, it included, at most `MAX_TIES`;  n_ties: how many there are;
    words: the most frequent words, most frequent first;  n_words: distinct words;
    vocabulary: every token so far, in the order of ids: the symbols that the corpus begins with, then those
    that merges made; token_counts: how often each token stands in the corpus now, [len(vocabulary)];
    n_initial: how many of `vocabulary` were there before the first merge;
    n_tokens: symbols in the corpus now, each word as often as it occurs;  n_tokens_before: at step 0;
    why_end: why there is no `next`, "" where there is one.
    """

    step: int
    n_steps: int
    last: MergeStep | None
    next: MergeStep | None
    pairs: tuple[PairCount, ...]
    n_pairs: int
    ties: tuple[PairCount, ...]
    n_ties: int
    words: tuple[SegmentedWord, ...]
    n_words: int
    vocabulary: tuple[str, ...]
    token_counts: tuple[int, ...]
    n_initial: int
    n_tokens: int
    n_tokens_before: int
    why_end: str = ""


@dataclass(frozen=True)
class MergeHistory:
    """All merges at a glance, [n_steps] int64 each, `n_tokens` [n_steps + 1].

    counts: of the pair at its merge;  n_ties: pairs as good at each merge;  n_tokens: symbols in the corpus
    after 0, 1, … merges.
    """

    counts: np.ndarray
    n_ties: np.ndarray
    n_tokens: np.ndarray


# --------------------------------------------------------------------------------------------------- one word


@dataclass(frozen=True)
class MergeNode:
    """A token of a word and what it was made of: a leaf is one character or byte, else `left` and `right`
    were merged with `rank`.

    start, end: its first symbol and the one after its last, counted in the symbols that the word begins with;
    unknown: the vocabulary does not have it.
    """

    token: str
    start: int
    end: int
    rank: int | None = None
    left: MergeNode | None = None
    right: MergeNode | None = None
    unknown: bool = False


@dataclass(frozen=True)
class SegmentStep:
    """One merge rule applied to a word, wherever it applies.

    rank: number of the rule, 1 was learned first;  positions: where, in the symbols before this step;
    symbols: the word after it;  dropped: places (in the symbols before) whose rule the dropout passed over in
    this step.
    """

    number: int
    left: str
    right: str
    token: str
    rank: int
    positions: tuple[int, ...]
    symbols: tuple[str, ...]
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True)
class Segmentation:
    """A word in tokens. tree: one root for each of `tokens`, in order;  unknown: which tokens the vocabulary
    lacks;
    ids: of the tokens, None where unknown;  start: the symbols that it begins with;  space_before: whether
    white space stood before it."""

    word: str
    space_before: bool
    start: tuple[str, ...]
    steps: tuple[SegmentStep, ...]
    tree: tuple[MergeNode, ...]
    ids: tuple[int | None, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        return tuple(node.token for node in self.tree)

    @property
    def unknown(self) -> tuple[bool, ...]:
        return tuple(node.unknown for node in self.tree)


# -------------------------------------------------------------------------------------- a learner's own table

Verdict = Literal[
    "right",
    "tie",
    "wrong count",
    "not the most frequent",
    "too rare",
    "too long",
    "no such pair",
    "not judged",
]


@dataclass(frozen=True)
class WorkedRow:
    """One merge of a learner's table, judged in the corpus that the learner's merges before it have made.

    claimed: the count that was given, None for none;  count: the right one;
    best: the most frequent pairs at that point, at most `MAX_TIES`;  n_best: how many there are;  why: one
    sentence.
    """

    step: int
    left: str
    right: str
    claimed: int | None
    count: int
    verdict: Verdict
    best: tuple[PairCount, ...]
    n_best: int
    why: str

    @property
    def accepted(self) -> bool:
        """The winner, or a pair as good as it, with the right count or none."""
        return self.verdict in ("right", "tie")


@dataclass(frozen=True)
class WorkedCheck:
    """A learner's merges against the algorithm. departs_at: the first step that is not accepted, None if all
    are;
    is_complete: no merge is left after the last row (the number asked for is reached, or no pair is frequent
    enough)."""

    rows: tuple[WorkedRow, ...]
    departs_at: int | None
    is_complete: bool
    summary: str


# ------------------------------------------------------------------------------------------------- comparison


@dataclass(frozen=True)
class TokenizerRow:
    """What one tokenizer makes of a text.

    vocab_size: entries, special tokens included;  n_tokens, n_words, n_bytes: of the text (words are those of
    the shared word rule); n_unknown: tokens that stand for something the vocabulary lacks;  sample: the first
    tokens of the text;
    n_parameters: of an embedding table, vocab_size × d_model;  table_bytes: its size with float32 numbers.
    """

    name: str
    vocab_size: int
    n_tokens: int
    n_unknown: int
    n_words: int
    n_bytes: int
    n_parameters: int
    table_bytes: int
    sample: tuple[str, ...]

    @property
    def tokens_per_word(self) -> float:
        return self.n_tokens / self.n_words if self.n_words else float("nan")

    @property
    def share_unknown(self) -> float:
        return self.n_unknown / self.n_tokens if self.n_tokens else 0.0

    @property
    def bytes_per_token(self) -> float:
        """Compression: UTF-8 bytes of the text for each token."""
        return self.n_bytes / self.n_tokens if self.n_tokens else float("nan")


@dataclass(frozen=True)
class TokenizerComparison:
    """Tokenizers learned from one text and applied to a text (the same, or another). notes: what a reader
    must know to read the figures.
    """

    rows: tuple[TokenizerRow, ...]
    d_model: int
    same_text: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SizeCurve:
    """One kind of tokenizer over the size of its vocabulary; rows ordered by size."""

    kind: str
    rows: tuple[TokenizerRow, ...]


@dataclass(frozen=True)
class LanguageRow:
    """One sentence in one language under one tokenizer.

    spaces: whether the script puts spaces between words; where it does not, `n_words` counts what the word
    rule finds (single characters in Chinese, a whole run in Thai), so tokens per word compares with no other
    row: look at tokens and bytes per token;
    ratio: tokens against those of the English sentence, which says the same.
    """

    language: str
    code: str
    text: str
    spaces: bool
    row: TokenizerRow
    ratio: float


@dataclass(frozen=True)
class LanguageComparison:
    """The same sentences in several languages under the tokenizers `names`; rows ordered by language, then as
    `names`.
    """

    names: tuple[str, ...]
    rows: tuple[LanguageRow, ...]
    notes: tuple[str, ...]
