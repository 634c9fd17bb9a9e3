"""What a search found, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from explorer.results.text import Encoding

StopRule = Literal["enough", "first", "best", "length"]
STOP_RULES: dict[StopRule, str] = {
    "enough": "as many hypotheses have finished as the beam has places",
    "first": "one hypothesis has finished",
    "best": "no hypothesis that goes on can still beat the best finished one",
    "length": "the maximum length is reached, or nothing can go on",
}
Fate = Literal["kept", "finished", "pruned"]


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A target prefix with the sum of its token log-probabilities (natural log): the prefix `before` it and
    one more token.

    Prefixes are shared, so a search costs as much memory as it has candidates, however long they are. The
    empty prefix is `START`.
    """

    before: Hypothesis | None = field(repr=False)
    token_id: int
    token_log_prob: float
    log_prob: float
    length: int  # tokens, ``</s>`` counted
    finished: bool = False

    def extended(self, token_id: int, token_log_prob: float, finished: bool = False) -> Hypothesis:
        """This prefix and one more token."""
        return Hypothesis(
            self, token_id, token_log_prob, self.log_prob + token_log_prob, self.length + 1, finished
        )

    def path(self) -> tuple[Hypothesis, ...]:
        """Every prefix on the way here, the one of a single token first and this one last."""
        nodes, node = [], self
        while node.before is not None:
            nodes.append(node)
            node = node.before
        return tuple(reversed(nodes))

    @property
    def token_ids(self) -> tuple[int, ...]:
        return tuple(node.token_id for node in self.path())

    @property
    def token_log_probs(self) -> tuple[float, ...]:
        return tuple(node.token_log_prob for node in self.path())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Hypothesis):
            return NotImplemented
        return self is other or self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self.token_ids)

    def _facts(self) -> tuple:
        return self.finished, self.token_ids, self.token_log_probs


