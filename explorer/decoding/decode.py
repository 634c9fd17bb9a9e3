"""What does a trained model translate a text into? The model's side of search: ids in, cached steps, text out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from explorer.corpora.words import plain_spaces
from explorer.decoding.strategies import beam_search
from explorer.errors import InputError
from explorer.results import Encoding, Translation
from explorer.tokenization import Tokenizer
from models.base import BOS_ID, EOS_ID, PAD_ID, UNK_ID, Memory, Seq2SeqModel

MAX_TOKENS = 512  # of a source or a target, whatever the model could take
MAX_BEAM = 100
MAX_LENGTH_PENALTY = 10.0  # Wu et al. 2016 use 0.2; beyond this the divisor would run out of a float
MAX_CHARACTERS = 100_000  # beyond this a text is not even cut into tokens
NEVER_CHOSEN = [PAD_ID, UNK_ID, BOS_ID]  # a translation consists of words; their probabilities stay what the model says


class Translator(Protocol):
    """A model with its tokenizers; a `Checkpoint` is one."""

    model: Seq2SeqModel
    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer


def longest(model: Seq2SeqModel) -> int:
    """How many tokens, ``</s>`` included, a source or a target of this model may have."""
    return min(MAX_TOKENS, model.config.max_len)


def encode_text(text: str, tokenizer: Tokenizer, limit: int, side: str) -> Encoding:
    """The tokens of `text`. Raises InputError when there are more than `limit` − 1 (``</s>`` takes one place)."""
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"The {side} has {len(text):,} characters, and at most {MAX_CHARACTERS:,} are read: give one sentence at a time.")
    encoding = tokenizer.encode(plain_spaces(text))  # as in the text that the models were trained on
    if len(encoding.ids) >= limit:
        raise InputError(
            f"The {side} has {len(encoding.ids):,} tokens, and this model reads at most {limit - 1:,}: "
            "shorten it, or give one sentence at a time."
        )
    return encoding


def encode_source(translator: Translator, text: str) -> Encoding:
    """The tokens of a text to translate. Raises InputError when it is empty or too long."""
    if not text.strip():
        raise InputError("The source is empty: type a sentence.")
    return encode_text(text, translator.src_tokenizer, longest(translator.model), "source")


class ModelScorer:
    """A `Scorer` over one source. The decoder's cache is kept from step to step and follows the hypotheses that survive."""

    def __init__(self, model: Seq2SeqModel, src_ids: Sequence[int]):
        self.model = model
        self.src_ids = src_ids
        self.cache = None

    @torch.inference_mode()
    def start(self) -> np.ndarray:
        """Log-probabilities of the first target token: [1, vocab]."""
        src = torch.tensor([self.src_ids], device=self.model.device)
        self.cache = self.model.start(self.model.encode(src))
        return self._step([BOS_ID])

    @torch.inference_mode()
    def advance(self, parents: Sequence[int], token_ids: Sequence[int]) -> np.ndarray:
        """Row `parents[i]` of the call before goes on with `token_ids[i]` → log-probabilities of what follows, [n, vocab]."""
        self.cache = self.cache.select(torch.tensor(parents, device=self.model.device))
        return self._step(token_ids)

    def _step(self, token_ids: Sequence[int]) -> np.ndarray:
        logits, self.cache = self.model.step(torch.tensor(token_ids, device=self.model.device), self.cache)
        log_probs = logits.double().log_softmax(-1)  # [rows, vocab]
        log_probs[:, NEVER_CHOSEN] = float("-inf")
        return log_probs.cpu().numpy()


def default_max_len(src_len: int, limit: int) -> int:
    """Target tokens after which a search gives up: room for a translation more than twice as long as its source of `src_len` tokens."""
    return min(2 * src_len + 20, limit)


