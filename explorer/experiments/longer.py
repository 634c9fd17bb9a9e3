"""Exact match, right places and BLEU on sequences longer than any a model was trained on."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora import load_corpus
from explorer.decoding.decode import translate_all
from explorer.errors import InputError
from explorer.evaluation.bleu import corpus_bleu
from explorer.experiments.by_length import share_curve
from explorer.experiments.positions import BLEU, EXACT, LENGTHS, RIGHT_PLACES
from explorer.results import Curve

N_SEQUENCES, SEED = 100, 100  # of each length; another seed than that of the training data


def scores_of_longer(
    checkpoint: Checkpoint, lengths: Sequence[int] = LENGTHS, n_sequences: int = N_SEQUENCES
) -> dict[str, Curve]:
    """Of greedy answers to new sequences of each length: the share that is all right, the share of places
    with the right token, and BLEU.

    A token too many puts all that follows in the wrong place, while BLEU still finds it. Raises InputError
    for a run without a task.
    """
    corpus = checkpoint.config.corpus
    if not corpus.has_lengths:
        raise InputError(
            f"{checkpoint.name} was not trained on a sequence task: lengths can only be drawn for one."
        )
    trained = {pair.src for pair in load_corpus(corpus).train}
    n_exact, n_right, n_places, n, bleu = [], [], [], [], []
    for length in lengths:
        drawn = load_corpus(corpus.of_length(length, 2 * n_sequences, SEED + length))
        pairs = [pair for pair in drawn.test if pair.src not in trained][:n_sequences]
        answers, references = (
            translate_all(checkpoint, [pair.src for pair in pairs]),
            [pair.tgt for pair in pairs],
        )
        split = [
            (answer.split(), reference.split()) for answer, reference in zip(answers, references, strict=True)
        ]
        n_exact.append(sum(map(str.__eq__, answers, references)))
        n_right.append(
            sum(a == b for answer, reference in split for a, b in zip(answer, reference, strict=False))
        )
        n_places.append(sum(len(reference) for _, reference in split))
        n.append(len(pairs))
        bleu.append(corpus_bleu(answers, references).score)
    return {
        EXACT: share_curve(lengths, n_exact, n),
        RIGHT_PLACES: Curve(
            tuple(map(float, lengths)),
            tuple(a / b for a, b in zip(n_right, n_places, strict=True)),
            n=tuple(n_places),
        ),
        BLEU: Curve(tuple(map(float, lengths)), tuple(bleu), n=tuple(n)),
    }
