"""The roles of heads during training: at every validation each head is asked on held-out sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.checkpoints.folder import Checkpoint
from explorer.checkpoints.role_snapshots import pack_roles
from explorer.decoding.decode import longest
from explorer.heads.roles.batch import Frequencies
from explorer.heads.roles.corpus import Known, Prepared, prepare
from explorer.heads.roles.criteria import Asked, answers_of
from explorer.heads.roles.study import CONTROL_SEED, N_CONTROLS
from explorer.heads.roles.sums import Survey
from explorer.heads.roles.survey import survey, with_random_weights
from explorer.results import HEAD_ROLES, HistoryRow, KindAnswers, RoleSnapshot, SentencePair
from explorer.training.trainer import Trainer
from models.probe import probes

METRICS = tuple(key for key, role in HEAD_ROLES.items() if role.in_training)


class HeadRoles:
    """A callback: `packed` is what the heads answered at the last validation, None for a model that has none.

    Questions are chosen on every other one of `pairs` and answered on the rest. Dependencies and gold links
    are asked for where the pairs have them. What does not change while the model learns (rules that look at
    no weights, models with random weights) is counted once.
    """

    def __init__(self, checkpoint: Checkpoint, pairs: Sequence[SentencePair]):
        self.checkpoint = checkpoint
        self.packed: bytes | None = None
        tokenizers = checkpoint.src_tokenizer, checkpoint.tgt_tokenizer
        self.halves: tuple[list[Prepared], ...] = tuple(
            prepare(map(Known, half), *tokenizers, longest(checkpoint.model))[0]
            for half in (pairs[0::2], pairs[1::2])
        )
        self.relations = tuple(
            sorted({arc[2] for half in self.halves for s in half for arc in (*s.src_arcs, *s.tgt_arcs)})
        )
        self.frequencies = tuple(
            Frequencies(np.zeros(t.vocab_size, np.int64)) for t in tokenizers
        )  # no question here is about rare words
        self.untrained: list[tuple[Survey, ...]] = []  # of models with random weights, on both halves

    def on_step(self, trainer: Trainer, row: HistoryRow) -> None:
        """Nothing to do between validations."""

    def on_validation(self, trainer: Trainer, row: HistoryRow) -> None:
        if not (all(self.halves) and any(probes(self.checkpoint.model))):
            return
        with trainer.best_weights():
            self.packed = pack_roles(self.ask(row.step))

    def ask(self, step: int) -> RoleSnapshot:
        """What the heads answer with the weights that the model has now."""
        if not self.untrained:
            for seed in range(CONTROL_SEED, CONTROL_SEED + N_CONTROLS):
                self.untrained.append(self._surveys(with_random_weights(self.checkpoint, seed)))
        model, controls = Asked(*self._surveys(self.checkpoint)), [reported for _, reported in self.untrained]
        answers = tuple(_kind_answers(model, controls, kind) for kind in model.reported.counts)
        return RoleSnapshot(step, *map(len, self.halves), len(controls), answers)

    def _surveys(self, checkpoint: Checkpoint) -> tuple[Survey, ...]:
        before = self.untrained[0] if self.untrained else (None, None)
        return tuple(
            survey(checkpoint, half, self.frequencies, self.relations, metrics=METRICS, same_sentences=known)
            for half, known in zip(self.halves, before, strict=True)
        )


def _kind_answers(model: Asked, controls: Sequence[Survey], kind) -> KindAnswers:
    answers = list(answers_of(model, controls, kind))
    shape = (len(answers), *model.reported.counts[kind]["positional"].hits.shape[1:])

    def stacked(arrays, dtype=np.float32) -> np.ndarray:
        return np.array(list(arrays), dtype).reshape(shape if dtype == np.float32 else shape[:1])

    return KindAnswers(
        kind,
        roles=tuple(answer.role.key for answer in answers),
        questions=tuple(answer.question for answer in answers),
        rules=tuple(answer.rule for answer in answers),
        chosen=stacked(answer.chosen.value for answer in answers),
        value=stacked(answer.reported.value for answer in answers),
        low=stacked(answer.reported.low for answer in answers),
        high=stacked(answer.reported.high for answer in answers),
        n=stacked((round(float(answer.reported.n.max())) for answer in answers), np.int64),
        chosen_baseline=stacked((answer.chosen_baseline for answer in answers), np.float64),
        baseline=stacked((answer.baseline for answer in answers), np.float64),
        control_best=stacked((answer.control_best for answer in answers), np.float64),
    )
