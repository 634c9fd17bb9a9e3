"""How much the loss depends on each head: gradient importance, from one backward pass for each batch (Michel
et al. 2019).

With a factor ξ_h on the output of a head, Att_h(x)ᵀ ∂L/∂Att_h(x) is ∂L/∂ξ_h at ξ = 1: the slope of the loss
as the head is turned down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.checkpoints.folder import Checkpoint
from explorer.heads.importance.masking import EncodedCorpus
from explorer.results import HeadId
from models.base import Seq2SeqModel
from models.batch import Batch
from models.losses import token_losses
from models.probe import gating


@dataclass(frozen=True)
class HeadGradients:
    """Each array [n_sentences, n_heads], heads in the order of `heads`.

    slopes: ∂L(x)/∂ξ_h of a sentence, L its loss in nats;  token_slopes: Σ_t |∂L(x)/∂ξ_h,t| over the attending
    tokens t;
    n_tokens: how many of these there are.
    """

    heads: tuple[HeadId, ...]
    slopes: np.ndarray
    token_slopes: np.ndarray
    n_tokens: np.ndarray

    def importance(self, rows=slice(None)) -> np.ndarray:
        """I_h = E_x |∂L(x)/∂ξ_h| over the sentences `rows`, as eq. 2 has it: [n_heads] nats."""
        return np.abs(self.slopes[rows]).mean(0)

    def token_importance(self) -> np.ndarray:
        """The mean over all attending tokens of |∂L/∂ξ_h,t|, as the authors' program has it: [n_heads]
        nats.
        """
        return self.token_slopes.sum(0) / self.n_tokens.sum(0)

    def normalised(self, rows=slice(None)) -> np.ndarray:
        """`importance` divided by its ℓ2 norm over the heads of the same attention layer: [n_heads], 0
        to 1.
        """
        return normalise(self.heads, self.importance(rows))


def normalise(heads: Sequence[HeadId], importance: np.ndarray) -> np.ndarray:
    """`importance` [..., n_heads] divided by its ℓ2 norm over the heads of one kind and layer; 0 where all of
    these are 0.
    """
    layers = [head[:2] for head in heads]
    same = np.array([[a == b for b in layers] for a in layers], dtype=np.float64).reshape(
        len(layers), len(layers)
    )
    norms = np.sqrt((importance**2) @ same)
    return importance / np.where(norms > 0, norms, 1.0)


def gradient_steps(checkpoint: Checkpoint, corpus: EncodedCorpus, heads: Sequence[HeadId]) -> Iterator[float]:
    """Yields the share that is done, 0 to 1, and returns the `HeadGradients` of `heads` over the corpus's
    references.
    """
    shape = (len(corpus), len(heads))
    slopes, token_slopes, n_tokens = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    batches = corpus.batches()
    for done, rows in enumerate(batches, 1):
        gradients = gate_gradients(checkpoint.model, corpus.collate(rows, checkpoint.model.special))
        for column, (kind, layer, head) in enumerate(heads):
            by_token = gradients[kind, layer][
                :, head
            ]  # [batch, query_len], 0 at padding, on which no loss depends
            slopes[rows, column] = by_token.sum(-1).cpu().numpy()
            token_slopes[rows, column] = by_token.abs().sum(-1).cpu().numpy()
            asking = checkpoint.can.attention[kind].query
            sides = corpus.sources if asking in checkpoint.can.reads else corpus.targets
            n_tokens[rows, column] = [len(sides[i]) + 1 for i in rows]
        yield done / len(batches)
    return HeadGradients(tuple(heads), slopes, token_slopes, n_tokens)


def gate_gradients(model: Seq2SeqModel, batch: Batch) -> dict[tuple[str, int], Tensor]:
    """∂L/∂ξ by (kind, layer), [batch, heads, query_len] float64, L the loss of each row's target summed over
    its tokens.
    """
    with torch.enable_grad(), gating(model) as gates:
        losses, _ = token_losses(model, batch.to(model.device))
        total = losses.sum()
    calls = [(place, gate) for place, several in gates.calls.items() for gate in several]
    found: dict[tuple[str, int], list[Tensor]] = {}
    if calls:
        for (place, _), gradient in zip(
            calls, torch.autograd.grad(total, [gate for _, gate in calls]), strict=True
        ):
            found.setdefault(place, []).append(gradient)
    return {place: torch.cat(several, dim=2).squeeze(-1).double() for place, several in found.items()}
