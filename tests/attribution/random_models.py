"""Tiny models with random weights in double precision, so that rounding cannot hide a mistake or look like
one.
"""

from __future__ import annotations

import pytest
import torch

from models import RNNConfig, TransformerConfig, build_model

TRANSFORMER = {
    "src_vocab": 20,
    "tgt_vocab": 22,
    "d_model": 16,
    "n_heads": 2,
    "n_encoder_layers": 2,
    "n_decoder_layers": 2,
    "d_ff": 32,
}
RNN = {"src_vocab": 20, "tgt_vocab": 22, "d_embedding": 8, "d_hidden": 16}
CONFIGS = {
    **{
        f"transformer-{p}": TransformerConfig(**TRANSFORMER, positions=p)
        for p in ("sinusoidal", "relative", "rotary", "t5", "alibi")
    },
    "transformer-post": TransformerConfig(**TRANSFORMER, norm_position="post"),
    "transformer-untied": TransformerConfig(**TRANSFORMER, tie_embeddings="none", norm="rms"),
    **{
        f"rnn-{attention}": RNNConfig(**RNN, attention=attention)
        for attention in ("none", "dot", "bilinear", "mlp")
    },
    "rnn-feeding": RNNConfig(**RNN, attention="mlp", input_feeding=True, cell="gru"),
}
every_model = pytest.mark.parametrize("name", list(CONFIGS))

SRC = (5, 9, 12, 7, 15, 3)  # every id once
FED = (2, 8, 14, 6, 19)
OUT = (8, 14, 6, 19, 3)
SRC_WORDS = (0, 1, 1, 2, 3, None)  # word 1 has two tokens
FED_WORDS = (None, 0, 1, 1, 2)


def random_model(name: str):
    torch.manual_seed(4)
    model = build_model(CONFIGS[name]).double().eval().requires_grad_(False)
    for parameter in model.parameters():  # biases start at zero, which would hide a lost one
        parameter.add_(0.2 * torch.randn_like(parameter))
    return model


def log_probs(model, src, fed) -> torch.Tensor:
    """[tgt_len, vocab] of one pair by itself."""
    with torch.no_grad():
        return model.decode(torch.tensor([fed]), model.encode(torch.tensor([src])))[0].log_softmax(-1)
