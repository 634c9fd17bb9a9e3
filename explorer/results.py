"""What crosses from the computation to the screen: frozen dataclasses of numpy arrays and strings.

Conventions, settled here once for every module:

- One example, no batch axis, no padding, strings instead of ids, read-only arrays.
- Rows of a decoder map are labelled with the token being *predicted* (y_1 … y_T, ``</s>``); columns of a decoder-self map with the
  tokens *fed in* (``<s>``, y_1 … y_{T-1}).
- ``word_ids`` give, for each token, the index of the word it is part of, or ``None`` for ``<s>`` and ``</s>``.
- Token strings are what the reader should see; whether a token continues the word before it is told by ``word_ids``, not by a mark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

AttentionKind = Literal["encoder_self", "decoder_self", "cross"]
ATTENTION_KINDS: tuple[AttentionKind, ...] = ("encoder_self", "decoder_self", "cross")

PAD, UNK, BOS, EOS = "<pad>", "<unk>", "<s>", "</s>"
SPECIAL_TOKENS = (PAD, UNK, BOS, EOS)  # ids 0, 1, 2, 3 in every vocabulary


def frozen_array(values, dtype=np.float32) -> np.ndarray:
    """A read-only copy of `values`, so that no view can change what another shows."""
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array


# ---------------------------------------------------------------------------------------------------------------- text and truth


@dataclass(frozen=True)
class Word:
    """One word or punctuation mark of a sentence as `explorer.corpora.words.split_words` finds it."""

    text: str
    space_before: bool


@dataclass(frozen=True)
class Alignment:
    """Gold word links between a source and a target sentence (Och & Ney 2003).

    `sure` ⊆ `possible`; a link is (source word, target word), both from 0.
    """

    sure: frozenset[tuple[int, int]]
    possible: frozenset[tuple[int, int]]

    def __post_init__(self):
        if not self.sure <= self.possible:
            raise ValueError(f"{len(self.sure - self.possible)} sure links are not among the possible links: add them to `possible`.")


@dataclass(frozen=True)
class Dependencies:
    """A Universal Dependencies tree over the words of one sentence.

    `heads[i]` is the index of the head of word i, or -1 for the root.
    """

    words: tuple[str, ...]
    lemmas: tuple[str, ...]
    upos: tuple[str, ...]
    heads: tuple[int, ...]
    relations: tuple[str, ...]
    space_after: tuple[bool, ...]


@dataclass(frozen=True)
class SentencePair:
    """A sentence and its translation, with the truth about them where it is known."""

    src: str
    tgt: str
    alignment: Alignment | None = None
    src_tree: Dependencies | None = None
    tgt_tree: Dependencies | None = None
    phenomena: tuple[str, ...] = ()


Split = Literal["train", "valid", "test"]


@dataclass(frozen=True)
class ParallelCorpus:
    """Three splits that share no source sentence."""

    name: str
    src_lang: str
    tgt_lang: str
    train: tuple[SentencePair, ...]
    valid: tuple[SentencePair, ...]
    test: tuple[SentencePair, ...]


@dataclass(frozen=True)
class Encoding:
    """A text as a tokenizer sees it: parallel tuples, without special tokens."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    word_ids: tuple[int | None, ...]
    words: tuple[str, ...]


# -------------------------------------------------------------------------------------------------------------------- attention


@dataclass(frozen=True)
class AttentionMap:
    """All heads of one kind of attention in one forward pass.

    weights: [layers, heads, query_len, key_len] float32, each row a distribution over the keys.
    """

    kind: AttentionKind
    weights: np.ndarray
    query_tokens: tuple[str, ...]
    key_tokens: tuple[str, ...]
    query_word_ids: tuple[int | None, ...]
    key_word_ids: tuple[int | None, ...]

    def __post_init__(self):
        expected = (len(self.query_tokens), len(self.key_tokens))
        if self.weights.ndim != 4 or self.weights.shape[2:] != expected:
            axes = f"[layers, heads, {expected[0]}, {expected[1]}]"
            raise ValueError(f"{self.kind} weights have shape {self.weights.shape}, expected {axes} as the tokens: give both of one pass.")

    @property
    def n_layers(self) -> int:
        return self.weights.shape[0]

    @property
    def n_heads(self) -> int:
        return self.weights.shape[1]

    def __eq__(self, other) -> bool:  # arrays have no single truth value, so the generated __eq__ would raise
        return isinstance(other, AttentionMap) and (self.kind, self.query_tokens, self.key_tokens) == (
            other.kind, other.query_tokens, other.key_tokens) and np.array_equal(self.weights, other.weights)

    __hash__ = None


