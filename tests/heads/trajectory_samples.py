"""Answers of heads at some steps of a training run that never was, for tests of what is read from them."""

from __future__ import annotations

import numpy as np

from explorer.results import HEAD_ROLES, KindAnswers, RoleSnapshot

QUESTIONS = {
    "encoder_self": ("offset:-1", "offset:0", "nsubj:to_head", "all:to_dependent"),
    "cross": ("offset:0", "aligned:output", "aligned:input"),
}


def snapshot(
    step: int,
    values: dict[str, dict[str, np.ndarray]],
    chosen: dict[str, dict[str, np.ndarray]] | None = None,
) -> RoleSnapshot:
    """values: by kind and question, [layers, heads] on the half where answers count; chosen: on the other
    half, the same unless given.

    Intervals are ± 0.05, the rules get 0.3 (0.2 where questions are chosen), models with random weights 0.4.
    """
    answers = []
    for kind, found in values.items():
        value = np.array([found[question] for question in found], np.float32)
        first = np.array([(chosen or values)[kind][question] for question in found], np.float32)
        n_questions = len(found)
        answers.append(
            KindAnswers(
                kind,
                tuple(
                    next(key for key, role in HEAD_ROLES.items() if role.asks(question)) for question in found
                ),
                tuple(found),
                ("always offset −1",) * n_questions,
                first,
                value,
                value - np.float32(0.05),
                value + np.float32(0.05),
                np.full(n_questions, 500),
                np.full(n_questions, 0.2),
                np.full(n_questions, 0.3),
                np.full(n_questions, 0.4),
            )
        )
    return RoleSnapshot(step, 30, 31, 4, tuple(answers))


def training(steps=(10, 20, 40, 80), n_layers=2, n_heads=2, seed=0) -> tuple[RoleSnapshot, ...]:
    """Random answers to all of QUESTIONS at each step."""
    rng = np.random.default_rng(seed)
    return tuple(
        snapshot(
            step,
            {
                kind: {question: rng.random((n_layers, n_heads)) for question in questions}
                for kind, questions in QUESTIONS.items()
            },
            {
                kind: {question: rng.random((n_layers, n_heads)) for question in questions}
                for kind, questions in QUESTIONS.items()
            },
        )
        for step in steps
    )
