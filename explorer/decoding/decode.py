"""The model's side of search: a text in, cached steps, a translation out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from explorer.corpora.words import plain_spaces
from explorer.decoding.sampling import sample
from explorer.decoding.strategies import MAX_TOKENS, Beam, beam_name, check_settings, drain, search_together
from explorer.decoding.tree import continuations
from explorer.errors import InputError
from explorer.results import (
    Continuation,
    Encoding,
    Sampling,
    SearchSettings,
    SearchStep,
    SearchTrace,
    Translation,
)
from explorer.tokenization import Tokenizer
from models.base import Memory, Seq2SeqModel
from models.batch import pad

GREEDY = SearchSettings()
MAX_CHARACTERS = 100_000  # beyond this a text is not even cut into tokens


class Translator(Protocol):
    """A model with its tokenizers; a `Checkpoint` is one."""

    model: Seq2SeqModel
    src_tokenizer: Tokenizer
    tgt_tokenizer: Tokenizer


def longest(model: Seq2SeqModel) -> int:
    """How many tokens, ``</s>`` included, a source or a target of this model may have."""
    return min(MAX_TOKENS, model.config.max_len)


def encode_text(text: str, tokenizer: Tokenizer, limit: int, side: str) -> Encoding:
    """The tokens of `text`. Raises InputError when there are more than `limit` − 1 (``</s>`` takes one
    place).
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The {side} has {len(text):,} characters, and at most {MAX_CHARACTERS:,} are read: give one "
            "sentence at a time."
        )
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


