"""Gradient × input against finite differences, on every kind of model."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

from explorer.attribution import gradients
from explorer.attribution.gradients import gradient_x_input
from models import TransformerConfig, build_model
from tests.attribution.random_models import FED, OUT, SRC, TRANSFORMER, every_model, log_probs, random_model

STEP = 1e-5


def by_scaling(model, embedding: nn.Embedding, ids) -> np.ndarray:
    """d log p / d s at s = 1 when one token's embedding is multiplied by s: the difference between two
    passes, [tgt_len, tokens].

    A derivative along the embedding itself is gradient × input; every id stands once, so a row of the table
    is one token.
    """
    columns = []
    for id in ids:
        found = []
        row = embedding.weight[id].clone()
        for scale in (1 + STEP, 1 - STEP):
            embedding.weight[id] = scale * row
            found.append(log_probs(model, SRC, FED)[range(len(OUT)), OUT])
        embedding.weight[id] = row
        columns.append((found[0] - found[1]) / (2 * STEP))
    return torch.stack(columns, dim=1).numpy()


@every_model
def test_it_equals_finite_differences(name):
    model = random_model(name)
    model.output.weight = nn.Parameter(
        model.output.weight.clone(), requires_grad=False
    )  # else scaling an embedding scales the output too
    to_src, to_tgt = gradient_x_input(model, SRC, FED, OUT)
    assert to_src.shape == (len(OUT), len(SRC)) and to_tgt.shape == (len(OUT), len(FED))
    np.testing.assert_allclose(to_src, by_scaling(model, model.src_embedding, SRC), atol=1e-6)
    np.testing.assert_allclose(to_tgt, by_scaling(model, model.tgt_embedding, FED), atol=1e-6)
    assert np.abs(to_src).max() > 1e-3
    assert np.abs(np.triu(to_tgt, 1)).max() == 0, "a token cannot matter before it is fed in"


def test_a_repeated_token_has_a_gradient_in_each_place():
    model = random_model("transformer-sinusoidal")
    to_src, _ = gradient_x_input(model, (5, 9, 5, 3), FED, OUT)
    row = model.src_embedding.weight[5].clone()
    found = []
    for scale in (1 + STEP, 1 - STEP):
        model.src_embedding.weight[5] = scale * row
        found.append(log_probs(model, (5, 9, 5, 3), FED)[range(len(OUT)), OUT].numpy())
    np.testing.assert_allclose(to_src[:, 0] + to_src[:, 2], (found[0] - found[1]) / (2 * STEP), atol=1e-6)
    assert np.abs(to_src[:, 0] - to_src[:, 2]).max() > 1e-3


def test_one_table_for_both_sides_is_still_two_places():
    """With all embeddings tied, a source token and the same target token are told apart."""
    torch.manual_seed(4)
    config = TransformerConfig(**TRANSFORMER | {"tgt_vocab": 20}, tie_embeddings="all")
    model = build_model(config).double().eval().requires_grad_(False)
    clone = build_model(config).double().eval().requires_grad_(False)
    clone.load_state_dict(model.state_dict())
    clone.tgt_embedding = nn.Embedding.from_pretrained(model.tgt_embedding.weight.clone())
    for one, other in zip(
        gradient_x_input(model, SRC, FED, OUT), gradient_x_input(clone, SRC, FED, OUT), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_many_small_passes_equal_one(monkeypatch):
    model = random_model("rnn-mlp")
    whole = gradient_x_input(model, SRC, FED, OUT)
    monkeypatch.setattr(gradients, "MAX_TOKENS", 1)
    for one, many in zip(whole, gradient_x_input(model, SRC, FED, OUT), strict=True):
        np.testing.assert_allclose(one, many, atol=1e-12)


@pytest.mark.parametrize("name", ["transformer-sinusoidal", "rnn-mlp"])
def test_passes_beside_it_see_the_model_unchanged(name):
    """Also while it is at work: a shared model serves other threads at the same time."""
    model = random_model(name)
    expected = log_probs(model, SRC, FED)
    modules = list(model.modules())
    wrong = []

    def look():
        for _ in range(20):
            if not torch.equal(log_probs(model, SRC, FED), expected):
                wrong.append("another number")

    beside = threading.Thread(target=look)
    beside.start()
    for _ in range(20):
        gradient_x_input(model, SRC, FED, OUT)
    beside.join()
    assert not wrong
    assert all(a is b for a, b in zip(modules, model.modules(), strict=True))
    assert not any(parameter.requires_grad or parameter.grad is not None for parameter in model.parameters())
