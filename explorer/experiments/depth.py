"""Why did the deepest of a student's four models never learn? Its settings replayed small, and two cures.

The published runs had 30,000 TED sentence pairs, batches of 16 and ten epochs of 1,875 steps. These have the
same layers, heads and dropout, about the same batches, an eighth of the width, sentences of the grammar and
400 steps, all without warm-up and with the norm after each sum; and two more runs of the deepest setting,
each with one of the two changed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from explorer.config.run import RunConfig
from explorer.experiments.bare import TRAINING, bare_run
from explorer.experiments.experiment import Experiment, kept
from explorer.results import Answer, FinishedRun, PublishedRun
from models.config import TransformerConfig

START, END = "gradient by layer at the start", "gradient by layer after training"  # names of curves
FREQUENCIES = "loss of word frequencies alone"
NARROWER = 8  # times, than the published models
LEARNED = 0.5  # nats below what the frequencies of words alone give: less is no learning of translation
PUBLISHED = {
    "2-8-512": PublishedRun(2, 8, 512, 0.1, 1.943, 0.3745, 61),
    "4-8-512": PublishedRun(4, 8, 512, 0.2, 1.940, 0.3796, 93),
    "4-12-768": PublishedRun(4, 12, 768, 0.2, 2.075, 0.3854, 125),
    "6-12-768": PublishedRun(6, 12, 768, 0.1, 4.775, 0.3154, 167),
}
DEEPEST, WARM_UP, PRE_NORM = "6-12-768", "6-12-768-warm-up", "6-12-768-pre-norm"
LABELS = {
    key: f"{run.n_layers} layers, {run.n_heads} heads, width {run.width // NARROWER}"
    for key, run in PUBLISHED.items()
}
LABELS |= {WARM_UP: f"{LABELS[DEEPEST]}, with warm-up", PRE_NORM: f"{LABELS[DEEPEST]}, norm first"}
_TRAINING = dataclasses.replace(TRAINING, max_steps=400, batch_tokens=160)


def configs() -> dict[str, RunConfig]:
    """The four published settings, then the deepest with warm-up and with the norm first."""
    runs = {key: _config(key, run) for key, run in PUBLISHED.items()}
    deepest = runs[DEEPEST]
    warm = dataclasses.replace(deepest.training, warmup_steps=_TRAINING.max_steps // 2)
    runs[WARM_UP] = dataclasses.replace(deepest, name=f"experiment-depth-{WARM_UP}", training=warm)
    norm_first = dataclasses.replace(deepest.model, norm_position="pre")
    runs[PRE_NORM] = dataclasses.replace(deepest, name=f"experiment-depth-{PRE_NORM}", model=norm_first)
    return runs


def _config(key: str, run: PublishedRun) -> RunConfig:
    width = run.width // NARROWER
    model = TransformerConfig(
        d_model=width,
        n_heads=run.n_heads,
        n_encoder_layers=run.n_layers,
        n_decoder_layers=run.n_layers,
        d_ff=4 * width,
        dropout=run.dropout,
        norm_position="post",
        tie_embeddings="none",
    )
    return bare_run(f"depth-{key}", "A published setting at an eighth of its width", model, _TRAINING)


def has_learned(run: FinishedRun) -> bool:
    """Whether the run's best validation loss is clearly below that of a model that knows only how frequent
    each word is.
    """
    return kept(run, "valid_loss") < run.curves[FREQUENCIES].y[0] - LEARNED


def answer(runs: Mapping[str, FinishedRun]) -> Answer:
    """Which settings learned, and how much gradient reaches the first layer of the deepest."""
    stuck = [key for key in runs if not has_learned(runs[key])]
    short = {key: f"{run.n_layers}-{run.n_heads}-{run.width // NARROWER}" for key, run in PUBLISHED.items()}
    short |= {WARM_UP: "the last with warm-up", PRE_NORM: "with the norm first"}
    losses = ", ".join(f"{short[key]} {kept(runs[key], 'valid_loss'):.2f}" for key in runs)
    first = {key: runs[key].curves[END].y[0] for key in (DEEPEST, WARM_UP, PRE_NORM)}
    text = (
        f"Validation loss by layers-heads-width: {losses}; word frequencies alone give "
        f"{runs[DEEPEST].curves[FREQUENCIES].y[0]:.2f}. After "
        f"training, the gradient of the deepest model's first layer has the norm {first[DEEPEST]:.1g}; with "
        f"warm-up {first[WARM_UP]:.1g}, "
        f"with the norm first {first[PRE_NORM]:.1g}."
    )
    return Answer(text, _option(stuck))


def _option(stuck: list[str]) -> int:
    """Which prediction came true, from the runs that did not learn."""
    if DEEPEST not in stuck:
        return 3
    cured = [key not in stuck for key in (WARM_UP, PRE_NORM)]
    return 0 if all(cured) else 1 if any(cured) else 2


DEPTH = Experiment(
    name="depth",
    title="Depth, heads, width",
    question="Why did the largest model never learn?",
    prediction=(
        "A student trained four models, all without warm-up and with the norm after each sum. The deepest, "
        "6 layers of 12 heads, never "
        "learned; the report blames overfitting. What would have made it learn?"
    ),
    options=(
        "Warm-up or the norm first: either is enough",
        "Only one of the two",
        "Neither: it is too large",
        "It learns as it is",
    ),
    measured=(
        "Loss, gradient norm and learning rate by step; the norm of the gradient in each layer for 64 "
        "held-out sentences, at the first "
        "weights and at those kept."
    ),
    labels=LABELS,
    configs=configs,
    answer=answer,
    measures=("gradients_by_layer", "frequency_loss"),
)
