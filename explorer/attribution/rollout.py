"""Attention rollout: a row followed through all layers down to the words (Abnar & Zuidema 2020, section 3).

Attention in layer 3 looks at states of layer 2, which are mixtures already. Rollout takes every layer as a
mixture, half of it the residual connection, A = ½ W + ½ I with W the mean of the heads, and multiplies: Ã(l)
= A(l) Ã(l−1), the later layer on the left. It follows attention alone: values, norms and feed-forward blocks
change nothing.

In an encoder-decoder the same is done over source and target together. The decoder starts as its own input
tokens; self-attention mixes its rows as above; cross-attention replaces half of a row by what the row sees of
the encoder's top, and that has the encoder's rollout below it:

    to_tgt ← A(l) to_tgt            to_src ← A(l) to_src                           self-attention of layer l
    to_tgt ← ½ to_tgt               to_src ← ½ to_src + ½ C(l) Ã_encoder           cross-attention of layer l

So a row of [to_src, to_tgt] sums to 1: the shares of the source and of the translation so far. With one
decoder layer to_src is
½ A(1) · 0 + ½ C · Ã_encoder, that is output rows × cross-attention × encoder rollout.
"""

from __future__ import annotations

import numpy as np

RESIDUAL = 0.5


def mixtures(weights: np.ndarray, residual: float = RESIDUAL) -> np.ndarray:
    """Each layer as a mixture of the states below it: [layers, heads, n, n] → [layers, n, n], rows sum to 1.

    The mean over the heads, rows scaled to 1, beside `residual` of the state itself. A row in which every
    head is switched off keeps all.
    """
    mean = np.asarray(weights, dtype=np.float64).mean(1)
    return normalised(residual * np.eye(mean.shape[-1]) + (1 - residual) * normalised(mean))


def rollout(layers: np.ndarray) -> np.ndarray:
    """Ã after each layer, [layers, n, n], from the mixtures A of the layers, the first layer first (Abnar &
    Zuidema 2020, eq. 1).
    """
    rolled = np.empty_like(layers)
    below = np.eye(layers.shape[-1])
    for number, layer in enumerate(layers):
        below = rolled[number] = layer @ below  # the later layer on the left
    return rolled


def decoder_rollout(
    self_weights: np.ndarray,
    cross_weights: np.ndarray,
    encoder_weights: np.ndarray,
    residual: float = RESIDUAL,
) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the source and of the tokens fed in, after each decoder layer: [layers, tgt_len, src_len],
    [layers, tgt_len, tgt_len].

    self_weights: [layers, heads, tgt_len, tgt_len];  cross_weights: [layers, heads, tgt_len, src_len];
    encoder_weights: [encoder_layers, heads, src_len, src_len]. The rows of both results together sum to 1.
    """
    encoder = rollout(mixtures(encoder_weights, residual))[-1]
    cross = normalised(np.asarray(cross_weights, dtype=np.float64).mean(1))  # [layers, tgt_len, src_len]
    n_layers, tgt_len, src_len = cross.shape
    to_src, to_tgt = np.empty((n_layers, tgt_len, src_len)), np.empty((n_layers, tgt_len, tgt_len))
    src_below, tgt_below = np.zeros((tgt_len, src_len)), np.eye(tgt_len)
    for number, layer in enumerate(mixtures(self_weights, residual)):
        looks = cross[number].sum(-1, keepdims=True)  # 1, or 0 where every head is switched off
        kept = residual + (1 - residual) * (1 - looks)
        src_below = to_src[number] = kept * (layer @ src_below) + (1 - residual) * cross[number] @ encoder
        tgt_below = to_tgt[number] = kept * (layer @ tgt_below)
    return to_src, to_tgt


def normalised(rows: np.ndarray) -> np.ndarray:
    """Rows scaled to sum to 1; a row of zeros stays."""
    sums = rows.sum(-1, keepdims=True)
    return rows / np.where(sums > 0, sums, 1.0)
