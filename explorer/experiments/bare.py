"""Runs that hide nothing from the gradient: no warm-up, no clipping, the full rate from the first step."""

from __future__ import annotations

from explorer.config.run import RunConfig, TrainingConfig
from explorer.corpora.grammar import GrammarConfig
from explorer.tokenization import TokenizerConfig
from models.config import TransformerConfig

CORPUS = GrammarConfig(tgt_lang="de", n_train=6400, n_valid=200, n_test=200, seed=1, max_words=12)
TRAINING = TrainingConfig(
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


def bare_run(
    name: str, description: str, model: TransformerConfig, training: TrainingConfig = TRAINING
) -> RunConfig:
    """A run on sentences of the grammar, cut into words."""
    return RunConfig(
        name=f"experiment-{name}",
        description=f"{description}, on English to German sentences of the grammar.",
        corpus=CORPUS,
        tokenizer=TokenizerConfig(kind="word", shared=False),
        model=model,
        training=training,
    )
