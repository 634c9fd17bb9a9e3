"""What does a model attend to while it writes a given target? One teacher-forced pass with its probes
recorded.

The target may be anything: what a search found, the losing beam, a reference, or what somebody typed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora.words import word_pattern
from explorer.decoding.decode import encode_source, encode_text, longest
from explorer.errors import InputError
from explorer.results import (
    ATTENTION_KINDS,
    BOS,
    EOS,
    SPECIAL_TOKENS,
    AttentionDetail,
    AttentionKind,
    AttentionMap,
    AttentionRecord,
    Encoding,
    frozen_array,
)
from explorer.tokenization import Tokenizer
from models.base import Seq2SeqModel
from models.ids import BOS_ID, EOS_ID, UNK_ID
from models.probe import AttentionParts, Recording, probes, recording

N_TOP = 5  # likeliest next tokens kept per step


def replay(checkpoint: Checkpoint, src_text: str, tgt: str | Sequence[int]) -> AttentionRecord:
    """The attention, log-probabilities and likeliest tokens of `checkpoint` for one sentence pair.

    tgt: a text, or the ids of a search (with or without ``</s>`` at the end; an ending is always part of the
    record).
    Raises InputError when the source is empty or a side is too long.
    """
    src = encode_source(checkpoint, src_text)
    target = encode_target(checkpoint, tgt)
    seen, log_probs = forced_pass(checkpoint.model, src.ids, target.ids)
    right = log_probs.gather(1, torch.tensor([*target.ids, EOS_ID]).unsqueeze(1)).squeeze(1)  # [tgt_len]
    top = log_probs.topk(min(N_TOP, log_probs.shape[1]))

    sides = axes(src, target)
    return AttentionRecord(
        model_name=checkpoint.name,
        src_tokens=(*src.tokens, EOS),
        tgt_tokens=(*target.tokens, EOS),
        src_words=src.words,
        tgt_words=target.words,
        log_probs=frozen_array(right.numpy()),
        top_tokens=tuple(tuple(map(checkpoint.tgt_tokenizer.token, row)) for row in top.indices.tolist()),
        top_log_probs=frozen_array(top.values.numpy()),
        attention=tuple(
            AttentionMap(kind, _all_layers(seen, kind), *sides[kind])
            for kind in ATTENTION_KINDS
            if kind in seen.kinds
        ),
        unknown_src=tuple(i for i, id in enumerate(src.ids) if id == UNK_ID),
        unknown_tgt=tuple(i for i, id in enumerate(target.ids) if id == UNK_ID),
    )


def axes(src: Encoding, target: Encoding) -> dict[AttentionKind, tuple]:
    """Of each kind of attention: query tokens, key tokens, the word ids of both, in the order of
    `AttentionMap`.
    """
    src_tokens, src_word_ids = (*src.tokens, EOS), (*src.word_ids, None)
    tgt_tokens, tgt_word_ids = (*target.tokens, EOS), (*target.word_ids, None)
    fed_tokens, fed_word_ids = (BOS, *target.tokens), (None, *target.word_ids)
    return {
        "encoder_self": (src_tokens, src_tokens, src_word_ids, src_word_ids),
        "decoder_self": (tgt_tokens, fed_tokens, tgt_word_ids, fed_word_ids),
        "cross": (tgt_tokens, src_tokens, tgt_word_ids, src_word_ids),
    }


def details(
    checkpoint: Checkpoint,
    src_text: str,
    tgt: str | Sequence[int],
    kind: AttentionKind,
    layer: int,
    head: int,
) -> tuple[AttentionDetail, ...]:
    """Inside one head at every row, from one pass: query, keys, scores, weights, values and the context they
    add up to.

    A row of cross and decoder-self attention is a decoding step. Raises InputError when the checkpoint has no
    such head.
    """
    owner = attention_module(checkpoint, kind, layer, head)
    src = encode_source(checkpoint, src_text)
    target = encode_target(checkpoint, tgt)
    seen, _ = forced_pass(checkpoint.model, src.ids, target.ids)
    parts = join_calls(seen.calls[kind, layer])
    weights, scores, queries, keys, values = (
        to_array(part[0, head]) for part in (parts.weights, parts.scores, parts.query, parts.key, parts.value)
    )
    contexts = frozen_array(weights.astype(np.float64) @ values)
    formula = owner.scorer_formula + (" + position bias" if getattr(owner, "bias", None) is not None else "")
    return tuple(
        AttentionDetail(
            layer=layer,
            head=head,
            step=step,
            scorer=formula,
            scores=scores[step],
            weights=weights[step],
            query=queries[step],
            keys=keys,
            values=values,
            context=contexts[step],
        )
        for step in range(len(weights))
    )


def detail(
    checkpoint: Checkpoint,
    src_text: str,
    tgt: str | Sequence[int],
    kind: AttentionKind,
    layer: int,
    head: int,
    step: int,
) -> AttentionDetail:
    """One row of `details`; step: the row, from 0. Raises InputError when the checkpoint has no such head or
    the pair no such step.
    """
    steps = details(checkpoint, src_text, tgt, kind, layer, head)
    if not 0 <= step < len(steps):
        raise InputError(f"There is no step {step}: this pair has the steps 0 to {len(steps) - 1}.")
    return steps[step]


def encode_target(checkpoint: Checkpoint, tgt: str | Sequence[int]) -> Encoding:
    """The tokens of a target without ``</s>``. Raises InputError when it is too long."""
    limit = longest(checkpoint.model)
    if isinstance(tgt, str):
        return encode_text(tgt if tgt.strip() else "", checkpoint.tgt_tokenizer, limit, "target")
    ids = tuple(tgt)
    ids = ids[:-1] if ids and ids[-1] == EOS_ID else ids
    if len(ids) >= limit:
        raise InputError(
            f"The target has {len(ids):,} tokens, and this model reads at most {limit - 1:,}: shorten it."
        )
    return encoding_of_ids(checkpoint.tgt_tokenizer, ids)


def encoding_of_ids(tokenizer: Tokenizer, ids: tuple[int, ...]) -> Encoding:
    """What `tokenizer.encode` would give for these very ids, also where it would cut their text into other
    tokens.

    A word owns one plain space before it, as it does for the tokenizers; a token belongs to the word of its
    first character that has one.
    """
    text = tokenizer.decode(ids)
    encoding = tokenizer.encode(text)
    if encoding.ids == ids:
        return encoding
    words = list(word_pattern().finditer(text))
    word_of_char: list[int | None] = [None] * len(text)
    for number, match in enumerate(words):
        start = match.start() - (text[: match.start()].endswith(" "))
        word_of_char[start : match.end()] = [number] * (match.end() - start)
    word_ids: list[int | None] = []
    end = 0
    for i, id in enumerate(ids):
        start, end = end, max(end, len(tokenizer.decode(ids[: i + 1])))
        inside = [word for word in word_of_char[start:end] if word is not None]
        if start == end and id >= len(
            SPECIAL_TOKENS
        ):  # a later byte of the character before, or the space before the first word
            inside = word_ids[-1:] or word_of_char[:1]
        word_ids.append(inside[0] if inside else None)
    return Encoding(
        ids, tuple(map(tokenizer.token, ids)), tuple(word_ids), tuple(match.group() for match in words)
    )


@torch.inference_mode()
def forced_pass(
    model: Seq2SeqModel, src_ids: Sequence[int], tgt_ids: Sequence[int]
) -> tuple[Recording, Tensor]:
    """Everything the probes saw, and the log-probabilities [tgt_len, vocab] of each step over one pair,
    ``</s>`` added on both sides.
    """
    device = model.device
    with recording(model) as seen:
        memory = model.encode(torch.tensor([[*src_ids, EOS_ID]], device=device))
        logits = model.decode(torch.tensor([[BOS_ID, *tgt_ids]], device=device), memory)
    return seen, logits[0].double().log_softmax(-1).cpu()


def join_calls(calls: list[AttentionParts]) -> AttentionParts:
    """All decoding steps as one: some models attend once for all steps, some once per step."""
    if len(calls) == 1:
        return calls[0]
    weights, scores, query = (
        torch.cat([getattr(call, name) for call in calls], dim=2) for name in ("weights", "scores", "query")
    )
    return AttentionParts(weights, scores, query, calls[-1].key, calls[-1].value)


def _all_layers(seen: Recording, kind: AttentionKind) -> np.ndarray:
    """[layers, heads, query_len, key_len]."""
    layers = sorted(layer for k, layer in seen.calls if k == kind)
    return to_array(torch.cat([join_calls(seen.calls[kind, layer]).weights for layer in layers]))


def to_array(tensor: Tensor) -> np.ndarray:
    """A read-only copy as float32, as results keep it."""
    return frozen_array(tensor.float().cpu().numpy())


def attention_module(checkpoint: Checkpoint, kind: AttentionKind, layer: int, head: int) -> torch.nn.Module:
    """The module that computes this head. Raises InputError with what there is when the checkpoint has no
    such head.
    """
    found = probes(checkpoint.model)
    if not any(k == kind for k, _ in found):
        has = ", ".join(dict.fromkeys(k for k, _ in found)) or "none"
        raise InputError(
            f"{checkpoint.name} has no {kind!r} attention (it has: {has}). Pick a checkpoint with attention."
        )
    probe = found.get((kind, layer))
    if probe is None or not 0 <= head < probe.n_heads:
        n_layers = sum(k == kind for k, _ in found)
        n_heads = next(p.n_heads for (k, _), p in found.items() if k == kind)
        has = f"{checkpoint.name} has layers 0–{n_layers - 1} and heads 0–{n_heads - 1}"
        raise InputError(f"There is no {kind} head L{layer} H{head}: {has}.")
    return next(module for module in checkpoint.model.modules() if getattr(module, "probe", None) is probe)
