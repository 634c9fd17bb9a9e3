"""What tests of runs share: a run so small that it is over in a second."""

from __future__ import annotations

import dataclasses

import pytest

from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.tasks import TaskConfig
from explorer.tokenization import TokenizerConfig
from models.config import TransformerConfig

TINY = RunConfig(
    name="tiny",
    description="Copies three numbers.",
    corpus=TaskConfig(task="copy", vocabulary=8, length=3, n_train=300, n_valid=20, n_test=20),
    tokenizer=TokenizerConfig(kind="word", shared=True),
    model=TransformerConfig(
        d_model=16, n_heads=2, n_encoder_layers=1, n_decoder_layers=1, d_ff=16, dropout=0.0
    ),
    training=TrainingConfig(
        max_steps=30,
        batch_tokens=200,
        warmup_steps=5,
        validate_every=10,
        bleu_sentences=20,
        learning_rate=0.01,
        device="cpu",
        average=0.5,
    ),
)


def tiny(**training) -> RunConfig:
    """`TINY` trained otherwise."""
    return dataclasses.replace(TINY, training=dataclasses.replace(TINY.training, **training))


@pytest.fixture
def ended():
    """Ends the runs of a folder when the test ends, also when it fails."""
    import contextlib
    import os
    import signal

    from explorer.training.runs.process import process_id

    roots = []
    yield roots.append
    for root in roots:
        for folder in root.iterdir():
            number = process_id(folder) if folder.is_dir() else None
            if number is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
