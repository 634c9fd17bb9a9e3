"""The loss of every target token of a batch, shared by training, evaluation and the study of heads."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from models.base import Seq2SeqModel
from models.batch import Batch


def token_losses(model: Seq2SeqModel, batch: Batch, label_smoothing: float = 0.0) -> tuple[Tensor, Tensor]:
    """Loss of every target token that is not padding, and whether it was predicted right: two tensors
    [n_tokens].

    Only the states of real tokens go through the output layer: on short sentences with a large vocabulary it
    is half of the work.
    """
    keep = ~model.is_padding(batch.tgt_out)
    states = model.hidden(batch.tgt_in, model.encode(batch.src))[keep]  # [n_tokens, d]
    return losses_of_logits(model.output(states), batch.tgt_out[keep], label_smoothing)


def losses_of_logits(logits: Tensor, targets: Tensor, label_smoothing: float) -> tuple[Tensor, Tensor]:
    """Cross-entropy of each row in float32 or better, and whether its largest logit is the target's:
    logits [n, vocab], targets [n] → two tensors [n].
    """
    exact = logits if logits.dtype == torch.float64 else logits.float()
    losses = F.cross_entropy(exact, targets, label_smoothing=label_smoothing, reduction="none")
    return losses, logits.detach().argmax(-1) == targets
