"""How is a run started, resumed and turned into a checkpoint?"""

from __future__ import annotations

import dataclasses
import json
import platform
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from explorer.catalogue import read_json
from explorer.checkpoints import Checkpoint, save_checkpoint, size_problem
from explorer.corpora import load_corpus
from explorer.corpora.files import find_files
from explorer.durable import write_text_durably
from explorer.errors import InputError
from explorer.results import ParallelCorpus, SentencePair
from explorer.tokenization import Tokenizer, tokenizer_from_json, train_tokenizer
from explorer.tokenization.saved import read_tokenizers
from explorer.training import callbacks
from explorer.training.batches import encode_pairs
from explorer.training.config import RunConfig
from explorer.training.memory import GiveBack, prepare_memory
from explorer.training.store import RunFolder, create_run_folder
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


def start_run(config: RunConfig, path: Path, data: Path | None = None) -> Run:
    """A new run in `path`. Raises InputError when `path` already holds one, or the config cannot work.

    data: the folder in which the files of the corpus lie; the config keeps their names without it, so that it works elsewhere.
    """
    excess = size_problem(config.model)
    if excess:
        raise InputError(f"{excess}: choose a smaller model.")
    folder = create_run_folder(path)
    corpus = load_corpus(find_files(config.corpus, data))
    if not corpus.train:
        raise InputError(f"The corpus {corpus.name} has no training sentences: check its settings.")
    src_texts, tgt_texts = [pair.src for pair in corpus.train], [pair.tgt for pair in corpus.train]
    if config.tokenizer.files:
        src_tokenizer, tgt_tokenizer = read_tokenizers(config.tokenizer)
    elif config.tokenizer.shared:
        src_tokenizer = tgt_tokenizer = train_tokenizer(config.tokenizer, src_texts + tgt_texts)
    else:
        src_tokenizer, tgt_tokenizer = train_tokenizer(config.tokenizer, src_texts), train_tokenizer(config.tokenizer, tgt_texts)
    try:
        model_config = dataclasses.replace(config.model, src_vocab=src_tokenizer.vocab_size, tgt_vocab=tgt_tokenizer.vocab_size)
    except ValueError as error:
        raise InputError(str(error)) from error
    config = dataclasses.replace(config, model=model_config)
    for name, tokenizer in (("src", src_tokenizer), ("tgt", tgt_tokenizer)):
        write_text_durably(path / f"{name}_tokenizer.json", json.dumps(tokenizer.to_json(), ensure_ascii=False))
    write_text_durably(path / "config.json", json.dumps(config.to_dict(), indent=1, ensure_ascii=False))
    return _assemble(folder, config, corpus, src_tokenizer, tgt_tokenizer)


def resume_run(path: Path, data: Path | None = None) -> Run:
    """The run in `path` at its last whole state. Raises InputError when `path` holds no run."""
    names = ("config.json", "src_tokenizer.json", "tgt_tokenizer.json")
    missing = [name for name in names if not (path / name).is_file()]
    if missing:
        raise InputError(f"{path} holds no run that could be resumed ({', '.join(missing)} missing): give the folder that --out named.")
    values, *tokenizers = (read_json(path / name) for name in names)
    config, tokenizers = RunConfig.from_dict(values), [tokenizer_from_json(entry) for entry in tokenizers]
    run = _assemble(RunFolder(path), config, load_corpus(find_files(config.corpus, data)), *tokenizers)
    run.folder.load_state(run.trainer)
    return run


def _assemble(folder: RunFolder, config: RunConfig, corpus: ParallelCorpus, src_tokenizer: Tokenizer, tgt_tokenizer: Tokenizer) -> Run:
    torch.manual_seed(config.training.seed)
    try:
        model = build_model(config.model)
    except ValueError as error:
        raise InputError(f"{error} tokenizer.min_count is {config.tokenizer.min_count}: a smaller one keeps more tokens.") from error
    longest = config.model.max_len
    train = encode_pairs(corpus.train, src_tokenizer, tgt_tokenizer, longest)
    valid = encode_pairs(corpus.valid[: config.training.validate_sentences], src_tokenizer, tgt_tokenizer, longest)
    if not train:
        raise InputError(f"Every training sentence has more than {longest} tokens: raise model.max_len or choose shorter sentences.")
    if not valid:
        raise InputError(
            f"No validation sentence has fewer than {longest} tokens, and without one no weights are kept: set n_valid or valid_share "
            "above 0."
        )
    trainer = Trainer(model, config.training, train, valid)
    checkpoint = Checkpoint.in_memory(config, model, src_tokenizer, tgt_tokenizer)
    return Run(folder, config, corpus, checkpoint, trainer)


