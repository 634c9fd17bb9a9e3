"""How soon does a network learn to shift twenty numbers by one place? The textbook's first experiment."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.tasks import TaskConfig
from explorer.experiments.experiment import Experiment, kept, validations
from explorer.results import Answer, FinishedRun
from explorer.tokenization import TokenizerConfig
from models.config import RNNConfig, TransformerConfig

LEARNED = 0.99  # of the held-out sequences without a single error
EPOCHS, STEPS_PER_EPOCH = 10, 100
LABELS = {"rnn": "LSTM with MLP attention", "transformer": "Transformer"}
_SEQUENCE_TOKENS = 21  # twenty numbers and </s>
_PER_BATCH = 64
_CORPUS = TaskConfig(
    task="shift", vocabulary=100, length=20, n_train=_PER_BATCH * STEPS_PER_EPOCH, n_valid=300, n_test=300
)
_TRAINING = TrainingConfig(
    max_steps=EPOCHS * STEPS_PER_EPOCH,
    batch_tokens=_PER_BATCH * _SEQUENCE_TOKENS,
    learning_rate=3e-3,
    warmup_steps=100,
    schedule="cosine",
    label_smoothing=0.0,
    validate_every=STEPS_PER_EPOCH // 2,
    validate_sentences=300,
    bleu_sentences=300,
    precision="float32",
)
_MODELS = {
    "rnn": RNNConfig(attention="mlp", d_embedding=64, d_hidden=128, dropout=0.0),
    "transformer": TransformerConfig(
        d_model=64, n_heads=4, n_encoder_layers=1, n_decoder_layers=1, d_ff=128, dropout=0.0
    ),
}


def configs() -> dict[str, RunConfig]:
    """The settings of both runs."""
    return {
        key: RunConfig(
            name=f"experiment-shift-{key}",
            description="Shift: 20 numbers below 100 move one place to the left and 0 is appended, ten "
            "epochs.",
            corpus=_CORPUS,
            tokenizer=TokenizerConfig(kind="word", shared=True),
            model=model,
            training=_TRAINING,
        )
        for key, model in _MODELS.items()
    }


def learned_at(run: FinishedRun) -> float | None:
    """The epoch at whose validation the run had learned the task for the first time, None if it never had."""
    return next(
        (row.epoch for row in validations(run) if row.values.get("exact_match", 0.0) >= LEARNED), None
    )


def answer(runs: Mapping[str, FinishedRun]) -> Answer:
    """Which of the two has learned it."""
    when = {key: learned_at(run) for key, run in runs.items()}
    parts = [
        f"{LABELS[key]}: "
        f"{'never' if epoch is None else 'first'} over 99 % exact"
        f"{'' if epoch is None else f' at epoch {epoch:.3g}'}, "
        f"{100 * kept(runs[key], 'exact_match'):.1f} % in the end"
        for key, epoch in when.items()
    ]
    has_learned = when["rnn"] is not None, when["transformer"] is not None
    return Answer(
        "; ".join(parts) + ".",
        {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[has_learned],
    )


SHIFT = Experiment(
    name="shift",
    title="Shift task",
    question="How soon does a network learn to shift a sequence?",
    prediction="Twenty numbers below 100 move one place to the left, and 0 is appended. After ten epochs, "
    "who gets new sequences right?",
    options=("Both, over 99 %", "Only the LSTM", "Only the transformer", "Neither"),
    measured="Training and validation loss, and the share of held-out sequences of which all twenty numbers "
    "are right.",
    labels=LABELS,
    configs=configs,
    answer=answer,
)
