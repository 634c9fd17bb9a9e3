"""What a model makes of a sentence whose words are shuffled: translation, log-probability, encoder states."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch

from explorer.checkpoints.folder import Checkpoint
from explorer.corpora.held_out import held_out
from explorer.decoding.decode import encode_batch, encode_source, greedy_ids
from explorer.errors import InputError
from explorer.evaluation.bleu import corpus_bleu
from explorer.experiments.by_length import share_curve
from explorer.experiments.word_order import BLEU, LOG_PROB, SAME, STATE_GAP
from explorer.results import Curve, Encoding, SentencePair, Shuffle, ShuffleScores, WordOrder

N_SENTENCES = 200


@torch.inference_mode()
def shuffle(checkpoint: Checkpoint, text: str, n_orders: int = 3, seed: int = 1) -> Shuffle:
    """Translate `text` with its words as they are, backwards, and in `n_orders` − 1 random orders.

    Tokens of one word stay together and the closing token stays last. Raises InputError as `translate` does,
    or for a single word.
    """
    encoding = encode_source(checkpoint, text)
    orders = _orders(encoding, n_orders, seed)
    model, special, n_tokens = checkpoint.model, checkpoint.model.special, len(encoding.ids)
    sources = [special.read([encoding.ids[i] for i in order]) for order in orders]
    memory = encode_batch(model, sources)
    written = greedy_ids(model, sources, memory)
    target = written[0]
    logits = model.decode(torch.tensor([special.fed(target)] * len(sources), device=model.device), memory)
    right = torch.tensor(special.written(target), device=model.device).expand(len(sources), -1)
    log_probs = logits.double().log_softmax(-1).gather(-1, right.unsqueeze(-1)).sum((1, 2)).tolist()
    gaps = [
        float((memory.states[row] - memory.states[0][[*order, n_tokens]]).abs().max())
        for row, order in enumerate(orders)
    ]
    results = [
        WordOrder(_words(encoding, order), checkpoint.tgt_tokenizer.decode(ids), log_prob, gap)
        for order, ids, log_prob, gap in zip(orders, written, log_probs, gaps, strict=True)
    ]
    positions = getattr(model.config, "positions", "recurrent")
    return Shuffle(
        checkpoint.name, positions, results[0], tuple(results[1:]), float(memory.states[0].abs().max())
    )


@torch.inference_mode()
def shuffle_scores(checkpoint: Checkpoint, pairs: Sequence[SentencePair], seed: int = 1) -> ShuffleScores:
    """What one random order of the words of each source does to translations and to the log-probability of
    the references.
    """
    if not pairs:
        raise InputError("There is no sentence to shuffle: give at least one pair.")
    model, special = checkpoint.model, checkpoint.model.special
    texts: tuple[list[str], list[str]] = ([], [])
    sums, n_tokens, gap = [0.0, 0.0], 0, 0.0
    for number, pair in enumerate(pairs):
        encoding = encode_source(checkpoint, pair.src)
        orders = [tuple(range(len(encoding.ids))), _random_order(encoding, random.Random(f"{seed}/{number}"))]
        sources = [special.read([encoding.ids[i] for i in order]) for order in orders]
        memory = encode_batch(model, sources)
        for side, ids in zip(texts, greedy_ids(model, sources, memory), strict=True):
            side.append(checkpoint.tgt_tokenizer.decode(ids))
        target = checkpoint.tgt_tokenizer.encode(pair.tgt).ids
        logits = model.decode(torch.tensor([special.fed(target)] * 2, device=model.device), memory)
        right = torch.tensor(special.written(target), device=model.device).expand(2, -1)
        log_probs = logits.double().log_softmax(-1).gather(-1, right.unsqueeze(-1)).sum((1, 2)).tolist()
        sums, n_tokens = [a + b for a, b in zip(sums, log_probs, strict=True)], n_tokens + len(target) + 1
        gap = max(
            gap, float((memory.states[1] - memory.states[0][[*orders[1], len(encoding.ids)]]).abs().max())
        )
    references = [pair.tgt for pair in pairs]
    return ShuffleScores(
        positions=getattr(model.config, "positions", "recurrent"),
        n_sentences=len(pairs),
        n_same=sum(map(str.__eq__, *texts)),
        bleu=corpus_bleu(texts[0], references).score,
        bleu_shuffled=corpus_bleu(texts[1], references).score,
        log_prob=sums[0] / n_tokens,
        log_prob_shuffled=sums[1] / n_tokens,
        state_gap=gap,
    )


def _groups(encoding: Encoding) -> list[list[int]]:
    """The tokens of each word, by their index."""
    groups: list[list[int]] = []
    for i, word in enumerate(encoding.word_ids):
        if i and word is not None and word == encoding.word_ids[i - 1]:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def _random_order(encoding: Encoding, rng: random.Random) -> tuple[int, ...]:
    groups = _groups(encoding)
    rng.shuffle(groups)
    return tuple(i for group in groups for i in group)


def _orders(encoding: Encoding, n_orders: int, seed: int) -> list[tuple[int, ...]]:
    """The order as it is, backwards, and random ones; a sentence of few words has fewer orders."""
    groups = _groups(encoding)
    if len(groups) < 2:
        raise InputError(
            "One word has no order that could be shuffled: type a sentence of two words or more."
        )
    rng = random.Random(seed)
    orders = [tuple(range(len(encoding.ids))), tuple(i for group in reversed(groups) for i in group)]
    for _ in range(50 * n_orders):
        if len(orders) > n_orders:
            break
        order = _random_order(encoding, rng)
        if order not in orders:
            orders.append(order)
    return orders[: n_orders + 1]


def _words(encoding: Encoding, order: Sequence[int]) -> tuple[str, ...]:
    """The words in that order, each once however many tokens it has."""
    firsts = {group[0] for group in _groups(encoding)}
    return tuple(
        encoding.tokens[i] if encoding.word_ids[i] is None else encoding.words[encoding.word_ids[i]]
        for i in order
        if i in firsts
    )


def shuffled_words(checkpoint: Checkpoint) -> dict[str, Curve]:
    """`shuffle_scores` of held-out sentences of the run, as curves: over the two orders where both are
    measured, else one number.
    """
    _, pairs = held_out(checkpoint.config.corpus, N_SENTENCES)
    scores = shuffle_scores(checkpoint, pairs)
    n, orders = scores.n_sentences, ("as written", "shuffled")
    return {
        BLEU: Curve((0.0, 1.0), (scores.bleu, scores.bleu_shuffled), n=(n, n), labels=orders),
        LOG_PROB: Curve((0.0, 1.0), (scores.log_prob, scores.log_prob_shuffled), n=(n, n), labels=orders),
        SAME: share_curve((0,), (scores.n_same,), (n,)),
        STATE_GAP: Curve((0.0,), (scores.state_gap,), n=(n,)),
    }
