"""Save a trained model with its tokenizers, config and card as a folder, and load it back, trusting nothing.

Nothing in a folder is believed before it is checked: names, count, shapes and types of the tensors against
the model that the config describes, every number finite, the files against the sha256 in checkpoint.json.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import save as save_arrays
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explorer.checkpoints.catalogue import (
    ALWAYS,
    CARD,
    CONFIG,
    HISTORY,
    MANIFEST,
    ROLE_CURVES,
    RUN_CHECKPOINT,
    SNAPSHOTS,
    WEIGHTS,
    find_checkpoint,
    hashed_files,
    read_card,
    read_json,
    required_files,
    side_names,
    tokenizer_file,
)
from explorer.checkpoints.role_snapshots import role_parts, unpack_roles
from explorer.checkpoints.snapshots import pack_record as pack_record  # callers that train have it from here
from explorer.checkpoints.snapshots import record_parts, unpack_record
from explorer.config.run import RunConfig, size_problem
from explorer.durable import sync_folder
from explorer.errors import InputError
from explorer.results import HistoryRow
from explorer.tokenization import Tokenizer, tokenizer_from_json
from models import build_model
from models.base import Model
from models.config import Capabilities, ModelConfig
from models.ids import SpecialIds

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained model with all that is needed to use it.

    path and sha256 (of the weights) are None and "" while it only lives in memory;  tokenizers: by stream.
    """

    name: str
    path: Path | None
    config: RunConfig
    model: Model
    tokenizers: Mapping[str, Tokenizer]
    card: str = ""
    sha256: str = ""

    @classmethod
    def in_memory(cls, config: RunConfig, model: Model, *tokenizers: Tokenizer) -> Checkpoint:
        """A model that is not saved, such as one in training; tokenizers: one for each stream, in order."""
        by_stream = dict(zip(config.model.can.streams, tokenizers, strict=True))
        return cls(config.name, None, config, model, by_stream)

    @property
    def can(self) -> Capabilities:
        return self.config.model.can

    @property
    def side_names(self) -> dict[str, str]:
        """What each stream is called in a sentence, as in `CheckpointInfo`."""
        return side_names(self.can, self.config.corpus)

    @property
    def src_tokenizer(self) -> Tokenizer:
        """That of what is read."""
        return self.tokenizers[self.can.reads[0]]

    @property
    def tgt_tokenizer(self) -> Tokenizer:
        """That of what is written. Raises KeyError for a model that writes nothing."""
        return self.tokenizers[self.can.writes]


def model_ids(*tokenizers: Tokenizer) -> SpecialIds:
    """The special tokens of a model with these tokenizers. Raises InputError where they do not agree, or lack
    a token that begins or ends a text.
    """
    every = {(t.pad_id, t.unk_id, t.bos_id, t.eos_id) for t in tokenizers}
    if len(every) > 1:
        raise InputError(
            "The tokenizers have different special tokens, and a model knows one set of them: take both of "
            "one run."
        )
    pad, unk, bos, eos = every.pop()
    if bos is None or eos is None:
        raise InputError("The tokenizer has no token that begins a text, or none that ends it: take another.")
    return SpecialIds(pad, unk, bos, eos)


# ----------------------------------------------------------------------------------------------------- saving


def save_checkpoint(
    path: Path,
    checkpoint: Checkpoint,
    history: Sequence[HistoryRow] = (),
    snapshots: Sequence[tuple[int, int, bytes]] = (),
    card: str = "",
    roles: Sequence[tuple[int, bytes]] = (),
) -> Path:
    """Write `checkpoint` to the folder `path`, weights in half precision. snapshots: (step, number of the
    sentence, packed record); roles: (step, what heads answered, packed).

    All files are written and synced under another name, then the folder is renamed: a reader finds a whole
    checkpoint or none. When `path` exists already, the old one is moved aside first and deleted last. Raises
    InputError when a weight does not fit into half precision.
    """
    files = _files_of(checkpoint, history, card)
    if snapshots:
        files[SNAPSHOTS] = _parts_file(
            {f"{step}/{n}": record_parts(unpack_record(packed)) for step, n, packed in snapshots}
        )
    if roles:
        files[ROLE_CURVES] = _parts_file(
            {str(step): role_parts(unpack_roles(packed)) for step, packed in roles}
        )
    return _write_folder(Path(path), files)


def _files_of(checkpoint: Checkpoint, history: Sequence[HistoryRow], card: str) -> dict[str, bytes]:
    """The files of every checkpoint by name, and the manifest with their hashes."""
    files = {
        CONFIG: json.dumps(checkpoint.config.to_dict(), indent=1, ensure_ascii=False).encode(),
        WEIGHTS: _half_precision(checkpoint.model),
        **{
            tokenizer_file(stream): json.dumps(tokenizer.to_json(), ensure_ascii=False).encode()
            for stream, tokenizer in checkpoint.tokenizers.items()
        },
        CARD: (card or checkpoint.card).encode(),
        HISTORY: _history_json(history).encode(),
    }
    manifest = {
        "format": FORMAT,
        "sha256": {name: hashlib.sha256(files[name]).hexdigest() for name in hashed_files(checkpoint.can)},
    }
    return files | {MANIFEST: json.dumps(manifest, indent=1).encode()}


