"""The training loop and nothing else: what is watched, saved or stopped is for the callbacks."""

from __future__ import annotations

import contextlib
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from explorer.config.run import TrainingConfig
from explorer.errors import InputError
from explorer.parallel.team import ALONE, Team
from explorer.results import HistoryRow
from explorer.training.batches import TokenBatches
from models.base import Seq2SeqModel
from models.batch import Batch, collate
from models.ids import IdPair
from models.losses import losses_of_logits, token_losses


class Callback(Protocol):
    """Looks at a trainer at fixed moments. It may set `trainer.stop_reason`; it never changes the weights or
    draws random numbers.
    """

    def on_step(self, trainer: Trainer, row: HistoryRow) -> None: ...

    def on_validation(self, trainer: Trainer, row: HistoryRow) -> None: ...


@dataclass
class Progress:
    """Where a run stands; everything but tensors that a resumed run needs."""

    step: int = 0
    epoch: int = 0
    batch_in_epoch: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best_loss: float = math.inf
    best_step: int = 0


def learning_rate(config: TrainingConfig, step: int) -> float:
    """The rate of the `step`-th update, counted from 1: linear warm-up, then the schedule."""
    if step <= config.warmup_steps:
        return config.learning_rate * step / config.warmup_steps
    if config.schedule == "inverse_sqrt":
        return config.learning_rate * math.sqrt(max(config.warmup_steps, 1) / step)
    if config.schedule == "cosine":
        done = (step - config.warmup_steps) / max(config.max_steps - config.warmup_steps, 1)
        return config.learning_rate * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    return config.learning_rate


def teacher_forcing_share(config: TrainingConfig, epoch: int) -> float:
    """The share of true tokens among the decoder's inputs in `epoch`, counted from 1; ((10, 1.0), (20, 0.5))
    gives 1, then 0.5, then 0.
    """
    if not config.teacher_forcing:
        return 1.0
    return next((share for last_epoch, share in config.teacher_forcing if epoch <= last_epoch), 0.0)


def draw_true_tokens(share: float, n: int, length: int, generator: torch.Generator) -> Tensor:
    """Which of the inputs after ``<s>`` of `n` targets are the true token, each with probability `share`:
    [length, n] bool.
    """
    return torch.rand((length, n), generator=generator) < share


def free_running_losses(
    model: Seq2SeqModel, batch: Batch, true: Tensor, label_smoothing: float
) -> tuple[Tensor, Tensor]:
    """As `token_losses`, but a decoder input is the true token only where `true` [tgt_len − 1 or more, batch]
    says so, else the model's own last prediction.

    Step by step, for RNN and transformer alike (scheduled sampling, Bengio et al. 2015); gradients do not
    pass through the choice.
    """
    cache = model.start(model.encode(batch.src))
    token_ids = torch.full_like(batch.tgt_in[:, 0], model.special.bos)
    true = true.to(token_ids.device)
    logits = []
    for t in range(batch.tgt_in.shape[1]):
        step_logits, cache = model.step(token_ids, cache)
        logits.append(step_logits)
        if t + 1 < batch.tgt_in.shape[1]:
            token_ids = torch.where(true[t], batch.tgt_in[:, t + 1], step_logits.detach().argmax(-1))
    keep = ~model.is_padding(batch.tgt_out)
    return losses_of_logits(torch.stack(logits, dim=1)[keep], batch.tgt_out[keep], label_smoothing)


