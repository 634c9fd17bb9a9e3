"""Dot, bilinear and MLP attention for recurrent models, and multi-head attention; each ends in a probe.

There are two paths that give the same numbers: a fused kernel while nobody watches, and the plain formula,
with every part visible, when the calling thread records or ablates.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.explain import Explanation, LinearMap, StreamStates, Taps
from models.linear import Linear
from models.positions import AlibiBias, DistanceBias, RelativeBias, rotate
from models.probe import AttentionKind, AttentionProbe

# from here on the plain formula is sooner than the fused kernel if each row has a single query (CPU, one
# thread)
MANY_ROWS = 16


class MultiHeadAttention(nn.Module):
    """softmax(q kᵀ / √d_head + bias) v in `n_heads` subspaces, concatenated and projected (Vaswani et al.
    2017, eq. 1 and section 3.2.2).

    There is no dropout on the weights, so what a picture shows is what the model computes with.
    """

    def __init__(self, d_model: int, n_heads: int, kind: AttentionKind, layer: int, positions: str = "none"):
        super().__init__()
        self.n_heads = n_heads
        self.d_head = d_model // n_heads
        self.query = Linear(d_model, d_model)
        self.key_value = Linear(d_model, 2 * d_model)  # one matrix multiplication for both
        self.output = Linear(d_model, d_model)
        self.rotary = positions == "rotary"
        biases = {
            "relative": lambda: RelativeBias(self.d_head),
            "t5": lambda: DistanceBias(n_heads),
            "alibi": lambda: AlibiBias(n_heads),
        }
        self.bias = biases.get(positions, lambda: None)()
        self.probe = AttentionProbe(kind, layer, n_heads)
        for linear in (self.query, self.key_value, self.output):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)
        with torch.no_grad():  # key and value are two matrices: each gets the spread of its own shape
            for half in self.key_value.weight.chunk(2):
                nn.init.xavier_uniform_(half)

    def project(self, states: Tensor, start: int = 0) -> Tensor:
        """Keys and values of `states` [batch, src_len, d_model], the first of which stands at position
        `start`.

        Returns [2, batch, heads, src_len, d_head].
        """
        key_value = (
            self.key_value(states)
            .view(*states.shape[:-1], 2, self.n_heads, self.d_head)
            .permute(2, 0, 3, 1, 4)
        )
        if self.rotary:
            key, value = key_value.unbind()
            return torch.stack((rotate(key, start), value))
        return key_value

    def forward(
        self,
        states: Tensor,
        key_value: Tensor,
        mask: Tensor | None = None,
        causal: bool = False,
        start: int = 0,
    ) -> Tensor:
        """states: [batch, tgt_len, d_model] → [batch, tgt_len, d_model].

        key_value: as `project` gives them;  mask: [batch, 1, 1, src_len] bool, True where a key may be seen;
        causal: no query sees a later key;  start: position of the first query.
        """
        query = self._split(self.query(states))
        if self.rotary:
            query = rotate(query, start)
        key, value = key_value.unbind()
        bias = None if self.bias is None else self.bias(query, key.shape[-2])
        if self.probe.watched or (query.shape[-2] == 1 and len(query) >= MANY_ROWS):
            context = self._visible(query, key, value, bias, mask, causal)
        else:
            context = self._fused(query, key, value, bias, mask, causal)
        return self.output(
            context.transpose(1, 2).flatten(2)
        )  # [batch, heads, tgt_len, d_head] → [batch, tgt_len, d_model]

    def head_projections(self) -> Tensor:
        """W_O cut by head, [heads, d_head, d_model]: the module's output is Σ_h weights_h · value_h · W_O,h +
        b_O.
        """
        return self.output.weight.T.unflatten(0, (self.n_heads, self.d_head))

    def explain(self, positions: str, query: StreamStates, key: StreamStates, taps: Taps) -> Explanation:
        """How the weights of the pass that was tapped came about; `positions` is what the model uses."""
        key_weight, value_weight = self.key_value.weight.chunk(2)  # each [d_model, d_model]
        key_bias, value_bias = self.key_value.bias.chunk(2)
        plain_keys, _ = taps.out(self.key_value).chunk(2, dim=-1)
        return Explanation(
            scorer="scaled dot",
            formula=self.formula,
            positions=positions,
            query=query,
            key=key,
            scale=self.d_head**-0.5,
            rest=self.output.bias.expand(len(query.states), -1),
            output=taps.out(self),
            query_map=LinearMap(self.query.weight, self.query.bias),
            key_map=LinearMap(key_weight, key_bias),
            value_map=LinearMap(value_weight, value_bias),
            plain_queries=taps.out(self.query) if self.rotary else None,
            plain_keys=plain_keys if self.rotary else None,
            position_bias=None if self.bias is None else taps.out(self.bias),
        )

    @property
    def formula(self) -> str:
        """How a score comes about, in words."""
        return "q·k / √d" + ("" if self.bias is None else " + position bias")

    def _split(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:-1], self.n_heads, self.d_head).transpose(
            1, 2
        )  # [batch, heads, length, d_head]

    def _visible(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None,
        mask: Tensor | None,
        causal: bool,
    ) -> Tensor:
        scores = query @ key.transpose(-2, -1) * self.d_head**-0.5  # [batch, heads, tgt_len, src_len]
        if bias is not None:
            scores = scores + bias
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        if causal and query.shape[-2] > 1:  # the last position sees every key before it
            scores = scores.masked_fill(~_causal_mask(query, key), float("-inf"))
        weights = scores.softmax(-1)
        if self.probe.watched:
            weights = self.probe(weights, scores, query, key, value)
        return weights @ value

    def _fused(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None,
        mask: Tensor | None,
        causal: bool,
    ) -> Tensor:
        if bias is None:
            causal = causal and query.shape[-2] > 1
            if causal and (mask is not None or query.shape[-2] != key.shape[-2]):
                visible = _causal_mask(query, key)
                return F.scaled_dot_product_attention(
                    query, key, value, attn_mask=visible if mask is None else visible & mask
                )
            return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
        if mask is not None:
            bias = bias.masked_fill(~mask, float("-inf"))
        if causal:
            bias = bias.masked_fill(~_causal_mask(query, key), float("-inf"))
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask=bias.expand(query.shape[0], -1, -1, -1)
        )


def _causal_mask(query: Tensor, key: Tensor) -> Tensor:
    """True where the key is not later than the query, [tgt_len, src_len]; the queries are the last positions
    of the keys.
    """
    tgt_len, src_len = query.shape[-2], key.shape[-2]
    return torch.ones(tgt_len, src_len, dtype=torch.bool, device=query.device).tril(src_len - tgt_len)


class _RecurrentAttention(nn.Module):
    """What the three scorers share: one head of cross-attention whose values are the encoder states, by
    default scored by h·s.
    """

    formula: str  # how a score comes about, in words

    def __init__(self):
        super().__init__()
        self.probe = AttentionProbe("cross", 0, n_heads=1)

    def explain(self, taps: Taps) -> dict[str, object]:
        """The fields of `Explanation` that this scorer has, from the pass that was tapped."""
        return {}

    def keys(self, states: Tensor) -> Tensor:
        """The encoder states as the scorer compares them, computed once per sentence: [batch, src_len, d]."""
        return states

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """query: [batch, tgt_len, d], keys: [batch, src_len, d] → scores [batch, tgt_len, src_len]."""
        return query @ keys.transpose(1, 2)

    def forward(self, query: Tensor, keys: Tensor, values: Tensor, padding: Tensor) -> Tensor:
        """query: [batch, tgt_len, d_hidden] → context [batch, tgt_len, d_value].

        keys: [batch, src_len, d];  values: [batch, src_len, d_value];  padding: [batch, src_len], True where
        there is no token.
        """
        scores = self.score(query, keys).masked_fill(padding.unsqueeze(1), float("-inf"))
        weights = scores.softmax(-1)
        if self.probe.watched:
            weights = self.probe(*(x.unsqueeze(1) for x in (weights, scores, query, keys, values))).squeeze(1)
        return weights @ values


class DotAttention(_RecurrentAttention):
    """score(h, s) = hᵀ s (Luong et al. 2015, eq. 8, "dot")."""

    formula = "h·s"

    def __init__(self, d_hidden: int):  # no weights: the width is there for the sake of the registry
        super().__init__()


class BilinearAttention(_RecurrentAttention):
    """score(h, s) = hᵀ W s (Luong et al. 2015, eq. 8, "general")."""

    formula = "hᵀ W s"

    def __init__(self, d_hidden: int):
        super().__init__()
        self.weight = Linear(d_hidden, d_hidden, bias=False)

    def explain(self, taps: Taps) -> dict[str, object]:
        return {"key_map": LinearMap(self.weight.weight, None)}

    def keys(self, states: Tensor) -> Tensor:
        return self.weight(states)


class MLPAttention(_RecurrentAttention):
    """score(h, s) = vᵀ tanh(W₁ h + W₂ s) (Bahdanau et al. 2015, appendix A.1.2)."""

    formula = "vᵀ tanh(W₁ h + W₂ s)"

    def __init__(self, d_hidden: int):
        super().__init__()
        self.query_projection = Linear(d_hidden, d_hidden)
        self.key_projection = Linear(d_hidden, d_hidden, bias=False)
        self.vector = Linear(d_hidden, 1, bias=False)

    def explain(self, taps: Taps) -> dict[str, object]:
        return {
            "query_map": LinearMap(self.query_projection.weight, self.query_projection.bias),
            "key_map": LinearMap(self.key_projection.weight, None),
            "queries": taps.out(self.query_projection),
            "vector": self.vector.weight[0],
        }

    def keys(self, states: Tensor) -> Tensor:
        return self.key_projection(states)

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        hidden = torch.tanh(
            self.query_projection(query).unsqueeze(2) + keys.unsqueeze(1)
        )  # [batch, tgt_len, src_len, d]
        return self.vector(hidden).squeeze(-1)


RECURRENT_ATTENTION = {"dot": DotAttention, "bilinear": BilinearAttention, "mlp": MLPAttention}
