"""Which norm, and where? Layer norm, RMS norm and dynamic tanh, before each block or after each sum."""

from __future__ import annotations

from collections.abc import Mapping

from explorer.config.run import RunConfig
from explorer.experiments.bare import TRAINING, bare_run
from explorer.experiments.experiment import Experiment, kept
from explorer.results import Answer, FinishedRun
from models.config import TransformerConfig

NORMS = {"layer": "Layer norm", "rms": "RMS norm", "dynamic_tanh": "Dynamic tanh"}
PLACES = {"pre": "before each block", "post": "after each sum"}
LABELS = {
    f"{norm}-{place}": f"{name}, {where}" for norm, name in NORMS.items() for place, where in PLACES.items()
}
N_LAYERS = 4


def configs() -> dict[str, RunConfig]:
    """Every norm in both places, without warm-up and without clipping, which would hide what the norm does to
    the gradient.
    """
    return {
        f"{norm}-{place}": bare_run(
            f"normalisation-{norm.replace('_', '-')}-{place}",
            "A norm in one of two places",
            TransformerConfig(
                d_model=64,
                n_heads=4,
                n_encoder_layers=N_LAYERS,
                n_decoder_layers=N_LAYERS,
                d_ff=256,
                norm=norm,
                norm_position=place,
                tie_embeddings="none",
            ),
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
    return Answer(f"Validation loss after {TRAINING.max_steps} steps. {'; '.join(parts)}.", option)


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
