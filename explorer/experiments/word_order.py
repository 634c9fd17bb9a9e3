"""What does a translation lose without positions? The same model with and without, on shuffled sentences."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.experiments.experiment import Experiment
from explorer.results import Answer, FinishedRun
from explorer.tokenization import TokenizerConfig
from models.config import TransformerConfig

BLEU, LOG_PROB = "BLEU by word order", "log-probability by word order"  # names of curves
SAME, STATE_GAP = "same translation when shuffled", "largest change of a state"
LABELS = {"none": "no positions", "sinusoidal": "sinusoidal positions"}
_CORPUS = GrammarConfig(tgt_lang="de", n_train=20_000, n_valid=300, n_test=300, seed=1, max_words=10)
_TRAINING = TrainingConfig(
    max_steps=1500,
    batch_tokens=1000,
    learning_rate=4e-3,
    warmup_steps=100,
    schedule="cosine",
    label_smoothing=0.0,
    average=0.98,
    validate_every=150,
    validate_sentences=300,
    bleu_sentences=200,
    snapshot_sentences=0,
    precision="float32",
)


def configs() -> dict[str, RunConfig]:
    """The same model, data and steps with and without positions."""
    return {
        positions: RunConfig(
            name=f"experiment-word-order-{positions}",
            description="English to German sentences of up to ten words from the grammar, for the "
            "experiment on word order.",
            corpus=_CORPUS,
            tokenizer=TokenizerConfig(kind="word", shared=False),
            model=TransformerConfig(
                d_model=48,
                n_heads=4,
                n_encoder_layers=2,
                n_decoder_layers=2,
                d_ff=192,
                dropout=0.0,
                positions=positions,
                max_len=64,
            ),
            training=_TRAINING,
        )
        for positions in LABELS
    }


def answer(runs: Mapping[str, FinishedRun]) -> Answer:
    """How often the translation stays the same, and what shuffling costs."""
    same = {key: run.curves[SAME].y[0] for key, run in runs.items()}
    parts = []
    for key, run in runs.items():
        bleu, log_prob = run.curves[BLEU].y, run.curves[LOG_PROB].y
        parts.append(
            f"With {LABELS[key]}, {100 * same[key]:.0f} % of the translations stay the same, BLEU goes from "
            f"{bleu[0]:.1f} to {bleu[1]:.1f} "
            f"and the reference from {log_prob[0]:.2f} to {log_prob[1]:.2f} nats a token."
        )
    text = " ".join(parts).replace("-", "−")
    option = {(True, False): 0, (True, True): 1, (False, True): 2, (False, False): 3}[
        same["none"] == 1, same["sinusoidal"] == 1
    ]
    return Answer(text, option)


WORD_ORDER = Experiment(
    name="word-order",
    title="Word order",
    question="What if the words are shuffled?",
    prediction="The words of a sentence are put into another order. Which model writes the very same "
    "translation?",
    options=("Only the one without positions", "Both", "Only the one with positions", "Neither"),
    measured="200 held-out sentences and one random order of the words of each; greedy search; "
    "log-probability of the reference.",
    labels=LABELS,
    configs=configs,
    answer=answer,
    measures=("shuffled_words",),
    models=("none", "sinusoidal"),
)
