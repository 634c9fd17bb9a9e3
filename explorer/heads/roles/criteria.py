"""Which role has each head? What it is asked is chosen on one split of a corpus and answered on the other,
beside rules and random weights.

Roles and their criteria (the first decides, the others are shown beside it):

- *positional* (Voita et al. 2019): at least 90 % of the maxima lie at one offset, of the rows that have this
  offset; of all rows.
- *syntactic* (Voita et al. 2019): at least 10 % above a baseline, which may be read as points or as a ratio.
  The baseline is the best rule that looks at no content: always at one relative position, or at all alike.
  That alone would make syntacticians of heads that never learned anything: random weights happen to prefer
  some frequent word, say *und*, and all that hangs on it is found by them well above a low baseline. So a
  head has the role only if it is also ten points above the best head of several models with random weights.
- *rare token*: the paper draws no line; here the same in points, and whether more than half of the maxima
  fall on such a token.
- *alignment*: as for syntactic heads, for 1 − AER.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.heads.roles.batch import RULE_OFFSETS, UNIFORM
from explorer.heads.roles.distance import head_map
from explorer.heads.roles.metrics import alignment, positional, rare_tokens, repeats, syntactic
from explorer.heads.roles.scores import rule_scores, score
from explorer.heads.roles.sums import Survey
from explorer.results import (
    HEAD_ROLES,
    AttentionKind,
    BestHead,
    Criterion,
    Evidence,
    HeadMap,
    HeadRole,
    HeadRow,
    HeadScores,
    LeftOut,
    Measure,
)

MIN_N = 100  # rows that must be asked on each split, so that ten points are seldom luck
POSITIONAL_SHARE = 0.9
POINTS = RELATIVE = 0.1
MAX_EVIDENCE = {"positional": 1, "syntactic": 4, "rare_token": 2, "alignment": 2}
SHARE_OF_POSSIBLE, SHARE_OF_ALL = (
    "at least 90 % of the tokens that have this position",
    "at least 90 % of all tokens",
)
ABOVE_RANDOM = "at least 10 points above the baseline and above every head with random weights"
POINTS_ABOVE, RELATIVE_ABOVE = "at least 10 points above the baseline", "at least 10 % above the baseline"
MOSTLY = "more than half of the maxima"


@dataclass(frozen=True)
class Asked:
    """Everything that is known about one model. chosen, reported: the sums of the two splits."""

    chosen: Survey
    reported: Survey


@dataclass(frozen=True)
class Answer:
    """One question put to all heads of a kind.

    chosen, reported: [layers, heads] scores;  controls: those of models with random weights, reported;
    of_all: positional only, with all rows in the denominator;  chosen_baseline, baseline: of `rule` on the
    two splits.
    """

    role: HeadRole
    question: str
    chosen: HeadScores
    reported: HeadScores
    of_all: HeadScores | None
    controls: tuple[HeadScores, ...]
    rule: str
    chosen_baseline: float
    baseline: float

    @property
    def gain(self) -> np.ndarray:
        """By how much each head is above the baseline where the question is chosen, [layers, heads]."""
        return self.chosen.value - self.chosen_baseline

    @property
    def control_best(self) -> float:
        """What the best head of all models with random weights gets where it is reported."""
        return max(float(np.nanmax(control.value)) for control in self.controls)


def above(value, low, line):
    """At least ten points above a line, the interval too: with few rows ten points are soon reached by luck.
    Element by element.
    """
    return (np.asarray(value) >= np.asarray(line) + POINTS) & (np.asarray(low) > line)


def has_role(role: HeadRole, value, low, baseline, control_best):
    """Whether the first criterion of a role is met, element by element. value, low: an answer and the lower
    end of its interval.
    """
    if role == "positional":
        return np.asarray(value) >= POSITIONAL_SHARE
    return above(value, low, baseline) & above(value, low, control_best)


# ------------------------------------------------------------------------------------------------- the report


def head_rows(model: Asked, controls: Sequence[Survey], with_figures: bool = True) -> tuple[HeadRow, ...]:
    """One row for each head of `model`, layer by layer. controls: the same model with random weights, on the
    split that is reported.
    """
    rows = []
    for kind in model.reported.counts:
        answers = list(answers_of(model, controls, kind))
        shares = [
            _scores(model.reported, kind, "positional", f"offset:{offset}:of_all").value
            for offset in positional.OFFSETS
        ]
        measures = _figures(model.reported, kind) if with_figures else {}
        for layer, head in np.ndindex(shares[0].shape):
            evidence = [
                _evidence(answer, layer, head)
                for role in HEAD_ROLES
                for answer in _strongest(
                    [a for a in answers if a.role == role], layer, head, MAX_EVIDENCE[role]
                )
            ]
            own = {name: _measure(scores, layer, head) for name, scores in measures.items()}
            rows.append(
                HeadRow(
                    kind,
                    layer,
                    head,
                    tuple(evidence),
                    own,
                    tuple(float(share[layer, head]) for share in shares),
                )
            )
    return tuple(rows)


def best_heads(model: Asked, controls: Sequence[Survey]) -> tuple[BestHead, ...]:
    """For each question the head that answers it best where it is chosen."""
    best = []
    for kind in model.reported.counts:
        for answer in answers_of(model, controls, kind):
            layer, head = np.unravel_index(np.nanargmax(answer.chosen.value), answer.chosen.value.shape)
            best.append(BestHead(kind, int(layer), int(head), _evidence(answer, int(layer), int(head))))
    return tuple(best)


def head_maps(reported: Survey) -> tuple[HeadMap, ...]:
    """The distances between the heads of each kind."""
    maps = []
    for kind, (sums, n_rows) in reported.divergences.items():
        layers, heads = reported.counts[kind]["figures"].hits.shape[1:]
        maps.append(head_map(kind, layers, heads, sums, n_rows))
    return tuple(maps)


def not_asked(model: Asked, causal: Iterable[AttentionKind]) -> tuple[LeftOut, ...]:
    """The questions of which a split has fewer than MIN_N rows, or none; a corpus without trees has no
    relations to name. causal: the kinds in which no row sees a later key.
    """
    found = []
    for kind in model.reported.counts:
        seen = " with the partner before the word" if kind in causal else ""
        for metric, what, never in (
            ("syntactic", "relations, by direction", f"never occur{seen}"),
            ("rare_token", "questions about rare tokens", "no sentence has such a token"),
        ):
            counts = [split.counts[kind].get(metric) for split in (model.chosen, model.reported)]
            if None in counts:
                continue
            n = np.minimum(*(c.n.max(axis=(1, 2)) for c in counts))
            total = sum(c.n.max(axis=(1, 2)) for c in counts)
            questions = counts[0].questions
            few = {
                never: total == 0,
                f"fewer than {MIN_N} rows on one of the splits": (total > 0) & (n < MIN_N),
            }
            for reason, which in few.items():
                names = [
                    label_of(question) for question, is_one in zip(questions, which, strict=True) if is_one
                ]
                if names and total.any():
                    found.append(
                        LeftOut(
                            f"{what} ({kind})", f"{reason}: {'; '.join(names)}", len(names), len(questions)
                        )
                    )
    return tuple(found)


# -------------------------------------------------------------------------------------------------- questions


def _questions(survey: Survey, kind: AttentionKind) -> Iterable[tuple[HeadRole, str]]:
    """Every question that gives a head a role."""
    counts = survey.counts[kind]
    yield from (("positional", f"offset:{offset}") for offset in positional.OFFSETS)
    if "syntactic" in counts:
        yield from (("syntactic", question) for question in counts["syntactic"].questions)
    if "rare_token" in counts:
        yield from (("rare_token", question) for question in rare_tokens.QUESTIONS)
    if "alignment" in counts:
        yield from (("alignment", f"aligned:{reading}") for reading in alignment.READINGS)


def answers_of(model: Asked, controls: Sequence[Survey], kind: AttentionKind) -> Iterable[Answer]:
    """The answers to all questions that enough rows were asked on both splits."""
    for role, question in _questions(model.reported, kind):
        chosen, reported = (_scores(split, kind, role, question) for split in (model.chosen, model.reported))
        if min(chosen.n.max(), reported.n.max()) < MIN_N:
            continue
        rules = [rule_scores(split.rules[kind][role], question) for split in (model.chosen, model.reported)]
        rule = UNIFORM if role == "positional" else int(np.nanargmax(rules[0]))
        yield Answer(
            role,
            question,
            chosen,
            reported,
            _scores(model.reported, kind, role, f"{question}:of_all") if role == "positional" else None,
            tuple(_scores(control, kind, role, question) for control in controls),
            "equal weights" if rule == UNIFORM else f"always {_offset(RULE_OFFSETS[rule])}",
            float(rules[0][rule]),
            float(rules[1][rule]),
        )


def _scores(survey: Survey, kind: AttentionKind, metric: str, question: str) -> HeadScores:
    return score(survey.counts[kind][metric], question, survey.rules[kind][metric])


def _strongest(answers: list[Answer], layer: int, head: int, most: int) -> list[Answer]:
    """The questions that this head answers best where they are chosen, by its gain over the baseline (for a
    position: by its share).
    """

    def strength(answer: Answer) -> float:
        value = answer.chosen.value if answer.role == "positional" else answer.gain
        return float(np.nan_to_num(value[layer, head], nan=-np.inf))

    return sorted(answers, key=strength, reverse=True)[:most]


def _evidence(answer: Answer, layer: int, head: int) -> Evidence:
    def at(values: np.ndarray) -> float:
        return float(values[layer, head])

    value, low = at(answer.reported.value), at(answer.reported.low)
    control_best, baseline = answer.control_best, answer.baseline
    holds = has_role(answer.role, value, low, baseline, control_best)
    if answer.role == "positional":
        criteria = [(SHARE_OF_POSSIBLE, holds), (SHARE_OF_ALL, at(answer.of_all.value) >= POSITIONAL_SHARE)]
    elif answer.role == "rare_token":
        criteria = [(ABOVE_RANDOM, holds), (MOSTLY, value > 0.5)]
    else:
        relative = value >= baseline * (1 + RELATIVE) and low > baseline
        criteria = [
            (ABOVE_RANDOM, holds),
            (POINTS_ABOVE, above(value, low, baseline)),
            (RELATIVE_ABOVE, relative),
        ]
    return Evidence(
        role=answer.role,
        question=answer.question,
        label=label_of(answer.question),
        chosen=at(answer.chosen.value),
        value=value,
        low=low,
        high=at(answer.reported.high),
        n=round(at(answer.reported.n)),
        baseline=baseline,
        baseline_rule=answer.rule,
        chance=at(answer.reported.baseline),
        control=at(answer.controls[0].value),
        control_best=control_best,
        criteria=tuple(Criterion(text, bool(holds)) for text, holds in criteria),
    )


# ---------------------------------------------------------------------------------------------------- figures


def _figures(survey: Survey, kind: AttentionKind) -> dict[str, HeadScores]:
    """By the names of results.FIGURES."""
    found = {
        name: _scores(survey, kind, "figures", name) for name in survey.counts[kind]["figures"].questions
    }
    if "repeats" in survey.counts[kind]:
        found |= {name: _scores(survey, kind, "repeats", name) for name in repeats.QUESTIONS}
    if kind in survey.repeats:
        random = {
            name: score(survey.repeats[kind], name, survey.repeats_rules[kind]) for name in repeats.QUESTIONS
        }
        found |= {"prefix_matching": random["induction"], "duplicate_random": random["duplicate"]}
    return found


def _measure(scores: HeadScores, layer: int, head: int) -> Measure:
    value, low, high, n, baseline = (
        float(getattr(scores, name)[layer, head]) for name in ("value", "low", "high", "n", "baseline")
    )
    return Measure(value, low, high, round(n), baseline)


# ------------------------------------------------------------------------------------------------------ words


def _offset(offset: int) -> str:
    return f"offset {'−' if offset < 0 else '+' if offset else ''}{abs(offset)}"


def label_of(question: str) -> str:
    """A question in words."""
    name, _, rest = question.rpartition(":")
    if question.startswith("offset:"):
        return _offset(int(rest))
    if rest in syntactic.DIRECTIONS:
        arrow = "dependent → head" if rest == "to_head" else "head → dependent"
        return f"{'all relations' if name == syntactic.ALL else name}, {arrow}"
    if question.startswith("rarest:"):
        which = (
            "the least frequent token"
            if question.startswith("rarest:1")
            else "one of the two least frequent tokens"
        )
        beyond = f", in sentences with a token beyond the {rare_tokens.COMMON} most frequent"
        return which + (beyond if question.endswith(rare_tokens.BEYOND) else "")
    return f"linked word, row read as {rest}"
