"""Attention flow: how much of a row can reach a word through all layers (Abnar & Zuidema 2020, section 3).

The layers are a network of pipes: a node for every token in every layer, an edge down to every token that it
looks at, as wide as the mixture A = ½ W + ½ I of `rollout` says. The flow from a top node to a word is the
largest that fits through; all edges are there for each pair, so a row is scaled to sum to 1 afterwards. In an
encoder-decoder a decoder layer is two steps, as in `rollout`: self-attention, then cross-attention with edges
of ½ to the row itself and of ½ C to the top of the encoder.
"""

from __future__ import annotations

import numpy as np

from explorer.attribution.rollout import RESIDUAL, mixtures, normalised
from explorer.errors import InputError

MAX_TOKENS = 40  # of one side: twice as many take sixteen times as long
MAX_SIZE = 300  # tokens of both sides × layers of both stacks
_NOTHING = 1e-12  # what is left of a pipe after rounding


class FlowNetwork:
    """Pipes between nodes; `max_flow` may be asked again and again."""

    def __init__(self, n_nodes: int):
        self.edges_of: list[list[int]] = [[] for _ in range(n_nodes)]
        self.ends: list[int] = []  # edge 2k and its way back 2k + 1
        self.capacities: list[float] = []

    def add(self, start: int, end: int, capacity: float) -> None:
        """An edge from `start` to `end`; one without capacity is left out."""
        if capacity > 0:
            for node, other, room in ((start, end, capacity), (end, start, 0.0)):
                self.edges_of[node].append(len(self.ends))
                self.ends.append(other)
                self.capacities.append(room)

    def max_flow(self, source: int, sink: int) -> float:
        """The largest flow from `source` to `sink` by Dinic's algorithm (Dinic 1970): O(nodes² · edges), most
        often far less.
        """
        room = self.capacities.copy()
        # no more can leave the source or reach the sink, so the search ends when that much flows
        bound = min(
            sum(self.capacities[edge] for edge in self.edges_of[source]),
            sum(self.capacities[edge ^ 1] for edge in self.edges_of[sink]),
        )
        total = 0.0
        while total < bound - _NOTHING:
            levels = self._levels(room, source, sink)
            if levels[sink] < 0:
                break
            untried = [0] * len(self.edges_of)  # the edges of a node before this one lead nowhere any more
            while pushed := self._push(room, levels, untried, source, sink):
                total += pushed
        return total

    def _levels(self, room: list[float], source: int, sink: int) -> list[int]:
        """Edges from the source to each node over pipes with room left; −1 where there is no way, or none as
        short as to the sink.
        """
        levels = [-1] * len(self.edges_of)
        levels[source] = 0
        reached = [source]
        for node in reached:
            if node == sink:
                break
            for edge in self.edges_of[node]:
                end = self.ends[edge]
                if levels[end] < 0 and room[edge] > _NOTHING:
                    levels[end] = levels[node] + 1
                    reached.append(end)
        return levels

    def _push(
        self, room: list[float], levels: list[int], untried: list[int], source: int, sink: int
    ) -> float:
        """Send as much as fits along one shortest path; 0 when there is none left."""
        path: list[int] = []
        node = source
        while node != sink:
            edges = self.edges_of[node]
            while untried[node] < len(edges):
                edge = edges[untried[node]]
                if room[edge] > _NOTHING and levels[self.ends[edge]] == levels[node] + 1:
                    break
                untried[node] += 1
            else:
                if not path:
                    return 0.0
                node = self.ends[path.pop() ^ 1]  # one step back
                untried[node] += 1
                continue
            path.append(edge)
            node = self.ends[edge]
        amount = min(room[edge] for edge in path)
        for edge in path:
            room[edge] -= amount
            room[edge ^ 1] += amount
        return amount


def check_size(n_tokens: tuple[int, ...], n_layers: int) -> None:
    """Raise InputError where the flow would take too long. n_tokens: of each side."""
    if max(n_tokens) > MAX_TOKENS or sum(n_tokens) * n_layers > MAX_SIZE:
        raise InputError(
            f"Attention flow is worked out for up to {MAX_TOKENS} tokens a side and {MAX_SIZE} tokens × "
            "layers; here are "
            f"{' + '.join(map(str, n_tokens))} tokens × {n_layers} layers: shorten the sentence."
        )


def attention_flow(layers: np.ndarray) -> np.ndarray:
    """From each node of the top layer to each token, [n, n], rows sum to 1. layers: the mixtures A, [layers,
    n, n], the first layer first.

    Raises InputError beyond `MAX_TOKENS` or `MAX_SIZE`.
    """
    n_layers, n = layers.shape[:2]
    check_size((n,), n_layers)
    network = FlowNetwork((n_layers + 1) * n)
    _add_stack(network, layers, 0)
    return _flows(network, range(n_layers * n, (n_layers + 1) * n), range(n))


def decoder_flow(
    self_weights: np.ndarray,
    cross_weights: np.ndarray,
    encoder_weights: np.ndarray,
    residual: float = RESIDUAL,
) -> np.ndarray:
    """From each row of the top decoder layer to each source token, [tgt_len, src_len], rows sum to 1. Shapes
    as in `decoder_rollout`.
    """
    encoder, decoder = mixtures(encoder_weights, residual), mixtures(self_weights, residual)
    cross = normalised(np.asarray(cross_weights, dtype=np.float64).mean(1))  # [layers, tgt_len, src_len]
    n_layers, tgt_len, src_len = cross.shape
    check_size((src_len, tgt_len), len(encoder) + n_layers)
    top = len(encoder) * src_len  # the encoder's nodes come first, layer by layer
    below = top + src_len  # then the decoder's, two steps a layer
    network = FlowNetwork(below + (2 * n_layers + 1) * tgt_len)
    _add_stack(network, encoder, 0)
    for layer in range(n_layers):
        _add_stack(network, decoder[layer][None], below)
        middle, above = below + tgt_len, below + 2 * tgt_len
        for i in range(tgt_len):
            network.add(above + i, middle + i, residual + (1 - residual) * (1 - cross[layer, i].sum()))
            for j in range(src_len):
                network.add(above + i, top + j, (1 - residual) * cross[layer, i, j])
        below = above
    return _flows(network, range(below, below + tgt_len), range(src_len))


def _add_stack(network: FlowNetwork, layers: np.ndarray, first: int) -> None:
    """Edges down through `layers`, whose lowest nodes begin at `first`."""
    n = layers.shape[-1]
    for number, layer in enumerate(layers.tolist()):
        for i, row in enumerate(layer):
            for j, capacity in enumerate(row):
                network.add(first + (number + 1) * n + i, first + number * n + j, capacity)


def _flows(network: FlowNetwork, tops: range, tokens: range) -> np.ndarray:
    return normalised(np.array([[network.max_flow(top, token) for token in tokens] for top in tops]))
