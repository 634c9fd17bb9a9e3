"""Token accuracy at each place of a sentence, after the true words and after the model's own."""

from __future__ import annotations

import torch

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora.held_out import held_out
from explorer.decoding.decode import greedy_ids, longest
from explorer.experiments.by_length import share_curve
from explorer.experiments.teacher_forcing import FORCED, FREE
from explorer.results import Curve
from models.batch import collate

N_SENTENCES, BATCH = 500, 64
MIN_N = 50  # sentences that are as long, or the place is left out


def accuracy_by_position(checkpoint: Checkpoint) -> dict[str, Curve]:
    """The share of held-out sentences whose t-th token, ``</s>`` counted, is that of the reference, t from 1.

    Forced: the decoder reads the reference before t. Free: it reads what it wrote itself (greedy), so that a
    word too many puts all that follows in the wrong place; where it has ended too early, the places after its
    end are wrong.
    """
    model, limit, special = checkpoint.model, longest(checkpoint.model), checkpoint.model.special
    _, pairs = held_out(checkpoint.config.corpus, N_SENTENCES)
    encoded = [
        (checkpoint.src_tokenizer.encode(pair.src).ids, checkpoint.tgt_tokenizer.encode(pair.tgt).ids)
        for pair in pairs
    ]
    encoded = sorted(
        (pair for pair in encoded if max(map(len, pair)) < limit),
        key=lambda pair: (len(pair[1]), len(pair[0])),
    )
    n_places = max(len(tgt) for _, tgt in encoded) + 1
    n, forced, free = ([0] * n_places for _ in range(3))
    for start in range(0, len(encoded), BATCH):
        group = encoded[start : start + BATCH]
        likeliest = _forced_ids(checkpoint, group)
        written = greedy_ids(model, [special.read(src) for src, _ in group])
        for (_, tgt), after_truth, after_own in zip(group, likeliest, written, strict=True):
            own = special.written(after_own)
            for t, token_id in enumerate(special.written(tgt)):
                n[t] += 1
                forced[t] += after_truth[t] == token_id
                free[t] += t < len(own) and own[t] == token_id
    places = [t for t in range(n_places) if n[t] >= MIN_N]
    return {
        name: share_curve([t + 1 for t in places], [hits[t] for t in places], [n[t] for t in places])
        for name, hits in ((FORCED, forced), (FREE, free))
    }


@torch.inference_mode()
def _forced_ids(checkpoint: Checkpoint, group: list) -> list[list[int]]:
    """The likeliest token at every place after the true ones, among those that a translation can have."""
    model = checkpoint.model
    batch = collate(group, model.special).to(model.device)
    logits = model(batch)  # [batch, tgt_len, vocab]
    logits[..., model.special.never_written] = float("-inf")
    return logits.argmax(-1).tolist()
