"""Gradient × input of each token's log-probability (Shrikumar et al. 2016).

∂ log p(y_t) / ∂e_j · e_j, summed over the numbers of the embedding e_j: to first order, what would be lost if
e_j shrank to zero. A sign belongs to it: below zero the word speaks against the token. Positions are added
after the embedding and get no share. The values of a row do not add up to the log-probability, as they would
for a linear model (they are not "complete" as integrated gradients are), and where softmax is saturated the
gradient is near zero although the word is needed.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from models.base import Seq2SeqModel

MAX_TOKENS = 16_384  # in one pass: every row of the result is a copy of the sentence


def gradient_x_input(
    model: Seq2SeqModel, src_ids: Sequence[int], fed_ids: Sequence[int], out_ids: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """For each token of `out_ids`: the share of each source token, [tgt_len, src_len], and of each token fed
    in, [tgt_len, tgt_len].

    src_ids end in ``</s>``, fed_ids start with ``<s>``, out_ids end in ``</s>``.
    """
    rows = torch.arange(len(out_ids))
    per_pass = max(1, MAX_TOKENS // (len(src_ids) + len(fed_ids)))
    parts = [_some_rows(model, src_ids, fed_ids, out_ids, chosen) for chosen in rows.split(per_pass)]
    to_src, to_tgt = (torch.cat(sides).double().cpu().numpy() for sides in zip(*parts, strict=True))
    return to_src, to_tgt


def _some_rows(model: Seq2SeqModel, src_ids, fed_ids, out_ids, rows: Tensor) -> tuple[Tensor, Tensor]:
    """[rows, src_len] and [rows, tgt_len]. Copy k of the sentence answers for row k alone, so one backward
    pass serves all rows.
    """
    device = model.device
    src, fed = (torch.tensor(ids, device=device).expand(len(rows), -1) for ids in (src_ids, fed_ids))
    with torch.enable_grad():
        clone = _open_embeddings(model)
        states = clone.hidden(fed, clone.encode(src))[torch.arange(len(rows)), rows]  # [rows, d_out]
        log_probs = clone.output(states).double().log_softmax(-1)
        right = log_probs.gather(1, torch.tensor(out_ids, device=device)[rows].unsqueeze(1)).sum()
        embedded = (clone.src_embedding.embedded, clone.tgt_embedding.embedded)
        gradients = torch.autograd.grad(right, embedded)
    return tuple(
        (gradient * vectors.detach()).sum(-1) for gradient, vectors in zip(gradients, embedded, strict=True)
    )


class _OpenEmbedding(nn.Module):
    """An embedding whose output can be differentiated for."""

    def __init__(self, embedding: nn.Module):
        super().__init__()
        self.embedding = embedding

    def forward(self, ids: Tensor) -> Tensor:
        self.embedded = self.embedding(ids).detach().requires_grad_()
        return self.embedded


def _open_embeddings(model: Seq2SeqModel) -> Seq2SeqModel:
    """A clone of `model` over the same weights: what is done to it never touches a pass of another thread."""
    clone = copy.copy(model)
    clone._modules = dict(model._modules)
    for name in ("src_embedding", "tgt_embedding"):
        setattr(clone, name, _OpenEmbedding(getattr(model, name)))
    return clone
