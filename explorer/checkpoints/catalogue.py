"""The list of trained models and their histories, read from checkpoint folders without torch.

A checkpoint folder holds config.json (the `RunConfig`), model.safetensors (half precision),
src_tokenizer.json, tgt_tokenizer.json, card.md, history.json, snapshots.safetensors, role_curves.safetensors,
and checkpoint.json, which gives the sha256 of the weights and tokenizers.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from explorer.checkpoints.role_snapshots import role_snapshot_from_parts
from explorer.checkpoints.snapshots import record_from_parts
from explorer.corpora import CORPORA, CorpusConfig
from explorer.errors import InputError
from explorer.results import AttentionSnapshot, HistoryRow, RoleSnapshot
from models import MODELS
from models.config import Capabilities

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"
RUNS = Path(
    os.environ.get("EXPLORER_RUNS") or CHECKPOINTS.parent / "runs"
)  # where runs of training go, unless somebody says otherwise
RUN_CHECKPOINT = "checkpoint"  # the folder of the trained model in a run's folder
RUN_PREFIX = "runs/"  # of the names of such models; no shipped one has a slash in it
MANIFEST, CONFIG, WEIGHTS, CARD = "checkpoint.json", "config.json", "model.safetensors", "card.md"
HISTORY, SNAPSHOTS, ROLE_CURVES = "history.json", "snapshots.safetensors", "role_curves.safetensors"
ALWAYS = (MANIFEST, CONFIG, WEIGHTS)
TOKENIZERS = {"source": "src_tokenizer.json", "target": "tgt_tokenizer.json"}  # file names of older streams
MAX_JSON_BYTES = 64 * 2**20

# Models of real text come first, as they cope with whatever is typed; among equals the one that aligns best.
_CORPUS_ORDER = ("files", "grammar", "task")
_MODEL_ORDER = ("transformer", "rnn mlp", "rnn bilinear", "rnn dot", "rnn none")


@dataclass(frozen=True)
class CheckpointInfo:
    """One checkpoint folder at a glance.

    can: what the model can do;  side_names: what its streams are called in a sentence;
    attention: the scorer of a recurrent model ("none", "dot", "bilinear", "mlp"), None for a transformer;
    tokens: what it reads and writes ("words", "characters", "500 subwords");  positions: of a transformer
    ("sinusoidal positions"); problem: why it cannot be used, None when nothing is wrong at first sight
    (`load_checkpoint` looks closely).
    """

    name: str
    path: Path
    family: str = ""
    attention: str | None = None
    can: Capabilities = Capabilities(())
    side_names: Mapping[str, str] = field(default_factory=dict)
    corpus_kind: str = ""
    task: str | None = None  # of a sequence task: "shift", "copy", …
    src_lang: str = ""
    tgt_lang: str = ""
    tokens: str = ""
    positions: str = ""
    description: str = ""
    sha256: str = ""
    problem: str | None = None

    @property
    def model(self) -> str:
        """The family, and for a recurrent model its attention: "transformer", "rnn mlp"."""
        return f"{self.family} {self.attention}" if self.attention else self.family

    @property
    def run(self) -> str:
        """The run that made it, when it stands in the list as one of the user's own; "" for a shipped one."""
        return self.name.removeprefix(RUN_PREFIX) if self.name.startswith(RUN_PREFIX) else ""


def side_names(can: Capabilities, corpus: CorpusConfig | type[CorpusConfig]) -> dict[str, str]:
    """What each stream is called in a sentence: a "target" is a translation, or the output of a task."""
    return {stream: corpus.side_names.get(stream, stream) for stream in can.streams}


def tokenizer_file(stream: str) -> str:
    """Where a folder keeps the tokenizer of a stream."""
    return TOKENIZERS.get(stream, f"{stream}_tokenizer.json")


def hashed_files(can: Capabilities) -> tuple[str, ...]:
    """The files whose sha256 checkpoint.json gives."""
    return (WEIGHTS, *map(tokenizer_file, can.streams))


