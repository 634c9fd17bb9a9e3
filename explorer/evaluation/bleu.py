"""How close are translations to their references? BLEU and chrF as sacreBLEU computes them (Post 2018), and exact match.

Give detokenised, cased text: sacreBLEU does the tokenising, so that scores of different systems can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from explorer.errors import InputError
from explorer.results import BleuScore

References = Sequence[str] | Sequence[Sequence[str]]


def corpus_bleu(hypotheses: Sequence[str], references: References) -> BleuScore:
    """BLEU (Papineni et al. 2002), chrF (Popović 2015) and exact match over a corpus.

    references: for each hypothesis one text, or several of which the best match counts. Raises InputError when there are none, or not as
    many as hypotheses.
    """
    from sacrebleu.metrics import BLEU, CHRF

    columns = _columns(references)
    _check_counts(hypotheses, columns[0])
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
    """The share of hypotheses that are equal to a reference of theirs. Raises InputError as `corpus_bleu` does."""
    columns = _columns(references)
    _check_counts(hypotheses, columns[0])
    return sum(hypothesis in several for hypothesis, *several in zip(hypotheses, *columns, strict=True)) / len(hypotheses)


def _columns(references: References) -> list[list[str | None]]:
    """sacreBLEU's order: the first reference of every sentence, the second of every sentence …; None where a sentence has no more."""
    rows = [(row,) if isinstance(row, str) else tuple(row) for row in references]
    for number, row in enumerate(rows, 1):
        if not row:
            raise InputError(f"Sentence {number} has no reference: give at least one.")
    return [[row[n] if n < len(row) else None for row in rows] for n in range(max(map(len, rows), default=1))]


def _check_counts(hypotheses: Sequence[str], references: Sequence) -> None:
    if not len(hypotheses):
        raise InputError("There is no translation to score: give at least one.")
    if len(hypotheses) != len(references):
        raise InputError(f"{len(hypotheses)} translations and {len(references)} references were given: each translation needs its own.")
