"""A model of a kind that no page has heard of: one text that looks at itself, and no words to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from models.attention import MultiHeadAttention
from models.base import Memory, Model
from models.config import Attends, Capabilities
from models.ids import SpecialIds

KIND = "text_self"


@dataclass(frozen=True)
class ReaderConfig:
    """One layer of self-attention with rotary positions."""

    family: Literal["reader"] = "reader"
    vocab: int = 0
    d_model: int = 16
    n_heads: int = 2
    n_layers: int = 2
    max_len: int = 64

    @property
    def can(self) -> Capabilities:
        return Capabilities(("text",), attention={KIND: Attends("text", "text")})

    @property
    def vocab_sizes(self) -> dict[str, int]:
        return {"text": self.vocab}


class Reader(Model):
    def __init__(self, config: ReaderConfig, special: SpecialIds):
        super().__init__(special)
        self.config = config
        self.embedding = nn.Embedding(config.vocab, config.d_model)
        self.layers = nn.ModuleList(
            MultiHeadAttention(config.d_model, config.n_heads, KIND, layer, "rotary")
            for layer in range(config.n_layers)
        )

    def encode(self, src: torch.Tensor) -> Memory:
        x, padding = self.embedding(src), self.is_padding(src)
        for attention in self.layers:
            x = x + attention(x, attention.project(x), ~padding[:, None, None, :])
        return Memory(x, padding)
