"""How counts of pairs and of tokens fall from merge to merge: curves for `merge_stepper`."""

from __future__ import annotations

import numpy as np

from explorer.results import MergeHistory

MAX_POINTS = 400  # of a curve: more than it has pixels is not seen


def curves_data(history: MergeHistory) -> list[dict]:
    """The curves over the steps, JSON-ready; none where there are no two steps."""
    return [_counts_curve(history), _tokens_curve(history)] if len(history.counts) > 1 else []


def _counts_curve(history: MergeHistory) -> dict:
    """How often the merged pair stood in the corpus, by merge; logarithmic where the first is fifty times the
    last.
    """
    counts = np.asarray(history.counts, dtype=np.float64)
    low, high = float(counts.min()), float(counts.max())
    logarithmic = low > 0 and high / low >= 50
    heights = np.log(counts / low) / np.log(high / low) if logarithmic else counts / max(high, 1.0)
    return {
        "title": "count of the merged pair" + (", logarithmic" if logarithmic else ""),
        "top": f"{int(high):,}",
        "bottom": f"{int(low):,}" if logarithmic else "0",
        "about": "merge {step}: the pair stood {value} times",
        **_points(range(1, len(counts) + 1), heights, history.counts),
    }


def _tokens_curve(history: MergeHistory) -> dict:
    """How many tokens the corpus has after each merge, from zero."""
    tokens = history.n_tokens
    high = max(1, int(tokens.max()))
    return {
        "title": "tokens in the corpus",
        "top": f"{high:,}",
        "bottom": "0",
        "about": "after merge {step}: {value} tokens",
        **_points(range(len(tokens)), tokens / high, tokens),
    }


def _points(steps: range, heights: np.ndarray, values: np.ndarray) -> dict[str, list]:
    """At most `MAX_POINTS` of a curve, the first and the last among them: the steps, their heights from 0 to
    1, and what they count.
    """
    n = len(steps)
    chosen = (
        range(n)
        if n <= MAX_POINTS
        else sorted({round(k * (n - 1) / (MAX_POINTS - 1)) for k in range(MAX_POINTS)})
    )
    return {
        "steps": [steps[k] for k in chosen],
        "heights": [round(float(heights[k]), 4) for k in chosen],
        "values": [int(values[k]) for k in chosen],
    }
