"""Which heads of cross-attention align words? The links of their maxima against gold links, in both readings
of a row.

The rules are those of `explorer.evaluation.alignment`: subwords merged, special tokens dropped, the greatest
weight is the link of a target word; only that equal greatest weights share it here. 1 − AER = (|A∩S| + |A∩P|)
/ (|A| + |S|), pooled over the corpus (Och & Ney 2003).
"""

from __future__ import annotations

import numpy as np

from explorer.heads.roles.batch import AttentionBatch, maxima, per_sentence
from explorer.results import HeadCounts

READINGS = ("output", "input")
QUESTIONS = tuple(f"{what}:{reading}" for reading in READINGS for what in ("aligned", "precision", "recall"))


def count(batch: AttentionBatch) -> HeadCounts:
    """``aligned`` is 1 − AER, ``precision`` |A∩P| / |A|, ``recall`` |A∩S| / |S|; pairs without gold links
    count nothing.
    """
    links = batch.links
    n_sure = np.bincount(links.sentence[links.sure], minlength=batch.n_sentences)[:, None]
    answers = {}
    for reading in READINGS:
        best = maxima(batch.words(reading))
        hits = best.share(links.sentence, links.tgt, links.src)  # [links, heads]
        possible = per_sentence(hits, links.sentence, batch.n_sentences)
        sure = per_sentence(hits[links.sure], links.sentence[links.sure], batch.n_sentences)
        n_predicted = (best.value > 0).sum(1) * links.known[:, None]  # [batch, heads]
        answers[f"aligned:{reading}"] = (sure + possible, n_predicted + n_sure)
        answers[f"precision:{reading}"] = (possible, n_predicted)
        answers[f"recall:{reading}"] = (sure, np.broadcast_to(n_sure, sure.shape))
    return batch.count("alignment", answers)