@dataclass(frozen=True)
class AttentionRecord:
    """One teacher-forced pass of a model over one sentence pair.

    tgt_tokens: the T tokens predicted, the last being ``</s>``;  log_probs: [T] natural log of the probability of each.
    top_tokens / top_log_probs: for each of the T steps the likeliest next tokens, best first, [T][k].
    """

    model_name: str
    src_tokens: tuple[str, ...]
    tgt_tokens: tuple[str, ...]
    src_words: tuple[str, ...]
    tgt_words: tuple[str, ...]
    log_probs: np.ndarray
    top_tokens: tuple[tuple[str, ...], ...]
    top_log_probs: np.ndarray
    attention: tuple[AttentionMap, ...]
    unknown_src: tuple[int, ...] = ()  # positions of source tokens outside the vocabulary
    unknown_tgt: tuple[int, ...] = ()  # the same for a target that was forced

    def map(self, kind: AttentionKind) -> AttentionMap:
        """The map of `kind`; raises KeyError with a sentence if this model has none."""
        for attention_map in self.attention:
            if attention_map.kind == kind:
                return attention_map
        has = ", ".join(m.kind for m in self.attention) or "none"
        raise KeyError(f"{self.model_name} has no '{kind}' attention (it has: {has}). Pick a checkpoint with attention.")

    @property
    def kinds(self) -> tuple[AttentionKind, ...]:
        return tuple(m.kind for m in self.attention)


@dataclass(frozen=True)
class AttentionDetail:
    """What happens inside one cross-attention head at one decoding step: scores → softmax → context.

    scores, weights: [src_len];  query: [d_query];  keys: [src_len, d_key];  values: [src_len, d_value];
    context: [d_value] = weights · values.
    """

    layer: int
    head: int
    step: int
    scorer: str  # the formula in words, e.g. "q·k / √d" or "vᵀ tanh(W q + U k)"
    scores: np.ndarray
    weights: np.ndarray
    query: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    context: np.ndarray


Reading = Literal["output", "input"]  # a row belongs to the token that comes out of the decoder at that step, or to the one that goes in


@dataclass(frozen=True)
class MatrixView:
    """One matrix as it is read and drawn: some heads reduced to one, words merged or not, special tokens shown or not.

    weights: [rows, cols] float32; rows attend, columns are attended to. `*_word_ids` as in `AttentionMap`; `*_continues` is True where a
    token goes on with the word of the token before it; `*_special` where it is ``<s>``, ``</s>`` and the like.
    hidden_mass: the share, 0 to 1, of the mass of the rows shown that is left out of `weights` and was not spread over the rest.
    notes: what was done to the numbers, one sentence each, to be printed beside the picture and in every export.
    signed: True for a difference of two matrices (−1 … 1), False for weights (0 … 1).
    """

    name: str
    kind: AttentionKind
    weights: np.ndarray
    row_labels: tuple[str, ...]
    col_labels: tuple[str, ...]
    row_word_ids: tuple[int | None, ...]
    col_word_ids: tuple[int | None, ...]
    row_continues: tuple[bool, ...]
    col_continues: tuple[bool, ...]
    row_special: tuple[bool, ...]
    col_special: tuple[bool, ...]
    reading: Reading = "output"
    hidden_mass: float = 0.0
    notes: tuple[str, ...] = ()
    signed: bool = False

    def __post_init__(self):
        n_rows, n_cols = self.weights.shape
        for side, n in (("row", n_rows), ("col", n_cols)):
            for part in ("labels", "word_ids", "continues", "special"):
                if len(getattr(self, f"{side}_{part}")) != n:
                    raise ValueError(f"{side}_{part} has {len(getattr(self, f'{side}_{part}'))} entries, expected {n} as in weights.")

    def __eq__(self, other) -> bool:
        return isinstance(other, MatrixView) and np.array_equal(self.weights, other.weights) and all(
            getattr(self, name) == getattr(other, name) for name in self.__dataclass_fields__ if name != "weights")

    __hash__ = None


