"""How does a transformer know the order of its tokens? Seven answers, each in the one place where it acts.

- none: it does not.
- sinusoidal, learned: a vector per position, added to the embedding (Vaswani et al. 2017, section 3.5).
- rotary: queries and keys are turned by an angle that grows with the position (Su et al. 2021, eq. 34).
- relative: a learned vector per clipped distance is added to each key (Shaw et al. 2018, eq. 4, keys only).
- t5: a learned number per head and clipped distance is added to the score (Raffel et al. 2020, section 2.1,
  without their wider buckets).
- alibi: a fixed penalty per token of distance, steeper for some heads (Press et al. 2022).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from models.size import MAX_RELATIVE_DISTANCE


def sinusoidal_table(n_positions: int, d_model: int, device=None) -> Tensor:
    """PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i+1) = cos(…). Returns [n_positions, d_model]."""
    position = torch.arange(n_positions, device=device, dtype=torch.float32).unsqueeze(1)
    rate = torch.exp(
        torch.arange(0, d_model, 2, device=device, dtype=torch.float32) * (-math.log(10000.0) / d_model)
    )
    table = torch.empty(n_positions, d_model, device=device)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)
    return table


class AbsolutePositions(nn.Module):
    """What is added to the embeddings of the tokens at positions `start` … `start + length − 1`."""

    def __init__(self, positions: str, d_model: int, max_len: int):
        super().__init__()
        self.added = positions in ("learned", "sinusoidal")
        self.max_len = max_len
        if positions == "learned":
            self.table = nn.Parameter(torch.randn(max_len, d_model) * d_model**-0.5)
        elif positions == "sinusoidal":
            self.register_buffer("table", sinusoidal_table(max_len, d_model), persistent=False)

    def forward(self, embedded: Tensor, start: int = 0) -> Tensor:
        """[batch, length, d_model] → the same shape. Raises ValueError beyond `max_len`."""
        end = start + embedded.shape[1]
        if end > self.max_len:
            raise ValueError(
                f"The sequence has {end} tokens and this model takes at most {self.max_len}: shorten it."
            )
        if self.added:
            return embedded + self.table[start:end]
        return embedded


def rotate(x: Tensor, start: int = 0) -> Tensor:
    """Rotary positions: turn each pair (x_i, x_{i+d/2}) by position · 10000^(−2i/d). x: [batch, heads,
    length, d_head].
    """
    length, d_head = x.shape[-2:]
    half = d_head // 2
    rate = torch.exp(torch.arange(half, device=x.device, dtype=torch.float32) * (-math.log(10000.0) / half))
    angle = (
        torch.arange(start, start + length, device=x.device, dtype=torch.float32).unsqueeze(1) * rate
    )  # [length, half]
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat((first * cos - second * sin, first * sin + second * cos), dim=-1)


def distances(query_len: int, key_len: int, device=None) -> Tensor:
    """key position − query position, [query_len, key_len]; with a cache, the queries are the last positions
    of the keys.
    """
    query = torch.arange(key_len - query_len, key_len, device=device).unsqueeze(1)
    return torch.arange(key_len, device=device).unsqueeze(0) - query


class RelativeBias(nn.Module):
    """q_i · a_{j−i} / √d for a learned a per clipped distance: what Shaw et al. 2018 add to the scores."""

    def __init__(self, d_head: int):
        super().__init__()
        self.table = nn.Parameter(torch.randn(2 * MAX_RELATIVE_DISTANCE + 1, d_head) * d_head**-0.5)

    def forward(self, query: Tensor, key_len: int) -> Tensor:
        """query: [batch, heads, query_len, d_head] → [batch, heads, query_len, key_len]."""
        clipped = distances(query.shape[-2], key_len, query.device).clamp(
            -MAX_RELATIVE_DISTANCE, MAX_RELATIVE_DISTANCE
        )
        index = (clipped + MAX_RELATIVE_DISTANCE).expand(*query.shape[:2], -1, -1)
        by_distance = query @ self.table.to(query.dtype).T  # [batch, heads, query_len, n_distances]
        return by_distance.gather(-1, index) * query.shape[-1] ** -0.5


class DistanceBias(nn.Module):
    """A learned number for each head and clipped distance, the same for every query (Raffel et al. 2020,
    section 2.1).

    Unlike `RelativeBias` it needs nothing of the query, so a head can look at one distance whatever the words
    are. The table is kept in units of `UNIT`: Adam moves every number by about the learning rate, and a
    preference of several nats must be within reach of the first few hundred steps, while the other weights
    are still open. In units of 1 or 8 no head of a small model became positional.
    """

    UNIT = 32.0

    def __init__(self, n_heads: int):
        super().__init__()
        self.table = nn.Parameter(torch.randn(n_heads, 2 * MAX_RELATIVE_DISTANCE + 1) * 0.02 / self.UNIT)

    def forward(self, query: Tensor, key_len: int) -> Tensor:
        """query: [batch, heads, query_len, d_head] → [1, heads, query_len, key_len]."""
        clipped = distances(query.shape[-2], key_len, query.device).clamp(
            -MAX_RELATIVE_DISTANCE, MAX_RELATIVE_DISTANCE
        )
        return (self.UNIT * self.table[:, clipped + MAX_RELATIVE_DISTANCE]).to(query.dtype).unsqueeze(0)


def alibi_slopes(n_heads: int) -> Tensor:
    """One slope per head, a geometric sequence from 2^(−8/n) (Press et al. 2022); [heads].

    For a number of heads that is no power of two, the sequence of the next lower power is filled up with
    every other slope of the next higher.
    """

    def of_power(n: int) -> list[float]:
        return [2 ** (-8 * (i + 1) / n) for i in range(n)]

    lower = 2 ** math.floor(math.log2(n_heads))
    return torch.tensor(of_power(lower) + of_power(2 * lower)[0::2][: n_heads - lower])


class AlibiBias(nn.Module):
    """−slope · |i − j|, the same for every sentence."""

    slopes: Tensor

    def __init__(self, n_heads: int):
        super().__init__()
        self.register_buffer("slopes", alibi_slopes(n_heads), persistent=False)

    def forward(self, query: Tensor, key_len: int) -> Tensor:
        """query: [batch, heads, query_len, d_head] → [1, heads, query_len, key_len]."""
        distance = distances(query.shape[-2], key_len, query.device).abs()
        return (-self.slopes[:, None, None] * distance).to(query.dtype).unsqueeze(0)
