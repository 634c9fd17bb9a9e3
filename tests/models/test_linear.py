"""Does the product for few rows equal nn.Linear: numbers, shapes, gradients, and with weights that change between calls?"""

import pytest
import torch
import torch.nn.functional as F

from models.linear import MOST_ROWS, Linear


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("d_out", [12, 13])
@pytest.mark.parametrize("shape", [(6,), (1, 6), (1, 1, 6), (3, 6), (2, 2, 6), (MOST_ROWS, 1, 6), (MOST_ROWS + 1, 6), (0, 6), (2, 2000)])
def test_equals_the_usual_product(shape, d_out, bias):
    torch.manual_seed(0)
    linear = Linear(shape[-1], d_out, bias=bias).double()
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    for _ in range(2):
        found, expected = linear(x), F.linear(x, linear.weight, linear.bias)
        assert found.shape == expected.shape and found.is_contiguous()
        torch.testing.assert_close(found, expected)
        inputs, factors = (x, *linear.parameters()), torch.randn_like(expected)
        for ours, theirs in zip(torch.autograd.grad(found, inputs, factors), torch.autograd.grad(expected, inputs, factors), strict=True):
            torch.testing.assert_close(ours, theirs)
        with torch.no_grad():  # what a training step does
            linear.weight.add_(1.0)


@pytest.mark.parametrize("n_rows", [1, 3])
def test_rows_need_not_lie_together(n_rows):
    linear = Linear(4, 6)
    x = torch.randn(4, n_rows).T
    torch.testing.assert_close(linear(x), F.linear(x, linear.weight, linear.bias))
    x = torch.randn(n_rows, 7, 4)[:, -1]
    torch.testing.assert_close(linear(x), F.linear(x, linear.weight, linear.bias))


@pytest.mark.parametrize("n_rows", [1, 3, 20])
def test_autocast_is_followed(n_rows):
    linear, x = Linear(8, 6), torch.randn(n_rows, 8)
    with torch.autocast("cpu", torch.bfloat16):
        found, expected = linear(x), F.linear(x, linear.weight, linear.bias)
    assert found.dtype == expected.dtype
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)