def _write_folder(path: Path, files: dict[str, bytes]) -> Path:
    """Write a folder under another name, then rename it, the old one moved aside first and deleted last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part, old = (path.with_name(f".{path.name}.{suffix}") for suffix in ("part", "old"))
    shutil.rmtree(part, ignore_errors=True)
    if old.is_dir() and not path.exists():  # the power was cut between the two renames below
        old.rename(path)
    try:
        part.mkdir()
        for name, content in files.items():
            with open(part / name, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(part)
        if path.exists():
            shutil.rmtree(old, ignore_errors=True)
            path.rename(old)
        part.rename(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)  # it would take the last of a full disk
        if old.is_dir() and not path.exists():
            old.rename(path)
        raise
    sync_folder(path.parent)
    shutil.rmtree(old, ignore_errors=True)
    return path


def _kept_tensors(model: nn.Module) -> dict[str, Tensor]:
    """What a checkpoint keeps of a model: each parameter once, however many names share it, and persistent
    buffers.
    """
    parameters = dict(model.named_parameters())
    aliases = {name for name, _ in model.named_parameters(remove_duplicate=False)} - set(parameters)
    buffers = {
        name: tensor
        for name, tensor in model.state_dict().items()
        if name not in parameters and name not in aliases
    }
    return {name: p.detach() for name, p in parameters.items()} | buffers


def _kept_dtype(tensor: Tensor) -> torch.dtype:
    return torch.float16 if tensor.is_floating_point() else tensor.dtype


def _half_precision(model: nn.Module) -> bytes:
    tensors = {name: t.to("cpu", _kept_dtype(t)).contiguous() for name, t in _kept_tensors(model).items()}
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise InputError(
                f"The weights {name!r} are not finite or beyond ±65504, the range of half precision: train "
                "with a lower learning rate."
            )
    return save_tensors(tensors)


def _history_json(history: Sequence[HistoryRow]) -> str:
    lines = []
    for row in history:
        values = {name: value if math.isfinite(value) else None for name, value in row.values.items()}
        lines.append(json.dumps({"step": row.step, "epoch": row.epoch, "values": values}))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _parts_file(entries: dict[str, tuple[dict[str, np.ndarray], str]]) -> bytes:
    """Each entry's arrays as "<key>/<name>", its facts in the metadata."""
    arrays = {f"{key}/{name}": array for key, (parts, _) in entries.items() for name, array in parts.items()}
    return save_arrays(arrays, {key: facts for key, (_, facts) in entries.items()})


# ---------------------------------------------------------------------------------------------------- loading


def load_checkpoint(name_or_path: str | Path, root: Path | None = None) -> Checkpoint:
    """The checkpoint of that name (under `root`, by default the shipped ones) or in that folder: float32,
    evaluation mode, on the CPU.

    Raises InputError with a sentence when there is none, or anything in it is not as it should be.
    """
    path = find_checkpoint(name_or_path, root)
    try:
        return _load(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror or error}): check its permissions, or copy it again."
        ) from error


def _load(path: Path) -> Checkpoint:
    _refuse_missing(path, ALWAYS)
    config = RunConfig.from_dict(read_json(path / CONFIG))
    _refuse_missing(path, required_files(config.model.can))
    hashes = _read_manifest(path, config.model.can)
    tokenizers = {
        stream: _read_tokenizer(path / tokenizer_file(stream), hashes) for stream in config.model.can.streams
    }
    for stream, n_vocab in config.model.vocab_sizes.items():
        if tokenizers[stream].vocab_size != n_vocab:
            raise InputError(
                f"{path}: the {stream} tokenizer has {tokenizers[stream].vocab_size} tokens, the model "
                f"{n_vocab}: take both of one run."
            )
    _check_size(path, config.model)
    try:
        model = build_model(config.model, model_ids(*tokenizers.values()))
    except ValueError as error:
        raise InputError(f"{path / CONFIG}: {error}") from error
    _fill(model, path / WEIGHTS, hashes)
    model.eval().requires_grad_(False)
    name = config.name if path.name == RUN_CHECKPOINT else path.name
    return Checkpoint(name, path, config, model, tokenizers, read_card(path), hashes[WEIGHTS])


def _refuse_missing(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in names if not (path / name).is_file()]
    if missing:
        raise InputError(
            f"{path} is no whole checkpoint: {', '.join(missing)} missing. Copy it again, or pick another "
            "one."
        )