class Trainer:
    """One model being trained. `run` goes on from wherever `progress` stands.

    team: the processes that train it together. Each takes its share of every batch and all make the same
    step, from the sum of their gradients over the number of target tokens in the whole batch: the steps are
    those that one process alone would make.
    """

    def __init__(
        self,
        model: Seq2SeqModel,
        config: TrainingConfig,
        train: Sequence[IdPair],
        valid: Sequence[IdPair],
        team: Team = ALONE,
    ):
        self.config = config
        self.team = team
        self.device = _device(config, team)
        self.model = model.to(self.device, torch.float64 if config.precision == "float64" else torch.float32)
        self.batches = TokenBatches(train, config.batch_tokens, config.seed)
        self.valid_batches = TokenBatches(valid, config.batch_tokens).groups(0) if valid else []
        self.optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=config.learning_rate,
            betas=(0.9, config.beta2),
            weight_decay=config.weight_decay,
            fused=True,
        )
        self.averaged = (
            {name: p.detach().clone() for name, p in model.named_parameters()} if config.average else None
        )
        self.generator = torch.Generator().manual_seed(config.seed)  # draws for the teacher-forcing schedule
        self.progress = Progress()
        self.stop_reason: str | None = None
        bfloat16 = config.precision == "bfloat16" or (
            config.precision == "auto" and self.device.type == "cuda"
        )
        self._autocast = lambda: (
            torch.autocast(self.device.type, torch.bfloat16) if bfloat16 else contextlib.nullcontext()
        )

    def run(self, callbacks: Sequence[Callback] = ()) -> None:
        """Train to `max_steps`, or until a callback gives a `stop_reason`."""
        config, progress = self.config, self.progress
        while self.stop_reason is None and progress.step < config.max_steps:
            groups = self.batches.groups(progress.epoch)
            while (
                progress.batch_in_epoch < len(groups)
                and self.stop_reason is None
                and progress.step < config.max_steps
            ):
                pairs = groups[progress.batch_in_epoch]
                progress.batch_in_epoch += 1
                row = self._step(pairs, progress.epoch + progress.batch_in_epoch / len(groups))
                for callback in callbacks:
                    callback.on_step(self, row)
                if config.validates_at(progress.step):
                    row = self._validate(row)
                    for callback in callbacks:
                        callback.on_validation(self, row)
            if progress.batch_in_epoch >= len(groups):
                progress.epoch, progress.batch_in_epoch = progress.epoch + 1, 0

    def _step(self, pairs: Sequence[IdPair], epoch: float) -> HistoryRow:
        started = time.perf_counter()
        config, progress = self.config, self.progress
        progress.step += 1
        rate = learning_rate(config, progress.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        share = teacher_forcing_share(config, progress.epoch + 1)
        n_tokens = sum(len(tgt) + 1 for _, tgt in pairs)
        self.model.train()
        losses, right = self._losses(pairs, share)
        self.optimizer.zero_grad(set_to_none=True)
        (losses.sum() / n_tokens).backward()
        sums = torch.stack([losses.detach().sum(), right.sum().to(losses.dtype)])
        parameters = [p for p in self.model.parameters() if p.grad is not None]
        self.team.add_up([*(p.grad for p in parameters), sums])
        gradient_norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.clip_norm)
        self.optimizer.step()
        if self.averaged is not None:
            # few updates in: average over what there is, so that the first weights do not linger
            weight = 1 - min(config.average, progress.step / (progress.step + 9))
            torch._foreach_lerp_(
                list(self.averaged.values()), [p.detach() for p in self.model.parameters()], weight
            )
        progress.tokens += n_tokens
        loss, accuracy = (sums / n_tokens).tolist()
        values = {"loss": loss, "accuracy": accuracy}
        values |= {"learning_rate": rate, "gradient_norm": gradient_norm.item()}
        seconds = time.perf_counter() - started
        progress.seconds += seconds
        if not math.isfinite(values["loss"]):
            self.stop_reason = (
                f"the loss became {values['loss']} at step {progress.step}: lower the "
                "learning rate or raise warmup_steps"
            )
        return HistoryRow(
            progress.step, epoch, values | {"tokens_per_second": n_tokens / seconds, "teacher_forcing": share}
        )

    def _losses(self, pairs: Sequence[IdPair], share: float) -> tuple[Tensor, Tensor]:
        """Losses and hits of the target tokens that are this process's to train on, of the batch `pairs`."""
        team, config = self.team, self.config
        if not team.leads:  # masks of its own, which depend on nothing that would have to be saved
            torch.manual_seed(
                random.Random(f"{config.seed}/{self.progress.step}/{team.rank.number}").getrandbits(63)
            )
        # who has no share of a small batch goes through one pair all the same, for gradients of 0: all must
        # add up the same tensors
        own = team.share(pairs) or pairs[:1]
        counts = len(pairs) > team.rank.number
        batch = collate(own, self.model.special).to(self.device)
        with self._autocast():
            if share == 1.0:
                losses, right = token_losses(self.model, batch, config.label_smoothing)
            else:  # drawn for the whole batch, so that all stay in step
                true = draw_true_tokens(share, len(pairs), max(len(tgt) for _, tgt in pairs), self.generator)
                true = true[:, team.part] if counts else true[:, :1]
                losses, right = free_running_losses(self.model, batch, true, config.label_smoothing)
        return losses * counts, right * counts

    def _validate(self, row: HistoryRow) -> HistoryRow:
        """The row with `valid_loss` (no smoothing) and `valid_accuracy`, of the averaged weights where there
        are any.
        """
        total, right, n_tokens = 0.0, 0, 0
        with self.best_weights(), torch.inference_mode():
            for group in self.team.share(self.valid_batches):
                losses, correct = token_losses(self.model, collate(group, self.model.special).to(self.device))
                total, right, n_tokens = (
                    total + losses.sum().item(),
                    right + int(correct.sum()),
                    n_tokens + losses.numel(),
                )
        sums = torch.tensor([total, right, n_tokens], dtype=torch.float64)
        self.team.add_up([sums])
        total, right, n_tokens = sums.tolist()
        if n_tokens:
            row.values.update(valid_loss=total / n_tokens, valid_accuracy=right / n_tokens)
            if row.values["valid_loss"] < self.progress.best_loss:
                self.progress.best_loss, self.progress.best_step = row.values["valid_loss"], row.step
        return row

    @contextlib.contextmanager
    def best_weights(self) -> Iterator[Seq2SeqModel]:
        """The model in evaluation mode with its averaged weights inside the block, and as it was after it."""
        was_training = self.model.training
        current = None
        if self.averaged is not None:
            current = {name: p.detach().clone() for name, p in self.model.named_parameters()}
            self.set_weights(self.averaged)
        self.model.eval()
        try:
            yield self.model
        finally:
            if current is not None:
                self.set_weights(current)
            self.model.train(was_training)

    def set_weights(self, weights: dict[str, Tensor]) -> None:
        """Put `weights`, by parameter name, into the model."""
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                parameter.copy_(weights[name])

    def tensors(self) -> dict[str, Tensor]:
        """All tensors of the state: weights, averages, optimizer moments and random states, by name."""
        tensors = {f"model/{name}": p.detach() for name, p in self.model.named_parameters()}
        if self.averaged is not None:
            tensors |= {f"averaged/{name}": t for name, t in self.averaged.items()}
        for name, parameter in self.model.named_parameters():
            for key, value in self.optimizer.state.get(parameter, {}).items():
                tensors[f"optimizer/{key}/{name}"] = value
        tensors["random/torch"] = torch.get_rng_state()
        tensors["random/teacher_forcing"] = self.generator.get_state()
        if self.device.type == "cuda":
            tensors["random/cuda"] = torch.cuda.get_rng_state(self.device)
        return tensors

    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `tensors`. Raises KeyError when one is missing."""
        self.set_weights({name: tensors[f"model/{name}"] for name, _ in self.model.named_parameters()})
        if self.averaged is not None:
            self.averaged = {
                name: tensors[f"averaged/{name}"].to(self.device).clone() for name in self.averaged
            }
        for name, parameter in self.model.named_parameters():
            self.optimizer.state[parameter] = {
                key: tensors[f"optimizer/{key}/{name}"]
                .to("cpu" if key == "step" and self.device.type == "cpu" else self.device)
                .clone()
                for key in ("step", "exp_avg", "exp_avg_sq")
            }
        torch.set_rng_state(tensors["random/torch"])
        self.generator.set_state(tensors["random/teacher_forcing"])
        if self.device.type == "cuda" and "random/cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random/cuda"], self.device)


def _device(config: TrainingConfig, team: Team) -> torch.device:
    """Where this process trains: on a GPU of its own where there is one, if the config does not say
    otherwise. Raises InputError.
    """
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if config.device == "cpu" or (config.device == "auto" and not n_gpus):
        return torch.device("cpu")
    if not n_gpus:
        raise InputError("training.device is 'cuda', and torch finds no GPU here: choose 'auto' or 'cpu'.")
    if team.rank.local >= n_gpus:
        raise InputError(
            f"Every process needs a GPU of its own, and there are {n_gpus}: start {n_gpus}, or set "
            "training.device to cpu."
        )
    if team.size > 1:
        torch.cuda.set_device(team.rank.local)
        return torch.device("cuda", team.rank.local)
    return torch.device("cuda")
