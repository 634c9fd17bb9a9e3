"""An attention of three words worked out: the formula with its numbers, and where an answer slipped."""

from __future__ import annotations

import math
from collections.abc import Iterable

from explorer.results import SmallAttention

DECIMALS = 4  # as textbooks print them


def decimal(value: float) -> str:
    """Four decimals, for numbers that are checked against a textbook; a large number in fewer."""
    text = f"{value:.{DECIMALS}f}" if abs(value) < 10_000 else f"{value:.3e}"
    return (text if float(text) else f"{0:.{DECIMALS}f}").replace("-", "−")


def worked(attention: SmallAttention) -> tuple[str, ...]:
    """The way from the numbers given to the context: lines for LaTeX's "aligned" with every number filled in,
    and no words.
    """
    return (*_worked_scores(attention), *_worked_softmax(attention), *_worked_context(attention))


def _worked_scores(attention: SmallAttention) -> list[str]:
    given = attention.given
    lines = []
    if given.scorer == "given":
        return lines
    if given.scorer == "bilinear":
        lines.append(
            rf"h^\top W &= {_tuple(given.query, _g)}\,{_matrix(given.matrix)} = {_tuple(attention.compared)}"
        )
    if given.scorer == "mlp":
        lines.append(
            rf"W_1 h &= {_matrix(given.query_matrix)}\,{_tuple(given.query, _g)} = "
            rf"{_tuple(attention.compared)}"
        )
    for k, score in enumerate(attention.scores):
        name = f"{{{k + 1}}}"
        if given.scorer == "mlp":
            lines.append(
                rf"\tanh(W_1 h + W_2 s_{name}) &= \tanh{_tuple(attention.sums[k])} = "
                rf"{_tuple(attention.units[k])}"
            )
            formula, pairs = (
                rf"v^\top \tanh(W_1 h + W_2 s_{name})",
                zip(given.vector, attention.units[k], strict=True),
            )
        else:
            formula = rf"h^\top s_{name}" if given.scorer == "dot" else rf"(h^\top W)\, s_{name}"
            pairs = zip(attention.compared, given.states[k], strict=True)
        terms = " + ".join(rf"{_bracket(a)} \cdot {_bracket(b)}" for a, b in pairs)
        lines.append(rf"e_{name} &= {formula} = {terms} = {_tex(score)}")
    return lines


def _worked_softmax(attention: SmallAttention) -> list[str]:
    shift = "" if attention.shift == 0 else f" - {_bracket(attention.shift)}"
    powers, total = [rf"e^{{{_g(score)}{shift}}}" for score in attention.scores], _tex(attention.powers.sum())
    lines = [
        rf"\sum_j e^{{e_j{shift}}} &= {' + '.join(powers)} = {' + '.join(map(_tex, attention.powers))} = "
        rf"{total}"
    ]
    for k, (power, weight) in enumerate(zip(attention.powers, attention.weights, strict=True), 1):
        lines.append(rf"\alpha_{{{k}}} &= \frac{{{_tex(power)}}}{{{total}}} = \mathbf{{{_tex(weight)}}}")
    return lines


def _worked_context(attention: SmallAttention) -> list[str]:
    if attention.context is None:
        return []
    pairs = zip(attention.weights, attention.given.states, strict=True)
    terms = " + ".join(rf"{_tex(weight)}\,{_tuple(state, _g)}" for weight, state in pairs)
    return [rf"c &= \sum_k \alpha_k s_k = {terms}", rf"&= \mathbf{{{_tuple(attention.context)}}}"]


def _tex(value: float) -> str:
    """Four decimals with the minus sign of LaTeX."""
    text = decimal(value).replace("−", "-")
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else text


def _g(value: float) -> str:
    """A number as it was typed, at most four digits after the point."""
    return f"{round(float(value), DECIMALS):g}"


def _bracket(value: float) -> str:
    """In a product or a difference a negative number stands in brackets."""
    return f"({_g(value)})" if value < 0 else _g(value)


def _tuple(values: Iterable[float], write=_tex) -> str:
    return f"({', '.join(write(value) for value in values)})"


def _matrix(rows: Iterable[Iterable[float]]) -> str:
    body = r" \\ ".join(" & ".join(_g(value) for value in row) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def slip(attention: SmallAttention) -> tuple[str, ...]:
    """Why what a lecture prints cannot be right, sentence by sentence; empty where it prints nothing or the
    numbers are others.
    """
    given = attention.given
    if not given.printed_weights:
        return ()
    high, low = int(attention.scores.argmax()), int(attention.scores.argmin())
    gap = float(attention.scores[high] - attention.scores[low])
    middle = next(k for k in range(len(given.words)) if k not in (high, low))
    first, second = given.printed_weights[high], given.printed_weights[low]
    sentences = [
        f"Softmax turns differences into ratios: scores that differ by {gap:g} give weights in the ratio "
        f"e^{gap:g} = {decimal(math.exp(gap))}, and the printed ones are in the ratio {first:g} : {second:g} "
        f"= {decimal(first / second)}.",
        f"Two words have the same printed weight, {second:g}, but not the same score "
        f"({attention.scores[low]:g} and {attention.scores[middle]:g}): softmax never does that.",
        f"The right weights are {', '.join(map(decimal, attention.weights))}.",
    ]
    if given.printed_context and attention.printed_context is not None:
        sentences.append(
            f"The printed context is ({', '.join(f'{value:g}' for value in given.printed_context)}); even "
            "the printed weights would give "
            f"({', '.join(f'{value:.2f}' for value in attention.printed_context)}). The right one is "
            f"({', '.join(map(decimal, attention.context))})."
        )
    return tuple(sentences)
