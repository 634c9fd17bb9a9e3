"""The gradient that reaches each layer before and after training, and the loss of word frequencies alone."""

from __future__ import annotations

import copy
import math
from collections import Counter

import torch

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora import load_corpus
from explorer.errors import InputError
from explorer.experiments.depth import END, FREQUENCIES, START
from explorer.results import Curve
from models import build_model
from models.base import Seq2SeqModel
from models.batch import Batch, collate
from models.losses import token_losses

N_SENTENCES = 64  # held-out ones, whose mean loss is derived


def gradients_by_layer(checkpoint: Checkpoint) -> dict[str, Curve]:
    """The norm of the gradient of each layer's weights, at the weights that the run began with and at those
    it kept; dropout is off.

    x counts the layers from 0, those of the encoder first. Raises InputError for a model without a stack of
    layers.
    """
    if not checkpoint.model.stack():
        raise InputError(f"{checkpoint.name} has no stack of layers: pick a run of a transformer.")
    pairs = load_corpus(checkpoint.config.corpus).valid[:N_SENTENCES]
    batch = collate(
        [
            (checkpoint.src_tokenizer.encode(pair.src).ids, checkpoint.tgt_tokenizer.encode(pair.tgt).ids)
            for pair in pairs
        ],
        checkpoint.model.special,
    )
    with torch.random.fork_rng(
        devices=()
    ):  # the weights at the beginning are those that the run's seed draws
        torch.manual_seed(checkpoint.config.training.seed)
        fresh = build_model(checkpoint.config.model, checkpoint.model.special)
    trained = copy.deepcopy(checkpoint.model).cpu().requires_grad_(True)  # the loaded one is shared
    return {START: _layer_norms(fresh.eval(), batch), END: _layer_norms(trained.eval(), batch)}


def _layer_norms(model: Seq2SeqModel, batch: Batch) -> Curve:
    with torch.enable_grad():
        losses, _ = token_losses(model, batch)
        losses.mean().backward()
    layers = model.stack()
    norms = tuple(
        math.sqrt(sum(float((p.grad.double() ** 2).sum()) for p in layer.parameters()))
        for layer in layers.values()
    )
    return Curve(tuple(map(float, range(len(layers)))), norms, labels=tuple(layers))


def frequency_loss(checkpoint: Checkpoint) -> dict[str, Curve]:
    """The entropy of the target tokens of the training data, ``</s>`` counted, in nats: the loss of a model
    that knows nothing but how frequent each token is."""
    counts: Counter[int] = Counter()
    for pair in load_corpus(checkpoint.config.corpus).train:
        counts.update(checkpoint.model.special.written(checkpoint.tgt_tokenizer.encode(pair.tgt).ids))
    n = counts.total()
    return {FREQUENCIES: Curve((0.0,), (-sum(k / n * math.log(k / n) for k in counts.values()),), n=(n,))}
