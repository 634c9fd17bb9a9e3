"""The roles of heads with their evidence: each question is chosen on one split and answered on the other.

Beside every answer stand rules that look at no weights, and models with random weights. When a head has a
role is said by the role itself (`explorer.results.head_roles`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.heads.roles.batch import RULE_OFFSETS, UNIFORM
from explorer.heads.roles.distance import head_map
from explorer.heads.roles.metrics import positional, repeats
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
from explorer.results.head_roles import Score, offset_label

MIN_N = 100  # rows that must be asked on each split, so that ten points are seldom luck


@dataclass(frozen=True)
class Asked:
    """Everything that is known about one model. chosen, reported: the sums of the two splits."""

    chosen: Survey
    reported: Survey


@dataclass(frozen=True)
class Answer:
    """One question put to all heads of a kind.

    chosen, reported: [layers, heads] scores;  controls: those of models with random weights, reported;
    of_all: with all rows in the denominator, where the metric counts that;  chosen_baseline, baseline: of
    `rule` on the two splits.
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

    def strength(self, layer: int, head: int) -> float:
        """How strongly this question speaks for the role of a head where questions are chosen."""
        value = self.role.strength(self.chosen.value[layer, head], self.chosen_baseline)
        return float(np.nan_to_num(value, nan=-np.inf))

    def score(self, layer: int, head: int) -> Score:
        """What the conditions of the role look at, for one head."""
        return Score(
            float(self.reported.value[layer, head]),
            float(self.reported.low[layer, head]),
            self.baseline,
            self.control_best,
            None if self.of_all is None else float(self.of_all.value[layer, head]),
        )

    @property
    def control_best(self) -> float:
        """What the best head of all models with random weights gets where it is reported."""
        return max(float(np.nanmax(control.value)) for control in self.controls)


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
                for role in HEAD_ROLES.values()
                for answer in _strongest(answers, role, layer, head)
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
    causal = tuple(causal)
    return tuple(
        entry
        for kind in model.reported.counts
        for role in HEAD_ROLES.values()
        for entry in _too_few(model, kind, role, kind in causal)
    )


def _too_few(model: Asked, kind: AttentionKind, role: HeadRole, causal: bool) -> Iterable[LeftOut]:
    """The questions of one role that were not asked of one kind, by the reason."""
    counts = [split.counts[kind].get(role.key) for split in (model.chosen, model.reported)]
    if role.too_few is None or None in counts:
        return
    n = np.minimum(*(c.n.max(axis=(1, 2)) for c in counts))
    total = sum(c.n.max(axis=(1, 2)) for c in counts)
    questions = counts[0].questions
    reasons = {
        role.too_few.never + (role.too_few.causal if causal else ""): total == 0,
        f"fewer than {MIN_N} rows on one of the splits": (total > 0) & (n < MIN_N),
    }
    for reason, which in reasons.items():
        names = [role.label(question) for question, is_one in zip(questions, which, strict=True) if is_one]
        if names and total.any():
            what = f"{role.too_few.what} ({kind})"
            yield LeftOut(what, f"{reason}: {'; '.join(names)}", len(names), len(questions))


# -------------------------------------------------------------------------------------------------- questions


def answers_of(model: Asked, controls: Sequence[Survey], kind: AttentionKind) -> Iterable[Answer]:
    """The answers to all questions that give a role and that enough rows were asked on both splits."""
    for role in HEAD_ROLES.values():
        counts = model.reported.counts[kind].get(role.key)
        for question in filter(role.asks, () if counts is None else counts.questions):
            chosen, reported = (
                _scores(split, kind, role.key, question) for split in (model.chosen, model.reported)
            )
            if min(chosen.n.max(), reported.n.max()) < MIN_N:
                continue
            rules = [
                rule_scores(split.rules[kind][role.key], question) for split in (model.chosen, model.reported)
            ]
            rule = int(np.nanargmax(rules[0])) if role.beats_rules else UNIFORM
            of_all = f"{question}:of_all"
            yield Answer(
                role,
                question,
                chosen,
                reported,
                _scores(model.reported, kind, role.key, of_all) if of_all in counts.questions else None,
                tuple(_scores(control, kind, role.key, question) for control in controls),
                "equal weights" if rule == UNIFORM else f"always {offset_label(RULE_OFFSETS[rule])}",
                float(rules[0][rule]),
                float(rules[1][rule]),
            )


def _scores(survey: Survey, kind: AttentionKind, metric: str, question: str) -> HeadScores:
    return score(survey.counts[kind][metric], question, survey.rules[kind][metric])


def _strongest(answers: list[Answer], role: HeadRole, layer: int, head: int) -> list[Answer]:
    """The questions of a role that this head answers best where they are chosen."""
    own = [answer for answer in answers if answer.role is role]
    return sorted(own, key=lambda answer: answer.strength(layer, head), reverse=True)[: role.max_evidence]


def _evidence(answer: Answer, layer: int, head: int) -> Evidence:
    def at(values: np.ndarray) -> float:
        return float(values[layer, head])

    role, own = answer.role, answer.score(layer, head)
    return Evidence(
        role=role.key,
        question=answer.question,
        label=role.label(answer.question),
        chosen=at(answer.chosen.value),
        value=own.value,
        low=own.low,
        high=at(answer.reported.high),
        n=round(at(answer.reported.n)),
        baseline=own.baseline,
        baseline_rule=answer.rule,
        chance=at(answer.reported.baseline),
        control=at(answer.controls[0].value),
        control_best=own.control_best,
        criteria=tuple(Criterion(each.text, bool(each.holds(own))) for each in role.conditions),
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
