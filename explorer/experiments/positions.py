"""Which positions carry beyond the lengths of training? A small model of each, asked for longer sequences."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.tasks import TaskConfig
from explorer.experiments.experiment import Experiment
from explorer.results import Answer, FinishedRun
from explorer.tokenization import TokenizerConfig
from models.config import TransformerConfig

EXACT, RIGHT_PLACES, BLEU = (
    "exact match by length",
    "right places by length",
    "BLEU by length",
)  # names of curves
LENGTHS = (4, 6, 8, 10, 11, 12, 14, 16, 20, 25, 30)  # of the sequences asked
LONGEST_TRAINED, LONGER = 10, 12
HOLDS = 0.5  # of sequences of LONGER numbers right: the encoding carries beyond the training
LABELS = {
    "none": "none", "sinusoidal": "sinusoidal", "learned": "learned", "relative": "relative",
    "rotary": "rotary", "t5": "t5",
    "alibi": "ALiBi",
}  # fmt: skip
ADDED, BETWEEN = (
    ("sinusoidal", "learned"),
    ("relative", "rotary", "t5", "alibi"),
)  # to each embedding; between two tokens
_CORPUS = TaskConfig(
    task="copy", vocabulary=50, length=LONGEST_TRAINED, shortest=3, n_train=20_000, n_valid=200, n_test=200
)
_TRAINING = TrainingConfig(
    max_steps=500,
    batch_tokens=1024,
    learning_rate=2e-3,
    warmup_steps=100,
    schedule="cosine",
    label_smoothing=0.0,
    validate_every=100,
    validate_sentences=200,
    bleu_sentences=100,
    snapshot_sentences=0,
    precision="float32",
)


def configs() -> dict[str, RunConfig]:
    """The same model, data and steps with each encoding."""
    return {
        positions: RunConfig(
            name=f"experiment-positions-{positions}",
            description=f"Copy 3 to 10 numbers below 50: a transformer with positions={positions!r}, for "
            "the experiment on positions.",
            corpus=_CORPUS,
            tokenizer=TokenizerConfig(kind="word", shared=True),
            model=TransformerConfig(
                d_model=64,
                n_heads=4,
                n_encoder_layers=2,
                n_decoder_layers=2,
                d_ff=128,
                dropout=0.0,
                positions=positions,
                max_len=64,
            ),
            training=_TRAINING,
        )
        for positions in LABELS
    }


def at_length(run: FinishedRun, length: int, name: str = EXACT) -> float:
    """The value of a measured curve at one length."""
    curve = run.curves[name]
    return curve.y[curve.x.index(float(length))]


def answer(runs: Mapping[str, FinishedRun]) -> Answer:
    """Which encodings carry to LONGER numbers."""
    carried = [key for key in LABELS if at_length(runs[key], LONGER) >= HOLDS]
    short = ", ".join(f"{LABELS[key]} {100 * at_length(runs[key], LONGEST_TRAINED):.0f} %" for key in LABELS)
    long = ", ".join(f"{LABELS[key]} {100 * at_length(runs[key], LONGER):.0f} %" for key in LABELS)
    kinds = any(key in ADDED for key in carried), any(key in BETWEEN for key in carried)
    option = {(False, True): 0, (True, False): 1, (True, True): 2, (False, False): 3}[kinds]
    return Answer(f"All right of {LONGEST_TRAINED} numbers: {short}. Of {LONGER}: {long}.", option)


POSITIONS = Experiment(
    name="positions",
    title="Positions",
    question="How does a transformer know where a word stands?",
    prediction=(
        f"Trained for {_TRAINING.max_steps} steps to copy 3 to {LONGEST_TRAINED} numbers, then asked for "
        f"{LONGER}: which positions still "
        "get at least half of the sequences right?"
    ),
    options=(
        "Only some of those between two tokens",
        "Only some of those added to each token",
        "Some of both kinds",
        "None",
    ),
    measured="Exact match with 95 % intervals and BLEU of 100 new sequences of each length, greedy search.",
    labels=LABELS,
    configs=configs,
    answer=answer,
    measures=("scores_of_longer",),
    models=("learned", "relative", "t5"),
)
