"""The transformer, encoder and decoder (Vaswani et al. 2017), with every choice of `TransformerConfig`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.attention import MultiHeadAttention
from models.base import Memory, Seq2SeqModel
from models.config import TransformerConfig
from models.explain import Explanation, StreamStates, Taps
from models.ids import SpecialIds
from models.layers import NORMS, DecoderLayer, EncoderLayer
from models.linear import Linear
from models.positions import AbsolutePositions
from models.prefix import Prefix
from models.probe import AttentionKind


@dataclass(frozen=True)
class TransformerCache:
    """What every decoder layer keeps: the prefix so far, and keys and values of the sources.

    source: to which source each row belongs, [rows]. Every source has equally many rows, and they are
    neighbours.
    """

    past: tuple[Prefix | None, ...]
    cross: tuple[Tensor, ...]  # each [2, n_sources, heads, src_len, d_head]
    mask: Tensor | None
    source: Tensor

    def select(self, rows: Tensor) -> TransformerCache:
        past = tuple(None if prefix is None else prefix.select(rows) for prefix in self.past)
        cross, mask, source = self.cross, self.mask, self.source.index_select(0, rows)
        if not torch.equal(
            source, self.source
        ):  # most often a search swaps hypotheses of one source, which see the same memory
            wanted, counts = torch.unique_consecutive(source, return_counts=True)
            if bool((counts != counts[:1]).any()):
                wanted, counts = source, torch.ones_like(source)  # each row gets a source of its own
            if not torch.equal(wanted, torch.arange(cross[0].shape[1], device=wanted.device)):
                cross = tuple(key_value.index_select(1, wanted) for key_value in cross)
                mask = None if mask is None else mask.index_select(0, wanted)
            source = torch.arange(len(wanted), device=wanted.device).repeat_interleave(counts)
        return TransformerCache(past, cross, mask, source)


class Transformer(Seq2SeqModel):
    """Encoder and decoder stacks over embeddings with positions."""

    def __init__(self, config: TransformerConfig, special: SpecialIds):
        super().__init__(special)
        self.config = config
        self.src_embedding = nn.Embedding(config.src_vocab, config.d_model, padding_idx=special.pad)
        if config.tie_embeddings == "all":
            self.tgt_embedding = self.src_embedding
        else:
            self.tgt_embedding = nn.Embedding(config.tgt_vocab, config.d_model, padding_idx=special.pad)
        self.src_positions = AbsolutePositions(config.positions, config.d_model, config.max_len)
        self.tgt_positions = AbsolutePositions(config.positions, config.d_model, config.max_len)
        self.encoder = nn.ModuleList(EncoderLayer(config, layer) for layer in range(config.n_encoder_layers))
        self.decoder = nn.ModuleList(DecoderLayer(config, layer) for layer in range(config.n_decoder_layers))
        # with "pre" the last residual sum has not been normalised yet
        last_norm = NORMS[config.norm] if config.norm_position == "pre" else lambda _: nn.Identity()
        self.encoder_norm, self.decoder_norm = last_norm(config.d_model), last_norm(config.d_model)
        self.output = Linear(config.d_model, config.tgt_vocab, bias=False)
        for embedding in (self.src_embedding, self.tgt_embedding):
            nn.init.normal_(embedding.weight, std=config.d_model**-0.5)
            if special.pad is not None:
                nn.init.zeros_(embedding.weight.data[special.pad])
        nn.init.normal_(self.output.weight, std=config.d_model**-0.5)
        if config.tie_embeddings != "none":
            self.output.weight = self.tgt_embedding.weight

    def stack(self) -> dict[str, nn.Module]:
        """E0, E1, … of the encoder, then D0, D1, … of the decoder."""
        encoder = {f"E{n}": layer for n, layer in enumerate(self.encoder)}
        return encoder | {f"D{n}": layer for n, layer in enumerate(self.decoder)}

    def encode(self, src: Tensor) -> Memory:
        """src: [batch, src_len] → Memory with states [batch, src_len, d_model]."""
        padding = self.is_padding(src)
        mask = _key_mask(padding)
        x = self._embed(src, self.src_embedding, self.src_positions)
        for layer in self.encoder:
            x = layer(x, mask)
        return Memory(self.encoder_norm(x), padding)

    def hidden(self, tgt_in: Tensor, memory: Memory) -> Tensor:
        """The decoder states before the output layer: [batch, tgt_len, d_model]."""
        mask = _key_mask(memory.padding)
        x = self._embed(tgt_in, self.tgt_embedding, self.tgt_positions)
        for layer in self.decoder:
            x, _ = layer(x, layer.cross_attention.project(memory.states), mask)
        return self.decoder_norm(x)

    def start(self, memory: Memory) -> TransformerCache:
        cross = tuple(layer.cross_attention.project(memory.states) for layer in self.decoder)
        source = torch.arange(memory.states.shape[0], device=memory.states.device)
        return TransformerCache((None,) * len(self.decoder), cross, _key_mask(memory.padding), source)

    def step(self, token_ids: Tensor, cache: TransformerCache) -> tuple[Tensor, TransformerCache]:
        """token_ids: [rows] → logits [rows, vocab] and the cache with this token."""
        start = 0 if cache.past[0] is None else cache.past[0].length
        x = self._embed(token_ids.unsqueeze(1), self.tgt_embedding, self.tgt_positions, start)
        past = []
        for layer, layer_past, cross in zip(self.decoder, cache.past, cache.cross, strict=True):
            x, present = layer(x, cross, cache.mask, layer_past)
            past.append(present)
        logits = self.output(self.decoder_norm(x)).squeeze(1)
        return logits, TransformerCache(tuple(past), cache.cross, cache.mask, cache.source)

    def head_projections(self, kind: AttentionKind, layer: int) -> Tensor:
        """W_O of that layer cut by head: [heads, d_head, d_model]."""
        return self._attention(kind, layer)[0].head_projections()

    def explain(self, kind: AttentionKind, layer: int, taps: Taps) -> Explanation:
        """How this attention came about in the pass that was tapped, in which one sentence went through."""
        attention, around = self._attention(kind, layer)
        stream = self.config.can.attention[kind]
        states = taps.into(around)
        inputs = taps.into(attention.query) if around.pre else states
        query = key = StreamStates(*self._embedded(stream.query, taps), states, inputs)
        if stream.key != stream.query:
            memory = taps.into(attention.key_value)
            key = StreamStates(*self._embedded(stream.key, taps), memory, memory)
        return attention.explain(self.config.positions, query, key, taps)

    def _attention(self, kind: AttentionKind, layer: int) -> tuple[MultiHeadAttention, nn.Module]:
        """The module of this kind in this layer, and the residual block around it. Raises KeyError."""
        blocks = {
            "encoder_self": (self.encoder, "self"),
            "decoder_self": (self.decoder, "self"),
            "cross": (self.decoder, "cross"),
        }
        stack, part = blocks[kind]
        if not 0 <= layer < len(stack):
            raise KeyError(
                f"no {kind} attention in layer {layer}: this model has the layers 0 to {len(stack) - 1}."
            )
        return getattr(stack[layer], f"{part}_attention"), getattr(stack[layer], f"around_{part}")

    def _embedded(self, stream: str, taps: Taps) -> tuple[Tensor, Tensor | None]:
        """The embeddings of a stream and what is added to them, each [len, d_model]."""
        positions = {"source": self.src_positions, "target": self.tgt_positions}[stream]
        embedding = taps.into(positions)
        return embedding, positions.table[: len(embedding)] if positions.added else None

    def _embed(
        self, ids: Tensor, embedding: nn.Embedding, positions: AbsolutePositions, start: int = 0
    ) -> Tensor:
        embedded = embedding(ids) * self.config.d_model**0.5  # Vaswani et al. 2017, section 3.4
        embedded = positions(embedded, start)
        return F.dropout(embedded, self.config.dropout) if self.training else embedded


def _key_mask(padding: Tensor) -> Tensor | None:
    """[batch, src_len] → [batch, 1, 1, src_len], True where a key may be seen; None without padding, which
    lets faster kernels run.
    """
    return ~padding[:, None, None, :] if bool(padding.any()) else None
