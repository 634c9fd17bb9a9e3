"""A prefix holds what was appended, whatever its continuations do: compared with plain concatenation."""

import pytest
import torch

from models.prefix import ROOM, Prefix


def parts(n_tokens, rows=2, seed=0):
    return list(torch.randn(n_tokens, 2, rows, 3, 1, 4, generator=torch.Generator().manual_seed(seed)))


def grown(tokens):
    prefix = Prefix.of(tokens[0])
    for token in tokens[1:]:
        prefix = prefix.append(token)
    return prefix


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, torch.enable_grad])
@pytest.mark.parametrize("n_tokens", [1, 2, ROOM, ROOM + 1, 3 * ROOM])
def test_equals_concatenation(mode, n_tokens):
    tokens = parts(n_tokens)
    with mode():
        prefix = grown(tokens)
        rows = torch.tensor([1, 1, 0])
        chosen = prefix.select(rows)
        longer = chosen.append(parts(1, rows=3)[0])
    assert torch.equal(prefix.key_value, torch.cat(tokens, 3)) and prefix.length == n_tokens
    assert torch.equal(chosen.key_value, torch.cat(tokens, 3)[:, rows])
    assert torch.equal(longer.key_value, torch.cat((chosen.key_value, parts(1, rows=3)[0]), 3))


@pytest.mark.parametrize("n_tokens", [1, 3, ROOM])
@torch.inference_mode()
def test_continuations_of_one_prefix_do_not_touch_each_other(n_tokens):
    tokens, (one, other) = parts(n_tokens), parts(2, seed=1)
    prefix = grown(tokens)
    first, second = prefix.append(one), prefix.append(other)
    third = first.append(other)
    again = prefix.append(other).append(other)
    for found, expected in (
        (prefix, tokens),
        (first, [*tokens, one]),
        (second, [*tokens, other]),
        (third, [*tokens, one, other]),
        (again, [*tokens, other, other]),
    ):
        assert torch.equal(found.key_value, torch.cat(expected, 3))


@torch.inference_mode()
def test_a_step_writes_one_token_and_copies_none():
    prefix = grown(parts(2))
    assert prefix.append(parts(1)[0]).buffer is prefix.buffer


def test_gradients_pass():
    tokens = [token.requires_grad_() for token in parts(3)]
    grown(tokens).key_value.square().sum().backward()
    for token in tokens:
        torch.testing.assert_close(token.grad, 2 * token.detach())


@torch.inference_mode()
def test_no_rows_may_be_left():
    assert grown(parts(3)).select(torch.tensor([], dtype=torch.int64)).key_value.shape == (2, 0, 3, 3, 4)
