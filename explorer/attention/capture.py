"""All attention of a model while it writes a given target, recorded in one teacher-forced pass.

The target may be anything: what a search found, the losing beam, a reference, or what somebody typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora.words import word_pattern
from explorer.decoding.decode import encode_source, encode_text, longest
from explorer.errors import InputError
from explorer.results import (
    AttentionDetail,
    AttentionKind,
    AttentionMap,
    Encoding,
    HeadId,
    NextTokens,
    PassRecord,
    Side,
    SideRole,
    frozen_array,
)
from explorer.tokenization import Tokenizer
from models.base import Model
from models.probe import AttentionParts, Recording, probes, recording

N_TOP = 5  # likeliest next tokens kept per step


def replay(checkpoint: Checkpoint, text: str, tgt: str | Sequence[int] = ()) -> PassRecord:
    """All attention of `checkpoint` in one pass over a text, and what it predicts while it writes `tgt`.

    tgt: a text, or the ids of a search (with or without ``</s>`` at the end; an ending is always part of the
    record); a model that writes nothing has none.
    Raises InputError when the text is empty or a side is too long.
    """
    return read_pass(checkpoint, text, tgt).record()


@dataclass(frozen=True)
class ForcedPass:
    """One pass of a model, with all that its probes saw, over one text and, if it writes, one target.

    src, target: the tokens of both without special ones, target None for a model that writes nothing;
    states: what the encoder made of the text, [src_len, d], ``</s>`` the last of them;
    log_probs: [tgt_len, vocab] of each step, ``</s>`` the last of them.
    """

    checkpoint: Checkpoint
    src: Encoding
    target: Encoding | None
    seen: Recording
    states: Tensor
    log_probs: Tensor | None

    @property
    def read(self) -> Side:
        """The text that was read, ``</s>`` at its end."""
        stream = self.checkpoint.can.reads[0]
        return self._side(stream, self.src, "read")

    @property
    def written(self) -> Side:
        """The target, place t belonging to the step that puts token t out."""
        return self._side(self.checkpoint.can.writes, self.target, "written")

    def sides(self, query: str, key: str) -> tuple[Side, Side]:
        """The side of a stream that asks, and of the stream that is asked.

        Where what is written looks at itself, the columns are the tokens that went in: ``<s>``, y_1, …
        """
        can = self.checkpoint.can
        known = {can.reads[0]: self.read} | ({can.writes: self.written} if can.writes else {})
        asked = known[key]
        return known[query], asked.shift() if asked.role == "written" else asked

    def record(self) -> PassRecord:
        """The pass as a result, every attention map with its sides."""
        maps = tuple(
            AttentionMap(kind, _all_layers(self.seen, kind), *self.sides(spec.query, spec.key), spec.causal)
            for kind, spec in self.checkpoint.can.attention.items()
            if kind in self.seen.kinds
        )
        return PassRecord(self.checkpoint.name, (self.read,), maps, self.prediction())

    def prediction(self) -> NextTokens | None:
        """How likely each token of the target was, and which tokens were likeliest."""
        if self.log_probs is None:
            return None
        written = torch.tensor(self.checkpoint.model.special.written(self.target.ids))
        right = self.log_probs.gather(1, written.unsqueeze(1)).squeeze(1)
        top = self.log_probs.topk(min(N_TOP, self.log_probs.shape[1]))
        token = self.checkpoint.tgt_tokenizer.token
        return NextTokens(
            side=self.written,
            log_probs=frozen_array(right.numpy()),
            top_tokens=tuple(tuple(map(token, row)) for row in top.indices.tolist()),
            top_log_probs=frozen_array(top.values.numpy()),
        )

    def _side(self, stream: str, encoding: Encoding, role: SideRole) -> Side:
        """The tokens of a stream with ``</s>`` at their end; which of them are special or unknown, its
        tokenizer says.
        """
        tokenizer, ids = self.checkpoint.tokenizers[stream], self.checkpoint.model.special
        unknown = tuple(id == tokenizer.unk_id for id in encoding.ids)
        marks = (tokenizer.is_special(id) for id in encoding.ids)
        return Side(
            name=self.checkpoint.side_names[stream],
            tokens=(*encoding.tokens, tokenizer.token(ids.eos)),
            word_ids=(*encoding.word_ids, None),
            words=encoding.words,
            special=(*(mark and not new for mark, new in zip(marks, unknown, strict=True)), True),
            unknown=tuple(i for i, new in enumerate(unknown) if new),
            role=role,
            start=tokenizer.token(ids.bos),
        )


def read_pass(checkpoint: Checkpoint, text: str, tgt: str | Sequence[int] = ()) -> ForcedPass:
    """One teacher-forced pass. Raises InputError when the text is empty or a side is too long."""
    src = encode_source(checkpoint, text)
    target = encode_target(checkpoint, tgt) if checkpoint.can.writes else None
    tgt_ids = None if target is None else target.ids
    return ForcedPass(checkpoint, src, target, *forced_pass(checkpoint.model, src.ids, tgt_ids))


def details(
    checkpoint: Checkpoint, src_text: str, tgt: str | Sequence[int], place: HeadId
) -> tuple[AttentionDetail, ...]:
    """Inside one head at every row, from one pass: query, keys, scores, weights, values and the context they
    add up to.

    A row of cross and decoder-self attention is a decoding step. Raises InputError when the checkpoint has no
    such head.
    """
    kind, layer, head = place
    owner = attention_module(checkpoint, kind, layer, head)
    parts = join_calls(read_pass(checkpoint, src_text, tgt).seen.calls[kind, layer])
    weights, scores, queries, keys, values = (
        to_array(part[0, head]) for part in (parts.weights, parts.scores, parts.query, parts.key, parts.value)
    )
    contexts = frozen_array(weights.astype(np.float64) @ values)
    return tuple(
        AttentionDetail(
            layer=layer,
            head=head,
            step=step,
            scorer=owner.formula,
            scores=scores[step],
            weights=weights[step],
            query=queries[step],
            keys=keys,
            values=values,
            context=contexts[step],
        )
        for step in range(len(weights))
    )


def encode_target(checkpoint: Checkpoint, tgt: str | Sequence[int]) -> Encoding:
    """The tokens of a target without ``</s>``. Raises InputError when it is too long."""
    limit = longest(checkpoint.model)
    if isinstance(tgt, str):
        return encode_text(tgt if tgt.strip() else "", checkpoint.tgt_tokenizer, limit, "target")
    ids = checkpoint.model.special.without_end(tuple(tgt))
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
        if start == end and not tokenizer.is_special(
            id
        ):  # a later byte of the character before, or the space before the first word
            inside = word_ids[-1:] or word_of_char[:1]
        word_ids.append(inside[0] if inside else None)
    return Encoding(
        ids, tuple(map(tokenizer.token, ids)), tuple(word_ids), tuple(match.group() for match in words)
    )


@torch.inference_mode()
def forced_pass(
    model: Model, src_ids: Sequence[int], tgt_ids: Sequence[int] | None
) -> tuple[Recording, Tensor, Tensor | None]:
    """One pass over a pair, ``</s>`` added on both sides; tgt_ids is None for a model that only reads.

    Returns all that the probes saw, the encoder's states [src_len, d], and the log-probabilities of each
    step, [tgt_len, vocab].
    """
    device, special = model.device, model.special
    with recording(model) as seen:
        memory = model.encode(torch.tensor([special.read(src_ids)], device=device))
        if tgt_ids is None:
            return seen, memory.states[0], None
        logits = model.decode(torch.tensor([special.fed(tgt_ids)], device=device), memory)
    return seen, memory.states[0], logits[0].double().log_softmax(-1).cpu()


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
    existing = probes(checkpoint.model)
    if not any(k == kind for k, _ in existing):
        has = ", ".join(dict.fromkeys(k for k, _ in existing)) or "none"
        raise InputError(
            f"{checkpoint.name} has no {kind!r} attention (it has: {has}). Pick a checkpoint with attention."
        )
    probe = existing.get((kind, layer))
    if probe is None or not 0 <= head < probe.n_heads:
        n_layers = sum(k == kind for k, _ in existing)
        n_heads = next(p.n_heads for (k, _), p in existing.items() if k == kind)
        has = f"{checkpoint.name} has layers 0–{n_layers - 1} and heads 0–{n_heads - 1}"
        raise InputError(f"There is no {kind} head L{layer} H{head}: {has}.")
    return next(module for module in checkpoint.model.modules() if getattr(module, "probe", None) is probe)
