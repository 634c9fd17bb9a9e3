"""What the heads of a model do over a corpus: counts that add, scores, and the evidence for each role.

Words used throughout:

- A *question* is what a head is asked, a plain key: ``offset:-1`` · ``nsubj:to_head`` (does the dependent
  look at its head?) · ``nsubj:to_dependent`` (does the head look at its dependent?) · ``rarest:1``,
  ``rarest:2`` (at the least frequent token; at one of the two least frequent; with ``:beyond_500`` in
  sentences whose least frequent token is not among the 500 most frequent) · ``aligned:output``,
  ``aligned:input`` (at the linked word; the row of the step that puts the word out, or takes it in).
- Heads are listed layer by layer: head h of layer l has the number l · n_heads + h.
- Shares are 0 to 1. An alignment is scored by 1 − AER, so that more is better for every question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from explorer.results.attention import AttentionKind, Reading
from explorer.results.head_roles import ALIGNMENT, HEAD_ROLES, SYNTACTIC, Direction, RoleKey, offset_of
from explorer.results.kinds import HeadId
from explorer.results.provenance import Provenance

FIGURES: dict[str, str] = {
    "confidence": "mean greatest weight of a token, </s> and <s> left out (Voita et al. 2019)",
    "entropy": "mean entropy of a row, in nats",
    "self": "weight on the token's own position",
    "previous": "weight on the position before",
    "next": "weight on the position after",
    "first": "weight on the first position",
    "last": "weight on the last word of the sentence",
    "separator": "weight on <s> and </s>",
    "punctuation": "weight on punctuation marks",
    "duplicate": "weight on other places with the same token, where there are any",
    "induction": "weight on what followed the same token before, where it occurred before, in this corpus",
    "prefix_matching": "the same on random tokens that are repeated (Olsson et al. 2022)",
    "duplicate_random": "weight on the earlier occurrences, on random tokens that are repeated",
}


@dataclass(frozen=True, eq=False)
class HeadCounts:
    """What one metric counted over any number of sentences; `+` joins two parts of a corpus.

    questions: Q keys;  hits, n: [Q, layers, heads] float64, a score is hits / n.
    hits_squared, hits_times_n, n_squared: sums over *sentences* of h², h·n and n², for an interval over
    sentences.
    """

    kind: AttentionKind
    metric: str
    questions: tuple[str, ...]
    hits: np.ndarray
    n: np.ndarray
    hits_squared: np.ndarray
    hits_times_n: np.ndarray
    n_squared: np.ndarray
    n_sentences: int

    def __add__(self, other: HeadCounts) -> HeadCounts:
        """Raises ValueError for counts of another metric, other questions or other heads."""
        mine, its = ((c.kind, c.metric, c.questions, c.hits.shape) for c in (self, other))
        if mine != its:
            raise ValueError(f"Counts of {mine} and of {its} cannot be added: they answer other questions.")
        sums = {name: getattr(self, name) + getattr(other, name) for name in SUMS}
        return HeadCounts(
            self.kind, self.metric, self.questions, **sums, n_sentences=self.n_sentences + other.n_sentences
        )

    def __eq__(self, other) -> bool:
        return (
            isinstance(other, HeadCounts)
            and (self.kind, self.metric, self.questions, self.n_sentences)
            == (other.kind, other.metric, other.questions, other.n_sentences)
            and all(np.array_equal(getattr(self, name), getattr(other, name)) for name in SUMS)
        )


SUMS = ("hits", "n", "hits_squared", "hits_times_n", "n_squared")


@dataclass(frozen=True)
class HeadScores:
    """One question put to every head. value, low, high (95 % interval), n, baseline: [layers, heads] float64;
    nan where n is 0.

    baseline: what attention that looks at every key alike gets.
    """

    kind: AttentionKind
    question: str
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n: np.ndarray
    baseline: np.ndarray


@dataclass(frozen=True)
class Measure:
    """A mean with its 95 % interval over n rows; baseline: of attention that looks at every key alike. nan
    where n is 0.
    """

    value: float
    low: float
    high: float
    n: int
    baseline: float


@dataclass(frozen=True)
class Criterion:
    """One reading of what makes a role, in words, and whether it holds."""

    text: str
    holds: bool


@dataclass(frozen=True)
class Evidence:
    """One question put to one head: chosen on one split, answered on another.

    chosen: the score on the split on which this question was chosen for the head;  value, low, high, n: on
    the other split.
    baseline: what a rule that looks at no weights gets there, `baseline_rule` says which;  chance: what equal
    weights get.
    control: the same question to the same head of the same model with random weights;  control_best: to the
    best head of all models with random weights that were asked.
    criteria: every reading of what makes the role; the first decides, and the others say whether one could
    see it otherwise.
    """

    role: RoleKey
    question: str
    label: str
    chosen: float
    value: float
    low: float
    high: float
    n: int
    baseline: float
    baseline_rule: str
    chance: float
    control: float
    control_best: float
    criteria: tuple[Criterion, ...]

    @property
    def holds(self) -> bool:
        """Whether the first criterion is met, which is what gives a head its role."""
        return self.criteria[0].holds

    @property
    def disputed(self) -> bool:
        """Whether another reading of the criterion says otherwise."""
        return len({criterion.holds for criterion in self.criteria}) > 1

    @property
    def gain(self) -> float:
        """value − baseline, in shares: 0.1 is ten points."""
        return self.value - self.baseline

    @property
    def offset(self) -> int | None:
        """The relative position that is asked about, None for another kind of question."""
        return offset_of(self.question)

    @property
    def relation(self) -> str | None:
        """The dependency relation that is asked about, None for another kind of question."""
        return self.question.rpartition(":")[0] if SYNTACTIC.asks(self.question) else None

    @property
    def direction(self) -> Direction | None:
        """to_head or to_dependent, None for another kind of question."""
        if not SYNTACTIC.asks(self.question):
            return None
        return "to_head" if self.question.endswith(":to_head") else "to_dependent"

    @property
    def reading(self) -> Reading | None:
        """How a row was read, None for a question that is not about alignment."""
        if not ALIGNMENT.asks(self.question):
            return None
        return "output" if self.question == "aligned:output" else "input"


@dataclass(frozen=True)
class HeadRow:
    """One head: the evidence for each role that can be asked of it, strongest first within a role, and its
    figures.

    figures: by the keys of FIGURES, those that make sense for this kind of attention;
    offsets: share of the rows whose maximum lies at each of the report's `offsets`; the rest lies further
    away.
    """

    kind: AttentionKind
    layer: int
    head: int
    evidence: tuple[Evidence, ...]
    figures: dict[str, Measure]
    offsets: tuple[float, ...]

    @property
    def roles(self) -> tuple[RoleKey, ...]:
        """The roles that some evidence speaks for."""
        return tuple(role for role in HEAD_ROLES if any(e.role == role and e.holds for e in self.evidence))

    @property
    def disputed(self) -> tuple[RoleKey, ...]:
        """The roles that the head has by one reading of the criterion and not by another, on the very same
        evidence.
        """
        return tuple(role for role in HEAD_ROLES if any(e.role == role and e.disputed for e in self.evidence))

    def best(self, role: RoleKey) -> Evidence | None:
        """The strongest evidence for a role, None when that role was not asked about."""
        return next((e for e in self.evidence if e.role == role), None)

    @property
    def id(self) -> HeadId:
        return self.kind, self.layer, self.head

    @property
    def position(self) -> Evidence | None:
        """The strongest evidence about one relative position, None when no position was asked about."""
        return next((e for e in self.evidence if e.offset is not None), None)

    @property
    def name(self) -> str:
        return f"L{self.layer} H{self.head}"


@dataclass(frozen=True)
class BestHead:
    """The head that answers one question best, chosen on one split, with what it does on the other."""

    kind: AttentionKind
    layer: int
    head: int
    evidence: Evidence


@dataclass(frozen=True, eq=False)
class HeadMap:
    """How far the heads of one kind are from each other.

    distances: [n, n] float, n = layers · heads: Jensen-Shannon divergence of two heads' rows in nats, 0 to ln
    2, mean over `n_rows` rows (Clark et al. 2019 give the sum);  layout: [n, 2] classical scaling of it;
    explained: share, 0 to 1, of the squared distances that two dimensions hold.
    """

    kind: AttentionKind
    n_layers: int
    n_heads: int
    n_rows: int
    distances: np.ndarray
    layout: np.ndarray
    explained: float

    def __eq__(self, other) -> bool:
        return (
            isinstance(other, HeadMap)
            and (self.kind, self.n_layers, self.n_heads, self.n_rows)
            == (other.kind, other.n_layers, other.n_heads, other.n_rows)
            and np.array_equal(self.distances, other.distances)
            and np.array_equal(self.layout, other.layout)
        )


@dataclass(frozen=True)
class CorpusPart:
    """One split that heads were asked about: what it is called and how much of it was read."""

    name: str
    n_sentences: int
    n_src_tokens: int
    n_tgt_tokens: int


@dataclass(frozen=True)
class LeftOut:
    """Something that was not counted: `count` of `total` things, and why, in one sentence without a full
    stop.
    """

    what: str
    reason: str
    count: int
    total: int


@dataclass(frozen=True)
class HeadReport:
    """Which role has each head of a checkpoint?

    chosen_on, reported_on: the two splits;  target: whose translation the decoder was given ("reference" or
    "own translation").
    rows: one per head;  control: the same for the same model with random weights drawn with `control_seed`,
    without figures. n_controls: how many models with random weights there are to be better than, each with
    the next seed.
    best: for every question the head that answers it best;  offsets: the relative positions of
    `HeadRow.offsets`.
    frequencies: which counts decide what a rare token is;  maps: how far the heads of each kind are from each
    other, and control_maps the same of the control on the same sentences, empty in a report that was written
    before there were any.
    """

    checkpoint: str
    sha256: str
    corpus: str
    chosen_on: CorpusPart
    reported_on: CorpusPart
    target: str
    frequencies: str
    control_seed: int
    offsets: tuple[int, ...]
    rows: tuple[HeadRow, ...]
    control: tuple[HeadRow, ...]
    best: tuple[BestHead, ...]
    maps: tuple[HeadMap, ...]
    left_out: tuple[LeftOut, ...]
    provenance: Provenance
    n_controls: int = 1
    control_maps: tuple[HeadMap, ...] = ()

    def row(self, kind: AttentionKind, layer: int, head: int) -> HeadRow:
        """Raises KeyError with a sentence when there is no such head."""
        for row in self.rows:
            if row.id == (kind, layer, head):
                return row
        raise KeyError(f"The report on {self.checkpoint} has no head {kind} L{layer} H{head}.")

    @property
    def kinds(self) -> tuple[AttentionKind, ...]:
        return tuple(dict.fromkeys(row.kind for row in self.rows))
