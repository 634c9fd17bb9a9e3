"""What does a model score on a corpus with some heads off? Loss, BLEU and chrF for any number of maskings,
most of the work shared.

What a masking leaves as it was is not computed again:

- the encoder, unless one of its own heads is off;
- a translation, when one pass over that of the most similar masking so far (at first, over the reference)
  finds each of its tokens likeliest: greedy search would then write the same. Only the other sentences are
  searched, step by step;
- the pass over the reference, which the loss needs anyway, where that is the translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora.words import plain_spaces
from explorer.decoding.decode import default_max_len, greedy_ids, longest
from explorer.errors import InputError
from explorer.evaluation.statistics import BLEU_COUNTS, CHRF_COUNTS, LOSS_COUNTS, TextCounts, bleu, chrf, loss
from explorer.results import AblationMode, CorpusScores, HeadId, SentencePair
from models.base import Memory, Seq2SeqModel
from models.batch import Batch, collate, pad
from models.ids import SpecialIds
from models.probe import ablating

BATCH = 64  # sentences
# logits; a token that leads by less may fall behind where the same sum is made in another order, so it is
# searched again
CLEAR = 1e-3

Masking = frozenset[HeadId]


@dataclass(frozen=True)
class EncodedCorpus:
    """The pairs of a corpus that the model can read, as ids without special tokens, and how many were left
    out.

    references: the targets' texts.
    """

    sources: tuple[tuple[int, ...], ...]
    targets: tuple[tuple[int, ...], ...]
    references: tuple[str, ...]
    n_left_out: int

    def __len__(self) -> int:
        return len(self.sources)

    def batches(self) -> list[list[int]]:
        """Sentence numbers in groups of about equal length."""
        order = sorted(range(len(self)), key=lambda i: (len(self.sources[i]), len(self.targets[i])))
        return [order[start : start + BATCH] for start in range(0, len(order), BATCH)]

    def collate(self, rows: Sequence[int], special: SpecialIds) -> Batch:
        return collate([(self.sources[i], self.targets[i]) for i in rows], special)


@dataclass(frozen=True)
class MaskedScores:
    """A corpus as it is scored with `heads` off, a row for each sentence.

    loss: [n, LOSS_COUNTS];  bleu: [n, BLEU_COUNTS];  chrf: [n, CHRF_COUNTS], all of which add;  translations:
    greedy.
    """

    heads: Masking
    loss: np.ndarray
    bleu: np.ndarray
    chrf: np.ndarray
    translations: tuple[str, ...]

    @property
    def scores(self) -> CorpusScores:
        return CorpusScores(
            float(loss(self.loss.sum(0))), float(bleu(self.bleu.sum(0))), float(chrf(self.chrf.sum(0)))
        )


def encode_corpus(checkpoint: Checkpoint, pairs: Sequence[SentencePair]) -> EncodedCorpus:
    """The pairs as ids; those with an empty side or one that is too long are left out. Raises InputError when
    none is left.
    """
    limit = longest(checkpoint.model)
    encoded = [
        (
            checkpoint.src_tokenizer.encode(plain_spaces(pair.src)).ids,
            checkpoint.tgt_tokenizer.encode(plain_spaces(pair.tgt)).ids,
            pair.tgt,
        )
        for pair in pairs
    ]
    fitting = [row for row in encoded if 0 < len(row[0]) < limit and 0 < len(row[1]) < limit]
    if not fitting:
        raise InputError(
            f"None of the {len(pairs)} sentence pairs can be measured: both sides need 1 to {limit - 1} "
            f"tokens for {checkpoint.name}."
        )
    sources, targets, references = zip(*fitting, strict=True)
    return EncodedCorpus(sources, targets, references, len(pairs) - len(fitting))


def masked_scores_steps(
    checkpoint: Checkpoint, corpus: EncodedCorpus, maskings: Sequence[Masking], mode: AblationMode = "zero"
) -> Iterator[float]:
    """Yields the share that is done, 0 to 1, and returns the `MaskedScores` of each of `maskings` in their
    order.

    A batch of sentences goes through all maskings before the next, so memory does not grow with the corpus.
    Nothing is masked while the caller has its turn.
    """
    texts, special = TextCounts(corpus.references), checkpoint.model.special
    widths = (LOSS_COUNTS, BLEU_COUNTS, CHRF_COUNTS)
    tables = [
        tuple(
            np.zeros((len(corpus), width), np.float64 if width == LOSS_COUNTS else np.int64)
            for width in widths
        )
        for _ in maskings
    ]
    translations = [[""] * len(corpus) for _ in maskings]
    batches = corpus.batches()
    for done, rows in enumerate(batches):
        sources = [[*special.read(corpus.sources[i])] for i in rows]
        targets = [[*special.written(corpus.targets[i])] for i in rows]
        work = _BatchScores(checkpoint.model, sources, targets, mode)
        for number, (masking, (losses, bleu_rows, chrf_rows)) in enumerate(
            zip(maskings, tables, strict=True)
        ):
            losses[rows], found = work.score(masking)
            for i, ids in zip(rows, found, strict=True):
                text = checkpoint.tgt_tokenizer.decode(ids)
                translations[number][i] = text
                bleu_rows[i], chrf_rows[i] = texts.rows(i, text)
            yield (done + (number + 1) / len(maskings)) / len(batches)
    return [
        MaskedScores(masking, *table, tuple(written))
        for masking, table, written in zip(maskings, tables, translations, strict=True)
    ]


class _BatchScores:
    """One batch of sentences, with what earlier maskings of it have computed. sources, targets: ids that end
    in ``</s>``.
    """

    def __init__(
        self, model: Seq2SeqModel, sources: list[list[int]], targets: list[list[int]], mode: AblationMode
    ):
        self.model, self.sources, self.targets, self.mode = model, sources, targets, mode
        self.limits = [default_max_len(len(ids), longest(model)) for ids in sources]
        self.memories: dict[Masking, Memory] = {}  # by the heads of the encoder that are off
        self.found: dict[Masking, list[list[int]]] = {}

    @torch.inference_mode()
    def score(self, masking: Masking) -> tuple[np.ndarray, list[list[int]]]:
        """(nats and tokens of each row's reference [rows, 2], ids of each row's greedy translation) with the
        heads of `masking` off.
        """
        can = self.model.config.can
        in_encoder = frozenset(head for head in masking if can.attention[head[0]].query in can.reads)
        with ablating(self.model, masking, self.mode):
            if in_encoder not in self.memories:
                self.memories = {
                    kept: self.memories[kept] for kept in self.memories if not kept
                }  # the whole encoder's is used most
                self.memories[in_encoder] = self.model.encode(
                    pad(self.sources, self.model.special, self.model.device)
                )
            losses, translations = self._read(self.memories[in_encoder], self._guesses(masking))
        self.found[masking] = translations
        return losses, translations

    def _guesses(self, masking: Masking) -> list[list[int]]:
        """What each row's translation probably is; before anything is known, its reference."""
        if not self.found:
            return [ids[:-1] for ids in self.targets]
        return self.found[min(self.found, key=lambda other: len(other ^ masking))]

    def _read(self, memory: Memory, guesses: list[list[int]]) -> tuple[np.ndarray, list[list[int]]]:
        """One pass over the references, and over the guesses that differ from them; then a search where a
        guess was wrong.
        """
        n_rows = len(self.sources)
        special = self.model.special
        expected = [
            [*special.written(guess)][:limit] for guess, limit in zip(guesses, self.limits, strict=True)
        ]
        other = [row for row in range(n_rows) if expected[row] != self.targets[row]]
        tgt_out = [*self.targets, *(expected[row] for row in other)]
        both = (
            memory.select(torch.tensor([*range(n_rows), *other], device=self.model.device))
            if other
            else memory
        )
        losses, greedy = _forced(self.model, tgt_out, both)
        is_greedy = [*greedy[:n_rows]]
        for row, answer in zip(other, greedy[n_rows:], strict=True):
            is_greedy[row] = answer
        wrong = [row for row in range(n_rows) if not is_greedy[row]]
        translations = [[*special.without_end(ids)] for ids in expected]
        if wrong:
            rows = torch.tensor(wrong, device=self.model.device)
            for row, ids in zip(
                wrong,
                greedy_ids(self.model, [self.sources[row] for row in wrong], memory.select(rows)),
                strict=True,
            ):
                translations[row] = ids
        return losses[:n_rows], translations


