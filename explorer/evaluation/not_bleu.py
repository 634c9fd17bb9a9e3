"""When is a BLEU not a BLEU? A metric whose choices can be switched, until a wrong translation scores 0.76.

With every switch as it stands it is the corpus score of Papineni et al. 2002 with exponential smoothing, as
sacreBLEU has it for text that is tokenised already. Scores are 0 to 1 here, as those that were published.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence

from explorer.errors import InputError
from explorer.evaluation.bleu import check_counts
from explorer.results import MetricExample, MetricSwitches, SwitchedScore

MARKERS = ("⟨START⟩", "⟨END⟩")
MAX_ORDER = 4
AS_BLEU = MetricSwitches()


def switched_score(
    hypotheses: Sequence[str], references: Sequence[str], switches: MetricSwitches = AS_BLEU
) -> SwitchedScore:
    """The score of `hypotheses` against one reference each, under these choices.

    Raises InputError when there are none, not as many as references, or a choice is out of range.
    """
    check_counts(hypotheses, references)
    if not 1 <= switches.max_order <= MAX_ORDER:
        raise InputError(f"The longest n-gram is {switches.max_order}: choose 1 to {MAX_ORDER}.")
    if switches.smoothing not in ("exp", "none", "epsilon") or not 0 <= switches.epsilon <= 1:
        raise InputError(
            f"Smoothing {switches.smoothing!r} with {switches.epsilon:g}: choose exp, none or epsilon, and "
            "0 to 1."
        )
    pairs = [
        (_words(one, switches), _words(other, switches))
        for one, other in zip(hypotheses, references, strict=True)
    ]
    pooled = _score(pairs, switches)
    if not switches.mean_of_sentences:
        return pooled
    sentences = tuple(_score([pair], switches) for pair in pairs)
    mean = math.fsum(sentence.score for sentence in sentences) / len(sentences)
    return SwitchedScore(
        switches,
        mean,
        pooled.brevity_penalty,
        pooled.hypothesis_len,
        pooled.reference_len,
        pooled.orders,
        sentences,
    )


def _words(text: str, switches: MetricSwitches) -> list[str]:
    if switches.lowercase:
        text = text.lower()
    if switches.drop_punctuation:
        text = "".join(char for char in text if not unicodedata.category(char).startswith("P"))
    words = text.split()
    return [MARKERS[0], *words, MARKERS[1]] if switches.markers else words


def _score(pairs: Sequence[tuple[list[str], list[str]]], switches: MetricSwitches) -> SwitchedScore:
    hypothesis_len, reference_len = (sum(len(pair[side]) for pair in pairs) for side in (0, 1))
    counts = [_counted(pairs, n) for n in range(1, switches.max_order + 1)]
    orders, n_empty = [], 0
    for matched, total in counts:
        if matched:
            precision = matched / total
        elif switches.drop_empty_orders:
            precision = None
        elif switches.smoothing == "epsilon":
            precision = switches.epsilon
        elif switches.smoothing == "exp" and total and any(m for m, _ in counts):
            n_empty += 1
            precision = 1 / (2**n_empty * total)
        else:
            precision = 0.0
        orders.append((matched, total, precision))
    brevity_penalty = (math.exp(min(0.0, 1 - reference_len / hypothesis_len))) if hypothesis_len else 0.0
    left = [precision for _, _, precision in orders if precision is not None]
    # an order that is dropped leaves the product and keeps its share of the root, as if its precision were 1
    mean = math.prod(left) ** (1 / len(orders)) if left else 0.0
    return SwitchedScore(
        switches, brevity_penalty * mean, brevity_penalty, hypothesis_len, reference_len, tuple(orders)
    )


def _counted(pairs: Sequence[tuple[list[str], list[str]]], n: int) -> tuple[int, int]:
    """(matched, total) n-grams of all sentences."""
    matched = total = 0
    for sides in pairs:
        own, other = (Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1)) for words in sides)
        matched += (own & other).total()
        total += own.total()
    return matched, total


_STUDENT = MetricSwitches(True, True, True, True, "none", mean_of_sentences=True)
_CAT = (("Le chat sur tapis",), ("Le chat est sur le tapis",))
EXAMPLES: tuple[MetricExample, ...] = (
    MetricExample(
        "No word right", ("x y z w",), ("a b c d",), _STUDENT, 0.7598,
        "Only the two markers match, 2 of 6; the orders without a match are dropped, so the score is "
        "(2/6)^(1/4).",
    ),
    MetricExample(
        "One word of four right", ("a x y z",), ("a b c d",),
        MetricSwitches(drop_empty_orders=True, smoothing="none"), 0.7071,
        "1 of 4 words; the orders without a match are dropped, so the score is (1/4)^(1/4).",
    ),
    MetricExample(
        "Le chat sur tapis, as sacreBLEU scores it", *_CAT, MetricSwitches(), 0.2304,
        "4/4 · 1/3 · 1/(2·2) · 1/(4·1), the fourth root of it, times e^(1−6/4).",
    ),
    MetricExample(
        "Le chat sur tapis, not smoothed", *_CAT, MetricSwitches(smoothing="none"), 0.0,
        "No three words in a row match, so the score is 0."
    ),
    MetricExample(
        "Le chat sur tapis, worked out by hand", *_CAT,
        MetricSwitches(smoothing="epsilon", epsilon=0.01, max_order=3), 0.0906,
        "The cube root of 1 · 1/3 · 0.01 is 0.149, times e^(1−6/4) = 0.6065.",
    ),
)  # fmt: skip
