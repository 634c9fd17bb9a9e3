"""‖α f(x)‖ against loops over the published formula, and what must follow from it."""

import numpy as np
import pytest

from explorer.attribution.norms import head_norms, layer_norms
from tests.attribution.random_maps import random_attention

HEADS, QUERIES, KEYS, D_VALUE, D_OUT = 3, 4, 5, 2, 7


@pytest.fixture
def parts():
    rng = np.random.default_rng(2)
    weights = random_attention(HEADS, QUERIES, KEYS)
    return weights, rng.normal(size=(HEADS, KEYS, D_VALUE)), rng.normal(size=(HEADS, D_VALUE, D_OUT))


def test_they_equal_loops_over_the_formula(parts):
    weights, values, projections = parts
    of_heads, of_layer = head_norms(*parts), layer_norms(*parts)
    for i in range(QUERIES):
        for j in range(KEYS):
            added = np.zeros(D_OUT)
            for h in range(HEADS):
                vector = np.zeros(D_OUT)
                for k in range(D_VALUE):
                    vector += weights[h, i, j] * values[h, j, k] * projections[h, k]
                assert of_heads[h, i, j] == pytest.approx(np.sqrt((vector**2).sum()), abs=1e-12)
                added += vector
            assert of_layer[i, j] == pytest.approx(np.sqrt((added**2).sum()), abs=1e-9)


def test_vectors_of_one_length_give_back_the_weights(parts):
    weights, _, projections = parts
    values = np.broadcast_to(np.array([3.0, 4.0]), (HEADS, KEYS, D_VALUE))
    norms = head_norms(weights, values, np.broadcast_to(np.eye(D_VALUE), (HEADS, D_VALUE, D_VALUE)))
    np.testing.assert_allclose(norms, 5 * weights, atol=1e-12)


def test_a_token_without_a_value_adds_nothing(parts):
    weights, values, projections = parts
    values = values.copy()
    values[:, 2] = 0
    weights = np.zeros_like(weights)
    weights[:, :, 2] = 1
    assert (
        head_norms(weights, values, projections).max() == 0
        and layer_norms(weights, values, projections).max() == 0
    )


def test_heads_that_cancel_leave_nothing_of_the_layer(parts):
    weights, values, projections = (part[:1] for part in parts)
    pair = (
        np.concatenate([weights, weights]),
        np.concatenate([values, -values]),
        np.concatenate([projections, projections]),
    )
    assert head_norms(*pair).min() > 0
    np.testing.assert_allclose(layer_norms(*pair), 0, atol=1e-6)