def _forced(
    model: Seq2SeqModel, targets: Sequence[Sequence[int]], memory: Memory
) -> tuple[np.ndarray, list[bool]]:
    """Of one pass over `targets`: nats and tokens of each, [rows, 2] float64, and whether greedy search would
    clearly write just that.
    """
    tgt_out = pad(targets, model.special, model.device)
    keep = ~model.is_padding(tgt_out)
    tgt_in = torch.cat((torch.full_like(tgt_out[:, :1], model.special.bos), tgt_out[:, :-1]), dim=1)
    row, wanted = keep.nonzero()[:, 0], tgt_out[keep]  # both [n_tokens]
    logits = model.output(model.hidden(tgt_in, memory)[keep]).float()  # [n_tokens, vocab]
    nats = F.cross_entropy(logits, wanted, reduction="none").double()
    sums = torch.zeros(len(targets), dtype=torch.float64, device=nats.device).index_add_(0, row, nats)
    logits[:, model.special.never_written] = float("-inf")
    best = logits.topk(2)
    clear = (best.indices[:, 0] == wanted) & (best.values[:, 0] - best.values[:, 1] > CLEAR)
    is_greedy = torch.ones(len(targets), dtype=torch.bool, device=nats.device)
    is_greedy[row[~clear]] = False
    return torch.stack([sums, keep.sum(1).double()], dim=1).cpu().numpy(), is_greedy.tolist()
