"""Score a checkpoint on held-out sentences: translations, token loss, and each head's alignment error.

Translations are compared with the references; loss and attention come from one forced pass over the
references, which is what gold links are about. Each target word is linked to the source word it looks at
most, special tokens left out, as on the page; counts are pooled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora.words import split_words
from explorer.decoding.decode import longest, translate_all
from explorer.errors import InputError
from explorer.evaluation.bleu import corpus_bleu
from explorer.evaluation.corpus_scores import BUCKETS
from explorer.heads.roles.batch import AttentionBatch, Frequencies, links_of, tokens_of
from explorer.heads.roles.metrics import alignment
from explorer.heads.roles.survey import take_weights
from explorer.results import BleuScore, Encoding, HeadCounts, HeadLinks, Reading, SentencePair
from models.batch import collate
from models.losses import token_losses
from models.probe import Recording, probes, recording

BATCH = 64


@dataclass(frozen=True)
class LengthBucket:
    """Scores of the sentences with `shortest` to `longest` source words (None: any number)."""

    shortest: int
    longest: int | None
    n_sentences: int
    bleu: float
    exact_match: float


@dataclass(frozen=True)
class Evaluation:
    """The scores of a checkpoint. loss: nats per target token, ``</s>`` included, without label smoothing;
    alignment: every head, by reading.
    """

    checkpoint: str
    sha256: str
    corpus: str
    n_sentences: int
    beam_size: int
    bleu: BleuScore
    loss: float
    token_accuracy: float
    n_tokens: int
    n_too_long: int  # not in loss and alignment; their translations are empty
    buckets: tuple[LengthBucket, ...]
    alignment: dict[Reading, tuple[HeadLinks, ...]]
    n_aligned: int
    chosen: dict[Reading, tuple[int, int]]  # (layer, head) with the smallest alignment error rate
    n_chosen_on: int  # other pairs on which `chosen` was chosen; 0: on the pairs reported
    seconds: float

    def best_head(self, reading: Reading) -> HeadLinks:
        """The links of the chosen head. Raises KeyError without gold links or attention."""
        return next(
            head for head in self.alignment[reading] if (head.layer, head.head) == self.chosen[reading]
        )


def evaluate(
    checkpoint: Checkpoint,
    pairs: Sequence[SentencePair],
    corpus_name: str = "",
    beam_size: int = 1,
    progress: Callable[[str], None] = lambda message: None,
    choose_on: Sequence[SentencePair] = (),
) -> Evaluation:
    """Measure `checkpoint` on `pairs`. Raises InputError when there are none.

    choose_on: other pairs on which the best head for alignment is chosen, as the smallest of many error rates
    flatters itself.
    """
    if not pairs:
        raise InputError(
            f"{corpus_name or 'The corpus'} has no held-out sentences: set n_test (or test_share) above 0."
        )
    started = time.perf_counter()
    progress(f"translating {len(pairs):,} sentences")
    sources, references = [pair.src for pair in pairs], [pair.tgt for pair in pairs]
    translations = translate_all(checkpoint, sources, beam_size=beam_size)
    progress("reading the references")
    forced = _forced_scores(checkpoint, pairs)
    other = (
        _forced_scores(checkpoint, choose_on)
        if choose_on and forced["alignment"]
        else {"alignment": {}, "n_aligned": 0}
    )
    chosen = {
        reading: _smallest_error(heads)
        for reading, heads in (other["alignment"] or forced["alignment"]).items()
    }
    return Evaluation(
        checkpoint=checkpoint.name,
        sha256=checkpoint.sha256,
        corpus=corpus_name,
        n_sentences=len(pairs),
        beam_size=beam_size,
        bleu=corpus_bleu(translations, references),
        buckets=_buckets(pairs, translations),
        chosen=chosen,
        n_chosen_on=other["n_aligned"],
        seconds=time.perf_counter() - started,
        **forced,
    )


def _buckets(pairs: Sequence[SentencePair], translations: Sequence[str]) -> tuple[LengthBucket, ...]:
    lengths = [len(split_words(pair.src)) for pair in pairs]
    buckets = []
    for shortest, most in BUCKETS:
        chosen = [i for i, n in enumerate(lengths) if shortest <= n and (most is None or n <= most)]
        if chosen:
            score = corpus_bleu([translations[i] for i in chosen], [pairs[i].tgt for i in chosen])
            buckets.append(LengthBucket(shortest, most, len(chosen), score.score, score.exact_match))
    return tuple(buckets)


@torch.inference_mode()
def _forced_scores(checkpoint: Checkpoint, pairs: Sequence[SentencePair]) -> dict:
    """Loss, accuracy and alignment of one pass over the references, in batches of about equal length."""
    model = checkpoint.model
    limit = longest(model)
    encoded = [
        (checkpoint.src_tokenizer.encode(pair.src), checkpoint.tgt_tokenizer.encode(pair.tgt), pair)
        for pair in pairs
    ]
    fitting = [
        (src, tgt, pair)
        for src, tgt, pair in encoded
        if 0 < len(src.ids) < limit and 0 < len(tgt.ids) < limit
    ]
    fitting.sort(key=lambda entry: (len(entry[1].ids), len(entry[0].ids)))
    aligns = any(kind == checkpoint.can.between for kind, _ in probes(model))
    counts: HeadCounts | None = None
    loss, n_right, n_tokens, n_aligned = 0.0, 0, 0, 0
    for start in range(0, len(fitting), BATCH):
        entries = fitting[start : start + BATCH]
        batch = collate([(src.ids, tgt.ids) for src, tgt, _ in entries], model.special).to(model.device)
        with recording(model) as seen:
            losses, right = token_losses(model, batch)
        loss += losses.double().sum().item()
        n_right += int(right.sum())
        n_tokens += losses.numel()
        n_known = sum(pair.alignment is not None for *_, pair in entries)
        if aligns and n_known:
            links = _links(checkpoint, seen, entries)
            counts = links if counts is None else counts + links
            n_aligned += n_known
    return {
        "loss": loss / n_tokens if n_tokens else float("nan"),
        "token_accuracy": n_right / n_tokens if n_tokens else float("nan"),
        "n_tokens": n_tokens,
        "n_too_long": len(pairs) - len(fitting),
        "n_aligned": n_aligned,
        "alignment": {}
        if counts is None
        else {r: alignment.head_links(counts, r) for r in alignment.READINGS},
    }


def _links(
    checkpoint: Checkpoint, seen: Recording, entries: Sequence[tuple[Encoding, Encoding, SentencePair]]
) -> HeadCounts:
    """The links of every head in a recorded batch, held against the gold links where a pair has some."""
    sources, targets, pairs = zip(*entries, strict=True)
    kind, end_id = checkpoint.can.between, checkpoint.model.special.eos
    n_ids = max(checkpoint.src_tokenizer.vocab_size, checkpoint.tgt_tokenizer.vocab_size)
    uncounted = Frequencies(np.zeros(n_ids, np.int64))  # no question here is about rare words
    batch = AttentionBatch(
        kind,
        take_weights(seen, kind),
        tokens_of(targets, uncounted, end_id=end_id),
        tokens_of(sources, uncounted, end_id=end_id),
        is_self=False,
        links=links_of([pair.alignment for pair in pairs]),
    )
    return alignment.count(batch)


def _smallest_error(heads: Sequence[HeadLinks]) -> tuple[int, int]:
    best = min(heads, key=lambda head: head.counts.aer)
    return best.layer, best.head


# ------------------------------------------------------------------------------------------------------ words


def scores_markdown(evaluation: Evaluation) -> str:
    """The scores as Markdown, for a card and for the terminal."""
    e, bleu = evaluation, evaluation.bleu
    search = "greedy search" if e.beam_size == 1 else f"a beam of {e.beam_size}"
    lines = [
        f"{e.n_sentences:,} sentence pairs that the model was not trained on ({e.corpus or 'held out'}), "
        f"translated by {search}, with the weights in this folder (sha256 {e.sha256[:12]}).",
        "",
        f"- BLEU {bleu.score:.2f} (sacreBLEU {bleu.signature})",
        f"- chrF {bleu.chrf:.2f} (sacreBLEU {bleu.chrf_signature})",
        f"- exact match {100 * bleu.exact_match:.1f} %",
        f"- loss {e.loss:.4f} nats per token, token accuracy {100 * e.token_accuracy:.2f} % ({e.n_tokens:,} "
        "tokens, teacher forcing)",
    ]
    if e.n_too_long:
        lines.append(
            f"- {e.n_too_long} pairs were too long for the model: the loss leaves them out, BLEU counts them "
            "as empty translations"
        )
    if len(e.buckets) > 1:
        lines += ["", "| source words | pairs | BLEU | exact match |", "|---|---:|---:|---:|"]
        for bucket in e.buckets:
            words = (
                f"{bucket.shortest} or more"
                if bucket.longest is None
                else f"{bucket.shortest}–{bucket.longest}"
            )
            lines.append(
                f"| {words} | {bucket.n_sentences:,} | {bucket.bleu:.1f} | {100 * bucket.exact_match:.1f} % |"
            )
    for reading in e.alignment:
        lines += _alignment_lines(e, reading)
    return "\n".join(lines) + "\n"


def _alignment_lines(e: Evaluation, reading: Reading) -> list[str]:
    """The alignment error of the best head, and of each where there are several."""
    heads, best = e.alignment[reading], e.best_head(reading)
    where = f", chosen on {e.n_chosen_on:,} other pairs," if e.n_chosen_on and len(heads) > 1 else ""
    step = "writes the word" if reading == "output" else "reads the word"
    lines = [
        "",
        f"Alignment error rate of cross-attention on {e.n_aligned:,} pairs with gold links, {reading} "
        f"reading (row of the step that {step}): "
        f"best head{where} L{best.layer} H{best.head} {_percent(best.counts.aer)} (precision "
        f"{_percent(best.counts.precision)}, "
        f"recall {_percent(best.counts.recall)}).",
    ]
    if len(heads) == 1:
        return lines
    n_heads = 1 + max(head.head for head in heads)
    lines += ["", "| |" + "".join(f" H{head} |" for head in range(n_heads)), "|---|" + "---:|" * n_heads]
    for layer in sorted({head.layer for head in heads}):
        row = [_percent(head.counts.aer) for head in heads if head.layer == layer]
        lines.append(f"| L{layer} | {' | '.join(row)} |")
    return lines


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.1f} %"
