"""Gates: the gradient of a factor on a head's output, against autograd on the output itself and against
finite differences.
"""

from __future__ import annotations

import threading

import pytest
import torch
import torch.nn.functional as F

from models import RNNConfig, TransformerConfig, build_model
from models.probe import ablating, gating, probes, recording
from tests.models.test_probe import FED_BACK, RNN, TRANSFORMER, batch

RELATIVE = TransformerConfig(
    src_vocab=20,
    tgt_vocab=22,
    d_model=16,
    n_heads=2,
    n_encoder_layers=1,
    n_decoder_layers=1,
    d_ff=32,
    positions="relative",
)


@pytest.fixture(
    params=[TRANSFORMER, RELATIVE, RNN, FED_BACK], ids=["transformer", "relative", "rnn", "rnn fed back"]
)
def model(request):
    """As a loaded checkpoint is: evaluation mode, no parameter needs a gradient. Double precision, for finite
    differences.
    """
    torch.manual_seed(1)
    return build_model(request.param).double().eval().requires_grad_(False)


def loss(model, pairs):
    return F.cross_entropy(model(pairs).flatten(0, 1), pairs.tgt_out.flatten(), reduction="sum")


def gate_gradients(model, pairs):
    """∂L/∂ξ by (kind, layer): [batch, heads, tgt_len], the calls of a model that attends step by step
    joined.
    """
    with gating(model) as gates:
        value = loss(model, pairs)
    places = list(gates.calls)
    flat = torch.autograd.grad(value, [gate for place in places for gate in gates.calls[place]])
    found = iter(flat)
    return {
        place: torch.cat([next(found) for _ in gates.calls[place]], dim=2).squeeze(-1) for place in places
    }


def readers(model):
    """What reads the output of each attention: (module, heads, width of a head) by (kind, layer)."""
    if model.config.family == "rnn":  # the first half of what `attentional` reads is the context
        return {("cross", 0): (model.attentional, 1, model.config.d_hidden)}
    owners = [module for module in model.modules() if hasattr(module, "probe")]
    return {
        (owner.probe.kind, owner.probe.layer): (owner.output, owner.n_heads, owner.d_head) for owner in owners
    }


def test_gates_change_no_number_and_know_their_shape(model):
    pairs = batch(0)
    with torch.no_grad(), recording(model) as plain:
        before = model(pairs)
    with gating(model) as gates, recording(model) as seen:
        after = model(pairs)
    assert torch.equal(before, after)
    assert set(gates.calls) == set(probes(model))
    for place, calls in gates.calls.items():
        for gate, parts, unwatched in zip(calls, seen.calls[place], plain.calls[place], strict=True):
            assert gate.shape == (*parts.weights.shape[:-1], 1) and gate.eq(1).all() and gate.requires_grad
            assert torch.equal(parts.weights, unwatched.weights) and not parts.weights.requires_grad


def test_a_gate_has_the_gradient_of_its_heads_output(model):
    """Att_h(x)ᵀ ∂L/∂Att_h(x) at every query (Michel et al. 2019, eq. 2), from autograd on what the next
    module reads.
    """
    pairs, read = batch(0), {place: [] for place in readers(model)}

    def keep(place):
        def hook(module, inputs):
            outputs = (
                inputs[0].detach().clone().requires_grad_() if not inputs[0].requires_grad else inputs[0]
            )
            outputs.retain_grad()
            read[place].append(outputs)
            return (outputs,)

        return hook

    handles = [
        module.register_forward_pre_hook(keep(place)) for place, (module, _, _) in readers(model).items()
    ]
    loss(model, pairs).backward()
    for handle in handles:
        handle.remove()
    gradients = gate_gradients(model, pairs)
    assert all(parameter.grad is None for parameter in model.parameters())
    for place, (_, n_heads, width) in readers(model).items():
        outputs, slopes = (
            torch.cat([getattr(x, name) for x in read[place]], dim=1) for name in ("data", "grad")
        )
        by_head = (
            (outputs * slopes)[..., : n_heads * width].unflatten(-1, (n_heads, width)).sum(-1)
        )  # [batch, tgt_len, heads]
        torch.testing.assert_close(gradients[place], by_head.transpose(1, 2), atol=1e-10, rtol=1e-8)


def test_gate_gradients_are_slopes_of_the_loss(model):
    """A factor 1 ± ε on the columns of the weight that read the head is that factor on its output: central
    differences.
    """
    pairs, epsilon = batch(0), 1e-5
    gradients = gate_gradients(model, pairs)
    for place, (module, n_heads, width) in readers(model).items():
        for head in range(n_heads):
            columns = module.weight.data[:, head * width : (head + 1) * width]
            kept, values = columns.clone(), []
            for factor in (1 + epsilon, 1 - epsilon):
                columns.copy_(kept * factor)
                values.append(loss(model, pairs).item())
            columns.copy_(kept)
            slope = (values[0] - values[1]) / (2 * epsilon)
            assert gradients[place][:, head].sum().item() == pytest.approx(slope, abs=1e-6)


def test_an_ablated_head_has_no_slope(model):
    kind, layer = next(iter(probes(model)))
    with ablating(model, [(kind, layer, 0)]):
        gradients = gate_gradients(model, batch(0))
    assert gradients[kind, layer][:, 0].eq(0).all()
    assert any(slopes.ne(0).any() for slopes in gradients.values()) or len(probes(model)) == 1


def test_gates_are_gone_after_the_block_or_an_exception(model):
    with pytest.raises(RuntimeError, match="on purpose"):
        with gating(model):
            raise RuntimeError("on purpose")
    assert not any(probe.watched for probe in probes(model).values())
    assert not model(batch(0)).requires_grad


def test_gates_of_one_thread_are_not_in_another(model):
    inside, done, seen = threading.Event(), threading.Event(), []

    def plain():
        inside.wait(30)
        seen.append(model(batch(0)).requires_grad)
        done.set()

    thread = threading.Thread(target=plain)
    thread.start()
    with gating(model) as gates:
        inside.set()
        assert done.wait(30)
    thread.join()
    assert seen == [False] and gates.calls == {}


def test_a_model_without_attention_has_no_gates():
    model = build_model(
        RNNConfig(src_vocab=20, tgt_vocab=22, d_embedding=8, d_hidden=16, attention="none")
    ).eval()
    with gating(model) as gates:
        model(batch(0))
    assert gates.calls == {}
