"""Start a run, resume it, and turn it into a checkpoint."""

from __future__ import annotations

import dataclasses
import json
import platform
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from explorer.checkpoints.catalogue import read_json
from explorer.checkpoints.folder import Checkpoint, model_ids, save_checkpoint
from explorer.config.run import RunConfig, check_size
from explorer.corpora import load_corpus
from explorer.corpora.files import find_files
from explorer.durable import write_text_durably
from explorer.errors import InputError
from explorer.parallel.team import ALONE, Team
from explorer.results import ParallelCorpus, SentencePair
from explorer.tokenization import tokenizer_from_json
from explorer.training.data import RunData, prepare, training_pairs
from explorer.training.memory import GiveBack, prepare_memory
from explorer.training.runs import callbacks
from explorer.training.runs.head_roles import HeadRoles
from explorer.training.runs.request import (
    CONFIG,
    PREPARED,
    SRC_TOKENIZER,
    TGT_TOKENIZER,
    create_run_folder,
    is_prepared,
    read_request,
    write_request,
)
from explorer.training.runs.store import RunFolder
from explorer.training.trainer import Trainer
from models import build_model


@dataclass(frozen=True)
class Run:
    """A run ready to go on: its files, its data and a trainer at the step it has reached."""

    folder: RunFolder
    config: RunConfig
    corpus: ParallelCorpus
    checkpoint: Checkpoint  # the model in training with its tokenizers, as decoding and capture want it
    trainer: Trainer


def start_run(config: RunConfig, path: Path, data: Path | None = None, team: Team = ALONE) -> Run:
    """A new run in `path`. Raises InputError when `path` already holds one, or the config cannot work.

    data: the folder in which the files of the corpus lie; the config keeps their names without it, so that it
    works elsewhere;
    team: the processes that train it, of which the first calls this and the others `resume_run`.
    """
    check_size(config.model)
    create_run_folder(path)
    run = _assemble(path, prepare(config, data), team)  # what cannot work leaves nothing behind
    write_request(path, config, data)
    _write_beginning(run)
    return run


def resume_run(path: Path, data: Path | None = None, team: Team = ALONE) -> Run:
    """The run in `path` at its last whole state, or at its beginning. Raises InputError when `path` holds no
    run.

    team: the processes that go on with it, of any number; the first calls this before the others, as it may
    have to write.
    """
    request = read_request(path)
    data = data or request.data
    if not is_prepared(path):
        check_size(request.config.model)
        run = _assemble(path, prepare(request.config, data), team)
        _write_beginning(run)
        return run
    values, *tokenizers = (read_json(path / name) for name in PREPARED)
    config, tokenizers = RunConfig.from_dict(values), [tokenizer_from_json(entry) for entry in tokenizers]
    run = _assemble(path, RunData(config, load_corpus(find_files(config.corpus, data)), *tokenizers), team)
    run.folder.load_state(run.trainer)
    return run


def _write_beginning(run: Run) -> None:
    """Write the tokenizers, then the config with the sizes of the vocabularies: where it is, all is."""
    path = run.folder.path
    for name, tokenizer in (
        (SRC_TOKENIZER, run.checkpoint.src_tokenizer),
        (TGT_TOKENIZER, run.checkpoint.tgt_tokenizer),
    ):
        write_text_durably(path / name, json.dumps(tokenizer.to_json(), ensure_ascii=False))
    write_text_durably(path / CONFIG, json.dumps(run.config.to_dict(), indent=1, ensure_ascii=False))


def _assemble(path: Path, data: RunData, team: Team) -> Run:
    config = data.config
    torch.manual_seed(config.training.seed)
    try:
        model = build_model(config.model, model_ids(data.src_tokenizer, data.tgt_tokenizer))
    except ValueError as error:
        raise InputError(
            f"{error} tokenizer.min_count is {config.tokenizer.min_count}: a smaller one keeps more tokens."
        ) from error
    trainer = Trainer(model, config.training, *training_pairs(data), team)
    checkpoint = Checkpoint.in_memory(config, model, data.src_tokenizer, data.tgt_tokenizer)
    return Run(RunFolder(path), config, data.corpus, checkpoint, trainer)


def carry_out(
    run: Run,
    show_progress: bool = True,
    stop_asked: Callable[[], bool] | None = None,
    evaluate: Callable[[Path], str] | None = None,
) -> Path | None:
    """Train `run` to its end and write its checkpoint; returns the checkpoint's folder, or None when the run
    was stopped on request.

    evaluate: called with the checkpoint's folder to measure it on held-out data; returns what the card shall
    say about it.
    Of several processes all train, and decide together when to stop; the first alone watches, writes and
    measures.
    """
    training, team = run.config.training, run.trainer.team
    prepare_memory()
    recorder = _recorder(run) if team.leads else None
    watchers = _watchers(run, recorder, stop_asked)
    if not team.leads:
        run.trainer.run(watchers)
        team.leave()
        return None
    bar = callbacks.ProgressBar(training.max_steps, run.trainer.progress.step) if show_progress else None
    if bar:
        watchers.append(bar)
    records = run.folder.records
    device = hardware(run.trainer)
    records.set_status(
        state="running", phase="training", reason="", device=device, started_at=str(time.time())
    )
    try:
        with records.kept_open():
            run.trainer.run(watchers)
            recorder.flush()
    finally:
        if bar:
            bar.close()
    team.leave()
    if run.trainer.stop_reason == callbacks.STOPPED:
        run.folder.save_state(run.trainer, None)
        records.set_status(state="stopped", phase="", reason=callbacks.STOPPED)
        return None
    records.set_status(phase="measuring")
    path = publish(run, evaluate)
    records.set_status(state="finished", phase="", reason=run.trainer.stop_reason or "reached max_steps")
    return path


