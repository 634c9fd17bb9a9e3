"""Which norm, and where? Layer norm, RMS norm and dynamic tanh, before each block or after each sum: same
data, same steps, same start.
"""

from __future__ import annotations

from collections.abc import Mapping

from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.experiments.experiment import Experiment, kept
from explorer.results import Answer, FinishedRun
from explorer.tokenization import TokenizerConfig
from models.config import TransformerConfig

NORMS = {"layer": "Layer norm", "rms": "RMS norm", "dynamic_tanh": "Dynamic tanh"}
PLACES = {"pre": "before each block", "post": "after each sum"}
LABELS = {
    f"{norm}-{place}": f"{name}, {where}" for norm, name in NORMS.items() for place, where in PLACES.items()
}
N_LAYERS = 4
_CORPUS = GrammarConfig(tgt_lang="de", n_train=6400, n_valid=200, n_test=200, seed=1, max_words=12)
_TRAINING = TrainingConfig(
    max_steps=300,
    batch_tokens=256,
    learning_rate=1e-3,
    warmup_steps=0,
    schedule="constant",
    weight_decay=0.0,
    beta2=0.999,
    label_smoothing=0.0,
    clip_norm=1e6,
    validate_every=50,
    validate_sentences=200,
    bleu_sentences=0,
    snapshot_sentences=0,
    precision="float32",
)


def configs() -> dict[str, RunConfig]:
    """Every norm in both places, without warm-up and without clipping, which would hide what the norm does to
    the gradient.
    """
    return {
        f"{norm}-{place}": RunConfig(
            name=f"experiment-normalisation-{norm.replace('_', '-')}-{place}",
            description="A norm in one of two places, on English to German sentences of the grammar.",
            corpus=_CORPUS,
            tokenizer=TokenizerConfig(kind="word", shared=False),
            model=TransformerConfig(
                d_model=64,
                n_heads=4,
                n_encoder_layers=N_LAYERS,
                n_decoder_layers=N_LAYERS,
                d_ff=256,
                norm=norm,
                norm_position=place,
                tie_embeddings="none",
            ),
            training=_TRAINING,
        )
        for norm in NORMS
        for place in PLACES
    }


def steepest(run: FinishedRun) -> float:
    """The largest gradient norm that the history has."""
    return max(row.values["gradient_norm"] for row in run.history)


def answer(runs: Mapping[str, FinishedRun]) -> Answer:
    """Which place gives the lower loss with each norm."""
    losses = {key: kept(run, "valid_loss") for key, run in runs.items()}
    parts = [
        f"{LABELS[key]}: {losses[key]:.2f} (gradient norm up to {steepest(run):.3g})"
        for key, run in runs.items()
    ]
    better = [losses[f"{norm}-pre"] < losses[f"{norm}-post"] for norm in NORMS]
    option = 0 if all(better) else 1 if not any(better) else 2
    return Answer(f"Validation loss after {_TRAINING.max_steps} steps. {'; '.join(parts)}.", option)


NORMALISATION = Experiment(
    name="normalisation",
    title="Normalisation",
    question="Which norm, and in which place?",
    prediction=(
        f"{N_LAYERS} + {N_LAYERS} layers, the full learning rate from the first step. Where does the norm "
        "have to stand for a lower loss?"
    ),
    options=("Before each block, for every norm", "After each sum, for every norm", "It depends on the norm"),
    measured="Training and validation loss and the norm of the gradient, all by step; no clipping, no "
    "warm-up.",
    labels=LABELS,
    configs=configs,
    answer=answer,
)
