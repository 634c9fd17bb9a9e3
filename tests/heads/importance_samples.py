"""A measurement of heads and an ablation of one sentence, made up by hand: what views and files are tested
with.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from explorer.evaluation.word_diff import word_diff
from explorer.results import (
    Ablation,
    AttentionMap,
    CorpusScores,
    Correlation,
    HeadEffect,
    ImportanceReport,
    NextTokens,
    PassRecord,
    PruningCurve,
    PruningStep,
    ScoreChange,
    Side,
    frozen_array,
)

KINDS = ("encoder_self", "decoder_self", "cross")


def importance_report(
    n_layers: int = 2, n_heads: int = 2, kinds=KINDS, name: str = "sample"
) -> ImportanceReport:
    """Head number i raises the loss by i / 100, its interval 0.015 to either side, and has the gradient (n −
    i) / 10.
    """
    ids = [(kind, layer, head) for kind in kinds for layer in range(n_layers) for head in range(n_heads)]
    effects = tuple(
        HeadEffect(
            *id,
            loss=ScoreChange(
                i / 100, round(i / 100 - 0.015, 3), round(i / 100 + 0.015, 3), 0.001 if i > 1 else 0.4
            ),
            bleu=ScoreChange(-float(i), -i - 2.0, -i + 2.0, round(0.5 / (i + 1), 4)),
            chrf=ScoreChange(-i / 2, -i / 2 - 1, -i / 2 + 1, round(0.5 / (i + 1), 4)),
            n_changed=i,
            gradient=(len(ids) - i) / 10,
            gradient_normalised=round((len(ids) - i) / (2 * len(ids)), 4),
            gradient_tokens=(len(ids) - i) / 100,
        )
        for i, id in enumerate(ids)
    )

    def curve(order, removed):
        sizes = range(len(removed) + 1)
        steps = [PruningStep((), 0, CorpusScores(0.1, 95.0, 97.0))]
        for a, b in pairwise(sizes):
            share = b / len(ids)
            scores = CorpusScores(
                round(0.1 + b / 3, 4), round(95 * (1 - share), 2), round(97 - 90 * share, 2)
            )
            steps.append(PruningStep(tuple(removed[a:b]), b, scores))
        return PruningCurve(order, tuple(steps))

    return ImportanceReport(
        checkpoint=name,
        sha256="ab" * 32,
        corpus="grammar-en-de, test split",
        mode="zero",
        n_sentences=200,
        n_tokens=2345,
        n_left_out=1,
        n_resamples=1000,
        seed=12345,
        whole=CorpusScores(0.1, 95.0, 97.0),
        heads=effects,
        correlation=Correlation(-1.0, -1.0, -0.9) if len(ids) > 1 else Correlation(*[float("nan")] * 3),
        correlation_raw=Correlation(-0.5, -0.7, -0.2) if len(ids) > 1 else Correlation(*[float("nan")] * 3),
        n_chosen_on=100,
        n_scored_on=100,
        curves=(curve("loss", ids), curve("gradient", ids[::-1])),
    )


def record(src: tuple[str, ...], tgt: tuple[str, ...], log_probs, masked: bool = False) -> PassRecord:
    """Cross-attention of one layer and two heads over these tokens; the first head is all zeros when
    masked.
    """
    n_rows, n_cols = len(tgt) + 1, len(src) + 1
    weights = np.full((1, 2, n_rows, n_cols), 1 / n_cols)
    if masked:
        weights[:, 0] = 0.0
    written = Side("target", (*tgt, "</s>"), (*range(len(tgt)), None), tgt, role="written")
    read = Side("source", (*src, "</s>"), (*range(len(src)), None), src)
    cross = AttentionMap("cross", frozen_array(weights), written, read)
    top = frozen_array(np.full((n_rows, 1), -0.5))
    predicted = NextTokens(written, frozen_array(log_probs), tuple(("x",) for _ in written.tokens), top)
    return PassRecord("sample", (read,), (cross,), predicted)


def ablation(
    old: str = "der alte Mann schläft", new: str = "der Mann ruft an", forced: bool = False
) -> Ablation:
    """With the first head off the old translation loses i nats at token i, and gains half a nat at the
    end.
    """
    src = ("the", "old", "man")
    words, new_words = tuple(old.split()), tuple(new.split())
    before = [-0.1] * len(words) + [-0.75]
    after = [-0.1 - i for i in range(len(words))] + [-0.25]
    return Ablation(
        model_name="sample",
        heads=(("cross", 0, 0),),
        mode="zero",
        beam_size=1,
        old_text=old,
        new_text=new,
        edits=word_diff(words, new_words),
        forced=forced,
        target=record(src, words, before),
        target_masked=record(src, words, after, masked=True),
        new=record(src, new_words, [-2.0] * (len(new_words) + 1)),
        new_masked=record(src, new_words, [-0.5] * (len(new_words) + 1), masked=True),
    )