def _read_manifest(path: Path, can: Capabilities) -> dict[str, str]:
    manifest = read_json(path / MANIFEST)
    version = manifest.get("format") if isinstance(manifest, dict) else None
    if version != FORMAT:
        raise InputError(
            f"{path / MANIFEST} has format {version!r}, and this version reads format {FORMAT}: train the "
            "model again."
        )
    hashes = manifest.get("sha256")
    names = hashed_files(can)
    if not isinstance(hashes, dict) or not all(isinstance(hashes.get(name), str) for name in names):
        raise InputError(
            f"{path / MANIFEST} lacks the sha256 of {', '.join(names)}: copy the checkpoint again."
        )
    return hashes


def _read_hashed(file: Path, hashes: dict[str, str]) -> bytes:
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != hashes[file.name]:
        raise InputError(
            f"{file} is not the file that was saved (its sha256 differs from {MANIFEST}): copy the "
            "checkpoint again."
        )
    return content


def _read_tokenizer(file: Path, hashes: dict[str, str]) -> Tokenizer:
    values = read_json(file)
    _read_hashed(file, hashes)
    try:
        return tokenizer_from_json(values)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error


def _check_size(path: Path, config: ModelConfig) -> None:
    """Refuse a config that would build a network too large before anything is allocated."""
    excess = size_problem(config)
    if excess:
        raise InputError(f"{path / CONFIG}: {excess}: pick another checkpoint.")
    with _ShapesOnly():
        try:
            model = build_model(config)
        except ValueError as error:
            raise InputError(f"{path / CONFIG}: {error}") from error
    tensors = _kept_tensors(model)
    _check_header(path / WEIGHTS, {name: (tuple(t.shape), _kept_dtype(t)) for name, t in tensors.items()})


class _ShapesOnly(TorchFunctionMode):
    """Layers get weights without memory or numbers.

    A whole ``torch.device("meta")`` block would import torch's compiler, which takes a second.
    """

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in (
            nn.init.normal_,
            nn.init.uniform_,
            nn.init.kaiming_uniform_,
            Tensor.normal_,
            Tensor.uniform_,
        ):
            return kwargs["tensor"] if "tensor" in kwargs else args[0]
        if function is torch.empty:
            kwargs = kwargs | {"device": "meta"}
        return function(*args, **kwargs)


_DTYPES = {torch.float16: "F16", torch.int64: "I64", torch.int32: "I32", torch.bool: "BOOL"}


def _check_header(file: Path, expected: dict[str, tuple[tuple[int, ...], torch.dtype]]) -> None:
    """Compare the header of a safetensors file with the tensors it should hold, before any of them is
    read.
    """
    n_bytes = sum(math.prod(shape) * dtype.itemsize for shape, dtype in expected.values())
    limit = 4096 + 512 * len(expected)
    with open(file, "rb") as opened:
        size = int.from_bytes(opened.read(8), "little")
        if not 0 < size <= limit:
            raise InputError(
                f"{file} has a header of {size:,} bytes where at most {limit:,} were expected: copy the "
                "checkpoint again."
            )
        header = opened.read(size)
    try:
        entries = json.loads(header, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} has a damaged header ({error}): copy the checkpoint again.") from error
    if not isinstance(entries, dict):
        raise InputError(f"{file} has a damaged header: copy the checkpoint again.")
    entries.pop("__metadata__", None)
    unknown, missing = sorted(set(entries) - set(expected)), sorted(set(expected) - set(entries))
    if unknown or missing:
        wrong = f"has {unknown[0]!r:.80}, which the model lacks" if unknown else f"lacks {missing[0]!r}"
        raise InputError(
            f"{file} does not hold the {len(expected)} tensors that {CONFIG} describes: it {wrong}."
        )
    for name, (shape, dtype) in expected.items():
        entry = entries[name] if isinstance(entries[name], dict) else {}
        if entry.get("shape") != list(shape) or entry.get("dtype") != _DTYPES.get(dtype):
            raise InputError(
                f"{file}: {name} has shape {str(entry.get('shape')):.80} and type "
                f"{str(entry.get('dtype')):.20}; "
                f"{CONFIG} says {list(shape)} and {_DTYPES.get(dtype)}."
            )
    n_there = file.stat().st_size - 8 - size
    if n_there != n_bytes:
        raise InputError(
            f"{file} holds {n_there:,} bytes of weights where {n_bytes:,} were expected: copy the checkpoint "
            "again."
        )


def _unique(pairs: list[tuple[str, object]]) -> dict:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a name stands in it twice")
    return dict(pairs)


def _fill(model: nn.Module, file: Path, hashes: dict[str, str]) -> None:
    try:
        tensors = load_tensors(_read_hashed(file, hashes))
    except SafetensorError as error:
        raise InputError(
            f"{file} is not a readable weights file ({error}): copy the checkpoint again."
        ) from error
    with torch.no_grad():
        for name, target in _kept_tensors(model).items():
            if tensors[name].is_floating_point() and not bool(torch.isfinite(tensors[name]).all()):
                raise InputError(f"{file}: {name} holds numbers that are not finite: train the model again.")
            target.copy_(tensors[name])
