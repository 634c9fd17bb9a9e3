"""The layers of a transformer: norms, the feed-forward block, encoder and decoder layers around attention."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.attention import MultiHeadAttention
from models.config import TransformerConfig
from models.linear import Linear
from models.prefix import Prefix


class DynamicTanh(nn.Module):
    """γ · tanh(α x) + β: a norm without statistics (Zhu et al. 2025, "Transformers without Normalization",
    eq. 1).
    """

    def __init__(self, d_model: int, alpha: float = 0.5):
        super().__init__()
        self.alpha = nn.Parameter(torch.tensor([alpha]))
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.alpha * x) * self.weight + self.bias


NORMS: dict[str, Callable[[int], nn.Module]] = {
    "layer": nn.LayerNorm,
    "rms": lambda d_model: nn.RMSNorm(d_model, eps=1e-6),
    "dynamic_tanh": DynamicTanh,
}


class FeedForward(nn.Module):
    """W₂ ReLU(W₁ x + b₁) + b₂, with dropout between (Vaswani et al. 2017, eq. 2)."""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.inner = Linear(config.d_model, config.d_ff)
        self.outer = Linear(config.d_ff, config.d_model)
        self.dropout = config.dropout
        for linear in (self.inner, self.outer):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.inner(x))
        return self.outer(F.dropout(inner, self.dropout) if self.training else inner)


class Residual(nn.Module):
    """x + f(norm(x)) when the norm comes first ("pre"), norm(x + f(x)) as in the original ("post"); dropout
    on f.
    """

    def __init__(self, config: TransformerConfig):
        super().__init__()
        self.norm = NORMS[config.norm](config.d_model)
        self.pre = config.norm_position == "pre"
        self.dropout = config.dropout

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Tensor]) -> Tensor:
        y = sublayer(self.norm(x) if self.pre else x)
        y = x + (F.dropout(y, self.dropout) if self.training else y)
        return y if self.pre else self.norm(y)


class EncoderLayer(nn.Module):
    """Self-attention, then the feed-forward block."""

    def __init__(self, config: TransformerConfig, layer: int):
        super().__init__()
        self.self_attention = MultiHeadAttention(
            config.d_model, config.n_heads, "encoder_self", layer, config.positions
        )
        self.feed_forward = FeedForward(config)
        self.around_self, self.around_feed_forward = Residual(config), Residual(config)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """x: [batch, src_len, d_model]; mask: [batch, 1, 1, src_len] bool, True where there is a token."""
        x = self.around_self(x, lambda y: self.self_attention(y, self.self_attention.project(y), mask))
        return self.around_feed_forward(x, self.feed_forward)


class DecoderLayer(nn.Module):
    """Causal self-attention, cross-attention over the memory, then the feed-forward block."""

    def __init__(self, config: TransformerConfig, layer: int):
        super().__init__()
        self.self_attention = MultiHeadAttention(
            config.d_model, config.n_heads, "decoder_self", layer, config.positions
        )
        self.cross_attention = MultiHeadAttention(config.d_model, config.n_heads, "cross", layer)
        self.feed_forward = FeedForward(config)
        self.around_self, self.around_cross, self.around_feed_forward = (Residual(config) for _ in range(3))

    def forward(
        self, x: Tensor, cross: Tensor, mask: Tensor | None, past: Prefix | None = None
    ) -> tuple[Tensor, Prefix]:
        """x: [batch, tgt_len, d_model], the tokens after those in `past` → the same shape, and the prefix
        with them.

        cross: keys and values of the memory, [2, n_sources, heads, src_len, d_head]; neighbouring rows share
        a source, all equally many; mask: [n_sources, 1, 1, src_len] bool, True where there is a token.
        """
        start = 0 if past is None else past.length
        n_sources = cross.shape[1]
        present: Prefix

        def attend_to_prefix(y: Tensor) -> Tensor:
            nonlocal present
            key_value = self.self_attention.project(y, start)
            present = Prefix.of(key_value) if past is None else past.append(key_value)
            return self.self_attention(y, present.key_value, causal=True, start=start)

        def attend_to_source(y: Tensor) -> Tensor:  # the rows of a source are queries to the same keys
            return self.cross_attention(y.view(n_sources, -1, y.shape[-1]), cross, mask).view_as(y)

        x = self.around_self(x, attend_to_prefix)
        x = self.around_cross(x, attend_to_source)
        return self.around_feed_forward(x, self.feed_forward), present
