"""What a prediction loses when a word is blanked out, for each word in turn, all variants in one batch.

This is the reference that readings are held against (Abnar & Zuidema 2020): it asks the model itself and
believes no picture.
A word is blanked out whole, all its tokens at once, in one of two ways:

- "unk": its tokens become ``<unk>``, as in the paper. Every other token keeps its place. But a model that met
  no unknown word in training (byte-pair encoding has none) has learned nothing about ``<unk>``: it reads a
  vector without a meaning.
- "drop": its tokens are left out. The model sees nothing that it does not know, but what follows moves up and
  the sentence may break.

Neither is the truth, and two words that say the same thing cover for each other in both. How well the two
agree is a limit to how well anything can agree with either.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from explorer.errors import InputError
from explorer.evaluation.alignment import WordIds, merged_word_ids
from explorer.results import Blanking
from models.base import Model, Seq2SeqModel
from models.batch import pad

MAX_LOGITS = 2**24  # numbers in one batch of log-probabilities
MAX_TOKENS = 16_384


@torch.inference_mode()
def blank_source(
    model: Seq2SeqModel,
    src_ids: Sequence[int],
    src_word_ids: WordIds,
    fed_ids: Sequence[int],
    out_ids: Sequence[int],
    blanking: Blanking,
) -> np.ndarray:
    """The drop of the log-probability (nats) of each token of `out_ids` when a source word is blanked out:
    [tgt_len, src_words].

    Above zero the word helped. Columns are in the order of `merged_word_ids`; src_ids end in ``</s>``,
    fed_ids start with ``<s>``.
    """
    sources, _ = _variants(src_ids, src_word_ids, _stand_in(model, blanking))
    same = [tuple(fed_ids)] * len(sources)
    positions = torch.arange(len(out_ids)).expand(len(sources), -1)
    log_probs = _log_probs(model, sources, same, positions, out_ids)
    return (log_probs[:1] - log_probs[1:]).T


@torch.inference_mode()
def blank_prefix(
    model: Seq2SeqModel,
    src_ids: Sequence[int],
    fed_ids: Sequence[int],
    fed_word_ids: WordIds,
    out_ids: Sequence[int],
    blanking: Blanking,
) -> np.ndarray:
    """The same when a word of the translation so far is blanked out: [tgt_len, fed_words]; 0 for a word that
    has not come yet.
    """
    prefixes, positions = _variants(fed_ids, fed_word_ids, _stand_in(model, blanking))
    same = [tuple(src_ids)] * len(prefixes)
    log_probs = _log_probs(model, same, prefixes, positions, out_ids)
    drops = (log_probs[:1] - log_probs[1:]).T
    return np.where(words_seen(fed_word_ids), drops, 0.0)  # a batch of other lengths rounds differently


@torch.inference_mode()
def blank_encoder(
    model: Seq2SeqModel, src_ids: Sequence[int], src_word_ids: WordIds, blanking: Blanking
) -> np.ndarray:
    """How far the encoder's last state of each source token moves when a word is blanked out: ‖Δ state‖,
    [src_len, src_words].

    0 for the tokens of the word itself: left out, they have no state.
    """
    sources, positions = _variants(src_ids, src_word_ids, _stand_in(model, blanking))
    parts = []
    for chosen in torch.arange(len(sources)).split(_per_batch(len(src_ids), 0)):
        states = model.encode(
            pad([sources[row] for row in chosen], model.special, model.device)
        ).states.double()
        at = positions[chosen].clamp_min(0).to(states.device).unsqueeze(-1)
        parts.append(states.gather(1, at.expand(-1, -1, states.shape[-1])).cpu())  # [rows, src_len, d]
    states = torch.cat(parts)
    moved = (states[1:] - states[:1]).norm(dim=-1).T.numpy()
    return np.where(own_words(src_word_ids), 0.0, moved)


def words_seen(fed_word_ids: WordIds) -> np.ndarray:
    """Whether any token of a word has been fed in when a token is predicted: [tgt_len, fed_words], True where
    row ≥ its first token.
    """
    first = [list(fed_word_ids).index(word) for word in merged_word_ids(fed_word_ids)]
    return np.arange(len(fed_word_ids))[:, None] >= np.array(first, dtype=int)[None, :]


def own_words(word_ids: WordIds) -> np.ndarray:
    """Whether a token is part of a word: [tokens, words]."""
    return np.array(
        [[word_id == word for word in merged_word_ids(word_ids)] for word_id in word_ids], dtype=bool
    )


def _stand_in(model: Model, blanking: Blanking) -> int | None:
    """The token that replaces those of a blanked word, None where they are left out. Raises InputError for a
    model without an unknown token.
    """
    if blanking == "drop":
        return None
    if model.special.unk is None:
        raise InputError("This model has no unknown token to blank a word out with: use 'drop'.")
    return model.special.unk


def _variants(
    ids: Sequence[int], word_ids: WordIds, stand_in: int | None
) -> tuple[list[tuple[int, ...]], Tensor]:
    """The ids as they are, then with each word blanked out; and where each token's state is found then, [1 +
    words, length].

    The place of a token that is left out is that of the last one kept before it, from where the same next
    token is predicted; −1 where there is none.
    """
    variants, positions = [tuple(ids)], [list(range(len(ids)))]
    for word in merged_word_ids(word_ids):
        kept = [word_id != word for word_id in word_ids]
        if stand_in is not None:
            variants.append(tuple(id if keep else stand_in for id, keep in zip(ids, kept, strict=True)))
            positions.append(positions[0])
        else:
            variants.append(tuple(id for id, keep in zip(ids, kept, strict=True) if keep))
            positions.append((np.cumsum(kept) - 1).tolist())
    return variants, torch.tensor(positions)


def _log_probs(
    model: Seq2SeqModel, sources, prefixes, positions: Tensor, out_ids: Sequence[int]
) -> np.ndarray:
    """log p of `out_ids[t]` at `positions[row, t]` of each variant: [rows, tgt_len] float64."""
    parts = []
    right = torch.tensor(out_ids, device=model.device)
    for chosen in torch.arange(len(sources)).split(
        _per_batch(len(sources[0]) + len(out_ids), len(out_ids) * model.config.tgt_vocab)
    ):
        src, fed = (
            pad([side[row] for row in chosen], model.special, model.device) for side in (sources, prefixes)
        )
        states = model.hidden(fed, model.encode(src))  # [rows, tgt_len, d_out]
        at = positions[chosen].to(states.device).unsqueeze(-1).expand(-1, -1, states.shape[-1])
        log_probs = model.output(states.gather(1, at)).double().log_softmax(-1)
        parts.append(log_probs.gather(2, right.expand(len(chosen), -1).unsqueeze(-1)).squeeze(-1).cpu())
    return torch.cat(parts).numpy()


def _per_batch(n_tokens: int, n_logits: int) -> int:
    return max(1, min(MAX_TOKENS // n_tokens, MAX_LOGITS // max(n_logits, 1)))
