"""BLEU and chrF as sacreBLEU computes them (Post 2018), as one score or taken apart.

Give detokenised, cased text: sacreBLEU does the tokenising, so that scores of different systems can be
compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from explorer.errors import InputError
from explorer.results import (
    BleuParts,
    BleuScore,
    BleuSettings,
    NgramFate,
    NgramMatch,
    OrderMatches,
    OtherScore,
    Smoothing,
)

References = Sequence[str] | Sequence[Sequence[str]]
SMOOTHINGS: dict[Smoothing, str] = {
    "exp": "the k-th order without a match counts as 1 / 2^k matches (NIST; the default of sacreBLEU)",
    "floor": "an order without a match counts as 0.1 matches",
    "add-k": "1 is added to the matches and to the total of every order above the first",
    "none": "one order without a match makes the score 0, as in Papineni et al. 2002",
}
TOKENIZERS = ("13a", "intl", "char", "zh", "none")  # those of sacreBLEU that need no download
MAX_ORDER = 8
DEFAULTS = BleuSettings()
FOR_SENTENCES = BleuSettings(effective_order=True)
MAX_CHARACTERS = 100_000  # of a text that is taken apart


def corpus_bleu(hypotheses: Sequence[str], references: References) -> BleuScore:
    """BLEU (Papineni et al. 2002), chrF (Popović 2015) and exact match over a corpus.

    references: for each hypothesis one text, or several of which the best match counts. Raises InputError
    when there are none, or not as many as hypotheses.
    """
    from sacrebleu.metrics import BLEU, CHRF

    columns = reference_columns(references)
    check_counts(hypotheses, columns[0])
    hypotheses = list(hypotheses)
    bleu, chrf = BLEU(), CHRF()
    score, chrf_score = bleu.corpus_score(hypotheses, columns), chrf.corpus_score(hypotheses, columns)
    return BleuScore(
        score=score.score,
        precisions=tuple(score.precisions),
        brevity_penalty=score.bp,
        hypothesis_len=score.sys_len,
        reference_len=score.ref_len,
        n_sentences=len(hypotheses),
        signature=str(bleu.get_signature()),
        chrf=chrf_score.score,
        chrf_signature=str(chrf.get_signature()),
        exact_match=exact_match(hypotheses, references),
    )


def exact_match(hypotheses: Sequence[str], references: References) -> float:
    """The share of hypotheses that equal one of their references. Raises InputError as `corpus_bleu` does."""
    columns = reference_columns(references)
    check_counts(hypotheses, columns[0])
    return sum(
        hypothesis in several for hypothesis, *several in zip(hypotheses, *columns, strict=True)
    ) / len(hypotheses)


def bleu_steps(
    hypothesis: str, references: Sequence[str], settings: BleuSettings = DEFAULTS
) -> Iterator[OrderMatches]:
    """The n-grams of one hypothesis, order by order, with what sacreBLEU makes of them.

    An n-gram counts at most as often as in the one reference that has it most often (Papineni et al. 2002,
    section 2.1.1).
    Raises InputError when there is no reference, or for a choice that sacreBLEU does not have.
    """
    metric, score = _scored(hypothesis, references, settings)
    tokens, several = _tokens(metric, hypothesis), [_tokens(metric, reference) for reference in references]
    effective = (
        [n for n in range(settings.max_order) if score.totals[n] > 0]
        if settings.effective_order
        else range(settings.max_order)
    )
    for n in range(1, settings.max_order + 1):
        positions: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for start, ngram in enumerate(_ngrams(tokens, n)):
            positions[ngram].append(start)
        allowed: Counter[tuple[str, ...]] = Counter()
        for reference in several:
            allowed |= Counter(_ngrams(reference, n))
        ngrams = tuple(_match(ngram, starts, allowed[ngram]) for ngram, starts in positions.items())
        yield OrderMatches(
            order=n,
            ngrams=ngrams,
            n_matched=sum(ngram.matched for ngram in ngrams),
            n_total=sum(ngram.count for ngram in ngrams),
            smoothed=score.precisions[n - 1] * score.totals[n - 1] / 100,
            smoothed_total=float(score.totals[n - 1]),
            precision=score.precisions[n - 1],
            counted=n - 1 in effective,
        )


def bleu_parts(hypothesis: str, references: Sequence[str], settings: BleuSettings = DEFAULTS) -> BleuParts:
    """The BLEU of one hypothesis against one or more references, taken apart. Raises InputError as
    `bleu_steps` does.
    """
    metric, score = _scored(hypothesis, references, settings)
    reference_tokens = tuple(_tokens(metric, reference) for reference in references)
    return BleuParts(
        hypothesis=hypothesis,
        references=tuple(references),
        hypothesis_tokens=_tokens(metric, hypothesis),
        reference_tokens=reference_tokens,
        orders=tuple(bleu_steps(hypothesis, references, settings)),
        hypothesis_len=score.sys_len,
        reference_len=score.ref_len,
        closest=[len(tokens) for tokens in reference_tokens].index(score.ref_len),
        brevity_penalty=score.bp,
        score=score.score,
        signature=str(metric.get_signature()),
    )


def other_scores(
    hypotheses: Sequence[str], references: References, *, with_ter: bool = True
) -> tuple[OtherScore, ...]:
    """chrF (Popović 2015), and TER (Snover et al. 2006), which takes twenty times as long. Raises InputError
    as `corpus_bleu` does.
    """
    from sacrebleu.metrics import CHRF, TER

    columns = reference_columns(references)
    check_counts(hypotheses, columns[0])
    metrics = [("chrF", CHRF(), True), *([("TER", TER(), False)] if with_ter else [])]
    return tuple(
        OtherScore(
            name, metric.corpus_score(list(hypotheses), columns).score, str(metric.get_signature()), higher
        )
        for name, metric, higher in metrics
    )


def _scored(hypothesis: str, references: Sequence[str], settings: BleuSettings):
    """(the metric of sacreBLEU with these settings, its score)."""
    from sacrebleu.metrics import BLEU

    if isinstance(references, str) or not references:
        raise InputError("There is no reference to compare with: give at least one.")
    if max(map(len, (hypothesis, *references))) > MAX_CHARACTERS:
        raise InputError(
            f"A text of more than {MAX_CHARACTERS:,} characters is too long to take apart: give one sentence."
        )
    for what, value, known in (
        ("smoothing", settings.smoothing, SMOOTHINGS),
        ("tokeniser", settings.tokenize, TOKENIZERS),
    ):
        if value not in known:
            raise InputError(f"There is no {what} {value!r}: choose one of {', '.join(known)}.")
    if not 1 <= settings.max_order <= MAX_ORDER:
        raise InputError(
            f"BLEU cannot use n-grams of up to {settings.max_order} tokens: choose 1 to {MAX_ORDER}."
        )
    metric = BLEU(
        lowercase=settings.lowercase,
        tokenize=settings.tokenize,
        smooth_method=settings.smoothing,
        smooth_value=settings.smooth_value,
        max_ngram_order=settings.max_order,
        effective_order=settings.effective_order,
    )
    # a corpus of one sentence has the score of the sentence, without the warning
    return metric, metric.corpus_score([hypothesis], [[reference] for reference in references])


def _tokens(metric, text: str) -> tuple[str, ...]:
    """The tokens as sacreBLEU cuts them, which it exposes only under a private name."""
    return tuple(metric._preprocess_segment(text).split())


def _ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(tokens[start : start + n]) for start in range(len(tokens) - n + 1)]


def _match(ngram: tuple[str, ...], starts: list[int], allowed: int) -> NgramMatch:
    matched = min(len(starts), allowed)
    hit: NgramFate = "matched"
    beyond: NgramFate = "clipped" if allowed else "missed"
    fates = (hit,) * matched + (beyond,) * (len(starts) - matched)
    return NgramMatch(ngram, len(starts), allowed, matched, tuple(starts), fates)


def reference_columns(references: References) -> list[list]:
    """sacreBLEU's order: the first reference of every sentence, the second of every sentence …; None where a
    sentence has no more.
    """
    rows = [(row,) if isinstance(row, str) else tuple(row) for row in references]
    for number, row in enumerate(rows, 1):
        if not row:
            raise InputError(f"Sentence {number} has no reference: give at least one.")
    return [[row[n] if n < len(row) else None for row in rows] for n in range(max(map(len, rows), default=1))]


def check_counts(hypotheses: Sequence[str], references: Sequence) -> None:
    if not len(hypotheses):
        raise InputError("There is no translation to score: give at least one.")
    if len(hypotheses) != len(references):
        raise InputError(
            f"{len(hypotheses)} translations and {len(references)} references were given: each translation "
            "needs its own."
        )
