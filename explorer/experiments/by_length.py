"""Scores of a model by the length of the sentence, and by how far a particle stands from its verb."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora.grammar import GrammarConfig, load_grammar
from explorer.decoding.decode import translate_all
from explorer.evaluation.corpus_scores import corpus_report
from explorer.evaluation.particles import particle_is_right
from explorer.experiments.bottleneck import BLEU, DISTANCES, EXACT, LENGTHS, PARTICLE
from explorer.heads.roles.scores import wilson
from explorer.results import Curve, SentencePair

N_SENTENCES, SEED = 150, 20  # at each length and each distance; another seed than that of the training data


@cache
def sentences(**asked) -> tuple[SentencePair, ...]:
    """Pairs of the grammar's test split, of which no model was trained on one. asked: fields of
    GrammarConfig.
    """
    return load_grammar(
        GrammarConfig(n_train=0, n_valid=0, seed=SEED, **({"n_test": N_SENTENCES} | asked))
    ).test


def scores_by_length(checkpoint: Checkpoint) -> dict[str, Curve]:
    """BLEU with its bootstrap interval and exact match with Wilson's, of greedy translations of sentences of
    each length.

    Both sides have so many words, punctuation counted: a short source with a long translation is in no
    bucket.
    """
    tgt_lang = checkpoint.config.corpus.tgt_lang
    reports, n_exact = [], []
    for shortest, longest in LENGTHS:
        pairs = sentences(tgt_lang=tgt_lang, min_words=shortest, max_words=longest)
        references = [pair.tgt for pair in pairs]
        translations = translate_all(checkpoint, [pair.src for pair in pairs])
        reports.append(corpus_report(translations, references))
        n_exact.append(sum(map(str.__eq__, translations, references)))
    x, labels = tuple((a + b) / 2 for a, b in LENGTHS), tuple(f"{a}–{b}" for a, b in LENGTHS)
    n = tuple(report.score.n_sentences for report in reports)
    bleu = Curve(
        x,
        *(tuple(values) for values in zip(*((r.score.score, r.low, r.high) for r in reports), strict=True)),
        n,
        labels,
    )
    return {BLEU: bleu, EXACT: share_curve(x, n_exact, n, labels)}


def particle_by_distance(checkpoint: Checkpoint) -> dict[str, Curve]:
    """How often the particle is right, for each number of words between verb and particle."""
    n_right, n = [], []
    for distance in DISTANCES:
        pairs = sentences(tgt_lang="de", phenomenon="separable_verb", distance=distance)
        translations = translate_all(checkpoint, [pair.src for pair in pairs])
        n_right.append(sum(map(particle_is_right, pairs, translations)))
        n.append(len(pairs))
    return {PARTICLE: share_curve(DISTANCES, n_right, n)}


def share_curve(
    x: Sequence[float], hits: Sequence[int], n: Sequence[int], labels: Sequence[str] = ()
) -> Curve:
    """hits / n over x with Wilson intervals."""
    low, high = wilson(hits, n)
    return Curve(
        tuple(map(float, x)),
        tuple(a / b for a, b in zip(hits, n, strict=True)),
        tuple(low.tolist()),
        tuple(high.tolist()),
        tuple(n),
        tuple(labels),
    )
