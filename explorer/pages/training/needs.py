"""How much a run will need, and where it will be computed, shown before it starts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.errors import InputError
from explorer.pages.training import timelines

if TYPE_CHECKING:
    from explorer.config.run import RunConfig
    from explorer.training.runs.form import Filled

MOST_COUNTED = 200_000  # pairs that are drawn and counted while somebody fills in the form


def estimate(filled: Filled, base: RunConfig, data: Path | None, place: Any) -> Filled:
    """Say what the run will need; `filled` with what only the data could tell."""
    from explorer.training.runs.estimate import estimate
    from explorer.training.runs.form import Filled, at_fault
    from explorer.views.training.run_watch import estimate_lines

    config = filled.config
    if config is None:
        place.text("What the run needs is shown once every setting fits.")
        return filled
    if getattr(config.corpus, "n_train", 0) > MOST_COUNTED:
        place.text(
            f"More than {MOST_COUNTED:,} pairs take minutes to count: what the run needs is shown once it "
            "has started."
        )
        return filled
    try:
        with place, st.spinner("Counting the data: the first time takes some seconds"):
            size = timelines.data_size(data_key(config, data), config, data)
        rate = timelines.machine_rate(config.model.family, config.training.device, config)
        lines = estimate_lines(estimate(config, size, rate))
    except InputError as error:
        return Filled(None, str(error), at_fault(str(error), base))
    with place:
        st.text(lines[0])
        for line in lines[1:-1]:
            st.caption(line)
        st.caption(f"{device_line(config)} {lines[-1]}")
    return filled


def data_key(config: RunConfig, data: Path | None) -> str:
    """Names all on which the size of the data depends, files as they are now."""
    from explorer.corpora.files import find_files

    values, files = config.to_dict(), []
    if config.corpus.kind == "files":
        for path in find_files(config.corpus, data).paths:
            for part in path.split("|"):
                try:
                    stat = os.stat(part.strip())
                except OSError as error:
                    raise InputError(
                        f"corpus.paths: {part} cannot be read ({error.strerror}): check that it is still "
                        "there."
                    ) from error
                files.append((part, stat.st_size, stat.st_mtime_ns))
    training = {name: values["training"][name] for name in ("batch_tokens", "seed", "validate_sentences")}
    return json.dumps(
        [
            values["corpus"],
            values["tokenizer"],
            values["model"]["max_len"],
            values["model"].get("tie_embeddings"),
            training,
            files,
        ]
    )


def device_line(config: RunConfig) -> str:
    """Where the run will be computed."""
    from explorer.training.runs.estimate import has_gpu

    if config.training.device == "cuda" or (config.training.device == "auto" and has_gpu()):
        return (
            "Runs on the GPU of this machine."
            if has_gpu()
            else "A GPU is asked for, but this machine has none."
        )
    return "Runs on the CPU." if has_gpu() else "Runs on the CPU: no GPU was found on this machine."
