"""The three scorers against the numbers of the textbook, and those of torch, on examples of any size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from explorer.attention.small_example import EXAMPLES, attend
from explorer.errors import InputError
from explorer.results import SmallExample


def rounded(values):
    return [round(float(value), 4) for value in values]


def test_example_a_of_the_textbook():
    """e^0.1 = 1.1052, e^0.9 = 2.4596, e^0.3 = 1.3499, sum 4.9146; a lecture prints 0.15, 0.70, 0.15."""
    found = attend(EXAMPLES["A: three scores"])
    assert rounded(found.powers) == [1.1052, 2.4596, 1.3499]
    assert rounded(found.weights) == [0.2249, 0.5005, 0.2747]
    assert found.context is None and found.given.printed_weights == (0.15, 0.70, 0.15)


def test_example_b_of_the_textbook():
    """The context is 0.2546 (0.1, 0.2) + 0.4640 (0.7, 0.4) + 0.2814 (0.3, 0.6); the printed one does not even
    follow from its weights.
    """
    found = attend(EXAMPLES["B: scores and states"])
    assert rounded(found.weights) == [0.2546, 0.4640, 0.2814]
    assert rounded(found.context) == [0.4347, 0.4054]
    assert found.given.printed_context == (0.55, 0.46)
    assert rounded(found.printed_context) == [0.55, 0.40]


def test_dot_by_hand():
    """h = (0.8, 0.6): 0.08 + 0.12, 0.56 + 0.24, 0.24 + 0.36."""
    found = attend(EXAMPLES["dot"])
    assert rounded(found.compared) == [0.8, 0.6]
    assert rounded(found.scores) == [0.2, 0.8, 0.6]


def test_bilinear_by_hand():
    """hᵀ W = (0.8, 0.8 · 0.5 + 0.6) = (0.8, 1.0): 0.08 + 0.2, 0.56 + 0.4, 0.24 + 0.6."""
    found = attend(EXAMPLES["bilinear"])
    assert rounded(found.compared) == [0.8, 1.0]
    assert rounded(found.scores) == [0.28, 0.96, 0.84]


def test_mlp_by_hand():
    """W₁ h = (0.8, 0.6), W₂ s = (0.2, 0.15), (0.9, 0.05), (0.6, 0.45): tanh of (1.0, 0.75), (1.7, 0.65),
    (1.4, 1.05), times (1, 0.5).
    """
    found = attend(EXAMPLES["MLP"])
    assert rounded(found.compared) == [0.8, 0.6]
    assert rounded(found.sums.ravel()) == [1.0, 0.75, 1.7, 0.65, 1.4, 1.05]
    assert rounded(found.units.ravel()) == [0.7616, 0.6351, 0.9354, 0.5717, 0.8854, 0.7818]
    assert rounded(found.scores) == [1.0792, 1.2212, 1.2763]


@pytest.mark.parametrize("scorer", ["dot", "bilinear", "mlp"])
@pytest.mark.parametrize("seed", range(5))
def test_torch_agrees(scorer, seed):
    torch.manual_seed(seed)
    n, d = 4, 3
    states, query, matrix, first, second = (
        torch.randn(shape, dtype=torch.float64) for shape in ((n, d), (d,), (d, d), (d, d), (d, d))
    )
    vector = torch.randn(d, dtype=torch.float64)

    def frozen(tensor):
        return tuple(map(tuple, tensor.tolist())) if tensor.ndim == 2 else tuple(tensor.tolist())

    example = SmallExample(
        ("a",) * n,
        scorer,
        states=frozen(states),
        query=frozen(query),
        matrix=frozen(matrix),
        query_matrix=frozen(first),
        key_matrix=frozen(second),
        vector=frozen(vector),
    )
    found = attend(example)
    if scorer == "dot":
        scores = F.linear(query, states)
        context = F.scaled_dot_product_attention(query[None, None], states[None], states[None], scale=1.0)[
            0, 0
        ]
        np.testing.assert_allclose(found.context, context, rtol=1e-6)
    elif scorer == "bilinear":
        scores = F.bilinear(query.expand(n, d).contiguous(), states, matrix[None]).squeeze(-1)
    else:
        scores = F.linear(torch.tanh(F.linear(query, first) + F.linear(states, second)), vector)
        joined = torch.tanh(
            F.linear(torch.cat((query.expand(n, d), states), -1), torch.cat((first, second), -1))
        )  # W [h, s] in one
        np.testing.assert_allclose(F.linear(joined, vector), scores, rtol=1e-6)
    np.testing.assert_allclose(found.scores, scores, rtol=1e-6)
    np.testing.assert_allclose(found.weights, F.softmax(scores, -1), rtol=1e-6)
    np.testing.assert_allclose(found.context, F.softmax(scores, -1) @ states, rtol=1e-6)


@pytest.mark.parametrize("scores", [(100.0, -100.0, 99.0), (0.0, 0.0, 0.0), (30.0, 29.0, -30.0)])
def test_large_scores_keep_their_softmax(scores):
    found = attend(replace(EXAMPLES["A: three scores"], scores=scores))
    np.testing.assert_allclose(
        found.weights, F.softmax(torch.tensor(scores, dtype=torch.float64), -1), rtol=1e-12
    )
    np.testing.assert_allclose(found.powers, np.exp(np.array(scores) - found.shift))
    assert np.isfinite(found.powers).all() and (found.shift == 0) == (max(map(abs, scores)) <= 30)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"scores": (0.1, None, 0.3)}, "A number is missing"),
        (
            {"scores": (0.1, float("nan"), 0.3)},
            "nan was given: every number here is one between −100 and 100",
        ),
        ({"scores": (0.1, float("inf"), 0.3)}, "inf was given"),
        ({"states": ((0.1, 0.2), (-1e9, 0.4), (0.3, 0.6))}, r"-1e\+09 was given"),
        ({"scorer": "cosine"}, "There is no scorer 'cosine'"),
    ],
)
def test_bad_numbers_get_a_sentence(change, sentence):
    with pytest.raises(InputError, match=sentence):
        attend(replace(EXAMPLES["B: scores and states"], **change))