@dataclass(frozen=True)
class LinkErrors:
    """Predicted word links held against gold: (source word, target word), both from 0.

    hits: predicted and at least possible;  spurious: predicted, not possible;  missed: sure, not predicted.
    """

    hits: frozenset[tuple[int, int]]
    spurious: frozenset[tuple[int, int]]
    missed: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Sanity:
    """Do the weights keep the rules of attention?

    row_deviation: the largest |Σ row − 1|;  above_diagonal: the mass above the causal diagonal, None where nothing is masked.
    """

    n_rows: int
    row_deviation: float
    above_diagonal: float | None


@dataclass(frozen=True)
class Provenance:
    """Where a picture or a table of numbers comes from; every export carries it."""

    checkpoint: str
    sha256: str
    settings: dict[str, object]
    versions: dict[str, str]
    date: str  # ISO 8601, passed in so that an export can be made again byte for byte


# --------------------------------------------------------------------------------------------------------------------- decoding


@dataclass(frozen=True)
class Hypothesis:
    """A target prefix with the sum of its token log-probabilities (natural log)."""

    token_ids: tuple[int, ...]
    token_log_probs: tuple[float, ...]
    finished: bool = False

    @property
    def log_prob(self) -> float:
        return sum(self.token_log_probs)


@dataclass(frozen=True)
class Candidate:
    """One extension considered at a search step. `parent` indexes the beam of the step before; `score` is log_prob after length penalty."""

    parent: int
    hypothesis: Hypothesis
    score: float
    kept: bool


@dataclass(frozen=True)
class SearchStep:
    """The candidates of one step, best first, and the beam that survives it."""

    step: int
    candidates: tuple[Candidate, ...]
    beam: tuple[Hypothesis, ...]


@dataclass(frozen=True)
class SearchTrace:
    """A whole search; `hypotheses` are the finished ones, best score first. Greedy search is a beam of one."""

    strategy: str
    steps: tuple[SearchStep, ...]
    hypotheses: tuple[Hypothesis, ...]
    scores: tuple[float, ...]

    @property
    def best(self) -> Hypothesis:
        return self.hypotheses[0]


@dataclass(frozen=True)
class Translation:
    """A translation with the search that found it.

    text: detokenised;  tokens: those of the best hypothesis, in step with `trace.best.token_ids` and `.token_log_probs` (``</s>`` included
    where the search reached it);  src_ids: what the model read, ``</s>`` included.
    """

    text: str
    tokens: tuple[str, ...]
    trace: SearchTrace
    src: Encoding
    src_ids: tuple[int, ...]


# ------------------------------------------------------------------------------------------------------------------- evaluation


@dataclass(frozen=True)
class BleuScore:
    """A corpus score of sacreBLEU with what is needed to repeat it.

    score, chrf: 0 … 100;  precisions: of 1- to 4-grams, 0 … 100;  lengths in tokens;
    exact_match: share, 0 … 1, of hypotheses equal to a reference.
    """

    score: float
    precisions: tuple[float, ...]
    brevity_penalty: float
    hypothesis_len: int
    reference_len: int
    n_sentences: int
    signature: str
    chrf: float
    chrf_signature: str
    exact_match: float


@dataclass(frozen=True)
class AlignmentCounts:
    """|A|, |S|, |A∩S|, |A∩P| over any number of sentences; counts add, so the error rate is pooled (Och & Ney 2003)."""

    n_predicted: int = 0
    n_sure: int = 0
    n_predicted_sure: int = 0
    n_predicted_possible: int = 0

    def __add__(self, other: AlignmentCounts) -> AlignmentCounts:
        return AlignmentCounts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def aer(self) -> float:
        """1 − (|A∩S| + |A∩P|) / (|A| + |S|); nan when there are no links at all."""
        total = self.n_predicted + self.n_sure
        return 1 - (self.n_predicted_sure + self.n_predicted_possible) / total if total else float("nan")

    @property
    def precision(self) -> float:
        return self.n_predicted_possible / self.n_predicted if self.n_predicted else float("nan")

    @property
    def recall(self) -> float:
        return self.n_predicted_sure / self.n_sure if self.n_sure else float("nan")


# --------------------------------------------------------------------------------------------------------------------- training


@dataclass(frozen=True)
class HistoryRow:
    """One line of a run's history: training figures at `step`, and validation figures when they were taken there."""

    step: int
    epoch: float
    values: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class AttentionSnapshot:
    """The attention of one fixed sentence pair at one training step."""

    step: int
    record: AttentionRecord