def carry_out(
    run: Run, show_progress: bool = True, stop_asked: Callable[[], bool] | None = None, evaluate: Callable[[Path], str] | None = None
) -> Path | None:
    """Train `run` to its end and write its checkpoint; returns the checkpoint's folder, or None when the run was stopped on request.

    evaluate: called with the checkpoint's folder to measure it on held-out data; returns what the card shall say about it.
    """
    training = run.config.training
    prepare_memory()
    watchers: list[callbacks.Callback] = [
        callbacks.Translations(run.checkpoint, run.corpus.valid[: training.bleu_sentences]),
        callbacks.Recorder(run.folder, run.checkpoint, snapshot_pairs(run.corpus, training.snapshot_sentences)),
        GiveBack(),
    ]
    if training.patience:
        watchers.append(callbacks.EarlyStop(training.patience))
    if stop_asked is not None:
        watchers.append(callbacks.StopWhen(stop_asked))
    bar = callbacks.ProgressBar(training.max_steps, run.trainer.progress.step) if show_progress else None
    if bar:
        watchers.append(bar)
    run.folder.set_status(state="running", device=device_name(run.trainer.device))
    try:
        run.trainer.run(watchers)
    finally:
        if bar:
            bar.close()
    if run.trainer.stop_reason == "stopped on request":
        run.folder.save_state(run.trainer, None)
        run.folder.set_status(state="stopped")
        return None
    run.folder.set_status(state="finished", reason=run.trainer.stop_reason or "reached max_steps")
    return publish(run, evaluate)


def publish(run: Run, evaluate: Callable[[Path], str] | None = None) -> Path:
    """Write the best weights of `run` as a checkpoint into its folder."""
    best = run.folder.load_best()
    if best is None:
        why = run.trainer.stop_reason or "no validation loss was taken"
        raise InputError(f"{run.folder.path} has no weights to keep: {why}.")
    run.trainer.set_weights(best)
    run.trainer.model.eval()
    path = run.folder.path / "checkpoint"
    save_checkpoint(path, run.checkpoint, run.folder.history(), run.folder.snapshots(), card(run, ""))
    if evaluate is not None:
        write_text_durably(path / "card.md", card(run, evaluate(path)))
    return path


def snapshot_pairs(corpus: ParallelCorpus, n: int) -> Sequence[SentencePair]:
    """The fixed held-out sentences whose attention is kept at every validation: of middling length, the first in a fixed shuffle."""
    fitting = [pair for pair in corpus.valid if 6 <= len(pair.src.split()) <= 14] or list(corpus.valid)
    return random.Random(0).sample(fitting, min(n, len(fitting)))


def device_name(device: torch.device) -> str:
    """The device in words, for cards and pages."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU ({platform.machine()}, {torch.get_num_threads()} threads)"


def card(run: Run, scores: str) -> str:
    """card.md: what the model is, how it was trained, how good it is."""
    config, progress = run.config, run.trainer.progress
    model = dataclasses.asdict(config.model)
    lines = [
        f"# {config.name}",
        "",
        config.description or "A model trained with this project's own command.",
        "",
        "## Data",
        "",
        *(f"- {name}: {value}" for name, value in dataclasses.asdict(config.corpus).items() if value not in (None, "", ())),
        f"- sentence pairs: {len(run.corpus.train):,} to train, {len(run.corpus.valid):,} to validate, {len(run.corpus.test):,} held out",
        "",
        "## Model",
        "",
        f"- parameters: {run.checkpoint.model.n_parameters:,}",
        *(f"- {name}: {value}" for name, value in model.items()),
        f"- tokenizer: {', '.join(f'{name} {value}' for name, value in dataclasses.asdict(config.tokenizer).items() if value != ())}",
        "",
        "## Training",
        "",
        f"- hardware: {device_name(run.trainer.device)}; torch {torch.__version__}",
        f"- seed: {config.training.seed}",
        f"- steps: {progress.step:,} (kept: {progress.best_step:,}, the lowest validation loss, {progress.best_loss:.4f})",
        f"- target tokens: {progress.tokens:,} in {progress.seconds / 60:.1f} minutes of training steps",
        f"- again: `python -m explorer train --config checkpoints/{config.name}/config.json --out runs/{config.name}"
        + (" --data FOLDER_OF_THE_FILES" if config.corpus.kind == "files" else "")
        + "` (a GPU is used when there is one)",
        "",
    ]
    if scores:
        lines += ["## Scores on held-out data", "", scores.rstrip(), ""]
    return "\n".join(lines)