START = Hypothesis(None, -1, 0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One extension considered at a search step. `parent` indexes the beam of the step before; `score` is
    log_prob after length penalty.
    """

    parent: int
    hypothesis: Hypothesis
    score: float
    kept: bool

    @property
    def fate(self) -> Fate:
        """What became of it: kept in the beam, kept as a finished hypothesis, or pruned."""
        return "pruned" if not self.kept else "finished" if self.hypothesis.finished else "kept"


@dataclass(frozen=True, slots=True)
class SearchStep:
    """The candidates of one step, best first, and the beam that survives it."""

    step: int
    candidates: tuple[Candidate, ...]
    beam: tuple[Hypothesis, ...]


@dataclass(frozen=True)
class SearchTrace:
    """A whole search; `hypotheses` are the finished ones, best score first. Greedy search and sampling are a
    beam of one.

    length_penalty: the α that `scores` were divided by.
    """

    strategy: str
    steps: tuple[SearchStep, ...]
    hypotheses: tuple[Hypothesis, ...]
    scores: tuple[float, ...]
    length_penalty: float = 0.0

    @property
    def best(self) -> Hypothesis:
        return self.hypotheses[0]


@dataclass(frozen=True)
class Translation:
    """A translation with the search that found it.

    text: detokenised;  tokens: those of the best hypothesis, in step with `trace.best.token_ids` and
    `.token_log_probs` (``</s>`` included where the search reached it);  src_ids: what the model read,
    ``</s>`` included.
    """

    text: str
    tokens: tuple[str, ...]
    trace: SearchTrace
    src: Encoding
    src_ids: tuple[int, ...]


@dataclass(frozen=True)
class SearchNode:
    """One node of the tree of a search, as it is drawn.

    number: its place in `SearchTree.nodes`;  parent: the number of the node it extends, -1 for the root;
    rank: its place among the candidates of its step, from 0;  token_ids: the whole prefix, to force it or to
    replay it;  log_prob: the running sum;
    score: log_prob after length penalty;  forced: part of the prefix that the user gave;  best: on the path
    to the best hypothesis.
    """

    number: int
    parent: int
    step: int
    rank: int
    token: str
    token_ids: tuple[int, ...]
    token_log_prob: float
    log_prob: float
    score: float
    fate: Fate
    forced: bool
    best: bool


@dataclass(frozen=True)
class SearchTree:
    """The nodes of a search in the order in which they grew; those of one step follow each other.

    hypotheses: the numbers of the nodes of `SearchTrace.hypotheses`, best first;  n_hidden: pruned candidates
    that were left out.
    """

    strategy: str
    nodes: tuple[SearchNode, ...]
    hypotheses: tuple[int, ...]
    n_steps: int
    n_hidden: int


@dataclass(frozen=True)
class Continuation:
    """A token that may follow a prefix. rank: from 1."""

    rank: int
    token: str
    token_id: int
    log_prob: float


@dataclass(frozen=True)
class Crossover:
    """A length penalty at which the winner changes: `before` wins just below, `after` just above; both number
    hypotheses of the trace.
    """

    length_penalty: float
    before: int
    after: int


@dataclass(frozen=True)
class Reranking:
    """The hypotheses of a trace under another length penalty.

    order: numbers of the hypotheses of the trace, best first;  scores: in that order;
    crossovers: every α of the range at which the winner changes, rising.
    """

    length_penalty: float
    order: tuple[int, ...]
    scores: tuple[float, ...]
    crossovers: tuple[Crossover, ...]

    @property
    def winner(self) -> int:
        return self.order[0]


@dataclass(frozen=True)
class SearchSettings:
    """How a target is searched for; unless told otherwise by greedy search.

    max_len: the most tokens of a target, ``</s>`` counted, None for what suits the source;
    length_penalty: α of Wu et al. 2016, by which a score favours longer targets;  stop: see `STOP_RULES`;
    n_pruned: how many pruned extensions a step records, None for those that were looked at anyway;
    prefix: token ids that every target starts with.
    """

    beam_size: int = 1
    max_len: int | None = None
    length_penalty: float = 0.0
    stop: StopRule = "enough"
    n_pruned: int | None = None
    prefix: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn: see `explorer.decoding.sampling.sampling_steps`."""

    seed: int = 1
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None


@dataclass(frozen=True)
class StrategyRun:
    """What one strategy made of a source.

    strategy: "greedy", "beam 4", "sampling, top 10, seed 3", "exhaustive";  n_tokens: ``</s>`` counted;
    bleu: sacreBLEU's sentence score, 0 to 100, None without a reference;  n_scored: next-token distributions
    that it asked the model for.
    """

    strategy: str
    text: str
    tokens: tuple[str, ...]
    token_ids: tuple[int, ...]
    log_prob: float
    score: float
    n_tokens: int
    finished: bool
    bleu: float | None
    n_scored: int


@dataclass(frozen=True)
class StrategyComparison:
    """The same source through several strategies. best: the number of the run with the highest
    log-probability.
    """

    src: str
    reference: str | None
    length_penalty: float
    runs: tuple[StrategyRun, ...]
    best: int


@dataclass(frozen=True)
class SearchCase:
    """A sentence on which two beams differ in a telling way. gain: by how much (nats of log-probability, or
    points of BLEU).
    """

    src: str
    reference: str | None
    narrow: StrategyRun
    wide: StrategyRun
    gain: float


@dataclass(frozen=True)
class SearchCases:
    """What was found among `n_sources` sentences: the case with the largest gain of each kind, None where
    there is none.

    greedy_loses: a beam finds a likelier translation than greedy search;  wider_is_worse: a wider beam finds
    a translation with a
    lower BLEU although it is likelier;  n_greedy_loses, n_wider_is_worse: how many sentences are such a case.
    """

    n_sources: int
    greedy_loses: SearchCase | None
    n_greedy_loses: int
    wider_is_worse: SearchCase | None
    n_wider_is_worse: int
