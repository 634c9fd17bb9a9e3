"""Attention against torch's own module, against loops, and against textbook numbers."""

import math

import pytest
import torch
from torch import nn

from models.attention import BilinearAttention, DotAttention, MLPAttention, MultiHeadAttention
from models.positions import MAX_RELATIVE_DISTANCE, alibi_slopes, rotate, sinusoidal_table
from models.probe import recording

POSITIONS = ["none", "relative", "rotary", "t5", "alibi"]


def multi_head(d_model=24, n_heads=4, positions="none", kind="encoder_self"):
    torch.manual_seed(0)
    module = MultiHeadAttention(d_model, n_heads, kind, 0, positions).eval()
    for parameter in module.parameters():  # biases start at zero, which would hide a swapped one
        nn.init.normal_(parameter, std=0.3)
    return module


def as_torch(ours: MultiHeadAttention, d_model: int) -> nn.MultiheadAttention:
    theirs = nn.MultiheadAttention(d_model, ours.n_heads, batch_first=True).eval()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat((ours.query.weight, ours.key_value.weight)))
        theirs.in_proj_bias.copy_(torch.cat((ours.query.bias, ours.key_value.bias)))
        theirs.out_proj.load_state_dict(ours.output.state_dict())
    return theirs


@pytest.mark.parametrize("n_heads", [1, 4])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_multi_head_attention_equals_torch(n_heads, padded, causal):
    ours = multi_head(n_heads=n_heads)
    x = torch.randn(3, 5, 24)
    padding = torch.zeros(3, 5, dtype=torch.bool)
    if padded:
        padding[1, 3:] = padding[2, 1:] = True
    future = torch.ones(5, 5).triu(1).bool() if causal else None
    expected, weights = as_torch(ours, 24)(
        x, x, x, key_padding_mask=padding, attn_mask=future, average_attn_weights=False
    )
    mask = ~padding[:, None, None, :] if padded else None
    with recording(ours) as seen:
        watched = ours(x, ours.project(x), mask, causal)
    fused = ours(x, ours.project(x), mask, causal)
    torch.testing.assert_close(watched, expected, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(fused, expected, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(seen.weights("encoder_self")[0], weights, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("positions", POSITIONS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_fused_path_equals_the_visible_one(positions, causal, padded):
    module = multi_head(positions=positions)
    x = torch.randn(2, 40, 24)  # longer than the clipped distance
    mask = torch.ones(2, 1, 1, 40, dtype=torch.bool)
    mask[1, ..., 30:] = False
    mask = mask if padded else None
    with recording(module):
        visible = module(x, module.project(x), mask, causal)
    torch.testing.assert_close(module(x, module.project(x), mask, causal), visible, atol=4e-6, rtol=1e-5)


@pytest.mark.parametrize("positions", POSITIONS)
def test_scores_equal_a_loop_over_the_papers_formulas(positions):
    module = multi_head(d_model=8, n_heads=2, positions=positions)
    x = torch.randn(1, 6, 8)
    with recording(module) as seen:
        module(x, module.project(x))
    scores = seen.calls["encoder_self", 0][0].scores[0]
    query = (x[0] @ module.query.weight.T + module.query.bias).view(6, 2, 4)
    key = (x[0] @ module.key_value.weight[:8].T + module.key_value.bias[:8]).view(6, 2, 4)

    def turned(vector, position):  # Su et al. 2021, eq. 34: complex multiplication by e^(i·position·θ)
        rate = torch.tensor([10000.0 ** (-i / 2) for i in range(2)])
        number = torch.complex(vector[:2], vector[2:]) * torch.polar(torch.ones(2), position * rate)
        return torch.cat((number.real, number.imag))

    for head in range(2):
        for i in range(6):
            for j in range(6):
                q, k = query[i, head], key[j, head]
                if positions == "rotary":
                    q, k = turned(q, i), turned(k, j)
                if positions == "relative":  # Shaw et al. 2018, eq. 4
                    k = (
                        k
                        + module.bias.table[
                            max(-MAX_RELATIVE_DISTANCE, min(MAX_RELATIVE_DISTANCE, j - i))
                            + MAX_RELATIVE_DISTANCE
                        ]
                    )
                expected = (q @ k).item() / math.sqrt(4)
                if positions == "t5":  # Raffel et al. 2020, section 2.1
                    distance = max(-MAX_RELATIVE_DISTANCE, min(MAX_RELATIVE_DISTANCE, j - i))
                    expected += 32 * module.bias.table[head, distance + MAX_RELATIVE_DISTANCE].item()
                if positions == "alibi":  # n = 2 heads: slopes 2^-4, 2^-8
                    expected -= 2.0 ** (-4 * (head + 1)) * abs(i - j)
                assert scores[head, i, j].item() == pytest.approx(expected, abs=1e-5)


def test_rotary_scores_depend_on_the_distance_alone():
    q, k = torch.randn(1, 1, 1, 8), torch.randn(1, 1, 1, 8)
    near = (rotate(q, 3) * rotate(k, 1)).sum()
    far = (rotate(q, 103) * rotate(k, 101)).sum()
    torch.testing.assert_close(near, far, atol=1e-4, rtol=1e-4)


def test_sinusoidal_table_holds_the_published_formula():
    table = sinusoidal_table(50, 16)
    for position, i in ((0, 0), (7, 2), (49, 7)):
        angle = position / 10000 ** (2 * i / 16)
        assert table[position, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
        assert table[position, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_alibi_slopes_are_the_published_ones():
    """Press et al. 2022: 8 heads have 1/2 … 1/256; 12 heads add every other slope of 16."""
    assert alibi_slopes(8).tolist() == [2.0**-k for k in range(1, 9)]
    assert alibi_slopes(12).tolist() == pytest.approx(
        [2.0**-k for k in range(1, 9)] + [2.0**-0.5, 2.0**-1.5, 2.0**-2.5, 2.0**-3.5]
    )


def test_dot_attention_gives_the_textbook_context():
    """Scores 0.2, 0.8, 0.3 over states (0.1, 0.2), (0.7, 0.4), (0.3, 0.6): weights 0.2546, 0.4640, 0.2814,
    context (0.4347, 0.4054).

    The query is the least-norm vector whose dot products with keys of our own choice are the three scores.
    """
    attention = DotAttention(3)
    values = torch.tensor([[[0.1, 0.2], [0.7, 0.4], [0.3, 0.6]]])
    keys = torch.eye(3).unsqueeze(0)
    query = torch.tensor([[[0.2, 0.8, 0.3]]])
    with recording(attention) as seen:
        context = attention(query, keys, values, torch.zeros(1, 3, dtype=torch.bool))
    assert seen.weights("cross").flatten().tolist() == pytest.approx([0.2546, 0.4640, 0.2814], abs=5e-5)
    assert context.flatten().tolist() == pytest.approx([0.4347, 0.4054], abs=5e-5)


def test_softmax_of_the_textbook_scores():
    """Scores 0.1, 0.9, 0.3 give 0.2249, 0.5005, 0.2747 (not the 0.15, 0.70, 0.15 of a well-known slide)."""
    attention = DotAttention(3)
    with recording(attention) as seen:
        states = torch.eye(3).unsqueeze(0)
        attention(torch.tensor([[[0.1, 0.9, 0.3]]]), states, states, torch.zeros(1, 3, dtype=torch.bool))
    assert seen.weights("cross").flatten().tolist() == pytest.approx([0.2249, 0.5005, 0.2747], abs=5e-5)


@pytest.mark.parametrize("cls", [DotAttention, BilinearAttention, MLPAttention])
def test_recurrent_scores_equal_a_loop(cls):
    torch.manual_seed(1)
    attention = cls(6)
    query, states = torch.randn(2, 4, 6), torch.randn(2, 5, 6)
    padding = torch.zeros(2, 5, dtype=torch.bool)
    padding[1, 3:] = True
    with recording(attention) as seen:
        context = attention(query, attention.keys(states), states, padding)
    weights = seen.weights("cross")[0][:, 0]
    for b in range(2):
        for t in range(4):
            h, row = query[b, t], []
            for s in states[b]:
                if cls is DotAttention:
                    row.append(h @ s)
                elif cls is BilinearAttention:
                    row.append(h @ attention.weight.weight @ s)
                else:
                    hidden = torch.tanh(attention.query_projection(h) + attention.key_projection.weight @ s)
                    row.append(attention.vector.weight[0] @ hidden)
            visible = 3 if b == 1 else 5
            expected = torch.stack(row)[:visible].softmax(0)
            torch.testing.assert_close(weights[b, t, :visible], expected, atol=1e-6, rtol=1e-5)
            assert weights[b, t, visible:].eq(0).all()
            mean = sum(w * s for w, s in zip(expected, states[b, :visible], strict=True))
            torch.testing.assert_close(context[b, t], mean, atol=1e-6, rtol=1e-5)
