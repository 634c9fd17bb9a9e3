"""The recurrent encoder-decoder, with attention (Bahdanau et al. 2015; Luong et al. 2015) or without.

Unless the attentional state is fed back (`input_feeding`), the decoder's recurrence does not depend on
attention: it runs over all steps in one fused call, and attention then looks back from all steps at once.
Step by step and all at once give the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.attention import RECURRENT_ATTENTION
from models.base import Memory, Seq2SeqModel
from models.config import RNNConfig
from models.explain import Explanation, StreamStates, Taps
from models.ids import SpecialIds
from models.linear import Linear
from models.probe import AttentionKind

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}
State = tuple[Tensor, ...]  # (h,) for a GRU, (h, c) for an LSTM, each [layers, batch, d]


@dataclass(frozen=True)
class RNNCache:
    """The decoder's state, what attention looks back at, and the attentional state of the step before (for
    input feeding).
    """

    state: State
    keys: Tensor | None
    values: Tensor
    padding: Tensor
    fed_back: Tensor  # [rows, 1, d_hidden]

    def select(self, rows: Tensor) -> RNNCache:
        return RNNCache(
            tuple(t.index_select(1, rows) for t in self.state),
            None if self.keys is None else self.keys.index_select(0, rows),
            *(t.index_select(0, rows) for t in (self.values, self.padding, self.fed_back)),
        )


class RNN(Seq2SeqModel):
    """Bidirectional encoder; decoder whose state h looks back by attention: h̃ = tanh(W [context; h]) (Luong
    et al. 2015, eq. 5).
    """

    def __init__(self, config: RNNConfig, special: SpecialIds):
        super().__init__(special)
        self.config = config
        d_half = config.d_hidden // 2
        cell = CELLS[config.cell]
        self.src_embedding = nn.Embedding(config.src_vocab, config.d_embedding, padding_idx=special.pad)
        self.tgt_embedding = nn.Embedding(config.tgt_vocab, config.d_embedding, padding_idx=special.pad)
        self.forwards = nn.ModuleList()
        self.backwards = nn.ModuleList()
        for layer in range(config.n_layers):
            d_in = config.d_embedding if layer == 0 else config.d_hidden
            self.forwards.append(cell(d_in, d_half, batch_first=True))
            self.backwards.append(cell(d_in, d_half, batch_first=True))
        self.bridge = nn.ModuleList(
            Linear(config.d_hidden, config.d_hidden) for _ in range(2 if config.cell == "lstm" else 1)
        )
        d_in = config.d_embedding + (config.d_hidden if config.input_feeding else 0)
        between_layers = config.dropout if config.n_layers > 1 else 0.0
        self.decoder = cell(d_in, config.d_hidden, config.n_layers, batch_first=True, dropout=between_layers)
        self.attention = (
            RECURRENT_ATTENTION[config.attention](config.d_hidden) if config.attention != "none" else None
        )
        d_read = config.d_hidden if self.attention is None else 2 * config.d_hidden
        d_out = config.d_embedding if config.tie_embeddings == "output" else config.d_hidden
        self.attentional = Linear(d_read, config.d_hidden)
        self.narrow = (
            Linear(config.d_hidden, d_out, bias=False) if d_out != config.d_hidden else nn.Identity()
        )
        self.output = Linear(d_out, config.tgt_vocab, bias=False)
        for embedding in (self.src_embedding, self.tgt_embedding):
            nn.init.normal_(embedding.weight, std=0.1)
            if special.pad is not None:
                nn.init.zeros_(embedding.weight.data[special.pad])
        if config.tie_embeddings == "output":
            self.output.weight = self.tgt_embedding.weight

    def encode(self, src: Tensor) -> Memory:
        """src: [batch, src_len] → Memory with states [batch, src_len, d_hidden] and the decoder's first state
        in `final`.

        Each direction runs over its own left-aligned copy, so padding comes after all tokens and changes
        nothing.
        """
        padding = self.is_padding(src)
        lengths = (~padding).sum(1)  # [batch]
        last = (lengths - 1).view(-1, 1, 1)
        positions = torch.arange(src.shape[1], device=src.device)
        mirror = (lengths.unsqueeze(1) - 1 - positions).clamp_min(
            0
        )  # [batch, src_len]: reverses the tokens, keeps padding at the end
        x = self._dropped(self.src_embedding(src))
        finals = []
        for layer, (ahead, back) in enumerate(zip(self.forwards, self.backwards, strict=True)):
            if layer:
                x = self._dropped(x)
            ahead_states, _ = ahead(x)
            back_states, _ = back(_gather(x, mirror))
            at_last = last.expand(-1, 1, ahead_states.shape[-1])  # [batch, 1, d_half]
            finals.append(
                torch.cat(
                    [states.gather(1, at_last).squeeze(1) for states in (ahead_states, back_states)], -1
                )
            )
            x = torch.cat((ahead_states, _gather(back_states, mirror)), -1)
            x = x.masked_fill(padding.unsqueeze(-1), 0.0)
        top = torch.stack(finals)  # [layers, batch, d_hidden]
        return Memory(x, padding, tuple(torch.tanh(linear(top)) for linear in self.bridge))

    def hidden(self, tgt_in: Tensor, memory: Memory) -> Tensor:
        """The attentional states h̃ before the output layer: [batch, tgt_len, d_out]."""
        cache = self.start(memory)
        embedded = self._dropped(self.tgt_embedding(tgt_in))
        if not self.config.input_feeding:
            return self._read(embedded, cache)[0]
        outputs = []
        for t in range(tgt_in.shape[1]):
            output, cache = self._read(embedded[:, t : t + 1], cache)
            outputs.append(output)
        return torch.cat(outputs, dim=1)

    def start(self, memory: Memory) -> RNNCache:
        keys = None if self.attention is None else self.attention.keys(memory.states)
        fed_back = memory.states.new_zeros(memory.states.shape[0], 1, self.config.d_hidden)
        return RNNCache(memory.final, keys, memory.states, memory.padding, fed_back)

    def step(self, token_ids: Tensor, cache: RNNCache) -> tuple[Tensor, RNNCache]:
        """token_ids: [rows] → logits [rows, vocab] and the cache after this token."""
        output, cache = self._read(self._dropped(self.tgt_embedding(token_ids.unsqueeze(1))), cache)
        return self.output(output).squeeze(1), cache

    def head_projections(self, kind: AttentionKind, layer: int) -> Tensor:
        """The part of W in h̃ = tanh(W [context; h]) that reads the context, before the tanh: [1, d_hidden,
        d_hidden].
        """
        if self.attention is None or (kind, layer) != ("cross", 0):
            has = "no attention" if self.attention is None else "cross-attention in layer 0 alone"
            raise KeyError(f"no {kind} attention in layer {layer}: this model has {has}.")
        return self.attentional.weight[:, : self.config.d_hidden].T.unsqueeze(0)

    def explain(self, kind: AttentionKind, layer: int, taps: Taps) -> Explanation:
        """How the attention came about in the pass that was tapped: h̃ = tanh(context · W_c + h · W_h + b)."""
        d = self.config.d_hidden
        h = taps.into(self.attentional)[:, d:]  # [tgt_len, d]; the first half is the context
        memory = taps.kept(self.attention, 2)  # the values: all encoder states
        return Explanation(
            scorer=self.config.attention,
            formula=self.attention.formula,
            positions="none",
            query=StreamStates(taps.out(self.tgt_embedding), None, h, h),
            key=StreamStates(taps.out(self.src_embedding), None, memory, memory),
            scale=1.0,
            rest=h @ self.attentional.weight[:, d:].T + self.attentional.bias,
            output=taps.out(self.attentional).tanh(),
            **self.attention.explain(taps),
        )

    def _read(self, embedded: Tensor, cache: RNNCache) -> tuple[Tensor, RNNCache]:
        """embedded: [rows, n_steps, d_embedding] → output states [rows, n_steps, d_out] and the cache after
        the last step.
        """
        if self.config.input_feeding:
            embedded = torch.cat((embedded, cache.fed_back), dim=-1)
        start = tuple(t.contiguous() for t in cache.state)
        states, end = self.decoder(embedded, start if self.config.cell == "lstm" else start[0])
        end = end if self.config.cell == "lstm" else (end,)
        read = states
        if self.attention is not None:
            context = self.attention(
                states, cache.keys, cache.values, cache.padding
            )  # [rows, n_steps, d_hidden]
            read = torch.cat((context, states), dim=-1)
        attentional = torch.tanh(self.attentional(read))
        after = RNNCache(end, cache.keys, cache.values, cache.padding, attentional[:, -1:])
        return self.narrow(self._dropped(attentional)), after

    def _dropped(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.config.dropout, self.training)


def _gather(x: Tensor, index: Tensor) -> Tensor:
    """Rearrange the steps of x [batch, length, d] by index [batch, length]."""
    return x.gather(1, index.unsqueeze(-1).expand(-1, -1, x.shape[-1]))
