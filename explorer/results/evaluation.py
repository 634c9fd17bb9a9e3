"""How good a translation or an alignment is."""

from __future__ import annotations

from dataclasses import dataclass


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
    """|A|, |S|, |A∩S|, |A∩P| over any number of sentences; counts add, so the error rate is pooled (Och & Ney
    2003).
    """

    n_predicted: int = 0
    n_sure: int = 0
    n_predicted_sure: int = 0
    n_predicted_possible: int = 0

    def __add__(self, other: AlignmentCounts) -> AlignmentCounts:
        return AlignmentCounts(
            *(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__)
        )

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


@dataclass(frozen=True)
class HeadLinks:
    """The pooled links of one head against gold."""

    layer: int
    head: int
    counts: AlignmentCounts
