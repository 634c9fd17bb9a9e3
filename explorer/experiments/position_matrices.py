"""What each position encoding looks like: its table, and what it makes of every pair of positions."""

from __future__ import annotations

import heapq
from dataclasses import replace

import torch
from torch import Tensor

from explorer.attention.capture import to_array
from explorer.checkpoints.folder import Checkpoint
from explorer.corpora import load_corpus
from explorer.decoding.decode import encode_batch
from explorer.errors import InputError
from explorer.results import PositionMatrix
from models.positions import MAX_RELATIVE_DISTANCE, AlibiBias, rotate, sinusoidal_table
from models.probe import recording

FIXED = ("sinusoidal", "rotary", "alibi")
LEARNED = ("learned", "relative", "t5")  # encodings with weights: their pictures need a trained model
N_LONGEST = 100  # sources that are cut into tokens to find the longest
N_QUERIES = 64  # held-out sequences over whose queries a relative bias is averaged


def fixed_matrix(
    positions: str, n_positions: int = 48, d_model: int = 64, n_heads: int = 4
) -> PositionMatrix:
    """The encodings that nobody trains: sinusoidal, rotary (of a head of d_model / n_heads) and alibi. Raises
    InputError for another.
    """
    if positions == "sinusoidal":
        return _of_embedding(positions, sinusoidal_table(n_positions, d_model))
    if positions == "rotary":
        d_head = d_model // n_heads
        each = torch.zeros(1, 1, n_positions, d_head)
        each[..., : d_head // 2] = (2 / d_head) ** 0.5  # (1, 0) in every pair, of length 1 as a whole
        turned = rotate(each)[0]  # [1, n_positions, d_head]
        pairs = turned @ turned.transpose(1, 2)
        return PositionMatrix(positions, "query and key", to_array(turned[0]), "position", 0, to_array(pairs))
    if positions == "alibi":
        return _of_scores(
            positions, AlibiBias(n_heads)(torch.zeros(1, n_heads, n_positions, 1), n_positions)[0]
        )
    raise InputError(
        f"There is nothing to draw for the positions {positions!r} without a trained model: choose "
        f"{', '.join(FIXED)}."
    )


@torch.inference_mode()
def trained_matrix(checkpoint: Checkpoint, n_positions: int = 48, layer: int = 0) -> PositionMatrix:
    """What a transformer has learned about positions: the table of its encoder, or the bias of self-attention
    in one encoder layer.

    A relative bias depends on the query: it is that of the mean query over held-out sequences. Raises
    InputError where nothing is learned.
    """
    model, config = checkpoint.model, checkpoint.model.config
    positions = getattr(config, "positions", "none")
    if positions not in LEARNED:
        raise InputError(
            f"{checkpoint.name} has positions={positions!r}, and nothing of them is learned: pick a run "
            f"with {', '.join(LEARNED)}."
        )
    if positions == "learned":
        drawn = _of_embedding(positions, model.src_positions.table[:n_positions].cpu())
    else:
        bias = model.encoder[layer].self_attention.bias
        no_query = torch.zeros(1, config.n_heads, 1, config.d_model // config.n_heads)
        query = _mean_query(checkpoint, layer) if positions == "relative" else no_query
        drawn = _of_scores(positions, bias(query.expand(-1, -1, n_positions, -1), n_positions)[0].cpu())
    if positions == "relative":  # the vectors that it learned, not the biases that they make
        table = to_array(bias.table)
        drawn = replace(drawn, table=table, rows="distance", first_row=-MAX_RELATIVE_DISTANCE)
    return replace(drawn, n_trained=_longest_source(checkpoint), source=checkpoint.name)


def _of_embedding(positions: str, table: Tensor) -> PositionMatrix:
    """What is added to embeddings, [n, d], and the product of every pair of its rows."""
    pairs = (table @ table.T).unsqueeze(0)
    return PositionMatrix(positions, "embedding", to_array(table), "position", 0, to_array(pairs))


def _of_scores(positions: str, pairs: Tensor) -> PositionMatrix:
    """What is added to the score of every pair, [heads, n, n], and the same by distance."""
    first = 1 - pairs.shape[1]
    return PositionMatrix(positions, "score", to_array(_by_distance(pairs)), "head", first, to_array(pairs))


def _by_distance(pairs: Tensor) -> Tensor:
    """[heads, n, n], the same along each diagonal → [heads, 2n − 1]: what the last row has before its
    diagonal, then the first row.
    """
    return torch.cat((pairs[:, -1, :-1], pairs[:, 0]), dim=-1)


def _mean_query(checkpoint: Checkpoint, layer: int) -> Tensor:
    """The mean over positions and held-out sequences of what self-attention of that encoder layer asks with:
    [1, heads, 1, d_head].
    """
    pairs = load_corpus(checkpoint.config.corpus).valid[:N_QUERIES]
    read = checkpoint.model.special.read
    sources = [read(checkpoint.src_tokenizer.encode(pair.src).ids) for pair in pairs]
    kind = checkpoint.can.self_attention(checkpoint.can.reads[0])
    total, n = 0.0, 0
    for source in sources:
        with recording(checkpoint.model) as seen:
            encode_batch(checkpoint.model, [source])
        query = seen.calls[kind, layer][0].query  # [1, heads, src_len, d_head]
        total, n = total + query.sum(2, keepdim=True), n + query.shape[2]
    return total / n


def _longest_source(checkpoint: Checkpoint) -> int:
    """Positions of the longest source that was trained on, ``</s>`` counted; looked for among the sources
    with the most words.
    """
    sources = (pair.src for pair in load_corpus(checkpoint.config.corpus).train)
    longest = heapq.nlargest(N_LONGEST, sources, key=lambda source: len(source.split()))
    return 1 + max(len(checkpoint.src_tokenizer.encode(source).ids) for source in longest)
