"""A run's folder that survives a kill at any moment: weights get a new name first, and only then the pointer.

A run folder holds config.json, the tokenizers, `state-<step>-….safetensors` (everything a resumed run needs),
`best-<step>-….safetensors` (the weights to keep, as they were at that state), `pointer.json` (their names and
sha256, the newest state and the one before) and `metrics.db` (see `records`). A name ends in the start of the
file's sha256: no file is ever written over.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from explorer.durable import sync_folder, write_text_durably
from explorer.errors import InputError
from explorer.training.runs.records import RunRecords
from explorer.training.trainer import Progress, Trainer

POINTER = "pointer.json"


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclasses.dataclass(frozen=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def records(self) -> RunRecords:
        """What the run has written down."""
        return RunRecords(self.path)

    def save_state(self, trainer: Trainer, best: dict[str, Tensor] | None) -> None:
        """Write the state of `trainer`, and `best` when it is new, then point to them and delete what nothing
        points to.
        """
        step = trainer.progress.step
        entries = self._entries()
        kept = entries[0].get("best") if entries else None
        if best is not None:
            kept = self._write_tensors(f"best-{step:06d}", best, {})
        metadata = {"progress": json.dumps(dataclasses.asdict(trainer.progress))}
        state = self._write_tensors(f"state-{step:06d}", trainer.tensors(), metadata) | {"best": kept}
        # the state before stays, so that a damaged newest file costs one validation and not the run
        entries = [state] + [entry for entry in entries if entry["file"] != state["file"]][:1]
        write_text_durably(self.path / POINTER, json.dumps({"states": entries}, indent=1))
        used = {entry["file"] for entry in entries} | {
            entry["best"]["file"] for entry in entries if entry["best"]
        }
        for file in (*self.path.glob("state-*.safetensors*"), *self.path.glob("best-*.safetensors*")):
            if file.name not in used:
                file.unlink(missing_ok=True)

    def load_state(self, trainer: Trainer) -> bool:
        """Put `trainer` where the newest state stands that is whole, with the weights kept by then; False
        when there is none.

        What was recorded after it stays: the run comes to the same steps again.
        """
        entries = self._entries()
        for number, entry in enumerate(entries):
            tensors = self._read_tensors(entry)
            if tensors is None or (entry["best"] and not self._is_whole(entry["best"])):
                continue
            with safe_open(self.path / entry["file"], framework="pt") as file:
                trainer.progress = Progress(**json.loads(file.metadata()["progress"]))
            trainer.load_tensors(tensors)
            if number:  # what is damaged is out of the way before the next state is written
                write_text_durably(self.path / POINTER, json.dumps({"states": entries[number:]}, indent=1))
            return True
        return False

    def load_best(self) -> dict[str, Tensor] | None:
        """The weights with the lowest validation loss, by parameter name; None before the first validation.

        Raises InputError when their file is damaged.
        """
        entries = self._entries()
        entry = entries[0]["best"] if entries else None
        if entry is None:
            return None
        tensors = self._read_tensors(entry)
        if tensors is None:
            raise InputError(
                f"{self.path / entry['file']} is damaged: resume the run, which goes on from the state "
                "before."
            )
        return tensors

    def _write_tensors(
        self, stem: str, tensors: dict[str, Tensor], metadata: dict[str, str]
    ) -> dict[str, str]:
        """Write and sync a file that is named by its content. The pointer that is written next makes it
        count.
        """
        contiguous = {
            key: tensor.detach().cpu().contiguous().clone() for key, tensor in tensors.items()
        }  # tied weights get a copy each
        part = self.path / f"{stem}.safetensors.part"
        try:
            save_file(contiguous, part, metadata)
            with open(part, "rb") as file:
                os.fsync(file.fileno())
                file.seek(0)
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            name = f"{stem}-{sha256[:12]}.safetensors"
            os.replace(part, self.path / name)
        except BaseException:
            part.unlink(missing_ok=True)  # it would take the last of a full disk
            raise
        sync_folder(self.path)
        return {"file": name, "sha256": sha256}

    def _is_whole(self, entry: dict[str, str]) -> bool:
        try:
            return file_sha256(self.path / entry["file"]) == entry["sha256"]
        except OSError:
            return False

    def _read_tensors(self, entry: dict[str, str]) -> dict[str, Tensor] | None:
        try:
            return load_file(self.path / entry["file"]) if self._is_whole(entry) else None
        except (OSError, SafetensorError):
            return None

    def _entries(self) -> list[dict]:
        """What the pointer names, the newest state first."""
        try:
            pointer = json.loads((self.path / POINTER).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return []
        before = pointer.get("best")  # of runs before the weights to keep were noted with each state
        return [{"best": before} | entry for entry in pointer.get("states", [])]