class LogitRows:
    """The next-token distributions of a decoder step, [rows, vocab], of which a search mostly wants the best
    few.

    never: ids that no target has; the probabilities of all others stay what the model says.
    """

    def __init__(self, logits: Tensor, never: list[int]):
        self.logits = logits
        self.never = never

    @torch.inference_mode()
    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        log_probs = self.logits.double().log_softmax(-1)
        log_probs[:, self.never] = float("-inf")
        return log_probs.cpu().numpy().astype(dtype or np.float64, copy=False)

    @torch.inference_mode()
    def best(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """See `explorer.decoding.strategies.best_tokens`."""
        logits = self.logits.float()
        possible = logits.clone()
        possible[:, self.never] = float("-inf")
        most = logits.shape[-1] - len(self.never)
        likeliest, token_ids = possible.topk(min(n, most))  # each row by probability
        best = likeliest[:, :1]  # taken off first, so that the sum of a large vocabulary is exact to 1e-6
        likeliest = (likeliest - best).double() - (logits - best).logsumexp(-1, keepdim=True)
        log_probs, token_ids = likeliest.cpu().numpy(), token_ids.cpu().numpy()
        if (log_probs[:, 1:] == log_probs[:, :-1]).any():  # equals by id
            order = np.lexsort((token_ids, -log_probs))
            token_ids, log_probs = (np.take_along_axis(x, order, 1) for x in (token_ids, log_probs))
        return token_ids, log_probs


class ModelScorer:
    """A `Scorer` over one source or several. The decoder's cache is kept from step to step and follows the
    hypotheses that survive.

    sources: ids that end in ``</s>``;  memory: what `model.encode` made of them, where the caller has it
    already;
    n_scored: distributions asked for so far.
    """

    def __init__(self, model: Seq2SeqModel, *sources: Sequence[int], memory: Memory | None = None):
        self.model = model
        self.eos_id = model.special.eos
        self.sources = sources
        self.memory = memory
        self.cache = None
        self.n_scored = 0

    @torch.inference_mode()
    def start(self) -> LogitRows:
        """Log-probabilities of the first target token of each source: [n_sources, vocab]."""
        memory = encode_batch(self.model, self.sources) if self.memory is None else self.memory
        self.cache = self.model.start(memory)
        return self._step([self.model.special.bos] * len(self.sources))

    @torch.inference_mode()
    def advance(self, parents: Sequence[int], token_ids: Sequence[int]) -> LogitRows:
        """Row `parents[i]` of the call before goes on with `token_ids[i]` → log-probabilities of what
        follows, [n, vocab].
        """
        if list(parents) != list(range(self.n_rows)):
            self.cache = self.cache.select(torch.tensor(parents, device=self.model.device))
        return self._step(token_ids)

    def _step(self, token_ids: Sequence[int]) -> LogitRows:
        self.n_rows = len(token_ids)
        self.n_scored += self.n_rows
        logits, self.cache = self.model.step(torch.tensor(token_ids, device=self.model.device), self.cache)
        return LogitRows(logits, self.model.special.never_written)


@torch.inference_mode()
def encode_batch(model: Seq2SeqModel, sources: Sequence[Sequence[int]]) -> Memory:
    """What the encoder makes of sources of any length: ids that end in ``</s>``."""
    return model.encode(pad(sources, model.special, model.device))


def default_max_len(src_len: int, limit: int) -> int:
    """Target tokens after which a search gives up: room for a translation more than twice as long as its
    source of `src_len` tokens.
    """
    return min(2 * src_len + 20, limit)


def check_search(model: Seq2SeqModel, beam_size: int, max_len: int | None, length_penalty: float) -> None:
    """Raise InputError for a setting of `translate` that makes no sense."""
    check_settings(beam_size, max_len, length_penalty, longest(model))


def translate(translator: Translator, text: str, search: SearchSettings = GREEDY) -> Translation:
    """The best translation of `text` that beam search finds (greedy search for a beam of one).

    Raises InputError when the text is empty or too long, or a setting makes no sense.
    """
    src_ids, max_len, src = prepare(translator, text, search.beam_size, search.max_len, search.length_penalty)
    (trace,) = search_all(translator.model, [src_ids], replace(search, max_len=max_len))
    return _translation(translator, trace, src)


def sample_translation(
    translator: Translator,
    text: str,
    sampling: Sampling,
    *,
    max_len: int | None = None,
    prefix: Sequence[int] = (),
) -> Translation:
    """A translation drawn from the model, see `sampling_steps`. Raises InputError as `translate` does."""
    src_ids, max_len, src = prepare(translator, text, 1, max_len, 0.0)
    trace = sample(ModelScorer(translator.model, src_ids), sampling, max_len=max_len, prefix=prefix)
    return _translation(translator, trace, src)


def next_tokens(
    translator: Translator, text: str, prefix: Sequence[int] = (), n: int = 5
) -> tuple[Continuation, ...]:
    """The `n` likeliest tokens after `prefix` in a translation of `text`. Raises InputError as `translate`
    does.
    """
    src_ids, _, _ = prepare(translator, text, 1, None, 0.0)
    if len(prefix) >= longest(translator.model):
        raise InputError(
            f"The prefix has {len(prefix)} tokens, and this model writes at most "
            f"{longest(translator.model)}: shorten it."
        )
    return continuations(ModelScorer(translator.model, src_ids), prefix, translator.tgt_tokenizer.token, n)


def prepare(translator: Translator, text: str, beam_size: int, max_len: int | None, length_penalty: float):
    """(ids that the model reads, longest target, encoding of the source)."""
    src = encode_source(translator, text)
    src_ids = translator.model.special.read(src.ids)
    if max_len is None:
        max_len = default_max_len(len(src_ids), longest(translator.model))
    check_search(translator.model, beam_size, max_len, length_penalty)
    return src_ids, max_len, src


def _translation(translator: Translator, trace: SearchTrace, src: Encoding) -> Translation:
    ids = trace.best.token_ids
    tokens = tuple(map(translator.tgt_tokenizer.token, ids))
    src_ids = translator.model.special.read(src.ids)
    return Translation(translator.tgt_tokenizer.decode(ids), tokens, trace, src, src_ids)


def search_all(
    model: Seq2SeqModel, sources: Sequence[Sequence[int]], search: SearchSettings
) -> list[SearchTrace]:
    """The search for each of several sources (ids that end in ``</s>``), all in one batch: the same as one by
    one.
    """
    limit = longest(model)
    beams = [
        Beam(
            search,
            default_max_len(len(ids), limit) if search.max_len is None else search.max_len,
            model.special.eos,
        )
        for ids in sources
    ]
    steps: list[list[SearchStep]] = [[] for _ in sources]
    for together in search_together(ModelScorer(model, *sources), beams, search.prefix):
        for own, step in zip(steps, together, strict=True):
            if step is not None:
                own.append(step)
    return [drain(beam_name(search.beam_size), own, search.length_penalty) for own in steps]


def translate_all(
    translator: Translator,
    texts: Sequence[str],
    batch_size: int = 128,
    *,
    beam_size: int = 1,
    length_penalty: float = 0.0,
    part: slice = slice(None),
) -> list[str]:
    """Translations of many texts by greedy or beam search, in batches of about equal length, with no trace.

    A text that `translate` would refuse as empty or too long has the empty translation, so that one bad line
    of a test set stops nothing. batch_size: hypotheses that are decoded together;  part: of the batches, for
    one of several processes; the rest stays empty.
    """
    model = translator.model
    check_search(model, beam_size, None, length_penalty)
    search, limit = SearchSettings(beam_size, length_penalty=length_penalty), longest(model)
    sources = []
    for text in texts:
        ids = (
            translator.src_tokenizer.encode(plain_spaces(text)).ids
            if text.strip() and len(text) <= MAX_CHARACTERS
            else ()
        )
        sources.append(model.special.read(ids) if 0 < len(ids) < limit else ())
    order = sorted((i for i, source in enumerate(sources) if source), key=lambda i: len(sources[i]))
    translations = [""] * len(texts)
    n_together = max(1, batch_size // beam_size)
    for start in range(0, len(order), n_together)[part]:
        chosen = order[start : start + n_together]
        batch = [sources[i] for i in chosen]
        if beam_size == 1:
            written = greedy_ids(model, batch)
        else:
            traces = search_all(model, batch, search)
            written = [trace.best.token_ids for trace in traces]
        for i, ids in zip(chosen, written, strict=True):
            translations[i] = translator.tgt_tokenizer.decode(ids)
    return translations


@torch.inference_mode()
def greedy_ids(
    model: Seq2SeqModel, sources: Sequence[Sequence[int]], memory: Memory | None = None
) -> list[list[int]]:
    """The likeliest token at every step, for one batch. sources: ids that end in ``</s>``. Returns ids
    without ``</s>``.

    memory: what `model.encode` made of them, where the caller has it already.
    A row leaves the batch when it has ended, or at the length at which `translate` would give it up.
    """
    device, special = model.device, model.special
    if memory is None:
        memory = encode_batch(model, sources)
    limits = torch.tensor([default_max_len(len(ids), longest(model)) for ids in sources], device=device)
    cache = model.start(memory)
    outputs: list[list[int]] = [[] for _ in sources]
    rows = torch.arange(len(sources), device=device)  # which source each row of the cache belongs to
    token_ids = torch.full((len(sources),), special.bos, device=device)
    length = 0
    while rows.numel():
        logits, cache = model.step(token_ids, cache)
        logits[:, special.never_written] = float("-inf")
        token_ids = logits.argmax(-1)  # [rows]
        length += 1
        for row, token_id in zip(rows.tolist(), token_ids.tolist(), strict=True):
            if token_id != special.eos:
                outputs[row].append(token_id)
        going_on = (token_ids != special.eos) & (limits[rows] > length)
        if not bool(going_on.all()):
            alive: Tensor = going_on.nonzero().squeeze(1)
            rows, token_ids, cache = rows[alive], token_ids[alive], cache.select(alive)
    return outputs
