"""The product for few rows equals nn.Linear: numbers, shapes, gradients, also when weights change."""

import copy

import pytest
import torch
import torch.nn.functional as F

from models.linear import FEW_ROWS, PACKED_WORK, Linear


def packing(bias: bool = True) -> Linear:
    """A product that packs its weights for 64 rows."""
    assert 64 * 256 * 256 >= PACKED_WORK
    return Linear(256, 256, bias=bias).eval()


SHAPES = [
    (6,),
    (1, 6),
    (1, 1, 6),
    (3, 6),
    (2, 2, 6),
    (FEW_ROWS, 1, 6),
    (FEW_ROWS + 1, 6),
    (0, 6),
    (2, 2000),
    (1, 12000),
]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("d_out", [12, 13])
@pytest.mark.parametrize("shape", SHAPES)
def test_equals_the_usual_product(shape, d_out, bias):
    torch.manual_seed(0)
    linear = Linear(shape[-1], d_out, bias=bias)
    x = torch.randn(shape, requires_grad=True)
    for _ in range(2):
        found, expected = linear(x), F.linear(x, linear.weight, linear.bias)
        inputs, factors = (x, *linear.parameters()), torch.randn_like(expected)
        for ours, theirs in zip(
            torch.autograd.grad(found, inputs, factors),
            torch.autograd.grad(expected, inputs, factors),
            strict=True,
        ):
            torch.testing.assert_close(ours, theirs)
        for mode in (torch.no_grad, torch.inference_mode):
            with mode():
                fast = linear(x)
            assert fast.shape == expected.shape and fast.is_contiguous()
            torch.testing.assert_close(fast, expected.detach(), atol=1e-4, rtol=1e-5)
        with torch.no_grad():  # what a training step does
            linear.weight.add_(1.0)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(64, 256), (8, 8, 256)])
def test_the_packed_product_equals_the_usual_one(shape, bias):
    linear, x = packing(bias), torch.randn(shape)
    with torch.inference_mode():
        found, expected = linear(x), F.linear(x, linear.weight, linear.bias)
    assert linear._packed is not None and found.shape == expected.shape and found.is_contiguous()
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("n_rows", [1, 3, 20])
@torch.no_grad()
def test_rows_need_not_lie_together(n_rows):
    linear = Linear(4, 6)
    x = torch.randn(4, n_rows).T
    torch.testing.assert_close(linear(x), F.linear(x, linear.weight, linear.bias))
    x = torch.randn(n_rows, 7, 4)[:, -1]
    torch.testing.assert_close(linear(x), F.linear(x, linear.weight, linear.bias))


@pytest.mark.parametrize("n_rows", [1, 3, 20])
@torch.no_grad()
def test_double_precision_stays_double(n_rows):
    linear, x = Linear(8, 6).double(), torch.randn(n_rows, 8, dtype=torch.float64)
    torch.testing.assert_close(linear(x), F.linear(x, linear.weight, linear.bias), atol=1e-14, rtol=0)


@pytest.mark.parametrize("n_rows", [1, 3, 20])
@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad])
def test_autocast_is_followed(n_rows, mode):
    linear, x = Linear(8, 6), torch.randn(n_rows, 8)
    with mode(), torch.autocast("cpu", torch.bfloat16):
        found, expected = linear(x), F.linear(x, linear.weight, linear.bias)
    assert found.dtype == expected.dtype
    torch.testing.assert_close(found, expected, atol=0.02, rtol=0.02)


def test_every_change_of_the_weights_is_seen():
    linear, x = packing(), torch.randn(64, 256)

    def check():
        with torch.no_grad():
            found, expected = linear(x), F.linear(x, linear.weight, linear.bias)
        torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-5)

    check()
    linear.load_state_dict(packing().state_dict())
    check()
    optimizer = torch.optim.AdamW(linear.parameters(), lr=0.1)
    linear(x).sum().backward()
    optimizer.step()
    check()
    linear.weight = torch.nn.Parameter(torch.randn(256, 256))
    check()
    linear.weight.data = torch.randn(256, 256)
    check()
    linear.to(torch.float64).to(torch.float32)
    check()
    for _ in range(5):  # the memory of old weights is free for the new
        linear.load_state_dict(packing().state_dict(), assign=True)
        check()


@pytest.mark.parametrize("fused", [True, False])
def test_validations_between_steps_see_the_current_weights(fused):
    """A fused step changes weights without counting it, so that a copy of them must not outlive the beginning
    of training.
    """
    torch.manual_seed(0)
    linear, x = packing(), torch.randn(64, 256)
    optimizer = torch.optim.AdamW(linear.parameters(), lr=0.1, fused=fused)
    for _ in range(3):
        linear.eval()
        with torch.inference_mode():
            torch.testing.assert_close(
                linear(x), F.linear(x, linear.weight, linear.bias), atol=2e-5, rtol=1e-5
            )
        linear.train()
        linear(x).sum().backward()
        optimizer.step()


def test_nothing_is_packed_while_it_trains():
    linear = packing().train()
    with torch.no_grad():
        linear(torch.randn(64, 256))
    assert linear._packed is None


def test_a_copy_does_not_share_what_was_prepared():
    linear, x = packing(), torch.randn(64, 256)
    with torch.no_grad():
        before = linear(x)
        clone = copy.deepcopy(linear)
        clone.weight.mul_(2.0)
        torch.testing.assert_close(clone(x), F.linear(x, clone.weight, clone.bias), atol=5e-5, rtol=1e-5)
        torch.testing.assert_close(linear(x), before)
    assert set(linear.state_dict()) == {"weight", "bias"}
