"""The registry of head metrics: each counts on an `AttentionBatch`, and its counts add over sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from explorer.heads.roles.batch import AttentionBatch
from explorer.heads.roles.metrics import alignment, figures, positional, rare_tokens, repeats, syntactic
from explorer.results import HeadCounts


@dataclass(frozen=True)
class HeadMetric:
    """count: of one batch;  of: the attention that it makes sense for, "self" where a side looks at itself;
    shares: whether every row is a hit or not (else it has a value from 0 on), which decides the interval;
    needs: the truth that a batch must have.
    """

    count: Callable[[AttentionBatch], HeadCounts]
    of: Literal["any", "self", "between"] = "any"
    shares: bool = True
    needs: str | None = None

    def fits(self, batch: AttentionBatch) -> bool:
        return self.of == "any" or (self.of == "self") == batch.is_self


HEAD_METRICS: dict[str, HeadMetric] = {  # the metric of a role has the key of the role
    "positional": HeadMetric(positional.count),
    "syntactic": HeadMetric(syntactic.count, of="self", needs="arcs"),
    "rare_token": HeadMetric(rare_tokens.count),
    "alignment": HeadMetric(alignment.count, of="between", shares=False, needs="links"),
    "figures": HeadMetric(figures.count, shares=False),
    "repeats": HeadMetric(repeats.count, of="self", shares=False),
}


def count_all(batch: AttentionBatch, metrics: Iterable[str] = HEAD_METRICS) -> dict[str, HeadCounts]:
    """The counts of each of `metrics` that this batch can answer."""
    asked = ((name, HEAD_METRICS[name]) for name in metrics)
    return {
        name: metric.count(batch)
        for name, metric in asked
        if metric.fits(batch) and (metric.needs is None or getattr(batch, metric.needs) is not None)
    }