def _recorder(run: Run) -> callbacks.Recorder:
    """What writes down the history, sample translations, attention and roles of a run."""
    training, valid = run.config.training, run.corpus.valid
    translations = callbacks.Translations(run.checkpoint, valid[: training.bleu_sentences])
    fixed = snapshot_pairs(run.corpus, training.snapshot_sentences)
    roles = HeadRoles(run.checkpoint, valid[: training.role_sentences])
    return callbacks.Recorder(run.folder, run.checkpoint, fixed, translations, roles)


def _watchers(
    run: Run, recorder: callbacks.Recorder | None, stop_asked: Callable[[], bool] | None
) -> list[callbacks.Callback]:
    """What watches a run in this process, in the order in which it is told."""
    training, team = run.config.training, run.trainer.team
    watchers: list[callbacks.Callback] = []
    if recorder is not None:
        watchers += [recorder.translations, recorder.roles, recorder]
    watchers.append(GiveBack())
    if training.patience:
        early_stop = callbacks.EarlyStop(training.patience)
        early_stop.check(run.trainer)
        watchers.append(early_stop)
    if stop_asked is not None:
        watchers.append(callbacks.StopWhen(lambda: team.any(stop_asked())))
    return watchers


def publish(run: Run, evaluate: Callable[[Path], str] | None = None) -> Path:
    """Write the best weights of `run` as a checkpoint into its folder."""
    best = run.folder.load_best()
    if best is None:
        why = run.trainer.stop_reason or "no validation loss was taken"
        raise InputError(f"{run.folder.path} has no weights to keep: {why}.")
    run.trainer.set_weights(best)
    run.trainer.model.eval()
    path = run.folder.path / "checkpoint"
    records = run.folder.records
    save_checkpoint(
        path, run.checkpoint, records.history(), records.snapshots(), card(run, ""), records.packed_roles()
    )
    if evaluate is not None:
        write_text_durably(path / "card.md", card(run, evaluate(path)))
    return path


def snapshot_pairs(corpus: ParallelCorpus, n: int) -> Sequence[SentencePair]:
    """The fixed held-out sentences whose attention is kept at every validation: of middling length, the first
    in a fixed shuffle.
    """
    fitting = [pair for pair in corpus.valid if 6 <= len(pair.src.split()) <= 14] or list(corpus.valid)
    return random.Random(0).sample(fitting, min(n, len(fitting)))


def device_name(device: torch.device) -> str:
    """The device in words, for cards and pages."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU ({platform.machine()}, {torch.get_num_threads()} threads)"


def hardware(trainer: Trainer) -> str:
    """What a run trains on, in words."""
    processes = f", {trainer.team.size} processes" if trainer.team.size > 1 else ""
    return device_name(trainer.device) + processes


def card(run: Run, scores: str) -> str:
    """card.md: what the model is, how it was trained, how good it is."""
    config, progress = run.config, run.trainer.progress
    model = dataclasses.asdict(config.model)
    tokenizer = [
        f"{name} {value}" for name, value in dataclasses.asdict(config.tokenizer).items() if value != ()
    ]
    lines = [
        f"# {config.name}",
        "",
        config.description or "A model trained with `python -m explorer train`.",
        "",
        "## Data",
        "",
        *(
            f"- {name}: {value}"
            for name, value in dataclasses.asdict(config.corpus).items()
            if value not in (None, "", ())
        ),
        f"- sentence pairs: {len(run.corpus.train):,} for training, "
        f"{len(run.corpus.valid):,} for validation, {len(run.corpus.test):,} held out",
        "",
        "## Model",
        "",
        f"- parameters: {run.checkpoint.model.n_parameters:,}",
        *(f"- {name}: {value}" for name, value in model.items()),
        f"- tokenizer: {', '.join(tokenizer)}",
        "",
        "## Training",
        "",
        f"- hardware: {hardware(run.trainer)}; torch {torch.__version__}",
        f"- seed: {config.training.seed}",
        f"- steps: {progress.step:,} (kept: {progress.best_step:,}, the lowest validation loss, "
        f"{progress.best_loss:.4f})",
        f"- target tokens: {progress.tokens:,} in {progress.seconds / 60:.1f} minutes of training steps",
        f"- again: `python -m explorer train --config checkpoints/{config.name}/config.json --out "
        f"runs/{config.name}"
        + (" --data FOLDER_OF_THE_FILES" if config.corpus.kind == "files" else "")
        + "` (uses a GPU if there is one)",
        "",
    ]
    if scores:
        lines += ["## Scores on held-out data", "", scores.rstrip(), ""]
    return "\n".join(lines)