def required_files(can: Capabilities) -> tuple[str, ...]:
    """The files without which a folder is no checkpoint of a model that can do this."""
    return (MANIFEST, CONFIG, *hashed_files(can))


def list_checkpoints(root: Path | None = None) -> tuple[CheckpointInfo, ...]:
    """Every folder under `root` in the order to show them, broken ones last. Hidden folders are left out.

    Without `root`: the shipped ones, then those of finished runs, which are named "runs/<folder of the run>",
    the newest first.
    """
    infos = sorted(map(describe, _folders(CHECKPOINTS if root is None else Path(root))), key=_order)
    return (*infos, *(_run_checkpoints() if root is None else ()))


def _folders(root: Path) -> list[Path]:
    return (
        [path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")]
        if root.is_dir()
        else []
    )


def _run_checkpoints() -> list[CheckpointInfo]:
    paths = [
        folder / RUN_CHECKPOINT for folder in _folders(RUNS) if (folder / RUN_CHECKPOINT / MANIFEST).is_file()
    ]
    infos = [replace(describe(path), name=f"{RUN_PREFIX}{path.parent.name}") for path in paths]
    return sorted(infos, key=lambda info: (info.problem is not None, -_made_at(info.path), info.name))


def _made_at(path: Path) -> float:
    try:
        return (path / MANIFEST).stat().st_mtime
    except OSError:  # deleted just now
        return 0.0


def describe(path: Path) -> CheckpointInfo:
    """What the folder `path` says about itself; never raises for what it finds there."""
    missing = _missing(path, ALWAYS)
    if missing:
        return CheckpointInfo(path.name, path, problem=missing)
    try:
        config, manifest = read_json(path / CONFIG), read_json(path / MANIFEST)
        corpus, model = config["corpus"], config["model"]
        can = _capabilities(model)
        missing = _missing(path, required_files(can))
        return CheckpointInfo(
            name=path.name,
            path=path,
            family=str(model["family"]),
            attention=str(model["attention"]) if "attention" in model else None,
            can=can,
            side_names=side_names(can, CORPORA[corpus["kind"]][0]),
            corpus_kind=str(corpus["kind"]),
            task=str(corpus["task"]) if "task" in corpus else None,
            src_lang=str(corpus.get("src_lang", "")),
            tgt_lang=str(corpus.get("tgt_lang", "")),
            tokens=_tokens(config.get("tokenizer", {})),
            positions=f"{model['positions']} positions" if "positions" in model else "",
            description=str(config.get("description", "")),
            sha256=str(manifest["sha256"][WEIGHTS]),
            problem=missing,
        )
    except InputError as error:
        return CheckpointInfo(path.name, path, problem=str(error))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return CheckpointInfo(path.name, path, problem=f"its config is not that of a run ({error!r})")


def _missing(path: Path, names: Sequence[str]) -> str | None:
    absent = [name for name in names if not (path / name).is_file()]
    return f"{', '.join(absent)} {'is' if len(absent) == 1 else 'are'} missing" if absent else None


def _capabilities(model: dict[str, Any]) -> Capabilities:
    """What a model of this config can do; what is wrong with its other fields shows when it is loaded."""
    config = MODELS[model["family"]][0]
    known = {field.name for field in dataclasses.fields(config)}
    return config(**{name: value for name, value in model.items() if name in known}).can


def _tokens(tokenizer: dict[str, Any]) -> str:
    kind = tokenizer.get("kind", "")
    return (
        f"{tokenizer['vocab_size']} subwords"
        if kind == "bpe"
        else {"word": "words", "char": "characters"}.get(kind, str(kind))
    )


def _order(info: CheckpointInfo) -> tuple:
    def rank(value: str, order: tuple[str, ...]) -> int:
        return order.index(value) if value in order else len(order)

    return (
        info.problem is not None,
        rank(info.corpus_kind, _CORPUS_ORDER),
        rank(info.model, _MODEL_ORDER),
        info.name,
    )


def find_checkpoint(name_or_path: str | Path, root: Path | None = None) -> Path:
    """The folder of a checkpoint given by its name in the list of `root`, or by its path. Raises InputError
    when there is none.
    """
    given = str(name_or_path)
    if root is None and isinstance(name_or_path, str) and given.startswith(RUN_PREFIX):
        path = RUNS / given.removeprefix(RUN_PREFIX) / RUN_CHECKPOINT
        if path.parent.parent == RUNS and _is_folder(path):
            return path
    folder = CHECKPOINTS if root is None else Path(root)
    is_name = (
        isinstance(name_or_path, str) and given not in (".", "..") and "/" not in given and "\\" not in given
    )
    for path in (folder / given, Path(given)) if is_name else (Path(given),):
        if given and _is_folder(path):
            return path
    names = ", ".join(info.name for info in list_checkpoints(root)) or "none yet"
    raise InputError(
        f"There is no checkpoint {given!r}: give the path of a checkpoint folder or one of these names: "
        f"{names}."
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def read_card(path: Path) -> str:
    """card.md of a checkpoint folder, or "" when it has none."""
    try:
        return (Path(path) / CARD).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{Path(path) / CARD} cannot be read ({error}): it should be UTF-8 text.") from error


def read_history(path: Path) -> tuple[HistoryRow, ...]:
    """The history of a checkpoint folder by step, empty when it has none. Raises InputError when it is
    damaged.
    """
    file = Path(path) / HISTORY
    if not file.is_file():
        return ()
    try:
        return tuple(
            HistoryRow(
                int(row["step"]),
                float(row["epoch"]),
                {k: math.nan if v is None else float(v) for k, v in row["values"].items()},
            )
            for row in read_json(file)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{file} is no history ({error!r}): expected a list of rows with step, epoch and values."
        ) from error


def read_snapshots(path: Path) -> tuple[AttentionSnapshot, ...]:
    """The attention snapshots of a checkpoint folder, by step and sentence; weights in half precision. Raises
    InputError when damaged.
    """
    file = Path(path) / SNAPSHOTS
    try:
        parts = {tuple(map(int, key.split("/"))): part for key, part in _parts(file, 2).items()}
        return tuple(
            AttentionSnapshot(step, record_from_parts(*parts[step, n]), n) for step, n in sorted(parts)
        )
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{file} holds no attention snapshots ({error}): expected what training wrote."
        ) from error


def read_role_curves(path: Path) -> tuple[RoleSnapshot, ...]:
    """What heads answered at each step of the training of a checkpoint, by step; empty when it was not asked.
    Raises InputError.
    """
    file = Path(path) / ROLE_CURVES
    try:
        snapshots = tuple(role_snapshot_from_parts(*part) for part in _parts(file, 1).values())
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{file} holds no curves of heads ({error}): expected what training wrote."
        ) from error
    return tuple(sorted(snapshots, key=lambda snapshot: snapshot.step))


def _parts(file: Path, n_numbers: int) -> dict[str, tuple[dict[str, Any], str]]:
    """The arrays of each entry by name and its facts, by its key of so many numbers; the arrays are called
    "<key>/<name>".
    """
    if not file.is_file():
        return {}
    with safe_open(file, framework="numpy") as opened:
        facts = opened.metadata() or {}
        arrays: dict[str, dict[str, Any]] = {key: {} for key in facts}
        for name in opened.keys():
            *numbers, part = name.split("/", n_numbers)
            arrays["/".join(numbers)][part] = opened.get_tensor(name)
    return {key: (arrays[key], facts[key]) for key in facts}


def read_json(path: Path) -> Any:
    """A JSON file. Raises InputError that names the file when it cannot be read."""
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise InputError(
                f"{path} has more than {MAX_JSON_BYTES // 2**20} MB: it is not a file of a checkpoint."
            )
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}): check the path, and that the folder is whole."
        ) from error
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not JSON in UTF-8 ({error}): copy the file again.") from error
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(path)!r} cannot be read ({error}): no file can have that name.") from error