def check_search(model: Seq2SeqModel, beam_size: int, max_len: int | None, length_penalty: float) -> None:
    """Raise InputError for a setting of `translate` that makes no sense."""
    limit = longest(model)
    if not 1 <= beam_size <= MAX_BEAM:
        raise InputError(f"A beam of {beam_size} was asked for: choose 1 to {MAX_BEAM}.")
    if max_len is not None and not 1 <= max_len <= limit:
        raise InputError(f"A translation of at most {max_len} tokens was asked for: choose 1 to {limit}.")
    if not math.isfinite(length_penalty) or abs(length_penalty) > MAX_LENGTH_PENALTY:
        most = f"{MAX_LENGTH_PENALTY:g}"
        raise InputError(f"A length penalty of {length_penalty:g} was asked for: choose -{most} to {most}, 0 for none.")


def translate(
    translator: Translator, text: str, *, beam_size: int = 1, max_len: int | None = None, length_penalty: float = 0.0
) -> Translation:
    """The best translation of `text` that beam search finds (greedy search for a beam of one).

    max_len: target tokens, ``</s>`` included. Raises InputError when the text is empty or too long, or a setting makes no sense.
    """
    model = translator.model
    limit = longest(model)
    src = encode_source(translator, text)
    src_ids = (*src.ids, EOS_ID)
    if max_len is None:
        max_len = default_max_len(len(src_ids), limit)
    check_search(model, beam_size, max_len, length_penalty)
    trace = beam_search(ModelScorer(model, src_ids), beam_size=beam_size, max_len=max_len, length_penalty=length_penalty)
    ids = trace.best.token_ids
    tokens = tuple(map(translator.tgt_tokenizer.token, ids))
    return Translation(translator.tgt_tokenizer.decode(ids), tokens, trace, src, src_ids)


def translate_all(translator: Translator, texts: Sequence[str], batch_size: int = 128) -> list[str]:
    """Greedy translations of many texts, in batches of about equal length, with no trace.

    A text that `translate` would refuse as empty or too long has the empty translation, so that one bad line of a test set stops nothing.
    """
    limit = longest(translator.model)
    sources = []
    for text in texts:
        ids = translator.src_tokenizer.encode(plain_spaces(text)).ids if text.strip() and len(text) <= MAX_CHARACTERS else ()
        sources.append((*ids, EOS_ID) if 0 < len(ids) < limit else ())
    order = sorted((i for i, source in enumerate(sources) if source), key=lambda i: len(sources[i]))
    translations = [""] * len(texts)
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        for i, ids in zip(chosen, greedy_ids(translator.model, [sources[i] for i in chosen]), strict=True):
            translations[i] = translator.tgt_tokenizer.decode(ids)
    return translations


@torch.inference_mode()
def greedy_ids(model: Seq2SeqModel, sources: Sequence[Sequence[int]], memory: Memory | None = None) -> list[list[int]]:
    """The likeliest token at every step, for one batch. sources: ids that end in ``</s>``. Returns ids without ``</s>``.

    memory: what `model.encode` made of them, where the caller has it already.
    A row leaves the batch when it has ended, or at the length at which `translate` would give it up.
    """
    device = model.device
    if memory is None:
        src = torch.full((len(sources), max(map(len, sources))), PAD_ID)
        for row, ids in enumerate(sources):
            src[row, : len(ids)] = torch.tensor(ids)
        memory = model.encode(src.to(device))
    limits = torch.tensor([default_max_len(len(ids), longest(model)) for ids in sources], device=device)
    cache = model.start(memory)
    outputs: list[list[int]] = [[] for _ in sources]
    rows = torch.arange(len(sources), device=device)  # which source each row of the cache belongs to
    token_ids = torch.full((len(sources),), BOS_ID, device=device)
    length = 0
    while rows.numel():
        logits, cache = model.step(token_ids, cache)
        logits[:, NEVER_CHOSEN] = float("-inf")
        token_ids = logits.argmax(-1)  # [rows]
        length += 1
        for row, token_id in zip(rows.tolist(), token_ids.tolist(), strict=True):
            if token_id != EOS_ID:
                outputs[row].append(token_id)
        going_on = (token_ids != EOS_ID) & (limits[rows] > length)
        if not bool(going_on.all()):
            alive: Tensor = going_on.nonzero().squeeze(1)
            rows, token_ids, cache = rows[alive], token_ids[alive], cache.select(alive)
    return outputs
