"""What does a survey of a corpus keep? Sums over sentences, so that it does not grow with the corpus."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explorer.results import AttentionKind, HeadCounts


@dataclass
class Survey:
    """Sums over sentences, by kind of attention. counts, rules: by metric, of the heads and of the rules they are held against;
    repeats, repeats_rules: on random tokens that are repeated;  divergences: summed over rows, [heads, heads], and how many rows."""

    n_sentences: int = 0
    n_src_tokens: int = 0
    n_tgt_tokens: int = 0
    counts: dict[AttentionKind, dict[str, HeadCounts]] = field(default_factory=dict)
    rules: dict[AttentionKind, dict[str, HeadCounts]] = field(default_factory=dict)
    repeats: dict[AttentionKind, HeadCounts] = field(default_factory=dict)
    repeats_rules: dict[AttentionKind, HeadCounts] = field(default_factory=dict)
    divergences: dict[AttentionKind, tuple[np.ndarray, int]] = field(default_factory=dict)
