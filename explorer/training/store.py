"""How does a run survive a kill at any moment? Weights are written under a new name and only then pointed to; metrics live in SQLite.

A run folder holds config.json, the tokenizers, `state-<step>.safetensors` (everything a resumed run needs), `best-<step>.safetensors` (the
weights to keep), `pointer.json` (their names and sha256, the newest state and the one before) and `metrics.db` (history, snapshots,
status).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from explorer.durable import write_durably, write_text_durably
from explorer.errors import InputError
from explorer.results import HistoryRow
from explorer.training.trainer import Progress, Trainer

POINTER = "pointer.json"
TABLES = (
    "history (step INTEGER PRIMARY KEY, epoch REAL, recorded_at REAL, row TEXT)",
    "snapshots (step INTEGER, sentence INTEGER, record BLOB, PRIMARY KEY (step, sentence))",
    "status (key TEXT PRIMARY KEY, value TEXT)",
)


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclasses.dataclass(frozen=True)
class RunFolder:
    """The files of one run."""

    path: Path

    # ---- weights

    def save_state(self, trainer: Trainer, best: dict[str, Tensor] | None) -> None:
        """Write the state of `trainer`, and `best` when it is new, then point to them and delete what nothing points to."""
        step = trainer.progress.step
        pointer = self._read_pointer()
        if best is not None:
            pointer["best"] = self._write_tensors(f"best-{step:06d}.safetensors", best, {})
        metadata = {"progress": json.dumps(dataclasses.asdict(trainer.progress))}
        state = self._write_tensors(f"state-{step:06d}.safetensors", trainer.tensors(), metadata)
        # the state before stays, so that a damaged newest file costs one validation and not the run
        pointer["states"] = [state] + [entry for entry in pointer["states"] if entry["file"] != state["file"]][:1]
        write_text_durably(self.path / POINTER, json.dumps(pointer, indent=1))
        used = {entry["file"] for entry in pointer["states"]} | {pointer["best"]["file"] if pointer["best"] else ""}
        for file in (*self.path.glob("state-*.safetensors*"), *self.path.glob("best-*.safetensors*")):
            if file.name not in used:
                file.unlink(missing_ok=True)

    def load_state(self, trainer: Trainer) -> bool:
        """Put `trainer` where the newest readable state stands; False when there is none. Later metrics are forgotten."""
        for entry in self._read_pointer()["states"]:
            tensors = self._read_tensors(entry)
            if tensors is None:
                continue
            with safe_open(self.path / entry["file"], framework="pt") as file:
                trainer.progress = Progress(**json.loads(file.metadata()["progress"]))
            trainer.load_tensors(tensors)
            self.forget_after(trainer.progress.step)
            return True
        return False

    def load_best(self) -> dict[str, Tensor] | None:
        """The weights with the lowest validation loss, by parameter name; None before the first validation."""
        entry = self._read_pointer()["best"]
        return None if entry is None else self._read_tensors(entry)

    def _write_tensors(self, name: str, tensors: dict[str, Tensor], metadata: dict[str, str]) -> dict[str, str]:
        path = self.path / name
        contiguous = {key: tensor.detach().cpu().contiguous().clone() for key, tensor in tensors.items()}  # tied weights get a copy each
        write_durably(path, lambda temporary: save_file(contiguous, temporary, metadata))
        return {"file": name, "sha256": file_sha256(path)}

    def _read_tensors(self, entry: dict[str, str]) -> dict[str, Tensor] | None:
        path = self.path / entry["file"]
        try:
            if file_sha256(path) != entry["sha256"]:
                return None
            return load_file(path)
        except (OSError, SafetensorError):
            return None

    def _read_pointer(self) -> dict:
        try:
            pointer = json.loads((self.path / POINTER).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            pointer = {}
        return {"states": pointer.get("states", []), "best": pointer.get("best")}

    # ---- metrics

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """A connection to metrics.db; what is done inside the block is one transaction."""
        connection = sqlite3.connect(self.path / "metrics.db", timeout=30)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            with connection:
                for table in TABLES:
                    connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
                yield connection
        finally:
            connection.close()

    def add_history(self, row: HistoryRow, snapshots: Sequence[bytes] = ()) -> None:
        """Write one row, with the snapshots taken at its step, as one transaction."""
        with self.database() as connection:
            values = (row.step, row.epoch, time.time(), json.dumps(row.values))
            connection.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)", values)
            for number, snapshot in enumerate(snapshots):
                connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", (row.step, number, snapshot))

    def history(self) -> list[HistoryRow]:
        """All rows, by step."""
        with self.database() as connection:
            rows = connection.execute("SELECT step, epoch, row FROM history ORDER BY step").fetchall()
        return [HistoryRow(step, epoch, json.loads(values)) for step, epoch, values in rows]

    def snapshots(self) -> list[tuple[int, int, bytes]]:
        """(step, sentence, bytes) of all snapshots, by step and sentence."""
        with self.database() as connection:
            return connection.execute("SELECT step, sentence, record FROM snapshots ORDER BY step, sentence").fetchall()

    def forget_after(self, step: int) -> None:
        """Drop what was recorded after `step`: a resumed run will record it anew."""
        with self.database() as connection:
            connection.execute("DELETE FROM history WHERE step > ?", (step,))
            connection.execute("DELETE FROM snapshots WHERE step > ?", (step,))

    def set_status(self, **values: str) -> None:
        """Note what the run is doing, for whoever watches."""
        with self.database() as connection:
            connection.executemany("INSERT OR REPLACE INTO status VALUES (?, ?)", values.items())

    def status(self) -> dict[str, str]:
        """What `set_status` noted."""
        with self.database() as connection:
            return dict(connection.execute("SELECT key, value FROM status").fetchall())


def create_run_folder(path: Path) -> RunFolder:
    """An empty run folder. Raises InputError when something is there already, or no folder can be there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        held = [entry.name for entry in path.iterdir()]
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{str(path)!r} cannot become the folder of a run ({reason}): choose another --out.") from error
    if held:
        problem = "already holds a run" if "config.json" in held else "is not empty"
        raise InputError(f"{path} {problem}: choose another --out, or continue a run with --resume.")
    return RunFolder(path)
