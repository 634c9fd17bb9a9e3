"""Max-flow against the smallest of all cuts, one by one; attention flow on networks built by hand."""

from itertools import product

import numpy as np
import pytest

from explorer.attribution.flow import MAX_SIZE, MAX_TOKENS, FlowNetwork, attention_flow, decoder_flow
from explorer.attribution.rollout import mixtures, rollout
from explorer.errors import InputError
from tests.attribution.random_maps import random_attention, uniform_attention


def smallest_cut(capacity: np.ndarray, source: int, sink: int) -> float:
    """The theorem of Ford and Fulkerson: try every set of nodes with the source and without the sink, add up
    what leads out of it.
    """
    n = len(capacity)
    others = [node for node in range(n) if node not in (source, sink)]
    best = np.inf
    for inside in product([False, True], repeat=len(others)):
        side = np.zeros(n, dtype=bool)
        side[source] = True
        side[[node for node, chosen in zip(others, inside, strict=True) if chosen]] = True
        best = min(best, capacity[np.ix_(side, ~side)].sum())
    return best


def network_of(capacity: np.ndarray) -> FlowNetwork:
    network = FlowNetwork(len(capacity))
    for (start, end), room in np.ndenumerate(capacity):
        network.add(start, end, float(room))
    return network


@pytest.mark.parametrize("seed", range(30))
def test_random_networks_with_cycles(seed):
    """Integers and sparse edges give bottlenecks, ways back and nodes that cannot be reached."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 9))
    capacity = rng.integers(0, 6, (n, n)) * (rng.random((n, n)) < 0.5)
    np.fill_diagonal(capacity, 0)
    network = network_of(capacity)
    for source, sink in ((0, n - 1), (n - 1, 0)):
        expected = smallest_cut(capacity, source, sink)
        assert network.max_flow(source, sink) == pytest.approx(expected, abs=1e-9)
        assert network.max_flow(source, sink) == pytest.approx(expected, abs=1e-9), (
            "asking must not use up the network"
        )


def test_a_way_back_must_be_taken():
    """The first shortest path blocks both others unless flow can be sent back over the middle edge: the flow
    is 2.
    """
    capacity = np.zeros((6, 6))
    for start, end in ((0, 1), (1, 4), (4, 5), (0, 2), (2, 3), (3, 4), (1, 3), (3, 5)):
        capacity[start, end] = 1
    assert network_of(capacity).max_flow(0, 5) == 2 == smallest_cut(capacity, 0, 5)


def capacities_of_layers(layers: np.ndarray) -> np.ndarray:
    """Node l · n + i is token i above l layers."""
    n_layers, n, _ = layers.shape
    capacity = np.zeros(((n_layers + 1) * n,) * 2)
    for layer, i, j in product(range(n_layers), range(n), range(n)):
        capacity[(layer + 1) * n + i, layer * n + j] = layers[layer, i, j]
    return capacity


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("n_layers, n", [(1, 4), (2, 3), (4, 2)])
def test_attention_flow_is_the_smallest_cut_of_each_pair(n_layers, n, causal):
    layers = mixtures(random_attention(n_layers, 2, n, n, causal=causal, seed=n))
    capacity = capacities_of_layers(layers)
    expected = np.array([[smallest_cut(capacity, n_layers * n + i, j) for j in range(n)] for i in range(n)])
    np.testing.assert_allclose(attention_flow(layers), expected / expected.sum(-1, keepdims=True), atol=1e-9)


@pytest.mark.parametrize("n_encoder, n_decoder", [(1, 1), (2, 1), (1, 2)])
def test_decoder_flow_is_the_smallest_cut_of_each_pair(n_encoder, n_decoder):
    src_len, tgt_len = 2, 2
    own = random_attention(n_decoder, 2, tgt_len, tgt_len, causal=True, seed=1)
    cross = random_attention(n_decoder, 2, tgt_len, src_len, seed=2)
    encoder = random_attention(n_encoder, 2, src_len, src_len, seed=3)
    names = [("e", layer, j) for layer in range(n_encoder + 1) for j in range(src_len)]
    names += [("d", step, i) for step in range(2 * n_decoder + 1) for i in range(tgt_len)]
    at = {name: number for number, name in enumerate(names)}
    capacity = np.zeros((len(names),) * 2)
    for layer, i, j in product(range(n_encoder), range(src_len), range(src_len)):
        capacity[at["e", layer + 1, i], at["e", layer, j]] = 0.5 * encoder[layer, :, i, j].mean() + 0.5 * (
            i == j
        )
    for layer, i in product(range(n_decoder), range(tgt_len)):
        for j in range(tgt_len):
            capacity[at["d", 2 * layer + 1, i], at["d", 2 * layer, j]] = 0.5 * own[
                layer, :, i, j
            ].mean() + 0.5 * (i == j)
        capacity[at["d", 2 * layer + 2, i], at["d", 2 * layer + 1, i]] = 0.5
        for j in range(src_len):
            capacity[at["d", 2 * layer + 2, i], at["e", n_encoder, j]] = 0.5 * cross[layer, :, i, j].mean()
    tops = [at["d", 2 * n_decoder, i] for i in range(tgt_len)]
    expected = np.array(
        [[smallest_cut(capacity, top, at["e", 0, j]) for j in range(src_len)] for top in tops]
    )
    np.testing.assert_allclose(
        decoder_flow(own, cross, encoder), expected / expected.sum(-1, keepdims=True), atol=1e-9
    )


def test_in_one_layer_flow_is_rollout():
    layers = mixtures(random_attention(1, 3, 5, 5))
    np.testing.assert_allclose(attention_flow(layers), rollout(layers)[0], atol=1e-9)


def test_uniform_attention_flows_evenly_to_the_others():
    flows = attention_flow(mixtures(uniform_attention(2, 2, 4, 4)))
    off_diagonal = flows[~np.eye(4, dtype=bool)]
    assert (
        np.ptp(off_diagonal) == pytest.approx(0, abs=1e-12)
        and np.diag(flows).min() >= off_diagonal.max() - 1e-12
    )


def test_what_would_take_too_long_is_refused():
    with pytest.raises(
        InputError,
        match=f"up to {MAX_TOKENS} tokens a side and {MAX_SIZE} tokens × layers; here are 41 tokens × 1 "
        "layers",
    ):
        attention_flow(np.broadcast_to(np.eye(41), (1, 41, 41)))
    with pytest.raises(InputError, match=r"30 \+ 21 tokens × 6 layers: shorten the sentence"):
        decoder_flow(
            uniform_attention(3, 1, 21, 21), uniform_attention(3, 1, 21, 30), uniform_attention(3, 1, 30, 30)
        )
