"""The keys and values of a growing prefix, with room to spare so that a step copies none of the old ones."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

ROOM = 8  # tokens


@dataclass
class _Buffer:
    """states: [2, rows, heads, room, d_head], the first `n_filled` positions of which belong to the longest
    prefix.
    """

    states: Tensor
    n_filled: int


@dataclass(frozen=True)
class Prefix:
    """Keys and values of the tokens so far. A prefix never changes: what one continuation appends, another
    does not see.
    """

    buffer: _Buffer
    length: int

    @classmethod
    def of(cls, key_value: Tensor) -> Prefix:
        """key_value: [2, rows, heads, length, d_head]; not copied."""
        length = key_value.shape[3]
        return cls(_Buffer(key_value, length), length)

    @property
    def key_value(self) -> Tensor:
        """[2, rows, heads, length, d_head]"""
        return self.buffer.states.narrow(3, 0, self.length)

    def append(self, key_value: Tensor) -> Prefix:
        """key_value of the next tokens: [2, rows, heads, n, d_head]."""
        if not torch.is_inference_mode_enabled():  # autograd may need the tensors as they are
            return Prefix.of(torch.cat((self.key_value, key_value), dim=3))
        buffer, length = self.buffer, self.length + key_value.shape[3]
        if (
            length > buffer.states.shape[3] or self.length != buffer.n_filled
        ):  # full, or another continuation has taken the room
            buffer = self._with_room(length, key_value.shape[1])
            buffer.states.narrow(3, 0, self.length).copy_(self.key_value)
        buffer.states.narrow(3, self.length, length - self.length).copy_(key_value)
        buffer.n_filled = length
        return Prefix(buffer, length)

    def select(self, rows: Tensor) -> Prefix:
        """The prefixes of the given rows, repeats allowed: [n_rows] int64."""
        if not torch.is_inference_mode_enabled():
            return Prefix.of(self.key_value.index_select(1, rows))
        buffer = self._with_room(self.length + 1, len(rows))
        torch.index_select(self.key_value, 1, rows, out=buffer.states.narrow(3, 0, self.length))
        return Prefix(buffer, self.length)

    def _with_room(self, length: int, n_rows: int) -> _Buffer:
        two, _, heads, _, d_head = self.buffer.states.shape
        return _Buffer(
            self.buffer.states.new_empty(two, n_rows, heads, -(-length // ROOM) * ROOM, d_head), self.length
        )
