"""How well heads align words: the links of their maxima against gold links, in both readings of a row.

Row t of a decoder predicts y_t. Read as *output* (AWO), y_t has row t. Read as *input* (AWI), it has the row
of the step that takes y_t in, which predicts y_{t+1}; the last word has the row that predicts what follows
it, ``</s>`` (Kobayashi et al. 2020, section 5; Chen et al. 2020, Shift-Att). The two can differ by tens of
points.

Subwords are merged and special tokens dropped; the greatest weight is the link of a target word, and equal
greatest weights share it. 1 − AER = (|A∩S| + |A∩P|) / (|A| + |S|), pooled over the corpus (Och & Ney 2003).
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import AttentionBatch, maxima, per_sentence
from explorer.results import AlignmentCounts, HeadCounts, HeadLinks, Reading

READINGS: tuple[Reading, ...] = ("output", "input")
QUESTIONS = tuple(f"{what}:{reading}" for reading in READINGS for what in ("aligned", "precision", "recall"))


def count(batch: AttentionBatch) -> HeadCounts:
    """``aligned`` is 1 − AER, ``precision`` |A∩P| / |A|, ``recall`` |A∩S| / |S|; pairs without gold links
    count nothing, and a gold link to a word that the model did not read counts as missed.
    """
    links = batch.links
    n_sure = np.bincount(links.sentence[links.sure], minlength=batch.n_sentences)[:, None]
    answers = {}
    for reading in READINGS:
        best = maxima(batch.words(reading))
        n_tgt, n_src = best.weights.shape[1:3]
        read = (links.tgt < n_tgt) & (links.src < n_src)
        sentence, is_sure = links.sentence[read], links.sure[read]
        hits = best.share(sentence, links.tgt[read], links.src[read])  # [links, heads]
        possible = per_sentence(hits, sentence, batch.n_sentences)
        sure = per_sentence(hits[is_sure], sentence[is_sure], batch.n_sentences)
        n_predicted = (best.value > 0).sum(1) * links.known[:, None]  # [batch, heads]
        answers[f"aligned:{reading}"] = (sure + possible, n_predicted + n_sure)
        answers[f"precision:{reading}"] = (possible, n_predicted)
        answers[f"recall:{reading}"] = (sure, np.broadcast_to(n_sure, sure.shape))
    return batch.count("alignment", answers)


def head_links(counts: HeadCounts, reading: Reading) -> tuple[HeadLinks, ...]:
    """The links of every head as whole numbers, layer by layer; maxima that are shared are rounded."""
    at = {question: index for index, question in enumerate(counts.questions)}
    precision, recall = at[f"precision:{reading}"], at[f"recall:{reading}"]
    parts = (counts.n[precision], counts.n[recall], counts.hits[recall], counts.hits[precision])
    return tuple(
        HeadLinks(layer, head, AlignmentCounts(*(round(float(part[layer, head])) for part in parts)))
        for layer, head in np.ndindex(parts[0].shape)
    )
