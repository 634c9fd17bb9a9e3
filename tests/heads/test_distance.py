"""Are distances between heads those of the definition, and is the map of them true?"""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.heads.roles.distance import SMOOTHING, classical_scaling, divergences, head_map
from explorer.results import ATTENTION_KINDS
from tests.heads.random_sentences import RELATIONS, frequencies, sentence
from tests.heads.slow import Sentence, batch_of


def slow_divergence(p: list[float], q: list[float]) -> float:
    """KL to the middle, twice, as the definition has it."""
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return sum(sum(a * math.log(a / m) for a, m in zip(x, middle, strict=True)) for x in (p, q)) / 2


def smoothed(sentence: Sentence, weights: np.ndarray, row: int) -> list[float]:
    keys = [key for key in range(len(sentence.key_tokens)) if sentence.sees(row, key)]
    return [(1 - SMOOTHING) * float(weights[row, key]) + SMOOTHING / len(keys) for key in keys]


@pytest.mark.parametrize("kind", ATTENTION_KINDS)
def test_divergences_equal_plain_loops(kind):
    rng = np.random.default_rng(0)
    sentences = [sentence(rng, kind) for _ in range(6)]
    sums, n_rows = divergences(batch_of(sentences, frequencies(rng), RELATIONS))
    heads = [(layer, head) for layer in range(2) for head in range(3)]
    assert n_rows == sum(len(s.real_rows()) for s in sentences)
    for i, one in enumerate(heads):
        for j, other in enumerate(heads):
            expected = sum(
                slow_divergence(smoothed(s, s.weights[one], row), smoothed(s, s.weights[other], row))
                for s in sentences
                for row in s.real_rows()
            )
            assert sums[i, j] == pytest.approx(expected, abs=1e-5 * n_rows)


def test_divergences_add_over_batches():
    rng = np.random.default_rng(1)
    sentences = [sentence(rng, "encoder_self") for _ in range(8)]
    whole, n_rows = divergences(batch_of(sentences, frequencies(rng), RELATIONS))
    parts = [
        divergences(batch_of(part, frequencies(rng), RELATIONS)) for part in (sentences[:3], sentences[3:])
    ]
    np.testing.assert_allclose(sum(sums for sums, _ in parts), whole, atol=1e-5)
    assert n_rows == sum(n for _, n in parts)


def test_equal_heads_are_at_distance_zero_and_opposite_ones_at_most_ln_2():
    rng = np.random.default_rng(2)
    s = sentence(rng, "encoder_self")
    n = s.weights.shape[2]
    one, other = np.zeros((n, n)), np.zeros((n, n))
    one[:, 0], other[:, 1] = 1, 1
    heads = np.stack([one, one, other])[None].astype(np.float32)
    sums, n_rows = divergences(
        batch_of([Sentence("encoder_self", heads, s.query, s.key)], frequencies(rng), RELATIONS)
    )
    assert sums[0, 1] == pytest.approx(0, abs=1e-6)
    assert 0.98 * math.log(2) < sums[0, 2] / n_rows < math.log(2)


def test_points_of_a_plane_are_found_again():
    points = np.random.default_rng(3).normal(size=(7, 2))
    squared = ((points[:, None] - points[None]) ** 2).sum(-1)
    layout, explained = classical_scaling(squared)
    np.testing.assert_allclose(((layout[:, None] - layout[None]) ** 2).sum(-1), squared, atol=1e-9)
    assert explained == pytest.approx(1)
    np.testing.assert_allclose(layout, classical_scaling(squared)[0])


def test_one_head_has_a_map_too():
    found = head_map("cross", 1, 1, np.zeros((1, 1)), 5)
    assert found.layout.tolist() == [[0, 0]] and found.explained == 1


def test_divergences_fit_into_a_euclidean_space():
    """No eigenvalue is below 0, so what two dimensions leave out is all that is lost."""
    rng = np.random.default_rng(4)
    sums, n_rows = divergences(
        batch_of([sentence(rng, "encoder_self") for _ in range(20)], frequencies(rng), RELATIONS)
    )
    n = len(sums)
    centred = np.eye(n) - 1 / n
    assert np.linalg.eigvalsh(-centred @ sums @ centred / 2).min() > -1e-4 * n_rows
