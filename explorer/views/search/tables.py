"""Hypotheses, strategies and continuations of searches as tables, and who wins at which length penalty."""

from __future__ import annotations

import math
from collections.abc import Sequence

from explorer.results import Continuation, Reranking, SearchTrace, StrategyComparison
from explorer.views.numbers import exact, short
from explorer.views.plain_table import Cell, Column, plain_table
from explorer.views.text import visible_line, visible_text
from explorer.views.theme import Theme

SCORE_HELP = "log p / ((5 + length) / 6)^α (Wu et al. 2016, eq. 14)"


def hypotheses_table(trace: SearchTrace, ranked: Reranking, texts: Sequence[str], theme: Theme) -> str:
    """The finished hypotheses, best score first. texts: of `trace.hypotheses`, in that order."""
    columns = (
        Column("Hypothesis"),
        Column("log p", "Sum of the log-probabilities of its tokens, natural logarithms", True),
        Column("tokens", "</s> counted", True),
        Column(f"score, α = {_signed(ranked.length_penalty)}", SCORE_HELP, True),
    )
    rows = []
    for number, score in zip(ranked.order, ranked.scores, strict=True):
        hypothesis = trace.hypotheses[number]
        unfinished = "" if hypothesis.finished else " … (not finished)"
        rows.append(
            (
                Cell(texts[number] + unfinished),
                Cell(short(hypothesis.log_prob), exact(hypothesis.log_prob)),
                Cell(str(hypothesis.length)),
                Cell(short(score), exact(score)),
            )
        )
    return plain_table(columns, rows, theme, 0, "Finished hypotheses")


def winner_lines(ranked: Reranking, texts: Sequence[str]) -> list[str]:
    """Who wins, and at which exact α another one begins to."""
    lines = [
        f"With α = {_signed(ranked.length_penalty)} the winner is “{visible_line(texts[ranked.winner])}”."
    ]
    for change in ranked.crossovers:
        lines.append(
            f"The winner changes at α = {_signed(change.length_penalty, '.6g')}: "
            f"“{visible_line(texts[change.before])}” below, “{visible_line(texts[change.after])}” above."
        )
    if len(ranked.order) == 1:
        lines.append("Only one hypothesis has finished, so it wins under every length penalty.")
    elif not ranked.crossovers:
        lines.append("It wins under every α from −10 to 10.")
    return lines


def strategies_table(comparison: StrategyComparison, theme: Theme) -> str:
    """Every strategy on the same source; the likeliest is marked."""
    with_bleu = comparison.reference is not None
    columns = (
        Column("Strategy"),
        Column("Text"),
        Column("log p", "Sum of the log-probabilities of its tokens, natural logarithms", True),
        Column("tokens", "</s> counted", True),
        *([Column("BLEU", "sacreBLEU's sentence score, 0 to 100", True)] if with_bleu else []),
        Column("asked", "How many next-token distributions it asked the model for", True),
    )
    rows = [
        (
            Cell(run.strategy),
            Cell(run.text + ("" if run.finished else " … (not finished)")),
            Cell(short(run.log_prob), exact(run.log_prob)),
            Cell(str(run.n_tokens)),
            *([Cell(f"{run.bleu:.1f}", exact(run.bleu))] if with_bleu else []),
            Cell(f"{run.n_scored:,}"),
        )
        for run in comparison.runs
    ]
    return plain_table(columns, rows, theme, comparison.best, "Strategies side by side")


def continuations_table(found: Sequence[Continuation], theme: Theme) -> str:
    """The likeliest next tokens."""
    columns = (
        Column("Next token"),
        Column("probability", "", True),
        Column("log-probability", "natural logarithm", True),
    )
    rows = [
        (
            Cell(visible_text(one.token)),
            Cell(short(math.exp(one.log_prob)), exact(math.exp(one.log_prob))),
            Cell(short(one.log_prob), exact(one.log_prob)),
        )
        for one in found
    ]
    return plain_table(columns, rows, theme, None, "Likeliest next tokens")


def _signed(value: float, digits: str = "g") -> str:
    """A number with a true minus sign."""
    return format(value, digits).replace("-", "−")
