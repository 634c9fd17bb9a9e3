"""A BLEU score in its pieces, beside other scores, and what must not be called BLEU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.results.ablation import ScoreChange
from explorer.results.evaluation import BleuScore

NgramFate = Literal["matched", "clipped", "missed"]
Smoothing = Literal["exp", "floor", "add-k", "none"]


@dataclass(frozen=True)
class BleuSettings:
    """The choices of sacreBLEU, its defaults first. smooth_value: None for its default (0 for "floor" is 0.1,
    1 for "add-k").

    effective_order: orders of which the hypothesis has no n-gram do not count; sacreBLEU advises it for
    single sentences.
    """

    smoothing: Smoothing = "exp"
    smooth_value: float | None = None
    max_order: int = 4
    effective_order: bool = False
    lowercase: bool = False
    tokenize: str = "13a"


@dataclass(frozen=True)
class NgramMatch:
    """One n-gram of a hypothesis.

    count: its occurrences in the hypothesis;  allowed: the most it has in any one reference;  matched:
    min(count, allowed);
    positions: where each occurrence starts in the tokenised hypothesis;  fates: what each counts as, in step
    with `positions`: the first `matched` are matched, those beyond are clipped, and "missed" is an n-gram
    that no reference has.
    """

    tokens: tuple[str, ...]
    count: int
    allowed: int
    matched: int
    positions: tuple[int, ...]
    fates: tuple[NgramFate, ...]


@dataclass(frozen=True)
class OrderMatches:
    """All n-grams of one order.

    n_matched, n_total: what sacreBLEU counts;  smoothed: the numerator after smoothing (equal to `n_matched`
    where that is left alone) over `smoothed_total` (more than `n_total` for add-k);  precision: 0 to 100,
    after smoothing, as sacreBLEU gives it;
    counted: whether the order is part of the score.
    """

    order: int
    ngrams: tuple[NgramMatch, ...]
    n_matched: int
    n_total: int
    smoothed: float
    smoothed_total: float
    precision: float
    counted: bool


@dataclass(frozen=True)
class BleuParts:
    """A BLEU taken apart: score = 100 · brevity_penalty · (∏ precision / 100)^(1 / counted orders), 0 when a
    counted precision is 0.

    hypothesis_tokens, reference_tokens: as sacreBLEU's tokeniser cuts them;  reference_len: of the reference
    closest in length; closest: the number of that reference.
    """

    hypothesis: str
    references: tuple[str, ...]
    hypothesis_tokens: tuple[str, ...]
    reference_tokens: tuple[tuple[str, ...], ...]
    orders: tuple[OrderMatches, ...]
    hypothesis_len: int
    reference_len: int
    closest: int
    brevity_penalty: float
    score: float
    signature: str

    @property
    def product(self) -> float:
        """The score from its pieces."""
        counted = [order.precision / 100 for order in self.orders if order.counted]
        product = 1.0
        for precision in counted:
            product *= precision
        return 100 * self.brevity_penalty * product ** (1 / len(counted)) if counted else 0.0


@dataclass(frozen=True)
class OtherScore:
    """A score beside BLEU with sacreBLEU's signature. higher_is_better: False for TER."""

    name: str
    score: float
    signature: str
    higher_is_better: bool


@dataclass(frozen=True)
class SmoothingScore:
    """One smoothing method: the corpus score and the mean of the sentence scores, 0 to 100."""

    smoothing: Smoothing
    corpus: float
    mean_of_sentences: float
    signature: str


@dataclass(frozen=True)
class SentenceScore:
    """One sentence of a corpus. number: from 0;  bleu: sacreBLEU's sentence score, effective order on."""

    number: int
    hypothesis: str
    references: tuple[str, ...]
    bleu: float
    chrf: float
    n_reference_words: int


@dataclass(frozen=True)
class LengthScore:
    """Corpus BLEU of the sentences whose first reference has `shortest` to `longest` words (None: any
    number).
    """

    shortest: int
    longest: int | None
    n_sentences: int
    bleu: float


@dataclass(frozen=True)
class CorpusReport:
    """Everything about the translations of one system.

    low, high: 95 % percentile interval of the bootstrap;  n_matched, n_total: pooled over sentences, by
    order;
    sentences: worst BLEU first;  others: chrF, and TER when asked for.
    """

    score: BleuScore
    low: float
    high: float
    n_resamples: int
    n_matched: tuple[int, ...]
    n_total: tuple[int, ...]
    mean_of_sentences: float
    smoothings: tuple[SmoothingScore, ...]
    others: tuple[OtherScore, ...]
    by_length: tuple[LengthScore, ...]
    sentences: tuple[SentenceScore, ...]


@dataclass(frozen=True)
class PairedTest:
    """Two systems on the same sentences: second minus first, by the paired bootstrap (Koehn 2004)."""

    n_sentences: int
    n_resamples: int
    first_bleu: float
    second_bleu: float
    bleu: ScoreChange
    first_chrf: float
    second_chrf: float
    chrf: ScoreChange


@dataclass(frozen=True)
class MetricSwitches:
    """Choices that turn BLEU into another metric; as they stand, sacreBLEU's corpus score without a tokeniser
    of its own.

    drop_empty_orders: an order without a match is left out of the product, but not of the root;
    markers: begin and end markers count as words;
    lowercase, drop_punctuation: done to both sides first;  smoothing: "exp" (sacreBLEU), "none", or
    "epsilon": `epsilon` in place of a precision of 0;  max_order: 1 to 4;  mean_of_sentences: the average of
    sentence scores instead of the corpus score.
    """

    drop_empty_orders: bool = False
    markers: bool = False
    lowercase: bool = False
    drop_punctuation: bool = False
    smoothing: Literal["exp", "none", "epsilon"] = "exp"
    epsilon: float = 0.01
    max_order: int = 4
    mean_of_sentences: bool = False


@dataclass(frozen=True)
class SwitchedScore:
    """A score under `switches`, 0 to 1. orders: (matched, total, precision that counted or None) of the
    pooled n-grams; for a mean of sentences the same of each sentence, in `sentences`."""

    switches: MetricSwitches
    score: float
    brevity_penalty: float
    hypothesis_len: int
    reference_len: int
    orders: tuple[tuple[int, int, float | None], ...]
    sentences: tuple[SwitchedScore, ...] = ()


@dataclass(frozen=True)
class MetricExample:
    """A known case of a metric that is not BLEU: texts, switches and the number that was published for it."""

    name: str
    hypotheses: tuple[str, ...]
    references: tuple[str, ...]
    switches: MetricSwitches
    published: float
    note: str
