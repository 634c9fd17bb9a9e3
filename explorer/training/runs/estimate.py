"""What a run will need, before anything is built: parameters exactly, memory and time about. Free of torch.

The time is that of its arithmetic, about 6 operations for each weight and target token (Kaplan et al. 2020,
section 2.1, with source and target of about one length), at the rate that earlier runs on this machine
reached, or else a share of what a matrix product reaches here.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from explorer.checkpoints import catalogue
from explorer.config.run import RunConfig
from explorer.errors import InputError
from explorer.results import DataSize, Estimate
from explorer.training.runs.records import RunRecords
from explorer.training.runs.request import CONFIG, holds_run, read_config

RECENT_RUNS = 5  # of which the rate is the median
BASE_BYTES = 350 * 2**20  # Python, torch and what they keep, before the first step
CALIBRATION_SECONDS = 0.15
GPU_FOLDER = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True)
class Rate:
    """operations_per_second: what training reaches, None where nothing is known;  basis: where that is from,
    one sentence.
    """

    operations_per_second: float | None
    basis: str


def estimate(config: RunConfig, size: DataSize, rate: Rate) -> Estimate:
    """What the run of `config` on data of this `size` will need. Raises InputError when the vocabularies do
    not fit the model.
    """
    try:
        model = dataclasses.replace(config.model, src_vocab=size.src_vocab, tgt_vocab=size.tgt_vocab)
    except ValueError as error:
        raise InputError(str(error)) from error
    training, n_parameters = config.training, model.n_parameters
    tokens_per_step = size.tokens_per_epoch / size.steps_per_epoch
    operations = operations_per_token(n_parameters) * tokens_per_step * training.max_steps
    copies = 4 + (1 if training.average else 0)  # weights, gradients, two moments, the average
    tokens_per_sentence = size.tokens_per_epoch / (size.n_train - size.n_left_out)
    n_validated = min(training.validate_sentences, size.n_valid) * training.n_validations
    operations += (
        n_validated * tokens_per_sentence * operations_per_token(n_parameters) / 3
    )  # no backward pass
    speed = rate.operations_per_second
    return Estimate(
        n_parameters=n_parameters,
        n_bytes=BASE_BYTES + 4 * copies * n_parameters + _activation_bytes(config, size),
        seconds=None if speed is None else operations / speed,
        basis=rate.basis,
        n_epochs=training.max_steps / size.steps_per_epoch,
        data=size,
    )


def operations_per_token(n_parameters: int) -> float:
    """Forward (2 for each weight) and backward (4)."""
    return 6.0 * n_parameters


def _activation_bytes(config: RunConfig, size: DataSize) -> int:
    """What one step keeps for its backward pass, in float32: states of every layer, attention weights, logits
    three times over.
    """
    tokens = config.training.batch_tokens
    return 4 * (3 * size.tgt_vocab * tokens + config.model.kept_numbers(tokens, size.longest))


def machine_rate(config: RunConfig, root: Path | None = None) -> Rate:
    """How fast a run such as `config` is on this machine: as the last runs of its family in `root` were, else
    from a short calibration.
    """
    on_gpu = config.training.device == "cuda" or (config.training.device == "auto" and has_gpu())
    measured = sorted(_measured(config.model.family, on_gpu, catalogue.RUNS if root is None else Path(root)))
    if measured:
        n_runs = "the last run" if len(measured) == 1 else f"the last {len(measured)} runs"
        return Rate(
            measured[len(measured) // 2],
            f"Estimated from {n_runs} of a {config.model.family} on this machine.",
        )
    if on_gpu:
        return Rate(
            None, "No run was made on this GPU yet, so that the time is not known before the first steps."
        )
    rate = config.model.cpu_share * _matrix_product_rate()
    return Rate(
        rate, "Estimated from a matrix product that was timed just now; the first steps will tell more."
    )


def has_gpu() -> bool:
    """Whether an NVIDIA GPU is there that torch would take."""
    try:
        return any(GPU_FOLDER.iterdir())
    except OSError:
        return False


def _measured(family: str, on_gpu: bool, root: Path) -> list[float]:
    folders = (
        [path for path in root.iterdir() if not path.name.startswith(".") and holds_run(path)]
        if root.is_dir()
        else []
    )
    rates: list[float] = []
    for path in sorted(folders, key=lambda path: -path.stat().st_mtime):
        try:
            rate = _rate_of(path, family, on_gpu)
        except InputError:  # damaged: it says nothing
            continue
        rates += [] if rate is None else [rate]
        if len(rates) == RECENT_RUNS:
            break
    return rates


def _rate_of(path: Path, family: str, on_gpu: bool) -> float | None:
    if not (path / CONFIG).is_file():
        return None
    config, records = read_config(path), RunRecords(path)
    device, rows = records.status().get("device", ""), records.history()
    if config.model.family != family or not rows or not device or device.startswith("CPU") == on_gpu:
        return None
    speeds = sorted(row.values["tokens_per_second"] for row in rows if row.values.get("tokens_per_second"))
    return operations_per_token(config.model.n_parameters) * speeds[len(speeds) // 2] if speeds else None


def _matrix_product_rate() -> float:
    """Operations per second of products of float32 matrices of 256 rows, for as long as
    `CALIBRATION_SECONDS`.
    """
    matrix = np.ones((256, 256), np.float32)
    n_products, started = 0, time.perf_counter()
    while time.perf_counter() - started < CALIBRATION_SECONDS:
        matrix @ matrix
        n_products += 1
    return n_products * 2 * 256**3 / (time.perf_counter() - started)
