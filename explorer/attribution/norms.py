"""Norm-weighted attention: the length of what each token adds to a row, ‖α f(x)‖, instead of α alone.

f(x) = (x W_V + b_V) W_O is what a head would add if it looked at x with weight 1 (Kobayashi et al. 2020). A
large weight on a short vector adds little: that is how heads rest on ``</s>``. The bias of the output
projection is added once for all and belongs to no token.
"""

from __future__ import annotations

import numpy as np


def head_norms(weights: np.ndarray, values: np.ndarray, projections: np.ndarray) -> np.ndarray:
    """‖α_ij f(x_j)‖ of each head: [heads, query_len, key_len] (Kobayashi et al. 2020).

    weights: [heads, query_len, key_len];  values: [heads, key_len, d_value], x W_V + b_V;
    projections: [heads, d_value, d_out], W_O cut by head.
    """
    weights = np.asarray(weights, dtype=np.float64)
    return np.abs(weights) * np.linalg.norm(_transformed(values, projections), axis=-1)[:, None, :]


def layer_norms(weights: np.ndarray, values: np.ndarray, projections: np.ndarray) -> np.ndarray:
    """‖Σ_h α_ij f_h(x_j)‖ of the layer, the heads summed before the norm: [query_len, key_len] (Kobayashi et
    al. 2020).

    Shapes as in `head_norms`. The squared norm is Σ_gh α^g α^h f_g · f_h, so no vector per pair of tokens is
    ever made.
    """
    weights = np.asarray(weights, dtype=np.float64)
    transformed = _transformed(values, projections)
    products = np.einsum("gkd,hkd->ghk", transformed, transformed)  # [heads, heads, key_len]
    squared = np.einsum("gqk,ghk,hqk->qk", weights, products, weights, optimize=True)
    return np.sqrt(np.maximum(squared, 0.0))


def _transformed(values: np.ndarray, projections: np.ndarray) -> np.ndarray:
    """f(x_j) of each head, [heads, key_len, d_out]."""
    return np.asarray(values, dtype=np.float64) @ np.asarray(projections, dtype=np.float64)
