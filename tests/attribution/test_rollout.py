"""Rollout against a sum over every path through the layers; the order of the layers; the encoder-decoder
against one joint matrix.
"""

from itertools import product

import numpy as np
import pytest

from explorer.attribution.rollout import decoder_rollout, mixtures, rollout
from tests.attribution.random_maps import random_attention, uniform_attention


def by_paths(weights: np.ndarray) -> np.ndarray:
    """For the top of [layers, heads, n, n]: add up, over all paths from i down to j, the product of what each
    step lets through.
    """
    n_layers, n_heads, n, _ = weights.shape
    share = np.zeros((n, n))
    for path in product(range(n), repeat=n_layers + 1):  # the token in the top layer, …, the token below all
        through = 1.0
        for step in range(n_layers):
            upper, lower, layer = path[step], path[step + 1], n_layers - 1 - step
            mean = sum(weights[layer, head, upper, lower] for head in range(n_heads)) / n_heads
            through *= 0.5 * mean + (0.5 if upper == lower else 0.0)
        share[path[0], path[-1]] += through
    return share


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n_layers, n", [(1, 4), (2, 4), (4, 3)])
def test_it_is_the_sum_over_all_paths(n_layers, n, causal):
    weights = random_attention(n_layers, 2, n, n, causal=causal)
    rolled = rollout(mixtures(weights))
    for layer in range(n_layers):
        np.testing.assert_allclose(rolled[layer], by_paths(weights[: layer + 1]), atol=1e-12)
    np.testing.assert_allclose(rolled.sum(-1), 1, atol=1e-12)
    if causal:
        assert np.triu(rolled, 1).max() == 0


def test_the_later_layer_stands_on_the_left():
    """Layer 0 sends token 1 to 0, layer 1 sends token 2 to 1: token 2 reaches 0 through both, and only in
    that order.
    """
    weights = np.stack([np.eye(3), np.eye(3)])[:, None]
    weights[0, 0, 1] = [1, 0, 0]
    weights[1, 0, 2] = [0, 1, 0]
    rolled = rollout(mixtures(weights))[-1]
    np.testing.assert_allclose(rolled, [[1, 0, 0], [0.5, 0.5, 0], [0.25, 0.25, 0.5]], atol=1e-12)
    wrong = mixtures(weights)[0] @ mixtures(weights)[1]
    assert wrong[2, 0] == 0

    layers = mixtures(random_attention(3, 2, 5, 5))
    assert np.abs(rollout(layers)[-1] - layers[0] @ layers[1] @ layers[2]).max() > 0.01


def test_one_layer_without_the_residual_is_the_attention_itself():
    weights = random_attention(1, 3, 4, 4)
    np.testing.assert_allclose(rollout(mixtures(weights, residual=0.0))[0], weights[0].mean(0), atol=1e-12)
    np.testing.assert_allclose(
        rollout(mixtures(weights))[0], 0.5 * weights[0].mean(0) + 0.5 * np.eye(4), atol=1e-12
    )


def test_uniform_attention_keeps_what_the_residual_keeps():
    """Each layer keeps half and spreads half evenly: after L layers 2^−L stays and the rest is even."""
    rolled = rollout(mixtures(uniform_attention(3, 2, 4, 4)))
    for layer in range(3):
        kept = 0.5 ** (layer + 1)
        np.testing.assert_allclose(rolled[layer], kept * np.eye(4) + (1 - kept) / 4, atol=1e-12)


def test_a_row_with_all_heads_switched_off_keeps_everything():
    weights = random_attention(1, 2, 3, 3)
    weights[:, :, 1] = 0
    weights[:, 0, 2] = 0  # here one head is left, and its row counts in full
    mixed = mixtures(weights)[0]
    np.testing.assert_allclose(mixed[1], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(mixed[2], 0.5 * weights[0, 1, 2] + [0, 0, 0.5], atol=1e-12)


def by_joint_matrices(self_weights, cross_weights, encoder_weights):
    """One network over source and target together: every sublayer a matrix over all of it, multiplied with
    the later one on the left.
    """
    tgt_len, src_len = cross_weights.shape[-2:]
    n = src_len + tgt_len
    total = np.eye(n)
    for heads in encoder_weights:
        step = np.eye(n)
        step[:src_len, :src_len] = 0.5 * heads.mean(0) + 0.5 * np.eye(src_len)
        total = step @ total
    for own, cross in zip(self_weights, cross_weights, strict=True):
        step = np.eye(n)
        step[src_len:, src_len:] = 0.5 * own.mean(0) + 0.5 * np.eye(tgt_len)
        total = step @ total
        step = np.eye(n)
        step[src_len:, src_len:] = 0.5 * np.eye(tgt_len)
        step[src_len:, :src_len] = 0.5 * cross.mean(0)
        total = step @ total
    return total[src_len:, :src_len], total[src_len:, src_len:]


@pytest.mark.parametrize("n_encoder, n_decoder", [(1, 1), (2, 3), (3, 2)])
def test_through_the_decoder_to_the_source(n_encoder, n_decoder):
    own = random_attention(n_decoder, 2, 4, 4, causal=True, seed=1)
    cross = random_attention(n_decoder, 2, 4, 5, seed=2)
    encoder = random_attention(n_encoder, 2, 5, 5, seed=3)
    to_src, to_tgt = decoder_rollout(own, cross, encoder)
    for layer in range(n_decoder):
        src, tgt = by_joint_matrices(own[: layer + 1], cross[: layer + 1], encoder)
        np.testing.assert_allclose(to_src[layer], src, atol=1e-12)
        np.testing.assert_allclose(to_tgt[layer], tgt, atol=1e-12)
    np.testing.assert_allclose(to_src.sum(-1) + to_tgt.sum(-1), 1, atol=1e-12)


def test_one_decoder_layer_is_cross_attention_times_encoder_rollout():
    cross, encoder = random_attention(1, 2, 3, 4, seed=2), random_attention(2, 2, 4, 4, seed=3)
    to_src, _ = decoder_rollout(random_attention(1, 2, 3, 3, causal=True), cross, encoder)
    np.testing.assert_allclose(to_src[0], 0.5 * cross[0].mean(0) @ rollout(mixtures(encoder))[-1], atol=1e-12)


def test_shares_within_the_translation_are_its_own_rollout():
    own = random_attention(3, 2, 4, 4, causal=True)
    _, to_tgt = decoder_rollout(own, random_attention(3, 2, 4, 5), random_attention(2, 2, 5, 5))
    np.testing.assert_allclose(
        to_tgt[-1] / to_tgt[-1].sum(-1, keepdims=True), rollout(mixtures(own))[-1], atol=1e-12
    )


def test_without_cross_attention_the_source_gets_nothing():
    to_src, to_tgt = decoder_rollout(
        random_attention(2, 2, 3, 3, causal=True), np.zeros((2, 2, 3, 4)), random_attention(1, 2, 4, 4)
    )
    assert to_src.max() == 0
    np.testing.assert_allclose(to_tgt.sum(-1), 1, atol=1e-12)
