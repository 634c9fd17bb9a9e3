"""What is watched during training: progress bar, history, translations, attention, when to stop and save."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from tqdm import tqdm

from explorer.attention.capture import replay
from explorer.checkpoints.folder import Checkpoint, pack_record
from explorer.decoding.decode import translate_all
from explorer.evaluation.bleu import corpus_bleu, exact_match
from explorer.results import HistoryRow, SampleTranslation, SentencePair
from explorer.training.runs.head_roles import HeadRoles
from explorer.training.runs.records import TimedRow
from explorer.training.runs.store import RunFolder
from explorer.training.trainer import Trainer

LOG_EVERY = 10  # steps per row of the history between validations
# seconds at least between two writes of rows: who watches looks as often, and a small model makes 100 steps
# meanwhile
WRITE_EVERY = 0.5
STOPPED = "stopped on request"
N_SAMPLES = 5  # translations that are kept of each validation, of the same sentences every time


class ProgressBar:
    """Steps, loss, tokens/s and time left on one line."""

    def __init__(self, max_steps: int, done: int = 0):
        self.bar = tqdm(total=max_steps, initial=done, unit="step", dynamic_ncols=True, mininterval=1.0)
        self.loss: float | None = None
        self.tokens_per_second: float | None = None
        self.validation: dict[str, str] = {}

    def on_step(self, trainer: Trainer, row: HistoryRow) -> None:
        values = row.values
        self.loss = _smooth(self.loss, values["loss"])
        self.tokens_per_second = _smooth(self.tokens_per_second, values["tokens_per_second"])
        self.bar.update()
        shown = {
            "epoch": f"{row.epoch:.1f}",
            "loss": f"{self.loss:.3f}",
            "tokens/s": f"{self.tokens_per_second:.0f}",
        }
        self.bar.set_postfix(shown | self.validation, refresh=False)

    def on_validation(self, trainer: Trainer, row: HistoryRow) -> None:
        self.validation = {
            name: f"{row.values[name]:.3g}" for name in ("valid_loss", "bleu") if name in row.values
        }

    def close(self) -> None:
        self.bar.close()


def _smooth(old: float | None, new: float) -> float:
    return new if old is None else 0.95 * old + 0.05 * new


class Translations:
    """Adds `bleu` and `exact_match` of greedy translations of held-out sentences to the row of a validation;
    `samples` are some of them.
    """

    def __init__(self, checkpoint: Checkpoint, pairs: Sequence[SentencePair]):
        self.checkpoint = checkpoint
        self.sources = [pair.src for pair in pairs]
        self.references = [pair.tgt for pair in pairs]
        self.samples: tuple[SampleTranslation, ...] = ()

    def on_step(self, trainer: Trainer, row: HistoryRow) -> None:
        """Nothing to do between validations."""

    def on_validation(self, trainer: Trainer, row: HistoryRow) -> None:
        if not self.sources:
            return
        with trainer.best_weights():
            hypotheses = translate_all(self.checkpoint, self.sources)
        row.values["bleu"] = corpus_bleu(hypotheses, self.references).score
        row.values["exact_match"] = exact_match(hypotheses, self.references)
        shown = list(zip(self.sources, self.references, hypotheses, strict=True))[:N_SAMPLES]
        self.samples = tuple(
            SampleTranslation(row.step, number, *texts) for number, texts in enumerate(shown)
        )


class Recorder:
    """Writes history, sample translations, attention of fixed sentences, what heads answered and the state of
    the run; what is on disk is always a whole state.

    translations, roles: asked before this one at every validation. Rows are held back for up to WRITE_EVERY
    seconds; `flush` writes them when a run stops between validations.
    """

    def __init__(
        self,
        folder: RunFolder,
        checkpoint: Checkpoint,
        snapshot_pairs: Sequence[SentencePair],
        translations: Translations | None = None,
        roles: HeadRoles | None = None,
    ):
        self.folder = folder
        self.checkpoint = checkpoint
        self.snapshot_pairs = snapshot_pairs
        self.translations = translations
        self.roles = roles
        self.pending: list[HistoryRow] = []  # of the steps since the last row of the history
        self.held_back: list[TimedRow] = []
        self.written_at = -math.inf  # never: the monotonic clock may begin at 0, as with the machine

    def on_step(self, trainer: Trainer, row: HistoryRow) -> None:
        self.pending.append(row)
        # the row of a validation is written by on_validation, with what was found there
        if row.step % LOG_EVERY == 0 and not trainer.config.validates_at(row.step):
            self.held_back.append((time.time(), self._mean(row)))
            if time.monotonic() >= self.written_at + WRITE_EVERY:
                self.flush()

    def on_validation(self, trainer: Trainer, row: HistoryRow) -> None:
        with trainer.best_weights():
            snapshots = [
                pack_record(replay(self.checkpoint, pair.src, pair.tgt)) for pair in self.snapshot_pairs
            ]
            is_best = trainer.progress.best_step == row.step
            best = (
                {name: p.detach().clone() for name, p in trainer.model.named_parameters()}
                if is_best
                else None
            )
        samples = self.translations.samples if self.translations else ()
        self.folder.records.add_history(
            self._mean(row), snapshots, samples, self.roles.packed if self.roles else None, self.held_back
        )
        self.held_back = []
        self.folder.save_state(trainer, best)

    def flush(self) -> None:
        """Write the rows that were held back."""
        if self.held_back:
            *before, (_, last) = self.held_back
            self.folder.records.add_history(last, before=before)
            self.held_back, self.written_at = [], time.monotonic()

    def _mean(self, row: HistoryRow) -> HistoryRow:
        """`row` with loss, accuracy and speed averaged over the rows since the last one written."""
        rows, self.pending = self.pending or [row], []
        mean = {
            name: sum(r.values[name] for r in rows) / len(rows)
            for name in ("loss", "accuracy", "tokens_per_second")
        }
        return HistoryRow(row.step, row.epoch, row.values | mean)


class EarlyStop:
    """Stops the run after `patience` validations without a better loss."""

    def __init__(self, patience: int):
        self.patience = patience

    def on_step(self, trainer: Trainer, row: HistoryRow) -> None:
        """Nothing to do between validations."""

    def on_validation(self, trainer: Trainer, row: HistoryRow) -> None:
        self.check(trainer)

    def check(self, trainer: Trainer) -> None:
        """Stop where it is time; also called when a run goes on, which may have been killed after its last
        validation.
        """
        waited = (trainer.progress.step - trainer.progress.best_step) / trainer.config.validate_every
        if waited >= self.patience:
            trainer.stop_reason = f"no better validation loss for {self.patience} validations"


class StopWhen:
    """Stops the run when `asked()` says so: a signal, or a request from a page."""

    def __init__(self, asked: Callable[[], bool]):
        self.asked = asked

    def on_step(self, trainer: Trainer, row: HistoryRow) -> None:
        if self.asked():
            trainer.stop_reason = STOPPED

    def on_validation(self, trainer: Trainer, row: HistoryRow) -> None:
        """Nothing to do: `on_step` asks often enough."""
