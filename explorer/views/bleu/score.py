"""How does a BLEU score come about? Its formulas with the numbers put in, and its tables."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.results import BleuParts, CorpusReport, MetricSwitches, OtherScore, PairedTest, SwitchedScore
from explorer.views.numbers import exact, short
from explorer.views.plain_table import Cell, Column, plain_table
from explorer.views.theme import Theme


def number(value: float) -> str:
    """A number in a formula: three significant digits, zeros kept off."""
    return short(value).replace("−", "-").replace("<", r"{<}\,")


def formulas(parts: BleuParts) -> list[str]:
    """LaTeX: a precision for each order, the brevity penalty, the score. Numbers alone, nothing that somebody
    typed.
    """
    lines = []
    for order in parts.orders:
        raw = rf"\frac{{{order.n_matched}}}{{{order.n_total}}}"
        value = number(order.precision / 100)
        left = rf"p_{{{order.order}}} &= "
        smoothed = order.n_total and (
            abs(order.smoothed - order.n_matched) > 1e-9 or order.smoothed_total != order.n_total
        )
        if not order.counted:
            lines.append(left + r"\text{does not count: the translation has no such } n\text{-gram}")
        elif smoothed:
            lines.append(
                rf"{left}{raw} \;\xrightarrow{{\text{{smoothed}}}}\; "
                rf"\frac{{{number(order.smoothed)}}}{{{number(order.smoothed_total)}}} = {value}"
            )
        else:
            lines.append(
                rf"{left}{raw} = {value}"
                if order.n_total
                else rf"{left}0 \quad\text{{(there is no such }} n\text{{-gram)}}"
            )
    c, r = parts.hypothesis_len, parts.reference_len
    if c == 0:
        lines.append(r"\mathrm{BP} &= 0 \quad\text{(the translation is empty)}")
    elif c < r:
        lines.append(
            rf"\mathrm{{BP}} &= e^{{1 - r/c}} = e^{{1 - {r}/{c}}} = {number(parts.brevity_penalty)} "
            rf"\quad\text{{(too short)}}"
        )
    else:
        lines.append(rf"\mathrm{{BP}} &= 1 \quad\text{{since }} c = {c} \ge r = {r}")
    counted = [order for order in parts.orders if order.counted]
    product = r" \cdot ".join(number(order.precision / 100) for order in counted) or "0"
    lines.append(
        rf"\mathrm{{BLEU}} &= 100 \cdot \mathrm{{BP}} \cdot \Big(\prod_n "
        rf"p_n\Big)^{{1/{max(1, len(counted))}}} = "
        rf"100 \cdot {number(parts.brevity_penalty)} \cdot ({product})^{{1/{max(1, len(counted))}}} = "
        rf"{parts.score:.2f}"
    )
    return lines


def ngrams_table(parts: BleuParts, theme: Theme) -> str:
    """Every n-gram of the hypothesis."""
    columns = (
        Column("n", "", True), Column("n-gram"), Column("here", "its count in the translation", True),
        Column("in a reference", "the most that one reference has", True),
        Column("matched", "the smaller of the two", True),
    )  # fmt: skip
    rows = [
        (
            Cell(str(order.order)),
            Cell(" ".join(one.tokens)),
            Cell(str(one.count)),
            Cell(str(one.allowed)),
            Cell(str(one.matched)),
        )
        for order in parts.orders
        for one in order.ngrams
    ]
    return plain_table(columns, rows, theme, None, "Every n-gram")


def smoothings_table(scores: Sequence[tuple[str, str, float]], theme: Theme) -> str:
    """(name, what it does, BLEU of this translation) of each smoothing method."""
    columns = (Column("Smoothing"), Column("What it does"), Column("BLEU", "0 to 100", True))
    rows = [
        (Cell(name), Cell(sentence), Cell(f"{score:.2f}", exact(score))) for name, sentence, score in scores
    ]
    return plain_table(columns, rows, theme, None, "Smoothing methods")


def scores_table(scores: Sequence[tuple[str, float, str]], others: Sequence[OtherScore], theme: Theme) -> str:
    """(name, score, signature) of BLEU, and other scores beside it."""
    columns = (
        Column("Score"),
        Column("0 to 100", "", True),
        Column("better", ""),
        Column("sacreBLEU's signature"),
    )
    rows = [
        (Cell(name), Cell(f"{score:.2f}", exact(score)), Cell("higher"), Cell(signature))
        for name, score, signature in scores
    ]
    for one in others:
        better = "higher" if one.higher_is_better else "lower"
        rows.append(
            (Cell(one.name), Cell(f"{one.score:.2f}", exact(one.score)), Cell(better), Cell(one.signature))
        )
    return plain_table(columns, rows, theme, None, "Scores")


# ------------------------------------------------------------------------------------------------- not a BLEU


SWITCH_NAMES = {  # field of MetricSwitches: what it is called when it is not as BLEU has it
    "lowercase": "case dropped",
    "drop_punctuation": "punctuation dropped",
    "markers": "begin and end markers count as words",
    "max_order": "n-grams up to {}",
    "smoothing": "smoothing: {}",
    "epsilon": "an empty order counts {}",
    "mean_of_sentences": "mean of sentence scores",
    "drop_empty_orders": "orders without a match left out",
}


def switched_formula(scored: SwitchedScore) -> str:
    """LaTeX: the number from its pieces; for a mean of several sentences, the mean."""
    if len(scored.sentences) > 1:
        terms = " + ".join(number(one.score) for one in scored.sentences[:6]) + (
            r" + \dots" if len(scored.sentences) > 6 else ""
        )
        return rf"\frac{{{terms}}}{{{len(scored.sentences)}}} = {scored.score:.4f}"
    one = scored.sentences[0] if scored.sentences else scored
    terms = [
        rf"\frac{{{matched}}}{{{total}}}" if matched and precision is not None else number(precision)
        for matched, total, precision in one.orders
        if precision is not None
    ]
    product = r" \cdot ".join(terms) or "0"
    root = len(one.orders)
    return (
        rf"\mathrm{{BP}} \cdot \Big(\prod_n p_n\Big)^{{1/{root}}} = {number(one.brevity_penalty)} \cdot "
        rf"\Big({product}\Big)^{{1/{root}}} = "
        rf"{scored.score:.4f}"
    )


def switch_name(field: str, switches: MetricSwitches) -> str:
    """One switch in words, as it stands in `switches`."""
    value = getattr(switches, field)
    return SWITCH_NAMES[field].format(f"{value:g}" if isinstance(value, float) else value)


def ladder_table(steps: Sequence[tuple[str, float]], theme: Theme) -> str:
    """(what was changed last, score 0 to 1) from BLEU to what is on screen."""
    columns = (Column("From BLEU, one change after another"), Column("score, 0 to 1", "", True))
    rows = [(Cell(name), Cell(f"{score:.4f}", exact(score))) for name, score in steps]
    return plain_table(columns, rows, theme, None, "From BLEU to what is not BLEU")


# ------------------------------------------------------------------------------------------------------ files


def report_lines(report: CorpusReport) -> list[str]:
    """The score of a file in words."""
    score = report.score
    precisions = ", ".join(
        f"{matched:,}/{total:,}" for matched, total in zip(report.n_matched, report.n_total, strict=True)
    )
    return [
        f"BLEU {score.score:.2f}, 95 % interval {report.low:.2f} to {report.high:.2f} by "
        f"{report.n_resamples:,} bootstrap resamples of {score.n_sentences:,} sentences.",
        f"Matched n-grams of orders 1 to 4: {precisions}; brevity penalty {short(score.brevity_penalty)} "
        f"({score.hypothesis_len:,} tokens against {score.reference_len:,}).",
        f"The mean of the sentence scores is {report.mean_of_sentences:.2f}: another number, since a corpus "
        "score pools the counts before it divides.",
    ]


def report_scores_table(report: CorpusReport, theme: Theme) -> str:
    """Corpus score and mean of sentence scores by smoothing, with signatures; then other scores."""
    columns = (
        Column("Score"), Column("corpus", "0 to 100", True),
        Column("mean of sentences", "each sentence scored alone", True),
        Column("sacreBLEU's signature, of the corpus score"),
    )  # fmt: skip
    rows = [
        (
            Cell(f"BLEU, smoothing {one.smoothing}"),
            Cell(f"{one.corpus:.2f}", exact(one.corpus)),
            Cell(f"{one.mean_of_sentences:.2f}", exact(one.mean_of_sentences)),
            Cell(one.signature),
        )
        for one in report.smoothings
    ]
    for one in report.others:
        better = "" if one.higher_is_better else " (lower is better)"
        rows.append(
            (
                Cell(one.name + better),
                Cell(f"{one.score:.2f}", exact(one.score)),
                Cell("–"),
                Cell(one.signature),
            )
        )
    return plain_table(columns, rows, theme, None, "Scores of the file")


def lengths_table(report: CorpusReport, theme: Theme) -> str:
    """Corpus BLEU by the length of the reference."""
    columns = (
        Column("Words of the reference"),
        Column("sentences", "", True),
        Column("BLEU", "corpus score of these sentences", True),
    )
    rows = [
        (
            Cell(f"{one.shortest} or more" if one.longest is None else f"{one.shortest} to {one.longest}"),
            Cell(f"{one.n_sentences:,}"),
            Cell(f"{one.bleu:.2f}", exact(one.bleu)),
        )
        for one in report.by_length
    ]
    return plain_table(columns, rows, theme, None, "BLEU by sentence length")


def paired_lines(test: PairedTest) -> list[str]:
    """The second system against the first, in words."""
    lines = []
    for name, first, second, change in (
        ("BLEU", test.first_bleu, test.second_bleu, test.bleu),
        ("chrF", test.first_chrf, test.second_chrf, test.chrf),
    ):
        verdict = (
            "the difference is larger than chance would make it"
            if change.sure
            else "chance alone could make such a difference"
        )
        lines.append(
            f"{name}: {first:.2f} for the first and {second:.2f} for the second system, a difference of "
            f"{change.value:+.2f} (95 % interval {change.low:+.2f} to {change.high:+.2f}, p = "
            f"{short(change.p_value)}): {verdict}.".replace("-", "−")
        )
    lines.append(
        f"Paired bootstrap over {test.n_sentences:,} sentences, {test.n_resamples:,} resamples (Koehn 2004)."
    )
    return lines
